"""How long hostile feeds that nobody has seen before hold up good ones, all polled at once, on loopback.

    .venv/bin/python tests/bench/bench_hostile.py [FEEDS] [HOSTILE]

Each good feed's delay is what it took beyond the same run with good feeds only. The server is a process of its own.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))  # beside the tests, whose documents are used

from bench.bench_poll import RULE, body
from feeds.documents import SLOW

from monitor.service.service import Service

ITEMS = 30


def serve(port: Any) -> None:
    """Good feeds under /good/, and under /hostile/ those that the parser needs minutes for."""
    hostile = [slow.make() for slow in SLOW]

    async def answer(request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        said = hostile[number % len(hostile)] if request.match_info["kind"] == "hostile" else body(f"f{number}", ITEMS)
        return web.Response(body=said, content_type="application/rss+xml")

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{kind}/{number}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 0).start()
        port.value = runner.addresses[0][1]
        await asyncio.Event().wait()

    asyncio.run(main())


async def ends(folder: Path, port: int, feeds: int, hostile: int) -> dict[str, float]:
    """When each good feed had been heard and recorded, in seconds; hostile ones are spread among them."""
    (folder / "rules").mkdir()
    (folder / "rules" / "imf.toml").write_text(RULE)
    hosts = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(feeds)]
    bad = set(range(0, feeds, feeds // hostile)[:hostile]) if hostile else set()
    config = f"[service]\nspacing = '0s'\nallow_hosts = {hosts}\n" + "".join(
        f"[[feed]]\nid = 'f{n}'\nurl = 'http://{host}:{port}/{'hostile' if n in bad else 'good'}/{n}'\n"
        for n, host in enumerate(hosts)
    )
    (folder / "config.toml").write_text(config)
    service = Service.open(folder / "config.toml", write=True)
    await service.start()
    began, ended = time.perf_counter(), {}
    polls = service.polling.poll_now(service.polling.chosen([]))
    async for feed, trouble in polls:
        if int(feed.id[1:]) not in bad:
            assert trouble is None, trouble
            ended[feed.id] = time.perf_counter() - began
        if len(ended) == feeds - len(bad):
            break  # the hostile ones may take minutes in the slow lane
    await polls.aclose()
    await service.stop("done", 1)
    service.close()
    return ended


async def main(feeds: int, hostile: int) -> None:
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(port,), daemon=True)
    server.start()
    while not port.value:
        await asyncio.sleep(0.05)
    runs = []
    for count in (0, hostile):
        with tempfile.TemporaryDirectory() as name:
            runs.append(await ends(Path(name), port.value, feeds, count))
    server.terminate()
    alone, among = runs
    delays = [among[feed] - alone[feed] for feed in among]
    print(f"{feeds} feeds of {ITEMS} items, {hostile} of them hostile\n")
    print(f"{'':24}{'last good feed heard':>22}")
    for name, run in (("good feeds only", alone), ("among hostile ones", among)):
        print(f"{name:24}{max(run.values()):20.2f} s")
    cuts = statistics.quantiles(delays, n=100)
    print(f"\ndelay of good feeds: median {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s")
    print(f"last good feed, among hostile ones : without them = {max(among.values()) / max(alone.values()):.1f}")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    asyncio.run(main(*[int(argument) for argument in sys.argv[1:3]] or [200, 20]))
