"""Telling: digests queued at their slots or at once, notices to the operator."""

import asyncio
from datetime import datetime
from uuid import uuid4

import structlog

from monitor.digests import alerts, notice, outbox
from monitor.digests.parts import Room
from monitor.errors import NotFound, StorageError, ViewsMissing, did_you_mean
from monitor.events import DigestDeclared, DigestQueued
from monitor.model import OPERATOR, Digest, Part
from monitor.service import doors, past
from monitor.service.compose import Composing, Rendered
from monitor.service.house import House
from monitor.service.timing import Owed, Timing

journal = structlog.get_logger()


class Telling:
    """Queues digests; what is due is asked of the log's views, never remembered here."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.composing = Composing(house)
        self.timing = Timing(house)
        self._composing = asyncio.Lock()

    # -- queueing ----------------------------------------------------------------------------------------------------

    async def declare(self) -> None:
        """Tell the log of digests that are new in config.toml: their slots count from now."""
        now = self.house.clock()
        new = [d for d in self.house.config.digests if self.house.views.declared(d.name) is None]
        if new:
            await self.house.record([DigestDeclared(at=now, digest=digest.name) for digest in new])

    async def queue_due(self) -> list[DigestQueued]:
        """Queue each digest whose slot has come, and each alert whose wait is over."""
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
        async with self._composing:  # what was asked for meanwhile is accounted for
            owed = self.timing.owed(digest)  # look, decide
            return await self._queue(digest, owed) if owed else None

    async def send_now(self, name: str) -> DigestQueued | None:
        """Queue what waits for a digest without waiting for its slot; the next edition begins behind it."""
        digest = self.digest(name)
        async with self._composing:
            slot, now = f"request {uuid4().hex[:12]}", self.house.clock()
            return await self._queue(digest, Owed(slot=slot, instant=now, kind="requested"))

    async def _queue(self, digest: Digest, owed: Owed) -> DigestQueued | None:
        """One edition; None if another service on this log was first."""
        rendered = Rendered(())
        note = "; ".join(owed.notes)
        letter, through = self.composing.letter(digest, owed.slot, owed.instant, note, owed.tells)
        if not digest.cron:
            letter = alerts.accounting(letter, owed.withheld, owed.stories)
        if owed.tells != ():
            rendered = await asyncio.to_thread(self.composing.render, letter)
        event = outbox.queued(
            letter,
            slot=owed.slot,
            reason=owed.reason,
            through=through if owed.through is None else owed.through,
            parts=rendered.parts,
            recipients={name: self._recipients(name) for name in digest.channels},
            rooms={name: self._room(name) for name in digest.channels},
            now=self.house.clock(),
        )
        new = await self.house.record([event])  # record
        if not new:
            return None
        if rendered.failed:
            subject = f"The template of the digest {digest.name} failed"
            await self.notify(subject, rendered.failed, f"template {digest.name} {rendered.failed}")
        journal.info(
            "digest queued",
            digest=digest.name,
            slot=owed.slot,
            reason=owed.reason,
            items=len(event.items),
            letters=len(event.deliveries),
        )
        return event

    def digest(self, name: str) -> Digest:
        """The digest of that name."""
        digests = {digest.name: digest for digest in self.house.config.digests}
        if name not in digests:
            raise NotFound(f"there is no digest {name!r}", hint=did_you_mean(name, digests))
        return digests[name]

    def schedule(self) -> list[tuple[str, datetime | None, tuple[str, ...]]]:
        """Each digest's name, when it comes next (None: at once, and nothing waits) and its channels."""
        return [(d.name, self.timing.next(d), d.channels) for d in self.house.config.digests]

    def preview(self, name: str, at: datetime | None = None) -> tuple[Part, ...]:
        """The letters that would go out for the digest now, or would have gone out then; nothing is recorded."""
        digest = self.digest(name)
        if at is None:
            return self.composing.preview(digest)
        with past.house_at(self.house, at) as then:
            return Composing(then).preview(digest)

    # -- the operator --------------------------------------------------------------------------------------------------

    async def notify(self, subject: str, text: str, occasion: str) -> None:
        """Tell the operator, once for each occasion, if config.toml names a channel ``operator``."""
        if any(channel.name == OPERATOR for channel in self.house.config.channels):
            await self.house.record([self.notice(subject, text, occasion)])

    def notice(self, subject: str, text: str, occasion: str) -> DigestQueued:
        """The notice, to be recorded together with what it tells of; there must be a channel ``operator``."""
        recipients, room, now = self._recipients(OPERATOR), self._room(OPERATOR), self.house.clock()
        return notice.queued(subject, text, occasion=occasion, recipients=recipients, now=now, room=room)

    def _recipients(self, name: str) -> tuple[str, ...]:
        url = self.house.config.channel(name).url
        return doors.door(url).recipients(url)

    def _room(self, name: str) -> Room | None:
        url = self.house.config.channel(name).url
        return doors.door(url).room(url)
