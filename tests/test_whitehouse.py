"""A real feed over three weeks, served on loopback as successive polls: every item ends in the log once.

The series is not part of the project; where it is absent these tests are skipped.
"""

import io
import json
import subprocess
import tarfile
from collections import Counter
from pathlib import Path
from shutil import which
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web
from running import BARE, FEED, Running

from monitor.log.sqlite import SqliteLog

SERIES = Path(__file__).parents[2] / "shared" / "data" / "snapshots" / "whitehouse-rss_2024-08"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not SERIES.exists(), reason="the White House series is not beside the project"),
    pytest.mark.skipif(which("zstd") is None, reason="zstd is not installed"),
]


def bodies() -> list[bytes]:
    """The successive bodies of the feed, in the order of their times."""
    packed = subprocess.run(["zstd", "-dc", SERIES / "bodies.tar.zst"], capture_output=True, check=True).stdout
    index = [json.loads(line) for line in (SERIES / "index.jsonl").read_text().splitlines()]
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        by_name = {Path(member.name).name: archive.extractfile(member) for member in archive if member.isfile()}
        return [by_name[line["file"]].read() for line in sorted(index, key=lambda line: line["time"])]


def guids(body: bytes) -> list[str]:
    """An independent reading of the feed."""
    return [" ".join((element.text or "").split()) for element in ET.fromstring(body).iter("guid")]


async def test_every_item_of_the_series_is_in_the_log_once_also_after_a_kill(tmp_path):
    series = bodies()
    expected = {guid for body in series for guid in guids(body)}
    assert len(expected) > 300
    now = {"body": b""}

    async def feed(_: web.Request) -> web.Response:
        return web.Response(body=now["body"], content_type="application/rss+xml")

    app = web.Application()
    app.router.add_get("/outlet", feed)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    config = BARE + FEED.format(port=runner.addresses[0][1])
    half = len(series) // 2
    try:
        async with Running(tmp_path, config) as daemon:
            for body in series[:half]:
                now["body"] = body
                await daemon.ask(do="poll", feeds=["outlet"])
                await daemon.ask(do="poll", feeds=["outlet"])
            now["body"] = series[half]
            daemon.process.kill()
        async with Running(tmp_path) as daemon:
            for body in series[half:] + series[-5:]:
                now["body"] = body
                await daemon.ask(do="poll", feeds=["outlet"])
            code, _ = await daemon.stops()
            assert code == 0
    finally:
        await runner.cleanup()
    log = SqliteLog.open(tmp_path / "data" / "log.db", write=False)
    seen = Counter(r.event.guid for r in log.read() if r.event.kind == "ItemSeen")
    log.verify()
    log.close()
    assert set(seen) == expected
    assert set(seen.values()) == {1}
