"""Composing: what a letter needs, gathered from the views, and the letter made of it. It records nothing."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from monitor.digests import compose, feedback, render, slots, template, volume
from monitor.digests.letter import Letter, Volume
from monitor.digests.tidy import line
from monitor.errors import ConfigError
from monitor.model import Digest, MatchedItem, Part
from monitor.service import places
from monitor.service.house import House

CORRECTED = timedelta(days=14)  # behind its telling a headline that changed is corrected
DAYS = 14  # of the picture of volume, with the letter's own


class Rendered(NamedTuple):
    """A letter as messages; ``failed`` says why the reader's own template was not used."""

    parts: tuple[Part, ...]
    failed: str = ""


class Composing:
    """Makes letters of what the views say; whoever asks decides what becomes of them."""

    def __init__(self, house: House) -> None:
        self.house = house

    def letter(
        self,
        digest: Digest,
        slot_label: str,
        instant: datetime,
        reason: str,
        waiting: Sequence[MatchedItem] | None = None,
    ) -> tuple[Letter, str]:
        """The letter of a slot, and the id of the last match that was considered.

        Args:
            digest: whose letter it is.
            slot_label: a slot's label, ``alert ID`` or ``request ID``.
            instant: when it was due; before the first edition, what the slot before it would have told is left out.
            reason: why it comes as it does, for its reader: that it covers several slots, and why; or nothing.
            waiting: what it tells; without it, everything that waits for the digest.
        """
        views, now = self.house.views, self.house.clock()
        since = views.last_told(digest.name) or self._begin(digest, instant)
        found, through = views.waiting(msgspec.structs.replace(digest, priority="low"), since=since)
        waiting = found if waiting is None else waiting  # with what is below its priority: that is counted
        feeds = {feed.id: feed for feed in self.house.config.feeds}
        letter = compose.compose(
            digest,
            slot_label=slot_label,
            reason=reason,
            since=since,
            until=now,
            waiting=waiting,
            feeds=feeds,
            standing=views.standings(feeds),
            head=self.house.log.head(),
            told=views.told({matched.story or matched.item.id for matched in waiting}),
            alerts=self._alerts(digest),
            reworded=views.reworded(digest.name, now - CORRECTED),
            silences=views.silences(now),
            volume=self._volume(digest, now),
        )
        config = self.house.config
        return feedback.linked(letter, base=config.public_url, key=config.feedback_key), through

    def _begin(self, digest: Digest, instant: datetime) -> datetime:
        declared = self.house.views.declared(digest.name) or instant
        return min(declared, slots.previous(digest, instant)) if digest.cron else declared

    def _alerts(self, digest: Digest) -> frozenset[str]:
        """The alerts that reach readers of the digest."""
        others = (d for d in self.house.config.digests if not d.cron and d.name != digest.name)
        return frozenset(other.name for other in others if set(other.channels) & set(digest.channels))

    def _volume(self, digest: Digest, now: datetime) -> tuple[Volume, ...]:
        """What each topic brought on this day and the days before it."""
        zone = ZoneInfo(digest.zone)
        days = [now.astimezone(zone).date() - timedelta(days=back) for back in range(DAYS)][::-1]
        first = datetime.combine(days[0], time(), zone)
        return volume.of(
            digest,
            [
                (one.rule, one.topic, [one.days[day] for day in days])
                for one in self.house.views.volume(digest, first, zone)
            ],
        )

    def preview(self, digest: Digest) -> tuple[Part, ...]:
        """The letters that would go out for the digest at its next slot, or at once, with what waits now."""
        now = self.house.clock()
        slot = slots.upcoming(digest, now - timedelta(seconds=1)).label if digest.cron else "alert preview"
        letter, _ = self.letter(digest, slot, now, "")
        return self.render(letter, always=True).parts

    def render(self, letter: Letter, *, always: bool = False) -> Rendered:
        """The letter as messages; none if there is nothing to tell. Not for the loop: a template may take seconds.

        The digest's own template makes them, if it has one and that works; else ours.

        Args:
            always: show it even if it would not be sent.
        """
        if not (letter.is_sent or always):
            return Rendered(())
        failed = ""
        try:
            sources = places.templates(self.house.path)
            if any(template.chosen(letter.digest, sources)):
                answer = template.render(letter, sources)
                if not answer.failed:
                    return Rendered(answer.parts)
                failed = answer.failed
        except ConfigError as wrong:
            failed = str(wrong)
        return Rendered(render.render(msgspec.structs.replace(letter, failed=line(failed))), failed)
