"""Subscribing: what may stand in config.toml and what leaves it; lists of feeds, taken and given."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct, structs

from monitor.canonical import canonical
from monitor.config import Config
from monitor.feeds import discover, opml
from monitor.feeds.opml import Listed
from monitor.model import FeedId, RuleId
from monitor.service import edit, places
from monitor.service.edit import Row
from monitor.tables import FeedTable
from monitor.values import VARIABLE

LONGEST_LIST = opml.LARGEST  # bytes
VALUE = re.compile(r'"([^"]*)"|([^\s()"]+)')  # of a source in a query


class Taken(Struct, frozen=True, kw_only=True):
    """What of a list may be subscribed to."""

    rows: tuple[Row, ...]
    known: int  # subscribed to already
    twice: int  # in the list more than once
    refused: tuple[tuple[Listed, str], ...]


def subscribed_as(feeds: Iterable[FeedTable], url: str) -> FeedId:
    """The feed that has this address, or one that leads to the same place; empty if none has."""
    return next((feed.id for feed in feeds if place(feed.url) == place(url)), "")


def place(url: str) -> str:
    """What addresses that lead to the same place share."""
    return canonical(url) or url.partition("://")[2].removeprefix("www.").rstrip("/").casefold() or url


def shown(url: str) -> str:
    """The address without user and password."""
    scheme, mark, rest = url.partition("://")
    place, slash, path = rest.partition("/")
    return f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path}"


def row(name: str, url: str, title: str, group: str, lang: str, tier: int = 2, interval: str = "") -> Row:
    """A feed's table, as it is written."""
    said: dict[str, str | int] = {"id": name, "url": url, "title": title, "group": group, "tier": tier}
    said |= {"lang": lang, "interval": interval}
    return {key: value for key, value in said.items() if value}


def add(path: Path, new: Sequence[Row], *, dry: bool = False) -> Config:
    """Write feeds into config.toml; with ``dry``, only see that they could be.

    Raises:
        MonitorError: they cannot be; the file is as it was.
    """
    return edit.rewrite(path, lambda text: edit.added(text, new, str(path)), dry=dry).config


# -- goodbye -----------------------------------------------------------------------------------------------------------


def remove(path: Path, ids: Sequence[FeedId], *, dry: bool = False) -> Config:
    """Take feeds out of config.toml; what they told stays in the log.

    Raises:
        NotFound: there is no such feed.
        MonitorError: the file cannot be changed; it is as it was.
    """
    return edit.rewrite(path, lambda text: edit.removed(text, ids, str(path)), dry=dry).config


def missed(path: Path, ids: Sequence[FeedId]) -> tuple[tuple[RuleId, str], ...]:
    """The rules that ask for these feeds, or for a group that ends with them, and what they ask for."""
    here = edit.read(path)
    left = {feed.group.casefold() for feed in here.feeds if feed.id not in ids}
    gone = {f"feed:{name}" for name in ids}
    gone |= {f"group:{feed.group}" for feed in here.feeds if feed.id in ids and feed.group.casefold() not in left}
    return tuple(
        (rule.id, asked)
        for rule in places.read_rules(path, here.config).rules
        for asked in sorted(gone - {"group:"})
        if _asks(f"{rule.query}\n{rule.exclude}", asked)
    )


def _asks(query: str, asked: str) -> bool:
    """Whether a query names a source: ``feed:bbc``, or among others in ``feed:(bbc OR dw)``."""
    field, _, value = asked.casefold().partition(":")
    named = re.findall(rf'\b{field}:(\([^)]*\)|"[^"]*"|[^\s()]+)', query.casefold())
    return any(value == (phrase or word) for one in named for phrase, word in VALUE.findall(one))


# -- lists -------------------------------------------------------------------------------------------------------------


def take(path: Path, body: bytes, where: str, *, secrets: bool) -> Taken:
    """What of a list in OPML may be subscribed to; nothing is asked of any server.

    Args:
        path: config.toml.
        body: the list.
        where: what complaints call it.
        secrets: whether its addresses may name secrets. A stranger's list could have one sent to a stranger.

    Raises:
        NotOpml: the list cannot be read.
    """
    here = edit.read(path)
    ids = {feed.id for feed in here.feeds}
    known, listed = {place(feed.url) for feed in here.feeds}, set[str]()
    new: list[Row] = []
    refused: list[tuple[Listed, str]] = []
    count: Counter[str] = Counter()
    for feed in opml.read(body, where):
        there = place(feed.url)
        if why := _unfit(feed, here.config, secrets=secrets):
            refused.append((feed, why))
        elif there in known or there in listed:
            count["known" if there in known else "twice"] += 1
        else:
            listed.add(there)
            name = discover.short_name(feed.title, feed.url, ids)
            ids.add(name)
            new.append(row(name, feed.url, feed.title, feed.group, feed.lang))
    return Taken(rows=tuple(new), known=count["known"], twice=count["twice"], refused=tuple(refused))


def _unfit(feed: Listed, config: Config, *, secrets: bool) -> str:
    """Why a feed of a list is not taken; empty if it is."""
    if "${" not in feed.url:
        return discover.refusal(feed.url, config.allow_hosts)
    if not secrets:
        return "the address asks for a secret; --secrets if the list is your own"
    if not all(VARIABLE.findall(feed.url)) or "${" in VARIABLE.sub("", feed.url):
        return "${...} names no secret"
    whole = VARIABLE.fullmatch(feed.url)
    return "" if whole else discover.refusal(VARIABLE.sub("x.example", shown(feed.url)), config.allow_hosts)


def listing(path: Path) -> tuple[tuple[FeedTable, ...], tuple[FeedId, ...]]:
    """The feeds as they may be given away, and which of them lost a password. ``${NAME}`` stays a name."""
    feeds = edit.read(path).feeds
    bare = tuple(feed if _nameless(feed.url) else structs.replace(feed, url=shown(feed.url)) for feed in feeds)
    return bare, tuple(one.id for one, feed in zip(bare, feeds, strict=True) if one is not feed)


def _nameless(url: str) -> bool:
    """Whether no user and no password stand in an address, other than as ``${NAME}``."""
    return not VARIABLE.sub("", url.partition("://")[2].split("/")[0].rpartition("@")[0]).strip(":")


def as_opml(feeds: Iterable[FeedTable]) -> str:
    """The feeds as a list that other readers take."""
    listed = (Listed(url=feed.url, title=feed.title, group=feed.group, lang=feed.lang) for feed in feeds)
    return opml.write(listed, "News monitor")
