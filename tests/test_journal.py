"""The operator's journal: one record a line, no secret, nothing that a feed could forge."""

import io
import json
import logging

import pytest
import structlog

from monitor import journal

SECRET = "hunter2-canary"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[io.StringIO, Terminal], ids=["systemd", "terminal"])
def out(request):
    stream = request.param()
    before = logging.getLogger().handlers
    journal.set_up(stream=stream)
    yield stream
    logging.getLogger().handlers = before
    structlog.reset_defaults()


def test_a_secret_is_struck_out_wherever_it_stands(out):
    journal.keep_out([SECRET, ""])
    record = structlog.get_logger()
    record.info(f"sent to {SECRET}", url=f"https://x/{SECRET}", deep={"list": [SECRET, {"a": SECRET}]})
    logging.getLogger("apprise").warning("posting to %s", SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        record.exception("broken")
        logging.getLogger("other").exception("broken too")
    assert SECRET not in out.getvalue()
    assert out.getvalue().count("***") >= 6


def test_a_title_with_newlines_and_escapes_is_one_record(out):
    structlog.get_logger().info("item", title="x\n2026-01-01 ERROR forged\x1b[31m\u202e")
    written = out.getvalue()
    assert len(written.splitlines()) == 1
    assert "\u202e" not in written
    assert "\x1b[31mforged" not in written


def test_away_from_a_terminal_each_line_is_json():
    stream = io.StringIO()
    journal.set_up(stream=stream)
    structlog.get_logger().info("feed failed", feed="bbc", title="Київ")
    logging.getLogger("library").warning("odd")
    structlog.reset_defaults()
    logging.getLogger().handlers = []
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["event"] == "feed failed"
    assert first["title"] == "Київ"
    assert first["level"] == "info"
    assert second["event"] == "odd"


def test_the_libraries_chatter_is_not_written(out):
    logging.getLogger("apprise").info("token=%s", "abc")
    logging.getLogger("apscheduler").debug("tick")
    assert out.getvalue() == ""
