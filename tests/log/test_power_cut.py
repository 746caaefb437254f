"""Law 4, durable: what was acknowledged is there after the power went, on a real file system that is cut off (root).

A file system that is shut down forgets everything that was not synced, as a machine does. CUTS=100 in the environment
makes it a long test. With ``pragma synchronous = normal`` it fails, as it should.
"""

import fcntl
import os
import shutil
import struct
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from log.writer import dice

from monitor.errors import StorageError
from monitor.events import FeedGone, utc
from monitor.log.sqlite import SqliteLog

CUTS = int(os.environ.get("CUTS", "3"))
LIVES = 20  # of one disk
TESTS = Path(__file__).parent.parent
SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
WITHOUT_SYNC = struct.pack("I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH
GONE = FeedGone(at=utc("2024-09-11T12:00:00Z"), feed="wire")


class Disk:
    """An ext4 file system in a file, that can be switched off and on."""

    def __init__(self, folder: Path) -> None:
        self.image, self.folder = folder / "image", folder / "disk"
        self.folder.mkdir()
        with self.image.open("wb") as file:
            file.truncate(64 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)

    @contextmanager
    def on(self):
        subprocess.run(["mount", "-o", "loop", self.image, self.folder], check=True)
        try:
            yield self.folder
        finally:
            subprocess.run(["umount", self.folder], check=True)

    def cut(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(descriptor, SHUTDOWN, WITHOUT_SYNC)
        os.close(descriptor)


@pytest.fixture
def disk(tmp_path):
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        pytest.skip("only root, with mkfs.ext4, can cut a disk off")
    disk = Disk(tmp_path)
    try:
        with disk.on():
            pass
    except subprocess.CalledProcessError as wrong:
        pytest.skip(f"no file system can be mounted from a file here: {wrong}")
    return disk


def acknowledged_before_a_cut(disk: Disk, seed: str) -> dict[int, str]:
    """Let a process write for a while and cut the power; position and id of what it had acknowledged.

    Only what was heard before the cut counts. In its very instant the kernel's switch has a race: one fdatasync in
    flight says yes and its bytes are gone (a bare file loses as many), where a machine without power says nothing.
    """
    command = [sys.executable, "-m", "log.writer", "sqlite", str(disk.folder), seed]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=TESTS, **pipes) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(1 + dice(seed) % 200)]
        disk.cut()
        writer.kill()
    pairs = (line.decode().split() for line in lines)
    return {int(position): event for position, event in pairs}


@pytest.mark.parametrize("story", range(0, CUTS, LIVES))
def test_what_was_acknowledged_survives_a_power_cut(disk, story):
    acknowledged: dict[int, str] = {}
    lives = min(LIVES, CUTS - story)
    for life in range(lives):
        with disk.on():
            acknowledged |= acknowledged_before_a_cut(disk, f"story {story}, life {life}")
        with disk.on() as folder, SqliteLog.open(folder / "log.db") as log:
            there = {recorded.position: recorded.event.id for recorded in log.read()}
            assert acknowledged.items() <= there.items()
            assert log.verify().position == len(there)
    assert len(acknowledged) >= lives


def test_a_disk_that_answers_no_more_is_not_called_damage(disk):
    with disk.on() as folder, SqliteLog.open(folder / "log.db") as log:
        log.append([GONE])
        disk.cut()
        for _ in range(2):
            with pytest.raises(StorageError) as silent:
                log.append([GONE, FeedGone(at=GONE.at, feed="other")])
            assert silent.value.exit_code == 74
        with pytest.raises(StorageError):
            log.verify()
