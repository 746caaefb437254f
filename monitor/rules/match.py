"""Matching: one reading finds the terms of all rules; only rules whose rarest terms are there are tried. Pure.

A *term* is a word or a phrase. All terms stand in one tree of words, so that reading an item costs the same for ten
rules as for ten thousand. Every query needs something positive, so every query has *anchors*: terms of which an item
must hold at least one. Those of an AND are the rarest that one of its parts has, those of an OR are the anchors of all
its parts; longer words and longer phrases are taken to be rarer. So the terms of an item name the few rules that can
hold, and each of those is tried as it is written.

Places are counted in words: the title's from 0, then one place that no word fills, so that no phrase runs across the
border, then the summary's.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

from monitor.model import Span
from monitor.rules import text
from monitor.rules.query import And, InField, ListRef, Not, Or, Query, Term, walk

MOST_SPANS = 50  # of evidence
WORDS_KEPT = 2**17  # distinct words whose meaning is remembered; news repeats itself
BORDER = ""  # what stands between title and summary

Words: TypeAlias = tuple[str, ...]  # of a term; one that ends in * has any ending
Runs: TypeAlias = list[tuple[int, int]]  # from the first place up to the second


class Case(Struct, frozen=True, kw_only=True):
    """What a rule asks of an item: that one of the alternatives holds and the exclusion does not; no list is left."""

    alternatives: tuple[Query, ...]
    exclude: Query | None = None


class Verdict(NamedTuple):
    """A case that holds: its number, that of the first alternative that does, and the evidence of all that do."""

    case: int
    alternative: int
    spans: tuple[Span, ...]


class Reading(NamedTuple):
    """What an item says: at which places each term stands, and where the title ends."""

    found: dict[Words, Runs]
    border: int


class Matcher:
    """Cases, made ready to be asked of many items."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._plans = [([plan(q) for q in case.alternatives], case.exclude and plan(case.exclude)) for case in cases]
        self._terms = Terms()
        self._anchored: dict[Words, list[int]] = {}  # term -> the cases that it is an anchor of
        for number, case in enumerate(cases):
            for query in (*case.alternatives, *([case.exclude] if case.exclude else [])):
                for part in walk(query):
                    if isinstance(part, Term):
                        self._terms.add(part.words)
            for term in frozenset().union(*map(anchors, case.alternatives)):
                self._anchored.setdefault(term, []).append(number)

    def match(self, title: str, summary: str) -> list[Verdict]:
        """The cases that hold, in their order, with their evidence."""
        reading = self._terms.read(title, summary)
        numbers = {number for term in reading.found for number in self._anchored.get(term, ())}
        held = [(number, *tried) for number in sorted(numbers) if (tried := self._tried(number, reading))]
        if not held:
            return []
        characters = _characters(title, summary)
        return [Verdict(number, alternative, _spans(runs, characters)) for number, alternative, runs in held]

    def holds(self, query: Query, title: str, summary: str) -> bool:
        """Whether a part of one of the cases holds by itself."""
        return plan(query)(self._terms.read(title, summary)) is not None

    def _tried(self, number: int, reading: Reading) -> tuple[int, Runs] | None:
        """The first alternative that holds, and the evidence of all that hold."""
        alternatives, exclude = self._plans[number]
        first: int | None = None
        runs: Runs = []
        for alternative, tried in enumerate(alternatives):
            found = tried(reading)
            if found is not None:
                first = alternative if first is None else first
                runs += found
        if first is None or (exclude and exclude(reading) is not None):
            return None
        return first, runs


# -- reading -----------------------------------------------------------------------------------------------------------


class Branch:
    """A place in the tree of terms: the words that may follow, and the term that ends here."""

    __slots__ = ("following", "term")

    def __init__(self) -> None:
        self.following: dict[str, Branch] = {}
        self.term: Words | None = None


class Known(NamedTuple):
    """What a word of a text can be: forms of terms (itself, its beginnings with a *), and the terms it can begin."""

    forms: Words
    branches: tuple[Branch, ...]


NOBODY = Known((), ())


class Terms:
    """All terms of all rules, to be found in one reading."""

    def __init__(self) -> None:
        self._root = Branch()
        self._forms: set[str] = set()
        self._lengths: set[int] = set()  # of the beginnings that a * stands behind
        self._known: dict[str, Known] = {BORDER: NOBODY}

    def add(self, words: Words) -> None:
        """Look for this term from now on."""
        branch = self._root
        for form in words:
            branch = branch.following.setdefault(form, Branch())
            self._forms.add(form)
            if form.endswith("*"):
                self._lengths.add(len(form) - 1)
        branch.term = words

    def read(self, title: str, summary: str) -> Reading:
        """Find every term in an item."""
        words = text.words(title)
        border = len(words)
        words.append(BORDER)
        words += text.words(summary)
        remembered = self._known
        known = [remembered.get(word) or self._learned(word) for word in words]
        found: dict[Words, Runs] = {}
        for place, (_, branches) in enumerate(known):
            for branch in branches:
                _follow(branch, place, place + 1, known, found)
        return Reading(found, border)

    def _learned(self, word: str) -> Known:
        if len(self._known) >= WORDS_KEPT:
            self._known = {BORDER: NOBODY}
        begun = (word[:length] + "*" for length in self._lengths if length <= len(word))
        forms = tuple(form for form in (word, *begun) if form in self._forms)
        branches = tuple(self._root.following[form] for form in forms if form in self._root.following)
        self._known[word] = known = Known(forms, branches) if forms else NOBODY
        return known


def _follow(branch: Branch, start: int, place: int, known: list[Known], found: dict[Words, Runs]) -> None:
    """Note the terms that begin at ``start`` and whose words up to ``place`` are those of the branch."""
    if branch.term is not None:
        found.setdefault(branch.term, []).append((start, place))
    if branch.following and place < len(known):
        for form in known[place].forms:
            if form in branch.following:
                _follow(branch.following[form], start, place + 1, known, found)


def _characters(title: str, summary: str) -> list[Span]:
    """Where the word at each place was read."""

    def spans(field: Literal["title", "summary"], words: list[text.Word]) -> list[Span]:
        return [Span(field=field, start=word.start, end=word.end) for word in words]

    border = Span(field="title", start=len(title), end=len(title))
    return [*spans("title", text.tokenise(title)), border, *spans("summary", text.tokenise(summary))]


def _spans(runs: Runs, characters: list[Span]) -> tuple[Span, ...]:
    """The characters of the runs: in order, apart from each other, at most MOST_SPANS."""
    spans: list[Span] = []
    for first, past in sorted(set(runs)):
        field, start, end = characters[first].field, characters[first].start, characters[past - 1].end
        if spans and spans[-1].field == field and start < spans[-1].end:
            spans[-1] = Span(field=field, start=spans[-1].start, end=max(end, spans[-1].end))
        elif len(spans) == MOST_SPANS:
            break
        else:
            spans.append(Span(field=field, start=start, end=end))
    return tuple(spans)


# -- trying ------------------------------------------------------------------------------------------------------------

Plan: TypeAlias = Callable[[Reading], Runs | None]  # the evidence, without any for what must not be there; or None


def plan(query: Query, *, title_only: bool = False) -> Plan:
    """How to try a query."""
    match query:
        case Term(words=words):
            return _term(words, title_only)
        case Not(part=part):
            unwanted = plan(part, title_only=title_only)
            return lambda reading: [] if unwanted(reading) is None else None
        case InField(part=part):
            return plan(part, title_only=True)
        case And(parts=parts):
            return _all([plan(part, title_only=title_only) for part in parts])
        case Or(parts=parts):
            return _any([plan(part, title_only=title_only) for part in parts], anchors(query))
        case ListRef(name=name):
            raise AssertionError(f"the list {name} was not filled in")


def _term(words: Words, title_only: bool) -> Plan:
    def anywhere(reading: Reading) -> Runs | None:
        return reading.found.get(words)

    def in_title(reading: Reading) -> Runs | None:
        return [run for run in reading.found.get(words, ()) if run[0] < reading.border] or None

    return in_title if title_only else anywhere


def _all(plans: list[Plan]) -> Plan:
    def every(reading: Reading) -> Runs | None:
        runs: Runs = []
        for part in plans:
            found = part(reading)
            if found is None:
                return None
            runs += found
        return runs

    return every


def _any(plans: list[Plan], needed: frozenset[Words]) -> Plan:
    def some(reading: Reading) -> Runs | None:
        if needed and needed.isdisjoint(reading.found):
            return None  # nearly always, and for a list of fifty forms in one step
        held = [found for part in plans if (found := part(reading)) is not None]
        return [run for found in held for run in found] if held else None

    return some


# -- anchors -----------------------------------------------------------------------------------------------------------


def anchors(query: Query) -> frozenset[Words]:
    """Terms of which an item that the query holds for has at least one; none if it can hold without any."""
    match query:
        case Term(words=words):
            return frozenset([words])
        case InField(part=part):
            return anchors(part)
        case And(parts=parts):
            some = [found for part in parts if (found := anchors(part))]
            return min(some, key=lambda terms: sum(map(commonness, terms)), default=frozenset())
        case Or(parts=parts):
            each = [anchors(part) for part in parts]
            return frozenset().union(*each) if all(each) else frozenset()
    return frozenset()


def commonness(term: Words) -> float:
    """A guess at how often a term is met, from its letters alone; the beginning of a word stands for some ten words."""
    rarest = min(0.5 ** min(len(form), 12) * (10 if form.endswith("*") else 1) for form in term)
    return float(rarest / 8 ** (len(term) - 1))
