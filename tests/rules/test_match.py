"""rules/match.py, plan.py, near.py, scope.py, reading.py: the quick engine says what a slow and simple one says."""

from datetime import timedelta
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rules.twin import Twin, apart

from monitor.model import Feed, Item
from monitor.rules import ruleset
from monitor.rules.match import MOST_SPANS
from monitor.rules.parser import parse
from monitor.rules.words import forms

LISTS = {"PLACE": ["kyiv", "київ*", "new york", "=IMF"], "ALL": ["$PLACE", "al*", "beta gamma", "г?р*д"]}
FORMS = {
    "PLACE": [forms(form, 0) for form in LISTS["PLACE"]],
    "ALL": [forms(form, 0) for form in (*LISTS["PLACE"], *LISTS["ALL"][1:])],
}
TERMS_FILE = "".join(f"{name} = {forms}\n" for name, forms in LISTS.items())

# -- queries and texts -------------------------------------------------------------------------------------------------

WORDS = ["alpha", "alps", "beta", "gamma", "київ", "києва", "new", "york", "kyiv", "a", "imf", "п'ять", "αθήνα", "كييف"]
TERMS = [
    *WORDS,
    *("al*", "київ*", "a*", "п?ять", "к*в", "al?s", "=IMF", "=Київ", "=A*", "long-range", "α*", "$PLACE", "$ALL"),
    *('"new york"', '"beta gamma"', '"al* beta"', '"new y*"', '"a a"', '"alpha a* alpha"', '"york new"', '"=IMF a"'),
    *('"a a a"', '"beta beta"'),
]
PATTERNS = [r"/\d+/", r"/(?i)imf\b/", r"/а\w+/", r"/\bal/", r"/[Aa]\s\w/", "/ﷺ|½/", r"/a.*b/"]
LEAVES = st.sampled_from(TERMS)
FAR = st.sampled_from([0, 1, 2, 5])


def near(parts):
    sign = st.tuples(st.sampled_from(["NEAR", "NEAR", "ONEAR", "NOT NEAR"]), FAR).map(lambda one: f"{one[0]}/{one[1]}")
    return st.tuples(parts, sign, parts).map(lambda one: f"({' '.join(one)})")


PLACED = st.recursive(
    LEAVES,
    lambda parts: st.one_of(
        near(parts), near(parts), st.lists(parts, min_size=2, max_size=3).map(lambda many: f"({' OR '.join(many)})")
    ),
    max_leaves=4,
)
SOURCES = st.sampled_from(
    ["lang:uk", "feed:f", "group:war", "tier:1", "lang:(en OR ru)", 'url:"a b"', "tag:(a OR beta)"]
)


def combined(parts):
    def joined(sign, least=2, most=3):
        return st.lists(parts, min_size=least, max_size=most).map(lambda many: f"({sign.join(many)})")

    return st.one_of(
        joined(" AND "),
        joined(" OR "),
        st.tuples(parts, parts).map(lambda two: f"({two[0]} AND NOT {two[1]})"),
        st.tuples(parts, parts, parts).map(lambda all_: f"({all_[0]} AND ({all_[1]} OR NOT {all_[2]}))"),
        st.tuples(st.sampled_from([1, 2, 3, 8]), parts).map(lambda two: f"lead/{two[0]}({two[1]})"),
        st.tuples(st.integers(1, 3), st.lists(parts, min_size=3, max_size=4)).map(
            lambda two: f"anyof/{two[0]}({', '.join(two[1])})"
        ),
    )


def fielded(parts):
    return st.tuples(st.sampled_from(["title", "summary", "body"]), parts).map(lambda two: f"{two[0]}:({two[1]})")


SIMPLE = st.one_of(
    PLACED,
    PLACED,
    st.sampled_from(PATTERNS),
    SOURCES,
    st.tuples(st.integers(1, 4), PLACED).map(lambda two: f"atleast/{two[0]}({two[1]})"),
    fielded(PLACED),
)
INNER = st.recursive(SIMPLE, combined, max_leaves=6)
QUERIES = st.one_of(
    INNER,
    INNER,
    INNER.map(lambda query: f"sentence({query})"),
    st.tuples(INNER, INNER).map(lambda two: f"sentence({two[0]}) AND {two[1]}"),
    st.recursive(st.one_of(PLACED, st.sampled_from(PATTERNS)), combined, max_leaves=4).flatmap(
        lambda query: fielded(st.just(f"sentence({query})"))
    ),
)
SHOWN = st.sampled_from(
    [
        *(*WORDS, "Kyiv’s", "ALPHA", "Київська", "½", "delta", "Alpha-beta", "A", "IMF", "Long‑range", "п’ять", "ALPS"),
        *("город", "і\u0308жак", "a\u0301", "😀", "ﷺ", "1,5", "Київ", "ГОРОД", "U.S.", "Mr.", "al", "b", "ᾈθήνα", "11"),
    ]
)
GAPS = st.sampled_from([" ", " ", " ", ", ", "-", " “", ". ", "! ", "\n", "\u00a0", "", "… ", "?» ", "_"])
TEXTS = st.lists(st.tuples(SHOWN, GAPS), max_size=12).map(lambda pairs: "".join(chain.from_iterable(pairs)))
ITEMS = st.builds(
    Item,
    id=st.just("i"),
    feed=st.sampled_from("fg"),
    title=TEXTS,
    summary=TEXTS,
    body=st.one_of(st.just(""), TEXTS),
    lang=st.sampled_from(["", "uk", "uk-UA", "en"]),
    url=st.sampled_from(["", "https://a.b/c-alpha"]),
    author=st.sampled_from(["", "A. Beta"]),
    tags=st.sampled_from([(), ("a", "beta gamma")]),
)
FEED = Feed(id="f", url="https://f.example/", title="F", group="war", tier=1, lang="ru", interval=timedelta(hours=1))


def compiled(queries: list[tuple[str, str | None]]) -> ruleset.RuleSet:
    sources = {"terms.toml": TERMS_FILE}
    for number, (query, exclude) in enumerate(queries):
        sources[f"r{number}.toml"] = f"title = 'R'\nquery = '''{query}'''\n"
        if exclude:
            sources[f"r{number}.toml"] += f"exclude = '''{exclude}'''\n"
    return ruleset.compile(sources, where="rules")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(QUERIES, st.none() | QUERIES), min_size=1, max_size=4), ITEMS, st.sampled_from([None, FEED]))
def test_the_engine_says_what_its_slow_twin_says(queries, item, feed):
    rules = compiled(queries)
    hits = {hit.rule: hit for hit in rules.match(item, feed)}
    verdicts = {verdict.rule: verdict for verdict in rules.explain(item, feed)}
    twin = Twin(FORMS, item, feed)
    for number, (query, exclude) in enumerate(queries):
        evidence = twin.holds(parse(query))
        caught = evidence is not None and not (exclude and twin.holds(parse(exclude)) is not None)
        name = f"r{number}"
        assert (name in hits) is caught, query
        assert verdicts[name].held is caught
        assert verdicts[name].query.held is (evidence is not None)
        if caught:
            assert hits[name].spans == apart(evidence, MOST_SPANS), query


# -- laws --------------------------------------------------------------------------------------------------------------


def held(query: str, item: Item) -> bool:
    return bool(compiled([(query, None)]).match(item, FEED))


@settings(max_examples=60, deadline=None)
@given(INNER, INNER, ITEMS)
def test_and_and_or_do_not_care_who_comes_first(one, other, item):
    for sign in ("AND", "OR"):
        both = compiled([(f"{one} {sign} {other}", None), (f"{other} {sign} {one}", None)])
        hits = both.match(item, FEED)
        assert len(hits) in (0, 2)
        assert len({hit.spans for hit in hits}) <= 1


@settings(max_examples=60, deadline=None)
@given(PLACED, PLACED, ITEMS, st.integers(0, 12), st.integers(0, 12))
def test_near_grows_with_its_number(one, other, item, less, more):
    less, more = sorted((less, more))
    assert held(f"{one} NEAR/{less} {other}", item) <= held(f"{one} NEAR/{more} {other}", item)
    assert held(f"{one} ONEAR/{less} {other}", item) <= held(f"{one} NEAR/{less} {other}", item)
    assert held(f"{one} NOT NEAR/{more} {other}", item) <= held(f"{one} NOT NEAR/{less} {other}", item)


@settings(max_examples=60, deadline=None)
@given(PLACED, ITEMS, st.integers(1, 12), st.integers(1, 12))
def test_lead_grows_with_its_number_and_atleast_shrinks(part, item, less, more):
    less, more = sorted((less, more))
    assert held(f"title:({part})", item) <= held(f"lead/{less}({part})", item) <= held(f"lead/{more}({part})", item)
    assert held(f"lead/{more}({part})", item) <= held(part, item)
    assert held(f"atleast/{more}({part})", item) <= held(f"atleast/{less}({part})", item)


@settings(max_examples=60, deadline=None)
@given(PLACED, PLACED, ITEMS)
def test_the_distance_that_is_explained_is_the_least_that_holds(one, other, item):
    finding = compiled([(f"{one} NEAR/0 {other}", None)]).explain(item)[0].query
    if finding.distance is None:
        assert not held(f"{one} NEAR/255 {other}", item)
    else:
        assert held(f"{one} NEAR/{finding.distance} {other}", item)
        assert finding.distance == 0 or not held(f"{one} NEAR/{finding.distance - 1} {other}", item)


# -- what the properties leave open ------------------------------------------------------------------------------------


def spans(query: str, title: str, summary: str = "") -> list[str] | None:
    """The words of the evidence, or None if the rule does not hold."""
    hits = compiled([(query, None)]).match(Item(id="i", feed="f", title=title, summary=summary))
    if not hits:
        return None
    return [{"title": title, "summary": summary}[span.field][span.start : span.end] for span in hits[0].spans]


def test_a_phrase_does_not_run_across_the_border():
    assert spans('"storm shadow"', "After the storm", "shadow of doubt") is None
    assert spans('"storm shadow"', "After the storm", "a storm: shadow of doubt") == ["storm: shadow"]


def test_a_hyphen_joins():
    assert spans("long-range", "Long range, long-range, long") == ["Long range", "long-range"]
    assert spans("range", "long-range") == ["range"]
    assert spans("long-range", "long ago") is None


def test_evidence_is_marked_in_the_text_as_it_came():
    assert spans("київ* AND atacms", "«ATACMS» для Київ’s: 😀 КИЇВСЬКА", "") == ["ATACMS", "Київ’s", "КИЇВСЬКА"]


def test_evidence_is_of_the_parts_that_hold():
    assert spans("(alpha AND beta) OR (gamma AND delta)", "alpha beta gamma") == ["alpha", "beta"]


def test_evidence_that_overlaps_is_one():
    assert spans('"a b c" OR "b c d" OR d OR e', "a b c d e") == ["a b c d", "e"]
    assert spans('"a b c" OR b', "a b c d") == ["a b c"]


def test_evidence_ends_after_fifty_spans():
    assert spans("a", "b a " * 200) == ["a"] * MOST_SPANS


def test_no_words_hold_nothing():
    assert spans("a", "", "") is None


@pytest.mark.parametrize(
    ("query", "title", "summary", "found"),
    [
        # -- words
        ("=IMF", "IMF imf Imf", "", ["IMF"]),
        ("=imf", "IMF’s imf’s", "", ["imf’s"]),
        ('"=US aid"', "Tell us: aid. US aid", "", ["US aid"]),
        ("w?ldcard", "wildcard wldcard wiildcard", "", ["wildcard"]),
        ("mid*dle", "middle mid middddle", "", ["middle", "middddle"]),
        # -- distances
        ("a NEAR/1 b", "a x b", "", ["a", "b"]),
        ("a NEAR/1 b", "a x y b", "", None),
        ("a NEAR/1 b", "b x a", "", ["b", "a"]),
        ("a ONEAR/1 b", "b x a", "", None),
        ("a NEAR/1 b", "a long-range b", "", None),  # two words
        ("a NEAR/2 b", "a long-range b", "", ["a", "b"]),
        ("a NEAR/0 b", "the a", "b then", ["a", "b"]),  # a summary goes on where its headline ends
        ("kyiv NEAR/3 ky*", "Kyiv alone", "", None),  # a word is not near itself
        ("deep NOT NEAR/1 sea", "deep in the sea; deep sea", "", ["deep"]),
        ("deep NOT NEAR/3 sea", "deep in the sea; deep sea", "", None),
        ('storm NOT NEAR/0 "storm shadow"', "storm shadow", "", None),
        ('(a NEAR/1 b) NEAR/1 "c d"', "a b x c d, c d", "", ["a", "b", "c d"]),
        ("a NEAR/1 (b OR c)", "c a b x b", "", ["c", "a", "b"]),
        # -- windows
        ("lead/3(x)", "a b", "c x", None),
        ("lead/4(x)", "a b", "c x", ["x"]),
        ("lead/1(x)", "a b x", "", ["x"]),
        ("sentence(a AND b)", "a x", "b y. A b.", ["A", "b"]),
        ("sentence(a AND b)", "a", "b", None),
        ("sentence(a AND NOT b)", "a b", "b. A.", ["A"]),
        ("sentence(Biden AND Kyiv)", "", "He met J. Biden in Kyiv.", ["Biden", "Kyiv"]),
        ("sentence(Biden AND Kyiv)", "", "He met Mr. Biden. In Kyiv it rained.", None),
        ("sentence(ген AND київ)", "", "Це сказав ген. Залужний, Київ.", ["ген", "Київ"]),
        ("atleast/2(a OR b)", "a x b", "", ["a", "b"]),
        ('atleast/2("a a")', "a a a", "", None),
        ("sentence(atleast/2(a))", "a", "a! A b a!", ["A", "a"]),
        ("anyof/2(a, b, c)", "a c", "", ["a", "c"]),
        ("anyof/2(a, b, c)", "a a", "", None),
        ("title:(a NEAR/2 b)", "a", "b a", None),
        # -- expressions
        (r"/\d+\s?млрд/", "понад 5\u00a0млрд", "", ["5\u00a0млрд"]),
        (r"/\bкиїв/", "уКиїв київ", "", ["київ"]),
        (r"title:/b+/ AND c", "a", "bb c", None),
        (r"lead/3(/z/)", "a", "b c z", None),
        (r"sentence(/\d/ AND a)", "", "A 1. B 2.", ["A", "1"]),
    ],
)
def test_what_a_query_finds(query, title, summary, found):
    assert spans(query, title, summary) == found
