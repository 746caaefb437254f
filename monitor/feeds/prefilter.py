"""What is done to a document before a parser sees it: made UTF-8, looked at, refused or trimmed. Pure.

Each step answers an input that made the bare parser take seconds to minutes: entity bombs, floods of blank lines,
hundreds of thousands of items. Source: the parser's own patterns, timed.
"""

import re
from typing import NamedTuple

from monitor.feeds import sitemap
from monitor.feeds.encoding import to_utf8
from monitor.model import Trouble

LARGEST = 10 * 2**20  # bytes
ENTITY_ZONE = 64 * 2**10  # bytes; a document type stands at the top or nowhere
MOST_ITEMS = 2000
TOO_MANY_ITEMS = 500_000  # no feed, but a flood
BLANK_RUN = re.compile(rb"\n(?:[ \t\r\f\v]*+\n){19,}+")
ITEM_START = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
ITEM_END = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s*>|<(?:\w{1,20}:)?(?:item|entry)[^<>]*/>", re.IGNORECASE)
# A picture's words often stand before the article's, and feedparser takes the first for the summary.
CAPTION = re.compile(rb"<(/?)media:description(?:\s[^<>]*?)?(/?)>")
# Halves of characters, by number: feedparser raises at them, and many a server writes an emoji as two of them.
HALF = rb"&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5[567]\d{3});"
HALVES = re.compile(HALF + rb"(?:" + HALF + rb")*")  # it begins with plain letters, so that it is found fast
SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
)
HTML_START = re.compile(
    rb"(?:\s|<!--(?:(?!-->).){0,2000}-->|<\?xml[^>]*>)*+<(?:html[\s>]|!doctype\s+html[^>]*>(?!\s*<(?:feed|rss|rdf)))",
    re.IGNORECASE | re.DOTALL,
)
HTML_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{0,200})", re.IGNORECASE)
ROOT = re.compile(rb"<([a-zA-Z_][\w:.-]{0,40})")
SITEMAPS = {
    "urlset": "a sitemap that lists pages and no news; ask for the site's news sitemap or its feed",
    "sitemapindex": "a list of sitemaps; ask for the one in it that lists news, or for the site's feed",
}


class Document(NamedTuple):
    """A document in UTF-8, fit for a parser, and notes on what was mended."""

    body: bytes
    notes: tuple[str, ...] = ()


def prefilter(body: bytes, content_type: str) -> Document | Trouble:
    """The document, or why it is not worth a parser's time: ``size``, ``empty``, ``encoding``, ``entity``,
    ``not_a_feed``.
    """
    if len(body) > LARGEST:
        return Trouble(code="size", text=f"the document is longer than {LARGEST // 2**20} MiB")
    for signature, name in SIGNATURES:
        if body.startswith(signature):
            return Trouble(code="not_a_feed", text=f"this is {name}")
    read = to_utf8(body, content_type)
    if isinstance(read, Trouble):
        return read
    text = read.body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\f\v\0")
    if not text:
        return Trouble(code="empty", text="the document is empty")
    if b"<!ENTITY" in text[:ENTITY_ZONE].upper():
        return Trouble(code="entity", text="the document declares entities, which no honest feed does")
    if HTML_START.match(text[:ENTITY_ZONE]):
        return Trouble(code="not_a_feed", text=f"this is {describe(text)}")
    text = BLANK_RUN.sub(b"\n\n", text)
    if b"<media:description" in text:
        text = CAPTION.sub(rb"<\1media:caption\2>", text)
    if b"&#" in text:
        text = HALVES.sub(_whole, text)
    starts = [found.start() for found in ITEM_START.finditer(text)]
    if len(starts) > TOO_MANY_ITEMS:
        return Trouble(code="size", text=f"the document has more than {TOO_MANY_ITEMS} items")
    text, cut = _first_items(text, starts)
    return Document(text, tuple(note for note in (read.note, cut) if note))


def describe(text: bytes) -> str:
    """What a document is that is no feed, for people."""
    head = text[:ENTITY_ZONE]
    if HTML_START.match(head):
        title = HTML_TITLE.search(head)
        name = " ".join(title[1].decode("utf-8", "replace").split()) if title else ""
        return f"an HTML page titled {name[:80]!r}" if name else "an HTML page"
    if head[:1] in (b"{", b"["):
        return "JSON that is no feed"
    if b"\0" in head or sum(byte < 32 and byte not in b"\t\n\r" for byte in head[:1024]) > 10:
        return "binary data"
    if kind := sitemap.root(head):
        return SITEMAPS[kind]
    root = ROOT.search(head)
    return f"a document that begins with <{root[1].decode()}>" if root else "plain text"


def _whole(halves: re.Match[bytes]) -> bytes:
    """The characters themselves; what is left without its other half is U+FFFD."""
    numbers = (number[:-1].lower() for number in halves[0].split(b"&#")[1:])
    units = "".join(chr(int(number[1:], 16) if number.startswith(b"x") else int(number)) for number in numbers)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _first_items(text: bytes, starts: list[int]) -> tuple[bytes, str]:
    """The document with no more than the first 2,000 items; what stands behind the last one is kept."""
    if len(starts) <= MOST_ITEMS:
        return text, ""
    ends = [found.end() for found in ITEM_END.finditer(text, starts[MOST_ITEMS])]
    tail = text[ends[-1] :] if ends else b""
    return text[: starts[MOST_ITEMS]] + tail, f"only the first {MOST_ITEMS} of {len(starts)} items were read"
