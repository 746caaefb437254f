"""Matching: one reading of an item proposes the few rules that can hold, and only those are tried. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import merge
from typing import NamedTuple

from msgspec import Struct

from monitor.model import Feed, Item, Span
from monitor.rules import places
from monitor.rules.plan import Evidence, Plan, Term
from monitor.rules.planner import Need, Planner, Terms, rarest, rarity
from monitor.rules.query import TEXT_FIELDS, Query
from monitor.rules.reading import Match, Reading, Words
from monitor.rules.regexes import Candidates
from monitor.rules.scope import Scope
from monitor.rules.vocabulary import Vocabulary

MOST_SPANS = 50  # of evidence


class Case(Struct, frozen=True, kw_only=True):
    """What a rule asks of an item: that one of the alternatives holds and the exclusion does not."""

    query: Query
    alternatives: tuple[Query, ...]  # of the query, which is any of them
    exclude: Query | None = None


class Caught(NamedTuple):
    """A case that holds: its number, that of the first alternative that does, and the evidence of all that do."""

    case: int
    alternative: int
    spans: tuple[Span, ...]


class Tried(NamedTuple):
    """A case's plans, made when it is first tried."""

    query: Plan
    alternatives: list[Plan]
    exclude: Plan | None


class Proposal(NamedTuple):
    """A case that may hold if one word of each of these groups is there."""

    case: int
    groups: tuple[frozenset[str], ...]


class Matcher:
    """Cases, made ready to be asked of many items.

    Attributes:
        scans: the cases that nothing proposes; they are tried for every item.
    """

    def __init__(self, cases: Sequence[Case], terms: Terms) -> None:
        self.planner = Planner(terms)
        self._cases = cases
        self._plans: dict[int, Tried] = {}
        self._by_word: dict[str, dict[Term, list[Proposal]]] = {}  # by word and phrase; () where the word is alone
        self._proposed: Counter[str] = Counter()  # how many cases each word proposes
        self._by_pattern: dict[str, list[int]] = {}
        self.scans: list[int] = []
        forms: set[str] = set()
        self._groups: dict[Need, frozenset[str]] = {}
        for number, case in enumerate(cases):
            for query in (case.query, case.exclude) if case.exclude else (case.query,):
                for term in self.planner.terms(query):
                    forms.update(term)
            self._propose(number, self.planner.needs(case.query))
        self.vocabulary = Vocabulary(forms)
        self._proposing = frozenset(self._by_word)
        self._patterns = Candidates(list(self._by_pattern))

    def _propose(self, number: int, needs: list[Need]) -> None:
        if not needs:
            self.scans.append(number)
            return
        first, *more = needs
        groups = tuple(self._rare_words(need) for need in more[:2] if not any(isinstance(one, str) for one in need))
        for one in first:
            if isinstance(one, str):
                self._by_pattern.setdefault(one, []).append(number)
                continue
            # Of a phrase, a word that is rare and does not propose many cases as it is.
            word = min(one, key=lambda form: rarity(form) * (1 + self._proposed[form]))
            self._proposed[word] += 1
            phrase = one if len(one) > 1 else ()
            self._by_word.setdefault(word, {}).setdefault(phrase, []).append(Proposal(number, groups))

    def _rare_words(self, need: Need) -> frozenset[str]:
        if need not in self._groups:
            self._groups[need] = frozenset(rarest(one) for one in need if not isinstance(one, str))
        return self._groups[need]

    # -- asking --------------------------------------------------------------------------------------------------------

    def read(self, item: Item, feed: Feed | None) -> Scope:
        """An item, ready to be asked."""
        reading = Reading(self.vocabulary, item, feed)
        return Scope(reading, reading.words)

    def match(self, item: Item, feed: Feed | None = None) -> list[Caught]:
        """The cases that hold, in their order, with their evidence."""
        scope = self.read(item, feed)
        return [
            Caught(number, self._alternative(number, scope), spans(self.evidence(number, scope), scope.words))
            for number in self._candidates(scope)
            if self.holds(number, scope)
        ]

    def _candidates(self, scope: Scope) -> list[int]:
        """The cases that may hold, in their order."""
        found, starts = scope.words.found, scope.words.starts
        absent = found.isdisjoint
        numbers: set[int] = set(self.scans)
        for word in self._proposing & found:
            for phrase, proposals in self._by_word[word].items():
                if phrase and not found.issuperset(phrase):
                    continue
                for number, groups in proposals:
                    for group in groups:
                        if absent(group):
                            break
                    else:
                        if not phrase or starts(phrase):  # asked last: it needs the place of each word
                            numbers.add(number)
        for field in scope.words.fields:
            for pattern in self._patterns.within(field):
                numbers.update(self._by_pattern[pattern])
        return sorted(numbers)

    def plans(self, number: int) -> Tried:
        """The plans of a case."""
        if number not in self._plans:
            case, plan = self._cases[number], self.planner.plan
            whole = plan(case.query)
            alternatives = [plan(part) for part in case.alternatives] if len(case.alternatives) > 1 else [whole]
            self._plans[number] = Tried(whole, alternatives, plan(case.exclude) if case.exclude else None)
        return self._plans[number]

    def holds(self, number: int, scope: Scope) -> bool:
        """Whether a case holds."""
        query, _, exclude = self.plans(number)
        return bool(query.truth(scope)) and not (exclude and exclude.truth(scope))

    def _alternative(self, number: int, scope: Scope) -> int:
        alternatives = self.plans(number).alternatives
        return next(n for n, plan in enumerate(alternatives) if len(alternatives) == 1 or plan.truth(scope))

    def evidence(self, number: int, scope: Scope) -> Evidence:
        """By which words a case holds that does."""
        found = Evidence()
        self.plans(number).query.evidence(scope, 1, found)
        return found


# -- evidence ----------------------------------------------------------------------------------------------------------


def spans(found: Evidence, words: Words) -> tuple[Span, ...]:
    """The characters of the evidence: in order, apart from each other, at most MOST_SPANS."""
    by_length: dict[int, int] = {}
    for term, starts in found.terms:
        by_length[len(term)] = by_length.get(len(term), 0) | starts
    runs = (_characters(first, past, words) for first, past in places.apart(by_length))
    return _apart(merge(runs, sorted(match for _, match in found.matches)))


def spans_of(term: Term, starts: int, words: Words) -> tuple[Span, ...]:
    """The characters of one term."""
    return _apart(_characters(first, first + len(term), words) for first in places.numbers(starts))


def span_of(match: Match) -> Span:
    """What a regular expression found."""
    return Span(field=TEXT_FIELDS[match.field], start=match.start, end=match.end)


def _characters(first: int, past: int, words: Words) -> Match:
    field, start, _ = words.characters[first]
    return Match(field, start, words.characters[past - 1].end)


def _apart(matches: Iterable[Match]) -> tuple[Span, ...]:
    found: list[Match] = []
    for match in matches:
        if found and found[-1].field == match.field and match.start < found[-1].end:
            found[-1] = Match(match.field, found[-1].start, max(match.end, found[-1].end))
        elif len(found) == MOST_SPANS:
            break
        else:
            found.append(match)
    return tuple(map(span_of, found))
