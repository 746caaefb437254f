"""What rules say of items, and why. Pure."""

from typing import Literal

from msgspec import Struct

from monitor.errors import RuleError
from monitor.model.common import Priority, RuleId


class Span(Struct, frozen=True, kw_only=True):
    """Evidence: characters ``start`` up to ``end`` of one field of an item."""

    field: Literal["title", "summary", "body"]
    start: int
    end: int


class Hit(Struct, frozen=True, kw_only=True):
    """A rule caught an item."""

    rule: RuleId
    version: str  # hash of the rule's text and of the lists it uses
    topic: str  # the rule's title
    priority: Priority = "normal"
    digests: tuple[str, ...] = ()  # the digests it goes to; empty: every one
    clause: str  # the part of the query that decided, as written
    spans: tuple[Span, ...] = ()


class Finding(Struct, frozen=True, kw_only=True):
    """One clause of a query held against an item: a node of the tree that explains a verdict."""

    clause: str  # as written
    held: bool
    spans: tuple[Span, ...] = ()  # the words that were found
    distance: int | None = None  # of NEAR: the least number of words between; of atleast and anyof: how many there are
    limit: int | None = None  # what the clause allows or asks for
    note: str = ""  # a plain sentence, where the numbers do not speak for themselves
    parts: tuple["Finding", ...] = ()


class Verdict(Struct, frozen=True, kw_only=True):
    """What a rule says of an item, and why."""

    rule: RuleId
    version: str
    held: bool
    query: Finding
    exclude: Finding | None = None
    note: str = ""  # such as: not valid on 2024-08-01


class RuleInfo(Struct, frozen=True, kw_only=True):
    """What ``rules list`` shows of a rule."""

    id: RuleId
    title: str
    priority: Priority
    digests: tuple[str, ...]
    version: str
    query: str
    exclude: str = ""
    notes: str = ""
    examples: int = 0


class Example(Struct, frozen=True, kw_only=True):
    """A headline that a rule file says its rule must catch, or must leave alone; and whether the rule does."""

    rule: RuleId
    title: str
    summary: str = ""
    wanted: bool  # it must be caught
    held: bool
    where: str  # the rule file; with line and column if the example does not hold
    why: str = ""  # what decided, if it does not hold

    def mistake(self) -> RuleError:
        """The complaint about an example that does not hold."""
        message = "the rule does not catch this example" if self.wanted else "the rule catches this example"
        hint = f"{self.why}\nmend the query, or the example if it asks too much"
        return RuleError(message, where=self.where, excerpt=self.title, hint=hint)
