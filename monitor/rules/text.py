"""Words: what is compared when a rule meets an item, and where each word stands in the text. Pure.

A word is a run of letters and digits, of any script, with the marks that belong to them. Two words are the same if
they are equal after NFKC, case folding and removal of the accents of Latin letters; й, ї and ё, which are letters of
their own, stay what they are, and so does every mark of a script that is not Latin. Every apostrophe is one apostrophe
and inside a word belongs to it; a possessive 's is cut. Everything else parts words, a hyphen too: ``long-range`` is
two of them.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

# Typed, typeset and modifier-letter forms; ` and ´ stand for it in much Ukrainian text that was typed in a hurry.
APOSTROPHES = "\u2019\u2018\u02bc\u02b9\u02bb\u02bd\u02c8`\u00b4\u2032\u2035\uff07\u055a\u05f3\ua78c\u201b"
SOFT_HYPHEN = "\u00ad"  # invisible: it says where a word may be broken, and parts nothing
FOLDS_KEPT = 2**16  # words; news repeats itself, so nearly every fold is a look-up


def _marks(first: int, last: int) -> str:
    """The combining marks among these characters; variation selectors dress emoji and belong to no word."""
    kinds = ((chr(code), unicodedata.category(chr(code))) for code in range(first, last))
    return "".join(mark for mark, kind in kinds if kind in ("Mn", "Mc") and not "\ufe00" <= mark <= "\ufe0f")


MARKS = _marks(0x300, 0x10000)

# Marks beyond the first plane stand behind a look-ahead: in one class with the others they would make it a slow one.
WORD = re.compile(
    rf"\w+(?:(?:'(?=\w)|[{SOFT_HYPHEN}{MARKS}]"
    rf"|(?=[\U00010000-\U0001efff])[{_marks(0x10000, 0x1F000)}])\w*)*"
)


# Words whose lower case is their compared form: ASCII, and Cyrillic letters without marks. Nearly all words are.
SIMPLE = re.compile("[\\x00-\\x7f\u0400-\u0481\u048a-\u052f]+")


class Word(NamedTuple):
    """A word in its compared form, and the characters ``start`` up to ``end`` of the text that it was read from."""

    form: str
    start: int
    end: int


def raw(text: str) -> list[str]:
    """The words of a text as they are written there, but for the kind of apostrophe."""
    return WORD.findall(_plain(text))


def places(text: str) -> list[tuple[int, int]]:
    """Where each of the raw words stands: characters from the first number up to the second."""
    return [found.span() for found in WORD.finditer(_plain(text))]


def up_to(text: str, most: int) -> str:
    """The text as far as its first ``most`` words go."""
    beyond = next(islice(WORD.finditer(_plain(text)), most, None), None)
    return text[: beyond.start()] if beyond else text


def words(text: str) -> list[str]:
    """The compared forms of the words of a text, in order: those of ``tokenise``, without the places."""
    return " ".join(map(fold, WORD.findall(_plain(text)))).split()


def tokenise(text: str) -> list[Word]:
    """The words of a text with their places; a sign that stands for several words (½, ﷺ) gives each its own place."""
    found = WORD.finditer(_plain(text))
    return list(chain.from_iterable((Word(form, *m.span()) for form in fold(m[0]).split()) for m in found))


@lru_cache(maxsize=FOLDS_KEPT)
def fold(word: str) -> str:
    """The compared form of one word; several with blanks between if the sign stood for several, or nothing at all."""
    if SIMPLE.fullmatch(word):
        return word.lower().removesuffix("'s")
    composed = unicodedata.normalize("NFKC", word.replace(SOFT_HYPHEN, ""))
    bare = _without_latin_accents(unicodedata.normalize("NFKC", composed.casefold()))
    found = WORD.findall(_plain(unicodedata.normalize("NFKC", bare.casefold())))
    return " ".join(filter(None, (part.removesuffix("'s") for part in found)))


@lru_cache(maxsize=FOLDS_KEPT)
def exact(word: str) -> str:
    """The same as ``fold``, in the word's own case."""
    composed = unicodedata.normalize("NFKC", word.replace(SOFT_HYPHEN, ""))
    found = WORD.findall(_plain(unicodedata.normalize("NFKC", _without_latin_accents(composed))))
    return " ".join(filter(None, (part.removesuffix("'s").removesuffix("'S") for part in found)))


def _plain(text: str) -> str:
    """The text with one apostrophe and no underscores; character for character, so that places stay."""
    if text.isascii():
        return text.replace("`", "'").replace("_", " ")
    for form in APOSTROPHES:
        text = text.replace(form, "'")
    return text.replace("_", " ")


def _without_latin_accents(word: str) -> str:
    kept: list[str] = []
    latin = False
    for sign in unicodedata.normalize("NFD", word):
        if unicodedata.category(sign) != "Mn":
            latin = unicodedata.name(sign, "").startswith("LATIN ")
            kept.append(sign)
        elif not latin:
            kept.append(sign)
    return "".join(kept)
