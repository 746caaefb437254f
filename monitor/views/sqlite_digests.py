"""Door: the questions about when a digest is due that views.db answers: slots, waiting matches, what was told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from monitor.model import PRIORITIES, Digest, ItemId, Told, WaitingMatch
from monitor.views.project import iso, packed
from monitor.views.sqlite_items import ItemQuestions
from monitor.views.sqlite_rows import goes_to, when

SCHEDULED = "slot not like 'request %' and slot not like 'alert %' and slot not like 'notice %'"


class DigestQuestions(ItemQuestions):
    """What can be asked of digests and their times; safe in one thread at a time."""

    def declared(self, digest: str) -> datetime | None:
        """When config.toml first named the digest."""
        rows = self._rows("select declared from digests where name = ?", (digest,))
        return when(rows[0]["declared"]) if rows else None

    def last_told(self, digest: str) -> datetime | None:
        """When the digest's last edition was queued, scheduled or not."""
        rows = self._rows("select at from editions where digest = ? order by position desc limit 1", (digest,))
        return when(rows[0]["at"]) if rows else None

    def last_slot(self, digest: str) -> str:
        """The slot of the digest's last scheduled edition; empty before the first."""
        sql = f"select slot from editions where digest = ? and {SCHEDULED} order by position desc limit 1"  # noqa: S608
        rows = self._rows(sql, (digest,))
        return str(rows[0]["slot"]) if rows else ""

    def last_alert(self, digest: str) -> datetime | None:
        """When the digest's last alert was queued."""
        sql = "select at from editions where digest = ? and slot like 'alert %' order by position desc limit 1"
        rows = self._rows(sql, (digest,))
        return when(rows[0]["at"]) if rows else None

    def last_shown(self, digest: str) -> datetime | None:
        """When an edition of the digest last told something; one that only accounted for items does not count."""
        sql = """
            select e.at from editions e where e.digest = ?
                and exists (select 1 from shown s where s.edition = e.id and s.why = '')
            order by e.position desc limit 1"""
        rows = self._rows(sql, (digest,))
        return when(rows[0]["at"]) if rows else None

    def waiting_matches(self, digest: Digest) -> list[WaitingMatch]:
        """Every match that no edition of the digest has accounted for, in the order of the log.

        The last edition says how far all is accounted for; behind that, each item is by itself. What was old at first
        contact is no news, whatever rule caught it later. The items' stories are not looked up here.
        """
        before = self._rows(
            "select through from editions where digest = ? order by position desc limit 1", (digest.name,)
        )
        known = """
            (:first and m.at >= :since or not :first and m.position > coalesce(
                (select position from matches where event = :through), 0))
            and not i.baseline
            and not exists (select 1 from shown s where s.digest = :digest and s.item = m.item)"""
        values = {
            "first": not before,
            "since": iso(self.declared(digest.name)) or "9",  # nothing waits for a digest that nobody declared
            "through": before[0]["through"] if before else "",
        }
        return self._matches(digest, known, values)

    def matches(self, digest: Digest, since: datetime) -> list[WaitingMatch]:
        """Every match since then that concerns the digest, told or not, in the order of the log."""
        old = "(not i.baseline or :cron)"  # an alert never tells what was old at first contact
        return self._matches(digest, f"m.at >= :since and {old}", {"since": iso(since), "cron": bool(digest.cron)})

    def _matches(self, digest: Digest, where: str, values: Mapping[str, Any]) -> list[WaitingMatch]:
        sql = f"""
            select m.* from matches m join items i on i.id = m.item where {where}
                and m.priority in (select value from json_each(:priorities))
                and (:topics = '[]' or m.rule in (select value from json_each(:topics)))
            order by m.position"""  # noqa: S608 - the words are our own
        wanted = {
            "priorities": packed(PRIORITIES[PRIORITIES.index(digest.priority) :]),
            "topics": packed(digest.topics),
            "digest": digest.name,
        }
        return [
            WaitingMatch(
                event=row["event"],
                position=row["position"],
                at=datetime.fromisoformat(row["at"]),
                item=row["item"],
                story=row["item"],
                priority=row["priority"],
            )
            for row in self._rows(sql, {**values, **wanted})
            if goes_to(digest, row)
        ]

    def match_before(self, position: int) -> str:
        """The id of the last match before that position; empty if there is none."""
        sql = "select event from matches where position < ? order by position desc limit 1"
        rows = self._rows(sql, (position,))
        return str(rows[0]["event"]) if rows else ""

    def told_stories(self, digest: str, stories: Iterable[ItemId]) -> dict[ItemId, Told]:
        """How the digest told each of these stories last, by the story; those that it never told are left out."""
        sql = """
            select * from shown where digest = ? and why = '' and story in (select value from json_each(?))
            order by at"""
        return {
            row["story"]: Told(
                item=row["item"],
                story=row["story"],
                digest=row["digest"],
                edition=row["edition"],
                at=datetime.fromisoformat(row["at"]),
                headline=row["headline"],
            )
            for row in self._rows(sql, (digest, packed(list(stories))))
        }
