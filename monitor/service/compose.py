"""Composing: what a letter needs, gathered from the views, and the letter made of it. It records nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.digests import compose, render, slots
from monitor.digests.letter import Letter
from monitor.model import Digest, MatchedItem, Part
from monitor.service.house import House


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
        found, through = views.waiting(digest, since=since)
        feeds = {feed.id: feed for feed in self.house.config.feeds}
        letter = compose.compose(
            digest,
            slot_label=slot_label,
            reason=reason,
            since=since,
            until=now,
            waiting=found if waiting is None else waiting,
            feeds=feeds,
            standing=views.standings(feeds),
            head=self.house.log.head(),
        )
        return letter, through

    def _begin(self, digest: Digest, instant: datetime) -> datetime:
        declared = self.house.views.declared(digest.name) or instant
        return min(declared, slots.previous(digest, instant)) if digest.cron else declared

    def render(self, letter: Letter, *, always: bool = False) -> Rendered:
        """The letter as messages; none if there is nothing to tell. It may take two seconds: not for the loop.

        Args:
            always: show it even if it would not be sent.
        """
        return Rendered(render.render(letter) if letter.is_sent or always else ())
