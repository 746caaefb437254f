"""Explaining: a query held against an item, clause by clause, with the words found and the distances measured. Pure."""

from monitor.model import Finding, Span
from monitor.rules import plan
from monitor.rules.match import MOST_SPANS, spans
from monitor.rules.near import Near as NearPlan
from monitor.rules.plan import Evidence
from monitor.rules.planner import Planner
from monitor.rules.query import (
    And,
    AnyOf,
    AtLeast,
    InField,
    Lead,
    Near,
    Not,
    Or,
    Query,
    Sentence,
    Source,
    as_written,
    children,
)
from monitor.rules.scope import Scope, Truth

SOURCE_UNKNOWN = "the item does not say"


class Explainer:
    """Explains queries of one planner; ``written`` is the text that a query was read from."""

    def __init__(self, planner: Planner, written: str) -> None:
        self._planner, self._written = planner, written

    def finding(self, query: Query, scope: Scope) -> Finding:
        """The tree of what each clause says of the scope."""
        plan_ = self._planner.plan(query)
        truth = plan_.truth(scope)
        clause = as_written(query, self._written)
        found = self._spans(query, scope, truth)
        distance, limit, note = self._measured(query, scope, truth)
        parts = tuple(self.finding(part, inner) for part, inner in self._below(query, scope))
        if not note and isinstance(query, Not) and truth == 0 and parts:
            found = parts[0].spans
        return Finding(
            clause=clause, held=bool(truth), spans=found, distance=distance, limit=limit, note=note, parts=parts
        )

    def _spans(self, query: Query, scope: Scope, truth: Truth) -> tuple[Span, ...]:
        """The words of a clause that holds; of one that does not, the words that it would need more of."""
        made = self._planner.plan(query)
        evidence = Evidence()
        if truth:
            made.evidence(scope, truth, evidence)
        elif isinstance(query, AtLeast):
            part = self._planner.plan(query.part)
            part.evidence(scope, part.truth(scope), evidence)
        if isinstance(query, InField) and query.field not in ("title", "summary", "body"):
            return ()
        return spans(evidence, scope.words)[:MOST_SPANS] if scope.words is scope.reading.words else ()

    def _measured(self, query: Query, scope: Scope, truth: Truth) -> tuple[int | None, int | None, str]:
        """The number that decided, the number that is asked, and a sentence about them."""
        made = self._planner.plan(query)
        match query, made:
            case Near(most=most), NearPlan():
                distance = made.distance(scope)
                return distance, most, self._near_note(query, made, scope, distance)
            case AtLeast(least=least), plan.Often():
                counted = plan.Often(MOST_SPANS * 2, made.part).count(made.part.spans(scope))
                return counted, least, "" if truth or counted < least else "not as often in one sentence"
            case AnyOf(least=least, parts=parts), _:
                held = sum(bool(self._planner.plan(part).truth(scope)) for part in parts)
                return held, least, "" if truth or held < least else "not as many in one sentence"
            case Sentence(part=part), plan.Together() if not truth:
                return None, None, self._sentence_note(part, made.inner(scope))
            case And(parts=parts), _ if not truth and scope.lasts:
                return None, None, self._sentence_note(query, scope)
            case Source(field=field), _:
                source = scope.reading.source(field)
                return None, None, f"it is {source}" if source else SOURCE_UNKNOWN
            case InField(field="url" | "author" | "tag" as field), _:
                texts = " | ".join(scope.reading.other(field).fields)
                return None, None, f"it is {texts}" if texts else SOURCE_UNKNOWN
        return None, None, ""

    def _near_note(self, query: Near, made: NearPlan, scope: Scope, distance: int | None) -> str:
        if distance is not None:
            return ""
        firsts, seconds = made.first.spans(scope), made.second.spans(scope)
        if firsts and seconds:
            if query.ordered:
                return "both are there, but never the first one first"
            return "both are there, but in no one sentence" if scope.lasts else "both share the same words"
        missing = as_written(query.second if firsts else query.first, self._written)
        return f"{missing} is not there"

    def _sentence_note(self, part: Query, inner: Scope) -> str:
        clauses = part.parts if isinstance(part, And) else (part,)
        alone = all(self._planner.plan(clause).truth(inner) for clause in clauses)
        return "each is there, but in no one sentence all of them" if alone and len(clauses) > 1 else ""

    def _below(self, query: Query, scope: Scope) -> list[tuple[Query, Scope]]:
        """The parts that are explained by themselves, each with what it is held against."""
        match query, self._planner.plan(query):
            case (
                (InField() | Lead() | Sentence()),
                (plan.Field() | plan.First() | plan.Together() | plan.Elsewhere()) as made,
            ):
                inner = made.inner(scope)
                return [(part, inner) for part in children(query)]
            case ((And() | Or() | AnyOf() | Near() | Not()), _):
                return [(part, scope) for part in children(query)]
        return []
