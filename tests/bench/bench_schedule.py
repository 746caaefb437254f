"""What it costs to keep thousands of feeds: a quarter of an hour by a clock that is stepped, with real requests.

    .venv/bin/python tests/bench/bench_schedule.py [FEEDS] [ITEMS]

Every feed has an address of its own (Linux answers on all of 127.0.0.0/8) and is asked once in fifteen minutes. First
sight comes before and is told apart. A simulated second passes as soon as what it started has ended, so that lateness
in simulated seconds says what the timetable does and lateness in real ones what the machine does. The server is a
process of its own: two feeds in three answer 304, the third sends its body again, every hundredth with a new item.
"""

import asyncio
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from monitor.feeds.timetable import Stop, Timetable
from monitor.service.service import Service

START = datetime(2024, 9, 11, 6, tzinfo=UTC)
QUARTER = 900  # seconds
RULE = "title = 'IMF'\nquery = 'imf AND tranche AND weapons'\n"
WORDS = ("Kyiv", "minister", "says", "talks", "on", "weapons", "IMF", "tranche", "rain", "falls", "in", "spring")


def document(feed: str, items: int, edition: int) -> bytes:
    newest = range(items + edition, edition, -1)
    entries = "".join(
        f"<item><guid>{feed}-{n}</guid><title>{' '.join(WORDS[n % 5 : n % 5 + 7])} {n}</title>"
        f"<link>https://{feed}.example/{n}</link><description>{' '.join(WORDS * 2)}</description>"
        f"<pubDate>Wed, 11 Sep 2024 05:{n % 60:02}:00 GMT</pubDate></item>"
        for n in newest
    )
    return f"<rss version='2.0'><channel><title>{feed}</title>{entries}</channel></rss>".encode()


def serve(items: int, port: Any) -> None:
    visits: dict[str, int] = {}

    async def answer(request: web.Request) -> web.Response:
        feed = request.match_info["feed"]
        number, visit = int(feed[1:]), visits.get(feed, 0)
        visits[feed] = visit + 1
        if visit and number % 3:
            return web.Response(status=304)
        edition = visit if number % 100 == 0 else 0
        return web.Response(
            body=document(feed, items, edition), headers={"ETag": f'"{edition}"'}, content_type="application/rss+xml"
        )

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{feed}", answer)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=5)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 0, backlog=1024).start()
        port.value = runner.addresses[0][1]
        await asyncio.Event().wait()

    asyncio.run(main())


def address(number: int) -> str:
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def memory(pid: int) -> float:
    """MiB resident."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(but: set[int]) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == os.getpid() and int(stat.parent.name) not in but:
            found.append(int(stat.parent.name))
    return found


def spent(pids: list[int]) -> float:
    """CPU seconds of this process and of these children, dead ones too."""
    own = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    ticks = os.sysconf("SC_CLK_TCK")
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own += (int(fields[11]) + int(fields[12])) / ticks
    return own


def shares(values: list[float]) -> str:
    ordered = sorted(values) or [0.0]
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99))
    return f"p50 {p50:8.3f}   p99 {p99:8.3f}   most {ordered[-1]:8.3f}"


class Run:
    """One service on a stepped clock, watched."""

    def __init__(self, folder: Path, server: int) -> None:
        self.now, self.server = START, server
        self.began = time.perf_counter()
        self.service = Service.open(folder / "config.toml", write=True, clock=lambda: self.now)
        print(f"{'opened':24}{time.perf_counter() - self.began:9.2f} s")
        self.simulated: list[float] = []
        self.real: list[float] = []
        self.ticks: list[float] = []
        self.peak = self.peak_child = 0.0
        poll = self.service.polling.poll

        async def timed(feed: Any) -> Any:
            due, asked = self.service.polling.due(feed.id), time.perf_counter()
            self.simulated.append((self.now - due).total_seconds())
            try:
                return await poll(feed)
            finally:
                self.real.append(time.perf_counter() - asked)

        self.service.polling.poll = timed  # type: ignore[method-assign]

    def look(self) -> None:
        self.peak = max(self.peak, memory(os.getpid()))
        self.peak_child = max([self.peak_child, *(memory(pid) for pid in children({self.server}))])

    async def seconds(self, name: str, count: int) -> None:
        """Let so many seconds pass, and tell what they cost."""
        self.simulated, self.real, self.ticks = [], [], []
        wall, used, slowest = time.perf_counter(), spent(children({self.server})), 0.0
        for second in range(count):
            self.now += timedelta(seconds=1)
            began = time.perf_counter()
            self.service.polling.start_due(self.now)
            self.ticks.append((time.perf_counter() - began) * 1e3)
            while self.service.polling._under_way:
                await asyncio.wait(self.service.polling._under_way.values())
            slowest = max(slowest, time.perf_counter() - began)
            if second % 10 == 0:
                self.look()
        wall, used = time.perf_counter() - wall, spent(children({self.server})) - used
        polls = len(self.real)
        print(f"\n{name}: {polls} polls in {count} simulated seconds, {wall:.1f} real ones")
        print(f"{'late, simulated s':24}{shares(self.simulated)}")
        print(f"{'a poll, real s':24}{shares(self.real)}")
        print(f"{'start_due, ms':24}{shares(self.ticks)}")
        print(f"{'CPU':24}{used:9.2f} s, {used / max(polls, 1) * 1e3:.2f} ms a poll, ", end="")
        print(f"{used / count:.1%} of a core; the longest second's work took {slowest:.2f} s")
        print(f"{'memory':24}{self.peak:9.0f} MiB, largest child {self.peak_child:.0f} MiB")


def table_alone(feeds: int) -> None:
    """The timetable by itself: planning, an idle tick, a tick with everyone due."""
    stops = [Stop(START + timedelta(seconds=n % QUARTER), f"f{n}", f"h{n}") for n in range(feeds)]
    table, began = Timetable(), time.perf_counter()
    table.replan(stops, timedelta(seconds=1), START - timedelta(days=1))
    planned, began = time.perf_counter() - began, time.perf_counter()
    for _ in range(1000):
        table.take(START - timedelta(days=1))
    idle, began = (time.perf_counter() - began) / 1000, time.perf_counter()
    table.take(START + timedelta(days=1))
    print(f"{'timetable alone':24}plan {planned * 1e3:.1f} ms, idle tick {idle * 1e6:.1f} us, ", end="")
    print(f"tick with all due {(time.perf_counter() - began) * 1e3:.1f} ms")


async def main(feeds: int, items: int) -> None:
    table_alone(feeds)
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(items, port), daemon=True)
    server.start()
    while not port.value:
        await asyncio.sleep(0.05)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        (folder / "rules" / "imf.toml").write_text(RULE)
        hosts = [address(n) for n in range(feeds)]
        (folder / "config.toml").write_text(
            f"[service]\nlongest = '15m'\nallow_hosts = {hosts}\n"
            + "".join(
                f"[[feed]]\nid = 'f{n}'\nurl = 'http://{host}:{port.value}/f{n}'\n" for n, host in enumerate(hosts)
            )
        )
        run = Run(folder, server.pid or 0)
        await run.service.start()
        run.look()
        print(f"{'started':24}{time.perf_counter() - run.began:9.2f} s, {run.peak:.0f} MiB")
        await run.seconds("first sight", 60)
        await run.seconds("a quarter of an hour", QUARTER + 100)
        run.now += timedelta(hours=8)
        await run.seconds("behind a sleep of eight hours", 60)
        began = time.perf_counter()
        for _ in range(20):
            await run.service.tell()
        print(f"\n{'the rest of a tick':24}{(time.perf_counter() - began) / 20 * 1e3:9.2f} ms")
        run.service.polling._feeds, began = {}, time.perf_counter()
        run.service.polling.plan()
        print(f"{'planned anew':24}{time.perf_counter() - began:9.3f} s")
        await run.service.stop("done", 1)
        run.service.close()
    server.terminate()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(main(*[int(argument) for argument in sys.argv[1:3]] or [10_000, 20]))
