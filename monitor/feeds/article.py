"""The articles behind items: which are worth asking for, how long to keep trying, and what was read. Pure.

An article is asked for once an item: while the item is new, and, where config.toml says "match", when a rule has caught
it. What the network or a busy server spoils is tried again a few times; any other trouble is final, and recorded, so
that nobody asks for ever.
"""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from monitor.events import Event, ItemMatched, ItemTextRead
from monitor.feeds.encoding import to_utf8
from monitor.feeds.heard import Prose, Reply
from monitor.feeds.prefilter import ENTITY_ZONE, HTML_START, SIGNATURES, describe
from monitor.model import Feed, Hit, ItemId, RuleId, Trouble

ASKED_FOR = "text/html, application/xhtml+xml, */*;q=0.1"
FRESH = timedelta(hours=24)  # since an item was seen; later its article is news to nobody
WAITS = (timedelta(minutes=2), timedelta(minutes=15), timedelta(hours=1))  # between tries
PASSING = frozenset(
    {"dns", "connect", "timeout", "truncated", "protocol", "parser", "http_408", "http_425", "http_429"}
)
# Characters of a text that are kept: some 2,600 English words, where a report has about a thousand. The text stays in
# the log for ever and every backtest reads it, so what is longer loses its end; rules would read four times as much.
LONGEST_TEXT = 16 * 2**10
LARGEST_PAGE = 4 * 2**20  # bytes; a tree of more does not fit into the parser's memory, and no report is as long

HTML = re.compile(r"\s*(?:text/html|application/xhtml\+xml)\s*(?:;|$)", re.IGNORECASE)
META = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
META_ZONE = 4 * 2**10  # bytes; browsers look at the first 1,024


def wanted(feed: Feed, caught: bool) -> bool:
    """Whether the article behind a new item of the feed is to be read."""
    return feed.full_text == "always" or (feed.full_text == "match" and caught)


def again(trouble: Trouble, tries: int, asked: timedelta | None) -> timedelta | None:
    """How long to wait before another try; None if there is to be none.

    Args:
        trouble: what went wrong.
        tries: how many there were.
        asked: the server's own wish.
    """
    if tries > len(WAITS) or not (trouble.code in PASSING or trouble.code.startswith("http_5")):
        return None
    return max(WAITS[tries - 1], asked or timedelta(0))


def no_page(reply: Reply) -> Trouble | None:
    """What is wrong with a reply in which an article was looked for; None if it is a page."""
    if reply.trouble is not None:
        return reply.trouble
    if not reply.body.strip():
        return Trouble(code="empty", text="the page is empty")
    if len(reply.body) > LARGEST_PAGE:
        return Trouble(code="size", text=f"the page is longer than {LARGEST_PAGE // 2**20} MiB")
    for signature, name in SIGNATURES:
        if reply.body.startswith(signature):
            return Trouble(code="not_html", text=f"this is {name}")
    if HTML.match(reply.content_type) or HTML_START.match(reply.body[:ENTITY_ZONE]):
        return None
    return Trouble(code="not_html", text=f"this is {describe(reply.body)}")


def source(body: bytes, content_type: str) -> str | Trouble:
    """A page's source; its encoding is what the server says, or else what the page does, unless the bytes know better.

    Source: HTML standard, "determining the character encoding".
    """
    if "charset" not in content_type.lower() and (said := META.search(body[:META_ZONE])):
        content_type = f"text/html; charset={said[1].decode()}"
    read = to_utf8(body, content_type)
    return read if isinstance(read, Trouble) else read.body.decode("utf-8", "replace").removeprefix("\ufeff")


def decide(
    item: ItemId, revision: int, prose: Prose, hits: Iterable[Hit], before: Collection[RuleId], now: datetime
) -> tuple[Event, ...]:
    """What to record of an article that was read, or that was given up.

    Args:
        item, revision: what it belongs to.
        prose: what it says.
        hits: what the rules make of the item with its text.
        before: the rules that had caught this revision without it; they do not catch it twice.
        now: the instant of the events.
    """
    read = ItemTextRead(at=now, item=item, text=prose.text, trouble=prose.trouble)
    return (read, *(ItemMatched.of(item, revision, hit, now) for hit in hits if hit.rule not in before))
