"""rules/linter.py, implies.py: what is no mistake and may still surprise."""

import pytest
from hypothesis import given, settings
from rules.test_match import FEED, FORMS, INNER, ITEMS, compiled

from monitor.model import Item
from monitor.rules import ruleset
from monitor.rules.implies import Implication
from monitor.rules.parser import parse

TERMS = 'KYIV = ["Kyiv", "Київ"]\nRUSSIA = ["Russia*", "Росі*"]\nPLACES = ["$KYIV", "Lviv"]\n'


def lints(*queries: str, exclude: str = "", terms: str = TERMS) -> list[tuple[str, str, str]]:
    sources = {f"r{n}.toml": f"title = 'R'\nquery = '''{query}'''\n" for n, query in enumerate(queries)}
    if exclude:
        sources["r0.toml"] += f"exclude = '''{exclude}'''\n"
    found = ruleset.compile({"terms.toml": terms, **sources}, where="rules").lints
    return [(lint.where.removeprefix("rules/"), lint.message, lint.hint) for lint in found]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("Kyiv visit", "side by side means AND, not a phrase: Kyiv visit"),
        ("a*", "a* stands for very many words"),
        ("Kyiv AND vi?it", ""),
        ("Kyiv AND v?sit", ""),
        ("Kyiv AND v*sit", "v*sit stands for very many words"),
        ("Kyiv AND v?t", "v?t stands for very many words"),
        ('"the a*"', ""),
        ("Кiev", "Кiev mixes letters that look alike: к is Cyrillic, iev is Latin"),
        ('"Росcії сказали"', '"Росcії сказали" mixes letters that look alike: росії is Cyrillic, c is Latin'),
        ("F-16 OR С-300 OR Ка52", ""),
        ("Kyiv AND NOT Kyiv", "this can never hold: NOT Kyiv takes back Kyiv"),
        ("Kyiv* AND NOT (Ky* OR Lviv)", "this can never hold: NOT (Ky* OR Lviv) takes back Kyiv*"),
        ("title:Kyiv AND NOT Kyiv", "this can never hold: NOT Kyiv takes back title:Kyiv"),
        ("Kyiv AND NOT title:Kyiv", ""),
        ('"Kyiv visit" AND NOT visit', 'this can never hold: NOT visit takes back "Kyiv visit"'),
        ("Kyiv AND lang:uk AND lang:(ru OR en)", "this can never hold: an item has one lang"),
        ("Kyiv AND lang:uk AND lang:(ru OR uk)", ""),
        ("sentence(title:Kyiv AND body:visit)", "this can never hold: no sentence is in body and in title"),
        ("IMF NOT Pakistan", "a round-up that names Pakistan anywhere is left out as a whole"),
        ("IMF NOT (Egypt* OR cricket)", "a round-up that names Egypt* anywhere is left out as a whole"),
        ("IMF AND NOT $RUSSIA", "a round-up that names $RUSSIA anywhere is left out as a whole"),
        ('IMF NOT "Saudi Arabia"', 'a round-up that names "Saudi Arabia" anywhere is left out as a whole'),
        ("IMF NOT title:Pakistan", ""),
        ("IMF NOT (Pakistan AND cricket)", ""),
        ("IMF AND Pakistan", ""),
    ],
)
def test_a_query_that_may_surprise_is_named(query, message):
    found = [found for _, found, _ in lints(query)]
    if message:
        assert message in found
    else:
        assert found == []


def test_a_lint_has_a_place_a_caret_line_and_a_hint():
    rules = ruleset.compile({"r.toml": "title = 'R'\nquery = '''\n  IMF AND\n  NOT Pakistan\n'''\n"}, where="rules")
    (lint,) = rules.lints
    assert lint.where == "rules/r.toml:4:7"
    assert lint.excerpt == "  NOT Pakistan\n      ^^^^^^^^"
    assert lint.hint == "to leave out what it is about, write title:Pakistan"
    assert str(lint) == f"{lint.where}: {lint.message}; {lint.hint}"


def test_an_exclusion_that_takes_all_is_named():
    assert [found for _, found, _ in lints("Kyiv AND visit", exclude="visit OR football")] == [
        "this rule can never hold: what it looks for is excluded"
    ]
    assert [found for _, found, _ in lints("IMF", exclude="Pakistan")] == [
        "a round-up that names Pakistan anywhere is left out as a whole"
    ]


def test_lists_are_looked_at_too():
    found = lints("$A", terms='A = ["Kyiv", "а*", "Кiev"]\n')
    assert [(where, message.split(" ")[0]) for where, message, _ in found] == [
        ("terms.toml:1:15", "а*"),
        ("terms.toml:1:21", "Кiev"),
    ]


@pytest.mark.parametrize(
    ("one", "other", "within"),
    [
        ("Kyiv AND visit", "Kyiv", True),
        ("Kyiv", "Kyiv AND visit", False),
        ("Kyivan", "Kyiv*", True),
        ("kyi*", "kyiv*", False),
        ('"storm shadow missile"', '"storm shadow*"', True),
        ("Kyiv", "$PLACES", True),
        ("$KYIV", "$PLACES OR Odesa", True),
        ("$PLACES", "$KYIV", False),
        ("=Kyiv", "Kyiv", True),
        ("Kyiv", "=Kyiv", False),
        ("title:Kyiv", "Kyiv", True),
        ("title:Kyiv", "lead/20(Kyiv)", True),
        ("lead/10(Kyiv)", "lead/20(Kyiv)", True),
        ("Kyiv NEAR/5 visit", "visit NEAR/8 Kyiv", True),
        ("Kyiv ONEAR/5 visit", "Kyiv NEAR/5 visit", True),
        ("Kyiv NEAR/5 visit", "Kyiv ONEAR/5 visit", False),
        ("Kyiv NEAR/5 visit", "Kyiv AND visit", True),
        ("sentence(Kyiv AND visit)", "Kyiv AND visit", True),
        ("atleast/3(Kyiv)", "atleast/2(Kyiv)", True),
        ("anyof/2(Kyiv, visit, train)", "Kyiv OR visit OR train", True),
        ("Kyiv AND lang:uk", "Kyiv AND lang:(uk OR ru)", True),
        ("/[0-9]+ bn/ AND IMF", "/[0-9]+ bn/", True),
    ],
)
def test_a_rule_within_another_one_is_named(one, other, within):
    found = [message for where, message, _ in lints(one, other) if where.startswith("r0.toml")]
    assert ("every item that this rule catches is caught by r1 as well" in found) is within


def test_days_and_exclusions_keep_a_rule_from_being_within_another():
    head = "title = 'R'\nquery = 'Kyiv"
    for more in ("exclude = 'football'", "until = 2025-01-01"):
        sources = {"a.toml": f"{head} AND visit'\n", "b.toml": f"{head}'\n{more}\n"}
        assert ruleset.compile(sources, where="rules").lints == ()


@settings(max_examples=200, deadline=None)
@given(INNER, INNER, ITEMS)
def test_what_is_proved_is_so(one, other, item):
    if Implication(FORMS.__getitem__).proves(parse(one), parse(other)):
        hits = {hit.rule for hit in compiled([(one, None), (other, None)]).match(item, FEED)}
        assert hits != {"r0"}
    assert isinstance(item, Item)
