"""What asking a server costs beside a bare aiohttp client: CPU of a poll answered 304, on kept and on new connections.

    .venv/bin/python tests/bench/bench_fetch.py [HOSTS] [ROUNDS]

The server is a process of its own, so that its work is not counted. Read the ratios: machines differ, and are busy.
"""

import asyncio
import multiprocessing
import resource
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp

from monitor.feeds.http import Fetcher

AT_ONCE = 32
KEPT = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nDate: Wed, 11 Sep 2024 10:00:00 GMT\r\nServer: bench\r\n\r\n'
CLOSED = KEPT[:-2] + b"Connection: close\r\n\r\n"


class Unchanged(asyncio.Protocol):
    """Says 304 to all, and keeps the connection or ends it, as an interval of 15 minutes would."""

    def __init__(self, keeps: bool) -> None:
        self.keeps = keeps

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(KEPT if self.keeps else CLOSED)
        if not self.keeps:
            self.transport.close()


def serve(ports: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(partial(Unchanged, keeps), "0.0.0.0", 0, backlog=1024) for keeps in (1, 0)]
        ports[:] = [server.sockets[0].getsockname()[1] for server in servers]
        await asyncio.Event().wait()

    asyncio.run(main())


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def all_hosts(urls: list[str], ask: Callable[[str], Awaitable[None]]) -> float:
    """CPU seconds of a request, 32 at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(url: str) -> None:
        async with gate:
            await ask(url)

    before = cpu()
    await asyncio.gather(*(one(url) for url in urls))
    return (cpu() - before) / len(urls)


async def main(hosts: int, rounds: int) -> None:
    ports = multiprocessing.Array("i", 2)
    server = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    while not ports[1]:
        await asyncio.sleep(0.05)
    names = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(hosts)]
    manners = {"timeout": timedelta(seconds=30), "spacing": timedelta(0), "allow_hosts": frozenset(names)}
    costs: dict[tuple[int, str], list[float]] = {}
    async with aiohttp.ClientSession(auto_decompress=False) as session, Fetcher(**manners) as fetcher:

        async def bare(url: str) -> None:
            async with session.get(url, headers={"If-None-Match": '"1"'}) as reply:
                await reply.read()

        async def ours(url: str) -> None:
            assert (await fetcher.fetch(url, etag='"1"')).status == 304

        for turn in range(rounds + 1):
            for port in ports:
                for name, ask in (("bare aiohttp", bare), ("fetcher", ours)):
                    cost = await all_hosts([f"http://{host}:{port}/feed" for host in names], ask)
                    if turn:  # the first round warms up
                        costs.setdefault((port, name), []).append(cost)
    server.terminate()
    print(f"{hosts} hosts, best of {rounds} rounds\n{'':28}{'CPU us a poll':>16}{'x bare':>10}")
    for port, title in zip(ports, ("on a kept connection", "on a new connection"), strict=True):
        floor = min(costs[port, "bare aiohttp"])
        print(title)
        for name in ("bare aiohttp", "fetcher"):
            best = min(costs[port, name])
            print(f"  {name:26}{best * 1e6:16.0f}{best / floor:10.2f}")


if __name__ == "__main__":
    asyncio.run(main(*[int(argument) for argument in sys.argv[1:3]] or [250, 8]))
