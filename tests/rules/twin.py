"""A slow and obvious reading of queries: it walks the tree and looks at every word, every pair and every sentence.

Evidence is a set of characters (field number, first, past). No cleverness is allowed here.
"""

import re
from dataclasses import dataclass
from itertools import product

from monitor.model import Feed, Item, Span
from monitor.rules import regexes, sentences, text
from monitor.rules.query import (
    And,
    AnyOf,
    AtLeast,
    InField,
    Lead,
    ListRef,
    Near,
    Not,
    Or,
    Query,
    Regex,
    Sentence,
    Source,
    Term,
)

FIELDS = ("title", "summary", "body")


@dataclass(frozen=True)
class Word:
    form: str
    exact: str
    field: int
    start: int
    end: int


@dataclass(frozen=True)
class Window:
    """What is looked at: places from ``first`` up to ``past``, and the characters of fields for expressions."""

    first: int
    past: int
    characters: tuple[tuple[int, int, int], ...]


class Twin:
    def __init__(self, lists: dict[str, list[tuple[str, ...]]], item: Item, feed: Feed | None = None) -> None:
        self.lists, self.item, self.feed = lists, item, feed

    def holds(self, query: Query) -> set | None:
        """The evidence, or None."""
        return Texts(self, [self.item.title, self.item.summary, self.item.body]).holds(query)


class Texts:
    def __init__(self, twin: Twin, fields: list[str]) -> None:
        self.twin, self.fields = twin, fields
        self.words = [word for number, field in enumerate(fields) for word in read(number, field)]
        self.whole = Window(0, len(self.words), tuple((n, 0, len(field)) for n, field in enumerate(fields)))

    def holds(self, query: Query) -> set | None:
        return self.truth(query, self.whole)

    def truth(self, query: Query, window: Window) -> set | None:
        match query:
            case Term() | ListRef():
                return joined(self.spans(query, window))
            case Near():
                return joined(self.spans(query, window))
            case AtLeast(least=least, part=part):
                found = self.spans(part, window)
                return joined(found) if disjoint([span for span, _ in found]) >= least else None
            case Regex(pattern=pattern):
                return {
                    (field, start, end)
                    for field, first, past in window.characters
                    for start, end in regexes.compiled(pattern).search(self.fields[field])
                    if first <= start and end <= past
                } or None
            case Not(part=part):
                return set() if self.truth(part, window) is None else None
            case And(parts=parts):
                found = [self.truth(part, window) for part in parts]
                return None if None in found else set().union(*found)
            case Or(parts=parts):
                return self.some(1, parts, window)
            case AnyOf(least=least, parts=parts):
                return self.some(least, parts, window)
            case InField(field=field, part=part) if field in FIELDS:
                return self.truth(part, self.field(FIELDS.index(field), window))
            case InField(field=field, part=part):
                item = self.twin.item
                fields = {"url": [item.url], "author": [item.author], "tag": list(item.tags)}[field]
                return None if Texts(self.twin, fields).holds(part) is None else set()
            case Lead(words=number, part=part):
                return self.truth(part, self.lead(number, window))
            case Sentence(part=part):
                held = [self.truth(part, one) for one in self.sentences(window)]
                held = [found for found in held if found is not None]
                return set().union(*held) if held else None
            case Source(field=field, values=values):
                return set() if self.source(field, values) else None
        raise AssertionError(query)

    def some(self, least: int, parts: tuple[Query, ...], window: Window) -> set | None:
        held = [found for part in parts if (found := self.truth(part, window)) is not None]
        return set().union(*held) if len(held) >= least else None

    def source(self, field: str, values: tuple[str, ...]) -> bool:
        item, feed = self.twin.item, self.twin.feed
        if field == "feed":
            return item.feed in values
        if field == "lang":
            lang = (item.lang or (feed.lang if feed else "")).lower()
            return lang in values or lang.partition("-")[0] in values
        return feed is not None and str(getattr(feed, field)) in values

    # -- what has a place: each span with the characters that make it --------------------------------------------------

    def spans(self, query: Query, window: Window) -> list[tuple[tuple[int, int], frozenset]]:
        match query:
            case Term(words=forms):
                return self.term(forms, window)
            case ListRef(name=name):
                return [found for forms in self.twin.lists[name] for found in self.term(forms, window)]
            case Or(parts=parts):
                return [found for part in parts for found in self.spans(part, window)]
            case Near(first=first, second=second, most=most, absent=True):
                others = [span for span, _ in self.spans(second, window)]
                return [
                    (span, made)
                    for span, made in self.spans(first, window)
                    if all(between(span, other) > most for other in others)
                ]
            case Near(first=first, second=second, most=most, ordered=ordered):
                pairs = product(self.spans(first, window), self.spans(second, window))
                return [
                    ((min(one[0], other[0]), max(one[1], other[1])), made | also)
                    for (one, made), (other, also) in pairs
                    if 0 <= between(one, other) <= most and (one[1] <= other[0] or not ordered)
                ]
        raise AssertionError(query)

    def term(self, forms: tuple[str, ...], window: Window) -> list[tuple[tuple[int, int], frozenset]]:
        found = []
        for first in range(window.first, window.past - len(forms) + 1):
            words = self.words[first : first + len(forms)]
            same_field = words[0].field == words[-1].field
            if same_field and all(fits(form, word) for form, word in zip(forms, words, strict=True)):
                characters = frozenset([(words[0].field, words[0].start, words[-1].end)])
                found.append(((first, first + len(forms)), characters))
        return found

    # -- windows -------------------------------------------------------------------------------------------------------

    def field(self, field: int, window: Window) -> Window:
        places = [n for n, word in enumerate(self.words) if word.field == field]
        first, past = (places[0], places[-1] + 1) if places else (0, 0)
        characters = tuple(one for one in window.characters if one[0] == field)
        return Window(max(first, window.first), min(past, window.past), characters)

    def lead(self, number: int, window: Window) -> Window:
        title = sum(word.field == 0 for word in self.words)
        past = max(title, number)
        characters = []
        for field, start, end in window.characters:
            last = max((n for n, word in enumerate(self.words) if word.field == field), default=-1)
            within = [word.end for word in self.words[:past] if word.field == field]
            whole = field == 0 or last < past
            characters.append((field, start, end if whole else min(end, max(within, default=0))))
        return Window(window.first, min(past, window.past), tuple(characters))

    def sentences(self, window: Window) -> list[Window]:
        found: list[Window] = []
        for field, content in enumerate(self.fields):
            begun = 0
            for _, end in sentences.split(content) if field else [(0, len(content))]:
                inside = [n for n, w in enumerate(self.words) if w.field == field and begun <= w.start < end]
                if not inside:
                    continue
                cut = [
                    (number, max(start, begun), min(past, end))
                    for number, start, past in window.characters
                    if number == field
                ]
                first, past = max(inside[0], window.first), min(inside[-1] + 1, window.past)
                found.append(Window(first, past, tuple(cut)))
                begun = end
        return found


def read(number: int, field: str) -> list[Word]:
    found = []
    for raw, (start, end) in zip(text.raw(field), text.places(field), strict=True):
        forms = text.fold(raw).split()
        for form in forms:
            exact = text.exact(raw if len(forms) == 1 else form)
            found.append(Word(form, exact, number, start, end))
    return found


def fits(form: str, word: Word) -> bool:
    bare, compared = (form[1:], word.exact) if form.startswith("=") else (form, word.form)
    pattern = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in bare)
    return re.fullmatch(pattern, compared, re.DOTALL) is not None


def between(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Words between two spans; less than none if they share one."""
    return max(other[0] - one[1], one[0] - other[1])


def disjoint(spans: list[tuple[int, int]]) -> int:
    """The most spans that can be taken without a word in common: the one that ends first, then what is left."""
    taken, past = 0, 0
    for first, end in sorted(spans, key=lambda span: span[1]):
        if first >= past:
            taken, past = taken + 1, end
    return taken


def joined(spans: list[tuple[tuple[int, int], frozenset]]) -> set | None:
    return set().union(*(made for _, made in spans)) if spans else None


def apart(evidence: set, most: int) -> tuple[Span, ...]:
    """The evidence by field and place, what overlaps made one."""
    spans = []
    for field, name in enumerate(FIELDS):
        inked = sorted((start, end) for number, start, end in evidence if number == field)
        while inked:
            start, end = inked.pop(0)
            while inked and inked[0][0] < end:
                end = max(end, inked.pop(0)[1])
            spans.append(Span(field=name, start=start, end=end))
    return tuple(spans[:most])
