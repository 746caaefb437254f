"""Text fit to leave the house: one line, nothing hidden, no bells rung, the marks still on their words. Pure.

What a feed wrote is shown to people, to terminals and to chat services that read markup into it. So three kinds of
character go: those that steer (controls, escapes, bidirectional overrides), those that hide (zero-width, tags,
fillers) and combining marks beyond a pile of four. What a chat service would take for a call to everyone
(``@everyone``, ``<!channel>``) or for a disguised link (``[bank](...)``) gets a space that breaks it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct

Range: TypeAlias = tuple[int, int]  # characters, from and up to

MOST_COMBINING = 4  # marks on one letter; more is vandalism
ELLIPSIS = "…"

# Invisible although Unicode does not class them as format characters: combining grapheme joiner, Hangul and Khmer
# fillers, Mongolian and other variation selectors, the braille blank.
FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
SHOWN = r"[!-~\u00a1-\u00ac\u00ae-\u02ff\u0386-\u03ff\u0400-\u0482\u048a-\u052f\u2010-\u2027]+"
SIMPLE = re.compile(rf"(?:{SHOWN}(?: {SHOWN})*)?")  # most texts; what is not may need a look at each character
BELL = re.compile(
    r"@(?=everyone|here|room|channel|all\b|group\b|team\b)"  # Discord, Matrix, Slack, Mattermost, Rocket.Chat
    r"|<(?=[@!#&/]|[a-z][a-z0-9+.-]*:)"  # <@user> <!channel> <#room> <https://hidden|shown>
    r"|\](?=\()",  # [shown](hidden)
    re.IGNORECASE,
)


class Run(NamedTuple):
    """A stretch of text that is marked as evidence, or is not."""

    text: str
    marked: bool


class Marked(Struct, frozen=True, kw_only=True):
    """A line of text and the stretches of it that are marked, in order and apart."""

    text: str
    marks: tuple[Range, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The text in pieces, marked and not marked in turn."""
        runs, at = [], 0
        for start, end in self.marks:
            runs += [Run(self.text[at:start], False), Run(self.text[start:end], True)]
            at = end
        return tuple(run for run in (*runs, Run(self.text[at:], False)) if run.text)


def tidy(text: str, marks: Iterable[Range] = ()) -> Marked:
    """One line of the text that is fit to leave, and where the marks are in it."""
    return _hush(*_plain(text, _merged(marks, len(text))))


def line(text: str) -> str:
    """``tidy`` without marks."""
    return tidy(text).text


def cut(marked: Marked, limit: int) -> Marked:
    """At most ``limit`` characters, cut between words if there are any, with an ellipsis for the rest."""
    text = marked.text
    if len(text) <= limit:
        return marked
    end = text.rfind(" ", limit // 2, limit)
    kept = text[: end if end > 0 else limit - 1].rstrip(" ,;:.–—-")
    marks = tuple((start, min(end, len(kept))) for start, end in marked.marks if start < len(kept))
    return Marked(text=kept + ELLIPSIS, marks=marks)


def is_simple(text: str) -> bool:
    """Whether nothing in the text steers, hides or piles up: words of most European scripts, a blank between two."""
    return SIMPLE.fullmatch(text) is not None


def is_hidden(char: str) -> bool:
    """Whether the character steers or hides instead of showing something."""
    return _kind(char) == "hidden"


@lru_cache(maxsize=4096)
def _kind(char: str) -> Literal["hidden", "space", "combining", "shown"]:
    category = unicodedata.category(char)
    if char in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85" or category in ("Zs", "Zl", "Zp"):
        return "space"
    if category in ("Cc", "Cf", "Cs") or FILLERS.match(char):
        return "hidden"
    return "combining" if category in ("Mn", "Me") else "shown"


def _plain(text: str, marks: Sequence[Range]) -> tuple[str, list[Range]]:
    """Without what steers or hides, every run of blanks one space."""
    if is_simple(text):
        return text, list(marks)
    kept: list[str] = []
    new = []  # where each old character begins in the new text
    pile = 0
    for char in text:
        new.append(len(kept))
        kind = _kind(char)
        pile = pile + 1 if kind == "combining" else pile if kind == "hidden" else 0
        if kind == "space":
            if kept and kept[-1] != " ":
                kept.append(" ")
        elif kind != "hidden" and pile <= MOST_COMBINING:
            kept.append(char)
    new.append(len(kept))
    plain = "".join(kept).rstrip()
    return plain, [(new[start], min(new[end], len(plain))) for start, end in marks]


def _hush(text: str, marks: Sequence[Range]) -> Marked:
    """A space behind the character that would make a call or a disguised link of what follows."""
    spaces = [found.end() for found in BELL.finditer(text)]
    hushed = BELL.sub(lambda found: f"{found[0]} ", text)
    moved = [(start + bisect_right(spaces, start), end + bisect_left(spaces, end)) for start, end in marks]
    return Marked(text=hushed, marks=tuple(_trimmed(hushed, moved)))


def _merged(marks: Iterable[Range], length: int) -> list[Range]:
    """In order, within the text, touching ones joined."""
    merged: list[Range] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in marks):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _trimmed(text: str, marks: Iterable[Range]) -> Iterable[Range]:
    """Without the blanks at either end, and without marks that marked nothing else."""
    for start, end in marks:
        stretch = text[start:end]
        if stretch.strip():
            yield start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
