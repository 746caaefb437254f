"""Plain text: no markup, nothing hidden, nothing a terminal obeys, never slow."""

import unicodedata

import pytest
from hang import no_hang
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.text import FIELD_LIMIT, HIDDEN, LONGEST_TAIL, from_html, looks_marked_up, shorten, tidy

PIECES = [
    "<",
    ">",
    "<b",
    "</b>",
    "<!--",
    "-->",
    "<![if ",
    "<script>",
    "</script",
    "&lt;",
    "&#",
    "9",
    '"',
    "'",
    "a",
    " ",
    "\n",
]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two</p>", "One two"),
        ("One<br>two<br/>three", "One two three"),
        ("<ul><li>a<li>b</ul>", "a b"),
        ("in<b>side</b> a word", "inside a word"),
        ("a &amp; b &lt; c &nbsp;&eacute;&#8217;&#x2014;", "a & b < c é’—"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),  # B18: escaped twice, shown as written
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("x<script>alert('<b>')</script>y<STYLE>p{}</style>z", "xyz"),
        ("x<script>never closed", "x"),
        ("x<!-- <b> -->y<!-->z<!-- never closed", "xyz"),
        ('<a title="a > b">link</a>', "link"),
        ('<a title="a stray quote>link</a> and more', "link and more"),
        ("x<img src=x onerror=alert(1)", "x"),  # B40
        ("<svg/onload=alert(1)>x", "x"),
        ("if a < b and c<3 then <>", "if a < b and c<3 then <>"),
        ("<![CDATA[left over]]>", "left over"),
        ("<?php echo 1 ?>x<!doctype html>y", "xy"),
        ("&#9999999999;&#xfffffff;&#55296;", "\ufffd\ufffd\ufffd"),
    ],
)
def test_html_becomes_its_text(html, text):
    assert tidy(from_html(html), 1000) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("red \x1b[31malert\x1b[0m \x1b]0;title\x07\x1b]8;;http://e\x1b\\link\x1b]52;c;x\x07", "red alert link"),  # B19
        ("\x1bc\x9b31mx\x9dy\x9c", "x"),  # B20
        ("photo_\u202egpj.exe\u2066\u200f", "photo_gpj.exe"),  # B21
        ("ze\u200bro wi\u200dd\ufeffth\u2060 \U000e0041\U000e0042tags\u00ad", "zero width tags"),  # B22
        ("z" + "\u0301" * 10_000 + "x", "ź\u0301\u0301\u0301x"),  # B22
        ("\n2026-01-01 ERROR all is lost\r\nnext", "2026-01-01 ERROR all is lost next"),  # B23
        ("\u2028a\u2029b\x85c\x00d\x7fe\x0b", "a b cde"),
        ("1\u00a0млрд\u2009€", "1 млрд €"),
        ("и\u0306", "й"),
        ("\ud800x", "x"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("", ""),
    ],
)
def test_nothing_hidden_is_left(raw, text):
    assert tidy(raw, 1000) == text


@given(st.text(max_size=300), st.integers(2, 50))
def test_tidy_text_is_one_visible_line_within_its_limit(raw, limit):
    text = tidy(raw, limit)
    assert len(text) <= limit
    assert not HIDDEN.search(text)
    assert text == " ".join(text.split())
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


@given(st.text(max_size=300))
def test_tidying_twice_changes_nothing(raw):
    once = tidy(raw, 1000)
    assert tidy(once, 1000) == once


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_markup_makes_reading_fail(html):
    from_html(html)


@pytest.mark.parametrize(
    "piece", [*PIECES, "<a ", '<a "', "<aa", "&lt;!--", "\x1b[", "\x1b]", "\x9d", "\x9b1", "x\u0301", "<b>"]
)
def test_no_flood_is_slow(piece):
    flood = (piece * FIELD_LIMIT)[:FIELD_LIMIT]
    with no_hang(5):  # a quadratic step takes more
        looks_marked_up(flood)
        tidy(from_html(flood), 2000)
        tidy(flood, 2000)


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("short", 5, "short"),
        ("one two three", 10, "one two…"),
        ("one, two", 6, "one…"),
        ("unbreakable", 6, "unbre…"),
        ("a verylongwordindeed", 10, "a verylon…"),
    ],
)
def test_long_texts_end_at_a_word(text, limit, short):
    assert shorten(text, limit) == short


@pytest.mark.parametrize(
    ("raw", "marked"),
    [
        ("<b>Bold</b> title", True),
        ("AT&amp;T", True),
        ("a<br>b", True),
        ("Vec<T> & Box<dyn Error>", False),
        ("<script>alert(1)</script>", False),  # shown as it is: nobody marks up a title so
        ("1 < 2 > 0; AT&T", False),
    ],
)
def test_a_text_that_may_be_html_is_looked_at(raw, marked):
    assert looks_marked_up(raw) is marked


@given(
    st.lists(st.sampled_from([*PIECES, "word ", "\u0301" * 3, "\x1b]", "&am", "p;", "<br>", " "]), max_size=400),
    st.integers(1, 9),
)
def test_reading_no_further_than_is_shown_shows_the_same(pieces, limit):
    source = "".join(pieces)
    assert tidy(from_html(source, limit + LONGEST_TAIL), limit) == tidy(from_html(source), limit)


def test_a_long_text_is_not_read_to_its_end():
    assert len(from_html("<p>twenty characters...</p>" * 2000, 100)) < 1000
