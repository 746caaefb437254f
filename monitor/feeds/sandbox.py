"""Door: parse a feed in a child process that may neither stall, nor grow, nor write. Never raises for what feeds do.

A parse may use 5 s of CPU, 8 s of the clock and 400 MiB; whatever takes more is killed with its process group and is
``parse_budget``. Children are started when first needed, reused, and replaced after a kill. They get no secret: a bare
environment, no feed URL but the folder it lies in.

Hostile feeds do not hold up good ones: a parse that uses a fifth of a second of CPU gives way, and begins again in the
slow lane, where one feed at a time may take all it may, in a child of its own that the others have precedence over. A
feed that was slow goes there at once until it is quick again. A frame is four bytes of length and a MessagePack: of a
``Job`` or a ``Page`` to the child, of the CPU it took and of ``Heard`` or ``Prose`` from it.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import msgspec

import monitor
from monitor.feeds.heard import Heard, Job, Page, Prose, Reply
from monitor.feeds.prefilter import LARGEST
from monitor.model import Feed, FeedId, Trouble

WALL = timedelta(seconds=8)
PATIENCE = timedelta(seconds=0.2)  # of CPU; most feeds take a twentieth of it
SLOWEST_CPU = 5  # seconds of the clock for one of CPU, on a machine that has other work, before patience ends
NICE = 10  # of the slow lane's child, as nice(1) counts
START = 30.0  # seconds; Python and its imports on a busy machine
CPU = 5  # seconds
MEMORY = 400 * 2**20  # bytes
LENGTH_BYTES = 4  # of a frame; sandbox_child.py counts alike, and is not imported: feedparser stays in the child
LONGEST_ANSWER = 64 * 2**20  # bytes

Answer = TypeVar("Answer", Heard, Prose)


class Died(IntEnum):
    """Exit statuses of a child that reached a limit."""

    OF_MEMORY = 71  # said by sandbox_child.py
    OF_CPU = -signal.SIGXCPU
    BY_THE_SYSTEM = -signal.SIGKILL


class _Lane:
    """A way through the sandbox: so many children at once, and what a parse in one of them may take."""

    def __init__(self, places: int, *, wall: float, patience: float = 0, nice: int = 0) -> None:
        self.free = asyncio.Semaphore(places)
        self.idle: list[asyncio.subprocess.Process] = []
        self.wall = wall  # seconds of the clock
        self.patience = patience  # seconds of CPU; 0: as the sandbox says
        self.nice = nice


class Sandbox:
    """A few parser children; ``async with`` it.

    Args:
        workers: how many parse at once, beside the slow lane's.
        wall, cpu, memory: what one parse may take: time, whole seconds of CPU, bytes.
        patience: after so much CPU a parse goes to the slow lane.
    """

    def __init__(
        self,
        workers: int = 2,
        *,
        wall: timedelta = WALL,
        cpu: int = CPU,
        memory: int = MEMORY,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._wall, self._cpu, self._memory = wall.total_seconds(), cpu, memory
        self._patience = patience.total_seconds()
        self._fast_lane = _Lane(workers, wall=min(self._wall, self._patience * SLOWEST_CPU), patience=self._patience)
        self._slow_lane = _Lane(1, wall=self._wall, nice=NICE)
        self._slow: set[FeedId] = set()  # that go to the slow lane at once

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for lane in (self._fast_lane, self._slow_lane):
            while lane.idle:
                await _end(lane.idle.pop())

    async def parse(self, feed: Feed, reply: Reply, entries: bytes = b"") -> Heard:
        """What the reply says that ``entries``, the last reply's, did not; nothing if it is trouble itself.

        Trouble: ``empty``, ``size``, ``encoding``, ``entity``, ``not_a_feed``, ``malformed``, ``parse_budget``; and
        ``parser`` if it is our parser that failed.
        """
        if reply.trouble is not None:
            return Heard()
        if len(reply.body) > LARGEST:
            return Heard(trouble=Trouble(code="size", text=f"the document is longer than {LARGEST // 2**20} MiB"))
        job = Job(
            feed=feed.id,
            base=_folder(reply.url or feed.url),
            lang=feed.lang,
            content_type=reply.content_type,
            body=reply.body,
            entries=entries,
        )
        if feed.id not in self._slow:
            heard, _ = await self._run(job, Heard, self._fast_lane)
            if heard is not None and not _is_budget(heard):
                return heard
            self._slow.add(feed.id)
            if heard is not None:
                return heard
        heard, used = await self._run(job, Heard, self._slow_lane)
        if heard is not None and not _is_budget(heard) and used < self._patience:
            self._slow.discard(feed.id)
        return heard or Heard(trouble=_budget(f"it took longer than {self._wall:g} s"))

    async def read(self, reply: Reply) -> Prose:
        """The text of the article on a page, in the slow lane; so pages have a sandbox of their own beside the feeds'.

        Trouble: ``encoding``, ``no_text``, ``parse_budget``, ``parser``.
        """
        page = Page(content_type=reply.content_type, body=reply.body)
        prose, _ = await self._run(page, Prose, self._slow_lane)
        return prose or Prose(trouble=_budget(f"it took longer than {self._wall:g} s"))

    async def _run(self, job: Job | Page, kind: type[Answer], lane: _Lane) -> tuple[Answer | None, float]:
        """What a child makes of the job, None if it takes longer than the lane allows; and the CPU it took."""
        async with lane.free:
            try:
                worker = await self._worker(lane)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as wrong:
                return kind(trouble=Trouble(code="parser", text=f"no parser could be started: {wrong}")), 0
            return await self._ask(worker, job, kind, lane)

    async def _worker(self, lane: _Lane) -> asyncio.subprocess.Process:
        while lane.idle:
            worker = lane.idle.pop()
            if worker.returncode is None:
                return worker
            await _end(worker)  # someone else killed it; the next document is not to blame
        return await self._start(lane)

    async def _start(self, lane: _Lane) -> asyncio.subprocess.Process:
        limits = (self._cpu, self._memory, lane.patience, lane.nice)
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.feeds.sandbox_child", *map(str, limits)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=Path(monitor.__file__).parent.parent,  # so that -m finds this very package
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONUTF8": "1"},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(START):
                await _receive(worker)
        except BaseException:
            await _end(worker)
            raise
        return worker

    async def _ask(
        self, worker: asyncio.subprocess.Process, job: Job | Page, kind: type[Answer], lane: _Lane
    ) -> tuple[Answer | None, float]:
        fit = False  # for another job
        try:
            async with asyncio.timeout(lane.wall):
                used, answer = await _answer(worker, job, kind)
            fit = answer is None or not _is_budget(answer)
            return answer, used
        except TimeoutError:
            return None, lane.wall
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
            await _end(worker)
            return kind(trouble=self._obituary(worker.returncode)), lane.wall
        finally:
            if fit:
                lane.idle.append(worker)
            else:
                await _end(worker)

    def _obituary(self, status: int | None) -> Trouble:
        match status:
            case Died.OF_CPU:
                return _budget(f"it took more than {self._cpu} s of CPU")
            case Died.OF_MEMORY:
                return _budget(f"it took more than {self._memory // 2**20} MiB")
            case Died.BY_THE_SYSTEM:
                return _budget("the system killed the parser")
        return Trouble(code="parser", text=f"the parser ended without an answer (status {status})")


def _budget(text: str) -> Trouble:
    return Trouble(code="parse_budget", text=f"the document could not be parsed in its limits: {text}")


def _is_budget(answer: Heard | Prose) -> bool:
    return answer.trouble is not None and answer.trouble.code == "parse_budget"


def _folder(url: str) -> str:
    """The URL without user, password, query and fragment: where its relative links begin."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


async def _answer(
    worker: asyncio.subprocess.Process, job: Job | Page, kind: type[Answer]
) -> tuple[float, Answer | None]:
    assert worker.stdin is not None
    frame = msgspec.msgpack.encode(job)
    worker.stdin.write(len(frame).to_bytes(LENGTH_BYTES) + frame)
    await worker.stdin.drain()
    return msgspec.msgpack.decode(await _receive(worker), type=tuple[float, kind | None])  # type: ignore[valid-type]


async def _receive(worker: asyncio.subprocess.Process) -> bytes:
    assert worker.stdout is not None
    length = int.from_bytes(await worker.stdout.readexactly(LENGTH_BYTES))
    if length > LONGEST_ANSWER:
        raise asyncio.IncompleteReadError(b"", length)
    return await worker.stdout.readexactly(length)


async def _end(worker: asyncio.subprocess.Process) -> None:
    """Kill the child and its whole process group, and wait until it is gone and its pipes are closed."""
    if worker.returncode is None:
        with suppress(ProcessLookupError):  # it ended by itself a moment ago
            os.killpg(worker.pid, signal.SIGKILL)
    if worker.stdin is not None:
        worker.stdin.close()
    await worker.communicate()
