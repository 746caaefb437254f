"""What people's marks say of rules and of their terms: how much of what they found was worth telling. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple, TypeAlias

from monitor.model import RuleId

Seen: TypeAlias = Literal["hits", "relevant", "noise"]
Tally: TypeAlias = Counter[tuple[RuleId, str, Seen]]  # the rule, its term or nothing for the whole rule, what was seen


class Precision(NamedTuple):
    """How a rule fared with its readers, or one of its terms in the items that the rule caught."""

    rule: RuleId
    term: str  # empty: the whole rule
    hits: int  # items
    relevant: int  # of these, as most of those who marked them say
    noise: int

    @property
    def precision(self) -> float | None:
        """Which part of the marked items was relevant; None before the first mark."""
        marked = self.relevant + self.noise
        return self.relevant / marked if marked else None


def verdict(marks: Collection[str]) -> Literal["relevant", "noise"] | None:
    """What most of those who marked an item say; None if they are of two minds, or nobody did."""
    relevant, noise = sum(mark == "relevant" for mark in marks), sum(mark == "noise" for mark in marks)
    return None if relevant == noise else "relevant" if relevant > noise else "noise"


def note(tally: Tally, rule: RuleId, terms: Iterable[str], judged: Literal["relevant", "noise"] | None) -> None:
    """Count an item that a rule caught, with the rule's terms that were found in it."""
    for term in {"", *terms}:
        tally[rule, term, "hits"] += 1
        if judged:
            tally[rule, term, judged] += 1


def table(tally: Tally) -> list[Precision]:
    """Each rule and then its terms, the least precise first; those that nobody marked come last."""
    found = [
        Precision(rule, term, hits, tally[rule, term, "relevant"], tally[rule, term, "noise"])
        for (rule, term, seen), hits in list(tally.items())
        if seen == "hits"
    ]

    def place(one: Precision) -> tuple[str, bool, float, int, str]:
        return one.rule, bool(one.term), 2.0 if one.precision is None else one.precision, -one.hits, one.term

    return sorted(found, key=place)
