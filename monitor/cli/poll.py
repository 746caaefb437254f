"""``monitor poll``: hear feeds now, once."""

import sys
from typing import Any

import click
import msgspec

from monitor.cli.main import App
from monitor.journal import plain


@click.command()
@click.argument("feeds", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a feed.")
@click.pass_obj
def poll(app: App, feeds: tuple[str, ...], as_json: bool) -> None:
    """Poll FEEDS now, due or not; all of them if none is named.

    Runs in the daemon if there is one, else here.
    """
    troubles: list[tuple[str, str]] = []

    if as_json:
        app.ask({"do": "poll", "feeds": list(feeds)}, lambda step: click.echo(msgspec.json.encode(step)))
        return

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, disable=not sys.stderr.isatty(), transient=True) as bar:
        task = bar.add_task("polling", total=None)

        def step(said: dict[str, Any]) -> None:
            bar.update(task, total=said["of"], completed=said["count"], description=plain(said["feed"]))
            if said["trouble"]:
                troubles.append((said["feed"], said["trouble"]))

        done = app.ask({"do": "poll", "feeds": list(feeds)}, step)
    for feed, trouble in troubles:
        click.echo(f"{feed}: {plain(trouble)}")
    click.echo(f"{done['polled']} feeds polled, {len(troubles)} in trouble")
