"""TOML for people: what does not fit is named in plain words, at the place where it stands. Pure.

``tomllib`` reads and judges, but forgets places; ``tomlkit`` keeps them only while no ``[[table]]`` is interrupted by
another one. So, once something is wrong, the text that ``tomllib`` has accepted is walked again, noting where each
key and value begins.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

from monitor.errors import MonitorError, did_you_mean

Path = Sequence[str | int]
Steps = tuple[str | int, ...]

BOM = "\ufeff"  # some editors begin a file with it; nobody sees it, so it counts for no column

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
SPACE = re.compile(r"[ \t]*")
KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
SCALAR = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'''
    r"""|'''(?:[^']|'{1,2}(?!'))*'{3,5}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'"""
    r"|\d{4}-\d\d-\d\d \d\d:[^,\]}#\s]*|[^,\]}#\s]+",
    re.DOTALL,
)
# What an excerpt does not show: user and password of a web address, and all of any other address, since those of
# Apprise hold tokens anywhere.
HIDDEN = re.compile(
    r"""(?<=https://)[^\s"'/]+(?=@)|(?<=http://)[^\s"'/]+(?=@)|(?<!http://)(?<!https://)(?<=://)[^\s"']+"""
)
FIRST_NEWLINE = re.compile(r"(?:\r?\n)?")  # right behind three quotes it is no part of the text
BROKEN_LINE = re.compile(r"(?:\\[ \t]*\r?\n[ \t\r\n]*)*")  # a backslash at a line's end swallows the blanks behind it
BASIC = re.compile(  # one character of a text in "..."
    rf"{BROKEN_LINE.pattern}(?:\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}}|\\.|\r\n|.)", re.DOTALL
)
LITERAL = re.compile(r"\r\n|.", re.DOTALL)  # one character of a text in '...'

# What msgspec calls the kinds of value, in the words of who writes the file.
WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number with a fraction",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date",
    "datetime": "a date and time",
    "time": "a time of day",
}

Table = TypeVar("Table", bound=Struct)


class Misfit(NamedTuple):
    """A value, or with ``key`` a key, that does not fit the shape of its table."""

    path: Steps
    message: str
    hint: str
    key: bool = False


class Place(NamedTuple):
    """A spot in a text, both counted from 1."""

    line: int
    column: int


def read(text: str, *, where: str, kind: type[MonitorError]) -> dict[str, Any]:
    """The document as plain values.

    Raises:
        kind: the text is no TOML; the error names line and column and shows the line.
    """
    text = text.removeprefix(BOM)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(wrong))
        message = str(wrong)[: found.start()] if found else str(wrong)
        lines = _lines(text)
        at = Place(int(found[1]), int(found[2])) if found and found[1] else Place(len(lines), len(lines[-1]) + 1)
        message, hint = _in_words(message)
        raise kind(message, where=f"{where}:{at.line}:{at.column}", excerpt=excerpt(text, at), hint=hint) from None
    except (RecursionError, ValueError) as wrong:  # brackets without end; a number of 5,000 digits
        raise kind(f"this is not TOML that can be read: {wrong}", where=where, hint="write it more simply") from None


def fit(kind: type[Table], row: dict[str, Any], path: Path) -> tuple[Table | None, list[Misfit]]:
    """A table's values by their declared shape, or None, and everything that does not fit.

    A key that is unknown does not fit, but keeps nothing from being built.
    """
    name, path = f"[[{path[0]}]]" if len(path) > 1 else f"[{path[0]}]", tuple(path)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    misfits = [
        Misfit((*path, key), f"unknown key {key!r} in {name}", did_you_mean(key, fields), key=True)
        for key in row
        if key not in fields
    ]
    values: dict[str, Any] = {}
    missing = False
    for key, field in fields.items():
        try:
            if key in row:
                values[key] = msgspec.convert(row[key], field.type)
            elif field.required:
                missing = True
                hint = f'add: {key} = "..."   # {described(field)}'
                misfits.append(Misfit(path, f"{name} needs the key {key!r}", hint))
        except msgspec.ValidationError as wrong:
            missing = True
            misfits.append(_misfit(str(wrong), (*path, key), row[key], described(field)))
    return None if missing else kind(**values), misfits


def described(field: msgspec.structs.FieldInfo) -> str:
    """What a key is for, as its table declares it."""
    return next((meta.description or "" for meta in get_args(field.type) if isinstance(meta, Meta)), "")


def place_of_value(text: str, path: Path) -> Place:
    """Where the value at ``path`` begins (its quote, its bracket, the header of a table).

    What is not there is placed at the table that would hold it; ``text`` is one that ``read`` accepts.
    """
    values = _walked(text).values
    steps = tuple(path)
    while steps and steps not in values:
        steps = steps[:-1]
    return place(text, values.get(steps, 0))


def place_in_value(text: str, path: Path, offset: int) -> Place:
    """Where character ``offset`` of the string at ``path`` stands: behind its quotes, past what escapes add."""
    at = _walked(text).values[tuple(path)]
    quotes = next(quotes for quotes in ('"""', "'''", '"', "'") if text.startswith(quotes, at))
    at += len(quotes)
    if len(quotes) == 3:
        at = _past(FIRST_NEWLINE, text, at)
    character = BASIC if quotes.startswith('"') else LITERAL
    for _ in range(offset):
        at = _past(character, text, at)
    return place(text, _past(BROKEN_LINE, text, at) if character is BASIC else at)


def place_of_key(text: str, path: Path) -> Place:
    """Where the key at ``path`` begins."""
    offset = _walked(text).keys.get(tuple(path))
    return place_of_value(text, path) if offset is None else place(text, offset)


def spans_of_rows(text: str, name: str) -> list[tuple[int, int]]:
    """Of each ``[[name]]``, in order: the offsets at which its header begins and its last value ends."""
    walk = _walked(text)
    headed = [steps for steps in walk.ends if len(steps) == 2 and steps[0] == name]
    return [(walk.values[steps], walk.ends[steps]) for steps in headed]


def span_of_table(text: str, name: str) -> tuple[int, int] | None:
    """The same of ``[name]``; None if there is none."""
    walk = _walked(text)
    return (walk.values[(name,)], walk.ends[(name,)]) if (name,) in walk.ends else None


def place(text: str, offset: int) -> Place:
    """The line and column of a character offset."""
    before = text[: max(offset, 0)].removeprefix(BOM)
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def excerpt(text: str, at: Place, width: int = 1) -> str:
    """The line at fault with carets under ``width`` characters of it; a long line is cut around the place.

    Passwords in addresses are shown as stars.
    """
    lines = _lines(text)
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    line = HIDDEN.sub(lambda found: "*" * len(found[0]), line)
    start = max(0, at.column - 60)
    shown = line[start : start + 72].replace("\t", " ")
    return f"{shown}\n{' ' * (at.column - 1 - start)}{'^' * max(1, min(width, 72 - (at.column - 1 - start)))}"


def _lines(text: str) -> list[str]:
    """The lines as ``tomllib`` and editors count them: ``str.splitlines`` knows seven more ends of a line."""
    return [line.removesuffix("\r") for line in text.removeprefix(BOM).removesuffix("\n").split("\n")]


def _in_words(message: str) -> tuple[str, str]:
    """What ``tomllib`` complains of, for people, and a hint."""
    if twice := re.fullmatch(r"Cannot declare \((.*?),?\) twice", message):
        name = ".".join(part.strip(" '\"") for part in twice[1].split(","))
        return f"[{name}] is there twice", f"if there may be several, write [[{name}]] with two brackets; else keep one"
    if twice := re.fullmatch(r"Duplicate inline table key (.*)", message):
        return f"the key {twice[1]} is there twice", "keep one of them"
    if message == "Cannot overwrite a value":
        return "this key is there twice in one table", "keep one of them"
    hint = 'text stands in straight quotes: key = "value"; a list in brackets: key = ["a", "b"]'
    return f"this is not TOML: {message[:1].lower()}{message[1:]}", hint


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    """The end of what the pattern finds at this very place; the place itself if it finds nothing."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _misfit(wrong: str, path: Steps, value: Any, description: str) -> Misfit:
    """What msgspec found, such as "Expected `str`, got `int` - at `$[1]`", in plain words."""
    expected, got = (*re.findall(r"`(\w+)`", wrong), "", "")[:2]
    if row := re.search(r"\$\[(\d+)\]", wrong):
        return Misfit((*path, int(row[1])), f"{path[-1]!r} holds texts, not {WORDS[got]}", description)
    if bound := re.search(r"([<>])= (\d+)", wrong):
        return Misfit(path, f"{path[-1]!r} is at {'least' if bound[1] == '>' else 'most'} {bound[2]}", description)
    if not got:  # a declaration with limits of another kind, such as a pattern
        return Misfit(path, f"{path[-1]!r} does not fit: {wrong[:1].lower()}{wrong[1:]}", description)
    hint = f'write {path[-1]} = ["{value}"]' if (expected, got) == ("array", "str") else description
    return Misfit(path, f"{path[-1]!r} is {WORDS[expected]}, not {WORDS[got]}", hint)


class _Walk:
    """One walk over a text that is known to be TOML; it notes the offset at which each key and value begins."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, len(BOM) if text.startswith(BOM) else 0
        self.values: dict[Steps, int] = {}
        self.keys: dict[Steps, int] = {}
        self.ends: dict[Steps, int] = {}  # of tables: behind the header, or behind the last pair
        self.rows: dict[Steps, int] = {}  # how many [[tables]] of this path there were so far
        table: Steps = ()
        while self.skip(BLANK) < len(text):
            if text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.ends[table] = self.at

    def header(self) -> Steps:
        """A ``[table]`` or ``[[table]]``; answers with the path that the pairs below it belong to."""
        start, double = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if double else 1
        names = self.key()
        path: Steps = ()
        for number, (name, offset) in enumerate(names, 1):
            path += (name,)
            self.keys.setdefault(path, offset)
            self.values.setdefault(path, start)
            if double and number == len(names):
                self.rows[path] = self.rows.get(path, 0) + 1
            if path in self.rows:
                path += (self.rows[path] - 1,)
        self.values[path] = start
        self.keys[path] = names[-1][1]
        self.skip(SPACE)
        self.at += 2 if double else 1
        return path

    def pair(self, table: Steps) -> None:
        path = table
        for name, offset in self.key():
            path += (name,)
            self.keys.setdefault(path, offset)
            self.values.setdefault(path, offset)
        self.at += 1  # =
        self.skip(SPACE)
        self.value(path)

    def key(self) -> list[tuple[str, int]]:
        """The parts of a dotted key and where each begins; behind it stands what is neither space nor dot."""
        parts: list[tuple[str, int]] = []
        while True:
            offset = self.skip(SPACE)
            written = self.text[offset : self.skip(KEY)]
            parts.append((next(iter(tomllib.loads(f"{written}=0"))), offset))
            self.skip(SPACE)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def value(self, path: Steps) -> None:
        self.values[path] = self.at
        opened = self.text[self.at]
        if opened not in "[{":
            self.skip(SCALAR)
            return
        self.at += 1
        number = 0
        while self.text[self.skip(BLANK)] not in "]}":
            if opened == "[":
                self.value((*path, number))
            else:
                self.pair(path)
            number += 1
            if self.text[self.skip(BLANK)] == ",":
                self.at += 1
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> int:
        self.at = _past(pattern, self.text, self.at)
        return self.at


@lru_cache(maxsize=4)  # a file with fifty mistakes is walked once
def _walked(text: str) -> _Walk:
    return _Walk(text)
