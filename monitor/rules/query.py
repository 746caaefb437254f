"""Queries: a tree that means one thing only. parser.py reads it from what an analyst wrote. Pure.

    And | Or | Not          of queries
    AnyOf                   at least some of several queries
    Term | ListRef          a word or a phrase; a name of rules/terms.toml
    Near                    two things that have a place, and how far they may be from each other
    AtLeast                 a thing that has a place, found more than once
    Regex                   characters of a field
    InField                 a query about one field of the text, or about url, author or tags
    Lead | Sentence         a query about the first words, or about each sentence by itself
    Source                  feed, group, lang, tier: where the item comes from

A thing *has a place* if it is found at words that can be counted: words, phrases, lists, OR of those, NEAR of those.
Each node knows the characters ``start`` up to ``end`` of the query that it was read from. Nodes never hold each other
in a circle, so the garbage collector need not look at them (``gc=False``).
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

TextField: TypeAlias = Literal["title", "summary", "body"]
OtherField: TypeAlias = Literal["url", "author", "tag"]
SourceField: TypeAlias = Literal["feed", "group", "lang", "tier"]

TEXT_FIELDS: tuple[TextField, ...] = ("title", "summary", "body")  # in the order in which they are read
OTHER_FIELDS: tuple[OtherField, ...] = ("url", "author", "tag")
SOURCE_FIELDS: tuple[SourceField, ...] = ("feed", "group", "lang", "tier")


class Node(Struct, frozen=True, kw_only=True, gc=False):
    """A part of a query."""

    start: int
    end: int


class Term(Node, frozen=True, kw_only=True, gc=False):
    """Words that follow each other, in their compared forms (words.py)."""

    words: tuple[str, ...]


class ListRef(Node, frozen=True, kw_only=True, gc=False):
    """Any form of a list."""

    name: str


class Regex(Node, frozen=True, kw_only=True, gc=False):
    """Characters that a regular expression finds; ``pattern`` is as RE2 takes it (regexes.py)."""

    pattern: str


class Not(Node, frozen=True, kw_only=True, gc=False):
    """What must not be there."""

    part: "Query"


class And(Node, frozen=True, kw_only=True, gc=False):
    """All of the parts."""

    parts: tuple["Query", ...]
    unsaid: int = -1  # where two parts first stand side by side without AND or NOT between them


class Or(Node, frozen=True, kw_only=True, gc=False):
    """At least one of the parts."""

    parts: tuple["Query", ...]


class AnyOf(Node, frozen=True, kw_only=True, gc=False):
    """At least ``least`` of the parts."""

    least: int
    parts: tuple["Query", ...]


class Near(Node, frozen=True, kw_only=True, gc=False):
    """Two spans without a word in common and at most ``most`` words between them.

    ``absent``: a span of the first with no span of the second that near, nor one that shares a word with it.
    """

    first: "Query"
    second: "Query"
    most: int
    ordered: bool = False
    absent: bool = False


class AtLeast(Node, frozen=True, kw_only=True, gc=False):
    """At least ``least`` spans of which no two share a word."""

    least: int
    part: "Query"


class InField(Node, frozen=True, kw_only=True, gc=False):
    """A query about one field alone."""

    field: TextField | OtherField
    part: "Query"


class Lead(Node, frozen=True, kw_only=True, gc=False):
    """A query about the title and whatever else belongs to the first ``words`` words of the text."""

    words: int
    part: "Query"


class Sentence(Node, frozen=True, kw_only=True, gc=False):
    """A query that one sentence must satisfy by itself."""

    part: "Query"


class Source(Node, frozen=True, kw_only=True, gc=False):
    """Where an item comes from: any of the values."""

    field: SourceField
    values: tuple[str, ...]  # case-folded


Query: TypeAlias = Term | ListRef | Regex | Not | And | Or | AnyOf | Near | AtLeast | InField | Lead | Sentence | Source


def children(query: Query) -> tuple[Query, ...]:
    """The parts right below a query, in the order of writing."""
    if isinstance(query, And | Or | AnyOf):
        return query.parts
    if isinstance(query, Not | InField | Lead | Sentence | AtLeast):
        return (query.part,)
    return (query.first, query.second) if isinstance(query, Near) else ()


def walk(query: Query) -> Iterator[Query]:
    """The query and every part of it, in the order of writing."""
    waiting = [query]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(children(part))


def wanted(query: Query) -> Iterator[Query]:
    """The query and those parts of it that are looked for, not kept away."""
    if isinstance(query, Not):
        return
    yield query
    for part in children(query)[:1] if isinstance(query, Near) and query.absent else children(query):
        yield from wanted(part)


def as_written(query: Query, written: str) -> str:
    """The part's own text, on one line."""
    return " ".join(written[query.start : query.end].split())
