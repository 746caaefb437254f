"""An item met again under another guid, and another item under a guid that was used before. Pure.

Some feeds change their guids: a new site, a tracking code, a guid made anew at each poll. An item whose id is unknown
but whose feed showed an item of the same link and title within the last two weeks is that item and takes its id. If it
says itself that it is older than that, there is no such limit: a feed that replays its archive under new guids tells
nothing new. Links are compared as the language does it (case of the host, tracking, scheme and fragment do not count);
without a link there is no telling. Where the document shows the known item too, under its own guid, both are what they
say they are.

Some feeds use a guid twice ("top-story"). A known id with another link and a title that shares less than half of its
words is another item. Its id is made of the guid's and its link, so that it is the same at the next poll.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from monitor.canonical import canonical
from monitor.feeds import cut
from monitor.feeds.heard import Heard
from monitor.feeds.identity import item_id
from monitor.model import Item, ItemId, KnownItem

RECENT = timedelta(days=14)  # for so long a link and a title stand for a guid
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
WORD = re.compile(r"\w+")


def second_id(item: Item) -> ItemId:
    """The id of an item whose guid was used before."""
    return item_id(item.feed, ("again", item.id, canonical(item.url) or item.url))


def ids(items: Iterable[Item]) -> list[ItemId]:
    """The ids by which these items may be known."""
    return [identity for item in items for identity in (item.id, second_id(item))]


def strangers(items: Sequence[Item], known: Mapping[ItemId, KnownItem], now: datetime) -> list[tuple[Item, datetime]]:
    """The items that may be known by their link and title, each with the instant since which to look."""
    horizon = now - RECENT
    return [
        (item, ALWAYS if item.published is not None and item.published < horizon else horizon)
        for item in items
        if item.id not in known and canonical(item.url)
    ]


def settled(heard: Heard, known: Mapping[ItemId, KnownItem], alike: Mapping[ItemId, KnownItem]) -> Heard:
    """What was heard, each item under the id that it is remembered by.

    Args:
        heard: a document as it was read.
        known: what is remembered of its items' ``ids``.
        alike: for ``strangers``, by their ids, what was found under their link and title.
    """
    shown = set(cut.items_of(heard.entries)) | {item.id for item in heard.items}
    names: dict[ItemId, ItemId] = {}
    for item in heard.items:
        earlier, twin = known.get(item.id), alike.get(item.id)
        if earlier is not None and _another(item, earlier):
            names[item.id] = second_id(item)
        elif earlier is None and twin is not None and twin.id not in shown:
            names[item.id] = twin.id
    if not names:
        return heard
    items: dict[ItemId, Item] = {}
    for item in heard.items:
        name = names.get(item.id, item.id)
        items.setdefault(name, replace(item, id=name))
    entries = (entry._replace(item=names.get(entry.item, entry.item)) for entry in cut.unpack(heard.entries))
    return replace(
        heard,
        items=tuple(items.values()),
        entries=cut.pack(entries),
        unreadable=tuple(names.get(name, name) for name in heard.unreadable),
    )


def _another(item: Item, earlier: KnownItem) -> bool:
    """Whether an item is another than the one that is known by its id."""
    here, there = canonical(item.url) or item.url, canonical(earlier.url) or earlier.url
    if not here or not there or here == there:
        return False
    new, old = ({word.casefold() for word in WORD.findall(title)} for title in (item.title, earlier.title))
    return 2 * len(new & old) < max(len(new), len(old))
