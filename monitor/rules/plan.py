"""Plans: queries made ready to be held against many items; what stands in lists is filled in. Pure.

truth(scope)              whether it holds (scope.py)
evidence(scope, truth)    by which words, of the sentences in ``truth``
spans(scope)              of what has a place (query.py): where, as spans (places.py)
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from monitor.rules import places
from monitor.rules.places import Spans
from monitor.rules.query import OtherField, SourceField, TextField
from monitor.rules.reading import Match
from monitor.rules.scope import Scope, Truth

Term: TypeAlias = tuple[str, ...]


class Evidence:
    """What was found: the first words of terms, and what regular expressions found."""

    def __init__(self) -> None:
        self.terms: list[tuple[Term, int]] = []
        self.matches: list[tuple[str, Match]] = []


class Plan(Protocol):
    """A query made ready."""

    def truth(self, scope: Scope) -> Truth:
        """Whether it holds."""

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        """Note by which words it holds, as far as ``truth`` goes."""


class Placed(Plan, Protocol):
    """A query that has a place."""

    @property
    def lengths(self) -> frozenset[int]:
        """How many words a span may have."""

    def spans(self, scope: Scope) -> Spans:
        """Where it is found."""

    def witness(self, scope: Scope, kept: Spans, found: Evidence) -> None:
        """Note the words that make these of its spans."""


class Forms:
    """Any of some terms."""

    def __init__(self, terms: Iterable[Term], rarest: "Rarest") -> None:
        self._several: dict[str, list[Term]] = {}  # terms of several words by the rarest of them
        single: set[str] = set()
        lengths: set[int] = set()
        for term in dict.fromkeys(terms):
            lengths.add(len(term))
            if len(term) == 1:
                single.add(term[0])
            else:
                self._several.setdefault(rarest(term), []).append(term)
        self.single = frozenset(single)
        self.lengths = frozenset(lengths)
        self._rare = frozenset(self._several)

    def truth(self, scope: Scope) -> Truth:
        if not scope.plain:
            words = 0
            for _, starts in self._found(scope):
                words |= starts
                if words and not scope.lasts:
                    return 1
            return scope.holds(words)
        found = scope.words.found
        if not self.single.isdisjoint(found):
            return 1
        if self._rare and not self._rare.isdisjoint(found):
            for rare in self._rare & found:
                for term in self._several[rare]:
                    if found.issuperset(term) and scope.words.starts(term):
                        return 1
        return 0

    def spans(self, scope: Scope) -> Spans:
        spans: Spans = {}
        for term, starts in self._found(scope):
            spans[len(term)] = spans.get(len(term), 0) | starts
        return spans

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        self.witness(scope, scope.kept(self.spans(scope), truth), found)

    def witness(self, scope: Scope, kept: Spans, found: Evidence) -> None:
        for term, starts in self._found(scope):
            if some := starts & kept.get(len(term), 0):
                found.terms.append((term, some))

    def _found(self, scope: Scope) -> Iterator[tuple[Term, int]]:
        """The terms that are there, and where they begin."""
        words = scope.words.found
        for form in self.single & words:
            if starts := scope.starts_of((form,)):
                yield (form,), starts
        for rare in self._rare & words:
            for term in self._several[rare]:
                if words.issuperset(term) and (starts := scope.starts_of(term)):
                    yield term, starts


class Rarest(Protocol):
    """Which word of a term is met least often."""

    def __call__(self, term: Term, /) -> str:
        """One of the words."""


class Either:
    """Any of some queries that have a place, when not all of them are terms."""

    def __init__(self, parts: Sequence[Placed]) -> None:
        self.parts = parts
        self.lengths = frozenset().union(*(part.lengths for part in parts))

    def truth(self, scope: Scope) -> Truth:
        return _some(self.parts, scope)

    def spans(self, scope: Scope) -> Spans:
        return places.joined(part.spans(scope) for part in self.parts)

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        for part in self.parts:
            part.evidence(scope, truth, found)

    def witness(self, scope: Scope, kept: Spans, found: Evidence) -> None:
        for part in self.parts:
            part.witness(scope, places.common(part.spans(scope), kept), found)


class All:
    """All of some queries."""

    def __init__(self, parts: Sequence[Plan]) -> None:
        self.parts = parts

    def truth(self, scope: Scope) -> Truth:
        truth = scope.everything
        for part in self.parts:
            truth &= part.truth(scope)
            if not truth:
                return 0
        return truth

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        for part in self.parts:
            part.evidence(scope, truth, found)


class AnyOf:
    """At least so many of some queries; with one, any of them."""

    def __init__(self, least: int, parts: Sequence[Plan]) -> None:
        self.least, self.parts = least, parts

    def truth(self, scope: Scope) -> Truth:
        if self.least == 1:
            return _some(self.parts, scope)
        counted = [scope.everything] + [0] * self.least  # the n-th: where at least n of the parts hold
        for part in self.parts:
            truth = part.truth(scope)
            for number in range(self.least, 0, -1):
                counted[number] |= counted[number - 1] & truth
            if counted[self.least] == scope.everything:
                break
        return counted[self.least]

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        for part in self.parts:
            if held := part.truth(scope) & truth:
                part.evidence(scope, held, found)


class Absent:
    """What must not be there."""

    def __init__(self, part: Plan) -> None:
        self.part = part

    def truth(self, scope: Scope) -> Truth:
        return scope.everything & ~self.part.truth(scope)

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        """There are no words of what is not there."""


class Often:
    """At least so many spans without a word in common."""

    def __init__(self, least: int, part: Placed) -> None:
        self.least, self.part = least, part

    def truth(self, scope: Scope) -> Truth:
        if self not in scope.known:
            scope.known[self] = self._truth(scope, self.part.spans(scope))
        return scope.known[self]

    def _truth(self, scope: Scope, spans: Spans) -> Truth:
        if not scope.lasts:
            return 1 if self.count(spans) >= self.least else 0
        enough: list[int] = []  # the last words of sentences that have as many
        sentences = iter(scope.words.sentences.pasts)
        counted = sentence_past = 0
        for start, _ in places.separate(spans):
            while start >= sentence_past:
                counted, sentence_past = 0, next(sentences)
            counted += 1
            if counted == self.least:
                enough.append(sentence_past - 1)
        return places.of(enough)

    def count(self, spans: Spans) -> int:
        """How many there are; no further than is asked."""
        if spans.keys() <= {1}:
            return spans.get(1, 0).bit_count()
        number = 0
        for number, _ in enumerate(places.separate(spans), 1):
            if number == self.least:
                break
        return number

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        self.part.witness(scope, scope.kept(self.part.spans(scope), truth), found)


class Found:
    """What a regular expression finds."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def truth(self, scope: Scope) -> Truth:
        truth = 0
        for match in scope.words.matches(self.pattern):
            truth |= scope.truth_of(match)
            if truth and not scope.lasts:
                break
        return truth

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        matches = scope.words.matches(self.pattern)
        found.matches += [(self.pattern, match) for match in matches if scope.truth_of(match) & truth]


class Field:
    """A query about one field of the text."""

    def __init__(self, field: TextField, part: Plan) -> None:
        self.field, self.part = field, part

    def truth(self, scope: Scope) -> Truth:
        return self.part.truth(self.inner(scope))

    def inner(self, scope: Scope) -> Scope:
        """What the part is held against."""
        return scope.field(self.field)

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        self.part.evidence(self.inner(scope), truth, found)


class First:
    """A query about the title and the first words."""

    def __init__(self, words: int, part: Plan) -> None:
        self.words, self.part = words, part

    def truth(self, scope: Scope) -> Truth:
        return self.part.truth(self.inner(scope))

    def inner(self, scope: Scope) -> Scope:
        """What the part is held against."""
        return scope.lead(self.words)

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        self.part.evidence(self.inner(scope), truth, found)


class Together:
    """A query that one sentence must satisfy by itself."""

    def __init__(self, part: Plan) -> None:
        self.part = part

    def truth(self, scope: Scope) -> Truth:
        if self not in scope.known:
            scope.known[self] = self.part.truth(self.inner(scope))
        return 1 if scope.known[self] else 0

    def inner(self, scope: Scope) -> Scope:
        """What the part is held against."""
        return scope.sentences()

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        if truth and self.truth(scope):
            self.part.evidence(self.inner(scope), scope.known[self], found)


class Elsewhere:
    """A query about what is not the item's text: its address, author or tags."""

    def __init__(self, field: OtherField, part: Plan) -> None:
        self.field, self.part = field, part

    def truth(self, scope: Scope) -> Truth:
        return scope.everything if self.part.truth(self.inner(scope)) else 0

    def inner(self, scope: Scope) -> Scope:
        """What the part is held against."""
        return Scope(scope.reading, scope.reading.other(self.field))

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        """Evidence is of the text alone."""


class From:
    """Where the item comes from."""

    def __init__(self, field: SourceField, values: tuple[str, ...]) -> None:
        self.field, self.values = field, values

    def truth(self, scope: Scope) -> Truth:
        source = scope.reading.source(self.field)
        held = source in self.values or (self.field == "lang" and source.split("-")[0] in self.values)
        return scope.everything if held and source else 0

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        """Evidence is of the text alone."""


def _some(parts: Sequence[Plan], scope: Scope) -> Truth:
    truth = 0
    for part in parts:
        truth |= part.truth(scope)
        if truth == scope.everything:
            break
    return truth
