"""What may surprise in rules: one function for each surprise, from a query to the places where it waits. Pure."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.rules import words
from monitor.rules.countries import is_country
from monitor.rules.implies import Implication
from monitor.rules.lint import Lint
from monitor.rules.planner import Planner
from monitor.rules.query import (
    And,
    InField,
    ListRef,
    Not,
    Or,
    Query,
    Regex,
    Sentence,
    Source,
    Term,
    as_written,
    children,
    walk,
)
from monitor.rules.rulefile import Rule
from monitor.rules.terms import Lists
from monitor.rules.vocabulary import Vocabulary

SHORTEST = 3  # letters before a wildcard
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK")  # their letters look alike


class Surprise(NamedTuple):
    """Characters ``start`` up to ``end`` of a query or a form, and what is odd about them."""

    start: int
    end: int
    message: str
    hint: str


def lints(rules: Sequence[Rule], lists: Lists, planner: Planner) -> Iterator[Lint]:
    """Every lint of a rule set, in the order of the files; those of the lists come last."""
    contained = dict(_contained(rules, lists, planner))
    said = False
    for number, rule in enumerate(rules):
        for key, query in (("query", rule.case.query), ("exclude", rule.case.exclude)):
            written = rule.written if key == "query" else rule.exclude
            for found in _of_query(query, written, rule, lists) if query else ():
                if found.message.startswith(SIDE_BY_SIDE):
                    if said:
                        continue
                    said = True
                where, excerpt = rule.document.shown((key,), found.start, found.end)
                yield Lint(where=where, message=found.message, hint=found.hint, excerpt=excerpt)
        if number in contained:
            other = rules[contained[number]]
            where, excerpt = rule.document.shown(("query",), 0, len(rule.written.split("\n")[0]))
            message = f"every item that this rule catches is caught by {other.info.id} as well"
            hint = "keep one of the two, or exclude here what the other one is for"
            yield Lint(where=where, message=message, hint=hint, excerpt=excerpt)
    yield from _of_lists(lists)


SIDE_BY_SIDE = "side by side means AND"


def _of_query(query: Query, written: str, rule: Rule, lists: Lists) -> Iterator[Surprise]:
    excluded = query is rule.case.exclude
    for part in walk(query):
        match part:
            case And(unsaid=unsaid):
                if unsaid >= 0:
                    message = f"{SIDE_BY_SIDE}, not a phrase: {as_written(part, written)}"
                    yield Surprise(part.start, part.end, message, "write AND between, or quotes around a phrase")
                yield from _never_together(part, written, lists)
            case Term(words=forms, start=start, end=end):
                yield from _of_term(forms, as_written(part, written), start, end)
            case Sentence(part=inner) if len(fields := _fields(inner)) > 1:
                message = f"this can never hold: no sentence is in {' and in '.join(sorted(fields))}"
                yield Surprise(part.start, part.end, message, "write AND between two queries, one for each field")
    yield from _whole_countries(query, written, lists, excluded)
    if excluded and Implication(lists.forms).proves(rule.case.query, query):
        message = "this rule can never hold: what it looks for is excluded"
        yield Surprise(query.start, query.end, message, "take out of exclude what the query looks for")


# -- words -------------------------------------------------------------------------------------------------------------


def _of_term(forms: tuple[str, ...], shown: str, start: int, end: int) -> Iterator[Surprise]:
    if len(forms) == 1 and _is_broad(forms[0]):
        message = f"{shown} stands for very many words"
        yield Surprise(start, end, message, f"write at least {SHORTEST} letters before the first wildcard")
    for form in forms:
        if mixed := _mixed(form):
            yield Surprise(start, end, f"{shown} mixes letters that look alike: {mixed}", "type the word anew")


def _is_broad(form: str) -> bool:
    letters = len(form.replace("*", "").replace("?", "").removeprefix(words.EXACT))
    return words.is_wild(form) and (letters < SHORTEST or ("*" in form and len(words.beginning(form)) < SHORTEST))


def _mixed(form: str) -> str:
    """The letters of each script, if there is more than one script in a word."""
    by_script: dict[str, str] = {}
    for letter in form:
        script = unicodedata.name(letter, "").split(" ")[0]
        if script in SCRIPTS and letter not in by_script.get(script, ""):
            by_script[script] = by_script.get(script, "") + letter
    if len(by_script) < 2:
        return ""
    return ", ".join(f"{letters} is {script.capitalize()}" for script, letters in by_script.items())


def _of_lists(lists: Lists) -> Iterator[Lint]:
    for name, number, form, forms in lists.every_form():
        for found in _of_term(forms, form, 0, len(form)):
            where, excerpt = lists.document.shown((name, number), found.start, found.end)
            yield Lint(where=where, message=found.message, hint=found.hint, excerpt=excerpt)


# -- what cannot hold --------------------------------------------------------------------------------------------------


def _never_together(query: And, written: str, lists: Lists) -> Iterator[Surprise]:
    implication = Implication(lists.forms)
    there = [part for part in query.parts if not isinstance(part, Not)]
    for part in query.parts:
        if isinstance(part, Not):
            denied = next((one for one in there if implication.proves(one, part.part)), None)
            if denied is not None:
                message = f"this can never hold: {as_written(part, written)} takes back {as_written(denied, written)}"
                yield Surprise(part.start, part.end, message, "take one of the two out")
    sources = [part for part in there if isinstance(part, Source)]
    for number, one in enumerate(sources):
        for other in sources[:number]:
            if one.field == other.field and not set(one.values) & set(other.values):
                message = f"this can never hold: an item has one {one.field}"
                yield Surprise(one.start, one.end, message, f"write OR: {one.field}:(a OR b)")


def _fields(query: Query) -> set[str]:
    """The fields of the text that a query needs all of."""
    match query:
        case InField(field="title" | "summary" | "body" as field):
            return {field}
        case And(parts=parts):
            return set().union(*map(_fields, parts))
    return set()


# -- countries ---------------------------------------------------------------------------------------------------------


def _whole_countries(query: Query, written: str, lists: Lists, denied: bool) -> Iterator[Surprise]:
    """What is kept away because it names a country anywhere: round-ups name many."""
    match query:
        case Not(part=part):
            yield from _whole_countries(part, written, lists, not denied)
        case Or(parts=parts):
            for part in parts:
                yield from _whole_countries(part, written, lists, denied)
        case Term() | ListRef() if denied:
            forms = [query.words] if isinstance(query, Term) else lists.forms(query.name)
            if any(map(is_country, forms)):
                shown = as_written(query, written)
                message = f"a round-up that names {shown} anywhere is left out as a whole"
                yield Surprise(query.start, query.end, message, f"to leave out what it is about, write title:{shown}")
        case InField() | Term() | ListRef():
            return
        case _ if not denied:
            for part in children(query):
                yield from _whole_countries(part, written, lists, denied)


# -- rules within rules ------------------------------------------------------------------------------------------------


def _contained(rules: Sequence[Rule], lists: Lists, planner: Planner) -> Iterator[tuple[int, int]]:
    """Rules whose items are all caught by another rule, with that one; only rules that share words are compared."""
    implication = Implication(lists.forms)
    proposing: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        needs = planner.needs(rule.case.query)
        rarest = needs[0] if needs else ()
        for one in {form for need in rarest for form in ([need] if isinstance(need, str) else need)}:
            proposing.setdefault(one, []).append(number)
    vocabulary = Vocabulary(proposing)
    pairs: set[tuple[int, int]] = set()
    for number, rule in enumerate(rules):
        known = {form for term in planner.terms(rule.case.query) for form in term}
        known |= {other for form in known for other in vocabulary[words.beginning(form)]}
        known |= {part.pattern for part in walk(rule.case.query) if isinstance(part, Regex)}
        for other in sorted({found for form in known for found in proposing.get(form, ())} - {number}):
            if (other, number) not in pairs and _within(rule, rules[other], implication):
                pairs.add((number, other))
                yield number, other
                break


def _within(rule: Rule, other: Rule, implication: Implication) -> bool:
    days = (other.valid_from, other.valid_until)
    if days not in ((None, None), (rule.valid_from, rule.valid_until)):
        return False
    if other.case.exclude is not None and (
        rule.case.exclude is None or not implication.proves(other.case.exclude, rule.case.exclude)
    ):
        return False
    return implication.proves(rule.case.query, other.case.query)
