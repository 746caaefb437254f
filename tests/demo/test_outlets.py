"""monitor/demo/outlets.py: real servers that answer as good outlets do, as of the story's time."""

from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from aiohttp import ClientSession

from monitor.demo.outlets import Outlets, document
from monitor.demo.story import bundled
from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read

STORY = bundled()
BEGINS, ENDS = STORY.frame.begins, STORY.frame.ends
NAMES = [outlet.about.id for outlet in STORY.outlets]
PLAIN = {"Accept-Encoding": "identity"}


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 9, 11, hour, minute, tzinfo=UTC)


class Clock:
    now = BEGINS

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def outlets(clock):
    async with Outlets(STORY, clock) as servers:
        yield servers


@pytest.fixture
async def client():
    async with ClientSession(auto_decompress=False) as session:
        yield session


def url_of(outlets, name):
    return next(feed.url for feed in outlets.feeds if feed.id == name)


async def test_each_outlet_has_a_port_of_its_own_on_loopback_and_all_that_config_asks(outlets):
    assert [feed.id for feed in outlets.feeds] == NAMES
    assert len({feed.url for feed in outlets.feeds}) == len(NAMES)
    assert all(feed.url.startswith("http://127.0.0.1:") for feed in outlets.feeds)
    wire = next(feed for feed in outlets.feeds if feed.id == "meridian-wire")
    assert (wire.title, wire.group, wire.tier, wire.lang) == ("Meridian Wire", "wire", 1, "en")


@pytest.mark.parametrize("name", NAMES)
async def test_a_feed_grows_with_the_storys_time_and_is_what_it_says(outlets, clock, client, name):
    counts = []
    for clock.now in (BEGINS, at(8, 40), ENDS):
        async with client.get(url_of(outlets, name), headers=PLAIN) as reply:
            assert reply.status == 200
            about = STORY.outlet(name).about
            assert reply.content_type == f"application/{about.format}+xml"
            parsed = feedparser.parse(await reply.read())
            assert not parsed.bozo
            assert parsed.version == {"rss": "rss20", "atom": "atom10"}[about.format]
            assert parsed.feed.title == about.title
            assert parsed.feed.language == about.lang
            counts.append(len(parsed.entries))
    assert counts[0] < counts[1] < counts[2]


async def test_a_revised_headline_keeps_its_guid(outlets, clock, client):
    seen = []
    for clock.now in (at(11, 19), at(11, 20)):
        async with client.get(url_of(outlets, "meridian-wire"), headers=PLAIN) as reply:
            entries = feedparser.parse(await reply.read()).entries
        seen.append(next(entry.title for entry in entries if entry.id == "meridian-2024-09-11-0117"))
    assert seen == [
        "Blinken and Lammy arrive in Kyiv on joint visit",
        "Blinken and Lammy hear plea in Kyiv to lift limits on long-range strikes",
    ]


async def test_who_has_this_version_is_told_304_by_tag_and_by_date(outlets, clock, client):
    url = url_of(outlets, "kurier")
    clock.now = at(8)
    async with client.get(url) as reply:
        tag, changed = reply.headers["ETag"], reply.headers["Last-Modified"]
    assert changed == "Wed, 11 Sep 2024 06:45:00 GMT"
    for known in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", {tag}'},
        {"If-Modified-Since": changed},
        {"If-None-Match": tag, "If-Modified-Since": "Wed, 11 Sep 2024 05:00:00 GMT"},
    ):
        async with client.get(url, headers=known) as reply:
            assert (reply.status, await reply.read()) == (304, b""), known
            assert reply.headers["ETag"] == tag
    assert (outlets.served["kurier"].requests, outlets.served["kurier"].unchanged) == (5, 4)


async def test_who_has_another_version_gets_the_document(outlets, clock, client):
    url = url_of(outlets, "kurier")
    async with client.get(url) as reply:
        tag, changed = reply.headers["ETag"], reply.headers["Last-Modified"]
    clock.now = at(8, 10)  # Blinken and Lammy arrive
    for old in (
        {"If-None-Match": tag},
        {"If-Modified-Since": changed},
        {"If-None-Match": tag, "If-Modified-Since": "Wed, 11 Sep 2024 12:00:00 GMT"},  # the tag decides
        {"If-Modified-Since": "yesterday"},
    ):
        async with client.get(url, headers=old) as reply:
            assert reply.status == 200, old
    assert outlets.served["kurier"].unchanged == 0


async def test_a_revision_alone_makes_a_new_version(outlets, clock, client):
    url = url_of(outlets, "meridian-wire")
    clock.now = at(11, 19)
    async with client.get(url) as reply:
        tag, changed = reply.headers["ETag"], reply.headers["Last-Modified"]
    clock.now = at(11, 20)
    for old in ({"If-None-Match": tag}, {"If-Modified-Since": changed}):
        async with client.get(url, headers=old) as reply:
            assert reply.status == 200, old


async def test_the_document_is_compressed_for_who_accepts_it(outlets, client):
    import gzip

    url = url_of(outlets, "meridian-wire")
    async with client.get(url, headers=PLAIN) as reply:
        assert "Content-Encoding" not in reply.headers
        plain = await reply.read()
    async with client.get(url, headers={"Accept-Encoding": "gzip, deflate"}) as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
        assert reply.headers["Vary"] == "Accept-Encoding"
        packed = await reply.read()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain)


async def test_in_its_outage_an_outlet_refuses_and_then_recovers(outlets, clock, client):
    outlet = STORY.outlet("dalny-svet")
    [gone] = outlet.outages
    url = url_of(outlets, "dalny-svet")
    statuses = []
    for clock.now in (gone.since - timedelta(seconds=1), gone.since, gone.until - timedelta(seconds=1), gone.until):
        async with client.get(url, headers=PLAIN) as reply:
            statuses.append(reply.status)
            if reply.status == 503:
                assert int(reply.headers["Retry-After"]) > 60
            else:
                assert feedparser.parse(await reply.read()).entries
    assert statuses == [200, 503, 503, 200]
    assert outlets.served["dalny-svet"].refused == 2
    assert outlets.served["kurier"].requests == 0


async def test_every_link_of_every_feed_leads_to_a_page_with_its_headline(outlets, clock, client):
    clock.now = ENDS
    for feed in outlets.feeds:
        async with client.get(feed.url, headers=PLAIN) as reply:
            entries = feedparser.parse(await reply.read()).entries
        for entry in entries:
            async with client.get(entry.link, headers=PLAIN) as reply:
                page = await reply.text()
                assert reply.status == 200, entry.link
                assert reply.content_type == "text/html"
            assert f"<h1>{entry.title.replace('&', '&amp;').replace(chr(39), '&#x27;')}</h1>" in page
    assert sum(served.pages for served in outlets.served.values()) == sum(len(o.reports) for o in STORY.outlets)


async def test_a_page_is_not_there_before_its_report(outlets, clock, client):
    site = url_of(outlets, "meridian-wire").removesuffix("/feed")
    for clock.now, status in ((at(8, 4), 404), (at(8, 5), 200)):
        async with client.get(f"{site}/2024/09/11/blinken-lammy-kyiv?utm_source=x") as reply:
            assert reply.status == status
    async with client.get(f"{site}/nothing") as reply:
        assert reply.status == 404


async def test_a_page_says_when_it_was_updated(outlets, clock, client):
    clock.now = at(12)
    site = url_of(outlets, "meridian-wire").removesuffix("/feed")
    async with client.get(f"{site}/2024/09/11/blinken-lammy-kyiv", headers=PLAIN) as reply:
        page = await reply.text()
    assert "11 September 2024, 08:05 UTC, updated 11:20" in page
    assert "hear plea in Kyiv" in page


async def test_a_passed_on_story_leads_to_the_page_of_who_wrote_it(outlets, clock, client):
    clock.now = at(7)
    links = {}
    for name in ("meridian-wire", "ledger-quay"):
        async with client.get(url_of(outlets, name), headers=PLAIN) as reply:
            entries = feedparser.parse(await reply.read()).entries
        links[name] = next(entry.link for entry in entries if entry.title.startswith("IMF and Ukraine"))
    wire, passed = links["meridian-wire"], links["ledger-quay"]
    assert wire != passed
    assert wire.partition("?")[0] == passed.partition("?")[0]


async def test_after_the_end_nobody_listens(clock, client):
    async with Outlets(STORY, clock) as servers:
        url = servers.feeds[0].url
    with pytest.raises(OSError, match="Cannot connect"):
        await client.get(url)


@pytest.mark.parametrize("name", NAMES)
def test_the_services_own_parser_hears_every_report_as_it_was_meant(name):
    from monitor.demo.story import visible

    outlet, entries = STORY.outlet(name), visible(STORY, name, ENDS)
    sites = {one: f"http://{one}.example" for one in NAMES}
    body = document(outlet, entries, ENDS, sites)
    job = Job(feed=name, base=sites[name], lang="", content_type=f"application/{outlet.about.format}+xml", body=body)
    heard = read(job)
    assert heard.trouble is None
    assert heard.notes == ()
    assert [item.title for item in heard.items] == [entry.title for entry in entries]
    assert [item.published for item in heard.items] == [entry.published for entry in entries]
    assert [item.lang for item in heard.items] == [outlet.about.lang] * len(entries)
    assert [item.url for item in heard.items] == [
        sites[entry.report.site or name] + entry.report.link for entry in entries
    ]
    assert all("<" not in item.summary and item.summary for item in heard.items)
