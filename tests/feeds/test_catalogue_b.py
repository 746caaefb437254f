"""Catalogue B: hostile contents, through the real cage and, where they are shown, into a letter.

Elsewhere:
    B04 B05 B06 B07  what changes between two polls       test_again.py, test_poll.py, here for the keys
    B08              two thousand new items at once       digests/test_compose.py; here that they are read
    B09 B13          in a digest: dated in the future     digests/test_compose.py
    B23              one record in the journal            test_journal.py
    B24              formulas: nothing writes CSV yet; the text is kept as it is
    B31-B41          in a browser                         digests/test_browser.py (marked), digests/test_render.py
"""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import msgspec
import pytest
import pytest_asyncio
from digests.letters import a_letter, matched
from feeds.documents import item, rss

from monitor.digests.render import render
from monitor.feeds.heard import Reply
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed

NOON = datetime(2024, 9, 11, 12, tzinfo=UTC)
T = "<title>T</title>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hear():
    """Reads a document in the one child of a sandbox."""
    async with Sandbox(workers=1) as started:

        async def read(body, feed="bbc"):
            url = "https://bbc.example/feeds/world.xml"
            asked = Feed(id=feed, url=url, title="BBC", interval=timedelta(minutes=15))
            return await started.parse(asked, Reply(url=url, status=200, body=body))

        yield read


def dated(date):
    return f"{T}<pubDate>{date}</pubDate>"


CASES = {  # an entry, and what its item says
    "B01 guid_missing": (f"{T}<link>https://a.example/1</link>", {"guid": "", "url": "https://a.example/1"}),
    "B02 guid_empty": (
        f"{T}<guid> </guid><link>https://a.example/1</link>",
        {"guid": "", "url": "https://a.example/1"},
    ),
    "B06 guid_relative": (f"{T}<guid>/news/1</guid>", {"guid": "/news/1", "url": "https://bbc.example/news/1"}),
    "B09 date_future_2126": (
        dated("Fri, 11 Jan 2126 09:00:00 GMT"),
        {"published": datetime(2126, 1, 11, 9, tzinfo=UTC)},
    ),
    "B10 date_year_401": (dated("0401-01-01T00:00:00Z"), {"published": None}),
    "B10 date_year_-1": (dated("-0001-01-01T00:00:00Z"), {"published": None}),
    "B10 date_year_10000": (dated("10000-01-01T00:00:00Z"), {"published": None}),
    "B11 date_two_digit": (dated("Mon, 02 Jan 95 10:00:00 GMT"), {"published": datetime(1995, 1, 2, 10, tzinfo=UTC)}),
    "B12 date_partial_05": (dated("05"), {"published": None}),
    "B12 date_partial_--11": (dated("--11"), {"published": None}),
    "B12 date_partial_---02": (dated("---02"), {"published": None}),
    "B13 date_zone_CEST": (dated("Wed, 11 Sep 2024 14:00:00 CEST"), {"published": NOON}),
    "B13 date_unknown_zone_IST": (dated("Wed, 11 Sep 2024 12:00:00 IST"), {"published": NOON}),
    "B14 date_offset_9999": (dated("Wed, 11 Sep 2024 12:00:00 +9999"), {"published": None}),
    "B15 date_31_feb": (dated("Sat, 31 Feb 2024 12:00:00 GMT"), {"published": None}),
    "B15 date_24:00": (dated("2024-09-11T24:00:00Z"), {"published": None}),
    "B15 date_:60": (dated("2024-09-11T12:00:60Z"), {"published": None}),
    "B16 date_fullwidth_digits": (dated("Wed, １１ Sep 2024 12:00:00 GMT"), {"published": NOON}),
    "B17 title_html_script": (
        "<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>",
        {"title": "<script>alert(1)</script>"},
    ),
    "B18 title_double_escaped": ("<title>&amp;lt;script&amp;gt;</title>", {"title": "<script>"}),
    "B19 title_ansi": ("<title>\x1b[31mred\x1b]0;x\x07\x1b]8;;http://e\x07\x1b]52;c;x\x07</title>", {"title": "red"}),
    "B19 title_ansi_escaped": ("<title>&amp;#27;[31mred&amp;#27;]0;x&amp;#7;</title>", {"title": "[31mred]0;x"}),
    "B20 title_c1_csi": ("<title>a&amp;#x9b;31mb</title>", {"title": "a›31mb"}),
    "B21 title_bidi": ("<title>photo\u202egpj.exe</title>", {"title": "photogpj.exe"}),
    "B22 title_zero_width": ("<title>ze\u200bro\U000e0041</title>", {"title": "zero"}),
    "B22 title_zalgo_10k": (f"<title>z{chr(0x315) * 10_000}x</title>", {"title": f"z{chr(0x315) * 4}x"}),
    "B23 title_newlines_log": (
        "<title>News\n2026-01-01 ERROR all is lost</title>",
        {"title": "News 2026-01-01 ERROR all is lost"},
    ),
    "B24 title_csv_formula": ("<title>=cmd|'/c calc'!A1</title>", {"title": "=cmd|'/c calc'!A1"}),
    **{
        f"{name} {link[:24]}": (f"{T}<link>{link}</link>", {"title": "T", "url": url})
        for name, link, url in (
            ("B25", "javascript:alert(1)", ""),
            ("B26", "data:text/html,&lt;script>alert(1)&lt;/script>", ""),
            ("B26", "jav&#9;ascript:alert(1)", ""),
            ("B26", "vbscript:msgbox(1)", ""),
            ("B27", "file://etc/passwd", ""),
            ("B27", "smb://host/share", ""),
            ("B28", "http://bank.example@evil.example/", "http://evil.example/"),
            ("B29", "http://аррӏе.com/", "http://xn--80ak6aa92e.com/"),
            ("B30", f"https://a.example/{'x' * 8192}", ""),
        )
    },
    "B42 enclosure_file": (f"{T}<enclosure url='file:///etc/passwd' length='1'/>", {"url": ""}),
    "B42 enclosure_negative_length": (
        f"{T}<link>https://a.example/1</link><enclosure url='https://a.example/1.mp3' length='-1'/>",
        {"url": "https://a.example/1"},
    ),
}
UNREADABLE = {"B10", "B12", "B14", "B15"}  # a date that stands there and says nothing
NOTED = {"B13 date_unknown_zone_IST": "IST", "B21 title_bidi": "turn text around"}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "entry", "said"), [(name, *case) for name, case in CASES.items()], ids=list(CASES))
async def test_hostile_contents_become_an_item_that_harms_nobody(hear, name, entry, said):
    heard = await hear(rss(f"<item>{entry}</item>"))
    (found,) = heard.items
    assert {field: getattr(found, field) for field in said} == said
    assert heard.unreadable == ((found.id,) if name[:3] in UNREADABLE else ())
    assert NOTED.get(name, "") in " ".join(heard.notes)


@pytest.mark.asyncio(loop_scope="module")
async def test_an_item_without_a_guid_is_known_by_its_link_or_else_its_words(hear):  # B01 B02
    linked = "<link>https://a.example/1</link>"
    entries = (f"{T}{linked}", f"<guid/>{T}<description>More</description>{linked}", T, f"<guid> </guid>{T}")
    ids = [(await hear(rss(f"<item>{entry}</item>"))).items[0].id for entry in entries]
    assert ids[0] == ids[1] != ids[2] == ids[3]


@pytest.mark.asyncio(loop_scope="module")
async def test_two_items_that_share_a_guid_are_two(hear):  # B03
    one, two = f"<guid>g</guid>{T}<link>/1</link>", f"<guid>g</guid>{T}<link>/2</link>"
    heard = await hear(rss(f"<item>{one}</item><item>{two}</item>"))
    assert [found.url for found in heard.items] == ["https://bbc.example/1", "https://bbc.example/2"]


@pytest.mark.asyncio(loop_scope="module")
async def test_two_thousand_items_at_once_are_all_read(hear):  # B08
    heard = await hear(rss("".join(item("", f"Story {n}") for n in range(2_000))))
    assert len(heard.items) == 2_000


# -- what is shown ---------------------------------------------------------------------------------------------------

FIRE = "alert(1)"
PAYLOADS = {
    "B17 script": f"<script>{FIRE}</script>",
    "B31 xss_svg_slash": f"<svg/onload={FIRE}>",
    "B32 xss_empty_comment": f"<!--><img src=x onerror={FIRE}>",
    "B33 xss_comment_dash": f"<!---><img src=x onerror={FIRE}>",
    "B34 xss_lt_img": f"<<img src=x onerror={FIRE}//",
    "B35 xss_tab_href": f"<a href='jav&#9;ascript:{FIRE}'>x</a>",
    "B36 xss_named_tab": f"<a href='java&Tab;script&colon;{FIRE}'>x</a>",
    "B37 xss_ctrl_href": f"<a href='&#1;javascript:{FIRE}'>x</a>",
    "B38 xss_form_action": f"<form action='javascript:{FIRE}'><button formaction='javascript:{FIRE}'>x</form>",
    "B39 xss_svg_xlink": f"<svg><a xlink:href='javascript:{FIRE}'><text>x</text></a></svg>",
    "B39 xss_animate": f"<svg><animate onbegin={FIRE} attributeName=x dur=1s><set onbegin={FIRE}></svg>",
    "B40 xss_unterminated": f"<img src=x onerror={FIRE}",
    "B41 pixel": "<img src=http://canary.example/1 width=1 height=1 srcset='http://canary.example/2 1x'>",
    "B41 css_url": "<p style='background:url(http://canary.example/3)'><style>@import url(//canary.example/4)</style>",
    "B41 prefetch": "<link rel=prefetch href=http://canary.example/5><meta http-equiv=refresh content='0;url=x'>",
}
HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "h3", "p", "br", "a", "b", "bdi"),
    *("ul", "li", "span", "mark"),
}


class Shown(HTMLParser):
    """The elements of a page, and what they would load or run."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.active = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.active += [value for name, value in attrs if name.startswith("on") or name in ("src", "srcset", "action")]
        self.active += [value for name, value in attrs if name == "href" and not value.startswith("https://a.example/")]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=list(PAYLOADS))
async def test_markup_in_any_field_runs_nothing_and_loads_nothing_where_it_is_shown(hear, payload):
    fields = ("title", "description", "author", "category", "guid")
    entry = "".join(f"<{field}><![CDATA[{payload} four words of it]]></{field}>" for field in fields)
    (found,) = (await hear(rss(f"<item>{entry}<link>https://a.example/1</link></item>"))).items
    (part,) = render(a_letter(msgspec.structs.replace(matched(), item=found)))
    shown = Shown(part.html)
    assert shown.tags <= HARMLESS
    assert shown.active == []
