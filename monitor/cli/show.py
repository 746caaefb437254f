"""How commands write: plain text that no feed can colour, tables that fit 80 columns, JSON lines for programs."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.errors import UsageError
from monitor.journal import plain
from monitor.model import Item, Span

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

AROUND = 30  # characters of context on either side of a word that was found

Column: TypeAlias = str | tuple[str, dict[str, Any]]  # a heading, perhaps with rich's options for its column

as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


def console() -> Console:
    """Standard output; colours only on a terminal, no guessing at markup in what feeds wrote."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def json_lines(values: Iterable[Any]) -> None:
    """Each value as one line of JSON."""
    for value in values:
        sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def table(columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A table, or the sentence ``empty`` if there are no rows."""
    shown = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    for column in columns:
        name, options = (column, {}) if isinstance(column, str) else column
        shown.add_column(name, **options)
    count = 0
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(plain(str(cell))) for cell in row))
        count += 1
    console().print(shown if count else Text(empty))


def moment(at: datetime | None, *, empty: str = "never") -> str:
    """An instant in the local time of whoever reads it."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else empty


def marked(text: str, spans: Sequence[Span], field: str) -> Text:
    """A text with the words that matched standing out; control characters become spaces, so offsets still fit."""
    shown = Text(plain(text))
    for span in spans:
        if span.field == field:
            shown.stylize("bold yellow", span.start, span.end)
    return shown


def passage(item: Item, span: Span) -> Text:
    """The field that holds a piece of evidence, and the evidence in its context."""
    text = getattr(item, span.field)
    before, after = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    words = (plain(text[span.start : span.end]), "bold yellow")
    return Text.assemble((f"{span.field}: ", "dim"), plain(before), words, plain(after))


def headline(item: Item, spans: Sequence[Span] = ()) -> Text:
    """An item's title with its evidence, or the best that stands for a title."""
    return marked(item.title, spans, "title") if item.title else Text(plain(item.summary[:80] or item.url or item.id))


def since(now: datetime, text: str) -> datetime:
    """The instant that ``30d``, ``12h`` or ``2024-09-11`` means, seen from ``now``."""
    found = re.fullmatch(r"(\d{1,5})([mhdw])", text)
    if found:
        return now - timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise UsageError(f"{text!r} is no time", hint="such as 30m, 12h, 7d, or 2024-09-11") from None


def ahead(now: datetime, text: str) -> datetime:
    """The instant that ``2d`` or ``2024-09-30T18:00`` means as an end, seen from ``now``."""
    if found := re.fullmatch(r"(\d{1,5})([mhdw])", text):
        return now + timedelta(**{UNITS[found[2]]: int(found[1])})
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is no time", hint="such as 12h, 2d, 3w, or 2024-09-30T18:00") from None


def pairs(said: Iterable[tuple[str, str | Text]]) -> None:
    """Names and what is said of them, wrapped beside each other."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in said:
        grid.add_row(name, value if isinstance(value, Text) else Text(plain(value)))
    console().print(grid)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while something long is done; nothing where nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    out = Console(stderr=True)
    with Progress(*columns, console=out, disable=not out.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
