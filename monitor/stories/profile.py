"""Profiles: what is kept of an item while other items may turn out to tell of the same event. Pure."""

import re
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import blake2b

from monitor.canonical import canonical
from monitor.model import Item, ItemId
from monitor.stories.terms import common, terms, words

TITLE_WORDS = 40
SUMMARY_WORDS = (
    20  # its first sentence; measured, what follows tells of more than the event, and joins more look-alikes
)
OPENING_WORDS = 12  # of a summary: a fingerprint's part of it
LEAST_WORDS = 8  # of a fingerprint; "Live updates" of two days are two stories
STOP = 0.1  # a term that a greater share of news holds says nothing of an event
# What search sites and some wires set behind a headline: " - Halden Courier". It says who, not what.
TAIL = re.compile(r"\s[-–—|]\s+(?P<outlet>[^-–—|]{2,40})$")
AGGREGATORS = frozenset({"news.google.com"})  # every headline there ends with the outlet's name


class Profile:
    """An item as it is compared: its terms, who showed it and when; slots, for a window holds a hundred thousand."""

    __slots__ = (
        "alone",
        "crowded",
        "feed",
        "item",
        "keys",
        "mass",
        "outlet",
        "rest",
        "seen",
        "squared",
        "story",
        "title",
        "when",
    )

    item: ItemId
    story: ItemId  # the id of the story's first item
    seen: float  # seconds since 1970
    when: float  # it was published, as far as that can be believed
    feed: str
    outlet: str
    keys: tuple[int, int]  # hashes of the page and of title and opening; 0 for none
    title: tuple[str, ...]  # its terms, each once
    rest: tuple[str, ...]  # of the summary, those that the title has not
    mass: float  # the weight of the title's terms, when the item came
    squared: float  # the sum of the squares of all its terms' weights, then
    alone: bool  # set apart by hand
    crowded: bool  # its feed shows several items at its link

    def __init__(self, item: Item, seen: datetime) -> None:
        host = _host(item.url)
        title, summary, tail = _headline(item, host)
        head, opening = list(words(title, TITLE_WORDS)), list(words(summary, SUMMARY_WORDS))
        self.item = self.story = item.id
        self.seen = seen.timestamp()
        self.when = min(item.published or seen, seen).timestamp()
        self.feed = item.feed
        self.outlet = sys.intern(tail or host or item.feed)  # one text for all of its items
        self.keys = _hash(canonical(item.url)), _hash(_opening(head, opening))
        self.title = tuple(dict.fromkeys(_terms(head)))
        rest = dict.fromkeys(_terms(opening))
        self.rest = tuple(term for term in rest if term not in self.title)
        self.mass = self.squared = 0.0
        self.alone = self.crowded = False


def written(item: Item, term: str) -> str:
    """The first word of an item that a term stands for, as it is written there."""
    found = (word for text in (item.title, item.summary) for word in words(text, 200) if term in terms(word))
    return next(found, term)


def _host(url: str) -> str:
    return canonical(url).partition("/")[0].partition("?")[0]


def _headline(item: Item, host: str) -> tuple[str, str, str]:
    """The title and the summary without the outlet's name behind them, and that name."""
    found = TAIL.search(item.title)
    if not found:
        return item.title, item.summary, ""
    tail = found["outlet"].strip()
    plain = re.sub(r"[\W_]", "", tail).casefold()
    theirs = re.sub(r"[\W_]", "", host + " " + item.feed).casefold()
    if not (item.summary.endswith(tail) or host in AGGREGATORS or (plain and plain in theirs)):
        return item.title, item.summary, ""
    return item.title[: found.start()], item.summary.removesuffix(tail), tail.casefold()


def _terms(told: Iterable[str]) -> Iterator[str]:
    shares = common()
    return (sys.intern(term) for word in told for term in terms(word) if shares.get(term, 0.0) < STOP)


def _opening(head: list[str], opening: list[str]) -> str:
    said = [word.casefold() for word in (*head, "", *opening[:OPENING_WORDS])]
    return " ".join(said) if len(said) > LEAST_WORDS else ""


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=7).digest()) if key else 0
