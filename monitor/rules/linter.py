"""What may surprise in rules: each lint is a function from a rule to what it found. Pure."""

from collections.abc import Iterator, Sequence

from monitor.rules.lint import Lint
from monitor.rules.planner import Planner
from monitor.rules.query import And, as_written, walk
from monitor.rules.rulefile import Rule
from monitor.rules.terms import Lists


def lints(rules: Sequence[Rule], lists: Lists, planner: Planner) -> Iterator[Lint]:
    """Every lint of a rule set, in the order of the files."""
    for rule in rules:
        for part in walk(rule.case.query):
            if isinstance(part, And) and part.unsaid >= 0:
                where, excerpt = rule.document.shown(("query",), part.start, part.end)
                yield Lint(
                    where=where,
                    message=f"side by side means AND, not a phrase: {as_written(part, rule.written)}",
                    hint="write AND between, or double quotes around a phrase",
                    excerpt=excerpt,
                )
                return
