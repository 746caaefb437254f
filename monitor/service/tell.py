"""Telling: digests queued at their slots, letters handed over, every outcome recorded."""

import asyncio
from datetime import datetime
from uuid import uuid4

import structlog

from monitor.digests import compose, notice, outbox, render, slots
from monitor.digests.compose import Letter
from monitor.errors import NotFound, StorageError, ViewsMissing, did_you_mean
from monitor.events import DigestAttempted, DigestDeclared, DigestQueued
from monitor.model import OPERATOR, Digest, OutboxRow, Part, Receipt, Trouble
from monitor.service import doors
from monitor.service.house import House

STOPPED = Trouble(code="stopped", text="the service was stopped before the server answered")

journal = structlog.get_logger()


class Telling:
    """Queues digests and delivers them; what is due is asked of the log's views, never remembered here."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._composing = asyncio.Lock()
        self._on_their_way: dict[str, asyncio.Task[None]] = {}

    # -- queueing ----------------------------------------------------------------------------------------------------

    async def declare(self) -> None:
        """Tell the log of digests that are new in config.toml: their slots count from now."""
        now = self.house.clock()
        new = [d for d in self.house.config.digests if self.house.views.declared(d.name) is None]
        if new:
            await self.house.record([DigestDeclared(at=now, digest=digest.name) for digest in new])

    async def queue_due(self) -> list[DigestQueued]:
        """Queue each digest whose slot has come; after a pause, the newest slot tells for those before it."""
        queued = []
        for digest in self.house.config.digests:
            try:
                edition = await self._queue_if_due(digest)
                queued += [edition] if edition else []
            except (StorageError, ViewsMissing):
                raise  # it is no matter of this digest
            except Exception:  # noqa: BLE001 - one digest must not hold up another; the next tick tries again
                journal.exception("a digest was held up by a mistake of ours", digest=digest.name)
        return queued

    async def _queue_if_due(self, digest: Digest) -> DigestQueued | None:
        told = self.house.views.last_slot(digest.name)  # look
        after = slots.instant(told) if told else self.house.views.declared(digest.name)
        due = slots.due(digest, after, self.house.clock()) if after else ()
        if not due:
            return None
        covers = f"; it covers {len(due)} slots" if len(due) > 1 else ""
        return await self._queue(digest, due[-1].label, f"scheduled{covers}", due[0].instant)

    async def send_now(self, name: str) -> DigestQueued | None:
        """Queue what waits for a digest without waiting for its slot; the next edition begins behind it."""
        digest = self.digest(name)
        return await self._queue(digest, f"request {uuid4().hex[:12]}", "requested", self.house.clock())

    async def _queue(self, digest: Digest, slot: str, reason: str, instant: datetime) -> DigestQueued | None:
        """One edition; None if another service on this log was first."""
        async with self._composing:
            letter, through = self._compose(digest, slot, instant)  # look, decide
            event = outbox.queued(
                letter,
                slot=slot,
                reason=reason,
                through=through,
                parts=render.render(letter) if letter.sections else (),
                recipients={name: self._recipients(name) for name in digest.channels},
                now=self.house.clock(),
            )
            new = await self.house.record([event])  # record
        if not new:
            return None
        journal.info(
            "digest queued", digest=digest.name, slot=slot, items=len(event.items), letters=len(event.deliveries)
        )
        return event

    def _compose(self, digest: Digest, slot: str, instant: datetime) -> tuple[Letter, str]:
        declared = self.house.views.declared(digest.name) or instant
        since = self.house.views.last_told(digest.name) or min(declared, slots.previous(digest, instant))
        waiting, through = self.house.views.waiting(digest, since=since)
        feeds = {feed.id: feed for feed in self.house.config.feeds}
        letter = compose.compose(
            digest,
            slot_label=slot,
            since=since,
            until=self.house.clock(),
            waiting=waiting,
            feeds=feeds,
            standing=self.house.views.standings(feeds),
            head=self.house.log.head(),
        )
        return letter, through

    def digest(self, name: str) -> Digest:
        """The digest of that name."""
        digests = {digest.name: digest for digest in self.house.config.digests}
        if name not in digests:
            raise NotFound(f"there is no digest {name!r}", hint=did_you_mean(name, digests))
        return digests[name]

    def schedule(self) -> list[tuple[str, datetime, tuple[str, ...]]]:
        """Each digest's name, next slot and channels."""
        now = self.house.clock()
        return [(d.name, slots.upcoming(d, now).instant, d.channels) for d in self.house.config.digests]

    def preview(self, name: str) -> tuple[Part, ...]:
        """The letters that would go out for the digest now; nothing is recorded."""
        digest, now = self.digest(name), self.house.clock()
        letter, _ = self._compose(digest, slots.upcoming(digest, now).label, now)
        return render.render(letter)

    # -- delivering --------------------------------------------------------------------------------------------------

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

    async def notify(self, subject: str, text: str, occasion: str) -> None:
        """Tell the operator, once for each occasion, if config.toml names a channel ``operator``."""
        if any(channel.name == OPERATOR for channel in self.house.config.channels):
            await self.house.record([self.notice(subject, text, occasion)])

    def notice(self, subject: str, text: str, occasion: str) -> DigestQueued:
        """The notice, to be recorded together with what it tells of; there must be a channel ``operator``."""
        recipients, now = self._recipients(OPERATOR), self.house.clock()
        return notice.queued(subject, text, occasion=occasion, recipients=recipients, now=now)

    def _recipients(self, name: str) -> tuple[str, ...]:
        url = self.house.config.channel(name).url
        return doors.door(url).recipients(url)

    # -- the end -----------------------------------------------------------------------------------------------------

    async def finish(self, seconds: float) -> None:
        """Wait for the letters in hand; after ``seconds`` break off, and their leases will run out."""
        tasks = list(self._on_their_way.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
