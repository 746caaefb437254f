"""Door: the questions about stories that views.db answers."""

import sqlite3
from datetime import datetime

from monitor.model import ItemId, StoryInfo, StoryPart
from monitor.views.project import iso
from monitor.views.sqlite_items import MOST_VARIABLES, ItemQuestions
from monitor.views.sqlite_rows import story_info, story_part


class StoryQuestions(ItemQuestions):
    """What can be asked of stories; safe in one thread at a time."""

    def parts(self, *, story: ItemId = "", since: datetime | None = None) -> list[StoryPart]:
        """The items of a story, or all that were seen since then, oldest first, each with why it is where it is."""
        sql = "select * from items where (:story = '' or story = :story) and seen >= :since order by seen, rowid"
        rows = self._rows(sql, {"story": story, "since": iso(since) or ""})
        joins: dict[ItemId, sqlite3.Row] = {}
        for start in range(0, len(rows), MOST_VARIABLES):
            some = [row["id"] for row in rows[start : start + MOST_VARIABLES]]
            sql = f"select * from joins where item in ({','.join('?' * len(some))})"  # noqa: S608 - marks
            joins |= {row["item"]: row for row in self._rows(sql, some)}
        told = self._with_hits(rows)
        return [story_part(row, one, joins.get(row["id"])) for row, one in zip(rows, told, strict=True)]

    def story_of(self, item: ItemId) -> ItemId:
        """The story that a known item is in."""
        return str(self._rows("select story from items where id = ?", (item,))[0]["story"])

    def stories(self, *, since: datetime, limit: int) -> list[StoryInfo]:
        """Stories of several items with one seen since then, the one that was added to last first."""
        sql = """
            select story id, count(*) items, count(distinct feed) feeds, min(seen) first, max(seen) last,
                (select title from items one where one.story = many.story order by seen, rowid limit 1) title
            from items many where story in (select story from items where seen >= ?)
            group by story having count(*) > 1 order by last desc, id limit ?"""
        return [story_info(row) for row in self._rows(sql, (iso(since), limit))]
