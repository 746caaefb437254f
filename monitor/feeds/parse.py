"""A parser's reading of a feed made into items: plain texts, safe links, honest dates, lasting ids. Pure.

The parser's reading is a mapping such as feedparser's (json_feed.py makes the same of a JSON Feed). Nothing in it is
trusted, not even that a text is a text: a feed may name an element so that it lands where the parser keeps its own.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain, repeat
from typing import Any, NamedTuple

from monitor.feeds import cut, text
from monitor.feeds.dates import read_date
from monitor.feeds.entry import authors, link, mapping, mappings
from monitor.feeds.entry import text as plain
from monitor.feeds.error_items import why
from monitor.feeds.heard import Heard
from monitor.feeds.identity import Traits, item_id, keys
from monitor.feeds.links import web_link
from monitor.model import FeedId, Item, ItemId

LONGEST_TITLE = 300  # characters, as are these
LONGEST_SUMMARY = 2000
LONGEST_NAME = 200  # an author's
LONGEST_TAG = 100
LONGEST_STAND_IN = 100  # for a title that is not there
LONGEST_GUID = 512  # at most 2 KB in UTF-8; the id is made of the whole
OPENING = 1024
MOST_TAGS = 20
MOST_ENTRIES = 2000
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}")
DATES = ("published", "updated", "created")  # the first that can be read


def parse(
    document: Mapping[str, Any], *, feed: FeedId, base: str, lang: str = "", hashes: Sequence[bytes] = ()
) -> Heard:
    """The items of a document.

    Args:
        document: ``version``, ``feed`` and ``entries``, as feedparser gives them.
        feed: whose document it is; part of every item's id.
        base: where the document came from, without a query; relative links begin there.
        lang: what it is written in, where it does not say so itself.
        hashes: of the entries, for their records; where there are fewer than entries, the others are not known.

    Returns:
        The items in document order, the first of each id. An entry without title, text, link and guid is no item.
    """
    return _Reader(document, feed, base, lang).read(hashes)


class _Draft(NamedTuple):
    """An entry that is an item, before its id is known."""

    traits: Traits
    summary: str
    entry: Mapping[str, Any]


class _Reader:
    """One reading of one document; it collects notes on the way."""

    def __init__(self, document: Mapping[str, Any], feed: FeedId, base: str, lang: str) -> None:
        self.feed, self.lang = feed, lang
        self.version = plain(document.get("version"))
        self.head: Mapping[str, Any] = mapping(document.get("feed"))
        self.entries = [entry for entry in document.get("entries", ()) if isinstance(entry, Mapping)]
        # Atom says that a relative link begins at the document; RSS says nothing, and people mean the site.
        site = "" if self.version.startswith("atom") else web_link(plain(self.head.get("link")), base)
        self.base = site or base
        self.notes: dict[str, None] = {}  # a set that keeps its order
        self.unreadable: list[ItemId] = []  # whose date stands there and says nothing

    def read(self, hashes: Sequence[bytes]) -> Heard:
        if len(self.entries) > MOST_ENTRIES:
            self.note(f"only the first {MOST_ENTRIES} of {len(self.entries)} items were read")
        drafts = [self.draft(entry) for entry in self.entries[:MOST_ENTRIES]]
        chosen = iter(keys([draft.traits for draft in drafts if draft]))
        items: dict[ItemId, Item] = {}
        errors: dict[ItemId, Item] = {}
        records: list[cut.Entry] = []
        for draft, hashed in zip(drafts, chain(hashes, repeat(cut.NO_HASH)), strict=False):
            if draft is None:
                records.append(cut.Entry(hashed, "", cut.NO_HASH))
                continue
            identity = item_id(self.feed, next(chosen))
            if identity not in items and identity not in errors:
                item = self.item(draft, identity)
                (errors if why(item) else items)[identity] = item
            clash = cut.clash(draft.traits.guid, draft.traits.link)
            # An error is read at every poll: as long as there is nothing else, the feed is down.
            records.append(
                cut.Entry(hashed, identity, clash) if identity in items else cut.Entry(cut.NO_HASH, "", clash)
            )
        return Heard(
            items=tuple(items.values()),
            entries=cut.pack(records),
            quarantined=tuple(errors.values()),
            unreadable=tuple(identity for identity in self.unreadable if identity in items),
            notes=tuple(self.notes),
        )

    def draft(self, entry: Mapping[str, Any]) -> _Draft | None:
        title = self.words(entry.get("title"), mapping(entry.get("title_detail")), LONGEST_TITLE)
        summary = self.summary(entry)
        guid, place = _key(entry.get("id")), _key(link(entry))
        if not (title or summary or guid or place):
            return None
        return _Draft(Traits(guid, place, title, summary[:OPENING]), summary, entry)

    def item(self, draft: _Draft, identity: ItemId) -> Item:
        traits, summary, entry = draft
        published = self.published(entry)
        if published is None and any(plain(entry.get(name)).strip() for name in DATES if name in entry):
            self.unreadable.append(identity)
        return Item(
            id=identity,
            feed=self.feed,
            guid=text.tidy(traits.guid[: text.FIELD_LIMIT], LONGEST_GUID),
            url=web_link(traits.link, self.base),
            title=traits.title or text.shorten(summary, LONGEST_STAND_IN),
            summary=summary,
            published=published,
            lang=self.language(entry),
            author=self.author(entry),
            tags=tuple(self.tags(entry)),
        )

    def summary(self, entry: Mapping[str, Any]) -> str:
        """The first of summary, contents, a film's description and subtitle that has any text."""
        told = [(entry.get("summary"), mapping(entry.get("summary_detail")))]
        told += [(content.get("value"), content) for content in mappings(entry.get("content"))]
        told += [(entry.get("media_caption"), {}), (entry.get("subtitle"), mapping(entry.get("subtitle_detail")))]
        words = (self.words(value, detail, LONGEST_SUMMARY) for value, detail in told)
        return next((found for found in words if found), "")

    def author(self, entry: Mapping[str, Any]) -> str:
        """The authors; those of the whole feed where the format says that they are meant."""
        names = authors(entry) or (authors(self.head) if self.version.startswith(("atom", "json")) else [])
        shown = dict.fromkeys(self.words(name, {}, LONGEST_NAME) for name in names)
        return text.shorten(", ".join(name for name in shown if name), LONGEST_NAME)

    def words(self, value: Any, detail: Mapping[str, Any], limit: int) -> str:
        """A value as plain text; what is plain already is left as it is, tags and all."""
        raw = plain(value)[: text.FIELD_LIMIT]
        kind = plain(detail.get("type"))
        literal = kind == "text/plain" and (self.version.startswith(("atom", "json")) or not text.looks_marked_up(raw))
        shown = raw if literal else text.from_html(raw, needed=limit + text.LONGEST_TAIL)
        if text.TRICK.search(shown):
            self.note("characters that hide or turn text around were taken out")
        return text.tidy(shown, limit)

    def published(self, entry: Mapping[str, Any]) -> datetime | None:
        for name in DATES:
            reading = read_date(plain(entry.get(name))) if name in entry else None
            if reading:
                if reading.unknown_zone:
                    self.note(f"the time zone {reading.unknown_zone} is unknown; it is read as UTC")
                return reading.instant
        return None

    def language(self, entry: Mapping[str, Any]) -> str:
        details = (mapping(entry.get(f"{name}_detail")).get("language") for name in ("title", "summary"))
        said = (entry.get("language"), *details, self.head.get("language"), self.lang)
        tags = (plain(tag).strip().lower().replace("_", "-") for tag in said)
        return next((tag for tag in tags if LANGUAGE.fullmatch(tag)), "")

    def tags(self, entry: Mapping[str, Any]) -> Iterable[str]:
        tags = entry.get("tags")
        found: dict[str, None] = {}
        for tag in tags if isinstance(tags, list) else ():
            label = self.words(mapping(tag).get("label") or mapping(tag).get("term"), {}, LONGEST_TAG)
            if label:
                found[label] = None
            if len(found) == MOST_TAGS:
                break
        return found

    def note(self, note: str) -> None:
        self.notes[note] = None


def _key(value: Any) -> str:
    """A guid or link as a key: as the feed has it, but for the blanks around it and for what cannot be written."""
    return plain(value).strip().encode("utf-8", "replace").decode()
