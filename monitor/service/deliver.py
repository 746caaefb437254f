"""Delivering: letters handed over, every outcome recorded, what does not arrive told to the operator."""

import asyncio

import structlog

from monitor.digests import outbox, undelivered
from monitor.digests.outbox import Unknown
from monitor.errors import ConfigError, MonitorError, NotFound, StorageError, UsageError
from monitor.event import Event
from monitor.events import DeliveryRevived, DigestAttempted, DigestFailed, DigestQueued, DigestSent, DigestUnknown
from monitor.model import OPERATOR, Channel, OutboxRow, Receipt, Trouble
from monitor.service import doors
from monitor.service.house import House
from monitor.service.tell import Telling

journal = structlog.get_logger()


class Delivering:
    """Hands over the letters that are queued; what is due is asked of the log's views, never remembered here."""

    def __init__(self, house: House, telling: Telling) -> None:
        self.house, self.telling = house, telling
        self._on_their_way: dict[tuple[str, str, str], asyncio.Task[None]] = {}  # by edition, channel, recipient

    async def deliver_due(self) -> int:
        """Hand over every letter whose time has come and wait for the outcomes; answers how many were begun."""
        return len(await asyncio.gather(*self.start_due()))

    def start_due(self) -> list[asyncio.Task[None]]:
        """Start the delivery of each letter that is due and not on its way; a slow channel holds up no other."""
        tasks = []
        for row in self.house.views.outbox_due(self.house.clock()):
            way = (row.edition, row.delivery.channel, row.delivery.recipient)
            if way not in self._on_their_way:
                task = asyncio.create_task(self._deliver_in_turn(row), name=f"deliver {row.delivery.id}")
                self._on_their_way[way] = task
                tasks.append(task)
        return tasks

    async def _deliver_in_turn(self, row: OutboxRow) -> None:
        """A letter to one recipient, part after part, for as long as the next is due."""
        way = (row.edition, row.delivery.channel, row.delivery.recipient)
        try:
            part: OutboxRow | None = row
            while part:
                await self._deliver(part)
                last, part = part, self.house.views.outbox_next(part, self.house.clock())
                if part and part.delivery == last.delivery:
                    break  # another service was first, and the views have not heard of it
        except StorageError as wrong:
            # Without a recorded claim nothing was sent; with one, its lease runs out and the letter is tried again.
            journal.error("a delivery could not be recorded", edition=row.edition, trouble=str(wrong))
        finally:
            del self._on_their_way[way]

    async def _deliver(self, row: OutboxRow) -> None:
        events = self._events(row.edition)  # look
        queued = _queued(events, row.edition)
        past = outbox.past(events, row.delivery.id)
        channel = self._channel(row.delivery.channel)
        unknown = _unknown(channel)
        step = outbox.step(row, unknown, self.house.clock())  # decide
        if isinstance(step, DigestUnknown):
            await self._settle(row, step, past)
            return
        if not await self.house.record([step]):  # record: whoever is first hands it over
            return
        try:
            receipt = await self._hand_over(queued, row)  # reach out
        except asyncio.CancelledError:
            # The service ends and the server has not answered: that is known now, and need not wait for the lease.
            await self._record_outcome(row, step, Receipt(verdict="unknown", trouble=outbox.STOPPED), past, unknown)
            raise
        await self._record_outcome(row, step, receipt, past, unknown)

    async def _record_outcome(
        self, row: OutboxRow, claim: DigestAttempted, receipt: Receipt, past: outbox.Past, unknown: Unknown
    ) -> None:
        outcome = outbox.outcome(claim, receipt, self.house.clock(), before=past, unknown=unknown)  # decide
        await self._settle(row, outcome, past)

    async def _settle(
        self, row: OutboxRow, outcome: DigestSent | DigestFailed | DigestUnknown, past: outbox.Past
    ) -> None:
        """Record an outcome, together with the notice to the operator that it asks for."""
        await self.house.record([outcome, *self._notices(row, outcome, past)])
        said = {"edition": row.edition, "channel": row.delivery.channel, "attempt": outcome.n}
        match outcome:
            case DigestSent(answer=answer):
                journal.info("letter accepted", **said, answer=answer)
            case DigestFailed(trouble=trouble, retry_at=None):
                journal.error("letter given up", **said, trouble=str(trouble))
            case DigestUnknown(trouble=trouble, retry_at=None):
                journal.error("letter held", **said, trouble=str(trouble))
            case DigestFailed(trouble=trouble, retry_at=retry_at):
                journal.warning("letter failed", **said, trouble=str(trouble), retry_at=retry_at)
            case DigestUnknown(trouble=trouble, retry_at=retry_at):
                journal.warning("letter unknown", **said, trouble=str(trouble), retry_at=retry_at)

    def _notices(
        self, row: OutboxRow, outcome: DigestSent | DigestFailed | DigestUnknown, past: outbox.Past
    ) -> list[DigestQueued]:
        last = self.house.views.last_accepted(row.delivery.channel)
        notice = undelivered.notice(row, outcome, revivals=past.revivals, last_accepted=last)
        if notice is None or self._channel(OPERATOR) is None:
            return []
        try:
            return [self.telling.notice(notice.subject, notice.text, notice.occasion)]
        except MonitorError as wrong:  # the operator's own channel cannot be used; the outcome must be recorded
            journal.error("the operator could not be told", notice=notice.subject, trouble=wrong.message)
            return []

    def _channel(self, name: str) -> Channel | None:
        return next((channel for channel in self.house.config.channels if channel.name == name), None)

    def _events(self, edition: str) -> list[Event]:
        """All that the log says of the edition, in order; the letter exactly as it was queued among it."""
        return [recorded.event for recorded in self.house.log.read(stream=f"digest/{edition}")]

    async def _hand_over(self, queued: DigestQueued, row: OutboxRow) -> Receipt:
        channel = self._channel(row.delivery.channel)
        if channel is None:
            gone = Trouble(code="channel", text=f"config.toml no longer names the channel {row.delivery.channel!r}")
            return Receipt(verdict="failed", trouble=gone)
        unsubscribe = next((d.unsubscribe for d in self.house.config.digests if d.name == queued.digest), "")
        message = outbox.message(queued, row.delivery, unsubscribe=unsubscribe)
        try:
            return await doors.door(channel.url).send(channel.url, message)
        except Exception as bug:  # noqa: BLE001 - a bug in one door must not stop the others; it keeps its traceback
            journal.exception("a letter was lost to a mistake of ours", edition=row.edition)
            return Receipt(verdict="unknown", trouble=Trouble(code="bug", text=type(bug).__name__))

    # -- at a person's wish ------------------------------------------------------------------------------------------

    async def resend(self, name: str, *, channel: str = "", who: str) -> list[OutboxRow]:
        """Try again at once what was not accepted of an edition or a delivery, each letter with the key that it had.

        Args:
            name: an edition or a delivery, either in part if that is unique.
            channel: only by this channel; empty: by all.
            who: the person who asked.

        Returns:
            The letters that were tried, as they stand now.

        Raises:
            NotFound: there is no such letter.
            UsageError: every one was accepted, or is being handed over at this moment.
        """
        rows = self.house.views.letters(name)  # look
        theirs = [row for row in rows if not channel or row.delivery.channel == channel]
        if not theirs:
            raise NotFound(f"nothing of {name} went by the channel {channel!r}", hint="monitor digest outbox --all")
        wanted = [row for row in theirs if row.state not in ("sent", "attempted")]
        if not wanted:
            hint = "monitor digest outbox --all shows what became of each"
            raise UsageError(f"every letter of {name} was accepted or is on its way", hint=hint)
        now = self.house.clock()
        await self.house.record(
            [DeliveryRevived(at=now, edition=row.edition, delivery=row.delivery.id, who=who) for row in wanted]
        )
        await self.deliver_due()
        tried = {row.delivery.id for row in wanted}
        return [row for row in self.house.views.letters(wanted[0].edition) if row.delivery.id in tried]

    # -- the end -----------------------------------------------------------------------------------------------------

    async def finish(self, seconds: float) -> None:
        """Wait for the letters in hand; after ``seconds`` break off, and their leases will run out."""
        tasks = list(self._on_their_way.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _unknown(channel: Channel | None) -> Unknown:
    """What is done with a letter of which nobody knows whether it arrived."""
    if channel is None or channel.unknown == "hold":
        return "hold" if channel else "resend"
    try:
        return "repeat" if doors.door(channel.url).keeps_one(channel.url) else "resend"
    except ConfigError:  # of that the attempt will tell
        return "resend"


def _queued(events: list[Event], edition: str) -> DigestQueued:
    for event in events:
        if isinstance(event, DigestQueued):
            return event
    raise NotFound(f"the log does not hold the letter of {edition}", hint="monitor log verify, monitor views rebuild")
