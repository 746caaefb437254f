"""A level of a query: what stands side by side between two brackets, joined by AND or by OR and never by both. Pure."""

import re
from collections.abc import Sequence

from lark import Token

from monitor.rules.fault import Fault
from monitor.rules.query import And, ListRef, Not, Or, Query, Term, as_written

COLUMN = 3  # words below each other: from there on it is a list and no sentence


def level(children: Sequence[Query | Token], written: str) -> Query:
    """One part, or all joined by AND, or all by OR; ``children`` are parts and, where one was said, operators."""
    parts: list[Query] = []
    joints: list[Token | None] = []  # the operator before each part but the first; None: unsaid
    operator: Token | None = None
    for child in children:
        if isinstance(child, Token):
            operator = child
            continue
        if parts:
            joints.append(operator)
        parts.append(child)
        operator = None
    if len(parts) == 1:
        return parts[0]
    said = ["AND" if joint is None else joint.type for joint in joints]
    _check_pasted(parts, joints, written)
    odd = next((n for n, word in enumerate(said) if word != said[0]), None)
    if odd is not None:
        raise _mixed(parts, said, joints[odd], odd, written)
    start, end = parts[0].start, parts[-1].end
    if said[0] == "OR":
        return Or(start=start, end=end, parts=tuple(parts))
    pairs = zip(parts[1:], joints, strict=True)
    unsaid = (part.start for part, joint in pairs if not joint and not isinstance(part, Not))
    return And(start=start, end=end, parts=tuple(parts), unsaid=next(unsaid, -1))


def _check_pasted(parts: list[Query], joints: list[Token | None], written: str) -> None:
    """Refuse terms with tabs between them, and a column of terms: they come from a table, and mean OR there."""
    gaps = [
        "" if joint else written[before.end : part.start]
        for before, part, joint in zip(parts, parts[1:], joints, strict=False)
    ]
    plain = all(isinstance(part, Term | ListRef) for part in parts)
    tab = next((n for n, gap in enumerate(gaps) if re.fullmatch(r"[ ]*\t[ \t]*", gap)), None)
    column = plain and len(parts) >= COLUMN and all("\n" in gap for gap in gaps)
    if tab is None and not column:
        return
    first = 0 if tab is None else tab
    texts = [as_written(part, written) for part in parts]
    hint = f"write {' OR '.join(texts[:6])}{' OR ...' if len(texts) > 6 else ''}, or a list in terms.toml"
    what = "tabs stand between these terms" if tab is not None else "these terms stand below each other"
    start, end = parts[first].end, parts[first + 1].start
    if column:
        start, end = parts[0].start, parts[-1].end
    raise Fault(f"{what}, as if from a table", start, end, hint)


def _mixed(parts: list[Query], said: list[str], operator: Token | None, odd: int, written: str) -> Fault:
    """The complaint about AND and OR on one level, with both ways to write it."""
    texts = [as_written(part, written) for part in parts]
    first, second = (_grouped(texts, said, binding) for binding in ("AND", "OR"))
    hint = f"write {first}, or {second}" if len(first) + len(second) < 90 else f"write either\n{first}\nor\n{second}"
    start, end = parts[odd + 1].start, parts[odd + 1].end
    if operator:
        start = operator.start_pos or 0
        end = start + len(operator)
    return Fault("AND and OR are mixed without parentheses", start, end, hint)


def _grouped(texts: list[str], said: list[str], binding: str) -> str:
    """The level with brackets around each run that is joined by the operator that binds."""
    runs = [[texts[0]]]
    for word, part in zip(said, texts[1:], strict=True):
        if word == binding:
            runs[-1].append(part)
        else:
            runs.append([part])
    loose = "OR" if binding == "AND" else "AND"
    joined = (f" {binding} ".join(run) for run in runs)
    return f" {loose} ".join(f"({one})" if len(run) > 1 else one for run, one in zip(runs, joined, strict=True))
