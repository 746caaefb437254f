"""How much is done for items and rules that are made to hurt: counted in calls, not in seconds.

The benchmark (tests/bench/bench_rules.py) has the milliseconds.
"""

import sys

import pytest

from monitor.model import Item
from monitor.rules import ruleset
from monitor.rules.match import MOST_SPANS
from monitor.rules.reading import LONGEST, MOST_WORDS
from monitor.rules.regexes import MOST_MATCHES, compiled

NESTED = " OR ".join(f'"{"a " * words}"' for words in range(1, 17))
RULES = [
    f'"{"a " * 16}"',
    NESTED,
    '"a* a* a* a*" OR "a* a*" OR "aa* a* aa*" OR "a? a*"',
    "a* OR b*",
    " OR ".join(f"a{'?' * n}*{end}" for n in range(5) for end in "abcd"),
    "a* NEAR/255 zebra",
    "((a* NEAR/30 b*) NEAR/30 a*) NEAR/255 (zebra OR a*)",
    "a* NOT NEAR/20 zebra",
    f"atleast/100({NESTED})",
    "sentence(a* AND NOT b* AND (zebra OR a))",
    "sentence(a* NEAR/20 aa* OR atleast/2(a*))",
    "lead/10000(a* AND b*)",
    r"/\b\w+[,.]?\d*\s?(bn|a|b)\b/",
]
TEXTS = {
    "one word": "a ",
    "two words": "a b ",
    "sentences": "aa. Aa. ",
    "numbers": "1,5 bn ",
}
SMALL, LARGE = 8 * 1024, 32 * 1024  # characters
PER_WORD = 25  # calls that one more word may cost, all rules and texts


def calls(rules: ruleset.RuleSet, text: str) -> int:
    """Calls that a match makes, of Python and of C, once what can be remembered is."""
    item = Item(id="i", feed="f", title="x", summary=text)
    rules.match(item)
    counted = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        rules.match(item)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("query", RULES, ids=[query[:24] for query in RULES])
def test_a_word_more_costs_no_more_than_the_one_before(query, text):
    rules = ruleset.compile({"r.toml": f"title = 'R'\nquery = '''{query}'''\n"}, where="rules")
    small, large = (calls(rules, text * (size // len(text))) for size in (SMALL, LARGE))
    words = (LARGE - SMALL) // len(text) * len(text.split())
    assert large - small <= PER_WORD * words


def test_one_more_character_than_is_read_is_not_read():
    rules = ruleset.compile({"r.toml": "title = 'R'\nquery = 'zebra OR title:zebra'\n"}, where="rules")
    filler = "x " * (LONGEST // 2 - 4)
    assert rules.match(Item(id="i", feed="f", title="a title", summary=f"{filler}zebra")) == ()
    assert rules.match(Item(id="i", feed="f", title="zebra", summary=filler))


def test_one_more_word_than_is_read_is_not_read():
    rules = ruleset.compile({"r.toml": "title = 'R'\nquery = 'zebra'\n"}, where="rules")
    assert rules.match(Item(id="i", feed="f", title="x", summary="x " * (MOST_WORDS - 1) + "zebra"))
    assert rules.match(Item(id="i", feed="f", title="x", summary="x " * MOST_WORDS + "zebra")) == ()


def test_evidence_and_matches_have_an_end():
    rules = ruleset.compile({"r.toml": "title = 'R'\nquery = 'a OR /b/'\n"}, where="rules")
    (hit,) = rules.match(Item(id="i", feed="f", title="x", summary="a b " * 10_000))
    assert len(hit.spans) == MOST_SPANS
    assert len(compiled("b").search("b" * 10_000)) == MOST_MATCHES


def test_an_item_names_the_few_rules_that_are_tried():
    sources = {f"r{n}.toml": f"title = 'R'\nquery = 'tranche{n} AND ukraine'\n" for n in range(200)}
    rules = ruleset.compile(sources, where="rules")
    few = calls(rules, "Ukraine gets tranche7 of the loan")
    assert few < 2 * calls(
        ruleset.compile({"r7.toml": sources["r7.toml"]}, where="rules"), "Ukraine gets tranche7 of it"
    )
    assert rules.scans == ()


@pytest.mark.parametrize(
    ("query", "scanned"),
    [
        ("lang:uk", True),
        ("tier:1 AND NOT football", True),
        ("url:sport", True),
        ("lang:uk AND Kyiv", False),
        ("/[0-9]+ bn/", False),
        ("Kyiv OR /[0-9]+ bn/", False),
        ("Kyiv OR lang:uk", True),
        ("anyof/2(Kyiv, lang:uk, Lviv)", False),
        ("anyof/1(Kyiv, lang:uk)", True),
    ],
)
def test_a_rule_that_nothing_proposes_is_named(query, scanned):
    rules = ruleset.compile({"r.toml": f"title = 'R'\nquery = '{query}'\n"}, where="rules")
    assert rules.scans == (("r",) if scanned else ())
