"""rules/files.py: the folder as it is on the disk."""

import os

import pytest

from monitor.errors import Mistakes, RuleError
from monitor.rules import files


def test_every_toml_is_read_and_nothing_else(tmp_path):
    (tmp_path / "b.toml").write_text("title = 'Київ'", encoding="utf-8")
    (tmp_path / "a.toml").write_text("", encoding="utf-8")
    for other in ("README.md", ".#a.toml", "a.toml~", "a.toml.swp"):
        (tmp_path / other).write_text("x", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    assert files.read(tmp_path) == {"a.toml": "", "b.toml": "title = 'Київ'"}
    assert list(files.read(tmp_path)) == ["a.toml", "b.toml"]


def test_line_ends_stay_what_they_are(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"a = 1\r\n")
    assert files.read(tmp_path) == {"a.toml": "a = 1\r\n"}


def test_a_folder_that_is_not_there_is_a_complaint(tmp_path):
    with pytest.raises(RuleError) as refused:
        files.read(tmp_path / "rules")
    assert refused.value.where == str(tmp_path / "rules")
    assert "cannot be read" in refused.value.message


def test_a_folder_without_rules_is_a_complaint(tmp_path):
    (tmp_path / "README.md").write_text("x", encoding="utf-8")
    with pytest.raises(RuleError, match="there is no rule file in this folder"):
        files.read(tmp_path)


def complaints(folder) -> list[tuple[str, str]]:
    with pytest.raises(Mistakes) as refused:
        files.read(folder)
    assert all(mistake.hint for mistake in refused.value.mistakes)
    return [(mistake.where.removeprefix(f"{folder}/"), mistake.message) for mistake in refused.value.mistakes]


def test_files_that_cannot_be_read_are_told_together(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"title = 'x'\nquery = '\xff'\n")
    (tmp_path / "b.toml").mkdir()
    (tmp_path / "c.toml").write_bytes(b"#" * (files.LARGEST + 1))
    os.mkfifo(tmp_path / "d.toml")
    (tmp_path / "e.toml").symlink_to(tmp_path / "e.toml")
    (tmp_path / "f.toml").write_text("title = 'fine'", encoding="utf-8")
    assert complaints(tmp_path) == [
        ("a.toml:2", "byte 0xff is not UTF-8"),
        ("b.toml", "this is no file"),
        ("c.toml", "this file is larger than 1 MiB"),
        ("d.toml", "this is no file"),
        ("e.toml", "this is no file"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_is_a_complaint(tmp_path):
    (tmp_path / "a.toml").touch(mode=0o000)
    assert complaints(tmp_path) == [("a.toml", "this file cannot be read: Permission denied")]


def test_a_link_may_stay_in_the_folder_but_not_lead_out_of_it(tmp_path):
    rules = tmp_path / "rules"
    (rules / "..data").mkdir(parents=True)
    (rules / "..data" / "a.toml").write_text("title = 'x'", encoding="utf-8")
    (rules / "a.toml").symlink_to("..data/a.toml")
    assert files.read(rules) == {"a.toml": "title = 'x'"}
    (tmp_path / "secret").write_text("password", encoding="utf-8")
    (rules / "b.toml").symlink_to(tmp_path / "secret")
    assert complaints(rules) == [("b.toml", "this link leads out of the rules folder")]
