"""rules/ruleset.py: a folder of rule files is understood whole or refused whole."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import Mistakes
from monitor.model import Item, RuleInfo
from monitor.rules import ruleset

TERMS = 'KYIV = ["Kyiv", "Київ", "Києв*"]\n'
VISIT = """\
title    = "Visits"
priority = "high"
digests  = ["desk"]
query    = '''
  ($KYIV AND visit*)
  OR title:(Blinken
            AND Kiev)
'''
exclude  = "football"
from     = 2024-09-01
[[expect]]
match    = "A visit to Kyiv"
[[expect]]
no_match = "A visit to Riga"
"""
SOURCES = {"terms.toml": TERMS, "visit.toml": VISIT, "imf.toml": "title = 'IMF'\nquery = 'IMF'\n"}


def item(title: str, summary: str = "", published: datetime | None = None) -> Item:
    return Item(id="i", feed="f", title=title, summary=summary, published=published)


def mistakes(sources: dict[str, str]) -> list[str]:
    with pytest.raises(Mistakes) as refused:
        ruleset.compile(sources, where="rules")
    return [f"{mistake.where}: {mistake.message}" for mistake in refused.value.mistakes]


def test_a_hit_says_all_that_an_event_needs():
    rules = ruleset.compile(SOURCES, where="rules")
    (hit,) = rules.match(item("Two visits", "They came to Києва by train"))
    assert (hit.rule, hit.topic, hit.priority, hit.digests) == ("visit", "Visits", "high", ("desk",))
    assert hit.version == next(rule.version for rule in rules.rules if rule.id == "visit")
    assert hit.clause == "($KYIV AND visit*)"
    assert [(span.field, span.start, span.end) for span in hit.spans] == [("title", 4, 10), ("summary", 13, 18)]


def test_the_clause_is_the_alternative_that_decided_on_one_line():
    rules = ruleset.compile(SOURCES, where="rules")
    assert rules.match(item("Blinken in Kiev"))[0].clause == "title:(Blinken AND Kiev)"


def test_hits_come_by_rule_id():
    rules = ruleset.compile(SOURCES, where="rules")
    assert [hit.rule for hit in rules.match(item("IMF visit to Kyiv"))] == ["imf", "visit"]


def test_an_item_from_before_the_rules_days_is_not_caught():
    rules = ruleset.compile(SOURCES, where="rules")
    assert rules.match(item("A visit to Kyiv", published=datetime(2024, 8, 31, tzinfo=UTC))) == ()
    assert len(rules.match(item("A visit to Kyiv", published=datetime(2024, 9, 1, tzinfo=UTC)))) == 1


def test_a_set_knows_its_files_and_its_digest_changes_with_them():
    rules = ruleset.compile(SOURCES, where="rules")
    assert dict(rules.sources) == SOURCES
    assert [rule.id for rule in rules.rules] == ["imf", "visit"]
    assert ruleset.compile(dict(reversed(SOURCES.items())), where="elsewhere").digest == rules.digest
    assert ruleset.compile({**SOURCES, "terms.toml": TERMS + "\n"}, where="rules").digest != rules.digest


def test_no_files_are_a_set_that_catches_nothing():
    assert ruleset.compile({}, where="rules").match(item("Kyiv")) == ()


def test_mistakes_of_all_files_are_told_together():
    sources = {
        "terms.toml": TERMS + "E = []\n",
        "b.toml": "title = 'b'\nquery = '$KIYV'",
        "a.toml": "titel = 'a'\nquery = 'a b OR c'",
        "Visit Kyiv.toml": VISIT,
        "c.toml": "title = 'c'\nquery = 'c",
    }
    assert mistakes(sources) == [
        "rules/Visit Kyiv.toml: 'Visit Kyiv.toml' is no name of a rule file",
        "rules/a.toml:1:1: unknown key 'titel'",
        "rules/a.toml:1:1: a rule needs the key 'title'",
        "rules/a.toml:2:14: AND and OR are mixed without parentheses",
        "rules/b.toml:2:10: there is no list $KIYV",
        'rules/c.toml:2:11: this is not TOML: expected "\'"',
        "rules/terms.toml:2:5: the list $E is empty",
    ]


def test_a_complaint_reads_like_this():
    with pytest.raises(Mistakes) as refused:
        ruleset.compile({"imf.toml": "title = 'x'\nquery = '''\n  imf AND tranche OR loan\n'''"}, where="rules")
    assert str(refused.value) == (
        "rules/imf.toml:3:19: AND and OR are mixed without parentheses\n"
        "      imf AND tranche OR loan\n"
        "                      ^^\n"
        "  hint: write (imf AND tranche) OR loan, or imf AND (tranche OR loan)"
    )
    assert refused.value.exit_code == 78


# -- examples and lints ------------------------------------------------------------------------------------------------


def test_examples_that_hold_say_so():
    examples = ruleset.compile(SOURCES, where="rules").examples()
    assert [(example.rule, example.wanted, example.held) for example in examples] == [
        ("visit", True, True),
        ("visit", False, True),
    ]


@pytest.mark.parametrize(
    ("example", "where", "why"),
    [
        ('match = "Kyiv at dawn"', "14:9", "does not hold: visit*"),
        ('match = "Blinken in Riga"', "14:9", "does not hold: title:(Blinken AND Kiev)"),
        ('match = "A visit to Kyiv: football"', "14:9", "left out by: football"),
        ('no_match = "A visit to Kyiv"', "14:12", "caught by: ($KYIV AND visit*)"),
        ('summary = "Kyiv"\nno_match = "A visit"', "15:12", "caught by: ($KYIV AND visit*)"),
    ],
)
def test_an_example_that_does_not_hold_says_where_and_why(example, where, why):
    text = VISIT[: VISIT.rindex("[[expect]]")] + f"[[expect]]\n{example}\n"
    failed = [e for e in ruleset.compile({**SOURCES, "visit.toml": text}, where="rules").examples() if not e.held]
    assert [(example.where, example.why) for example in failed] == [(f"rules/visit.toml:{where}", why)]
    mistake = failed[0].mistake()
    assert mistake.where == f"rules/visit.toml:{where}"
    assert why in mistake.hint
    assert mistake.exit_code == 78


def test_examples_are_tried_whatever_the_rules_days():
    text = "title = 'x'\nquery = 'Kyiv'\nuntil = 1999-12-31\n[[expect]]\nmatch = 'Kyiv'\n"
    assert ruleset.compile({"x.toml": text}, where="rules").examples()[0].held


def test_side_by_side_is_said_once():
    sources = {f"{name}.toml": f"title = 'x'\nquery = '{name} storm shadow OR x'" for name in "ab"}
    sources = {name: text.replace(" OR x", "") for name, text in sources.items()}
    (lint,) = ruleset.compile(sources, where="rules").lints
    assert (lint.where, lint.message) == ("rules/a.toml:2:10", "side by side means AND, not a phrase: a storm shadow")
    assert lint.excerpt == "query = 'a storm shadow'\n         ^^^^^^^^^^^^^^"
    assert ruleset.compile({"a.toml": "title = 'x'\nquery = 'a NOT b'"}, where="rules").lints == ()


# -- whatever is in the files ------------------------------------------------------------------------------------------

LINES = ["title = 'x'", "query = 'a'", "query = '$A'", "A = ['a']", "A = ['$A']", "[[expect]]", "match = 'a'", "'", "="]
LINES += ["from = 2024-01-01", "expect = 1", "query = '''", "'''", "(a", '"', "\ufeff", "\r", "\x0b", "digests = ['a']"]


@given(
    st.dictionaries(st.sampled_from(["terms.toml", "a.toml", "B.toml"]), st.lists(st.sampled_from(LINES), max_size=7))
)
def test_any_files_are_a_set_or_mistakes_with_places(files):
    sources = {name: "\n".join(lines) for name, lines in files.items()}
    try:
        found = ruleset.compile(sources, where="rules").rules
    except Mistakes as refused:
        found = refused.mistakes
    named = [info.id if isinstance(info, RuleInfo) else info.where for info in found]
    assert all(name == "a" or name.startswith("rules/") for name in named)
    assert all(info.hint for info in found if not isinstance(info, RuleInfo))
