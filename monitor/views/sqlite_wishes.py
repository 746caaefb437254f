"""Door: the questions about people's wishes that views.db answers: silences and marks."""

import sqlite3
from datetime import datetime

from monitor.errors import NotFound
from monitor.model import Silence
from monitor.views.project import iso
from monitor.views.sqlite_items import ItemQuestions
from monitor.views.sqlite_rows import when


class WishQuestions(ItemQuestions):
    """What can be asked of wishes; safe in one thread at a time."""

    def silences(self, now: datetime | None = None) -> tuple[Silence, ...]:
        """The silences that count at an instant, the oldest first; without one, all that ever were."""
        sql = """
            select * from silences where since is not null and (:now is null
                or since <= :now and until > :now and (lifted is null or lifted > :now))
            order by since, id"""
        return tuple(_silence(row) for row in self._rows(sql, {"now": iso(now)}))

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
