"""``monitor feeds``: what is heard, and how it fares."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import click
import msgspec

from monitor.cli import feeds_check, feeds_show, show, subscribe
from monitor.cli.main import App
from monitor.model import FeedStanding

COLUMNS = 80
HEADINGS = ("feed", "state", "a day", "items", "heard", "next")


@click.group()
def feeds() -> None:
    """The feeds of config.toml."""


@feeds.command("list")
@click.option("--trouble", is_flag=True, help="Only those in trouble, silent or gone.")
@show.as_json
@click.pass_obj
def list_(app: App, trouble: bool, as_json: bool) -> None:
    """List the feeds in the order of config.toml, and how they fare.

    For each its state, new items a day, items remembered, last good poll and next poll.
    """
    with app.reading() as service:
        now = service.now()
        named = {feed.id: feed for feed in service.house.config.feeds}
        standings = service.history.standings()
        shown = [s for s in standings if not trouble or s.failures or s.gone or s.silent_since]
        if as_json:
            show.json_lines(
                {
                    **msgspec.to_builtins(standing),
                    "state": feeds_show.state(standing, now),
                    "title": named[standing.feed].title,
                    "group": named[standing.feed].group,
                }
                for standing in shown
            )
        elif shown:
            click.echo("\n".join(_lines(shown, now)))
        elif trouble and standings:
            click.echo(f"none of {len(standings)} feeds is in trouble")
        else:
            click.echo("config.toml names no feeds")


def _lines(standings: Sequence[FeedStanding], now: datetime) -> Iterable[str]:
    """The table, by hand: ten thousand lines are out within a blink; an id too long for its column has its own line."""
    rows = [_row(standing, now) for standing in standings]
    rest = [max(len(row[n]) for row in [HEADINGS, *rows]) for n in range(1, len(HEADINGS))]
    room = COLUMNS - sum(rest) - 2 * len(rest)
    first = max(len(HEADINGS[0]), min(room, max(len(row[0]) for row in rows)))
    yield click.style(_line(HEADINGS, first, rest), bold=True)
    for standing, row in zip(standings, rows, strict=True):
        if len(row[0]) > first:
            yield row[0]
            row = ("", *row[1:])
        bad = standing.failures or standing.gone
        line = _line(row, first, rest)
        yield click.style(line, fg="red" if bad else "yellow") if bad or standing.silent_since else line


def _line(row: Sequence[str], first: int, rest: Sequence[int]) -> str:
    cells = [row[0].ljust(first), row[1].ljust(rest[0])]
    cells += [cell.rjust(width) for cell, width in zip(row[2:], rest[1:], strict=True)]
    return "  ".join(cells)


def _row(standing: FeedStanding, now: datetime) -> tuple[str, ...]:
    rate = f"{standing.rate:.0f}" if standing.rate >= 10 else f"{standing.rate:.1f}"
    return (
        standing.feed,
        feeds_show.state(standing, now),
        rate if standing.rate else "-",
        f"{standing.items}",
        feeds_show.ago(now, standing.last_good),
        "never" if standing.gone else feeds_show.ahead(now, standing.next_due),
    )


for command in (feeds_show.show_, feeds_check.check, feeds_check.silences):
    feeds.add_command(command)

for command in subscribe.COMMANDS:
    feeds.add_command(command)
