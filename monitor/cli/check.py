"""``monitor check``: whether configuration and rules can be understood, and every example holds."""

import sys

import click
import msgspec

from monitor.cli.main import App, complaint
from monitor.errors import Mistakes, MonitorError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a mistake.")
@click.pass_obj
def check(app: App, as_json: bool) -> None:
    """Check config.toml and the rule files; exit 0, or 78 with every mistake.

    Nothing is opened, nothing is sent, nothing is changed.
    """
    from monitor.service import places

    try:
        checked = places.check(app.path)
    except MonitorError as wrong:
        mistakes = wrong.mistakes if isinstance(wrong, Mistakes) else (wrong,)
        if as_json:
            _as_json(mistakes)
        else:
            for mistake in mistakes:
                click.echo(f"monitor: {complaint(mistake)}", err=True)
            click.echo(f"monitor: {len(mistakes)} {'mistake' if len(mistakes) == 1 else 'mistakes'}", err=True)
        sys.exit(wrong.exit_code)
    if as_json:
        return
    click.echo(
        f"{len(checked.config.feeds)} feeds, {len(checked.rules.rules)} rules, {checked.examples} examples, "
        f"{len(checked.config.channels)} channels, {len(checked.config.digests)} digests: all in order"
    )
    for note in checked.notes:
        click.echo(f"note: {note}")


def _as_json(mistakes: tuple[MonitorError, ...]) -> None:
    for mistake in mistakes:
        file, line, column = [*mistake.where.split(":"), "", ""][:3]
        said = {"file": file, "line": int(line or 0), "column": int(column or 0)}
        click.echo(msgspec.json.encode({**said, "message": mistake.message, "hint": mistake.hint}))
