"""What makes an item that item, from one poll to the next. Pure.

The chain: its guid; guid and link, if other items of the document bear that guid; its link, if it has no guid; title
and opening, if it has neither. Where a key still fits two different items, the title tells them apart.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from monitor.model import FeedId, ItemId


class Traits(NamedTuple):
    """What an entry can be known by; texts are clean, the guid and the link as the feed has them."""

    guid: str
    link: str
    title: str
    opening: str  # the first 1 KB of its text


def keys(entries: Sequence[Traits]) -> list[tuple[str, ...]]:
    """A key for each entry of one document, in order; entries with equal keys are one item.

    The key does not depend on the order of the entries: a new item on top renames no other.
    """
    by_guid: dict[str, set[str]] = {}
    by_place: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        by_guid.setdefault(entry.guid, set()).add(entry.link)
        by_place.setdefault((entry.guid, entry.link), set()).add(entry.title)
    chosen: list[tuple[str, ...]] = []
    for entry in entries:
        if not entry.guid and not entry.link:
            chosen.append(("text", entry.title, entry.opening))
            continue
        key: tuple[str, ...] = ("guid", entry.guid) if entry.guid else ("link", entry.link)
        if entry.guid and len(by_guid[entry.guid]) > 1:
            key = (*key, entry.link)
        if len(by_place[entry.guid, entry.link]) > 1:
            key = (*key, "title", entry.title)
        chosen.append(key)
    return chosen


def item_id(feed: FeedId, key: tuple[str, ...]) -> ItemId:
    """32 hex digits: BLAKE2b-128 of the feed's id and the whole key, however long that is."""
    return blake2b(msgspec.json.encode([feed, *key]), digest_size=16).hexdigest()
