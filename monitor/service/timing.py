"""Timing: what is owed to whom by now, as the log's views have it; nothing is remembered here."""

from datetime import datetime

import msgspec
from msgspec import Struct

from monitor.digests import alerts, quiet, reasons, slots
from monitor.digests.slots import Slot
from monitor.model import Digest, ItemId, MatchedItem, WaitingMatch, Withheld
from monitor.service.house import House


class Owed(Struct, frozen=True, kw_only=True):
    """An edition that is to be queued now."""

    slot: str
    instant: datetime  # when it was due
    kind: str = "scheduled"
    notes: tuple[str, ...] = ()  # what else is worth a word
    tells: tuple[MatchedItem, ...] | None = None  # None: everything that waits
    withheld: tuple[Withheld, ...] = ()
    stories: tuple[ItemId, ...] = ()  # of what is withheld
    through: str | None = None  # None: everything is accounted for

    @property
    def reason(self) -> str:
        """Why it comes, as the log keeps it."""
        return "; ".join((self.kind, *self.notes))


class Timing:
    """Asks the views what happened, and the digests' laws what follows."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._nothing: dict[str, tuple[Digest, int]] = {}  # alerts that nothing waited for, at which end of the log

    def owed(self, digest: Digest) -> Owed | None:
        """The edition that is due by now, if one is."""
        return self._slot(digest) if digest.cron else self._alert(digest)

    def next(self, digest: Digest) -> datetime | None:
        """When the digest's next edition is due; None if it comes at once and nothing waits."""
        now = self.house.clock()
        if not digest.cron:
            last = self.house.views.last_shown(digest.name)
            return alerts.upcoming(digest, self._waiting(digest)[1], last, now)
        if self._due(digest, now):
            return quiet.release(now, digest.quiet, digest.zone)
        return quiet.release(slots.upcoming(digest, now).instant, digest.quiet, digest.zone)

    def outlook(self, digest: Digest) -> str:
        """In a few words, when what waits for the digest goes out."""
        now, at = self.house.clock(), self.next(digest)
        if at is None or at <= now:
            return f"it goes out with {digest.name} at once"
        said = f"{reasons.clock(digest, at, now)} {digest.zone}"
        if quiet.is_quiet(now, digest.quiet, digest.zone) and at == quiet.release(now, digest.quiet, digest.zone):
            return f"{digest.name}: held by quiet hours until {said}"
        return f"it waits for the next {'alert' if not digest.cron else 'edition'} of {digest.name} at {said}"

    # -- by cron -----------------------------------------------------------------------------------------------------

    def _slot(self, digest: Digest) -> Owed | None:
        """After a pause, the newest slot tells for those before it."""
        now = self.house.clock()
        due = self._due(digest, now)
        if not due or quiet.is_quiet(now, digest.quiet, digest.zone):
            return None
        notes = reasons.of_slots(digest, due, self._pauses(due[0].instant, now))
        return Owed(slot=due[-1].label, instant=due[0].instant, notes=notes)

    def _due(self, digest: Digest, now: datetime) -> tuple[Slot, ...]:
        """The slots that have come since the last one that was settled; while it was an alert, it owed none."""
        views = self.house.views
        told, alert = views.last_slot(digest.name), views.last_alert(digest.name)
        after = slots.instant(told) if told else views.declared(digest.name)
        if after is None:
            return ()
        return slots.due(digest, max(after, alert) if alert and alert <= now else after, now)

    # -- at once -----------------------------------------------------------------------------------------------------

    def _alert(self, digest: Digest) -> Owed | None:
        views, now = self.house.views, self.house.clock()
        if self._nothing.get(digest.name) == (digest, end := views.checkpoint()):
            return None
        last = views.last_shown(digest.name)
        found, waiting, through = self._waiting(digest)
        if not waiting:
            self._nothing[digest.name] = digest, end
            return None
        told = views.told_stories(digest.name, {match.story for match in waiting})
        alert = alerts.alert(digest, waiting, told, last, now)
        if alert is None:
            return None
        if alert.rest:
            through = views.match_before(min(match.position for match in alert.rest))
        stories = {match.item: match.story for match in waiting}
        return Owed(
            slot=alert.slot,
            instant=alert.due,
            kind="alert" if alert.tells else "told before",
            notes=reasons.of_alert(digest, alert, self._pauses(alert.due, now), now) if alert.tells else (),
            tells=tuple(found[item] for item in alert.tells),
            withheld=alert.withheld,
            stories=tuple(stories[one.item] for one in alert.withheld),
            through=through,
        )

    def _waiting(self, digest: Digest) -> tuple[dict[ItemId, MatchedItem], list[WaitingMatch], str]:
        """The items that wait for an alert, their matches with their stories, and the last match considered."""
        views = self.house.views
        if not views.waiting_matches(digest):
            return {}, [], ""
        # The items first: what is recorded meanwhile lies behind the last match that was considered, and waits on.
        items, through = views.waiting(digest, since=views.declared(digest.name) or self.house.clock())
        found = {one.item.id: one for one in items}
        matches = [
            msgspec.structs.replace(match, story=found[match.item].story or match.item)
            for match in views.waiting_matches(digest)
            if match.item in found
        ]
        return found, matches, through

    def _pauses(self, since: datetime, now: datetime) -> list[reasons.Pause]:
        """When the service did not run since then."""
        return [(began, ended) for began, ended in self.house.views.idle(now) if ended > since]
