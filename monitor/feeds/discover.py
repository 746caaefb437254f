"""From what a person pastes to a feed that can be polled: addresses, a page's links to feeds, a feed's own name. Pure.

A page is a stranger's: of its text 2 MiB are read, of its tags 5,000, of one tag 4 KiB, whatever is in it.

Source: RSS autodiscovery and the HTML standard, ``rel=alternate``.
"""

import re
import unicodedata
from collections.abc import Collection, Set
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urlsplit
from xml.parsers import expat

import msgspec

from monitor.feeds import target, text
from monitor.feeds.encoding import to_utf8
from monitor.feeds.links import LONGEST, web_link
from monitor.feeds.prefilter import prefilter
from monitor.model import Trouble

LONGEST_PAGE = 2 * 2**20  # characters
LONGEST_TAG = 4 * 2**10  # characters
MOST_TAGS = 5000
MOST_LINKS = 10  # of one kind; each costs a request
LONGEST_ID = 40  # characters; config.py allows 64
LONGEST_TITLE = 100  # characters
LONGEST_GROUP = 64  # characters
TITLES = (["feed", "title"], ["rss", "channel", "title"], ["rdf", "channel", "title"])
HEAD = 256 * 2**10  # bytes of a feed in which it says what it is called

KINDS = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"})
START = re.compile(
    r"<(?:!--|(script|style|template|textarea|title|iframe|noframes)\b|(?:link|base|a)(?=[\s/]))", re.IGNORECASE
)
CLOSING = {
    name: re.compile(rf"</{name}", re.IGNORECASE)
    for name in ("script", "style", "template", "textarea", "title", "iframe", "noframes")
}
FEED_PATH = re.compile(
    r"(?:^|/)(?:feeds?|rss2?|atom)(?:/|$)|\.(?:rss|atom|rdf)$|(?<!sitemap)\.xml$|[?&](?:feed|format)=(?:rss|atom)",
    re.IGNORECASE,
)
COMMENTS = re.compile(r"comments?\b|/replies\b", re.IGNORECASE)
COMMON = (  # where feeds lie that no page names
    *("/feed", "/rss", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml", "/feeds/posts/default"),
    "/news-sitemap.xml",
)
SCHEME = re.compile(r"(?![\w.-]+:\d)[a-zA-Z][a-zA-Z0-9+.-]*:")  # example.org:8080 has none
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}")
SAYS_NOTHING = frozenset({"", "home", "rss", "feed", "rss-feed", "news", "latest-news", "latest", "untitled", "blog"})
SUFFIXES = frozenset({"ac", "co", "com", "edu", "gob", "gov", "gv", "net", "or", "org"})  # of national domains


class Links(NamedTuple):
    """The addresses on a page that may be feeds, each once, in the order of the page."""

    declared: tuple[str, ...]  # the page says so in a <link>; those of comments only if there are no others
    pointed: tuple[str, ...]  # an <a> that looks so


class About(NamedTuple):
    """What a feed says of itself; empty where it says nothing."""

    kind: str = ""  # RSS 2.0, Atom, JSON Feed ...
    title: str = ""
    lang: str = ""


# -- addresses -------------------------------------------------------------------------------------------------------


def address(pasted: str) -> str:
    """What was pasted as an address to ask: ``feed:`` taken off, https where no scheme is named."""
    url = pasted.strip()
    if url.lower().startswith("feed:"):
        url = url[len("feed:") :]
    url = url.removeprefix("//")
    return url if SCHEME.match(url) or url.startswith("${") else f"https://{url}"


def refusal(url: str, allow_hosts: Set[str]) -> str:
    """Why an address would never be polled, or should not stand in a file; empty if it may."""
    checked = target.first(url, allow_hosts)
    if isinstance(checked, Trouble):
        return checked.text
    if checked.authorization:
        return "a user and a password stand in the address"
    if not url.isprintable() or " " in url or len(url) > LONGEST:
        return "the address is no plain line of at most 2048 characters without blanks"
    return ""


def guesses(url: str) -> tuple[str, ...]:
    """Where the site of a page may keep a feed that the page does not name."""
    path = urlsplit(url).path.rstrip("/")
    below = [f"{path}/feed"] if path else []
    return tuple(dict.fromkeys(web_link(place, url) for place in (*below, *COMMON)))


# -- pages -----------------------------------------------------------------------------------------------------------


class _Tag(HTMLParser):
    """One tag, read: its name and attributes, references resolved."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.name, self.attributes = "", dict[str, str]()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.name, self.attributes = tag, {name: value or "" for name, value in reversed(attrs)}  # the first counts


def links(body: bytes, content_type: str, url: str) -> Links:
    """The feeds that a page may have.

    Args:
        body: the page, in whatever encoding.
        content_type: as the server said.
        url: where the page came from; relative links begin there, or at its ``<base>``.
    """
    read = to_utf8(body, content_type)
    if isinstance(read, Trouble):
        return Links((), ())
    base = ""
    declared: dict[str, None] = {}
    comments: dict[str, None] = {}
    pointed: dict[str, None] = {}
    for tag in _tags(read.body.decode("utf-8", "replace")[:LONGEST_PAGE]):
        said = tag.attributes
        link = web_link(said.get("href", ""), base or url) if said.get("href", "").strip() else ""
        link = link.partition("#")[0]
        if tag.name == "base":
            base = base or link  # javascript: and the like are no links
        elif not link or link == url:
            continue
        elif tag.name == "link":
            kind = said.get("type", "").partition(";")[0].strip().lower()
            if "alternate" in said.get("rel", "").lower().split() and kind in KINDS:
                (comments if COMMENTS.search(f"{link} {said.get('title', '')}") else declared)[link] = None
        elif FEED_PATH.search(link.partition("://")[2].partition("/")[2]):
            pointed[link] = None
    alternates = tuple(declared or comments)[:MOST_LINKS]
    return Links(alternates, tuple(link for link in pointed if link not in alternates)[:MOST_LINKS])


def _tags(page: str) -> list[_Tag]:
    """The ``link``, ``base`` and ``a`` of a page; what stands in comments, scripts and frames is none.

    Each is found by itself and given to the parser alone: html.parser over a whole page can be made to take minutes.
    """
    found: list[_Tag] = []
    at = looked = 0
    while looked < MOST_TAGS and (start := START.search(page, at)):
        looked += 1
        at = start.end()
        if start[0] == "<!--":
            end = page.find("-->", at)
            at = end if end >= 0 else len(page)
        elif start[1]:
            closing = CLOSING[start[1].lower()].search(page, at)
            at = closing.end() if closing else len(page)
        elif whole := text.TAG.match(page[start.start() : start.start() + LONGEST_TAG]):
            at = start.start() + whole.end()
            found.append(_Tag(whole[0]))
    return found


# -- what a feed is called ------------------------------------------------------------------------------------------


class _Enough(Exception):
    """The first item begins: what a feed says of itself has been said."""


class _Head:
    """The beginning of an XML feed, read as far as its first item or its first mistake."""

    def __init__(self, body: bytes) -> None:
        self.path: list[str] = []
        self.kind = self.lang = ""
        self.title: list[str] = []
        self.spoken: list[str] = []
        self.titled = False
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.characters
        try:
            parser.Parse(body[:HEAD], False)
        except (expat.ExpatError, _Enough):
            return  # what was said until here holds

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        if local in ("item", "entry"):
            raise _Enough
        if not self.path:
            version = attributes.get("version", "")
            kinds = {"rss": f"RSS {version}".strip(), "feed": "Atom", "rdf": "RSS 1.0"}
            self.kind, self.lang = kinds.get(local, "feed"), attributes.get("xml:lang", "")
        self.path.append(local if name.partition(":")[0] in (name, "atom", "rdf", "RDF") else name)

    def end(self, _name: str) -> None:
        if self.path in TITLES:
            self.titled = True
        self.path.pop()

    def characters(self, said: str) -> None:
        if not self.titled and self.path in TITLES:
            self.title.append(said)
        elif self.path == ["rss", "channel", "language"]:
            self.spoken.append(said)


class _JsonHead(msgspec.Struct):
    title: str = ""
    language: str = ""


def about(body: bytes, content_type: str) -> About:
    """What a document that is a feed says of itself."""
    document = prefilter(body, content_type)
    if isinstance(document, Trouble):
        return About()
    if document.body[:1] == b"{":
        try:
            said = msgspec.json.decode(document.body, type=_JsonHead)
        except (msgspec.DecodeError, RecursionError):
            return About("JSON Feed")
        return About("JSON Feed", plain_title(said.title), language(said.language))
    head = _Head(document.body)
    return About(head.kind or "feed", plain_title("".join(head.title)), language("".join(head.spoken) or head.lang))


def plain_title(raw: str) -> str:
    """A title as config.toml may hold it: one plain line, at most 100 characters."""
    raw = raw[: text.FIELD_LIMIT]
    return text.tidy(text.from_html(raw) if text.looks_marked_up(raw) else raw, LONGEST_TITLE)


def language(raw: str) -> str:
    """A language code, small; empty if it is none."""
    code = raw[:LONGEST_GROUP].strip().lower().replace("_", "-")
    return code if LANGUAGE.fullmatch(code) else ""


# -- names -----------------------------------------------------------------------------------------------------------


def short_name(title: str, url: str, taken: Collection[str]) -> str:
    """An id for a feed, of its title, or of its host where the title is in another script or says nothing."""
    name = _slug(title)
    if name in SAYS_NOTHING or len(name) < 2 or len(name) * 2 < sum(map(str.isalnum, title[:LONGEST_ID])):
        name = _of_host(urlsplit(url).hostname or "")
    if name not in taken:
        return name
    last, number = 1, 2
    while f"{name}-{number}" in taken:
        last, number = number, number * 2
    while number - last > 1:  # ten thousand feeds of one title are named in a moment
        middle = (last + number) // 2
        last, number = (middle, number) if f"{name}-{middle}" in taken else (last, middle)
    return f"{name}-{number}"


def _of_host(host: str) -> str:
    labels = host.split(".")
    if ":" not in host and not labels[-1].isdigit():
        labels = labels[:-1] or labels
        labels = labels[:-1] if len(labels) > 1 and labels[-1] in SUFFIXES else labels
        labels = labels[-1:]
    return _slug("-".join(labels)) or "feed"


def _slug(words: str) -> str:
    """Small ASCII letters, digits and hyphens, cut at a hyphen."""
    ascii_only = unicodedata.normalize("NFKD", words[: LONGEST_ID * 8]).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only.replace("'", "")).strip("-")
    return slug if len(slug) <= LONGEST_ID else slug[: LONGEST_ID + 1].rpartition("-")[0] or slug[:LONGEST_ID]


def group_word(title: str) -> str:
    """A folder's title as one word that rules can name: letters of any script, digits, hyphens."""
    words = re.findall(r"\w+", title.casefold().replace("_", " "))
    return "-".join(words)[:LONGEST_GROUP].strip("-")
