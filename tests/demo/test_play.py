"""The demo, played: real letters, a verified log, nothing left behind."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import pytest

from monitor.demo import play, story


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A folder to play in, and a place for temporary folders that can be looked at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_the_day_ends_with_two_letters_by_mail_and_two_by_webhook(stage, monkeypatch, capsys):
    monkeypatch.setattr(play, "LASTS", 8)
    await play.Demo(stage, story.bundled()).play()
    told = capsys.readouterr().out
    assert "2 letters by SMTP, 2 posts to the webhook" in told
    assert "every one verified" in told
    assert "is in trouble" in told
    assert "headline changed" in told
    page = Path(told.strip().splitlines()[-1].strip())
    assert page.is_file()
    assert "<html" in page.read_text(encoding="utf-8")


async def test_ctrl_c_ends_it_at_once_and_leaves_nothing(stage):
    command = (sys.executable, "-m", "monitor", "demo")
    demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=stage)
    assert demo.stdout is not None
    async with asyncio.timeout(30):
        while b"Meridian Wire" not in await demo.stdout.readline():
            assert not demo.stdout.at_eof()
        demo.send_signal(signal.SIGINT)
        told, _ = await demo.communicate()
    assert demo.returncode == 0
    assert "everything is cleaned up" in told.decode()
    assert not list(stage.glob("monitor-demo-*"))
