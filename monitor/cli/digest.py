"""``monitor digest``: what was told, what would be, and telling it now."""

from pathlib import Path
from typing import Any

import click
import msgspec
from rich.text import Text

from monitor.cli import show
from monitor.cli.digest_outbox import outbox, resend, said
from monitor.cli.main import App
from monitor.cli.simulate import simulate
from monitor.errors import StorageError, UsageError
from monitor.journal import plain
from monitor.model import Edition, Part


@click.group()
def digest() -> None:
    """The digests: preview, send, look back."""


digest.add_command(simulate)


def _write(parts: tuple[Part, ...], text: bool, html: Path | None) -> None:
    """The letters on standard output, or their HTML in a file (``NAME-2.html`` and so on for further parts)."""
    if html is None or text:
        for part in parts:
            click.echo("\n".join(plain(line) for line in part.text.splitlines()))
    if html is None:
        return
    for number, part in enumerate(parts, start=1):
        path = html if number == 1 else html.with_stem(f"{html.stem}-{number}")
        try:
            path.write_text(part.html, encoding="utf-8")
        except OSError as wrong:
            raise StorageError(f"cannot be written: {wrong.strerror}", where=str(path)) from None
        click.echo(f"written: {path}", err=True)


@digest.command()
@click.argument("name")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML mail to this file.")
@click.option("--at", default="", metavar="TIME", help="As it would have looked then: 2h, 3d, 2024-09-11T18:00.")
@click.pass_obj
def preview(app: App, name: str, html: Path | None, at: str) -> None:
    """Show the digest NAME as it would go out now; nothing is sent."""
    with app.reading() as service:
        instant = show.since(service.now(), at) if at else None
        _write(service.telling.preview(name, instant), text=False, html=html)


@digest.command()
@click.argument("name")
@click.pass_obj
def send(app: App, name: str) -> None:
    """Send what waits for the digest NAME now; the next one begins behind it.

    Exit 69 if a letter was not accepted (it is tried again later).
    """
    answer: dict[str, Any] | None = app.ask({"do": "send", "digest": name})
    if answer is None:
        raise UsageError(f"{name} was just queued by another service on this log", hint="monitor digest list")
    edition = msgspec.convert(answer, Edition)
    click.echo(f"{edition.id}: {len(edition.items)} items")
    if not edition.outbox:
        click.echo(
            "nothing was sent: " + ("the digest has no channel" if edition.items else "nothing waits to be told")
        )
    for row in edition.outbox:
        trouble = f": {plain(str(row.trouble))}" if row.trouble else ""
        click.echo(f"  {row.delivery.channel} {row.delivery.recipient}: {said(row)}{trouble}")
    if any(row.state != "sent" for row in edition.outbox):
        raise SystemExit(69)


@digest.command("list")
@click.option("--digest", "name", default="", help="Only this digest.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@show.as_json
@click.pass_obj
def list_(app: App, name: str, limit: int, as_json: bool) -> None:
    """List the editions, newest first, and what became of their letters."""
    with app.reading() as service:
        editions = service.history.editions(digest=name, limit=limit)
        if as_json:
            show.json_lines(editions)
            return
        show.table(
            [
                ("edition", {"overflow": "fold"}),
                "queued",
                ("items", {"justify": "right"}),
                ("letters", {"overflow": "fold"}),
            ],
            [(e.id, show.moment(e.at), len(e.items), _letters(e)) for e in editions],
            empty="no digest has been queued yet",
        )


digest.add_command(outbox)
digest.add_command(resend)


def _letters(edition: Edition) -> Text:
    states = [said(row) for row in edition.outbox]
    counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    told = ", ".join(counts) or ("no channel" if edition.items else "nothing new")
    return Text(f"{told}\n{plain(edition.reason)}" if edition.reason != "scheduled" else told)


@digest.command("show")
@click.argument("edition")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the HTML mail to this file.")
@show.as_json
@click.pass_obj
def show_(app: App, edition: str, html: Path | None, as_json: bool) -> None:
    """Show EDITION exactly as it was queued, and what became of each letter.

    EDITION is an id as `monitor digest list` shows it, or a unique part of one.
    """
    with app.reading() as service:
        found, queued = service.history.edition(edition)
        if as_json:
            show.json_lines([{**msgspec.to_builtins(found), "parts": msgspec.to_builtins(queued.parts)}])
            return
        whole = tuple(part for part in queued.parts if part.html)  # what it was cut to for a chat says the same again
        _write(whole, text=True, html=html)
        click.echo(f"{found.id}, {found.reason}, queued {show.moment(found.at)}, {len(found.items)} items")
        for row in found.outbox:
            trouble = f": {plain(str(row.trouble))}" if row.trouble else ""
            again = f", again {show.moment(row.due)}" if row.due else ""
            click.echo(f"  {row.delivery.channel} {row.delivery.recipient}: {said(row)} after {row.n}{trouble}{again}")
