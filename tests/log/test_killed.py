"""Law 4, durable: what was acknowledged is there after kill -9. KILLS=1000 in the environment makes it a long test."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from log.writer import dice

KILLS = int(os.environ.get("KILLS", "10"))
LIVES = 10  # of one log
TESTS = Path(__file__).parent.parent


def killed_writer(backend: str, folder: Path, seed: str) -> dict[int, str]:
    """Let a process write for a while and kill it; position and id of what it had acknowledged."""
    command = [sys.executable, "-m", "log.writer", backend, str(folder), seed]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(1 + dice(seed) % 200)]
        for _ in range(dice(seed, "moment") % 20_000):
            pass  # its threads go on meanwhile: it dies at any point of their work
        writer.send_signal(signal.SIGKILL)
        lines += writer.stdout.readlines()
    assert writer.returncode == -signal.SIGKILL
    pairs = (line.decode().split() for line in lines if line.endswith(b"\n"))
    return {int(position): event for position, event in pairs}


@pytest.mark.parametrize("story", range(0, KILLS, LIVES))
def test_what_was_acknowledged_survives_kill_9(logs, story):
    folder = logs.new_folder()
    acknowledged: dict[int, str] = {}
    lives = min(LIVES, KILLS - story)
    for life in range(lives):
        acknowledged |= killed_writer(logs.backend, folder, f"story {story}, life {life}")
        with logs.open(folder) as log:
            there = {recorded.position: recorded.event.id for recorded in log.read()}
            assert acknowledged.items() <= there.items()
            assert sorted(there) == list(range(1, len(there) + 1))
            assert log.verify().position == len(there)
    assert len(acknowledged) >= lives
