"""rules/explain.py: every clause says whether it holds, by which words, and how far it was from holding."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Feed, Finding, Item
from monitor.rules import ruleset

TERMS = 'IMF = ["=IMF", "International Monetary Fund"]\nTRANCHE = ["tranche*"]\n'


def explained(query: str, title: str, summary: str = "", more: str = "", feed: Feed | None = None, **fields: object):
    rules = ruleset.compile(
        {"terms.toml": TERMS, "r.toml": f"title = 'R'\nquery = '''{query}'''\n{more}"}, where="rules"
    )
    (verdict,) = rules.explain(Item(id="i", feed="f", title=title, summary=summary, **fields), feed)
    return verdict


def words(finding: Finding, title: str, summary: str = "") -> list[str]:
    return [{"title": title, "summary": summary}[span.field][span.start : span.end] for span in finding.spans]


def test_a_tree_has_a_node_for_each_clause_as_written():
    title = "IMF board approves a new tranche"
    found = explained("($IMF NEAR/4 $TRANCHE)\n AND NOT title:Pakistan", title)
    assert found.held
    assert found.query.clause == "($IMF NEAR/4 $TRANCHE) AND NOT title:Pakistan"
    near, denied = found.query.parts
    assert (near.clause, near.held, near.distance, near.limit) == ("($IMF NEAR/4 $TRANCHE)", True, 4, 4)
    assert words(near, title) == ["IMF", "tranche"]
    assert [(part.clause, part.held, words(part, title)) for part in near.parts] == [
        ("$IMF", True, ["IMF"]),
        ("$TRANCHE", True, ["tranche"]),
    ]
    assert (denied.clause, denied.held) == ("NOT title:Pakistan", True)
    assert (denied.parts[0].held, denied.parts[0].parts[0].held) == (False, False)


def test_a_near_that_fails_says_how_far_it_was():
    near = explained("$IMF NEAR/2 $TRANCHE", "IMF board approves a tranche").query
    assert (near.held, near.distance, near.limit) == (False, 3, 2)


@pytest.mark.parametrize(
    ("query", "title", "distance", "note"),
    [
        ("a NEAR/2 b", "a x", None, "b is not there"),
        ("a NEAR/2 b", "b x", None, "a is not there"),
        ("a ONEAR/2 b", "b x a", None, "both are there, but never the first one first"),
        ("a NEAR/2 a*", "a", None, "both share the same words"),
        ("a NOT NEAR/2 b", "a x b x x x a", 3, ""),
        ("a NOT NEAR/3 b", "a x b x x x a", 3, ""),
    ],
)
def test_nearness_is_measured_or_said(query, title, distance, note):
    near = explained(query, title).query
    assert (near.distance, near.note) == (distance, note)


def test_counts_are_told():
    often = explained("atleast/3(a OR b)", "a b x").query
    assert (often.held, often.distance, often.limit, words(often, "a b x")) == (False, 2, 3, ["a", "b"])
    some = explained("anyof/2(a, b, c)", "a x").query
    assert (some.held, some.distance, some.limit, [part.held for part in some.parts]) == (
        False,
        1,
        2,
        [True, False, False],
    )


def test_what_stands_in_several_sentences_is_said_to():
    found = explained("sentence(Kyiv AND visit)", "x", "A visit. Kyiv is far.").query
    assert (found.held, found.note) == (False, "each is there, but in no one sentence all of them")
    assert [part.held for part in found.parts[0].parts] == [True, True]
    found = explained("sentence(Kyiv NEAR/5 visit)", "x", "A visit. Kyiv is far.").query
    assert found.parts[0].note == "both are there, but in no one sentence"


def test_exclusions_and_days_are_told():
    found = explained("Kyiv", "Kyiv football", more="exclude = 'football OR chess'\n")
    assert (found.held, found.query.held, found.exclude.held) == (False, True, True)
    assert [(part.clause, part.held) for part in found.exclude.parts] == [("football", True), ("chess", False)]
    found = explained("Kyiv", "Kyiv", more="from = 2024-09-01\n", published=datetime(2024, 8, 1, tzinfo=UTC))
    assert (found.held, found.query.held, found.note) == (False, True, "not valid on 2024-08-01")


def test_where_an_item_comes_from_is_told():
    feed = Feed(id="f", url="https://f.example/", title="F", group="war", tier=1, interval=timedelta(hours=1))
    found = explained("group:war AND tier:2 AND lang:uk AND url:x", "t", feed=feed, url="https://f.example/y").query
    assert [(part.clause, part.held, part.note) for part in found.parts] == [
        ("group:war", True, "it is war"),
        ("tier:2", False, "it is 1"),
        ("lang:uk", False, "the item does not say"),
        ("url:x", False, "it is https://f.example/y"),
    ]


def test_every_rule_has_its_verdict_and_every_form_its_spans():
    sources = {
        "terms.toml": TERMS,
        "a.toml": "title = 'A'\nquery = '$IMF AND /[0-9]+ bn/ AND NOT loan'",
        "b.toml": "title = 'B'\nquery = 'tranche* OR \"storm shadow\"'",
    }
    rules = ruleset.compile(sources, where="rules")
    item = Item(id="i", feed="f", title="IMF: a tranche of 5 bn, says the IMF")
    assert [(verdict.rule, verdict.held) for verdict in rules.explain(item)] == [("a", True), ("b", True)]
    assert rules.forms() == {
        "a": ("=IMF", "International Monetary Fund", "/[0-9]+ bn/"),
        "b": ("tranche*", '"storm shadow"'),
    }
    found = [(rule, form, item.title[span.start : span.end]) for rule, form, span in rules.found(item)]
    assert found == [
        ("a", "=IMF", "IMF"),
        ("a", "/[0-9]+ bn/", "5 bn"),
        ("a", "=IMF", "IMF"),
        ("b", "tranche*", "tranche"),
    ]
