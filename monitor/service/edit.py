"""config.toml, edited as a careful person would: what an edit does not concern stays as it is, byte for byte.

A ``[[feed]]`` is text that is put in or cut out. tomlkit, which edits trees, counts what stands between two tables to
the first: to take out the last feed of the shipped file, it takes out the remarks on channels and digests too.

A table that is added stands behind the last one of its kind, with an empty line between. One that is removed takes with
it the empty lines before it, and the remarks that touch it from above or below; a remark with an empty line between
stays. So to remove what was just added gives the file that was there before.
"""

import fcntl
import os
import re
import stat
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from monitor import config as configuration
from monitor import toml
from monitor.config import Config
from monitor.errors import ConfigError, Mistakes, NotFound, StorageError, UsageError, did_you_mean
from monitor.service import places
from monitor.tables import FeedTable

Row = Mapping[str, str | int]


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """What a configuration says of its feeds: understood, without secrets; and as written."""

    config: Config
    feeds: tuple[FeedTable, ...]


def read(path: Path) -> Subscribed:
    """The feeds of a configuration, as they are written.

    Raises:
        ConfigError | Mistakes: the file cannot be read or understood.
    """
    return understood(places.text_of(path), str(path))


def understood(text: str, where: str) -> Subscribed:
    """The same of a text."""
    config = configuration.parse(text, where=where, secrets=None)
    rows = toml.read(text, where=where, kind=ConfigError).get("feed", [])
    return Subscribed(config=config, feeds=tuple(msgspec.convert(row, FeedTable) for row in rows))


# -- the text ---------------------------------------------------------------------------------------------------------


def added(text: str, rows: Sequence[Row], where: str) -> str:
    """The text with these ``[[feed]]`` tables put in.

    Raises:
        ConfigError: no place for them can be found; the hint is what to paste.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    tables = [written(row, end) for row in rows]
    at = _anchor(text)
    if at:
        new = text[:at] + "".join(end + end + table for table in tables) + text[at:]
    else:  # nothing is there yet but blanks
        mark = toml.BOM if text.startswith(toml.BOM) else ""
        new = mark + (end + end).join(tables) + end + text.removeprefix(toml.BOM)
    before = _values(text, where)
    if not _says(new, {**before, "feed": [*before.get("feed", []), *map(dict, rows)]}):
        tables.insert(0, "write each feed as a table of its own:")
        hint = "\n".join(line for table in tables for line in table.split(end))
        raise ConfigError("no place for another [[feed]] can be found in this file", where=where, hint=hint)
    return new


def removed(text: str, ids: Collection[str], where: str) -> str:
    """The text without the ``[[feed]]`` tables of these ids.

    Raises:
        NotFound: there is no such feed.
        ConfigError: a table cannot be cut out.
    """
    before = _values(text, where)
    rows = before.get("feed", [])
    known = [row["id"] for row in rows]
    for name in ids:
        if name not in known:
            raise NotFound(f"there is no feed {name!r}", hint=did_you_mean(name, known))
    spans = toml.spans_of_rows(text, "feed")
    kept = [row for row in rows if row["id"] not in ids]
    new = text
    for number in reversed([number for number, name in enumerate(known) if name in ids]):
        if number < len(spans):
            start, stop = _cut(new, *spans[number])
            new = new[:start] + new[stop:]
    wanted = {**before, "feed": kept} if kept else {name: value for name, value in before.items() if name != "feed"}
    if not _says(new, wanted):
        raise ConfigError("the feed cannot be cut out of this file", where=where, hint="take it out in your editor")
    return new


def written(row: Row, end: str = "\n") -> str:
    """A ``[[feed]]`` table as the shipped file writes it, without a newline at its end."""
    width = max(map(len, row))
    return end.join(["[[feed]]", *(f"{key:<{width}} = {_value(value)}" for key, value in row.items())])


def _value(value: str | int) -> str:
    """JSON's texts are TOML's, but for one character."""
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


def _values(text: str, where: str) -> dict[str, Any]:
    return toml.read(text, where=where, kind=ConfigError)


def _says(text: str, wanted: dict[str, Any]) -> bool:
    """Whether an edit came to what it should."""
    try:
        return tomllib.loads(text.removeprefix(toml.BOM)) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _anchor(text: str) -> int:
    """Behind which character a feed is put in; 0 if there is none but blanks."""
    spans = toml.spans_of_rows(text, "feed")
    if spans:
        return _with_remarks(text, spans[-1][1])
    if service := toml.span_of_table(text, "service"):
        return _with_remarks(text, service[1])
    return _last_words(text)


def _cut(text: str, start: int, stop: int) -> tuple[int, int]:
    """What goes when the table from ``start`` to ``stop`` goes."""
    stop = _with_remarks(text, stop)
    start = above = text.rfind("\n", 0, start) + 1
    for line in reversed(text[:start].split("\n")[:-1]):
        if not line.strip().startswith("#"):
            break
        above -= len(line) + 1
    if above > 0:  # else it is what the file begins with
        start = above
    if before := _last_words(text[:start]):
        return before, stop
    behind = re.compile(r"\r?\n" if not text[stop:].strip() else r"(?:[^\S\n]*\n)*").match(text, stop)
    return int(text.startswith(toml.BOM)), behind.end() if behind else stop


def _last_words(text: str) -> int:
    """Where the last line that is not empty ends; 0 if there is none."""
    words = text.rstrip()
    return _end_of_line(text, len(words)) if words.removeprefix(toml.BOM) else 0


def _with_remarks(text: str, at: int) -> int:
    """The end of the line, and of remarks that touch it; those that touch what comes next belong there."""
    here = end = _end_of_line(text, at)
    while end < len(text):
        line = text[end + 1 : _line_end(text, end + 1)]
        if not line.strip():
            return here
        if not line.strip().startswith("#"):
            return _end_of_line(text, at)
        end = _line_end(text, end + 1)
        here = _end_of_line(text, end)
    return here


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return found if found >= 0 else len(text)


def _end_of_line(text: str, at: int) -> int:
    """Where the line's own text ends, before ``\\r\\n`` or ``\\n``."""
    end = _line_end(text, at)
    return end - 1 if end > at and text[end - 1] == "\r" else end


# -- the file ---------------------------------------------------------------------------------------------------------


def rewrite(path: Path, change: Callable[[str], str], *, dry: bool = False) -> Subscribed:
    """Change a configuration on the disk, whole or not at all; answers with what it says then.

    Mode and owner stay. Two who edit at once do so one after the other. With ``dry``, all is tried and nothing written.

    Raises:
        MonitorError: the file is wrong, or would be; or it cannot be written. It is then as it was.
    """
    if path.is_symlink():
        hint = f"--config {os.path.realpath(path)}"
        raise ConfigError("this is a link, and only a file itself is rewritten", where=str(path), hint=hint)
    with _alone(path.parent):
        text = places.text_of(path)
        understood(text, str(path))
        new = change(text)
        if len(new.encode()) > places.MOST_CONFIG:
            raise UsageError(f"{path} would be larger than {places.MOST_CONFIG // 2**20} MiB", hint="add fewer feeds")
        try:
            says = understood(new, str(path))
        except Mistakes as wrong:
            raise UsageError(wrong.mistakes[0].message, hint=wrong.mistakes[0].hint) from None
        if not dry and new != text:
            _replace(path, new.encode(), text.encode())
    return says


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other edits of the folder's configuration waiting."""
    try:
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as wrong:
        raise ConfigError(f"cannot be read: {wrong.strerror}", where=str(folder), hint="--config FILE") from None
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _replace(path: Path, new: bytes, old: bytes) -> None:
    """Put a new file in the place of an old one that is still what was read."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        before = path.stat()
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(new)
            made = os.fstat(file.fileno())
            if (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            file.flush()
            os.fsync(file.fileno())
        if path.read_bytes() != old:
            raise StorageError("the file was changed meanwhile", where=str(path), hint="look at it, then try again")
        beside.rename(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as wrong:
        hint = f"who may write there, and is there room: ls -ld {path.parent}; df {path.parent}"
        raise StorageError(f"cannot be written: {wrong.strerror}", where=str(path), hint=hint) from None
    finally:
        with suppress(OSError):  # once renamed it is not there
            beside.unlink(missing_ok=True)
