"""Door: the questions that views.db answers. Every answer is a value of the model; every instant is aware UTC."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

import msgspec

from monitor.errors import NotFound
from monitor.model import (
    Digest,
    Edition,
    FeedId,
    FeedStanding,
    ItemId,
    MatchedItem,
    PollState,
)
from monitor.views.project import iso, packed
from monitor.views.sqlite_digests import DigestQuestions
from monitor.views.sqlite_feeds import FeedQuestions
from monitor.views.sqlite_letters import LetterQuestions
from monitor.views.sqlite_rows import LIGHT, goes_to, matched, outbox_row, poll_state, trouble_of, when
from monitor.views.sqlite_stories import StoryQuestions
from monitor.views.sqlite_wishes import WishQuestions


class Questions(FeedQuestions, StoryQuestions, WishQuestions, DigestQuestions, LetterQuestions):
    """What the read models can be asked; safe in one thread at a time."""

    # -- feeds -------------------------------------------------------------------------------------------------------

    def poll_state(self, feed: FeedId) -> PollState:
        """What is known of a feed: its line in the poll book and its troubles; blank if it was never heard."""
        book = self._rows("select * from poll_book where feed = ?", (feed,))
        troubles = self._rows("select * from feeds where id = ?", (feed,))
        last = self._rows("select max(seen) from items where feed = ?", (feed,))
        return poll_state(feed, book[0] if book else None, troubles[0] if troubles else None, last[0][0])

    def poll_states(self, feeds: Iterable[FeedId]) -> dict[FeedId, PollState]:
        """The same for many feeds at once, without what the feeds last showed: ten thousand times that is much."""
        wanted = list(feeds)
        heavy = "x'' as entries, '[]' as newest"
        sql = f"select feed, {', '.join(LIGHT)}, {heavy} from poll_book"  # noqa: S608 - the names are our own
        book = {row["feed"]: row for row in self._rows(sql)}
        troubles = {row["id"]: row for row in self._rows("select * from feeds")}
        # Only a feed without a page is asked for its last item, each by the index: a scan would read all items.
        blank = [feed for feed in wanted if feed not in book or not book[feed]["last_good"]]
        sql = "select value, (select max(seen) from items where feed = value) from json_each(?)"
        last = {row[0]: row[1] for row in self._rows(sql, (packed(blank),))}
        return {feed: poll_state(feed, book.get(feed), troubles.get(feed), last.get(feed)) for feed in wanted}

    def standings(self, feeds: Iterable[FeedId]) -> list[FeedStanding]:
        """How each of these feeds fares."""
        counts = {row[0]: int(row[1]) for row in self._rows("select feed, count(*) from items group by feed")}
        rows = {row["id"]: row for row in self._rows("select * from feeds")}
        found = []
        for feed, state in self.poll_states(feeds).items():
            row = rows.get(feed)
            found.append(
                FeedStanding(
                    feed=feed,
                    last_good=state.last_good,
                    failures=state.failures,
                    down_since=state.down_since,
                    trouble=trouble_of(row),
                    next_due=state.next_due,
                    items=counts.get(feed, 0),
                    rate=state.arrivals / max(state.watched, 86_400) * 86_400,  # of less than a day, none is known yet
                    gap=when(row["gap"]) if row else None,
                    silent_since=state.silent_since,
                    moved_to=state.moved_to,
                    gone=state.gone,
                )
            )
        return found

    # -- digests -----------------------------------------------------------------------------------------------------

    def waiting(self, digest: Digest, *, since: datetime) -> tuple[list[MatchedItem], str]:
        """What a digest has not told yet, oldest match first, and the id of the last match in the log.

        The next edition begins behind the last match that the one before considered; before the first edition, at
        ``since``: a new digest does not tell the past.
        """
        last = self._rows("select event from matches order by position desc limit 1")
        through = last[0]["event"] if last else ""
        before = self._rows(
            "select through from editions where digest = ? order by position desc limit 1", (digest.name,)
        )
        sql = """
            select m.* from matches m
            where (:first and m.at >= :since or not :first and m.position > coalesce(
                (select position from matches where event = :through), 0))
                and not exists (select 1 from shown s where s.digest = :digest and s.item = m.item)
            order by m.position"""
        values = {
            "first": not before,
            "since": iso(since),
            "through": before[0]["through"] if before else "",
            "digest": digest.name,
        }
        wanted: dict[ItemId, list[sqlite3.Row]] = {}
        for row in self._rows(sql, values):
            if goes_to(digest, row):
                wanted.setdefault(row["item"], []).append(row)
        items = {row["id"]: row for row in self._items(list(wanted))}
        return [matched(items[item], hits) for item, hits in wanted.items() if item in items], through

    def editions(self, *, digest: str = "", limit: int = 20) -> list[Edition]:
        """The newest editions, newest first, with their outbox and without their parts (those are in the log)."""
        sql = "select * from editions where :digest = '' or digest = :digest order by position desc limit :limit"
        return [self._edition(row) for row in self._rows(sql, {"digest": digest, "limit": limit})]

    def edition(self, name: str) -> Edition:
        """An edition by its id or a unique part of one.

        Raises:
            NotFound: none, or several.
        """
        rows = self._rows("select * from editions where instr(id, ?) order by position desc", (name,))
        exact = [row for row in rows if row["id"] == name] or rows
        if len(exact) == 1:
            return self._edition(exact[0])
        if rows:
            raise NotFound(f"{name!r} means {len(rows)} editions", hint=f"the newest is {rows[0]['id']}")
        raise NotFound(f"there is no edition {name!r}", hint="monitor digest list shows them")

    def _edition(self, row: sqlite3.Row) -> Edition:
        outbox = self._rows("select * from outbox where edition = ? order by channel, recipient, part", (row["id"],))
        return Edition(
            id=row["id"],
            digest=row["digest"],
            slot=row["slot"],
            at=datetime.fromisoformat(row["at"]),
            reason=row["reason"],
            items=msgspec.json.decode(row["items"], type=tuple[str, ...]),
            through=row["through"],
            outbox=tuple(outbox_row(found) for found in outbox),
        )

    # -- the whole ---------------------------------------------------------------------------------------------------

    def checkpoint(self) -> int:
        """How far the views have followed the log."""
        rows = self._rows("select position from checkpoint where name = 'log'")
        return int(rows[0]["position"]) if rows else 0

    def rules_digest(self) -> str:
        """The digest of the rules last in force; empty if none ever were."""
        rows = self._rows("select digest from rulesets order by at desc limit 1")
        return str(rows[0]["digest"]) if rows else ""

    def counts(self) -> dict[str, int]:
        """How many items, matches, editions and letters there are, by name."""
        questions = {
            "items": "select count(*) from items",
            "baseline": "select count(*) from items where baseline",
            "matches": "select count(*) from matches",
            "editions": "select count(*) from editions",
            "letters sent": "select count(*) from outbox where sent_at is not null",
            "letters waiting": "select count(*) from outbox where sent_at is null and due is not null",
            "letters held": "select count(*) from outbox where sent_at is null and state = 'unknown' and due is null",
            "letters given up": "select count(*) from outbox where sent_at is null and state = 'given up'",
        }
        return {name: int(self._rows(sql)[0][0]) for name, sql in questions.items()}

    def last_service(self) -> tuple[str, datetime] | None:
        """The service's last start or stop, by its kind, and when."""
        rows = self._rows("select * from service order by at desc, rowid desc limit 1")
        return (rows[0]["what"], datetime.fromisoformat(rows[0]["at"])) if rows else None
