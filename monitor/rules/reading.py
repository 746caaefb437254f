"""A reading: what an item says, word by word, worked out as far as the rules ask for it and no further. Pure.

Title, summary and body are one text: words are counted from the title's first. Phrases and sentences end with their
field; NEAR does not, since a summary goes on where its headline ends.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from monitor.model import Feed, Item
from monitor.rules import places, regexes, sentences, text
from monitor.rules.query import TEXT_FIELDS, OtherField
from monitor.rules.vocabulary import Vocabulary

LONGEST = 64 * 1024  # characters of an item that are read; the title comes first
MOST_WORDS = 7 * 1024  # words of a field that are read; more would make some rule cost 50 ms on a text made for it


class Match(NamedTuple):
    """What a regular expression found: characters of the field with this number."""

    field: int
    start: int
    end: int


class Words:
    """The words of some fields.

    Attributes:
        found: every form that some word has.
    """

    def __init__(self, vocabulary: Vocabulary, fields: Sequence[str]) -> None:
        self.vocabulary, self.fields = vocabulary, fields
        self._raws = [text.raw(field) if field else [] for field in fields]
        self._distinct = set().union(*self._raws)
        self.found: set[str] = set().union(*filter(None, map(vocabulary.__getitem__, self._distinct)))
        self._places: dict[str, int] = {}
        self._starts: dict[tuple[str, ...], int] = {}
        self._matches: dict[str, list[Match]] = {}
        self._torn: dict[int, int] = {}

    @cached_property
    def words(self) -> list[list[str]]:
        """The words of each field; a raw word that stands for several is several."""
        several = self.vocabulary.several
        if not several or several.keys().isdisjoint(self._distinct):
            return self._raws
        return [[word for raw in raws for word in several.get(raw, (raw,))] for raws in self._raws]

    @cached_property
    def borders(self) -> list[int]:
        """The place past the last word of each field."""
        past = 0
        return [past := past + len(words) for words in self.words]

    @cached_property
    def _raws_of(self) -> dict[str, list[str]]:
        """The words that have each form."""
        found: dict[str, list[str]] = {}
        for word in self._numbers:
            for form in self.vocabulary[word]:
                found.setdefault(form, []).append(word)
        return found

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        """The places of each word that has a form."""
        found: dict[str, list[int]] = {}
        for place, word in enumerate(chain.from_iterable(self.words)):
            if word in found:
                found[word].append(place)
            elif self.vocabulary[word]:
                found[word] = [place]
        return found

    def places(self, form: str) -> int:
        """Where a form stands."""
        known = self._places.get(form)
        if known is None:
            raws = self._raws_of.get(form, ())
            numbers = self._numbers
            known = places.of(numbers[raws[0]] if len(raws) == 1 else [n for raw in raws for n in numbers[raw]])
            self._places[form] = known
        return known

    def starts(self, term: tuple[str, ...]) -> int:
        """Where the words of a term follow each other within a field."""
        if len(term) == 1:
            return self.places(term[0])
        known = self._starts.get(term)
        if known is None:
            known = self.places(term[0])
            for shift, form in enumerate(term):
                known &= self.places(form) >> shift
                if not known:
                    break
            if known:
                known &= ~self.torn(len(term))
            self._starts[term] = known
        return known

    def torn(self, length: int) -> int:
        """Where a span of this length would run across the border of a field."""
        if length not in self._torn:
            ends = places.of([past - 1 for past in self.borders[:-1] if past])
            self._torn[length] = places.down(ends, length - 2)
        return self._torn[length]

    def matches(self, pattern: str) -> list[Match]:
        """What a regular expression finds, in order."""
        if pattern not in self._matches:
            search = regexes.compiled(pattern).search
            found = ((number, search(field)) for number, field in enumerate(self.fields) if field)
            self._matches[pattern] = [Match(number, *span) for number, spans in found for span in spans]
        return self._matches[pattern]

    @cached_property
    def characters(self) -> list[Match]:
        """Where the word at each place stands."""
        several = self.vocabulary.several
        return [
            Match(number, start, end)
            for number, (field, raws) in enumerate(zip(self.fields, self._raws, strict=True))
            for raw, (start, end) in zip(raws, text.places(field), strict=True)
            for _ in several.get(raw, (raw,))
        ]

    @cached_property
    def sentences(self) -> "Sentences":
        """The sentences of all fields; the first field is one."""
        return Sentences(self)


class Sentences:
    """Runs of words between the ends of sentences; a sentence has at least one word.

    Attributes:
        lasts: the last word of each.
        pasts: the place past it, in order.
    """

    def __init__(self, read: Words) -> None:
        self._spans: list[Match] = []  # the characters of each
        self.pasts: list[int] = []
        place = 0
        for number, field in enumerate(read.fields):
            cuts = sentences.split(field) if number else [(0, len(field))]
            past = read.borders[number]
            for _, end in cuts:
                first = place
                while place < past and read.characters[place].start < end:
                    place += 1
                if place > first:
                    begun = self._spans[-1].end if self._spans and self._spans[-1].field == number else 0
                    self._spans.append(Match(number, begun, end))
                    self.pasts.append(place)
        self.lasts = places.of([past - 1 for past in self.pasts])

    def last_word_of(self, match: Match) -> int:
        """The place of the last word of the sentence that holds all of these characters; -1 if none does."""
        number = bisect_right(self._spans, (match.field, match.start, 2**31)) - 1
        if number < 0 or self._spans[number].field != match.field or match.end > self._spans[number].end:
            return -1
        return self.pasts[number] - 1


class Reading:
    """An item, and the feed that it came from, where that is known."""

    def __init__(self, vocabulary: Vocabulary, item: Item, feed: Feed | None) -> None:
        self.vocabulary, self.item, self.feed = vocabulary, item, feed
        vocabulary.trim()
        title, summary, body = (getattr(item, field) for field in TEXT_FIELDS)
        if len(title) + len(summary) + len(body) > LONGEST:
            title = title[:LONGEST]
            summary = summary[: LONGEST - len(title)]
            body = body[: LONGEST - len(title) - len(summary)]
        if len(title) + len(summary) + len(body) > 2 * MOST_WORDS:  # a word and a blank are two characters at least
            title, summary, body = (text.up_to(field, MOST_WORDS) for field in (title, summary, body))
        self.words = Words(vocabulary, (title, summary, body) if body else (title, summary))
        self._others: dict[OtherField, Words] = {}

    def other(self, field: OtherField) -> Words:
        """The words of what is not the item's text; each tag is a field of its own."""
        if field not in self._others:
            item = self.item
            found = {"url": (item.url,), "author": (item.author,), "tag": item.tags}[field]
            self._others[field] = Words(self.vocabulary, [value[:LONGEST] for value in found])
        return self._others[field]

    def source(self, field: str) -> str:
        """Where the item comes from, case-folded; empty if that is not known."""
        match field:
            case "feed":
                return self.item.feed.casefold()
            case "group":
                return self.feed.group.casefold() if self.feed else ""
            case "tier":
                return str(self.feed.tier) if self.feed else ""
        return (self.item.lang or (self.feed.lang if self.feed else "")).casefold()
