"""Door: the questions about people's wishes that views.db answers: silences and marks."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from monitor.errors import NotFound
from monitor.model import ItemId, MatchedItem, Silence, Told, Withheld
from monitor.views.project import iso, packed
from monitor.views.sqlite_items import ItemQuestions
from monitor.views.sqlite_rows import told_of, when


class WishQuestions(ItemQuestions):
    """What can be asked of wishes; safe in one thread at a time."""

    def silences(self, now: datetime | None = None) -> tuple[Silence, ...]:
        """The silences that count at an instant, the oldest first; without one, all that ever were.

        That of a story is of the story as it stands: what it was named by may have become part of another.
        """
        sql = """
            select s.*, (select story from items where scope = 'story' and id = target) as now_of
            from silences s where since is not null and (:now is null
                or since <= :now and until > :now and (lifted is null or lifted > :now))
            order by since, id"""
        rows = self._rows(sql, {"now": iso(now)})
        return tuple(replace(_silence(row), target=row["now_of"] or row["target"]) for row in rows)

    def silence(self, name: str) -> Silence:
        """A silence by its id or a unique beginning of one.

        Raises:
            NotFound: none, or several.
        """
        sql = "select * from silences where since is not null and substr(id, 1, length(:name)) = :name limit 3"
        rows = self._rows(sql, {"name": name}) if name else []
        exact = [row for row in rows if row["id"] == name] or rows
        if len(exact) == 1:
            return _silence(exact[0])
        if rows:
            raise NotFound(f"{name!r} means several silences", hint="give more of the id, or the whole of it")
        raise NotFound(f"there is no silence {name!r}", hint="monitor silence list shows them")

    def caught(self, since: datetime) -> list[MatchedItem]:
        """What was caught since then, newest first."""
        rows = self._rows("select distinct item from matches where at >= ?", (iso(since),))
        return self.some_items([row["item"] for row in rows])

    def marks(self, items: Iterable[ItemId] | None = None) -> dict[ItemId, dict[str, str]]:
        """What people said last of these items, or of all: for each item who said which."""
        sql = "select * from marks where :items is null or item in (select value from json_each(:items)) order by who"
        found: dict[ItemId, dict[str, str]] = {}
        for row in self._rows(sql, {"items": None if items is None else packed(list(items))}):
            found.setdefault(row["item"], {})[row["who"]] = row["mark"]
        return found

    def accounted(self, item: ItemId) -> list[tuple[Told, Withheld | None]]:
        """The editions that accounted for an item, oldest first, and why each withheld it, if it did."""
        rows = self._rows("select * from shown where item = ? order by at, edition", (item,))
        return [(told_of(row), _withheld(row)) for row in rows]

    def lead(self, story: ItemId, edition: str) -> str:
        """The headline under which an edition told a story; empty if it did not, or nobody knows."""
        sql = "select headline from shown where story = ? and edition = ? and why = '' and headline <> '' limit 1"
        rows = self._rows(sql, (story, edition))
        return str(rows[0]["headline"]) if rows else ""


def _withheld(row: sqlite3.Row) -> Withheld | None:
    return Withheld(item=row["item"], why=row["why"], by=row["by"]) if row["why"] else None


def _silence(row: sqlite3.Row) -> Silence:
    return Silence(
        id=row["id"],
        scope=row["scope"],
        target=row["target"],
        who=row["who"],
        since=datetime.fromisoformat(row["since"]),
        until=datetime.fromisoformat(row["until"]),
        comment=row["comment"],
        lifted=when(row["lifted"]),
        lifted_by=row["lifted_by"] or "",
    )
