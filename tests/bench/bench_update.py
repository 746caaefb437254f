"""A whole update of many feeds beside the reader library with the very same: first, second (304), third (some changed).

    pip install '.[bench]' && .venv/bin/python tests/bench/bench_update.py [FEEDS] [WORKERS]

Every feed stands on a loopback address of its own, on a server in a process of its own. Real sites' feeds are taken
where the shared set lies beside the project, else feeds made up here. Each program runs in a process of its own; CPU is
that of the process and of all its children, memory the peak of the largest one. Read the ratios.
"""

import asyncio
import importlib.util
import json
import multiprocessing
import re
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Any

from aiohttp import web

DATA = Path(__file__).parents[3] / "shared" / "data" / "feeds"
ENTRY = re.compile(rb"<(item|entry)\b(?:(?!<(?:item|entry)\b).)*?</\1>", re.DOTALL)
NAMED = re.compile(rb"(<(?:guid|id|link|title)\b[^>]*>(?:\s*<!\[CDATA\[)?)([^<\]]+)")
MOST_ENTRIES = 100  # what sites serve
ROUNDS = ("first", "second", "third")
RULE = "title = 'IMF'\nquery = 'imf AND tranche AND weapons'\n"


def address(n: int) -> str:
    return f"127.{1 + n // 62500}.{1 + n // 250 % 250}.{1 + n % 250}"


def documents() -> list[bytes]:
    """The bodies of real sites' feeds, or made-up ones of thirty items."""
    if not DATA.exists() or which("zstd") is None:
        text = "The board met on Wednesday and spoke of the tranche, of grain and of the winter. " * 4
        item = "<item><guid>{0}</guid><title>Day {0} at the board</title><link>https://a.example/{0}</link>"
        item += f"<description>{text}</description></item>"
        feed = "<rss version='2.0'><channel><title>Gazette</title>{}</channel></rss>"
        return [feed.format("".join(item.format(n) for n in range(30))).encode()]
    rows = [json.loads(line) for line in (DATA / "index.jsonl").read_text().splitlines()]
    wanted = {row["file"] for row in rows if row["kind"] == "site_feed_5plus"}
    unpack = subprocess.Popen(["zstd", "-dc", "--long=27", DATA / "feeds.tar.zst"], stdout=subprocess.PIPE)
    with unpack, tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        named = ((member, member.name.removeprefix("./").removeprefix("feeds/")) for member in archive)
        bodies = [archive.extractfile(member).read() for member, name in named if name in wanted]
    # The set also holds archives of thousands of entries; those the neighbour refuses whole for one entry without id.
    return [body for body in bodies if len(ENTRY.findall(body)) <= MOST_ENTRIES]


def with_one_more(body: bytes) -> bytes:
    """The document with one entry more, on top: its first one again under another name."""
    found = ENTRY.search(body)
    if not found:
        return body
    new = NAMED.sub(lambda part: part[1] + part[2].rstrip() + b"-again ", found[0])
    return body[: found.start()] + new + body[found.start() :]


def serve(feeds: int, port: Any, round_: Any) -> None:
    bodies = documents()
    changed = [with_one_more(body) for body in bodies]

    async def answer(request: web.Request) -> web.Response:
        n = int(request.match_info["n"])
        new = round_.value == 2 and n % 10 == 0
        etag = f'"{n}-{int(new)}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        body = (changed if new else bodies)[n % len(bodies)]
        return web.Response(body=body, headers={"ETag": etag}, content_type="application/xml")

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/{n}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", 0, backlog=1024).start()
        port.value = runner.addresses[0][1]
        await asyncio.Event().wait()

    asyncio.run(main())


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def ours(urls: list[str], folder: Path, _: int, update: Callable[[Callable[[], object]], None]) -> int:
    import structlog

    from monitor.service.service import Service

    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    hosts = [url.split("/")[2].split(":")[0] for url in urls]
    (folder / "rules").mkdir()
    (folder / "rules" / "imf.toml").write_text(RULE)
    (folder / "config.toml").write_text(
        f"[service]\nallow_hosts = {hosts}\n"
        + "".join(f"[[feed]]\nid = 'f{n}'\nurl = '{url}'\n" for n, url in enumerate(urls))
    )
    service = Service.open(folder / "config.toml", write=True)

    async def poll() -> None:
        async for _ in service.polling.poll_now(service.polling.chosen([])):
            pass
        await service.polling.stop()  # the parsers end, and their CPU is counted

    asyncio.run(service.start())
    for _ in ROUNDS:
        update(lambda: asyncio.run(poll()))
    items = service.history.counts()["items"]
    service.close()
    return items


def readers(urls: list[str], folder: Path, workers: int, update: Callable[[Callable[[], object]], None]) -> int:
    from reader import make_reader

    reader = make_reader(str(folder / "reader.db"))
    for url in urls:
        reader.add_feed(url)
    for _ in ROUNDS:
        update(lambda: reader.update_feeds(scheduled=False, workers=workers))
    return reader.get_entry_counts().total or 0


def measure(who: str, urls: list[str], workers: int, round_: Any, told: Any) -> None:
    figures: list[tuple[float, float]] = []

    def update(work: Callable[[], object]) -> None:
        round_.value = len(figures)
        wall, used = time.perf_counter(), cpu()
        work()
        figures.append((time.perf_counter() - wall, cpu() - used))

    with tempfile.TemporaryDirectory() as folder:
        items = {"ours": ours, "reader": readers}[who](urls, Path(folder), workers, update)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    told.put((figures, items, max(resource.getrusage(kind).ru_maxrss for kind in kinds) // 1024))


def main() -> None:
    feeds, workers = (*map(int, sys.argv[1:3]), *(500, 4)[len(sys.argv) - 1 :])
    spawn = multiprocessing.get_context("spawn")
    port, round_ = spawn.Value("i", 0), spawn.Value("i", 0)
    server = spawn.Process(target=serve, args=(feeds, port, round_), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.05)
    urls = [f"http://{address(n)}:{port.value}/{n}" for n in range(feeds)]
    found: dict[str, Any] = {}
    print(f"{feeds} feeds; wall and CPU in seconds, memory in MiB")
    print(f"{'':8}{'':>8} {'wall':>8} {'CPU':>8}   items  peak")
    for who in ("ours", "reader"):
        if who == "reader" and importlib.util.find_spec("reader") is None:
            print("reader is not installed: pip install '.[bench]'")
            break
        told = spawn.Queue()
        process = spawn.Process(target=measure, args=(who, urls, workers, round_, told))
        process.start()
        found[who] = told.get()
        process.join()
        figures, items, peak = found[who]
        for name, (wall, used) in zip(ROUNDS, figures, strict=True):
            print(f"{who:8}{name:>8} {wall:8.2f} {used:8.2f}  {items:6}  {peak:4}")
    server.terminate()
    if len(found) == 2:
        for n, name in enumerate(ROUNDS):
            (wall, used), (their_wall, their_cpu) = found["ours"][0][n], found["reader"][0][n]
            print(f"{name:>8}: {their_wall / wall:5.1f}x less wall, {their_cpu / used:5.1f}x less CPU than reader")
        print(f"   third: {found['ours'][0][2][1] / found['ours'][0][1][1]:.1f}x the CPU of the second")


if __name__ == "__main__":
    main()
