"""Runs the service: APScheduler as alarm clock, signals, word to systemd.

One loop does everything. A tick a second asks what is due and starts it; no tick waits for the work that it starts.
The watchdog is fed at the end of a tick, after the thread that records has answered: a wedged loop or log starves it.
"""

import asyncio
import logging
import os
import signal
import socket
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from monitor import __version__, control, journal
from monitor.errors import MonitorError, StorageError
from monitor.service.house import Clock, clock
from monitor.service.service import Service
from monitor.web import server

TICK = 1.0  # seconds
LATE = 2.0  # seconds without a tick, on the loop's own clock
UNWELL = 30.0  # seconds without a whole tick, and the service is not well
GRACE = 10.0  # seconds that a letter in hand gets when the service stops

record = structlog.get_logger()


def tell_systemd(*lines: str) -> bool:
    """sd_notify: a datagram to the socket that systemd named, if it named one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.connect("\0" + address[1:] if address.startswith("@") else address)
        out.sendall("\n".join(lines).encode())
    return True


class Ticking(BaseTrigger):  # type: ignore[misc] # APScheduler ships no types
    """One tick, and the next a second later; those that the clock jumped over are not counted, be it ten years."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:  # noqa: ARG002 - theirs
        """A second from now."""
        return now + timedelta(seconds=TICK)


class Daemon:
    """The service, awake."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.stopping = asyncio.Event()
        self.reason = "asked to stop"
        self._ticks = 0
        self._telling: asyncio.Task[None] | None = None
        self._reloading: asyncio.Task[None] | None = None
        self._ticked: float | None = None  # when the last whole tick ended, by the loop's clock
        self._troubles: dict[str, str] = {}  # what the last polls and the last telling met, by which of them

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, f"signal {number.name}")
        loop.add_signal_handler(signal.SIGHUP, self.reload)
        scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        async with server.listening(self.service, self.health):  # first: without its port, nothing begins
            await self.service.start()
            await self._work(scheduler)
        await self._end()

    async def _work(self, scheduler: AsyncIOScheduler) -> None:
        async with control.listening(self.service):
            job = scheduler.add_job(self.tick, Ticking())
            scheduler.start()
            waking = asyncio.create_task(self._wake(job), name="wake")
            self._say_ready()
            self._say_troubles()
            await self.stopping.wait()
            tell_systemd("STOPPING=1")
            waking.cancel()
            scheduler.shutdown(wait=False)

    async def _wake(self, job: Job) -> None:
        """Plan the ticks anew if none comes: APScheduler goes by the clock on the wall, which may be set back."""
        while True:
            ticks = self._ticks
            await asyncio.sleep(LATE)
            if self._ticks == ticks:
                job.reschedule(Ticking())

    def stop(self, reason: str) -> None:
        """Begin to end; what is in hand is finished first."""
        self.reason = reason
        self.stopping.set()

    def health(self) -> str:
        """What is wrong with the service; empty if it is well."""
        if self._ticked is None:
            return "the service is starting"
        late = asyncio.get_running_loop().time() - self._ticked
        if late > UNWELL:
            return f"the log has not answered for {late:.0f} seconds"
        return "; ".join(self._troubles.values())

    async def tick(self) -> None:
        """Start what is due."""
        self._ticks += 1
        try:
            self.service.polling.start_due(self.service.house.clock())
            self._troubles.pop("polls", None)
        except Exception:  # noqa: BLE001 - a mistake of ours about one feed must not end the digests
            record.exception("polls were held up by a mistake of ours")
            self._troubles["polls"] = "polls are held up by a mistake of ours"
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(), name="tell")
        await self.service.house.pulse()
        self._ticked = asyncio.get_running_loop().time()
        tell_systemd("WATCHDOG=1")

    async def _tell(self) -> None:
        try:
            await self.service.tell()
            self._troubles.pop("digests", None)
        except StorageError as wrong:
            # Nothing was recorded; the slot is still due at the next tick.
            record.error("a digest could not be recorded", trouble=str(wrong))
            self._troubles["digests"] = "the log cannot be written"
        except Exception:  # noqa: BLE001 - a mistake of ours in one digest must not end the polls; the tick tries again
            record.exception("a digest was held up by a mistake of ours")
            self._troubles["digests"] = "digests are held up by a mistake of ours"

    def reload(self) -> None:
        """Read configuration and rules again, after the reload under way."""
        if self._reloading is None or self._reloading.done():
            self._reloading = asyncio.create_task(self._reload(), name="reload")

    async def _reload(self) -> None:
        listen = self.service.house.config.listen
        monotonic = int(asyncio.get_running_loop().time() * 1_000_000)
        tell_systemd("RELOADING=1", f"MONOTONIC_USEC={monotonic}")
        try:
            await self.service.judging.reload()
            journal.keep_out(self.service.house.config.secrets)
            record.info(
                "reloaded", feeds=len(self.service.house.config.feeds), rules=len(self.service.house.rules.rules)
            )
            if self.service.house.config.listen != listen:
                record.warning("the feedback page opens at its new address when the service is started again")
        except MonitorError as wrong:
            record.error("not reloaded", trouble=wrong.message)
        self._say_ready()

    def _say_ready(self) -> None:
        house = self.service.house
        said = f"{len(house.config.feeds)} feeds, {len(house.rules.rules)} rules, {len(house.config.digests)} digests"
        tell_systemd("READY=1", f"STATUS={said}", f"MAINPID={os.getpid()}")
        record.info("ready", feeds=len(house.config.feeds), rules=len(house.rules.rules), data=str(house.data))

    def _say_troubles(self) -> None:
        """Which feeds were in trouble when the service last ran, for they may not be asked again for hours."""
        for standing in self.service.history.standings():
            if standing.trouble:
                said = {"failures": standing.failures, "retry_at": standing.next_due}
                record.warning("feed in trouble", feed=standing.feed, trouble=str(standing.trouble), **said)

    async def _end(self) -> None:
        for task in (self._telling, self._reloading):
            if task is not None:
                await asyncio.wait({task}, timeout=GRACE)
        await self.service.stop(self.reason, GRACE)
        record.info("stopped", reason=self.reason)


def run(path: Path, *, verbose: bool = False, clock: Clock = clock) -> None:
    """Run the service that ``path`` describes until a signal ends it.

    Raises:
        MonitorError: what its reader can mend before the service can start.
    """
    journal.set_up(least=logging.DEBUG if verbose else logging.INFO)
    with Service.open(path, write=True, clock=clock) as service:
        journal.keep_out(service.house.config.secrets)
        record.info("monitor", release=__version__, pid=os.getpid())
        asyncio.run(_awake(service))


async def _awake(service: Service) -> None:
    await Daemon(service).run()
