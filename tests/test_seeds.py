"""config.toml and rules/ as they are shipped: valid as they are, and valid once a reader does what the remarks say."""

import importlib
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from monitor.config import Config, parse
from monitor.digests.outbox import door_for
from monitor.errors import Mistakes
from monitor.rules import files, ruleset

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "config.toml").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^#(?=\[\[|[a-z_]+ *= )", re.MULTILINE)
SECRETS = {
    "MONITOR_MAIL": "mailtos://desk:p%40ss@mail.example.org?from=desk@example.org&to=editor@example.org,two@example.org",
    "MONITOR_CHAT": "123456789:AAEhBOweik9ai1IvR_9fbVyCVgbOIcoxDBc",
    "MONITOR_FEEDBACK": "5a1d0f3c9b7e2468ace013579bdf8642",
}


def uncommented(text: str) -> str:
    return EXAMPLE.sub("", text)


@pytest.fixture(scope="module")
def config() -> Config:
    return parse(SHIPPED, secrets={})


def test_the_configuration_needs_no_secret_and_reaches_nobody(config):
    assert config.channels == ()
    assert config.secrets == ()
    assert all(digest.channels == () for digest in config.digests)


def test_it_reads_a_dozen_feeds_of_several_kinds(config):
    assert 12 <= len(config.feeds) <= 18
    assert {feed.lang for feed in config.feeds} == {"en", "uk", "ru"}
    assert {feed.tier for feed in config.feeds} >= {1, 2}
    assert {feed.group for feed in config.feeds} == {"official", "world", "ukraine", "russia"}
    assert all(urlsplit(feed.url).scheme == "https" for feed in config.feeds)
    assert len({feed.url for feed in config.feeds}) == len(config.feeds)
    assert all(feed.title != feed.id for feed in config.feeds)


def test_no_host_is_asked_often(config):
    assert all(feed.interval >= timedelta(minutes=15) for feed in config.feeds)


def test_the_desk_is_told_at_seven_and_six_in_kyiv(config):
    desk = next(digest for digest in config.digests if digest.name == "desk")
    assert (desk.cron, desk.zone, desk.topics, desk.priority) == ("0 7,18 * * *", "Europe/Kyiv", (), "low")


def test_the_example_channels_are_right_once_uncommented_and_their_secrets_set():
    text = uncommented(SHIPPED).replace("channels = []", 'channels = ["mail", "chat"]')
    read = parse(text, secrets=SECRETS)
    assert [channel.name for channel in read.channels] == ["mail", "chat"]
    assert [digest.channels for digest in read.digests] == [("mail", "chat")] * 3
    assert set(read.secrets) == set(SECRETS.values())
    reached = [
        importlib.import_module(f"monitor.digests.{door_for(channel.url)}").recipients(channel.url)
        for channel in read.channels
    ]
    assert reached == [("editor@example.org", "two@example.org"), ("1",)]


def test_the_example_channels_complain_of_each_secret_that_is_not_set():
    with pytest.raises(Mistakes) as refused:
        parse(uncommented(SHIPPED), secrets={})
    assert [wrong.message for wrong in refused.value.mistakes] == [
        "the secret ${MONITOR_FEEDBACK} is not set",
        "the secret ${MONITOR_MAIL} is not set",
        "the secret ${MONITOR_CHAT} is not set",
    ]


def test_uncommenting_changes_nothing_but_the_examples():
    changed = [
        (before, after)
        for before, after in zip(SHIPPED.splitlines(), uncommented(SHIPPED).splitlines(), strict=True)
        if before != after
    ]
    assert [after for _, after in changed] == [
        'listen       = "127.0.0.1:8080"',
        'public_url   = "https://news.example.org"',
        'feedback_key = "${MONITOR_FEEDBACK}"',
        *("[[channel]]", 'name = "mail"', 'url  = "${MONITOR_MAIL}"'),
        *("[[channel]]", 'name = "chat"', 'url  = "tgram://${MONITOR_CHAT}/-1001234567890"'),
    ]


def test_the_mail_address_that_the_remark_shows_is_one():
    from monitor.digests import smtp

    shown = re.search(r"^#   (mailtos://\S+)$", SHIPPED, re.MULTILINE)
    assert shown is not None
    assert smtp.recipients(shown[1]) == ("editor@example.org", "reporter@example.org")


def test_every_key_that_the_remarks_explain_is_one():
    from msgspec.structs import fields

    from monitor.config import DigestTable, FeedTable

    def explained(heading: str) -> set[str]:
        part = SHIPPED.split(heading)[1].split("[[")[0]
        return set(re.findall(r"^# (\w+)  +\S", part, re.MULTILINE))

    assert explained("-- what is read") == {field.name for field in fields(FeedTable)} - {"interval"}
    assert explained("-- what they are told") == {field.name for field in fields(DigestTable)} - {"title"}


def test_the_rules_are_understood_and_every_example_holds(config):
    rules = ruleset.compile(files.read(ROOT / config.rules), where="rules")
    assert {rule.id for rule in rules.rules} == {
        *("kyiv-visit", "long-range-weapons", "iran-missiles"),
        *("kremlin-reaction", "imf-tranche", "us-politics-aid"),
    }
    assert [example.title for example in rules.examples() if not example.held] == []
    assert all(rule.examples >= 2 for rule in rules.rules)


def test_rules_and_digests_name_only_each_other(config):
    rules = ruleset.compile(files.read(ROOT / config.rules), where="rules")
    names = {digest.name for digest in config.digests}
    assert all(set(rule.digests) <= names for rule in rules.rules)
    assert all(set(digest.topics) <= {rule.id for rule in rules.rules} for digest in config.digests)


def test_the_unit_hands_over_the_secrets_that_the_examples_ask_for():
    unit = (ROOT / "systemd" / "monitor.service").read_text(encoding="utf-8")
    asked = re.findall(r"\$\{(\w+)\}", "".join(re.findall(r"^#\w+ +=.*", SHIPPED, re.MULTILINE)))
    assert set(re.findall(r"^#LoadCredential=(\w+):", unit, re.MULTILINE)) == set(asked) == set(SECRETS)
