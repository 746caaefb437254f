"""What is on the disk: the configuration, its secrets, the folders it names."""

import os

import pytest

from monitor.errors import ConfigError, Mistakes, NotFound
from monitor.service import places

RULE = "title = 'IMF'\nquery = 'imf AND tranche'\n"
CONFIG = """
[[channel]]
name = "mail"
url = "mailtos://me:${MAIL_PASSWORD}@example.org"

[[digest]]
name = "desk"
channels = ["mail"]
topics = ["imf-tranche"]
cron = "0 7 * * *"
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A configuration with a rule and a secret that is not set."""
    for name in ("MAIL_PASSWORD", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "imf-tranche.toml").write_text(RULE)
    path = tmp_path / "config.toml"
    path.write_text(CONFIG)
    return path


def test_a_secret_comes_from_the_environment(config, monkeypatch):
    with pytest.raises(Mistakes, match="MAIL_PASSWORD"):
        places.read_config(config)
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    assert places.read_config(config).channel("mail").url == "mailtos://me:hunter2@example.org"


def test_a_secret_comes_from_a_credential_before_the_environment(config, monkeypatch, tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / "MAIL_PASSWORD").write_text("from-a-file\n")
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    assert "from-a-file@" in places.read_config(config).channel("mail").url


def test_under_systemd_the_data_lies_in_the_state_folder(config, monkeypatch, tmp_path):
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    read = places.read_config(config)
    assert places.data_folder(config, read) == tmp_path / "data"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/monitor")
    assert str(places.data_folder(config, read)) == "/var/lib/monitor"


def test_check_reads_both_and_says_what_may_surprise(config, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    config.write_text(CONFIG.replace('channels = ["mail"]\n', ""))
    (config.parent / "rules" / "imf-tranche.toml").write_text(RULE.replace(" AND", ""))
    checked = places.check(config)
    assert len(checked.rules.rules) == 1
    assert any("has no channel" in note for note in checked.notes)
    assert any("side by side means AND" in note for note in checked.notes)


def test_check_names_a_rule_that_must_be_held_against_every_item(config, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    (config.parent / "rules" / "everything.toml").write_text("title = 'x'\nquery = 'tier:1 AND lang:uk'\n")
    assert any("'everything' is held against every item" in note for note in places.check(config).notes)


def test_a_digest_and_a_rule_may_only_ask_for_what_is_there(config, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    config.write_text(CONFIG.replace("imf-tranche", "imf-tranch"))
    (config.parent / "rules" / "imf-tranche.toml").write_text(RULE + "digests = ['dsek']\n")
    with pytest.raises(Mistakes) as refused:
        places.check(config)
    first, second = refused.value.mistakes
    assert first.where.endswith("config.toml:9:11")
    assert first.hint == "did you mean 'imf-tranche'?"
    assert second.where.endswith("rules/imf-tranche.toml:3:12")
    assert second.hint == "did you mean 'desk'?"


def test_a_rule_that_is_not_there_is_named_with_its_neighbour(config, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "x")
    rules = places.check(config).rules
    places.rules_named(rules, ["imf-tranche"])
    with pytest.raises(NotFound, match="imf-trance"):
        places.rules_named(rules, ["imf-trance"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_configuration_that_may_not_be_read_says_so(config):
    config.chmod(0)
    with pytest.raises(ConfigError, match="cannot be read"):
        places.read_config(config)


def test_a_configuration_that_is_a_folder_says_so(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        places.read_config(tmp_path)


def test_a_configuration_beyond_all_measure_is_not_read(tmp_path):
    path = tmp_path / "config.toml"
    with path.open("wb") as out:
        out.truncate(places.MOST_CONFIG + 1)
    with pytest.raises(ConfigError, match="larger than"):
        places.read_config(path)
