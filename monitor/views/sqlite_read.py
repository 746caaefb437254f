"""Door: the questions that views.db answers. Every answer is a value of the model; every instant is aware UTC."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from monitor.errors import NotFound
from monitor.model import (
    PRIORITIES,
    Delivery,
    Digest,
    Edition,
    FeedId,
    FeedStanding,
    Hit,
    Item,
    ItemId,
    KnownItem,
    MatchedItem,
    OutboxRow,
    PollState,
    RuleId,
    Span,
    Trouble,
)
from monitor.views.project import iso

MOST_VARIABLES = 500  # in one statement


def when(text: str | None) -> datetime | None:
    """An instant as the views store it."""
    return datetime.fromisoformat(text) if text else None


class Questions:
    """What the read models can be asked; safe in one thread at a time."""

    def __init__(self, reader: sqlite3.Connection) -> None:
        self._reader = reader
        self._reader.row_factory = sqlite3.Row

    def _rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[sqlite3.Row]:
        return self._reader.execute(sql, values).fetchall()

    # -- feeds -------------------------------------------------------------------------------------------------------

    def poll_state(self, feed: FeedId) -> PollState:
        """What is known of a feed: its line in the poll book and its troubles; blank if it was never heard."""
        return self.poll_states([feed])[feed]

    def poll_states(self, feeds: Iterable[FeedId]) -> dict[FeedId, PollState]:
        """The same for many feeds at once."""
        book = {row["feed"]: row for row in self._rows("select * from poll_book")}
        troubles = {row["id"]: row for row in self._rows("select * from feeds")}
        return {feed: _poll_state(feed, book.get(feed), troubles.get(feed)) for feed in feeds}

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
                    trouble=_trouble(row),
                    next_due=state.next_due,
                    items=counts.get(feed, 0),
                )
            )
        return found

    # -- items -------------------------------------------------------------------------------------------------------

    def known(self, items: Iterable[ItemId]) -> dict[ItemId, KnownItem]:
        """Those of these items that were seen before."""
        wanted = list(items)
        found = {}
        for start in range(0, len(wanted), MOST_VARIABLES):
            some = wanted[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            sql = f"select id, revision, title, summary, baseline from items where id in ({marks})"  # noqa: S608 - marks
            for row in self._rows(sql, some):
                known = KnownItem(
                    id=row["id"],
                    revision=row["revision"],
                    title=row["title"],
                    summary=row["summary"],
                    baseline=bool(row["baseline"]),
                )
                found[known.id] = known
        return found

    def items(
        self, *, topic: RuleId = "", feed: FeedId = "", since: datetime | None = None, limit: int = 50
    ) -> list[MatchedItem]:
        """The newest items, newest first, with what caught them; with ``topic``, only those a rule caught."""
        sql = """
            select * from items where seen >= :since
                and (:feed = '' or feed = :feed)
                and (:topic = '' or id in (select item from matches where rule = :topic))
            order by seen desc, rowid desc limit :limit"""
        rows = self._rows(sql, {"since": iso(since) or "", "feed": feed, "topic": topic, "limit": limit})
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

    def _with_hits(self, rows: Sequence[sqlite3.Row]) -> list[MatchedItem]:
        hits: dict[ItemId, list[sqlite3.Row]] = {}
        ids = [row["id"] for row in rows]
        for start in range(0, len(ids), MOST_VARIABLES):
            some = ids[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            for hit in self._rows(f"select * from matches where item in ({marks}) order by position", some):  # noqa: S608
                hits.setdefault(hit["item"], []).append(hit)
        return [_matched(row, hits.get(row["id"], [])) for row in rows]

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
            if _goes_to(digest, row):
                wanted.setdefault(row["item"], []).append(row)
        items = {row["id"]: row for row in self._items(list(wanted))}
        return [_matched(items[item], hits) for item, hits in wanted.items() if item in items], through

    def _items(self, ids: Sequence[ItemId]) -> list[sqlite3.Row]:
        found: list[sqlite3.Row] = []
        for start in range(0, len(ids), MOST_VARIABLES):
            some = ids[start : start + MOST_VARIABLES]
            marks = ",".join("?" * len(some))
            found += self._rows(f"select * from items where id in ({marks})", some)  # noqa: S608 - marks
        return found

    def declared(self, digest: str) -> datetime | None:
        """When config.toml first named the digest."""
        rows = self._rows("select declared from digests where name = ?", (digest,))
        return when(rows[0]["declared"]) if rows else None

    def last_told(self, digest: str) -> datetime | None:
        """When the digest's last edition was queued, scheduled or asked for."""
        rows = self._rows("select at from editions where digest = ? order by position desc limit 1", (digest,))
        return when(rows[0]["at"]) if rows else None

    def last_slot(self, digest: str) -> str:
        """The slot of the digest's last scheduled edition; empty before the first."""
        sql = "select slot from editions where digest = ? and slot not like 'request %' order by position desc limit 1"
        rows = self._rows(sql, (digest,))
        return str(rows[0]["slot"]) if rows else ""

    def outbox_due(self, now: datetime) -> list[OutboxRow]:
        """The deliveries whose time has come, oldest first."""
        sql = "select * from outbox where sent_at is null and due is not null and due <= ? order by due, part"
        return [_outbox(row) for row in self._rows(sql, (iso(now),))]

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
            outbox=tuple(_outbox(found) for found in outbox),
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
            "letters given up": "select count(*) from outbox where state = 'given up'",
        }
        return {name: int(self._rows(sql)[0][0]) for name, sql in questions.items()}

    def last_service(self) -> tuple[str, datetime] | None:
        """The service's last start or stop, by its kind, and when."""
        rows = self._rows("select * from service order by at desc, rowid desc limit 1")
        return (rows[0]["what"], datetime.fromisoformat(rows[0]["at"])) if rows else None


def _goes_to(digest: Digest, match: sqlite3.Row) -> bool:
    """Whether a match is for this digest: its topic, its priority and the rule's own wish."""
    wish = msgspec.json.decode(match["digests"], type=tuple[str, ...])
    return (
        (not digest.topics or match["rule"] in digest.topics)
        and PRIORITIES.index(match["priority"]) >= PRIORITIES.index(digest.priority)
        and (not wish or digest.name in wish)
    )


def _poll_state(feed: FeedId, book: sqlite3.Row | None, trouble: sqlite3.Row | None) -> PollState:
    state = PollState(feed=feed)
    if book:
        state = msgspec.structs.replace(
            state,
            etag=book["etag"],
            last_modified=book["last_modified"],
            body_hash=book["body_hash"],
            next_due=when(book["next_due"]),
            last_good=when(book["last_good"]),
            newest=msgspec.json.decode(book["newest"], type=tuple[str, ...]),
        )
    if trouble and trouble["failures"]:
        # A lost poll book does not make the service knock early at a door that was shut.
        due = max(filter(None, (state.next_due, when(trouble["retry_at"]))), default=None)
        state = msgspec.structs.replace(
            state, failures=trouble["failures"], down_since=when(trouble["down_since"]), next_due=due
        )
    return state


def _trouble(row: sqlite3.Row | None) -> Trouble | None:
    return Trouble(code=row["code"], text=row["text"]) if row and row["code"] else None


def _matched(row: sqlite3.Row, hits: Sequence[sqlite3.Row]) -> MatchedItem:
    item = Item(
        id=row["id"],
        feed=row["feed"],
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        published=when(row["published"]),
        lang=row["lang"],
        author=row["author"],
        tags=msgspec.json.decode(row["tags"], type=tuple[str, ...]),
    )
    newest = {hit["rule"]: hit for hit in hits}  # a rule's evidence of the newest revision stands
    return MatchedItem(
        item=item,
        revision=row["revision"],
        seen=datetime.fromisoformat(row["seen"]),
        hits=tuple(_hit(hit, row["revision"]) for hit in newest.values()),
    )


def _hit(row: sqlite3.Row, revision: int) -> Hit:
    spans = msgspec.json.decode(row["spans"], type=tuple[Span, ...])
    return Hit(
        rule=row["rule"],
        version=row["version"],
        topic=row["topic"],
        priority=row["priority"],
        digests=msgspec.json.decode(row["digests"], type=tuple[str, ...]),
        clause=row["clause"],
        spans=spans if row["revision"] == revision else (),  # offsets into words that are no longer shown
    )


def _outbox(row: sqlite3.Row) -> OutboxRow:
    return OutboxRow(
        edition=row["edition"],
        delivery=Delivery(id=row["delivery"], channel=row["channel"], recipient=row["recipient"], part=row["part"]),
        state="sent" if row["sent_at"] else row["state"],
        n=row["n"],
        due=None if row["sent_at"] else when(row["due"]),
        trouble=None if row["sent_at"] else _trouble(row),
    )
