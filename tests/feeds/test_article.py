"""Articles' pages: what is one, what it is written in, what is read of it, and what it cannot do."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds import article
from monitor.feeds.heard import Prose, Reply
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed, Hit, Trouble

WORDS = "Уряд схвалив постанову про зерновий коридор, повідомили в міністерстві у середу після засідання. " * 3
PARAGRAPH = " Nobody else was there, and what was said between them about the harvest is not yet known to the public."
HTML = "<!doctype html><html><head>{head}</head><body><article><h1>Новина</h1><p>{words}</p></article></body></html>"


def reply(body, content_type="text/html", **more):
    return Reply(
        url="https://bbc.example/1",
        status=200,
        body=body.encode() if isinstance(body, str) else body,
        content_type=content_type,
        **more,
    )


@pytest.mark.parametrize(
    ("mode", "caught", "wanted"),
    [
        ("never", True, False),
        ("match", False, False),
        ("match", True, True),
        ("always", False, True),
    ],
)
def test_an_article_is_wanted_always_or_once_a_rule_caught_its_headline(mode, caught, wanted):
    feed = Feed(id="bbc", url="", title="", interval=timedelta(minutes=15), full_text=mode)
    assert article.wanted(feed, caught) is wanted


@pytest.mark.parametrize(
    ("code", "waits"),
    [
        ("timeout", [timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1), None]),
        ("http_503", [timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1), None]),
        ("http_404", [None]),
        ("address", [None]),
        ("no_text", [None]),
        ("parse_budget", [None]),
    ],
)
def test_only_what_may_pass_is_tried_again_and_not_for_ever(code, waits):
    trouble = Trouble(code=code, text="")
    assert [article.again(trouble, tries, None) for tries in range(1, len(waits) + 1)] == waits


def test_a_server_that_asks_for_a_longer_wait_gets_it():
    trouble = Trouble(code="http_429", text="")
    assert article.again(trouble, 1, timedelta(hours=3)) == timedelta(hours=3)
    assert article.again(trouble, 1, timedelta(minutes=1)) == timedelta(minutes=2)


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        ("<p>text</p>", "text/html; charset=utf-8", ""),
        ("<p>text</p>", "application/xhtml+xml", ""),
        ("<!doctype html><p>text</p>", "", ""),
        (" <!-- x --><html><p>text</p>", "application/octet-stream", ""),
        ("just text", "text/plain", "not_html"),
        ("<rss><channel/></rss>", "application/rss+xml", "not_html"),
        ("%PDF-1.4", "text/html", "not_html"),
        (" \n", "text/html", "empty"),
        ("<html>" + "x" * article.LARGEST_PAGE, "text/html", "size"),
    ],
    ids=lambda said: said[:30],
)
def test_a_page_is_what_says_so_or_looks_so_and_is_not_too_long(body, content_type, code):
    trouble = article.no_page(reply(body, content_type))
    assert (trouble.code if trouble else "") == code


@pytest.mark.parametrize(
    ("encoding", "head", "content_type"),
    [
        ("utf-8", "", "text/html"),
        ("utf-8", '<meta charset="windows-1251">', "text/html; charset=windows-1251"),
        ("windows-1251", '<meta charset="windows-1251">', "text/html"),
        ("windows-1251", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">', "text/html"),
        ("windows-1251", "<meta charset=koi8-u>", "text/html; charset=cp1251"),
        ("koi8-u", "<META CHARSET='KOI8-U'>", ""),
        ("utf-16", "", "text/html"),
        ("utf-8-sig", "<meta charset=latin-1>", "text/html"),
    ],
)
def test_a_page_is_read_in_whatever_it_is_written_in(encoding, head, content_type):
    page = HTML.format(head=head, words=WORDS)
    assert article.source(page.encode(encoding), content_type) == page


def test_a_page_in_what_no_page_is_written_in_is_trouble():
    assert article.source(b"<meta charset=punycode><p>x</p>", "text/html").code == "encoding"


def test_of_what_rules_make_of_a_text_only_the_news_is_recorded():
    now = datetime(2024, 9, 11, tzinfo=UTC)
    hits = [Hit(rule=name, version="v", topic=name, clause=name) for name in ("imf", "grain")]
    read, match = article.decide("i" * 32, 2, Prose(text="t"), hits, {"imf"}, now)
    assert (read.text, read.at) == ("t", now)
    assert (match.rule, match.revision) == ("grain", 2)


# -- in the cage -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def cage():
    pytest.importorskip("trafilatura")
    async with Sandbox(workers=1) as started:
        yield started


async def test_the_text_of_an_article_is_one_plain_line(cage):
    words = "Ministers met\non Wednesday, \u202eand\u202c <b>spoke</b>&nbsp;&lt;b&gt;\x0b three\u200b hours &amp; on."
    prose = await cage.read(reply(HTML.format(head="", words=words + PARAGRAPH)))
    assert prose.trouble is None
    assert "Ministers met on Wednesday, and spoke <b> three hours & on." in prose.text
    assert prose.text.isprintable()


async def test_of_a_long_text_the_beginning_is_kept(cage):
    told = "".join(
        f"<p>Paragraph {n} says something about the harvest of that year and the port.</p>" for n in range(999)
    )
    prose = await cage.read(reply(f"<html><body><article>{told}</article></body></html>"))
    assert article.LONGEST_TEXT - 100 < len(prose.text) <= article.LONGEST_TEXT
    assert "Paragraph 1 says" in prose.text
    assert prose.text.endswith("…")


async def test_hostile_pages_end_in_a_value_and_the_next_is_read(cage):
    for body in (
        "<html><body>" + "<b>" * 200_000 + "text",
        "<html><body>" + "<div>" * 100_000 + "text",
        "<html><body>" + "<table><tr><td>x" * 20_000,
        "<html><body><p " + " ".join(f"a{n}=1" for n in range(9_000)) + ">text",
        "<html><body>" + "&#x110000;&#xD800;" * 10_000 + "<!--" * 20_000,
        "<html><script>" + "<" * 200_000,
        bytes(range(256)) * 4096,
    ):
        prose = await cage.read(reply(body))
        assert (prose.trouble is None) == bool(prose.text)
        assert not prose.trouble or prose.trouble.code in ("no_text", "parse_budget")
    assert (await cage.read(reply(HTML.format(head="", words=WORDS)))).text


async def test_a_page_that_takes_too_much_is_killed_and_the_next_is_read():
    pytest.importorskip("trafilatura")
    async with Sandbox(cpu=1) as cage:
        prose = await cage.read(reply("<html><body>" + "<p>a</p>" * 200_000))
        assert prose.trouble.code == "parse_budget"
        assert (await cage.read(reply(HTML.format(head="", words=WORDS)))).text
