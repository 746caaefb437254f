"""The pages are true: the reference is what the code says, and the README names what is there."""

import re
from pathlib import Path

from reference import reference

from monitor import events
from monitor.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent


def test_the_reference_is_current():
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == reference(), "run: make reference"


def test_every_command_in_the_readme_is_one():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\s*(?:\$ )?(?:\.venv/bin/)?monitor ((?:-\S+ \S+ )*)([a-z]+)", readme, re.MULTILINE)
    assert named
    assert {command for _, command in named} <= COMMANDS.keys()


def test_every_make_target_in_the_readme_is_one():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", readme)) <= targets


def test_every_file_that_the_architecture_names_is_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:monitor|tests|docs)/[\w/.]+)`", page):
        assert (ROOT / path).exists(), path


def test_every_event_has_a_sentence():
    for kind in events.KINDS.values():
        assert (kind.__doc__ or "").split("\n")[0].endswith("."), kind
