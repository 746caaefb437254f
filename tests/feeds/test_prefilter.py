"""What is refused or mended before a parser sees it."""

from encodings.aliases import aliases

import pytest
from feeds.documents import item, rss
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.encoding import Utf8, to_utf8
from monitor.feeds.prefilter import MOST_ITEMS, Document, describe, prefilter
from monitor.model import Trouble

TITLE = "Україна — IMF"


def written(encoding, declared=None):
    return f'<?xml version="1.0" encoding="{declared or encoding}"?><rss>{TITLE}</rss>'.encode(encoding)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "utf-7"]
)
def test_what_a_document_says_it_is_written_in_is_believed(encoding):
    assert TITLE in to_utf8(written(encoding), "").body.decode()


@pytest.mark.parametrize("declared", ["iso-8859-1", "us-ascii", "windows-1252", "utf-16", "no-such-encoding"])
def test_utf8_is_known_by_itself(declared):  # A44
    read = to_utf8(written("utf-8", declared), "text/xml; charset=iso-8859-1")
    assert TITLE in read.body.decode()


def test_the_servers_word_counts_where_the_document_has_none():
    body = f"<rss>{TITLE}</rss>".encode("cp1251")
    assert TITLE in to_utf8(body, 'text/xml; charset="windows-1251"').body.decode()
    assert to_utf8(body, "").note


def test_a_few_broken_bytes_do_not_make_a_document_latin():
    body = (TITLE * 20).encode() + b"\xff<"
    read = to_utf8(body, "")
    assert (TITLE in read.body.decode(), read.note) == (True, "1 broken characters")
    assert "café" in to_utf8("<a>café".encode("cp1252"), "").body.decode()


def test_no_encoding_python_knows_makes_reading_fail():  # A37-A42
    for encoding in sorted({*aliases, *aliases.values(), "idna", "punycode", "undefined", "utf\0"}):
        ascii_only = f'<?xml version="1.0" encoding="{encoding}"?><rss>\\u0041 +ADw- ~{{</rss>'.encode()
        for body in (written("utf-8", encoding), ascii_only, ascii_only + b"\xff\xc0\x80"):
            match to_utf8(body, ""):
                case Trouble(code=code):
                    assert code == "encoding", encoding
                case Utf8(body=utf8):
                    assert utf8.decode(), encoding


@given(st.binary(max_size=200), st.sampled_from(["", "text/xml; charset=utf-16", "text/html;charset=gbk", "x"]))
def test_no_bytes_make_the_prefilter_fail(body, content_type):
    read = prefilter(body, content_type)
    if isinstance(read, Document):
        read.body.decode()
        assert describe(read.body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><head><title>\n Log in </title>", "an HTML page titled 'Log in'"),
        (b"<!DOCTYPE html>\n<body>", "an HTML page"),
        (b"<!-- saved --><?xml version='1.0'?>\n<!doctype html PUBLIC 'x'><html>", "an HTML page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"\x1f\x8b\x08", "gzip data"),
    ],
)
def test_what_is_no_feed_is_called_by_its_name(body, said):  # A55, A56
    trouble = prefilter(body, "")
    assert (trouble.code, trouble.text) == ("not_a_feed", f"this is {said}")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": 1}', "JSON that is no feed"),
        (b"<opml version='2.0'>", "a document that begins with <opml>"),
        (b"Moved here", "plain text"),
        (b"abc\0def", "binary data"),
    ],
)
def test_what_the_parser_finds_nothing_in_is_described(body, said):
    assert describe(body) == said


def test_a_feed_that_calls_itself_html_is_a_feed():
    assert isinstance(prefilter(b"<?xml version='1.0'?>\n<!DOCTYPE html><feed xmlns='x'></feed>", ""), Document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-16-le", "cp037", "utf-7"])
def test_entities_are_found_in_any_encoding(encoding):
    body = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!entity x "y">]><rss>ї</rss>'
    hidden = body.encode(encoding, "replace").replace(
        b"<!entity", b"+ADwAIQ-entity" if encoding == "utf-7" else b"<!entity"
    )
    assert prefilter(hidden, "").code == "entity"


def test_floods_of_blank_lines_are_gone_and_other_blanks_are_not():  # A29
    text = prefilter(b"\n\n<rss>a\n\nb" + b"\n \t\r" * 1000 + b"\nc</rss>", "").body
    assert text == b"<rss>a\n\nb\n\nc</rss>"


def test_items_beyond_the_first_two_thousand_are_cut_out_and_what_follows_is_kept():  # A32
    body = rss("".join(item("", title=str(n)) for n in range(MOST_ITEMS + 500)) + "<ttl>5</ttl>")
    text, notes = prefilter(body, "")
    assert text.count(b"<item>") == text.count(b"</item>") == MOST_ITEMS
    assert b"<title>1999</title>" in text
    assert text.endswith(b"</item><ttl>5</ttl></channel></rss>")
    assert notes == ("only the first 2000 of 2500 items were read",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"&#xD83D;&#xDE00;!", "😀!"),
        (b"&#55357;&#56832;&#x0d83d;&#xde00;", "😀😀"),
        (b"a&#xD800;b&#57343;c", "a\ufffdb\ufffdc"),
        (b"&#xD83D; &#xDE00;", "\ufffd \ufffd"),
        (b"&#55000;&#x1F600;&#xD7FF;&#8217;", "훘&#x1F600;&#xD7FF;&#8217;"),
    ],
)
def test_halves_of_characters_are_joined_or_marked(written, read):  # A45
    assert prefilter(b"<rss>" + written, "").body.decode() == f"<rss>{read}"


def test_halves_without_end_are_soon_read():
    assert len(prefilter(b"<rss>" + b"&#xD83D;" * 60_000 + b"&#00000" * 60_000, "").body) > 180_000
