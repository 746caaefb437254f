"""``monitor feeds check | silences``: hear feeds now and say what ails them; what the silence alarm would have said."""

import sys
from typing import Any

import click
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.journal import plain


@click.command()
@click.argument("ids", nargs=-1)
@show.as_json
@click.pass_obj
def check(app: App, ids: tuple[str, ...], as_json: bool) -> None:
    """Hear the feeds of these IDS now, or all, and say what ails them.

    Runs in the daemon if there is one, else here. Exit status 1 if any is in
    trouble.
    """
    ailing: list[dict[str, Any]] = []
    with show.progress("hearing feeds") as bar:

        def step(said: dict[str, Any]) -> None:
            bar(said["count"], said["of"])
            if said["trouble"]:
                ailing.append(said)

        done = app.ask({"do": "poll", "feeds": list(ids)}, step)
    ailing.sort(key=lambda said: str(said["feed"]))
    with app.reading() as service:
        rows = [(one["feed"], *str(one["trouble"]).partition(": ")[::2]) for one in ailing]
        told = [(feed, code, text, service.health.advice(code)) for feed, code, text in rows]
    if as_json:
        show.json_lines(dict(zip(("feed", "code", "trouble", "advice"), row, strict=True)) for row in told)
    else:
        feed_column = ("feed", {"overflow": "fold", "max_width": 24})
        lines = [(feed, Text.assemble((plain(text), "red"), "\n", (advice, "dim"))) for feed, _, text, advice in told]
        if lines:
            show.table([feed_column, ("trouble, and what to do", {"overflow": "fold"})], lines, empty="")
        well = done["polled"] - len(told)
        click.echo(f"{well} of {done['polled']} feeds are well" + (f", {len(told)} in trouble" if told else ""))
    if told:
        sys.exit(1)


@click.command()
@click.option("--since", default="30d", show_default=True, help="Such as 30d, or 2024-09-11.")
@show.as_json
@click.pass_obj
def silences(app: App, since: str, as_json: bool) -> None:
    """Say when the silence alarm would have rung, by what is remembered.

    It is the alarm of today held against the past of every feed.
    """
    with app.reading() as service, show.progress("replaying") as bar:
        now = service.now()
        begin = show.since(now, since)
        found = []
        feeds = service.house.config.feeds
        for count, feed in enumerate(feeds, start=1):
            found += [alarm for alarm in service.health.silences(feed, now) if alarm.at >= begin]
            bar(count, len(feeds))
    found.sort(key=lambda alarm: alarm.at)
    if as_json:
        show.json_lines(
            {"at": a.at, "feed": a.feed, "since": a.since, "expected": a.expected, "chance": a.chance} for a in found
        )
        return
    show.table(
        [("feed", {"overflow": "fold"}), "silent since", "alarm", ("expected", {"justify": "right"}), "chance"],
        [(a.feed, show.moment(a.since), show.moment(a.at), f"{a.expected:.0f}", f"{a.chance:.0e}") for a in found],
        empty=f"none of {len(feeds)} feeds was silent against its habit",
    )
