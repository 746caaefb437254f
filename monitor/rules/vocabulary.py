"""What the words of a text can be: all forms of all rules, looked up once a word and remembered. Pure."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from monitor.rules import text, words

WORDS_KEPT = 2**17  # distinct words whose meaning is remembered; news repeats itself
Matches: TypeAlias = Callable[[str], object]

NONE: tuple[str, ...] = ()


class Vocabulary(dict[str, tuple[str, ...]]):
    """The forms of each raw word (``text.raw``): itself, its beginnings with a *, and so on; learned when first met.

    Attributes:
        several: the words of each raw word that is not exactly one, such as ½.
    """

    def __init__(self, forms: Iterable[str]) -> None:
        super().__init__()
        self.several: dict[str, list[str]] = {}
        self._folded = _Forms(form for form in forms if not form.startswith(words.EXACT))
        self._exact = _Forms(form for form in forms if form.startswith(words.EXACT))

    def trim(self) -> None:
        """Forget all words once there are too many; never in the middle of an item."""
        if len(self) >= WORDS_KEPT:
            self.clear()
            self.several.clear()

    def __missing__(self, raw: str) -> tuple[str, ...]:
        folded = text.fold(raw)
        if " " in folded or not folded:
            self.several[raw] = folded.split()
        found = [form for word in folded.split() for form in self._folded.of(word)]
        if self._exact:
            found += [form for word in text.exact(raw).split() for form in self._exact.of(word)]
        self[raw] = forms = tuple(dict.fromkeys(found)) if found else NONE
        return forms


class _Forms:
    """Forms of one kind, to be found by a word."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._whole: dict[str, str] = {}  # without the sign of exactness -> as it is
        self._begun: dict[str, str] = {}
        self._wild: dict[str, list[tuple[str, str, Matches]]] = {}  # what their words end with; by what they begin with
        for form in forms:
            bare = form.removeprefix(words.EXACT)
            if not words.is_wild(bare):
                self._whole[bare] = form
            elif bare.endswith("*") and not words.is_wild(bare[:-1]):
                self._begun[bare[:-1]] = form
            else:
                end = bare[max(bare.rfind("*"), bare.rfind("?")) + 1 :]
                self._wild.setdefault(words.beginning(form), []).append((form, end, words.pattern(form).fullmatch))
        self._lengths = sorted({len(start) for start in self._begun})
        self._starts = sorted({len(start) for start in self._wild})

    def __bool__(self) -> bool:
        return bool(self._whole or self._begun or self._wild)

    def of(self, word: str) -> Iterable[str]:
        """The forms that a word is one of."""
        if (form := self._whole.get(word)) is not None:
            yield form
        for length in self._lengths:
            if length > len(word):
                break
            if (form := self._begun.get(word[:length])) is not None:
                yield form
        for length in self._starts:
            if length > len(word):
                break
            for form, end, matches in self._wild.get(word[:length], ()):
                if word.endswith(end) and matches(word):
                    yield form
