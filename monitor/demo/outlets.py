"""The outlets of a story as real web servers on loopback: a feed each, a page for each report, honest headers."""

import gzip
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from html import escape
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias
from xml.etree import ElementTree as ET

from aiohttp import web

from monitor.demo import story as stories
from monitor.demo.story import Entry, Outlet, Story
from monitor.model import FeedId

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

LOOPBACK = "127.0.0.1"
ATOM = "http://www.w3.org/2005/Atom"
RETRY_AFTER = 900  # seconds

PAGE = """<!doctype html>
<html lang="{lang}">
<meta charset="utf-8">
<title>{title}</title>
<style>body {{ max-width: 40em; margin: 3em auto; font: 1.1em/1.5 serif }} small {{ color: #666 }}</style>
<small>{outlet} &middot; {published}{updated}</small>
<h1>{title}</h1>
{summary}
<hr>
<small>{about} This outlet is invented; the news monitor's demo serves this page from your own machine.</small>
</html>
"""


class Address(NamedTuple):
    """A feed as config.toml would name it."""

    id: FeedId
    title: str
    url: str
    group: str
    tier: int
    lang: str


class Served:
    """What the servers were asked and answered."""

    def __init__(self) -> None:
        self.requests = 0  # of a feed
        self.unchanged = 0  # answered 304
        self.refused = 0  # answered 503
        self.pages = 0


class Outlets:
    """Every outlet of a story on a port of its own; ``async with`` it.

    Args:
        story: what they report.
        clock: what time it is in the story, aware UTC; asked at each request.
    """

    def __init__(self, story: Story, clock: Callable[[], datetime]) -> None:
        self._story, self._clock = story, clock
        self._runners: list[web.AppRunner] = []
        self._sites: dict[FeedId, str] = {}
        self.served: dict[FeedId, Served] = {outlet.about.id: Served() for outlet in story.outlets}

    @property
    def feeds(self) -> Sequence[Address]:
        """Where the feeds are, in the story's order; empty before the servers run."""
        return [
            Address(about.id, about.title, f"{self._sites[about.id]}/feed", about.group, about.tier, about.lang)
            for outlet in self._story.outlets
            if (about := outlet.about).id in self._sites
        ]

    async def __aenter__(self) -> Self:
        for outlet in self._story.outlets:
            app = web.Application()
            app.add_routes([web.get("/feed", self._feed(outlet)), web.get("/{path:.*}", self._page(outlet))])
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            self._runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, LOOPBACK, 0).start()
            self._sites[outlet.about.id] = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for runner in self._runners:
            await runner.cleanup()

    def _feed(self, outlet: Outlet) -> Handler:
        """The outlet's feed: 503 in an outage, 304 to who has this version, else the document."""
        name, served = outlet.about.id, self.served[outlet.about.id]

        async def answer(request: web.Request) -> web.Response:
            now = self._clock()
            served.requests += 1
            if stories.outage(self._story, name, now):
                served.refused += 1
                return web.Response(
                    status=503, text="We are overloaded. Try again later.\n", headers={"Retry-After": str(RETRY_AFTER)}
                )
            entries = stories.visible(self._story, name, now)
            changed = max((entry.updated for entry in entries), default=self._story.frame.begins)
            body = document(outlet, entries, changed, self._sites)
            headers = {
                "ETag": f'W/"{blake2b(body, digest_size=8).hexdigest()}"',  # weak: the same with and without gzip
                "Last-Modified": format_datetime(changed, usegmt=True),
                "Vary": "Accept-Encoding",
            }
            if is_known(request, headers["ETag"], changed):
                served.unchanged += 1
                return web.Response(status=304, headers=headers)
            headers["Content-Type"] = f"application/{outlet.about.format}+xml; charset=utf-8"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
            return web.Response(body=body, headers=headers)

        return answer

    def _page(self, outlet: Outlet) -> Handler:
        """The page of each report that has appeared."""
        about = outlet.about
        reports = {report.path: report for report in outlet.reports if not report.site}

        async def answer(request: web.Request) -> web.Response:
            now = self._clock()
            report = reports.get(request.path)
            if report is None or report.at > now:
                raise web.HTTPNotFound(text="There is no such page (yet).\n")
            self.served[about.id].pages += 1
            entry = stories.worded(about.id, report, now)
            page = PAGE.format(
                lang=escape(about.lang),
                title=escape(entry.title),
                outlet=escape(about.title),
                about=escape(about.about),
                published=f"{entry.published:%-d %B %Y, %H:%M} UTC",
                updated=f", updated {entry.updated:%H:%M}" if entry.updated != entry.published else "",
                summary=entry.summary,
            )
            return web.Response(text=page, content_type="text/html")

        return answer


def is_known(request: web.Request, etag: str, changed: datetime) -> bool:
    """Whether who asks has this version: by its tag, or if it sent none, by its date.

    Source: RFC 9110, section 13.2.2.
    """
    if tags := request.headers.get("If-None-Match"):
        return etag in (tag.strip() for tag in tags.split(",")) or tags.strip() == "*"
    try:
        return changed <= parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except (TypeError, ValueError):
        return False  # no date, or one that nobody can read


def document(outlet: Outlet, entries: Sequence[Entry], changed: datetime, sites: Mapping[FeedId, str]) -> bytes:
    """The outlet's feed, as RSS 2.0 or Atom (RFC 4287).

    Args:
        outlet: whose feed.
        entries: what it shows, in this order.
        changed: when it last changed.
        sites: where each outlet's pages are, without a slash at the end.
    """
    return (rss if outlet.about.format == "rss" else atom)(outlet, entries, changed, sites)


def rss(outlet: Outlet, entries: Sequence[Entry], changed: datetime, sites: Mapping[FeedId, str]) -> bytes:
    """The feed as RSS 2.0."""
    about, home = outlet.about, sites[outlet.about.id]
    root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = ET.SubElement(root, "channel")
    _add(channel, title=about.title, link=f"{home}/", description=about.about, language=about.lang)
    _add(channel, lastBuildDate=format_datetime(changed, usegmt=True))
    ET.SubElement(channel, "atom:link", rel="self", href=f"{home}/feed", type="application/rss+xml")
    for entry in entries:
        item = ET.SubElement(channel, "item")
        _add(item, title=entry.title, link=_link(outlet, entry, sites), description=entry.summary)
        ET.SubElement(item, "guid", isPermaLink="false").text = entry.guid
        _add(item, pubDate=format_datetime(entry.published, usegmt=True))
    return _written(root)


def atom(outlet: Outlet, entries: Sequence[Entry], changed: datetime, sites: Mapping[FeedId, str]) -> bytes:
    """The feed as Atom."""
    about, home = outlet.about, sites[outlet.about.id]
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": about.lang})
    _add(root, title=about.title, subtitle=about.about, id=f"tag:{about.id}.example,2024:feed")
    _add(root, updated=changed.isoformat())
    ET.SubElement(ET.SubElement(root, "author"), "name").text = about.title
    ET.SubElement(root, "link", rel="self", href=f"{home}/feed")
    ET.SubElement(root, "link", rel="alternate", href=f"{home}/")
    for entry in entries:
        item = ET.SubElement(root, "entry")
        _add(item, title=entry.title, id=f"tag:{about.id}.example,2024:{entry.guid}")
        ET.SubElement(item, "link", rel="alternate", href=_link(outlet, entry, sites))
        _add(item, published=entry.published.isoformat(), updated=entry.updated.isoformat())
        ET.SubElement(item, "summary", type="html").text = entry.summary
    return _written(root)


def _link(outlet: Outlet, entry: Entry, sites: Mapping[FeedId, str]) -> str:
    return sites[entry.report.site or outlet.about.id] + entry.report.link


def _add(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = text


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
