"""Terms: what is compared of a text's words, so that one name is one term in its cases, spellings and scripts. Pure.

A term is the beginning of a word, in Latin letters, without case, accents and what spelling alone makes different:
*Zelensky*, *Zelenskyy*, *Зеленський*, *Зеленского* and *Zełenskim* are all ``zelens``. It is cruder than a rule's forms
on purpose: a rule must be exact, here one wrong term among twenty changes little. Text without blanks (Chinese,
Japanese) gives every two letters in a row.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import islice, pairwise

LENGTH = 6  # letters of a word that count; measured: 5 and 7 find less. Slavic endings stand behind them
SHORTEST = 4  # letters that no ending is taken from
ENDING = re.compile(r"[aeious]+$")  # Путин, Путина, Путину; tank, tanks
LONGEST = 40  # letters of a word that are looked at
FOLDS_KEPT = 2**15  # words; news repeats itself, so nearly every fold is a look-up

# Numbers keep their points; a word may hold apostrophes and the marks that stand on its letters.
WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_](?:[^\W\d_]|['’ʼ`](?=[^\W\d_])|[\u0300-\u036f\u0900-\u0903\u093a-\u094f])*")
UNSPACED = re.compile(r"[\u2e80-\ua4cf\uf900-\ufaff]")  # kana, Han and their neighbours

LATIN = dict(
    zip(
        "абвгґдеєёжзиіїйклмнопрстуўфхцчшщъыьэюя",
        "a b v g g d e e e z z i i i i k l m n o p r s t u u f h c c s s _ i _ e u a".replace("_", "").split(" "),
        strict=True,
    )
)
LETTERS = str.maketrans(
    LATIN | {"ł": "l", "ø": "o", "đ": "d", "æ": "e", "œ": "e", "ı": "i"} | dict.fromkeys("'’ʼ`", "")
)

# Spellings of one sound, longest first: rough, but Orbán, Zelensky, Warszawa and Kharkiv are one in every script.
SOUNDS = {
    "shch": "s",
    "sch": "s",
    "tch": "c",
    "sz": "s",
    "sh": "s",
    "cz": "c",
    "ch": "c",
    "kh": "h",
    "zh": "z",
    "ph": "f",
    "ck": "k",
    "w": "v",
    "x": "ks",
    "j": "i",
    "y": "i",
    "q": "k",
}
SOUND = re.compile("|".join(SOUNDS))


def words(text: str, most: int) -> Iterator[str]:
    """The first words and numbers of a text, as they are written."""
    return (found[0][:LONGEST] for found in islice(WORD.finditer(text), most))


@lru_cache(maxsize=FOLDS_KEPT)
def terms(word: str) -> tuple[str, ...]:
    """What a word or number is compared by: one term, or several where a script writes no blanks."""
    if word[0].isdigit():
        return (unicodedata.normalize("NFKC", word).replace(",", "."),)
    if UNSPACED.match(word):
        return tuple(one + other for one, other in pairwise(word)) or (word,)
    bare = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    bare = re.sub("['’ʼ`]s$", "", bare).translate(LETTERS)
    bare = SOUND.sub(lambda found: SOUNDS[found[0]], bare)
    bare = bare[:LENGTH]
    bare = bare[:SHORTEST] + ENDING.sub("", bare[SHORTEST:])
    return (bare,) if bare else ()


@lru_cache(maxsize=1)
def common() -> dict[str, float]:
    """The share of news items that hold a term, for the commonest terms of a few languages.

    It stands in for what the window has not seen yet: two items of a young window that share *president* and *said*
    share nothing. A line of common.txt is a language, a number of thousandths, and the terms that so many items hold.
    """
    shares: dict[str, float] = {}
    for line in (files("monitor.stories") / "common.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            thousandths, *held = line.split()[1:]
            for term in held:
                shares[term] = max(shares.get(term, 0.0), int(thousandths) / 1000)
    return shares
