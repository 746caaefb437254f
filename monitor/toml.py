"""Where in a TOML file a value stands, so that a complaint can point at it. Pure.

``tomllib`` reads fast and forgets places; ``tomlkit`` keeps every character and gives it back. So a place is found,
only once something is wrong, by putting a marker where the value stands and seeing where it comes out.
"""

import re
import tomllib
from collections.abc import Sequence
from typing import Any, NamedTuple

import tomlkit
import tomlkit.exceptions

from monitor.errors import MonitorError

Path = Sequence[str | int]

MARKER = "MARKER-8c1f"  # no file of a user's holds this; it is looked for in a copy that is thrown away


class Place(NamedTuple):
    """A spot in a text, both counted from 1."""

    line: int
    column: int


def read(text: str, *, where: str, kind: type[MonitorError]) -> dict[str, Any]:
    """The document as plain values.

    Raises:
        kind: the text is no TOML; the error names line and column and shows the line.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(wrong))
        message = str(wrong)[: found.start()] if found else str(wrong)
        lines = text.splitlines() or [""]
        at = Place(int(found[1]), int(found[2])) if found and found[1] else Place(len(lines), len(lines[-1]) + 1)
        raise kind(
            f"this is not TOML: {message[:1].lower()}{message[1:]}",
            where=f"{where}:{at.line}:{at.column}",
            excerpt=excerpt(text, at),
            hint='text stands in quotes: key = "value"; a list in brackets: key = ["a", "b"]',
        ) from None


def place_of_value(text: str, path: Path) -> Place:
    """Where the value at ``path`` begins (its opening quote or bracket); the top of the file if there is none."""
    document = tomlkit.parse(text)
    parent: Any = document
    try:
        for step in path[:-1]:
            parent = parent[step]
        value = parent[path[-1]]
    except (KeyError, IndexError, tomlkit.exceptions.NonExistentKey):
        return Place(1, 1)
    if isinstance(value, tomlkit.items.Table | tomlkit.items.AoT) or (
        isinstance(value, dict) and not isinstance(value, tomlkit.items.InlineTable)
    ):
        return _place_of_table(text, path)
    parent[path[-1]] = MARKER
    return place(text, tomlkit.dumps(document).find(f'"{MARKER}"'))


def place_of_key(text: str, path: Path) -> Place:
    """Where the key at ``path`` begins."""
    value = place_of_value(text, path)
    line = text.splitlines()[value.line - 1] if text else ""
    key = str(path[-1])
    before = line[: value.column - 1]
    column = before.rfind(key) if key in before else line.find(key)
    return Place(value.line, max(column, 0) + 1)


def place(text: str, offset: int) -> Place:
    """The line and column of a character offset."""
    before = text[: max(offset, 0)]
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def excerpt(text: str, at: Place, width: int = 1) -> str:
    """The line at fault with carets under ``width`` characters of it; a long line is cut around the place."""
    lines = text.splitlines()
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    start = max(0, at.column - 60)
    shown = line[start : start + 72].replace("\t", " ")
    return f"{shown}\n{' ' * (at.column - 1 - start)}{'^' * max(1, min(width, 72 - (at.column - 1 - start)))}"


def _place_of_table(text: str, path: Path) -> Place:
    """The header of a table: the line above its first key, or the n-th ``[[name]]``."""
    name = next(str(step) for step in reversed(path) if isinstance(step, str))
    number = path[-1] if isinstance(path[-1], int) else 0
    headers = list(re.finditer(rf"^[ \t]*\[\[?[ \t]*{re.escape(name)}[ \t]*\]\]?", text, re.MULTILINE))
    if number < len(headers):
        return place(text, headers[number].start())
    return Place(1, 1)
