"""Links: only what can be followed safely."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.links import LONGEST, web_link

BASE = "https://bbc.example/news/feed.xml"


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("https://a.example/x?b=1&c=2#d", "https://a.example/x?b=1&c=2#d"),
        ("HTTP://A.example:8080", "http://a.example:8080"),
        ("story.html", "https://bbc.example/news/story.html"),
        ("//cdn.example/x", "https://cdn.example/x"),
        (" https://a.example/with space \n", "https://a.example/with%20space"),
        ("https://a.example/шлях?q=ї", "https://a.example/%D1%88%D0%BB%D1%8F%D1%85?q=%D1%97"),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
        ("http://bank.example@evil.example/", "http://evil.example/"),  # B28
        ("http://user:pass@a.example/", "http://a.example/"),
        ("https://a.example/photo_\u202egpj.exe\u200b", "https://a.example/photo_gpj.exe"),
        ("jav\u200bascript:alert(1)", ""),
        ("http://аррӏе.com/", "http://xn--80ak6aa92e.com/"),  # B29
        ("http://[2606:4700::1]:8080/x", "http://[2606:4700::1]:8080/x"),
        *(
            (bad, "") for bad in ("javascript:alert(1)", "jav\tascript:alert(1)", "\x01javascript:x", "JaVaScRiPt:x")
        ),  # B25
        *(
            (bad, "") for bad in ("data:text/html,x", "vbscript:x", "file:///etc/passwd", "smb://x/y", "mailto:a@b")
        ),  # B26
        *((bad, "") for bad in ("", "   ", "http://", "http:///x", "http://[bad", "http://a b/", "http://x:99999/")),
        ("https://a.example/" + "x" * 8192, ""),  # B30
        ("https://" + "ї" * 300 + "/", ""),
    ],
)
def test_links(raw, link):
    assert web_link(raw, BASE) == link


@given(st.text(max_size=60) | st.text("jav\tscript:/\\@[]#?%0aht p.\u202e", max_size=40))
def test_whatever_comes_out_can_be_followed(raw):
    link = web_link(raw, BASE)
    assert link == "" or (link.startswith(("http://", "https://")) and link.isascii() and len(link) <= LONGEST)
    assert not set(link) & set(" \"'<>\n\t\x00")
    assert web_link(link, BASE) == link
