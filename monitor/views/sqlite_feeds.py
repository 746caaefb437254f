"""Door: the questions about the health of feeds that views.db answers."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.model import FeedId, FeedToTell
from monitor.views.project import iso, packed
from monitor.views.sqlite_items import ItemQuestions
from monitor.views.sqlite_rows import trouble_of, when

TURN = timedelta(minutes=10)  # behind its time; until then a feed that is due has its turn yet


class FeedQuestions(ItemQuestions):
    """What can be asked of how feeds fare; safe in one thread at a time."""

    def arrivals(self, feed: FeedId, back: timedelta) -> list[datetime]:
        """The instants at which the feed brought something new, in order: the last, and those up to ``back`` earlier.

        What was old at first contact is no arrival, though its instant is when the watch began.
        """
        last = self._rows("select max(seen) from items where feed = ?", (feed,))[0][0]
        if last is None:
            return []
        since = iso(datetime.fromisoformat(last) - back)
        first = self._rows("select min(seen) from items where feed = ?", (feed,))[0][0]
        sql = """
            select distinct seen from items
            where feed = ? and seen >= ? and (not baseline or seen = ?) order by seen"""
        return [datetime.fromisoformat(row[0]) for row in self._rows(sql, (feed, since, first))]

    def first_item(self, feed: FeedId) -> datetime | None:
        """When the feed was first understood."""
        return when(self._rows("select min(seen) from items where feed = ?", (feed,))[0][0])

    def idle(self, now: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches in which the service did not run, in order; one that lasts ends ``now``.

        After a crash nobody knows when it ended: then the stretch begins with the last item of any feed before it.
        """
        found: list[tuple[datetime, datetime]] = []
        stopped: datetime | None = None
        for number, row in enumerate(self._rows("select at, what from service order by at, rowid")):
            at = datetime.fromisoformat(row["at"])
            if row["what"] == "ServiceStopped":
                stopped = at
                continue
            began = stopped or when(self._rows("select max(seen) from items where seen < ?", (iso(at),))[0][0])
            if number and began and began < at:
                found.append((max(began, found[-1][1]) if found else began, at))
            stopped = None
        return [*found, (stopped, now)] if stopped and stopped < now else found

    def hearing(self, feeds: Iterable[FeedId], now: datetime) -> tuple[datetime | None, bool]:
        """When any of these feeds was last heard well, and whether one is in trouble or was not asked in its turn."""
        sql = """
            select max(b.last_good) filter (where b.last_good <= :now),
                coalesce(max(b.next_due is null or b.next_due <= :late or coalesce(f.failures, 0) > 0), 0)
            from json_each(:feeds) wanted left join poll_book b on b.feed = wanted.value
                left join feeds f on f.id = wanted.value
            where f.gone_from is null"""
        row = self._rows(sql, {"now": iso(now), "late": iso(now - TURN), "feeds": packed(list(feeds))})[0]
        return when(row[0]), bool(row[1])

    def quarantined(self, feed: FeedId, limit: int = 5) -> list[tuple[datetime, str, str]]:
        """The newest of the feed's error messages that posed as items: when, title, why."""
        sql = "select at, title, why from quarantine where feed = ? order by at desc, rowid desc limit ?"
        return [(datetime.fromisoformat(row[0]), row[1], row[2]) for row in self._rows(sql, (feed, limit))]

    def feeds_to_tell(self, *, failures: int, down_before: datetime) -> list[FeedToTell]:
        """The feeds whose state the operator was not told of, by index: few, however many feeds there are.

        Down for ``failures`` polls and since ``down_before``; well again after being told down; gone; silent. What was
        believed of one URL does not count for another that config.toml has named since.
        """
        sql = """
            select f.*, coalesce(nullif(b.source, ''), f.gone_from) = f.gone_from as gone_here
            from feeds f left join poll_book b on b.feed = f.id where f.id in (
                select id from feeds where failures >= :failures and down_since <= :before
                    and (noticed is not 'down' or noticed_at < down_since)
                union select id from feeds where noticed = 'down' and failures = 0
                union select id from feeds where gone_at > coalesce(noticed_at, '')
                union select id from feeds where silent_at > coalesce(noticed_at, ''))
            order by f.id"""
        rows = self._rows(sql, {"failures": failures, "before": iso(down_before)})
        return [_to_tell(row) for row in rows]

    def failing_lately(self, since: datetime) -> int:
        """How many feeds have been failing since then or later, and were not told of."""
        sql = """
            select count(*) from feeds where failures > 0 and down_since >= :since
                and (noticed is not 'down' or noticed_at < down_since)"""
        return int(self._rows(sql, {"since": iso(since)})[0][0])

    def last_noticed(self) -> dict[str, datetime]:
        """When the operator was last told of feeds in each state."""
        sql = "select noticed, max(noticed_at) from feeds where noticed is not null group by noticed"
        return {row[0]: datetime.fromisoformat(row[1]) for row in self._rows(sql)}


def _to_tell(row: sqlite3.Row) -> FeedToTell:
    return FeedToTell(
        feed=row["id"],
        failures=row["failures"] or 0,
        down_since=when(row["down_since"]),
        trouble=trouble_of(row),
        retry_at=when(row["retry_at"]),
        gone_at=when(row["gone_at"]) if row["gone_here"] else None,
        silent_since=when(row["silent_since"]),
        silent_at=when(row["silent_at"]),
        told=row["noticed"] or "",
        told_at=when(row["noticed_at"]),
    )
