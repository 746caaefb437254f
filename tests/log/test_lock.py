import os
import stat
import subprocess
import sys

import pytest

from monitor.errors import LogBusy
from monitor.log.lock import WriterLock

HOLDER = """
import sys
from pathlib import Path
from monitor.log.lock import WriterLock
lock = WriterLock.take(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "log.db.lock"


def test_another_process_is_refused_at_once_and_the_holder_is_named(file):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDER, file], **pipes) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LogBusy, match=f"process {holder.pid} writes this log") as busy:
            WriterLock.take(file)
        assert busy.value.exit_code == 75
        assert busy.value.where == str(file).removesuffix(".lock")
        holder.kill()
    WriterLock.take(file).release()


def test_one_process_cannot_take_it_twice_either(file):
    lock = WriterLock.take(file)
    with pytest.raises(LogBusy, match=f"process {os.getpid()} "):
        WriterLock.take(file)
    lock.release()
    lock.release()
    WriterLock.take(file).release()


def test_a_holder_that_has_not_yet_written_its_number_still_holds(file):
    lock = WriterLock.take(file)
    os.truncate(file, 0)
    with pytest.raises(LogBusy, match="another process writes this log"):
        WriterLock.take(file)
    lock.release()


def test_a_number_left_behind_by_the_dead_means_nothing(file):
    file.write_text("1\n")
    WriterLock.take(file).release()


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_the_file_is_private_whatever_the_umask(file, umask):
    before = os.umask(umask)
    try:
        WriterLock.take(file).release()
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
