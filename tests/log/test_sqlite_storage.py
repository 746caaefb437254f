"""A disk that is full, read-only or not ours: what was acknowledged stays, who asks is told why, and work resumes."""

import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest

from monitor.errors import StorageError
from monitor.events import ItemSeen, utc
from monitor.log.sqlite import SqliteLog

AT = utc("2024-09-11T12:00:00Z")
MIB = 2**20
NOBODY = 65_534


def seen(name, size=0) -> ItemSeen:
    return ItemSeen(at=AT, item=str(name), feed="wire", title="x" * size)


def fill(log: SqliteLog) -> list[ItemSeen]:
    """Append until the disk takes no more; what it took."""
    taken: list[ItemSeen] = []

    def append_for_ever() -> None:
        for n in count():
            batch = [seen(f"{n}-{m}", 20_000) for m in range(3)]
            log.append(batch)
            taken.extend(batch)

    with pytest.raises(StorageError) as full:
        append_for_ever()
    assert full.value.exit_code == 74
    assert "nothing that was acknowledged is lost" in full.value.hint
    return taken


def holds(log: SqliteLog, events: list[ItemSeen]) -> bool:
    return [recorded.event for recorded in log.read()] == events and log.verify().position == len(events)


# -- as anyone -------------------------------------------------------------------------------------------------------


@contextmanager
def files_at_most(size: int):
    """No file of this process grows beyond a size; the soft limit only, so that it can be lifted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_loses_nothing_and_goes_on_once_there_is_space(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log:
        with files_at_most(MIB):
            taken = fill(log)
            assert len(taken) >= 9
            assert holds(log, taken)
            with pytest.raises(StorageError):
                log.append([seen("still too much", 2 * MIB)])
            assert holds(log, taken)
        assert log.append([seen("later")])
        assert holds(log, [*taken, seen("later")])
    with SqliteLog.open(tmp_path / "log.db") as log:
        assert holds(log, [*taken, seen("later")])


def test_a_batch_that_fails_does_not_fail_those_it_waited_with(tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log, ThreadPoolExecutor(9) as people, files_at_most(MIB):
        other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
        for turn in range(5):  # anyone may lead, and once it is the large one that leads
            together = Barrier(10)

            def say(event, together=together):
                together.wait()
                return log.append([event])

            other.execute("begin immediate")  # until this ends they all wait, and are then committed together
            small = [people.submit(say, seen(f"{turn}-{n}")) for n in range(8)]
            large = people.submit(say, seen(f"{turn}-large", 2 * MIB))
            together.wait()
            other.execute("rollback")
            positions = sorted(answer.result()[0].position for answer in small)
            assert positions == list(range(turn * 8 + 1, turn * 8 + 9))
            with pytest.raises(StorageError):
                large.result()
        other.close()
        assert log.verify().position == 40


@contextmanager
def unprivileged():
    """A folder of someone who has no rights beyond it; as whom, then, the body runs."""
    if os.geteuid() != 0:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        except OSError as wrong:
            pytest.skip(f"this root cannot become nobody: {wrong}")
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


def test_a_folder_that_may_not_be_written_can_be_read_and_writing_says_why():
    with unprivileged() as folder:
        with SqliteLog.open(folder / "log.db") as log:
            log.append([seen(1), seen(2)])
        folder.chmod(0o500)
        try:
            with SqliteLog.open(folder / "log.db", write=False) as log:
                assert holds(log, [seen(1), seen(2)])
            (folder / "log.db").chmod(0o400)
            with pytest.raises(StorageError, match=r"permission denied|cannot be") as refused:
                SqliteLog.open(folder / "log.db")
            assert refused.value.hint
        finally:
            folder.chmod(0o700)


def test_a_log_that_may_not_be_read_says_why():
    with unprivileged() as folder:
        with SqliteLog.open(folder / "log.db") as log:
            log.append([seen(1)])
        (folder / "log.db").chmod(0)
        for write in False, True:
            with pytest.raises(StorageError, match="permission denied") as refused:
                SqliteLog.open(folder / "log.db", write=write)
            assert refused.value.where == str(folder / "log.db")


def test_a_folder_that_cannot_be_made_says_why():
    with unprivileged() as folder:
        folder.chmod(0o500)
        try:
            with pytest.raises(StorageError, match="permission denied"):
                SqliteLog.open(folder / "data" / "log.db")
        finally:
            folder.chmod(0o700)


# -- as root, on a small disk of its own -----------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path):
    """A disk of 2 MiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


def test_a_full_disk_loses_nothing_and_is_used_again_once_it_is_larger(disk):
    with SqliteLog.open(disk / "log.db") as log:
        taken = fill(log)
        assert len(taken) >= 9
        assert holds(log, taken)
        with pytest.raises(StorageError, match="the disk") as full:
            log.append([seen("too much", MIB)])
        assert "once there is space" in full.value.hint
        remount(disk, "size=16m")
        assert log.append([seen("too much", MIB)])
        assert holds(log, [*taken, seen("too much", MIB)])


def test_a_disk_that_is_full_from_the_start_says_so_and_leaves_no_half_made_log(disk):
    (disk / "ballast").write_bytes(b"x" * (2 * MIB - 3 * 4096))
    with pytest.raises(StorageError):
        SqliteLog.open(disk / "log.db")
    assert not (disk / "log.db").exists()
    (disk / "ballast").unlink()
    with SqliteLog.open(disk / "log.db") as log:
        assert log.append([seen(1)])


def test_a_log_on_a_read_only_disk_can_be_read_and_writing_says_why(disk):
    with SqliteLog.open(disk / "log.db") as log:
        log.append([seen(1), seen(2)])
    remount(disk, "ro")
    with SqliteLog.open(disk / "log.db", write=False) as log:
        assert holds(log, [seen(1), seen(2)])
    with pytest.raises(StorageError, match="read-only file system") as refused:
        SqliteLog.open(disk / "log.db")
    assert refused.value.exit_code == 74
    assert "remount,rw" in refused.value.hint
    remount(disk, "rw")


def test_a_log_that_was_being_written_when_its_disk_became_read_only_can_be_read(disk, tmp_path):
    with SqliteLog.open(tmp_path / "log.db") as log:
        log.append([seen(1), seen(2)])
        for name in "log.db", "log.db-wal", "log.db-shm":
            shutil.copy(tmp_path / name, disk / name)
    remount(disk, "ro")
    with SqliteLog.open(disk / "log.db", write=False) as log:
        assert holds(log, [seen(1), seen(2)])
    remount(disk, "rw")
    (disk / "log.db-shm").unlink()
    remount(disk, "ro")
    with pytest.raises(StorageError, match="cannot be opened") as refused:
        SqliteLog.open(disk / "log.db", write=False)
    assert refused.value.hint
    remount(disk, "rw")
