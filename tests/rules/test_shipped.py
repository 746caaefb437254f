"""The rules as they are shipped: in order, tried, and using every list that they bring."""

import re
from pathlib import Path

import pytest

from monitor.rules import files, ruleset

FOLDER = Path(__file__).parent.parent.parent / "rules"
TOPICS = ["imf-tranche", "iran-missiles", "kremlin-reaction", "kyiv-visit", "long-range-weapons", "us-politics-aid"]
LONGEST_QUERY = 400  # characters: short enough to be read aloud
LANGUAGES = {  # with words by which a title gives its language away
    "English": r"\b(?:the|to|of|and|in|on|over)\b",
    "Ukrainian": "[іїєґ]",
    "Russian": "^[^іїєґ]*[а-я][^іїєґ]*$",
    "Polish": r"\b(?:Ukrain(?:ie|y|a)|Kijowa|Rosji)\b",
    "German": r"\b(?:die|in Kiew|Russland)\b",
    "French": r"\b(?:l'|L'|à|La|Le|Les)\b",
    "Spanish": r"\b(?:El|Los|Londres|Irán)\b",
}


@pytest.fixture(scope="module")
def rules():
    return ruleset.compile(files.read(FOLDER), where="rules")


def test_the_topics_are_those_of_the_eleventh_of_september(rules):
    assert [rule.id for rule in rules.rules] == TOPICS


def test_every_example_holds(rules):
    assert [str(example.mistake()) for example in rules.examples() if not example.held] == []


@pytest.mark.parametrize("rule", TOPICS)
def test_every_rule_has_examples_in_seven_languages_and_look_alikes(rules, rule):
    examples = [example for example in rules.examples() if example.rule == rule]
    caught = [example.title for example in examples if example.wanted]
    untold = [name for name, spoken in LANGUAGES.items() if not any(re.search(spoken, title) for title in caught)]
    assert untold == []
    assert sum(not example.wanted for example in examples) >= 5


def test_rules_are_short_enough_to_be_read_aloud(rules):
    assert {rule.id: len(rule.query) for rule in rules.rules if len(rule.query) > LONGEST_QUERY} == {}


def test_nothing_in_the_rules_may_surprise(rules):
    assert rules.lints == ()


def test_every_list_is_used(rules):
    text = "".join(rules.sources.values())
    names = re.findall(r"^([A-Z_]+) *=", rules.sources["terms.toml"], re.MULTILINE)
    assert [name for name in names if not re.search(rf"\${name}\b", text)] == []
