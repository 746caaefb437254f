"""A damaged file: what was changed or is missing is named, nothing wrong is told, nothing is deleted.

FLIPS=10000 in the environment makes it a long test.
"""

import os
import re
import sqlite3
from contextlib import closing

import pytest
from log.writer import dice

from monitor.errors import LogDamaged, LogRefused, StorageError
from monitor.events import FeedGone, FeedRecovered, ItemSeen, utc
from monitor.log import chain
from monitor.log import sqlite_guard as guard
from monitor.log.chain import Link, Row
from monitor.log.sqlite import SqliteLog

FLIPS = int(os.environ.get("FLIPS", "300"))
AT = utc("2024-09-11T12:00:00Z")
HISTORY = [
    event
    for n in range(15)
    for event in (
        ItemSeen(at=AT, item=f"{n:032x}", feed="wire", title=f"Зерновий коридор, день {n}", summary="x" * 150 * n),
        FeedRecovered(at=AT, feed=f"gazette-{n}", down_since=AT),
    )
]


@pytest.fixture
def path(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log:
        log.append(HISTORY)
    return tmp_path / "log.db"


def rows(path) -> list[Row]:
    with closing(sqlite3.connect(path)) as other:
        return [Row(*row) for row in other.execute("select * from events order by position")]


def payloads(path) -> dict[int, int]:
    """Offsets in the file where an event's columns stand, and its position; of events that fit a page."""
    data = path.read_bytes()
    found = {}
    for row in rows(path):
        columns = (row.id, row.kind, row.stream, row.at, row.body, row.prev, row.hash)
        content = b"".join(column.encode() if isinstance(column, str) else column for column in columns)
        if content in data:
            assert data.count(content) == 1
            found |= {data.index(content) + n: row.position for n in range(len(content))}
    return found


def flip(path, offset: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))


def tamper(path, *statements: str, **values) -> None:
    """Change the file as someone would who means it: the triggers are put aside and back again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin")
        triggers = other.execute("select name, sql from sqlite_schema where type = 'trigger'").fetchall()
        for name, _ in triggers:
            other.execute(f"drop trigger {name}")
        for statement in statements:
            other.execute(statement, values)
        for _, sql in triggers:
            other.execute(sql)
        other.execute("commit")


def complaint(path) -> str:
    with SqliteLog.open(path, write=False) as log, pytest.raises(LogDamaged) as damaged:
        log.verify()
    assert damaged.value.exit_code == 65
    assert damaged.value.where == str(path)
    assert damaged.value.hint
    return damaged.value.message


# -- bits ------------------------------------------------------------------------------------------------------------


def test_every_flipped_bit_of_an_event_is_named_with_its_position(path):
    places = payloads(path)
    assert set(places.values()) >= {1, 2, 14, 29, 30}
    offsets = sorted(places)
    for n in range(FLIPS):
        offset, bit = offsets[dice("event", n) % len(offsets)], n % 8
        flip(path, offset, bit)
        named = complaint(path)
        assert re.match(rf"event {places[offset]} (was changed|cannot be read)", named), (offset, bit, named)
        flip(path, offset, bit)
    with SqliteLog.open(path, write=False) as log:
        assert [recorded.event for recorded in log.read()] == HISTORY
        assert log.verify().position == len(HISTORY)


def test_no_flipped_bit_anywhere_in_the_file_changes_unnoticed_what_is_told(path):
    size = path.stat().st_size
    noticed = 0
    for n in range(FLIPS):
        offset, bit = dice("file", n) % size, n % 8
        flip(path, offset, bit)
        try:
            with SqliteLog.open(path, write=False) as log:
                log.verify()
                told = [recorded.event for recorded in log.read()]
        except (LogDamaged, LogRefused, StorageError):
            noticed += 1
        else:
            assert told == HISTORY, (offset, bit)
        flip(path, offset, bit)
    assert noticed > FLIPS // 4  # the rest was free space


def test_a_reader_is_told_no_changed_event(path):
    changed = "cast(replace(cast(body as text), 'gazette-3', 'gazette-4') as blob)"
    tamper(path, f"update events set body = {changed} where position = 8")
    with SqliteLog.open(path, write=False) as log:
        told = log.read()
        assert [next(told).event for _ in range(7)] == HISTORY[:7]
        with pytest.raises(LogDamaged, match="event 8 was changed"):
            next(told)
        with pytest.raises(LogDamaged, match="event 8 was changed"):
            list(log.read(stream=HISTORY[7].stream))
        assert [recorded.position for recorded in log.read(8)] == list(range(9, 31))


# -- rows ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [1, 2, 17, 29])
def test_a_row_that_was_deleted_is_named(path, position):
    tamper(path, "delete from events where position = :position", position=position)
    assert complaint(path) == f"event {position} is missing"
    with SqliteLog.open(path, write=False) as log, pytest.raises(LogDamaged, match=f"event {position} is missing"):
        list(log.read())


def test_rows_that_changed_places_are_named(path):
    tamper(
        path,
        "update events set position = 99 where position = 5",
        "update events set position = 5 where position = 6",
        "update events set position = 6 where position = 99",
    )
    assert complaint(path) == "event 5 was changed"


def test_a_row_that_was_replaced_and_sealed_anew_does_not_fit_the_next(path):
    before = rows(path)[10]
    forged = chain.row_after(Link(10, before.prev), chain.draft(FeedGone(at=AT, feed="forged")))
    columns = ", ".join(f"{name} = :{name}" for name in Row._fields)
    tamper(path, f"update events set {columns} where position = 11", **forged._asdict())
    assert complaint(path) == "event 12 does not follow event 11: one of them was replaced"


def test_a_tail_that_was_cut_off_is_not_seen_in_the_chain_but_in_its_head(path):
    with SqliteLog.open(path, write=False) as log:
        head = log.head()
    tamper(path, "delete from events where position > 20")
    with SqliteLog.open(path, write=False) as log:
        assert log.verify().position == 20
        assert log.head() != head


def test_a_log_whose_last_row_was_changed_is_not_built_on(path):
    tamper(path, "update events set at = 'never' where position = 30")
    with SqliteLog.open(path) as log:
        with pytest.raises(LogDamaged, match="event 30 was changed"):
            log.append([FeedGone(at=AT, feed="new")])
        with pytest.raises(LogDamaged, match="event 30 was changed"):
            log.head()
    assert len(rows(path)) == 30


def test_text_that_is_no_text_any_more_is_named(path):
    tamper(path, "update events set stream = cast(x'ff' as text) where position = 4")
    assert complaint(path).startswith("event 4 cannot be read")


def test_a_damaged_index_is_noticed_though_every_event_is_whole(path):
    id_of_3 = rows(path)[2].id.encode()
    data = path.read_bytes()
    in_table, in_index = sorted(found.start() for found in re.finditer(id_of_3, data))[:2]
    table_rows = payloads(path)
    flip(path, in_index if in_table in table_rows else in_table, 0)
    named = complaint(path)
    assert named.startswith("every event is whole, but the file is not: ")
    with closing(sqlite3.connect(path)) as other:
        other.execute("reindex")
    with SqliteLog.open(path, write=False) as log:
        assert log.verify().position == 30


def test_the_guard_is_as_it_was_after_tampering(path):
    tamper(path, "update events set at = at")
    guard.reader(path).close()
