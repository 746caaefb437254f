"""What digests would have sent of a stretch of history, and when: from event to event, by the laws of the day. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from msgspec import Struct

from monitor.digests import alerts, reasons, slots
from monitor.digests.alerts import Alert
from monitor.digests.quiet import release
from monitor.digests.slots import Slot
from monitor.model import Digest, ItemId, Told, Utc, WaitingMatch


class Message(Struct, frozen=True, kw_only=True):
    """A message that would have been sent."""

    digest: str
    at: Utc
    slot: str
    items: tuple[ItemId, ...]
    stories: int
    notes: tuple[str, ...] = ()
    delayed: bool = False  # by quiet hours


class Simulation(Struct, frozen=True, kw_only=True):
    """What a digest would have sent."""

    digest: str
    zone: str
    messages: tuple[Message, ...]
    items: int  # as many messages it would have been, had each item been one
    repeated: int = 0  # items withheld, because their story had been told
    waiting: int = 0  # items that still wait at the end


def simulate(digest: Digest, matches: Sequence[WaitingMatch], since: datetime, until: datetime) -> Simulation:
    """Play a digest's matches against its settings.

    Args:
        digest: the settings; before ``since`` it told nothing.
        matches: what concerns it, in the order of the log.
        since: when the play begins; matches before it do not count.
        until: when it ends.
    """
    heard = [match for match in matches if since <= match.at <= until]
    play = _by_cron(digest, heard, since, until) if digest.cron else _at_once(digest, heard, until)
    messages: list[Message] = []
    repeated = 0
    for message, withheld in play:
        repeated += withheld
        messages += [message] if message else []
    items = len({match.item for match in heard})
    return Simulation(
        digest=digest.name,
        zone=digest.zone,
        messages=tuple(messages),
        items=items,
        repeated=repeated,
        waiting=items - repeated - sum(len(message.items) for message in messages),
    )


Step = tuple[Message | None, int]  # a message, if one is sent, and how many items are withheld


def _by_cron(digest: Digest, heard: Sequence[WaitingMatch], since: datetime, until: datetime) -> Iterator[Step]:
    done: set[ItemId] = set()

    def free(slot: Slot) -> datetime:
        return release(slot.instant, digest.quiet, digest.zone)

    for at, held in groupby(_slots(digest, since, until), key=free):
        due = tuple(held)
        if at > until:
            return
        fresh = [match for match in heard if match.at <= at and match.item not in done]
        items = tuple(dict.fromkeys(match.item for match in fresh))
        done.update(items)
        if items or digest.empty == "note":
            yield (
                Message(
                    digest=digest.name,
                    at=at,
                    slot=due[-1].label,
                    items=items,
                    stories=len({match.story for match in fresh}),
                    notes=reasons.of_slots(digest, due, ()),
                    delayed=bool(items) and at > due[-1].instant,
                ),
                0,
            )


def _slots(digest: Digest, since: datetime, until: datetime) -> Iterator[Slot]:
    slot = slots.upcoming(digest, since)
    while slot.instant <= until:
        yield slot
        slot = slots.upcoming(digest, slot.instant)


def _at_once(digest: Digest, heard: Sequence[WaitingMatch], until: datetime) -> Iterator[Step]:
    waiting: list[WaitingMatch] = []
    told: dict[ItemId, Told] = {}
    done: set[ItemId] = set()
    last: datetime | None = None
    for number, match in enumerate([*heard, None]):
        ends = match.at if match else until
        now = heard[number - 1].at if number else ends
        # What is due until the next match comes; the match itself may go along with what is due at its instant.
        while (at := alerts.upcoming(digest, waiting, last, now)) is not None and (
            at < ends or (match is None and at <= ends)
        ):
            due = alerts.alert(digest, waiting, told, last, at)
            if due is None:  # a law of alerts.py forbids it; without this, its breach would be a loop without end
                return
            stories = {one.item: one.story for one in waiting}
            for item in due.tells:
                story = stories[item]
                told[story] = Told(item=item, story=story, digest=digest.name, edition=due.slot, at=at, headline="")
            done.update(due.tells, (one.item for one in due.withheld))
            waiting, now = list(due.rest), at
            last = at if due.tells else last
            yield _message(digest, due, stories, at) if due.tells else None, len(due.withheld)
        if match and match.item not in done:
            waiting.append(match)


def _message(digest: Digest, due: Alert, stories: Mapping[ItemId, ItemId], at: datetime) -> Message:
    return Message(
        digest=digest.name,
        at=at,
        slot=due.slot,
        items=due.tells,
        stories=len({stories[item] for item in due.tells}),
        notes=reasons.of_alert(digest, due, (), at),
        delayed=release(due.due, digest.quiet, digest.zone) > due.due,
    )
