"""``monitor check``: whether configuration and rules can be understood, and every example holds."""

import sys

import click
import msgspec

from monitor.cli.main import App, complaint
from monitor.errors import Mistakes, MonitorError
from monitor.journal import plain

DAYS = "90d"


@click.command()
@click.option("--history", is_flag=True, help="Also name terms that nothing has matched in 90 days (needs the log).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a mistake.")
@click.pass_obj
def check(app: App, as_json: bool, history: bool) -> None:
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
        click.echo(f"note: {plain(note)}")
    if history:
        _history(app)


def _history(app: App) -> None:
    """What only the stored items can tell."""
    from monitor.cli import show

    with app.reading() as service:
        with show.progress("counting") as bar:
            report = service.workshop.report(show.since(service.now(), DAYS), bar)
        by_rule: dict[str, list[str]] = {}
        for rule, term in report.dead:
            by_rule.setdefault(rule, []).append(term)
        for rule, terms in by_rule.items():
            click.echo(f"note: {rule}: nothing in {DAYS} matched {plain(', '.join(terms))}")
        if not report.counts.items:
            click.echo(f"note: the log holds no items of the last {DAYS}: nothing can be said of them")


def _as_json(mistakes: tuple[MonitorError, ...]) -> None:
    for mistake in mistakes:
        file, line, column = [*mistake.where.split(":"), "", ""][:3]
        said = {"file": file, "line": int(line or 0), "column": int(column or 0)}
        click.echo(msgspec.json.encode({**said, "message": mistake.message, "hint": mistake.hint}))
