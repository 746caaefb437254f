"""``monitor views``: the read models, which can always be folded anew."""

import click

from monitor.cli.main import App


@click.group()
def views() -> None:
    """The read models in views.db."""


@views.command()
@click.pass_obj
def rebuild(app: App) -> None:
    """Fold every view anew from the log."""
    done = app.ask({"do": "rebuild"})
    click.echo(f"folded from {done['position']} events")
