"""Door: the questions about items that views.db answers."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from monitor.canonical import canonical
from monitor.errors import NotFound, UsageError, ViewsMissing
from monitor.model import FeedId, Item, ItemId, KnownItem, MatchedItem, RuleId
from monitor.views.project import iso
from monitor.views.sqlite_rows import item_of, known_item, matched

MOST_VARIABLES = 500  # in one statement


class Unread(NamedTuple):
    """A new item whose article nobody has asked for, and whether a rule caught it."""

    item: ItemId
    feed: FeedId
    url: str
    caught: bool


class Mark(NamedTuple):
    """How far the views were looked through: the number of the last item, the position of the last match."""

    item: int
    match: int


class ItemQuestions:
    """What can be asked of items; safe in one thread at a time."""

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._use(reader)

    def _use(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._reader.row_factory = sqlite3.Row

    def _rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        try:
            return self._reader.execute(sql, values).fetchall()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as wrong:
            raise ViewsMissing(
                f"views.db is damaged: {wrong}", hint="monitor views rebuild: the log has it all"
            ) from None

    def known(self, items: Iterable[ItemId]) -> dict[ItemId, KnownItem]:
        """Those of these items that were seen before."""
        wanted = list(items)
        found: dict[ItemId, KnownItem] = {}
        for start in range(0, len(wanted), MOST_VARIABLES):
            some = wanted[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            sql = f"select * from items where id in ({marks})"  # noqa: S608 - marks
            found |= {row["id"]: known_item(row) for row in self._rows(sql, some)}
        return found

    def lookalike(self, feed: FeedId, item: Item, since: datetime) -> KnownItem | None:
        """The newest item of the feed with this one's link and title, seen since then: the same under another guid."""
        sql = """
            select * from items where canonical = ? and feed = ? and title = ? and seen >= ?
            order by seen desc, rowid desc limit 1"""
        rows = self._rows(sql, (canonical(item.url), feed, item.title, iso(since)))
        return known_item(rows[0]) if rows else None

    def items(
        self,
        *,
        topic: RuleId = "",
        feed: FeedId = "",
        marked: str = "",
        since: datetime | None = None,
        limit: int = 50,
    ) -> list[MatchedItem]:
        """The newest items, newest first, with what caught them.

        With ``topic``, only those that a rule caught; with ``marked``, only those of which that is someone's last word.
        """
        sql = """
            select * from items where seen >= :since
                and (:feed = '' or feed = :feed)
                and (:topic = '' or id in (select item from matches where rule = :topic))
                and (:marked = '' or id in (select item from marks where mark = :marked))
            order by seen desc, rowid desc limit :limit"""
        values = {"since": iso(since) or "", "feed": feed, "topic": topic, "marked": marked, "limit": limit}
        rows = self._rows(sql, values)
        return self._with_hits(rows)

    def item(self, name: str) -> MatchedItem:
        """An item by its id, a unique prefix of one (4 digits or more), or its URL.

        Raises:
            NotFound: no item goes by that name, or several do.
        """
        sql = """
            select * from items where id = :name or url = :name
                or length(:name) >= 4 and substr(id, 1, length(:name)) = :name limit 3"""
        rows = self._rows(sql, {"name": name})
        exact = [row for row in rows if row["id"] == name] or rows
        if len(exact) == 1:
            return self._with_hits(exact)[0]
        if rows:
            raise NotFound(f"{name!r} means several items", hint="give more of the id, or the whole of it")
        raise NotFound(
            f"there is no item {name!r}", hint="an id or its beginning as `monitor items` shows it, or a URL"
        )

    def search(self, words: str, *, since: datetime | None = None, limit: int = 50) -> list[MatchedItem]:
        """The newest items that hold these words (FTS5 syntax: ``imf tranche``, ``"storm shadow"``, ``atac*``).

        Raises:
            UsageError: the words are not FTS5's syntax.
        """
        sql = """
            select items.* from items_fts join items on items.rowid = items_fts.rowid
            where items_fts match :words and seen >= :since order by seen desc, items.rowid desc limit :limit"""
        try:
            rows = self._rows(sql, {"words": words, "since": iso(since) or "", "limit": limit})
        except sqlite3.OperationalError as wrong:
            hint = 'words, "a phrase", pre*; put quotes around what holds a sign such as - or \''
            raise UsageError(f"{words!r} cannot be searched for: {wrong}", hint=hint) from None
        return self._with_hits(rows)

    def stretch(self, since: datetime) -> tuple[int, int]:
        """The numbers of the first and last item seen since then; (1, 0) if there is none."""
        row = self._rows("select min(rowid), max(rowid) from items where seen >= ?", (iso(since),))[0]
        return (row[0], row[1]) if row[0] is not None else (1, 0)

    def between(self, first: int, last: int, since: datetime) -> Iterator[tuple[Item, int]]:
        """The items of these numbers that were seen since then, oldest first, each with its revision."""
        sql = "select * from items where rowid between ? and ? and seen >= ? order by rowid"
        for row in self._reader.execute(sql, (first, last, iso(since))):
            yield item_of(row), row["revision"]

    def unread(self, since: datetime, behind: Mark | None = None) -> tuple[list[Unread], Mark]:
        """The items seen since then, baseline left out, whose article was not asked for.

        Args:
            since: items seen earlier do not count.
            behind: only what is new, or was caught, behind this mark of an earlier look: that costs as much as there
                is of it, and nothing if there is none.

        Returns:
            The items, and the mark of this look.
        """
        last = self._rows("select (select max(rowid) from items), (select max(position) from matches)")[0]
        mark = Mark(last[0] or 0, last[1] or 0)
        if behind is None or behind.item > mark.item:  # these are other views than those that were looked through
            behind = Mark(self.stretch(since)[0] - 1, mark.match)
        sql = """
            select id, feed, url, exists (select 1 from matches where item = items.id) as caught from items
            where rowid in (select rowid from items where rowid > :item union select i.rowid from matches m
                    join items i on i.id = m.item where m.position > :match)
                and seen >= :since and not baseline and url != '' and body is null
            order by rowid"""
        rows = self._rows(sql, {"item": behind.item, "match": behind.match, "since": iso(since)})
        return [Unread(row["id"], row["feed"], row["url"], bool(row["caught"])) for row in rows], mark

    def told_in(self, item: ItemId) -> list[str]:
        """The editions that told an item, oldest first."""
        sql = "select e.id from editions e, json_each(e.items) told where told.value = ? order by e.position"
        return [row["id"] for row in self._rows(sql, (item,))]

    def matched_rules(self, items: Iterable[ItemId]) -> set[tuple[ItemId, int, RuleId]]:
        """Which rules have caught which of these items, at which revision."""
        wanted, found = list(items), set[tuple[ItemId, int, RuleId]]()
        for start in range(0, len(wanted), MOST_VARIABLES):
            some = wanted[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            sql = f"select item, revision, rule from matches where item in ({marks})"  # noqa: S608 - marks
            found |= {(row["item"], row["revision"], row["rule"]) for row in self._rows(sql, some)}
        return found

    def some_items(self, ids: Sequence[ItemId]) -> list[MatchedItem]:
        """These items with what caught them, newest first; those that are not known are left out."""
        rows = sorted(self._items(ids), key=lambda row: (row["seen"], row["id"]), reverse=True)
        return self._with_hits(rows)

    def _with_hits(self, rows: Sequence[sqlite3.Row]) -> list[MatchedItem]:
        hits: dict[ItemId, list[sqlite3.Row]] = {}
        ids = [row["id"] for row in rows]
        for start in range(0, len(ids), MOST_VARIABLES):
            some = ids[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            for hit in self._rows(f"select * from matches where item in ({marks}) order by position", some):  # noqa: S608
                hits.setdefault(hit["item"], []).append(hit)
        return [matched(row, hits.get(row["id"], [])) for row in rows]

    def _items(self, ids: Sequence[ItemId]) -> list[sqlite3.Row]:
        found: list[sqlite3.Row] = []
        for start in range(0, len(ids), MOST_VARIABLES):
            some = ids[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            found += self._rows(f"select * from items where id in ({marks})", some)  # noqa: S608 - marks
        return found
