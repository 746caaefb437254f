"""``monitor mark``: say whether an item was worth telling."""

import click

from monitor.cli.main import App
from monitor.cli.silence import who_option
from monitor.journal import plain


@click.command()
@click.argument("item")
@click.argument("judgement", metavar="relevant|noise", type=click.Choice(["relevant", "noise"]))
@who_option
@click.pass_obj
def mark(app: App, item: str, judgement: str, who: str) -> None:
    """Say that ITEM was relevant, or noise; your newest word counts.

    ITEM is an item id, a unique prefix of one, or the article's URL. `monitor rules report` shows what the marks say
    of rules and terms.
    """
    found = app.ask({"do": "mark", "item": item, "mark": judgement, "who": who})
    click.echo(f"{found['id'][:8]} is {judgement}: {plain(found['title'])}")
