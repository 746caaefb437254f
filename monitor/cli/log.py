"""``monitor log``: everything that happened."""

import sys
from itertools import count
from typing import TextIO

import click
import msgspec
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.events import ItemMatched, ItemRevised, ItemSeen, Recorded
from monitor.journal import plain

LONG = 60  # characters of one value on a line
IMPORTED_AT_ONCE = 1_000  # lines in one request to the daemon


@click.group()
def log() -> None:
    """The event log: read, verify, export, import."""


@log.command()
@click.option("-n", "number", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many events.")
@show.as_json
@click.pass_obj
def tail(app: App, number: int, as_json: bool) -> None:
    """Show the last events, oldest first."""
    with app.reading() as service:
        after = max(0, service.history.head().position - number)
        _print(list(service.history.read(after)), as_json)


@log.command("show")
@click.argument("stream")
@show.as_json
@click.pass_obj
def show_(app: App, stream: str, as_json: bool) -> None:
    """Show every event of STREAM, such as feed/bbc-world or item/ID.

    The beginning of an item's id will do, and a unique part of an edition's.
    """
    with app.reading() as service:
        events = service.history.stream(stream)
        _print(events, as_json)
        if not as_json:
            _print_words(events)


def _print(events: list[Recorded], as_json: bool) -> None:
    if as_json:
        show.json_lines(
            {"position": r.position, "id": r.event.id, "kind": r.event.kind, **msgspec.to_builtins(r.event)}
            for r in events
        )
        return
    show.table(
        [("at", {"justify": "right"}), ("event", {"overflow": "fold"})],
        [(r.position, _line(r)) for r in events],
        empty="the log is empty",
    )


def _print_words(events: list[Recorded]) -> None:
    """Under an item's events, the words by which each rule caught it."""
    words: dict[str, str] = {}
    for recorded in events:
        match recorded.event:
            case ItemSeen(title=title, summary=summary) | ItemRevised(title=title, summary=summary):
                words = {"title": title, "summary": summary}
            case ItemMatched(rule=rule, clause=clause, spans=spans):
                found = [words.get(span.field, "")[span.start : span.end] for span in spans]
                line = Text.assemble((f"{rule}: ", "bold"), (plain(", ".join(dict.fromkeys(found))), "bold yellow"))
                show.console().print(line.append(f"  by {plain(' '.join(clause.split()))}", "dim"))


def _line(recorded: Recorded) -> Text:
    """When, what, and the fields that are short enough to read."""
    event = recorded.event
    line = Text.assemble((show.moment(event.at), "dim"), " ", (event.kind, "bold"))
    for name, value in msgspec.to_builtins(event).items():
        if name == "at" or value in (None, "", [], {}):
            continue
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        text = plain(text)
        line.append(f" {name}=", "cyan").append(text if len(text) <= LONG else text[: LONG - 1] + "…")
    return line


@log.command()
@click.pass_obj
def verify(app: App) -> None:
    """Read the whole chain again; exit 65 at the first event that was changed."""
    with app.reading() as service:
        head = service.history.verify()
    click.echo(f"{head.position} events, every one as it was recorded; head {head.hash}")


@log.command()
@click.option(
    "--to", "out", type=click.File("w", encoding="utf-8"), default="-", help="A file; standard output without."
)
@click.pass_obj
def export(app: App, out: TextIO) -> None:
    """Write the whole log as JSON Lines."""
    with app.reading() as service:
        out.writelines(line + "\n" for line in service.history.export())


@log.command("import")
@click.argument("source", type=click.File("r", encoding="utf-8", errors="replace"), metavar="FILE")
@click.pass_obj
def import_(app: App, source: TextIO) -> None:
    """Append the events of FILE (JSON Lines; - for standard input).

    Events that the log knows change nothing: importing twice is importing once.
    """
    new = read = 0
    for start in count(0, IMPORTED_AT_ONCE):
        lines = [line for _, line in zip(range(IMPORTED_AT_ONCE), source, strict=False)]
        if not lines:
            break
        read += len(lines)
        new += app.ask({"do": "import", "lines": lines, "where": source.name, "first": start + 1})["new"]
    click.echo(f"{read} lines read, {new} events new", file=sys.stderr)
