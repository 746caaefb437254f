"""Rules held against the stored items, by as many processes as there are cores; what comes back is small."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from monitor.model import Feed, FeedId, Hit, ItemId, RuleId
from monitor.rules import precision, ruleset
from monitor.rules.precision import Tally
from monitor.rules.ruleset import RuleSet
from monitor.views.sqlite import Views

PIECE = 5_000  # items in one piece of work

T = TypeVar("T")
Progress = Callable[[int, int], None]  # pieces done, of how many


class Rules(NamedTuple):
    """A rule set as it can be handed to another process: its files."""

    sources: tuple[tuple[str, str], ...]
    where: str

    @classmethod
    def of(cls, rules: RuleSet, where: str) -> "Rules":
        """The files of a set that was understood."""
        return cls(tuple(sorted(rules.sources.items())), where)


class Piece(NamedTuple):
    """Some of the items, and the rules to hold against them."""

    views: Path
    since: datetime
    first: int
    last: int
    rules: Rules
    feeds: Mapping[FeedId, Feed]


class Caught(NamedTuple):
    """An item that rules caught."""

    item: ItemId
    revision: int
    hits: tuple[Hit, ...]


class Counts(NamedTuple):
    """What a stretch of history came to."""

    items: int
    rules: Counter[RuleId]
    clauses: Counter[tuple[RuleId, str]]
    forms: Counter[tuple[RuleId, str]]
    marks: Tally

    def plus(self, more: "Counts") -> "Counts":
        """Both stretches together."""
        return Counts(
            self.items + more.items,
            self.rules + more.rules,
            self.clauses + more.clauses,
            self.forms + more.forms,
            self.marks + more.marks,
        )

    @classmethod
    def none(cls) -> "Counts":
        """Nothing yet."""
        return cls(0, Counter(), Counter(), Counter(), Counter())


@lru_cache(maxsize=4)  # one process works on many pieces with the same rules
def _compiled(rules: Rules) -> RuleSet:
    return ruleset.compile(dict(rules.sources), where=rules.where)


def caught(piece: Piece) -> list[Caught]:
    """What the rules catch in a piece."""
    rules, views = _compiled(piece.rules), Views(piece.views, write=False)
    try:
        found = []
        for item, revision in views.between(piece.first, piece.last, piece.since):
            if hits := rules.match(item, piece.feeds.get(item.feed)):
                found.append(Caught(item.id, revision, hits))
        return found
    finally:
        views.close()


def counted(piece: Piece) -> Counts:
    """How often each rule, clause and form was found in a piece, and what people said of what was caught."""
    rules, views = _compiled(piece.rules), Views(piece.views, write=False)
    counts, items = Counts.none(), 0
    try:
        marks = views.marks()
        for item, _ in views.between(piece.first, piece.last, piece.since):
            items += 1
            feed = piece.feeds.get(item.feed)
            found = {(rule, form) for rule, form, _ in rules.found(item, feed)}
            counts.forms.update(found)
            judged = precision.verdict(marks.get(item.id, {}).values())
            for hit in rules.match(item, feed):
                counts.rules[hit.rule] += 1
                counts.clauses[hit.rule, hit.clause] += 1
                precision.note(counts.marks, hit.rule, (form for rule, form in found if rule == hit.rule), judged)
        return counts._replace(items=items)
    finally:
        views.close()


def over(work: Callable[[Piece], T], pieces: list[Piece], progress: Progress = lambda _done, _of: None) -> Iterator[T]:
    """Each piece's result, as it is ready; a single piece is done here, for a process costs more than it."""
    if len(pieces) < 2:
        for piece in pieces:
            yield work(piece)
            progress(1, 1)
        return
    # Spawned, not forked: the one who asks may have threads and open databases.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(len(pieces), os.cpu_count() or 1), mp_context=context) as pool:
        futures = [pool.submit(work, piece) for piece in pieces]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                yield future.result()
                progress(done, len(futures))
        finally:
            for future in futures:
                future.cancel()


def pieces(views: Views, path: Path, since: datetime, rules: Rules, feeds: Mapping[FeedId, Feed]) -> list[Piece]:
    """The stored items since then, cut into pieces."""
    first, last = views.stretch(since)
    return [
        Piece(path, since, start, min(start + PIECE - 1, last), rules, feeds) for start in range(first, last + 1, PIECE)
    ]
