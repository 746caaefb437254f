"""A letter cut to what a channel takes: between stories, else between lines, else between words; nothing is lost. Pure.

The parts are decided when an edition is queued, so every attempt sends the same ones. A link is never cut, nor a run of
marked words; a link that is longer than a whole part is named and left out, for half of one leads nowhere. Each part's
subject says which it is: ``(2/3)``.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from monitor.digests.tidy import ELLIPSIS
from monitor.model import Part

LEAST = 100  # of a room; what takes less gets the subject and the beginning, for a hundred shreds are no letter
NUMBERED = len(" (999/999)")
TOO_LONG = "(a link too long for this channel)"
LONGEST_RUN = 120  # characters of marked words that stay together
ALREADY = re.compile(r" \(\d+/\d+\)$")  # of a letter that was rendered in parts
ATOM = re.compile(rf"https?://\S+|\*[^*\n](?:[^*]{{0,{LONGEST_RUN}}}?[^*\s])?\*\S*|\S+")
MARKUP = re.compile(r"([\\`*_{}\[\]()#+.!|<>~-])")
LINK = re.compile(r"\s*https?://")
HEADING = re.compile(r"(?:^|\n)=+$")


class Room(Struct, frozen=True, kw_only=True):
    """What one message of a channel holds, subject and text together."""

    size: int
    counts: Literal["characters", "bytes", "markdown"] = "characters"
    html: int = 0  # characters of HTML, if the channel shows it

    def cost(self, text: str) -> int:
        """How much of the room the text takes, at most."""
        match self.counts:
            case "characters":
                return len(text.encode("utf-16-le")) // 2  # as JavaScript and most services count
            case "bytes":
                return len(msgspec.json.encode(text))
            case "markdown":
                return len(escaped(text).encode("utf-16-le")) // 2


def escaped(text: str) -> str:
    """The text with a backslash before what markdown reads as markup; a link stays as it is, or it would be none."""
    return "\n".join(row if LINK.match(row) else MARKUP.sub(r"\\\1", row) for row in text.split("\n"))


def fitted(parts: Sequence[Part], room: Room | None) -> tuple[Part, ...]:
    """The letter's parts as a channel with that room gets them; as they are if they fit, or if there is no limit."""
    if room is None or room.size < LEAST or all(_fits(part, room) for part in parts):
        return tuple(parts)
    subjects = [_shortened(ALREADY.sub("", part.subject), room) for part in parts]
    pieces = [
        (subject, text)
        for subject, part in zip(subjects, parts, strict=True)
        for text in cut(part.text, lambda text, s=subject: room.cost(f"{s}\n\n{text}") + NUMBERED <= room.size)  # type: ignore[misc]
    ]
    return tuple(
        Part(subject=f"{subject} ({number}/{len(pieces)})", text=text, html="")
        for number, (subject, text) in enumerate(pieces, start=1)
    )


def _fits(part: Part, room: Room) -> bool:
    if room.html and len(part.html) <= room.html:
        return True
    return room.cost(f"{part.subject}\n\n{part.text}") <= room.size


def _shortened(subject: str, room: Room) -> str:
    """A subject that takes no more than a third of a small room."""
    while room.cost(subject) > max(room.size // 3, 12):
        subject = subject[: len(subject) * 9 // 10 - 1].rstrip() + ELLIPSIS
    return subject


def cut(text: str, fits: Callable[[str], bool]) -> list[str]:
    """The text in pieces that fit, as few as whole stories allow."""
    pieces: list[str] = []
    for block, gap in _stories(text):
        if pieces and fits(f"{pieces[-1]}{gap}{block}"):
            pieces[-1] += gap + block
        elif fits(block):
            pieces.append(block)
        else:
            pieces += _shreds(block, fits)
    return pieces


def _stories(text: str) -> Iterator[tuple[str, str]]:
    """Each story and the blank lines before it; a heading goes with the first story below it."""
    kept, before, gap = "", "", ""
    for block in re.split(r"(\n{2,})", text.strip("\n")):
        if block.startswith("\n"):
            gap = block
            continue
        kept, before = (kept + gap + block, before) if kept else (block, gap)
        if not HEADING.search(kept):
            yield kept, before
            kept = ""
    if kept:
        yield kept, before


def _shreds(block: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """A story that is longer than a part, cut between lines or, if the lines are long, between words."""
    piece, line = "", 0  # where its last line begins; a run of marked words may span lines
    for gap, atom in _atoms(block, fits):
        if fits(piece + gap + atom):
            line = len(piece) + len(gap) if "\n" in gap else line
            piece += gap + atom
            continue
        if line > len(piece) // 2 and fits(piece[line:] + gap + atom):
            yield piece[:line].rstrip()
            piece = piece[line:] + gap + atom
        else:
            if piece.strip():
                yield piece
            piece = atom
        line = 0
    if piece.strip():
        yield piece


def _atoms(block: str, fits: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """What is not cut any further, each with the blanks before it; each fits into a part of its own."""
    at = 0
    for found in ATOM.finditer(block):
        gap, atom = block[at : found.start()], found[0]
        at = found.end()
        if fits(atom):
            yield gap, atom
        elif LINK.match(atom):
            yield gap, TOO_LONG
        else:
            for word in atom.split():
                for piece in _chopped(word, fits):
                    yield gap, piece
                    gap = ""
                gap = " "


def _chopped(word: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """A word without a blank, such as a line of Chinese, in pieces that fit."""
    while word:
        size = len(word)
        while size > 1 and not fits(word[:size]):
            size = size * 3 // 4
        yield word[:size]
        word = word[size:]
