"""A scope: the part of an item that a query is held against, and what it means there that something holds. Pure.

Truth is an integer. Outside of ``sentence(...)`` it is 1 or 0. Inside, every sentence is asked at once: truth is the
set of those sentences, each as the place of its last word, for which the query holds. AND, OR and NOT are &, | and & ~
in either case.
"""

from typing import TypeAlias

from monitor.rules import places
from monitor.rules.places import Spans
from monitor.rules.query import TEXT_FIELDS, TextField
from monitor.rules.reading import Match, Reading, Words

Truth: TypeAlias = int


class Scope:
    """Some fields of an item, or some first words of them, or their sentences one by one.

    Attributes:
        everything: the truth of what always holds.
        plain: neither fields nor words are left out, and sentences do not matter.
        lasts: the last words of the sentences, if these are asked one by one; else nothing.
        starts: their first words.
        known: the truth of what is dear to work out, by its plan.
    """

    __slots__ = (
        *("_fields", "_inner", "_limit", "_mask"),
        *("everything", "known", "lasts", "plain", "reading", "starts", "words"),
    )

    def __init__(self, reading: Reading, words: Words) -> None:
        self.reading, self.words = reading, words
        self.plain = True
        self.everything: Truth = 1
        self.lasts = self.starts = 0
        self.known: dict[object, Truth] = {}
        self._inner: dict[str | int, Scope] = {}
        self._mask = -1
        self._fields = range(len(words.fields))
        self._limit = -1

    def field(self, field: TextField) -> "Scope":
        """The same without the other fields."""
        if field in self._inner:
            return self._inner[field]
        number = TEXT_FIELDS.index(field)
        self._inner[field] = inner = self._copy()
        inner._fields = range(number, number + 1) if number in self._fields else range(0)
        borders = [0, *self.words.borders]
        past = borders[number + 1] if number + 1 < len(borders) else 0
        inner._mask &= (1 << past) - (1 << borders[number]) if past else 0
        return inner

    def lead(self, words: int) -> "Scope":
        """The same without what comes after the first words; of the title, all."""
        if words in self._inner:
            return self._inner[words]
        self._inner[words] = inner = self._copy()
        limit = max(words, self.words.borders[0])
        inner._limit = limit if self._limit < 0 else min(limit, self._limit)
        inner._mask &= (1 << limit) - 1
        return inner

    def sentences(self) -> "Scope":
        """The same, each sentence by itself."""
        if "sentences" in self._inner:
            return self._inner["sentences"]
        self._inner["sentences"] = inner = self._copy()
        inner.lasts = inner.everything = self.words.sentences.lasts
        total = self.words.borders[-1]
        inner.starts = (inner.lasts << 1 | 1) & ((1 << total) - 1)
        return inner

    def _copy(self) -> "Scope":
        inner = Scope(self.reading, self.words)
        inner.plain = False
        inner.everything, inner.lasts, inner.starts = self.everything, self.lasts, self.starts
        inner._mask, inner._fields, inner._limit = self._mask, self._fields, self._limit
        return inner

    # -- places --------------------------------------------------------------------------------------------------------

    def starts_of(self, term: tuple[str, ...]) -> int:
        """Where a term begins that is wholly in this scope, and in one sentence if those matter."""
        found = self.words.starts(term)
        return found if self.plain or not found else self.inside(found, len(term))

    def inside(self, starts: int, length: int) -> int:
        """Those of the spans of a length that are wholly in this scope, and in one sentence if those matter."""
        found = starts & self._mask & (self._mask >> (length - 1))
        if self.lasts and length > 1:
            found &= ~places.down(self.lasts, length - 2)
        return found

    def holds(self, words: int) -> Truth:
        """The truth of: some of these words are there."""
        if not self.lasts:
            return 1 if words else 0
        # In each sentence all words but the last are added to as many ones: the sum reaches the last if one is there.
        others = ((1 << self.lasts.bit_length()) - 1) & ~self.lasts
        return (((words & others) + others) | words) & self.lasts

    def words_of(self, truth: Truth) -> int:
        """All words of the sentences for which something holds; all words there are if sentences do not matter."""
        if not self.lasts:
            return self._mask if truth else 0
        return places.down(truth, self.lasts.bit_length(), self.lasts)

    def kept(self, spans: Spans, truth: Truth) -> Spans:
        """The spans in the sentences for which something holds."""
        if not self.lasts:
            return spans if truth else {}
        words = self.words_of(truth)
        return {length: starts & words for length, starts in spans.items() if starts & words}

    # -- characters ----------------------------------------------------------------------------------------------------

    def truth_of(self, match: Match) -> Truth:
        """The truth of: this is found; no truth if it is not wholly in this scope, or in no one sentence."""
        if match.field not in self._fields or match.end > self._past(match.field):
            return 0
        if not self.lasts:
            return 1
        last = self.words.sentences.last_word_of(match)
        return 1 << last if last >= 0 else 0

    def _past(self, field: int) -> int:
        """The end of the last character of a field that is in this scope."""
        borders = self.words.borders
        begun = borders[field - 1] if field else 0
        if self._limit < 0 or not field or borders[field] <= self._limit:
            return len(self.words.fields[field])
        return self.words.characters[self._limit - 1].end if self._limit > begun else 0
