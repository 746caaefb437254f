"""``monitor digest outbox`` and ``resend``: letters that were not accepted, and trying them again."""

from typing import Any

import click
import msgspec

from monitor.cli import show
from monitor.cli.main import App
from monitor.cli.silence import who_option
from monitor.journal import plain
from monitor.model import OutboxRow

MOST = 1000  # letters in one list


def said(row: OutboxRow) -> str:
    """How far a letter has come, in a word; what may have arrived and is not sent again is held."""
    return "held" if row.state == "unknown" and row.due is None else row.state


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those that were accepted.")
@show.as_json
@click.pass_obj
def outbox(app: App, everything: bool, as_json: bool) -> None:
    """List the letters that were not accepted: waiting, held, given up, and why.

    held: it may have arrived, and is not sent again unless you ask (`monitor digest resend`).
    """
    with app.reading() as service:
        rows = service.house.views.outbox(everything=everything, limit=MOST)
    if as_json:
        show.json_lines({**msgspec.to_builtins(row), "said": said(row)} for row in rows)
        return
    show.table(
        [("letter", {"overflow": "fold"}), "to", "state", ("why", {"overflow": "fold"})],
        [
            (
                f"{row.edition} part {row.delivery.part + 1} {row.delivery.id[:8]}",
                f"{row.delivery.channel} {row.delivery.recipient}",
                said(row),
                _why(row),
            )
            for row in rows
        ],
        empty="every letter was accepted",
    )


def _why(row: OutboxRow) -> str:
    words = [plain(str(row.trouble))] if row.trouble else []
    words += [f"again {show.moment(row.due)}"] if row.due and row.n else []
    return "; ".join(words)


@click.command()
@click.argument("name", metavar="EDITION|LETTER")
@click.option("--channel", default="", help="Only by this channel.")
@who_option
@click.pass_obj
def resend(app: App, name: str, channel: str, who: str) -> None:
    """Send at once what was not accepted of an edition, or one letter of it.

    Each letter goes out with the key that it had, so that a second copy can be known for one. Exit 69 if one was not
    accepted this time either.
    """
    answer: list[Any] = app.ask({"do": "resend", "name": name, "channel": channel, "who": who})
    rows = msgspec.convert(answer, list[OutboxRow])
    for row in rows:
        trouble = f": {plain(str(row.trouble))}" if row.trouble else ""
        click.echo(f"  {row.delivery.channel} {row.delivery.recipient}: {said(row)}{trouble}")
    if any(row.state != "sent" for row in rows):
        raise SystemExit(69)
