"""Delivering: letters handed over, every outcome recorded."""

import asyncio

import structlog

from monitor.digests import outbox
from monitor.errors import NotFound, StorageError
from monitor.events import DigestAttempted, DigestQueued
from monitor.model import OutboxRow, Receipt, Trouble
from monitor.service import doors
from monitor.service.house import House

STOPPED = Trouble(code="stopped", text="the service was stopped before the server answered")

journal = structlog.get_logger()


class Delivering:
    """Hands over the letters that are queued; what is due is asked of the log's views, never remembered here."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._on_their_way: dict[str, asyncio.Task[None]] = {}

    async def deliver_due(self) -> int:
        """Hand over every letter whose time has come and wait for the outcomes; answers how many were tried."""
        return len(await asyncio.gather(*self.start_due()))

    def start_due(self) -> list[asyncio.Task[None]]:
        """Start the delivery of each letter that is due and not on its way; a slow channel holds up no other."""
        tasks = []
        for row in self.house.views.outbox_due(self.house.clock()):
            if row.delivery.id not in self._on_their_way:
                task = asyncio.create_task(self._deliver_in_turn(row), name=f"deliver {row.delivery.id}")
                self._on_their_way[row.delivery.id] = task
                tasks.append(task)
        return tasks

    async def _deliver_in_turn(self, row: OutboxRow) -> None:
        try:
            await self._deliver(row)
        except StorageError as wrong:
            # Without a recorded claim nothing was sent; with one, its lease runs out and the letter is tried again.
            journal.error("a delivery could not be recorded", edition=row.edition, trouble=str(wrong))
        finally:
            del self._on_their_way[row.delivery.id]

    async def _deliver(self, row: OutboxRow) -> None:
        queued = self._letter(row.edition)  # look
        claim = outbox.claim(row, self.house.clock())  # decide
        if not await self.house.record([claim]):  # record: whoever is first hands it over
            return
        try:
            receipt = await self._hand_over(queued, row)  # reach out
        except asyncio.CancelledError:
            # The service ends and the server has not answered: that is known now, and need not wait for the lease.
            await self._record_outcome(row, claim, Receipt(verdict="unknown", trouble=STOPPED))
            raise
        await self._record_outcome(row, claim, receipt)

    async def _record_outcome(self, row: OutboxRow, claim: DigestAttempted, receipt: Receipt) -> None:
        outcome = outbox.outcome(claim, receipt, self.house.clock())  # decide
        await self.house.record([outcome])  # record
        said = {"edition": row.edition, "channel": row.delivery.channel, "attempt": claim.n}
        if receipt.verdict == "accepted":
            journal.info("letter accepted", **said, answer=receipt.answer)
        else:
            retry_at = getattr(outcome, "retry_at", None)
            journal.warning(f"letter {receipt.verdict}", **said, trouble=str(receipt.trouble), retry_at=retry_at)

    def _letter(self, edition: str) -> DigestQueued:
        """The edition exactly as it was queued, from the log."""
        for recorded in self.house.log.read(stream=f"digest/{edition}"):
            if isinstance(recorded.event, DigestQueued):
                return recorded.event
        raise NotFound(
            f"the log does not hold the letter of {edition}", hint="monitor log verify, monitor views rebuild"
        )

    async def _hand_over(self, queued: DigestQueued, row: OutboxRow) -> Receipt:
        channels = {channel.name: channel.url for channel in self.house.config.channels}
        if row.delivery.channel not in channels:
            gone = Trouble(code="channel", text=f"config.toml no longer names the channel {row.delivery.channel!r}")
            return Receipt(verdict="failed", trouble=gone)
        url = channels[row.delivery.channel]
        try:
            return await doors.door(url).send(url, outbox.message(queued, row.delivery))
        except Exception as bug:  # noqa: BLE001 - a bug in one door must not stop the others; it keeps its traceback
            journal.exception("a letter was lost to a mistake of ours", edition=row.edition)
            return Receipt(verdict="unknown", trouble=Trouble(code="bug", text=type(bug).__name__))

    # -- the end -----------------------------------------------------------------------------------------------------

    async def finish(self, seconds: float) -> None:
        """Wait for the letters in hand; after ``seconds`` break off, and their leases will run out."""
        tasks = list(self._on_their_way.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
