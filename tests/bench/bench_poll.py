"""What a poll costs, on loopback: first sight, unchanged by 304, unchanged by body, beside a bare aiohttp client.

    .venv/bin/python tests/bench/bench_poll.py [FEEDS] [ITEMS]

The server is a process of its own, so that its work is not counted. Read the ratios: machines differ, and are busy.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from aiohttp import web

from monitor.service.service import Service

WORDS = (
    "Kyiv",
    "minister",
    "says",
    "talks",
    "on",
    "long-range",
    "weapons",
    "IMF",
    "tranche",
    "rain",
    "falls",
    "in",
    "spring",
)
RULE = "title = 'IMF'\nquery = 'imf AND tranche AND weapons'\n"


def body(feed: str, items: int) -> bytes:
    entries = "".join(
        f"<item><guid>{feed}-{n}</guid><title>{' '.join(WORDS[n % 9 : n % 9 + 8])} {n}</title>"
        f"<link>https://{feed}.example/{n}</link><description>{' '.join(WORDS * 3)}</description>"
        f"<pubDate>Wed, 11 Sep 2024 {n % 24:02}:00:00 GMT</pubDate></item>"
        for n in range(items)
    )
    return f"<rss version='2.0'><channel><title>{feed}</title>{entries}</channel></rss>".encode()


def serve(items: int, port: Any) -> None:
    """Feeds with validators under /a/, feeds that never say 304 under /b/."""

    async def answer(request: web.Request) -> web.Response:
        feed, kind = request.match_info["feed"], request.match_info["kind"]
        if kind == "a" and request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        headers = {"ETag": '"1"'} if kind == "a" else {}
        return web.Response(body=body(feed, items), headers=headers, content_type="application/rss+xml")

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{kind}/{feed}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 0).start()
        port.value = runner.addresses[0][1]
        await asyncio.Event().wait()

    asyncio.run(main())


def cpu() -> float:
    """CPU seconds of this process; the parser's children are counted apart."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def timed(name: str, count: int, work: Callable[[], Awaitable[object]]) -> tuple[str, float, float, int]:
    wall, before = time.perf_counter(), cpu()
    await work()
    return name, time.perf_counter() - wall, cpu() - before, count


async def polls(service: Service) -> None:
    async for _, trouble in service.polling.poll_now(service.polling.chosen([])):
        assert trouble is None, trouble


async def bare(port: int, feeds: int) -> None:
    """The floor: the same requests, nothing done with the answers."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        gate = asyncio.Semaphore(32)

        async def one(n: int) -> None:
            url = f"http://127.0.{1 + n // 250}.{1 + n % 250}:{port}/a/f{n}"
            async with gate, session.get(url, headers={"If-None-Match": '"1"'}) as reply:
                await reply.read()

        await asyncio.gather(*(one(n) for n in range(feeds)))


async def visits(folder: Path, kind: str, port: int, feeds: int) -> list[tuple[str, float, float, int]]:
    """The first and the second poll of every feed by a service of its own."""
    (folder / "rules").mkdir()
    (folder / "rules" / "imf.toml").write_text(RULE)
    hosts = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(feeds)]
    config = f"[service]\nspacing = '0s'\nallow_hosts = {hosts}\n" + "".join(
        f"[[feed]]\nid = 'f{n}'\nurl = 'http://{host}:{port}/{kind}/f{n}'\n" for n, host in enumerate(hosts)
    )
    (folder / "config.toml").write_text(config)
    service = Service.open(folder / "config.toml", write=True)
    await service.start()
    first = await timed("first sight", feeds, lambda: polls(service))
    second = await timed("unchanged, 304" if kind == "a" else "unchanged, same body", feeds, lambda: polls(service))
    await service.stop("done", 1)
    service.close()
    return [first, second] if kind == "a" else [second]


async def main(feeds: int, items: int) -> None:
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(items, port), daemon=True)
    server.start()
    while not port.value:
        await asyncio.sleep(0.05)
    rows = [await timed("bare aiohttp, 304", feeds, lambda: bare(port.value, feeds))]
    for kind in "ab":
        with tempfile.TemporaryDirectory() as name:
            rows += await visits(Path(name), kind, port.value, feeds)
    server.terminate()
    floor = rows[0][2] / rows[0][3]
    print(f"{feeds} feeds of {items} items\n")
    print(f"{'':24}{'polls/s':>10}{'CPU us a poll':>16}{'x bare':>10}")
    for name, wall, used, count in rows:
        print(f"{name:24}{count / wall:10.0f}{used / count * 1e6:16.0f}{used / count / floor:10.1f}")
    first = rows[1]
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\nitems a second on first sight: {feeds * items / first[1]:.0f}")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, ", end="")
    print(f"largest child {children.ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    asyncio.run(main(*[int(argument) for argument in sys.argv[1:3]] or [200, 30]))
