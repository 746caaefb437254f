"""The disk is full: the daemon stays, says so, loses nothing, and goes on by itself once there is room."""

import os
import subprocess
from pathlib import Path

import pytest
from aiohttp import web
from running import BARE, FEED, Running

from monitor.control import Refused
from monitor.log.sqlite import SqliteLog

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk"),
]

ITEM = "<item><guid>{n}</guid><title>IMF tranche {n}</title><description>{words}</description></item>"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 2 MiB."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", path], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"x" * 4096)
        except OSError:
            return path


async def test_a_full_disk_loses_nothing_and_needs_no_restart(tmp_path, small_disk):
    words = "word " * 300
    body = "".join(ITEM.format(n=n, words=words) for n in range(200))

    async def feed(_: web.Request) -> web.Response:
        return web.Response(text=f"<rss version='2.0'><channel>{body}</channel></rss>")

    app = web.Application()
    app.router.add_get("/outlet", feed)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    config = BARE.replace("[service]", f'[service]\ndata = "{small_disk}/data"')
    config += FEED.format(port=runner.addresses[0][1])
    try:
        async with Running(tmp_path, config) as daemon:
            daemon.data = small_disk / "data"
            filler = fill(small_disk)
            with pytest.raises(Refused) as refused:
                await daemon.ask(do="poll", feeds=["outlet"])
            assert refused.value.exit_code == 74
            assert "full" in refused.value.message
            assert (await daemon.ask(do="ping"))["pid"] == daemon.process.pid
            filler.unlink()
            await daemon.ask(do="poll", feeds=["outlet"])
            code, _ = await daemon.stops()
            assert code == 0
    finally:
        await runner.cleanup()
    with SqliteLog.open(small_disk / "data" / "log.db", write=False) as log:
        log.verify()
        seen = [r.event.guid for r in log.read() if r.event.kind == "ItemSeen"]
    assert sorted(seen, key=int) == [str(n) for n in range(200)]
