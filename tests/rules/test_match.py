"""rules/match.py: the quick engine says what a slow and simple one says, evidence included."""

from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Item, Span
from monitor.rules import ruleset
from monitor.rules.match import MOST_SPANS, anchors, commonness
from monitor.rules.query import parse
from monitor.rules.text import Word, tokenise

# -- a slow and simple engine: a query is a nested tuple, an item two lists of words -----------------------------------

LISTS = {"PLACE": ["kyiv", "київ*", "new york"], "ALL": ["$PLACE", "al*", "beta gamma"]}
FORMS = {"PLACE": ["kyiv", "київ*", "new york"], "ALL": ["kyiv", "київ*", "new york", "al*", "beta gamma"]}


def naive(query: tuple, texts: dict[str, list[Word]]) -> list[tuple[str, int, int]] | None:
    """The evidence as (field, first character, last character), or None."""
    match query:
        case ("term", written):
            forms = written.split()
            starts = [(field, at) for field, words in texts.items() for at in range(len(words) - len(forms) + 1)]
            found = [
                (field, texts[field][at].start, texts[field][at + len(forms) - 1].end)
                for field, at in starts
                if all(fits(form, texts[field][at + n].form) for n, form in enumerate(forms))
            ]
            return found or None
        case ("list", name):
            return naive(("or", *(("term", form) for form in FORMS[name])), texts)
        case ("title", part):
            return naive(part, {"title": texts["title"]})
        case ("not", part):
            return [] if naive(part, texts) is None else None
        case ("and", *parts):
            found = [naive(part, texts) for part in parts]
            return None if None in found else list(chain.from_iterable(found))
        case ("or", *parts):
            found = [evidence for part in parts if (evidence := naive(part, texts)) is not None]
            return list(chain.from_iterable(found)) if found else None
    raise AssertionError(query)


def fits(form: str, word: str) -> bool:
    return word.startswith(form[:-1]) if form.endswith("*") else word == form


def apart(found: list[tuple[str, int, int]]) -> tuple[Span, ...]:
    """The evidence by field and place, what overlaps made one."""
    spans = []
    for field in ("title", "summary"):
        inked = sorted((start, end) for where, start, end in found if where == field)
        while inked:
            start, end = inked.pop(0)
            while inked and inked[0][0] < end:
                end = max(end, inked.pop(0)[1])
            spans.append(Span(field=field, start=start, end=end))
    return tuple(spans[:MOST_SPANS])


def written(query: tuple) -> str:
    match query:
        case ("term", text):
            return f'"{text}"' if " " in text else text
        case ("list", name):
            return f"${name}"
        case ("title", part):
            return f"title:({written(part)})"
        case ("not", part):
            return f"NOT ({written(part)})"
        case (kind, *parts):
            return f" {kind.upper()} ".join(
                f"({written(part)})" if p[0] in ("and", "or") else written(part)
                for p, part in zip(parts, parts, strict=True)
            )
    raise AssertionError(query)


WORDS = ["alpha", "alps", "beta", "gamma", "київ", "києва", "new", "york", "kyiv", "a"]
TERMS = [
    *WORDS,
    "al*",
    "київ*",
    "a*",
    "new york",
    "beta gamma",
    "al* beta",
    "new y*",
    "a a",
    "alpha a* alpha",
    "york new",
]


def negated(part):
    return st.tuples(st.just("not"), part)


def combined(parts):
    return st.one_of(
        st.tuples(st.just("title"), parts),
        st.tuples(st.just("or"), parts, parts),
        st.tuples(st.just("or"), parts, parts, parts),
        st.tuples(st.just("and"), parts, parts),
        st.tuples(st.just("and"), parts, negated(parts)),
        st.tuples(st.just("and"), parts, st.tuples(st.just("or"), parts, negated(parts))),
        st.tuples(st.just("and"), negated(negated(parts)), parts),
    )


LEAVES = st.one_of(
    st.tuples(st.just("term"), st.sampled_from(TERMS)), st.tuples(st.just("list"), st.sampled_from(sorted(LISTS)))
)
QUERIES = st.recursive(LEAVES, combined, max_leaves=8)
SHOWN = st.sampled_from([*WORDS, "Kyiv’s", "ALPHA", "Київська", "½", "delta", "Alpha-beta"])
TEXTS = st.lists(st.tuples(SHOWN, st.sampled_from([" ", " ", ", ", "-", " “"])), max_size=14).map(
    lambda pairs: "".join(chain.from_iterable(pairs))
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(QUERIES, st.none() | QUERIES), min_size=1, max_size=5), TEXTS, TEXTS)
def test_the_engine_says_what_the_slow_one_says(rules, title, summary):
    sources = {"terms.toml": "".join(f"{name} = {forms}\n" for name, forms in LISTS.items())}
    for number, (query, exclude) in enumerate(rules):
        sources[f"r{number}.toml"] = f"title = 'R'\nquery = '''{written(query)}'''\n"
        if exclude:
            sources[f"r{number}.toml"] += f"exclude = '''{written(exclude)}'''\n"
    found = ruleset.compile(sources, where="rules").match(Item(id="i", feed="f", title=title, summary=summary))

    texts = {"title": tokenise(title), "summary": tokenise(summary)}
    expected = {}
    for number, (query, exclude) in enumerate(rules):
        evidence = naive(query, texts)
        if evidence is not None and (exclude is None or naive(exclude, texts) is None):
            expected[f"r{number}"] = apart(evidence)
    assert {hit.rule: hit.spans for hit in found} == expected
    for hit in found:
        query = rules[int(hit.rule[1:])][0]
        alternatives = query[1:] if query[0] == "or" else [query]
        first = next(part for part in alternatives if naive(part, texts) is not None)
        assert hit.clause.strip("()") == written(first).strip("()")


# -- what the property leaves open -------------------------------------------------------------------------------------


def spans(query: str, title: str, summary: str = "") -> list[str] | None:
    """The words of the evidence, or None if the rule does not hold."""
    rules = ruleset.compile({"r.toml": f"title = 'R'\nquery = '''{query}'''\n"}, where="rules")
    hits = rules.match(Item(id="i", feed="f", title=title, summary=summary))
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


def test_of_two_parts_the_rarer_one_is_the_anchor():
    assert anchors(parse('Ukraine AND "International Monetary Fund"')) == {("international", "monetary", "fund")}
    assert anchors(parse("(a OR b*) AND NOT c")) == {("a",), ("b*",)}
    assert commonness(("storm", "shadow")) < commonness(("shadow",)) < commonness(("shadow*",))
