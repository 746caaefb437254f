"""A small programmable world: feeds that say what a test tells them, letters kept, a clock that is set.

Only what lies beyond a door is played: the feeds and the webhook are a real HTTP server on loopback, the log and the
views are real SQLite files, the parser is the real child process, the service is the whole service.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from aiohttp import web

from monitor.service.service import Service

BBC, IMF = "bbc", "imf"
START = datetime(2024, 9, 11, 3, 0, tzinfo=UTC)  # 06:00 in Kyiv
ZONE = ZoneInfo("Europe/Kyiv")

CONFIG = """
[service]
interval = "15m"
spacing = "0s"
timeout = "5s"
allow_hosts = ["127.0.0.1"]
{feeds}
[[channel]]
name = "desk-hook"
url = "json://127.0.0.1:{port}/hook"

[[digest]]
name = "desk"
channels = ["desk-hook"]
cron = "0 7,18 * * *"
zone = "Europe/Kyiv"
"""

FEED = """
[[feed]]
id = "{id}"
url = "http://127.0.0.1:{port}/{id}"
title = "{title}"
{keys}
"""

RULE = """
title = "IMF tranche"
query = 'imf AND tranche'
"""


class Article(NamedTuple):
    """A page behind an item."""

    body: str | bytes
    status: int
    content_type: str


class World:
    """One service and everything around it."""

    def __init__(
        self, folder: Path, feeds: tuple[str, ...] = (BBC, IMF), keys: Mapping[str, str] | None = None
    ) -> None:
        self.folder, self.feeds, self.keys = folder, feeds, keys or {}  # more lines of a feed's table
        self.now = START
        self.items: dict[str, list[dict[str, str]]] = {feed: [] for feed in feeds}
        self.articles: dict[str, Article] = {}
        self.failing: dict[str, int] = {}
        self.moving: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.letters: list[dict[str, Any]] = []
        self.refusals: list[int] = []
        self.losses = 0
        self.alarms: list[dict[str, Any]] = []  # what the operator was told, if config.toml names /alarm
        self.service: Service

    async def __aenter__(self) -> "World":
        app = web.Application()
        app.router.add_post("/hook", self._hook)
        app.router.add_post("/alarm", self._alarm)
        app.router.add_get("/{feed}", self._feed)
        app.router.add_get("/article/{name}", self._article)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.configures(self.keys)
        self.rule("imf-tranche", RULE)
        await self.boots()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dies()
        await self._runner.cleanup()

    # -- what a test tells the world ---------------------------------------------------------------------------------

    def config(self, text: str) -> None:
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def configures(self, keys: Mapping[str, str]) -> None:
        """Write the world's configuration, with more lines in the tables of these feeds."""
        feeds = "".join(
            FEED.format(id=feed, port=self.port, title=feed.upper(), keys=keys.get(feed, "")) for feed in self.feeds
        )
        self.config(CONFIG.format(feeds=feeds, port=self.port))

    def rule(self, name: str, text: str) -> None:
        (self.folder / "rules").mkdir(exist_ok=True)
        (self.folder / "rules" / f"{name}.toml").write_text(text, encoding="utf-8")

    def says(self, feed: str, title: str, *, guid: str = "", link: str = "", summary: str = "", age: float = 0) -> str:
        """A new item at the head of a feed; ``age`` in hours. Answers with its guid."""
        guid = guid or f"{feed}-{len(self.items[feed])}"
        published = format_datetime(self.now - timedelta(hours=age))
        link = link or f"https://{feed}.example/{guid}"
        item = {"guid": guid, "title": title, "link": link, "description": summary, "pubDate": published}
        self.items[feed].insert(0, item)
        return guid

    def writes(self, name: str, body: str | bytes, status: int = 200, content_type: str = "text/html") -> str:
        """Put a page behind items; answers with its address."""
        self.articles[name] = Article(body, status, content_type)
        return f"http://127.0.0.1:{self.port}/article/{name}"

    def revises(self, feed: str, guid: str, title: str) -> None:
        next(item for item in self.items[feed] if item["guid"] == guid)["title"] = title

    def fails(self, feed: str, status: int) -> None:
        self.failing[feed] = status

    def moves(self, feed: str, to: str) -> None:
        """A feed's place says that it is another's now, for good."""
        self.moving[feed] = to

    def recovers(self, feed: str) -> None:
        del self.failing[feed]

    def refuses(self, *statuses: int) -> None:
        """The webhook answers its next calls with these."""
        self.refusals += statuses or (503,)

    def loses(self, answers: int = 1) -> None:
        """The webhook takes its next calls and hangs up before it answers."""
        self.losses += answers

    # -- time --------------------------------------------------------------------------------------------------------

    async def hears(self, *feeds: str) -> None:
        """Poll these feeds now, all of them if none is named."""
        async for _ in self.service.polling.poll_now(self.service.polling.chosen(feeds)):
            pass

    async def polls(self, *feeds: str) -> None:
        """The same, and hand over what is due."""
        await self.hears(*feeds)
        await self.ticks()

    async def ticks(self) -> None:
        """What the daemon does in a tick, to its end."""
        await self.service.telling.queue_due()
        await self.service.delivering.deliver_due()

    async def reads(self) -> None:
        """Read the articles that are due, to the last."""
        while tasks := self.service.reading.start_due(self.now):
            await asyncio.gather(*tasks)

    async def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)
        await self.ticks()

    def sleeps(self, **passed: float) -> None:
        """Time passes, and nobody looks."""
        self.now += timedelta(**passed)

    async def at(self, clock: str) -> None:
        """Go on to the next time that the clocks of Kyiv show ``HH:MM``."""
        local = self.now.astimezone(ZONE)
        then = local.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0, microsecond=0)
        self.now = (then if then > local else then + timedelta(days=1)).astimezone(UTC)
        await self.ticks()

    def today(self) -> None:
        """Set the clock to the real time, for commands that look at it."""
        self.now = datetime.now(UTC)

    async def boots(self) -> None:
        self.service = Service.open(self.folder / "config.toml", write=True, clock=lambda: self.now)
        await self.service.start()

    async def dies(self) -> None:
        """The end without a word: what is not on the disk is lost."""
        await self.service.reading.stop()
        await self.service.polling.stop()
        self.service.close()

    def events(self, *kinds: str) -> list[Any]:
        """What the log holds, in order; only these kinds if any is named."""
        found = [recorded.event for recorded in self.service.history.read()]
        return [event for event in found if not kinds or event.kind in kinds]

    # -- the loopback ------------------------------------------------------------------------------------------------

    async def _feed(self, request: web.Request) -> web.Response:
        feed = request.match_info["feed"]
        self.asked[feed] += 1
        if feed in self.failing:
            return web.Response(status=self.failing[feed], text="no")
        if feed in self.moving:
            raise web.HTTPMovedPermanently(f"/{self.moving[feed]}")
        root = ET.Element("rss", version="2.0")
        channel = ET.SubElement(root, "channel")
        ET.SubElement(channel, "title").text = feed.upper()
        for item in self.items[feed]:
            element = ET.SubElement(channel, "item")
            for name, value in item.items():
                if value:
                    ET.SubElement(element, name).text = value
        body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return web.Response(body=body, content_type="application/rss+xml")

    async def _article(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked[name] += 1
        body, status, content_type = self.articles[name]
        body = body.encode() if isinstance(body, str) else body
        return web.Response(body=body, status=status, headers={"Content-Type": content_type})

    async def _hook(self, request: web.Request) -> web.Response:
        letter = await request.json()
        if self.refusals:
            return web.Response(status=self.refusals.pop(0), text="not now")
        self.letters.append({**letter, "key": request.headers["Idempotency-Key"]})
        if self.losses and request.transport:
            self.losses -= 1
            request.transport.abort()
        return web.Response(text="taken")

    async def _alarm(self, request: web.Request) -> web.Response:
        if "alarm" in self.failing:
            return web.Response(status=self.failing["alarm"], text="no")
        self.alarms.append(await request.json())
        return web.Response(text="taken")


async def until(condition: Any, seconds: float = 10) -> None:
    """Give the loop its turns until the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
