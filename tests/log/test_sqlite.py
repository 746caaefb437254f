import gc
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from monitor.errors import LogBusy, LogDamaged, LogRefused, NotFound
from monitor.events import FeedGone, ItemSeen, Recorded, RulesChanged, utc
from monitor.log.sqlite import CHUNK_BYTES, SqliteLog
from monitor.log.sqlite_guard import APPLICATION_ID, SCHEMA_VERSION

AT = utc("2024-09-11T12:00:00Z")
TESTS = Path(__file__).parent.parent


def seen(name, title="") -> ItemSeen:
    return ItemSeen(at=AT, item=str(name), feed="wire", title=title)


def told(folder: Path, *events: ItemSeen) -> Path:
    """A log that holds some events, two if not said, closed."""
    with SqliteLog.open(folder / "log.db") as log:
        log.append(events or [seen(1), seen(2)])
    return folder / "log.db"


def contents(folder: Path) -> dict[str, bytes]:
    """What must not be touched: every file but the shared memory, which holds nothing."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.endswith("-shm")}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def raw(path: Path) -> sqlite3.Connection:
    """The file as any other program opens it."""
    return sqlite3.connect(path, isolation_level=None)


# -- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_files_and_folders_are_private_whatever_the_umask(tmp_path, umask):
    before = os.umask(umask)
    try:
        with SqliteLog.open(tmp_path / "state" / "news" / "log.db") as log:
            log.append([seen(1)])
            folder = tmp_path / "state" / "news"
            assert {file.name: mode(file) for file in folder.iterdir()} == {
                "log.db": 0o600,
                "log.db-wal": 0o600,
                "log.db-shm": 0o600,
                "log.db.lock": 0o600,
            }
            assert mode(folder) == mode(folder.parent) == 0o700
    finally:
        os.umask(before)


def test_a_log_that_was_put_back_readable_by_all_is_made_private_again(tmp_path):
    path = told(tmp_path)
    path.chmod(0o644)
    with SqliteLog.open(path):
        assert mode(path) == 0o600


def test_a_folder_that_was_there_is_left_as_it_is(tmp_path):
    tmp_path.chmod(0o750)
    told(tmp_path)
    assert mode(tmp_path) == 0o750


def test_a_start_that_was_killed_while_making_the_log_is_made_again(tmp_path):
    (tmp_path / "log.db.new").write_bytes(b"half a database")
    (tmp_path / "log.db.new-journal").write_bytes(b"half a journal")
    told(tmp_path)
    assert sorted(contents(tmp_path)) == ["log.db", "log.db.lock"]


# -- one writer, many readers ----------------------------------------------------------------------------------------


@pytest.fixture
def busy(tmp_path):
    """A folder whose log another process is writing, and a line of what it has acknowledged."""
    command = [sys.executable, "-m", "log.writer", "sqlite", str(tmp_path), "busy"]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        yield tmp_path / "log.db", writer
        writer.kill()
        writer.stdout.read()


def test_a_second_writer_is_refused_and_told_who_writes_while_the_first_goes_on(busy):
    path, writer = busy
    writer.stdout.readline()
    with pytest.raises(LogBusy, match=f"process {writer.pid} writes this log"):
        SqliteLog.open(path)
    before = int(writer.stdout.readline().split()[0])
    for _ in range(200):
        after = int(writer.stdout.readline().split()[0])
    assert after > before


def test_a_log_can_be_read_while_another_process_writes_it(busy):
    path, writer = busy
    acknowledged = [writer.stdout.readline().decode().split() for _ in range(100)]
    with SqliteLog.open(path, write=False) as log:
        there = {str(recorded.position): recorded.event.id for recorded in log.read()}
        assert dict(acknowledged).items() <= there.items()
        assert log.verify().position >= len(there)


def test_who_opened_to_read_cannot_append(tmp_path):
    with SqliteLog.open(told(tmp_path), write=False) as log, pytest.raises(ValueError, match="opened for reading"):
        log.append([seen(3)])


def test_readers_leave_nothing_behind_and_take_nothing_away(tmp_path):
    before = contents(told(tmp_path).parent)
    with SqliteLog.open(tmp_path / "log.db", write=False) as log:
        assert len(list(log.read())) == 2
        assert not (tmp_path / "log.db-wal").exists() or mode(tmp_path / "log.db-wal") == 0o600
    assert {name: data for name, data in contents(tmp_path).items() if data} == {k: v for k, v in before.items() if v}


def test_a_reader_reads_what_a_killed_writer_left_in_the_write_ahead_file(tmp_path):
    (tmp_path / "left").mkdir()
    with SqliteLog.open(tmp_path / "log.db") as log:
        log.append([seen(1), seen(2)])
        for name in "log.db", "log.db-wal":
            shutil.copy(tmp_path / name, tmp_path / "left" / name)
    before = contents(tmp_path / "left")
    with SqliteLog.open(tmp_path / "left" / "log.db", write=False) as log:
        assert log.verify().position == 2
    assert contents(tmp_path / "left") == before


# -- reading in pieces -----------------------------------------------------------------------------------------------


def test_a_long_log_with_large_events_is_read_whole_and_in_order(tmp_path):
    letters = [RulesChanged(at=AT, digest=str(n), sources={"a.toml": "x" * 700_000}) for n in range(4)]
    history = [seen(n) for n in range(1_500)] + letters + [seen(n) for n in range(1_500, 2_600)]
    with SqliteLog.open(tmp_path / "log.db") as log:
        new = log.append(history)
        assert list(log.read()) == new
        assert list(log.read(stream="rules")) == new[1_500:1_504]
        assert list(log.read(2_000)) == new[2_000:]


def test_a_reader_keeps_no_more_than_a_chunk_in_memory(tmp_path):
    letters = [RulesChanged(at=AT, digest=str(n), sources={"a.toml": "x" * 700_000}) for n in range(20)]
    for history in letters, [seen(n, "x" * 60) for n in range(20_000)]:
        with SqliteLog.open(tmp_path / f"{len(history)}.db") as log:
            log.append(history)
            tracemalloc.start()
            try:
                assert sum(1 for _ in log.read()) == len(history)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 5 * CHUNK_BYTES  # the whole would be 14 MB and more


def test_reading_is_lazy_and_a_reader_that_pauses_holds_nothing_open(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log:
        log.append([seen(n) for n in range(3_000)])
        slow = log.read()
        assert next(slow) == Recorded(1, seen(0))
        log.append([seen("late")])
        with raw(tmp_path / "log.db") as other:
            (blocked, *_) = other.execute("pragma wal_checkpoint(truncate)").fetchone()
        other.close()
        assert blocked == 0
        assert (tmp_path / "log.db-wal").stat().st_size == 0
        assert [recorded.position for recorded in slow] == list(range(2, 3_002))


def test_an_iterator_that_is_dropped_midway_is_no_trouble(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log:
        log.append([seen(n) for n in range(10)])
        next(log.read())
        gc.collect()
        assert log.append([seen("more")])


# -- commits ---------------------------------------------------------------------------------------------------------


def commits(path: Path) -> int:
    """How many transactions a fresh write-ahead file holds: the last frame of each carries the size after it."""
    file = path.with_name("log.db-wal")
    wal = file.read_bytes() if file.exists() else b""
    page = int.from_bytes(wal[8:12])
    frames = range(32, len(wal), 24 + page)
    return sum(int.from_bytes(wal[frame + 4 : frame + 8]) > 0 for frame in frames)


def test_appends_that_wait_for_each_other_share_a_commit(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log, ThreadPoolExecutor(16) as people:
        before = commits(tmp_path / "log.db")
        together = Barrier(17)

        def say(n):
            together.wait()
            return log.append([seen(n)])

        with raw(tmp_path / "log.db") as other:
            other.execute("begin immediate")  # nobody can commit yet, so everyone comes to wait
            answers = people.map(say, range(16))
            together.wait()
            other.execute("rollback")
        other.close()
        assert sorted(recorded.position for answer in answers for recorded in answer) == list(range(1, 17))
        assert commits(tmp_path / "log.db") - before < 16


# -- what is refused, and left as it is ------------------------------------------------------------------------------


def foreign(path):
    with raw(path) as other:
        other.executescript("pragma journal_mode = wal; create table recipes (id integer primary key)")
    other.close()


def foreign_of_our_kind(path):
    with raw(path) as other:
        other.execute(f"pragma application_id = {APPLICATION_ID}")
        other.execute(f"pragma user_version = {SCHEMA_VERSION}")
        other.execute("create table recipes (id integer primary key)")
    other.close()


def newer(path):
    told(path.parent)
    with raw(path) as other:
        other.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    other.close()


def newer_in_the_write_ahead_file(path):
    told(path.parent)
    with raw(path) as other:
        other.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
        kept = {name: (path.parent / name).read_bytes() for name in ("log.db", "log.db-wal")}
    other.close()
    for name, data in kept.items():
        (path.parent / name).write_bytes(data)


def without_a_trigger(path):
    told(path.parent)
    with raw(path) as other:
        other.execute("drop trigger events_keep")
    other.close()


def with_a_trigger_of_someone_elses(path):
    told(path.parent)
    with raw(path) as other:
        other.execute("create trigger sly after insert on events begin delete from events; end")
    other.close()


def text(path):
    path.write_text("Dear diary,\n")


def folder(path):
    path.mkdir()


def empty(path):
    path.touch()


def cut_in_the_header(path):
    os.truncate(told(path.parent), 60)


def cut_in_half(path):
    path = told(path.parent, *(seen(n, "x" * 900) for n in range(50)))
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def gone_but_for_its_write_ahead_file(path):
    with SqliteLog.open(path) as log:
        log.append([seen(1)])
        left = path.with_name("log.db-wal").read_bytes()
    path.unlink()
    path.with_name("log.db-wal").write_bytes(left)


REFUSED = [
    (foreign, LogRefused, "belongs to another program"),
    (foreign_of_our_kind, LogRefused, "not those of a log"),
    (newer, LogRefused, "format is version 2; this program knows 1"),
    (newer_in_the_write_ahead_file, LogRefused, "format is version 2; this program knows 1"),
    (without_a_trigger, LogRefused, "not those of a log"),
    (with_a_trigger_of_someone_elses, LogRefused, "not those of a log"),
    (text, LogRefused, "not an SQLite database"),
    (folder, LogRefused, "a folder, not a log"),
    (empty, LogDamaged, "not even a header"),
    (cut_in_the_header, LogDamaged, "cut short"),
    (cut_in_half, LogDamaged, "damaged"),
]


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize(("spoil", "kind", "message"), REFUSED, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_no_log_of_ours_is_refused_and_left_untouched(tmp_path, spoil, kind, message, write):
    path = tmp_path / "log.db"
    spoil(path)
    before = {} if path.is_dir() else contents(tmp_path)
    with pytest.raises(kind, match=message) as refused:
        SqliteLog.open(path, write=write)
    assert refused.value.where == str(path)
    assert refused.value.hint
    assert before.items() <= (before and contents(tmp_path)).items()


def test_a_log_that_vanished_from_beside_its_write_ahead_file_is_not_begun_anew(tmp_path):
    gone_but_for_its_write_ahead_file(tmp_path / "log.db")
    with pytest.raises(LogDamaged, match=r"the log is missing, though its log\.db-wal is there"):
        SqliteLog.open(tmp_path / "log.db")
    assert (tmp_path / "log.db-wal").stat().st_size > 0


def test_an_sqlite_that_is_too_old_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(LogRefused, match=r"the log needs 3\.37 or later"):
        SqliteLog.open(tmp_path / "log.db")
    assert list(tmp_path.iterdir()) == []


def test_other_peoples_indexes_are_no_reason_to_refuse(tmp_path):
    path = told(tmp_path)
    with raw(path) as other:
        other.executescript("create index by_kind on events (kind); analyze")
    other.close()
    with SqliteLog.open(path) as log:
        assert log.append([FeedGone(at=AT, feed="wire")])


def test_to_read_where_no_log_is_says_where_it_looked(tmp_path):
    with pytest.raises(NotFound, match="there is no log here yet") as missing:
        SqliteLog.open(tmp_path / "away" / "log.db", write=False)
    assert missing.value.where == str(tmp_path / "away" / "log.db")
    assert missing.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_refused_opening_lets_go_of_the_lock(tmp_path):
    without_a_trigger(tmp_path / "log.db")
    for _ in range(2):
        with pytest.raises(LogRefused):
            SqliteLog.open(tmp_path / "log.db")
