"""Nothing but an append goes through: the authorizer binds our connections, the triggers bind every program."""

import sqlite3
from contextlib import closing

import pytest

from monitor.errors import LogRefused
from monitor.events import FeedGone, ItemSeen, utc
from monitor.log import chain
from monitor.log import sqlite_guard as guard
from monitor.log.chain import Link
from monitor.log.sqlite import INSERT, SqliteLog

AT = utc("2024-09-11T12:00:00Z")
EVENTS = [ItemSeen(at=AT, item=str(n), feed="wire", title="as it was") for n in range(5)]
SAME = "(1, '{id}', 'K', 1, 's', 'a', x'00', x'00', x'00')"

REWRITES = [
    "update events set body = x'00'",
    "update events set body = x'00' where position = 3",
    "update or replace events set position = 1 where position = 2",
    "delete from events",
    "delete from events where position = 5",
    f"insert or replace into events values {SAME}",
    f"replace into events values {SAME}",
    "insert or replace into events select 6, id, kind, version, stream, at, body, hash, prev from events limit 1",
    "replace into events select 6, id, kind, version, stream, at, body, (select hash from events where position = 5),"
    " prev from events where position = 1",
    f"insert into events values {SAME} on conflict (id) do update set body = x'00'",
    f"insert into events values {SAME} on conflict (position) do update set body = x'00'",
    f"insert into events values {SAME}",
    "insert into events select 7, 'new', kind, version, stream, at, body, hash, prev from events where position = 5",
]

REBUILDS = [
    "drop trigger events_keep",
    "drop trigger events_stay",
    "drop trigger events_follow",
    "drop index events_of_stream",
    "drop table events",
    "alter table events rename to gone",
    "alter table events add column sly text",
    "alter table events drop column at",
    "create table mine (id integer)",
    "create temp table mine (id integer)",
    "create temp trigger sly after insert on events begin select 1; end",
    "create trigger sly after insert on events begin delete from events; end",
    "create view events_now as select 1",
    "create virtual table words using fts5(word)",
    "update sqlite_schema set sql = ''",
    "delete from sqlite_schema",
    "insert into sqlite_schema values ('table', 'x', 'x', 0, 'create table x (y)')",
    "attach ':memory:' as other",
    "detach main",
    "pragma writable_schema = on",
    "pragma writable_schema",
    "pragma recursive_triggers = off",
    "pragma ignore_check_constraints = on",
    "pragma journal_mode = delete",
    "pragma synchronous = off",
    "pragma user_version = 7",
    "pragma application_id = 7",
    "pragma wal_checkpoint(truncate)",
    "pragma trusted_schema = on",
    "reindex",
    "vacuum",
    "vacuum into '/dev/null'",
    "analyze",
    "select load_extension('sly')",
]


REFUSAL = "not authorized|authorization denied|may not be modified|follows the last one"


@pytest.fixture
def log(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log:
        log.append(EVENTS)
        yield log


@pytest.fixture
def path(log, tmp_path):
    """Where the log is; nothing that a test did may have changed what it holds."""
    head = log.head()
    yield tmp_path / "log.db"
    assert log.verify() == head
    assert [recorded.event for recorded in log.read()] == EVENTS


@pytest.mark.parametrize("statement", [*REWRITES, *REBUILDS])
@pytest.mark.parametrize("connect", [guard.writer, guard.reader])
def test_our_connections_do_nothing_but_append(path, connect, statement):
    with closing(connect(path)) as ours, pytest.raises(sqlite3.DatabaseError, match=REFUSAL):
        ours.execute(statement.format(id=EVENTS[0].id)).fetchall()


@pytest.mark.parametrize("statement", ["begin", "begin immediate", "savepoint x", "select max(position) from events"])
def test_a_reader_cannot_hold_a_transaction_open(path, statement):
    with closing(guard.reader(path)) as ours, pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        ours.execute(statement)


@pytest.mark.parametrize("recursive", ["on", "off"])
@pytest.mark.parametrize("statement", REWRITES)
def test_other_programs_are_stopped_by_the_triggers(path, statement, recursive):
    with closing(sqlite3.connect(path, isolation_level=None)) as theirs:
        theirs.execute(f"pragma recursive_triggers = {recursive}")
        with pytest.raises(sqlite3.IntegrityError):
            theirs.execute(statement.format(id=EVENTS[0].id))


@pytest.mark.parametrize("broken", [{"position": 7}, {"position": 5}, {"prev": b"0" * 32}, {"id": EVENTS[0].id}])
def test_even_an_insert_only_follows_the_last_row(path, log, broken):
    last = Link(5, bytes.fromhex(log.head().hash))
    row = chain.row_after(last, chain.draft(FeedGone(at=AT, feed="wire")))
    with closing(guard.writer(path)) as ours:
        with pytest.raises(sqlite3.IntegrityError, match="follows the last one"):
            ours.execute(INSERT, row._replace(**broken))
        ours.execute("begin")
        ours.execute(INSERT, row)
        ours.execute("rollback")


def test_the_writer_syncs_fully_and_fires_triggers_recursively(tmp_path, monkeypatch, path):
    monkeypatch.setattr(guard, "WRITER_MAY", guard.WRITER_MAY | {(sqlite3.SQLITE_PRAGMA, "")})
    with closing(guard.writer(path)) as ours:
        asked = ("journal_mode", "synchronous", "recursive_triggers", "trusted_schema")
        assert [ours.execute(f"pragma {name}").fetchone()[0] for name in asked] == ["wal", 2, 1, 0]


def test_a_connection_is_refused_when_a_guard_is_missing(path):
    with closing(sqlite3.connect(path)) as theirs:
        (sql,) = theirs.execute("select sql from sqlite_schema where name = 'events_stay'").fetchone()
        theirs.execute("drop trigger events_stay")
        with pytest.raises(LogRefused):
            guard.reader(path)
        theirs.execute(sql)
    guard.reader(path).close()
