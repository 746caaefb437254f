"""Alerts: when the next is due, and what it tells. Pure.

Nothing here remembers: all follows from the matches that wait, from what was told, and from the clock. Four laws
(tests/digests/test_alerts.py):

1. Every match is told or withheld in one alert, and in no second.
2. The first of the matches waits ``group_wait``, so that what several outlets write at once goes together; and two
   alerts are ``min_gap`` apart.
3. A story that was told is told again only if it goes on: if a match of it came ``repeat`` or later after the telling.
   Whatever came before that is withheld, and alerts never. The matches' own instants count, not those of looking.
4. In quiet hours only a story with a match that breaks them is told; the rest waits for their end and goes as one.

An instant behind ``now`` was written by a clock that has been set back since; it holds up nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from monitor.digests.letter import Letter
from monitor.digests.quiet import is_quiet, release
from monitor.model import PRIORITIES, Digest, ItemId, Told, Utc, WaitingMatch, Withheld


class Alert(Struct, frozen=True, kw_only=True):
    """What is to be told now."""

    due: Utc  # when it would have gone, had nobody been asleep: neither its readers nor the service
    first: str  # id of the first match that it tells
    tells: tuple[ItemId, ...]
    withheld: tuple[Withheld, ...] = ()
    rest: tuple[WaitingMatch, ...] = ()  # what goes on waiting

    @property
    def slot(self) -> str:
        """What the log keeps it by."""
        return f"alert {self.first}"


def alert(
    digest: Digest, waiting: Sequence[WaitingMatch], told: Mapping[ItemId, Told], last: datetime | None, now: datetime
) -> Alert | None:
    """The alert that is due at ``now``, if one is.

    Args:
        digest: whose alert it is.
        waiting: every match that no edition of it has accounted for, in the order of the log.
        told: how each story was told last, by the story.
        last: when the edition before it was queued that told something.
        now: the instant of looking.
    """
    if not waiting:
        return None
    quiet = is_quiet(now, digest.quiet, digest.zone)
    group = _urgent(digest, waiting) if quiet else waiting
    if not group or (due := _due(digest, group, last, now)) > now:
        return None
    stories: dict[ItemId, list[WaitingMatch]] = {}
    for match in group:
        stories.setdefault(match.story, []).append(match)
    over = {story: before.edition for story in stories if (before := _before(digest, stories[story], told, now))}
    tells = [match for match in group if match.story not in over]
    items = {match.item: match.story for match in group}
    return Alert(
        due=due,
        first=(tells or group)[0].event,
        tells=tuple(item for item, story in items.items() if story not in over),
        withheld=tuple(
            Withheld(item=item, why="repeat", by=over[story]) for item, story in items.items() if story in over
        ),
        rest=tuple(match for match in waiting if match.item not in items),
    )


def upcoming(digest: Digest, waiting: Sequence[WaitingMatch], last: datetime | None, now: datetime) -> datetime | None:
    """When the next alert of what waits is due, if nothing more comes; None if nothing waits."""
    if not waiting:
        return None
    open_at = max(_due(digest, waiting, last, now), now)
    free = release(open_at, digest.quiet, digest.zone)
    urgent = _urgent(digest, waiting)
    if not urgent or free == open_at:
        return free
    return min(free, max(_due(digest, urgent, last, now), now))


def accounting(letter: Letter, withheld: Sequence[Withheld], stories: Sequence[ItemId]) -> Letter:
    """The letter of an alert, with what the alert accounts for and does not tell; it never says *nothing new*."""
    return msgspec.structs.replace(
        letter,
        empty="skip",
        items=(*letter.items, *(one.item for one in withheld)),
        headlines=(*letter.headlines, *("" for _ in withheld)),
        stories=(*letter.stories, *stories),
        withheld=(*letter.withheld, *withheld),
    )


def _due(digest: Digest, group: Sequence[WaitingMatch], last: datetime | None, now: datetime) -> datetime:
    """When the group may go, but for quiet hours."""
    first = min(match.at for match in group)
    ready = first + digest.group_wait if first <= now else now
    return max(ready, last + digest.min_gap) if last is not None and last <= now else ready


def _urgent(digest: Digest, waiting: Sequence[WaitingMatch]) -> list[WaitingMatch]:
    """The matches of the stories that quiet hours do not hold."""
    if digest.quiet is None or digest.quiet.breaks is None:
        return []
    least = PRIORITIES.index(digest.quiet.breaks)
    stories = {match.story for match in waiting if PRIORITIES.index(match.priority) >= least}
    return [match for match in waiting if match.story in stories]


def _before(digest: Digest, matches: Sequence[WaitingMatch], told: Mapping[ItemId, Told], now: datetime) -> Told | None:
    """The telling after which this one would be a repetition."""
    before = told.get(matches[0].story)
    if before is None or before.at > now or max(match.at for match in matches) >= before.at + digest.repeat:
        return None
    return before
