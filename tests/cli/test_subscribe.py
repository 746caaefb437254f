"""Subscribing as a person does it: what the commands find, show, ask, refuse and write."""

import asyncio
import json
import os
import sys

import pytest
from aiohttp import web
from click.testing import CliRunner
from running import BARE, FEED, RULE, Running

from monitor.cli.main import cli
from monitor.log.sqlite import SqliteLog

POST = """<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>
<item><title>IMF releases a tranche</title><link>https://h.example/1</link>
<pubDate>Wed, 11 Sep 2024 07:00:00 GMT</pubDate></item>
<item><title>Rain \x1b[31m in the west</title><link>https://h.example/2</link></item></channel></rss>"""
HEAD = '<!doctype html><title>Post</title><link rel=alternate type=application/rss+xml href="{}">'


class Site:
    """A site on loopback; ``pages`` is what it has, ``asked`` what was asked for."""

    def __init__(self, folder):
        self.folder, self.config = folder, folder / "config.toml"
        self.pages: dict[str, str | int] = {}
        self.asked: list[str] = []

    async def start(self):
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = self.runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.config.write_text(f"# Ours.\n{BARE}{FEED.format(port=self.port)}# the end\n", encoding="utf-8")
        (self.folder / "rules").mkdir()
        (self.folder / "rules" / "imf-tranche.toml").write_text(RULE, encoding="utf-8")

    def has_two(self):
        self.pages |= {"/a": POST.format(title="A1"), "/b": POST.format(title="B1")}
        self.pages["/"] = HEAD.format("/a") + HEAD.format("/b")

    async def answer(self, request):
        self.asked.append(request.path)
        said = self.pages.get(request.path, 404)
        return web.Response(status=said) if isinstance(said, int) else web.Response(text=said, content_type="text/html")

    async def run(self, *words, code=0, stdin=None):
        command = ["--config", str(self.config), "feeds", *words]
        result = await asyncio.to_thread(CliRunner().invoke, cli, command, input=stdin)
        assert result.exit_code == code, result.output + str(result.exception)
        assert "\x1b" not in result.output
        shown = [line for line in result.stdout.splitlines() if words[0] != "export" and str(self.folder) not in line]
        assert all(len(line) <= 80 for line in shown), result.stdout
        return result


@pytest.fixture
async def site(tmp_path):
    one = Site(tmp_path)
    await one.start()
    yield one
    await one.runner.cleanup()


async def test_a_feed_is_heard_shown_and_written_and_can_be_taken_out_again(site):
    before = site.config.read_bytes()
    site.pages["/feed"] = POST.format(title="Harbour Post")
    said = (await site.run("add", f"{site.url}/feed", "--group", "local", "--tier", "1", "--yes")).output
    for word in ("Harbour Post", "RSS 2.0", "2, the newest", "1 of them", "imf-tranche", "IMF releases", "no service"):
        assert word in said, said
    written = site.config.read_text()
    assert f'url   = "{site.url}/feed"\ntitle = "Harbour Post"\ngroup = "local"\ntier  = 1\n' in written
    assert "# the end" in written
    said = (await site.run("add", f"{site.url}/feed/", "--yes")).output
    assert "already subscribed to, as harbour-post" in said
    assert site.config.read_text() == written
    assert site.asked == ["/feed"]
    await site.run("remove", "harbour-post", "--yes")
    assert site.config.read_bytes() == before


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ({"/": HEAD.format("/x/all.xml"), "/x/all.xml": POST}, "/x/all.xml"),
        ({"/": HEAD.format("/gone") + "<a href=/x/rss>RSS</a>", "/x/rss": POST}, "/x/rss"),
        ({"/": "<!doctype html><p>Hello", "/feed.xml": POST}, "/feed.xml"),
        ({"/": "", "/rss": POST}, "/rss"),
        ({"/": HEAD.format("javascript:alert(1)"), "/atom.xml": POST}, "/atom.xml"),
        ({"/": HEAD.format("http://10.0.0.1/feed") + '<base href="javascript:x">', "/rss.xml": POST}, "/rss.xml"),
    ],
)
async def test_a_page_leads_to_its_feed(site, pages, found):
    site.pages |= {path: body.replace("{title}", "Post") for path, body in pages.items()}
    await site.run("add", site.url, "--yes", "--id", "post")
    assert f'url   = "{site.url}{found}"' in site.config.read_text()


async def test_of_several_feeds_one_is_named_or_all_are_taken(site):
    site.has_two()
    result = await site.run("add", site.url, "--yes", code=64)
    assert f"{site.url}/a" in result.stderr
    assert "--all" in result.stderr
    await site.run("add", site.url, "--yes", "--all", "--id", "x", code=64)
    await site.run("add", site.url, "--yes", "--all")
    assert [json.loads(line)["id"] for line in (await site.run("export", "--json")).stdout.splitlines()] == [
        *("outlet", "a1", "b1")
    ]


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("http://example.org:22/", 64, "port 22"),
        ("http://example.org:0/", 64, "port 0"),
        ("http://example.org:65536/", 64, "cannot be understood"),
        ("http://192.168.0.1/", 64, "not public"),
        ("file:///etc/passwd", 64, "only http and https"),
        ("https://me:geheim@example.org/feed", 64, "${NAME}"),
        ("https://example.org/${NOT_SET}", 64, "NOT_SET"),
        ("https://example.org/${}", 64, "not set"),
        ("{site}/nowhere", 69, "answered 404"),
        ("{site}/page", 66, "there is no feed"),
        ("{site}/evil", 66, "no feed"),
    ],
)
async def test_what_is_no_feed_or_would_never_be_polled_is_refused(site, url, code, says):
    before = site.config.read_bytes()
    site.pages |= {"/page": "<!doctype html>", "/evil": "<!DOCTYPE x [<!ENTITY a 'b'>]><rss>&a;</rss>"}
    result = await site.run("add", url.replace("{site}", site.url), "--yes", code=code)
    assert says in result.stderr
    assert "hint:" in result.stderr
    assert "geheim" not in result.output
    assert site.config.read_bytes() == before


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (("--id", "No Name"), "short name"),
        (("--id", "outlet"), "already"),
        (("--lang", "English"), "language code"),
        (("--interval", "soon"), "length of time"),
    ],
)
async def test_a_wish_that_cannot_be_written_is_refused(site, option, says):
    site.pages["/feed"] = POST.format(title="Post")
    before = site.config.read_bytes()
    result = await site.run("add", f"{site.url}/feed", "--yes", *option, code=64)
    assert says in result.stderr
    assert site.config.read_bytes() == before


async def test_a_secret_in_an_address_is_used_and_never_shown_or_written(site, monkeypatch):
    monkeypatch.setenv("HARBOUR_KEY", "geheim-7")
    site.pages["/geheim-7/feed"] = POST.format(title="Post")
    result = await site.run("add", f"{site.url}/${{HARBOUR_KEY}}/feed", "--yes")
    assert "geheim" not in result.output + site.config.read_text()
    assert "${HARBOUR_KEY}/feed" in site.config.read_text()
    assert "geheim" not in (await site.run("export")).output


async def test_where_nobody_can_be_asked_that_is_said(site):
    for words in (["add", site.url], ["remove", "outlet"], ["import", "-"]):
        assert "--yes" in (await site.run(*words, code=64, stdin="")).stderr
    assert site.asked == []


async def test_a_person_is_asked_which_one_and_whether(site):
    site.has_two()
    mine, its = os.openpty()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "--config", str(site.config), "feeds", "add", site.url),
        stdin=its,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    os.close(its)
    os.write(mine, b"3\n2\ny\n")
    said, _ = await child.communicate()
    os.close(mine)
    assert child.returncode == 0, said
    assert b"which one?" in said
    assert b"write this" in said
    assert 'id    = "b1"' in site.config.read_text()
    assert 'id    = "a1"' not in site.config.read_text()


async def test_a_configuration_with_a_mistake_is_refused_and_left_as_it_is(site):
    site.config.write_text(site.config.read_text() + "\n[[feed]]\nid = 'outlet'\nurl = 'https://x.example/'\n")
    before = site.config.read_bytes()
    for words in (["add", site.url, "--yes"], ["remove", "outlet", "--yes"], ["export"]):
        assert "is there twice" in (await site.run(*words, code=78)).stderr
    assert site.config.read_bytes() == before


async def test_an_unknown_feed_is_not_removed_and_a_rule_that_asks_for_one_is_named(site):
    assert "did you mean 'outlet'" in (await site.run("remove", "outlt", "--yes", code=66)).stderr
    rule = site.folder / "rules" / "local.toml"
    rule.write_text("title = 'x'\nquery = 'imf feed:outlet'\n")
    assert "the rule local asks for feed:outlet" in (await site.run("remove", "outlet", "--yes")).stderr
    assert "feed" not in site.config.read_text()


async def test_a_list_is_imported_and_exported(site):
    listed = site.folder / "list.opml"
    listed.write_text(
        "<opml version='2.0'><body><outline text='Near &amp; Far'>\n"
        "<outline text='Harbour Post' xmlUrl='https://h.example/rss'/>\n"
        "<outline text='Own' xmlUrl='file:///etc/passwd'/>\n"
        f"<outline text='Outlet' xmlUrl='{site.url}/outlet'/></outline></body></opml>"
    )
    before = site.config.read_bytes()
    result = await site.run("import", str(listed), "--dry-run")
    assert "1 new, 1 subscribed to already, 1 refused" in result.output
    assert "list.opml:3: refused" in result.stderr
    assert site.config.read_bytes() == before
    await site.run("import", str(listed), "--yes")
    assert 'group = "near-far"' in site.config.read_text()
    said = (await site.run("export")).stdout
    assert 'xmlUrl="https://h.example/rss"' in said
    assert "0 new, 2 subscribed to already" in (await site.run("import", "-", "--yes", stdin=said)).output
    listed.write_text("<opml><body>")
    result = await site.run("import", str(listed), "--yes", code=65)
    assert "list.opml:1:" in result.stderr
    assert "hint:" in result.stderr
    assert "choose one" in (await site.run("export", "--json", "--opml", code=64)).stderr


async def test_a_running_service_takes_a_new_feed_up_at_once(site):
    site.pages |= {"/outlet": POST.format(title="Outlet"), "/feed": POST.format(title="Harbour Post")}
    async with Running(site.folder) as daemon:
        said = (await site.run("add", f"{site.url}/feed", "--yes")).output
        assert "has taken it up, and has heard harbour-post" in said
        log = SqliteLog.open(site.folder / "data" / "log.db", write=False)
        assert "harbour-post" in {r.event.feed for r in log.read() if r.event.kind == "ItemSeen"}
        log.close()
        assert "has taken it up" in (await site.run("remove", "harbour-post", "--yes")).output
        assert (await daemon.ask(do="reload")) == {"feeds": 1}
