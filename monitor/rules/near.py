"""NEAR: two spans without a word in common and at most so many words between them. Pure."""

from bisect import bisect_left
from collections.abc import Iterator

from monitor.rules import places
from monitor.rules.places import Spans
from monitor.rules.plan import Evidence, Placed
from monitor.rules.scope import Scope, Truth


class Near:
    """``ordered``: the first one first. ``absent``: a first one with no second that near, and none that it shares."""

    def __init__(self, first: Placed, second: Placed, most: int, *, ordered: bool, absent: bool) -> None:
        self.first, self.second, self.most = first, second, most
        self.ordered, self.absent = ordered, absent

    @property
    def lengths(self) -> frozenset[int]:
        """How many words a span may have: both and what is between them."""
        if self.absent:
            return self.first.lengths
        both = {one + other for one in self.first.lengths for other in self.second.lengths}
        return frozenset(length + between for length in both for between in range(self.most + 1))

    @property
    def work(self) -> int:
        """How many steps it takes to tell all spans, as another NEAR around this one must."""
        return 0 if self.absent else 2 * len(self.first.lengths) * len(self.second.lengths) * (self.most + 1)

    def truth(self, scope: Scope) -> Truth:
        firsts = self.first.spans(scope)
        if not firsts:
            return 0
        kept, _ = self._partners(scope, firsts, self.second.spans(scope), self.most)
        return scope.holds(places.firsts(kept))

    def evidence(self, scope: Scope, truth: Truth, found: Evidence) -> None:
        kept, others = self._partners(scope, self.first.spans(scope), self.second.spans(scope), self.most)
        self.first.witness(scope, scope.kept(kept, truth), found)
        self.second.witness(scope, scope.kept(others, truth), found)

    def spans(self, scope: Scope) -> Spans:
        firsts, seconds = self.first.spans(scope), self.second.spans(scope)
        kept, others = self._partners(scope, firsts, seconds, self.most)
        if self.absent:
            return kept
        spans: Spans = {}
        for length, starts, _, _ in self._pairs(scope, kept, others):
            spans[length] = spans.get(length, 0) | starts
        return spans

    def witness(self, scope: Scope, kept: Spans, found: Evidence) -> None:
        if self.absent:
            self.first.witness(scope, kept, found)
            return
        firsts, seconds = self.first.spans(scope), self.second.spans(scope)
        ones: Spans = {}
        others: Spans = {}
        for length, starts, (one, ahead), (other, behind) in self._pairs(scope, firsts, seconds):
            if some := starts & kept.get(length, 0):
                ones[one] = ones.get(one, 0) | some << ahead
                others[other] = others.get(other, 0) | some << behind
        self.first.witness(scope, ones, found)
        self.second.witness(scope, others, found)

    def distance(self, scope: Scope) -> int | None:
        """The least number of words between a first and a second; of ``absent``, the most that a first is away.

        None if one of them is not there.
        """
        firsts, seconds = self.first.spans(scope), self.second.spans(scope)
        total = scope.words.borders[-1]
        near = lambda most: bool(self._partners(scope, firsts, seconds, most)[0]) is not self.absent  # noqa: E731
        found = bisect_left(range(total + 1), x=True, key=near)
        return found if found <= total and firsts and seconds else None

    def _partners(self, scope: Scope, firsts: Spans, seconds: Spans, most: int) -> tuple[Spans, Spans]:
        """The firsts and the seconds that are near each other; of ``absent``, the firsts that are near none."""
        if not firsts:
            return {}, {}
        if self.absent:
            return _lonely(scope, firsts, seconds, most), {}
        if not seconds:
            return {}, {}
        ends, starts = scope.lasts, scope.starts
        first_starts, first_ends = places.firsts(firsts), places.lasts(firsts)
        second_starts, second_ends = places.firsts(seconds), places.lasts(seconds)
        # Ends that a start of the other is close behind, and starts that an end of the other is close before.
        one_ends = first_ends & places.down((second_starts >> 1) & ~ends, most, ends)
        two_starts = second_starts & places.up((first_ends << 1) & ~starts, most, starts) if one_ends else 0
        one_starts = two_ends = 0
        if not self.ordered:
            one_starts = first_starts & places.up((second_ends << 1) & ~starts, most, starts)
            two_ends = second_ends & places.down((first_starts >> 1) & ~ends, most, ends) if one_starts else 0
        return _chosen(firsts, one_starts, one_ends), _chosen(seconds, two_starts, two_ends)

    def _pairs(
        self, scope: Scope, firsts: Spans, seconds: Spans
    ) -> Iterator[tuple[int, int, tuple[int, int], tuple[int, int]]]:
        """Spans of both together: their length and starts; length and shift of the first, and of the second."""
        for one, one_starts in firsts.items():
            for other, other_starts in seconds.items():
                for between in range(self.most + 1):
                    length = one + between + other
                    if starts := scope.inside(one_starts & (other_starts >> (one + between)), length):
                        yield length, starts, (one, 0), (other, one + between)
                    if self.ordered:
                        continue
                    if starts := scope.inside(other_starts & (one_starts >> (other + between)), length):
                        yield length, starts, (one, other + between), (other, 0)


def _chosen(spans: Spans, starts: int, ends: int) -> Spans:
    """The spans that begin or end at one of these places."""
    chosen = {length: found & (starts | ends >> (length - 1)) for length, found in spans.items()}
    return {length: found for length, found in chosen.items() if found}


def _lonely(scope: Scope, firsts: Spans, seconds: Spans, most: int) -> Spans:
    words = places.covered(seconds)
    near = places.up(words, most + 1, scope.starts) | places.down(words, most + 1, scope.lasts)
    chosen = {length: starts & ~places.down(near, length - 1) for length, starts in firsts.items()}
    return {length: starts for length, starts in chosen.items() if starts}
