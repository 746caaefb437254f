"""Forms: the words of a query or a list, as they are compared with the words of a text. Pure.

A form is a folded word (text.py), such as ``kyiv``; in it ``*`` stands for any letters or none and ``?`` for one
letter, neither of them first. A form with ``=`` before it is compared in its very case, as ``text.exact`` reads it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from monitor.rules import text
from monitor.rules.fault import Fault

LONGEST_PHRASE = 16  # words
WILD = str.maketrans({"*": "ᛮ", "?": "ᛯ"})  # letters that no living language writes carry wildcards through folding
TAME = str.maketrans({"ᛮ": "*", "ᛯ": "?"})
EXACT = "="
STAR_HINT = "for instance: storm shadow*; * is any letters, ? is one letter"


def forms(content: str, start: int, *, what: str = "phrase") -> tuple[str, ...]:
    """The forms of a phrase or a bare word.

    Args:
        content: what stands between the quotes; signs part words.
        start: where it begins in the query.
        what: how complaints call it.

    Raises:
        Fault: a wildcard stands where it means nothing, or there is no word, or there are too many.
    """
    runs = RUN.findall(content)
    if 0 < len(runs) <= LONGEST_PHRASE and all(map(_is_simple, runs)):  # nearly always
        return tuple(text.fold(run[:-1]) + "*" if run.endswith("*") else text.fold(run) for run in runs)
    for pattern, message, hint in REFUSALS:
        if refused := pattern.search(content):
            at = refused.start() if refused.lastindex is None else refused.start(1)
            raise Fault(message, start + at, start + refused.end(), hint)
    found = [form for run in runs for form in _run(run)]
    if not found:
        raise Fault(f"there is no word in this {what}", start, start + len(content), "write at least one word")
    if len(found) > LONGEST_PHRASE:
        message = f"a {what} of {len(found)} words; {LONGEST_PHRASE} are the most"
        raise Fault(message, start, start + len(content), "the first few words find it as well")
    return tuple(found)


RUN = re.compile(r"\S+")
REFUSALS: Iterable[tuple[re.Pattern[str], str, str]] = (
    (re.compile(r"[ᛮᛯ]"), "this rune cannot be looked for", "leave it out"),
    (re.compile(r"\$[A-Z]\w*"), "a phrase cannot hold a list", "write $A NEAR/1 $B outside of quotes"),
    (re.compile(r"^/.*/$"), "a regular expression needs no quotes", "in a query write it bare: /[0-9]+ bn/"),
    (re.compile(r"\*(\*)"), "there are two * in a row", "one is enough"),
    (re.compile(r"(?<![\w*?\u0300-\u036f])[*?](?=\w)"), "a word cannot begin with a wildcard", STAR_HINT),
    (re.compile(r"(?<![\w*?\u0300-\u036f])\*"), "a * stands within a word or at its end", STAR_HINT),
    (re.compile(r"(?<!\S)=(?!\w)"), "= stands right before a word", "=IMF finds IMF and not imf"),
)


def _is_simple(run: str) -> bool:
    """Letters and digits alone, that need no second look, and perhaps a * behind them."""
    bare = run.removesuffix("*")
    return bare.isalnum() and text.SIMPLE.fullmatch(bare) is not None


def _run(run: str) -> list[str]:
    """The forms of what stands between two blanks; = before it is for all of it."""
    exact = run.startswith(EXACT)
    run = QUESTION.sub(" ", run).translate(WILD)
    if exact:
        return [EXACT + form.translate(TAME) for raw in text.raw(run) for form in text.exact(raw).split()]
    found = (form.translate(TAME) for form in text.words(run))
    return [POSSESSIVE.sub(r"\1", form) for form in found]


QUESTION = re.compile(r"(?<![\w*?\u0300-\u036f])\?")  # a sign, not a letter: "who? what?" in typeset French
POSSESSIVE = re.compile(r"'s(\*?)$")


def is_wild(form: str) -> bool:
    """Whether a form stands for more than one word."""
    return "*" in form or "?" in form


def beginning(form: str) -> str:
    """What every word of a form begins with; without the sign of exactness."""
    return re.split(r"[*?]", form.removeprefix(EXACT), maxsplit=1)[0]


@lru_cache(maxsize=2**16)
def pattern(form: str) -> re.Pattern[str]:
    """What matches exactly the words of a form that holds wildcards, in time linear in the word's length."""
    first, *pieces = (re.escape(piece).replace(r"\?", ".") for piece in form.removeprefix(EXACT).split("*"))
    if not pieces:
        return re.compile(first, re.DOTALL)
    # Each piece but the last is taken where it is first found, for good: so nothing is tried twice.
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[:-1] if piece)
    return re.compile(f"{first}{middle}.*{pieces[-1]}", re.DOTALL)
