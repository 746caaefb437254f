"""Which items are one story: the same link, or the same headline from several outlets. Pure."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, urlsplit, urlunsplit

from monitor.canonical import canonical, without_tracking
from monitor.digests.tidy import BELL, is_hidden, is_simple
from monitor.model import FeedId, MatchedItem

LEAST_WORDS = 4  # of a headline that can tell one story from another; "Live updates" cannot
HARMLESS = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # ASCII that stands in a link as it is
LEAST_LETTERS = 10  # of one in a script that writes no spaces


def shown_url(url: str) -> str:
    """The link as it may be shown and followed; empty if it is none for a browser.

    Only http and https; no user:password in front of the host, the host in its ASCII form (look-alike letters show as
    ``xn--``), no tracking parameters, nothing in it that a terminal or a chat service would act on.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._:%-]+", host):
        return ""
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return _harmless(urlunsplit((parts.scheme, place, parts.path, without_tracking(parts.query), parts.fragment)))


def headline_key(title: str) -> str:
    """The words of a headline without case, marks and punctuation; empty if they are too few to tell."""
    words = bare(title)
    enough = len(words) >= LEAST_WORDS or (words and min(map(ord, words[0])) > 0x2E80 and len(words[0]) > LEAST_LETTERS)
    return " ".join(words) if enough else ""


def bare(text: str) -> list[str]:
    """The words of a text and nothing else, in one case and one spelling of each letter."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not is_simple(plain):
        plain = "".join(char for char in plain if not is_hidden(char))
    return re.findall(r"\w+", plain)


def folded(waiting: Iterable[MatchedItem]) -> tuple[tuple[MatchedItem, ...], ...]:
    """The items in groups of one story, in the order of each group's first item."""
    items = list(waiting)
    outlets: defaultdict[str, set[FeedId]] = defaultdict(set)
    for matched in items:
        outlets[headline_key(matched.item.title)].add(matched.item.feed)
    shared = {key for key, feeds in outlets.items() if key and len(feeds) > 1}
    leader = list(range(len(items)))  # of each item's group: the first item that shares a key with it
    first: dict[tuple[str, str], int] = {}
    for number, matched in enumerate(items):
        for key in _keys(matched, shared):
            _join(leader, first.setdefault(key, number), number)
    groups: defaultdict[int, list[MatchedItem]] = defaultdict(list)
    for number, matched in enumerate(items):
        groups[_leader(leader, number)].append(matched)
    return tuple(tuple(group) for group in groups.values())


def _keys(matched: MatchedItem, shared: set[str]) -> Iterator[tuple[str, str]]:
    yield "id", matched.item.id
    yield "story", matched.story or matched.item.id
    if page := canonical(shown_url(matched.item.url)):
        yield "page", page
    if (headline := headline_key(matched.item.title)) in shared:
        yield "headline", headline


def _leader(leader: Sequence[int], number: int) -> int:
    while leader[number] != number:
        number = leader[number]
    return number


def _join(leader: list[int], one: int, other: int) -> None:
    one, other = sorted((_leader(leader, one), _leader(leader, other)))
    leader[other] = one


def _harmless(url: str) -> str:
    """Percent-encode what is not to be seen in a link: blanks, brackets, hidden characters, ``@everyone``."""
    plain = (
        url
        if HARMLESS.fullmatch(url)
        else "".join(
            char
            if char.isprintable() and char not in ' <>"`\\^{|}' and not is_hidden(char)
            else quote(char, safe="", errors="replace")
            for char in url
        )
    )
    return BELL.sub(lambda found: quote(found[0], safe=""), plain)
