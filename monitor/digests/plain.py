"""Plain text for terminals and quoting mail: lines of 76 columns, marked words *like this*, bars of blocks. Pure."""

import unicodedata

from monitor.digests.tidy import ELLIPSIS, Marked

COLUMNS = 76  # fits a terminal of 80 with a quoting mark or two in front
LONGEST_LINK = 500  # characters of a link in plain text; in HTML it is whole


def starred(marked: Marked) -> str:
    """The text with its marked words ``*like this*``."""
    return "".join(f"*{run.text}*" if run.marked else run.text for run in marked.runs)


def columns(text: str) -> int:
    """How wide the text is in a terminal, where a Chinese character takes two columns and an accent none."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)


def wrapped(text: str, indent: str = "", width: int = COLUMNS) -> str:
    """The text in lines of at most ``width`` columns; a longer word gets a line of its own, Chinese breaks anywhere."""
    lines, line, taken = [], indent, len(indent)
    for word in text.split():
        wide = columns(word)
        if line != indent and taken + 1 + wide > width:
            lines.append(line)
            line, taken = indent, len(indent)
        line, taken = (line + word, taken + wide) if line == indent else (f"{line} {word}", taken + 1 + wide)
        while taken > width and unicodedata.east_asian_width(line[fits := _fitting(line, width)]) in "WF":
            lines.append(line[:fits])
            line = indent + line[fits:]
            taken = columns(line)
    return "\n".join([*lines, line])


def link(url: str) -> str:
    """A link as plain text shows it: whole, unless it is absurdly long."""
    return url if len(url) <= LONGEST_LINK else url[:LONGEST_LINK] + ELLIPSIS


def padded(text: str, width: int) -> str:
    """The text in exactly so many columns: cut with an ellipsis, or filled with blanks."""
    if columns(text) > width:
        text = text[: _fitting(text, width - 1)].rstrip() + ELLIPSIS
    return text + " " * (width - columns(text))


def _fitting(line: str, width: int) -> int:
    """How many characters of the line fit."""
    taken = 0
    for number, char in enumerate(line):
        taken += columns(char)
        if taken > width:
            return number
    return len(line)
