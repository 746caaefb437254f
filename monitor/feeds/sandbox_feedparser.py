"""Door: feedparser at the pace it can go; to be used in the cage only, for its parsers are changed here for good.

What ``feedparser.parse`` does for everybody takes two thirds of its time: it reads dates in nine ways, finds out an
encoding that we know, and hears every line of a text by itself. So its own handlers are driven here by expat directly;
what they say is the same. They are not part of its public face: without them the public call is made instead.
"""

import io
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from xml.parsers import expat
from xml.sax.xmlreader import AttributesNSImpl

import feedparser

DECLARATION = b"<?xml version='1.0' encoding='utf-8'?>"
ITS_DECLARATION = re.compile(rb"\A<\?xml[^>]*>")
C1 = re.compile("[\x80-\x9f]")
BUFFER = 2**16  # bytes of text that are told at once
# What of the parser's state no later entry can meet, and what is looked at otherwise.
PASSING = ("guidislink", "title_depth", "hasContent")  # set anew by every entry
PILES = ("entries", "feeddata", "property_depth_map", "elementstack", "namespaces_in_use", "namespacemap")
ELSEWHERE = frozenset(PASSING + PILES)
OTHER_NAMES = frozenset(("category", "enclosures", "license", "updated", "updated_parsed"))

PRIVATE: Mapping[str, Any] = {}  # what is used of feedparser beyond its public face; empty: it is not as we know it
with suppress(ImportError):
    from feedparser.api import LooseFeedParser, StrictFeedParser
    from feedparser.datetimes import _date_handlers
    from feedparser.sanitizer import replace_doctype
    from feedparser.util import FeedParserDict

    PRIVATE = {
        "StrictFeedParser": StrictFeedParser,
        "LooseFeedParser": LooseFeedParser,
        "replace_doctype": replace_doctype,
        "FeedParserDict": FeedParserDict,
        "_date_handlers": _date_handlers,
    }


class Reading(NamedTuple):
    """A document as feedparser gives it, and whether each entry was found where it should be and spoke for itself."""

    parsed: Mapping[str, Any]
    apart: bool = False


class _Text(str):
    """A text whose translation from Windows-1252 costs nothing where there is none of it."""

    __slots__ = ()

    def translate(self, table: Any, /) -> str:
        return str.translate(self, table) if C1.search(self) else str(self)


def declared(document: bytes) -> bytes:
    """The UTF-8 document under a declaration that says so."""
    return DECLARATION + b"\n" + ITS_DECLARATION.sub(b"", document, count=1)


def read(document: bytes, *, well_formed: bool, entries: Collection[int] = ()) -> Reading:
    """What feedparser makes of a document that ``declared`` has prepared.

    Args:
        document: in UTF-8.
        well_formed: whether it is, as expat sees it; if not, feedparser's loose parser has it at once.
        entries: the places where the entries begin, for ``apart``.
    """
    if not PRIVATE:
        return Reading(_public(document))
    version, document, entities = replace_doctype(document) if b"<!" in document else (None, document, {})
    if well_formed:
        drive = _Drive(document, frozenset(entries))
        parser = drive.parser
    else:
        parser = _Loose("", None, "utf-8", entities)
        parser.resolve_relative_uris = parser.sanitize_html = False
        parser.feed(document.decode("utf-8", "replace"))
    parsed = {"version": version or parser.version, "feed": parser.feeddata, "entries": parser.entries}
    return Reading(parsed, apart=well_formed and drive.apart)


def _public(document: bytes) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = feedparser.parse(
        io.BytesIO(document),  # never a string: it would fetch one that looks like an address
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,  # texts are made plain by us; both are slow, and can be made to take minutes
        resolve_relative_uris=False,
    )
    return parsed


if PRIVATE:
    _date_handlers.clear()  # feeds/dates.py reads dates
    FeedParserDict.__deepcopy__ = lambda self, _memo: FeedParserDict(self)  # of texts only

    _its_get = FeedParserDict.get
    _BY_OTHER_NAMES = frozenset(FeedParserDict.keymap) | OTHER_NAMES

    def _get(self: dict[str, Any], key: str, default: Any = None) -> Any:
        """The same as its own, without a look at all the other names that ``key`` might have had."""
        return _its_get(self, key, default) if key in _BY_OTHER_NAMES else dict.get(self, key, default)

    FeedParserDict.get = _get

    class _Strict(StrictFeedParser):  # type: ignore[misc, unused-ignore]
        @staticmethod
        def decode_entities(_element: str, data: str) -> str:
            return _Text(data)

    class _Loose(LooseFeedParser):  # type: ignore[misc, unused-ignore]
        def decode_entities(self, element: str, data: str) -> str:
            return _Text(super().decode_entities(element, data))


class _Drive:
    """Expat at the handlers of feedparser, and an eye on what an entry leaves behind."""

    def __init__(self, document: bytes, entries: frozenset[int]) -> None:
        self.parser = _Strict("", None, "utf-8")
        self.parser.resolve_relative_uris = self.parser.sanitize_html = False
        self.expected, self.found = entries, 0
        self.apart = True
        self.depth = self.within = 0  # of elements; of the entry that is open
        self.base = ""  # around that entry
        self.before: object = None  # state, before that entry
        self.expat = expat.ParserCreate("utf-8", " ")
        self.expat.namespace_prefixes = True
        self.expat.buffer_text = True
        self.expat.buffer_size = BUFFER
        self.expat.StartElementHandler = self.start
        self.expat.EndElementHandler = self.end
        self.expat.CharacterDataHandler = self.parser.handle_data
        self.expat.StartNamespaceDeclHandler = self.bind
        self.expat.Parse(document, True)
        self.apart = self.apart and self.found == len(self.expected)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        known, base = len(self.parser.entries), self.parser.baseuri
        expected = self.expat.CurrentByteIndex in self.expected
        if expected:
            self.before = self.state()
        self.parser.startElementNS(_pair(name), None, _attributes(attributes) if attributes else NO_ATTRIBUTES)
        self.depth += 1
        begins = len(self.parser.entries) > known
        if begins:
            self.within, self.base, self.found = self.depth, base, self.found + 1
        if begins != expected:
            self.apart = False

    def end(self, name: str) -> None:
        self.parser.endElementNS(_pair(name), None)
        if self.depth == self.within:
            self.within = 0
            self.parser.baseuri = self.base  # it may have kept one of the entry's own
            self.apart = self.apart and self.before == self.state()
        self.depth -= 1

    def bind(self, prefix: str | None, uri: str) -> None:
        version = self.parser.version
        self.parser.startPrefixMapping(prefix, uri)
        renames = prefix and self.parser.namespacemap.get(prefix, prefix) != prefix
        if (renames or version != self.parser.version) and (
            self.within or self.expat.CurrentByteIndex in self.expected
        ):
            self.apart = False

    def state(self) -> object:
        """What of the parser could make the next entry read otherwise than it would have been."""
        return {
            name: value if isinstance(value, str | int) else len(value)
            for name, value in vars(self.parser).items()
            if name not in ELSEWHERE and isinstance(value, str | int | list | dict)
        }


NO_ATTRIBUTES = AttributesNSImpl({}, {})


def _pair(name: str) -> tuple[str | None, str]:
    """Namespace and local name, as the standard library's own driver tells them."""
    parts = name.split(" ")
    return (parts[0], parts[1]) if len(parts) > 1 else (None, name)


def _attributes(attributes: dict[str, str]) -> AttributesNSImpl:
    values: dict[tuple[str | None, str], str] = {}
    names: dict[tuple[str | None, str], str] = {}
    for name, value in attributes.items():
        pair = _pair(name)
        values[pair] = value
        names[pair] = f"{name.split(' ')[2]}:{pair[1]}" if name.count(" ") == 2 else pair[1]
    return AttributesNSImpl(values, names)
