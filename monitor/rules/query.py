"""Queries: from what an analyst wrote to a tree that means one thing only. Pure.

    And | Or | Not          of queries
    InField                 a query that holds in one field
    ListRef                 a name of rules/terms.toml; ``filled`` puts the forms in its place
    Term                    a word or a phrase

Each knows the characters ``start`` up to ``end`` of the query that it was read from.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Literal, TypeAlias, cast

from lark import Lark, Token, Tree
from msgspec import Struct
from msgspec.structs import replace

from monitor.rules.guard import Fault, Guard, phrase

FieldName: TypeAlias = Literal["title"]


class Node(Struct, frozen=True, kw_only=True):
    """A part of a query."""

    start: int
    end: int


class Term(Node, frozen=True, kw_only=True):
    """Words that follow each other, in their compared forms; one that ends in ``*`` has any ending."""

    words: tuple[str, ...]


class ListRef(Node, frozen=True, kw_only=True):
    """Any form of a list."""

    name: str


class Not(Node, frozen=True, kw_only=True):
    """What must not be there."""

    part: "Query"


class InField(Node, frozen=True, kw_only=True):
    """A query about one field alone."""

    field: FieldName
    part: "Query"


class And(Node, frozen=True, kw_only=True):
    """All of the parts."""

    parts: tuple["Query", ...]
    unsaid: int = -1  # where two parts first stand side by side without AND or NOT between them


class Or(Node, frozen=True, kw_only=True):
    """At least one of the parts."""

    parts: tuple["Query", ...]


Query: TypeAlias = Term | ListRef | Not | InField | And | Or


def parse(written: str) -> Query:
    """Read a query.

    Raises:
        Fault: it is no query, or it means nothing that can be looked for; the fault names the characters.
    """
    if not written.strip():
        raise Fault("the query is empty", 0, len(written), 'write what to look for: query = "Kyiv AND visit*"')
    tree = _grammar().parse(written)  # the guard has complained of all that the grammar would not take
    query = _built(cast(Tree[Token], tree.children[0]), written)
    if (loose := unanchored(query)) is not None:
        what = "a query of negations alone" if loose is query else "an alternative that is only a negation"
        message = f"{what} would catch nearly everything"
        raise Fault(message, loose.start, loose.end, "say what to look for as well: Ukraine AND NOT football")
    return query


def unanchored(query: Query) -> Query | None:
    """The part that could hold for a text without a single word of the query; None if there is no such part."""
    match query:
        case Not():
            return query
        case InField(part=part):
            loose = unanchored(part)
            return query if loose is part else loose
        case And(parts=parts):
            return query if all(unanchored(part) for part in parts) else None
        case Or(parts=parts):
            return next((loose for part in parts if (loose := unanchored(part)) is not None), None)
    return None


def walk(query: Query) -> Iterator[Query]:
    """The query and every part of it, in the order of writing."""
    yield query
    match query:
        case Not(part=part) | InField(part=part):
            yield from walk(part)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from walk(part)


def filled(query: Query, forms: Callable[[str], Sequence[tuple[str, ...]]]) -> Query:
    """The query with the forms of each list in place of its name."""
    match query:
        case ListRef(start=start, end=end, name=name):
            return Or(start=start, end=end, parts=tuple(Term(start=start, end=end, words=w) for w in forms(name)))
        case Not(part=part) | InField(part=part):
            return replace(query, part=filled(part, forms))
        case And(parts=parts) | Or(parts=parts):
            return replace(query, parts=tuple(filled(part, forms) for part in parts))
    return query


def as_written(query: Query, written: str) -> str:
    """The part's own text, on one line."""
    return " ".join(written[query.start : query.end].split())


# -- from the grammar's tree -------------------------------------------------------------------------------------------


@cache
def _grammar() -> Lark:
    """The grammar, compiled once. The basic lexer reads AND as AND wherever it stands; a contextual one would not."""
    grammar = resources.files("monitor.rules").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="query", parser="lalr", lexer="basic", postlex=Guard())


def _built(tree: Tree[Token], written: str) -> Query:
    first = tree.children[0]
    match tree.data, first:
        case "level", _:
            return _level(tree, written)
        case "group", Token():
            close = cast(Token, tree.children[2])
            inner = _built(cast(Tree[Token], tree.children[1]), written)
            return replace(inner, start=_start(first), end=_start(close) + 1)
        case "negation", Token():
            part = _built(cast(Tree[Token], tree.children[1]), written)
            return Not(start=_start(first), end=part.end, part=part)
        case "within", Token():
            part = _built(cast(Tree[Token], tree.children[1]), written)
            return InField(start=_start(first), end=part.end, field="title", part=part)
        case "list", Token():
            return ListRef(start=_start(first), end=_end(first), name=first[1:])
        case "word", Token():
            return Term(start=_start(first), end=_end(first), words=phrase(first, _start(first), what="word"))
        case "phrase", Token():
            return Term(start=_start(first), end=_end(first), words=phrase(first[1:-1], _start(first) + 1))
    raise AssertionError(f"the grammar has a rule that nothing is built from: {tree.data}")


def _level(tree: Tree[Token], written: str) -> Query:
    """What stands side by side between two brackets: one part, all joined by AND, or all by OR."""
    parts: list[Query] = []
    joints: list[Token | None] = []  # the operator before each part but the first; None: unsaid
    operator: Token | None = None
    for child in tree.children:
        if isinstance(child, Token):
            operator = child
            continue
        if parts:
            joints.append(operator)
        parts.append(_built(child, written))
        operator = None
    if len(parts) == 1:
        return parts[0]
    said = ["AND" if joint is None else joint.type for joint in joints]
    odd = next((n for n, word in enumerate(said) if word != said[0]), None)
    if odd is not None:
        raise _mixed(parts, said, joints[odd], odd, written)
    start, end = parts[0].start, parts[-1].end
    if said[0] == "OR":
        return Or(start=start, end=end, parts=tuple(parts))
    unsaid = (part.start for part, joint in zip(parts[1:], joints, strict=True) if not joint and not _is_not(part))
    return And(start=start, end=end, parts=tuple(parts), unsaid=next(unsaid, -1))


def _mixed(parts: list[Query], said: list[str], operator: Token | None, odd: int, written: str) -> Fault:
    """The complaint about AND and OR on one level, with both ways to write it."""
    texts = [as_written(part, written) for part in parts]
    first, second = (_grouped(texts, said, binding) for binding in ("AND", "OR"))
    hint = f"write {first}, or {second}" if len(first) + len(second) < 90 else f"write either\n{first}\nor\n{second}"
    start, end = (operator.start_pos or 0, _end(operator)) if operator else (parts[odd + 1].start, parts[odd + 1].end)
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


def _is_not(part: Query) -> bool:
    return isinstance(part, Not)


def _start(token: Token) -> int:
    return token.start_pos or 0


def _end(token: Token) -> int:
    return _start(token) + len(token)
