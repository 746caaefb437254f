"""Clocks that are set while the daemon runs, by libfaketime: it goes on asking, and one slot is one digest."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from running import Running
from world import until

from monitor.log.sqlite import SqliteLog

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
pytestmark = [
    pytest.mark.clock,
    pytest.mark.skipif(LIBRARY is None, reason="needs libfaketime"),
]

CONFIG = """
[service]
interval = "1s"
longest = "1s"
spacing = "0s"
timeout = "5s"
allow_hosts = ["127.0.0.1"]

[[feed]]
id = "outlet"
url = "http://127.0.0.1:{port}/outlet"

[[digest]]
name = "desk"
channels = []
cron = "{cron}"
zone = "Europe/Berlin"
"""
RSS = """<rss version="2.0"><channel><title>Outlet</title>
<item><guid>{n}</guid><title>News number {n}</title><pubDate>{at}</pubDate></item></channel></rss>"""


class Outlet:
    """A feed with something new at every poll."""

    def __init__(self) -> None:
        self.asked = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.asked += 1
        text = RSS.format(n=self.asked, at=format_datetime(datetime.now(UTC)))
        return web.Response(text=text, content_type="application/rss+xml")


@pytest.fixture
async def outlet():
    one, app = Outlet(), web.Application()
    app.router.add_get("/outlet", one.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.port = runner.addresses[0][1]
    yield one
    await runner.cleanup()


class Faked(Running):
    """A daemon whose clock a test sets."""

    async def __aenter__(self) -> "Faked":
        await super().__aenter__()
        self.listening = asyncio.create_task(self.hears("until the end", 600))  # a full socket would hold it up
        return self

    async def __aexit__(self, *_: object) -> None:
        self.listening.cancel()
        await super().__aexit__()

    def set(self, at: str) -> None:
        """Its clock shows this instant (UTC) and runs on."""
        ahead = (datetime.fromisoformat(at).replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()
        beside = self.folder / "ts.new"
        beside.write_text(f"{ahead:+.3f}", encoding="ascii")
        beside.replace(self.folder / "ts")  # it never reads half a file

    async def spawn(self) -> asyncio.subprocess.Process:
        faked = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "ts"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "--config", str(self.path), "run"),
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(self.notify_path), **faked},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    def slots(self) -> list[str]:
        """The slots of the editions in its log."""
        return [event.slot for event in self.events("DigestQueued")]

    def items(self) -> int:
        """How many items are in its log."""
        return len(self.events("ItemSeen"))

    def events(self, kind: str) -> list[Any]:
        log = SqliteLog.open(self.data / "log.db", write=False)
        found = [r.event for r in log.read() if r.event.kind == kind]
        log.close()
        return found


async def asks_again(daemon: Faked, outlet: Outlet) -> None:
    """The daemon polls three times more, so it has ticked in between; what it was told is recorded."""
    before = outlet.asked
    await until(lambda: outlet.asked >= before + 3 and daemon.items() == outlet.asked, 30)


async def test_no_step_of_the_clock_stops_the_polls_or_doubles_a_digest(tmp_path, outlet):
    daemon = Faked(tmp_path, CONFIG.format(port=outlet.port, cron="0 * * * *"))
    daemon.set("2024-09-11T11:59:56")
    async with daemon:
        await until(lambda: daemon.slots() == ["2024-09-11T14:00 Europe/Berlin"], 20)
        await asks_again(daemon, outlet)
        daemon.set("2024-09-11T10:59:58")  # an hour back: 13:00 comes once more
        await asks_again(daemon, outlet)
        daemon.set("2024-09-11T12:00:30")  # an hour forward
        await asks_again(daemon, outlet)
        assert daemon.slots() == ["2024-09-11T14:00 Europe/Berlin"]
        daemon.set("2024-09-11T13:00:30")
        await until(lambda: daemon.slots()[1:] == ["2024-09-11T15:00 Europe/Berlin"], 20)
        daemon.set("2014-09-11T13:00:30")  # ten years back
        await asks_again(daemon, outlet)
        assert len(daemon.slots()) == 2
        daemon.set("2024-09-11T14:00:01")
        await until(lambda: daemon.slots()[2:] == ["2024-09-11T16:00 Europe/Berlin"], 20)
        await asks_again(daemon, outlet)
        code, journal = await daemon.stops()
    assert code == 0
    assert "Traceback" not in journal
    assert len(daemon.slots()) == 3


async def test_half_past_two_on_the_autumn_day_of_berlin_is_one_digest(tmp_path, outlet):
    daemon = Faked(tmp_path, CONFIG.format(port=outlet.port, cron="30 2 * * *"))
    daemon.set("2024-10-27T00:29:57")
    async with daemon:
        await until(lambda: daemon.slots() == ["2024-10-27T02:30 Europe/Berlin"], 20)
        daemon.set("2024-10-27T01:29:59")  # 02:30 for the second time
        await asks_again(daemon, outlet)
        daemon.set("2024-10-27T23:59:00")
        await asks_again(daemon, outlet)
        assert daemon.slots() == ["2024-10-27T02:30 Europe/Berlin"]
        daemon.set("2024-10-28T01:30:01")
        await until(lambda: len(daemon.slots()) == 2, 20)
    assert daemon.slots()[1] == "2024-10-28T02:30 Europe/Berlin"
