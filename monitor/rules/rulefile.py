"""One rule file, understood or complained of; its keys, its queries, its examples. Pure.

``from`` and ``until`` are days, both included. They are compared with the day (UTC) on which an item says it was
published; an item that does not say is judged as if today were one of them.
"""

from datetime import date, datetime
from hashlib import blake2b
from textwrap import dedent
from typing import Any

import msgspec
from msgspec import Struct

from monitor.errors import did_you_mean
from monitor.model import PRIORITIES, Item, Priority, RuleInfo
from monitor.rules.document import Document
from monitor.rules.fault import Fault
from monitor.rules.match import Case
from monitor.rules.parser import parse
from monitor.rules.planner import Planner
from monitor.rules.query import ListRef, Or, Query, as_written, walk
from monitor.rules.terms import Lists

KEYS = ("title", "priority", "digests", "query", "exclude", "from", "until", "notes", "expect")
EXPECT_KEYS = ("match", "no_match", "summary")


class Expected(Struct, frozen=True, kw_only=True):
    """An ``[[expect]]``: the n-th of its file."""

    number: int
    wanted: bool
    title: str
    summary: str


class Rule(Struct, frozen=True, kw_only=True):
    """A rule file, understood."""

    info: RuleInfo
    case: Case
    written: str  # the query and the exclusion, as they stand in the file
    exclude: str
    clauses: tuple[str, ...]  # of the case's alternatives, as written
    valid_from: date | None
    valid_until: date | None
    expected: tuple[Expected, ...]
    document: Document

    def in_force_for(self, item: Item) -> bool:
        """Whether the item was published on a day that the rule is meant for."""
        if item.published is None:
            return True
        day = item.published.date()
        return (self.valid_from or day) <= day <= (self.valid_until or day)


def read(document: Document, name: str, lists: Lists) -> Rule | None:
    """The rule of a file, or None once the document has a complaint."""
    return _Reader(document, name, lists).rule()


class _Reader:
    def __init__(self, document: Document, name: str, lists: Lists) -> None:
        self.document, self.values, self.name, self.lists = document, document.values, name, lists
        self.used: set[str] = set()  # names of lists

    def rule(self) -> Rule | None:
        if self.document.mistakes:
            return None
        self.document.unknown_keys(self.values, KEYS)
        query, exclude = self.query("query"), self.query("exclude")
        valid_from, valid_until = self.days()
        expected = self.expected()
        info = self.info(len(expected))
        if self.document.mistakes or query is None:
            return None
        alternatives = query.parts if isinstance(query, Or) else (query,)
        return Rule(
            info=info,
            case=Case(
                query=query,
                alternatives=alternatives,
                exclude=exclude,
            ),
            written=self.written("query"),
            exclude=self.written("exclude"),
            clauses=tuple(as_written(part, self.written("query")) for part in alternatives),
            valid_from=valid_from,
            valid_until=valid_until,
            expected=expected,
            document=self.document,
        )

    def info(self, examples: int) -> RuleInfo:
        title = self.document.text_at(self.values, ("title",)).strip()
        for key in ("title", "query"):
            if key not in self.values:
                self.document.wrong((), f"a rule needs the key {key!r}", f'add: {key} = "..."')
        if isinstance(self.values.get("title"), str) and not title:
            self.document.wrong(("title",), "the title is empty", "a few words that head the topic in a digest")
        return RuleInfo(
            id=self.name,
            title=title,
            priority=self.priority(),
            digests=self.digests(),
            version=self.version(),
            query=dedent(self.written("query")).strip(),
            exclude=dedent(self.written("exclude")).strip(),
            notes=self.document.text_at(self.values, ("notes",)),
            examples=examples,
        )

    def written(self, key: str) -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def query(self, key: str) -> Query | None:
        """The query under a key; None if there is none or it cannot be understood."""
        written = self.document.text_at(self.values, (key,))
        if not isinstance(self.values.get(key), str):
            return None
        try:
            query = parse(written)
        except Fault as fault:
            self.document.wrong_part((key,), fault)
            return None
        for part in walk(query):
            if isinstance(part, ListRef):
                self.used.add(part.name)
                if part.name not in self.lists.written and not self.lists.unreadable:
                    self.document.wrong_part((key,), self.lists.unknown(part.name, part.start, part.end))
        if wide := Planner(self.lists.forms).too_wide(query):
            message = "a NEAR within another one that is too wide to be measured"
            hint = "make the numbers smaller, or join the two by AND within sentence(...)"
            self.document.wrong_part((key,), Fault(message, wide.start, wide.end, hint))
        return query

    def priority(self) -> Priority:
        value = self.document.text_at(self.values, ("priority",), "normal")
        for known in PRIORITIES:
            if value == known:
                return known
        self.document.wrong(("priority",), f"unknown priority {value!r}", did_you_mean(value, PRIORITIES))
        return "normal"

    def digests(self) -> tuple[str, ...]:
        value = self.values.get("digests")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
            self.document.wrong(("digests",), "'digests' is a list of names", 'digests = ["desk"]')
            return ()
        if not value:
            self.document.wrong(
                ("digests",), "no digest is named", "leave the key out, and every digest shows the rule"
            )
        return tuple(value)

    def days(self) -> tuple[date | None, date | None]:
        days: list[date | None] = []
        for key in ("from", "until"):
            value = self.values.get(key)
            if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
                self.document.wrong((key,), f"{key!r} is a day", f"without quotes and time: {key} = 2024-09-11")
                value = None
            days.append(value)
        if days[0] and days[1] and days[0] > days[1]:
            self.document.wrong(("until",), "'until' comes before 'from'", "the rule would never hold")
        return days[0], days[1]

    def expected(self) -> tuple[Expected, ...]:
        rows = self.values.get("expect", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.document.wrong(("expect",), "'expect' is a list of tables", "write [[expect]] with two brackets")
            return ()
        return tuple(found for number, row in enumerate(rows) if (found := self.one_expected(number, row)))

    def one_expected(self, number: int, row: dict[str, Any]) -> Expected | None:
        path = ("expect", number)
        self.document.unknown_keys(row, EXPECT_KEYS, path)
        given = [key for key in ("match", "no_match") if key in row]
        if len(given) != 1:
            hint = 'match = "a headline" if the rule must catch it, no_match = "a headline" if it must not'
            self.document.wrong(path, "an example is either match or no_match", hint)
            return None
        title = self.document.text_at(row, (*path, given[0]))
        summary = self.document.text_at(row, (*path, "summary"))
        if not (title + summary).strip():
            self.document.wrong((*path, given[0]), "the example is empty", "write a headline")
        return Expected(number=number, wanted=given[0] == "match", title=title, summary=summary)

    def version(self) -> str:
        """32 hex digits that change whenever the file or a list that its queries use does."""
        lists = {name: self.lists.written[name] for name in self.lists.with_named(self.used)}
        return blake2b(msgspec.json.encode([self.document.text, lists]), digest_size=16).hexdigest()
