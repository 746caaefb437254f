"""The shipped rules on the bundled day, against what an analyst would expect of them.

Neither is bent to the other: what the rules miss is named here. The day is small, fifty items by one hand, in which
most look-alikes were put on purpose; it says that the rules do on such a day what they are meant to, and nothing about
how they fare in the wild.
"""

from datetime import datetime
from pathlib import Path

import pytest

from monitor.demo.outlets import document
from monitor.demo.story import Outlet, Report, bundled, worded
from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read
from monitor.model import FeedId, Item
from monitor.rules import files, ruleset

RULES = Path(__file__).parents[2] / "rules"
STORY = bundled()
REPORTS = [(outlet, report) for outlet in STORY.outlets for report in outlet.reports]
EXPECTED = {(outlet.about.id, report.id, topic) for outlet, report in REPORTS for topic in report.topics}
SITES = {outlet.about.id: f"http://{outlet.about.id}.example" for outlet in STORY.outlets}

# What an analyst would want and the rules let pass. A visit without a word for it: people who are spoken to, or who
# came to "the capital". Weapons in the summary, without a word for permission or none for Ukraine.
MISSED = {
    ("halden-brief", "reading-peskov", "long-range-weapons"),
    ("halden-brief", "two-visitors", "long-range-weapons"),
    ("kurier", "crimea-platform", "kyiv-visit"),
    ("kurier", "talks", "kyiv-visit"),
    ("meridian-wire", "plea", "kyiv-visit"),
}


def heard(outlet: Outlet, report: Report, now: datetime) -> Item:
    """The item as the service hears it: through the outlet's feed and the parser."""
    name = outlet.about.id
    body = document(outlet, [worded(name, report, now)], now, SITES)
    [item] = read(Job(feed=name, base=SITES[name], lang="", content_type="application/xml", body=body)).items
    return item


@pytest.fixture(scope="module")
def caught() -> set[tuple[FeedId, str, str]]:
    rules = ruleset.compile(files.read(RULES), where="rules")
    return {
        (outlet.about.id, report.id, hit.rule)
        for outlet, report in REPORTS
        for now in (report.at, STORY.frame.ends)
        for hit in rules.match(heard(outlet, report, now))
    }


def test_the_day_expects_only_rules_that_are_shipped():
    rules = ruleset.compile(files.read(RULES), where="rules")
    assert {topic for _, _, topic in EXPECTED} == {rule.id for rule in rules.rules}


def test_nothing_is_caught_that_an_analyst_would_not_want(caught):
    assert caught - EXPECTED == set()


def test_what_is_missed_is_known(caught):
    assert EXPECTED - caught <= MISSED
    assert MISSED <= EXPECTED


def test_every_rule_catches_the_story_of_its_day_in_two_languages(caught):
    langs = {outlet.about.id: outlet.about.lang for outlet in STORY.outlets}
    told: dict[str, set[str]] = {}
    for name, _, rule in caught:
        told.setdefault(rule, set()).add(langs[name])
    assert all(len(told.get(rule, ())) >= 2 for _, _, rule in EXPECTED), told
