"""Door: parse a feed in a child process that may neither stall, nor grow, nor write. Never raises for what feeds do.

A parse may use 5 s of CPU, 8 s of the clock and 400 MiB; whatever takes more is killed with its process group and is
``parse_budget``. Children are started when first needed, reused, and replaced after a kill. They get no secret: a bare
environment, no feed URL but the folder it lies in.

Hostile feeds do not hold up good ones: a parse that takes longer than a second gives way, and begins again in the slow
lane, where one feed at a time may take all it may.
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
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import msgspec

import monitor
from monitor.feeds.heard import Heard, Job, Reply
from monitor.feeds.prefilter import LARGEST
from monitor.model import Feed, FeedId, Trouble

WALL = timedelta(seconds=8)
PATIENCE = timedelta(seconds=1)  # most feeds take a fiftieth of it
START = 30.0  # seconds; Python and its imports on a busy machine
CPU = 5  # seconds
MEMORY = 400 * 2**20  # bytes
LENGTH_BYTES = 4  # of a frame; sandbox_child.py counts alike, and is not imported: feedparser stays in the child
LONGEST_ANSWER = 64 * 2**20  # bytes


class Died(IntEnum):
    """Exit statuses of a child that reached a limit."""

    OF_MEMORY = 71  # said by sandbox_child.py
    OF_CPU = -signal.SIGXCPU
    BY_THE_SYSTEM = -signal.SIGKILL


class Sandbox:
    """A few parser children; ``async with`` it.

    Args:
        workers: how many parse at once.
        wall, cpu, memory: what one parse may take: time, whole seconds of CPU, bytes.
        patience: after so long a parse goes to the slow lane.
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
        self._patience = min(patience, wall).total_seconds()
        self._free = asyncio.Semaphore(workers)
        self._slow_lane = asyncio.Semaphore(1)
        self._slow: set[FeedId] = set()  # feeds that go to the slow lane at once
        self._idle: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await _end(self._idle.pop())

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
            async with self._free:
                heard = await self._run(job, self._patience)
            if heard is not None:
                return heard
            self._slow.add(feed.id)
        clock = asyncio.get_running_loop().time
        async with self._slow_lane, self._free:
            began = clock()
            heard = await self._run(job, self._wall)
            if clock() - began < self._patience:
                self._slow.discard(feed.id)
        return heard or _budget(f"it took longer than {self._wall:g} s")

    async def _run(self, job: Job, wall: float) -> Heard | None:
        """What one child makes of the job; None if it takes longer than ``wall`` seconds."""
        try:
            worker = await self._worker()
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as wrong:
            return Heard(trouble=Trouble(code="parser", text=f"no parser could be started: {wrong}"))
        return await self._ask(worker, job, wall)

    async def _worker(self) -> asyncio.subprocess.Process:
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
            await _end(worker)  # someone else killed it; the next document is not to blame
        return await self._start()

    async def _start(self) -> asyncio.subprocess.Process:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor.feeds.sandbox_child", str(self._cpu), str(self._memory)),
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

    async def _ask(self, worker: asyncio.subprocess.Process, job: Job, wall: float) -> Heard | None:
        fit = False  # for another job
        try:
            async with asyncio.timeout(wall):
                heard = await _answer(worker, job)
            fit = heard.trouble is None or heard.trouble.code != "parse_budget"
            return heard
        except TimeoutError:
            return None
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
            await _end(worker)
            return self._obituary(worker.returncode)
        finally:
            if fit:
                self._idle.append(worker)
            else:
                await _end(worker)

    def _obituary(self, status: int | None) -> Heard:
        match status:
            case Died.OF_CPU:
                return _budget(f"it took more than {self._cpu} s of CPU")
            case Died.OF_MEMORY:
                return _budget(f"it took more than {self._memory // 2**20} MiB")
            case Died.BY_THE_SYSTEM:
                return _budget("the system killed the parser")
        return Heard(trouble=Trouble(code="parser", text=f"the parser ended without an answer (status {status})"))


def _budget(text: str) -> Heard:
    return Heard(trouble=Trouble(code="parse_budget", text=f"the document could not be parsed in its limits: {text}"))


def _folder(url: str) -> str:
    """The URL without user, password, query and fragment: where its relative links begin."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


async def _answer(worker: asyncio.subprocess.Process, job: Job) -> Heard:
    assert worker.stdin is not None
    frame = msgspec.msgpack.encode(job)
    worker.stdin.write(len(frame).to_bytes(LENGTH_BYTES) + frame)
    await worker.stdin.drain()
    return msgspec.msgpack.decode(await _receive(worker), type=Heard)


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
