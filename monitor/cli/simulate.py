"""``monitor digest simulate``: what would have been sent, and when."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.service.simulation import Simulation, simulated

MOST_TIMES = 12  # named of a day


@click.command()
@click.argument("name", default="")
@click.option("--since", default="14d", show_default=True, help="30m, 12h, 7d, or a date.")
@click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Play the digests of this file instead, to see what a change would do.",
)
@show.as_json
@click.pass_obj
def simulate(app: App, name: str, since: str, config: Path | None, as_json: bool) -> None:
    """Play what was caught against the digests; nothing is sent.

    It says what NAME, or every digest, would have sent and when, as if it had been as it is now all along. With --json
    every message is a line.
    """
    with app.reading() as service:
        at = show.since(service.now(), since)
        played = simulated(service.house, name, at, config)
        if as_json:
            show.json_lines(message for one in played for message in one.messages)
            return
        rows = [row for one in played for row in _days(one)]
        columns: list[show.Column] = [
            "day",
            "digest",
            ("messages", {"justify": "right"}),
            ("items", {"justify": "right"}),
            ("at", {"overflow": "fold"}),
        ]
        show.table(columns, sorted(rows, key=lambda row: (row[0], row[1])), empty=f"nothing since {show.moment(at)}")
        for one in played:
            show.console().print(Text(_sum(one)))


def _days(played: Simulation) -> Iterator[tuple[str, str, int, int, str]]:
    """A row for each day on which the digest would have sent something."""
    zone = ZoneInfo(played.zone)
    for day, some in groupby(played.messages, key=lambda message: message.at.astimezone(zone).date()):
        messages = list(some)
        times = [f"{message.at.astimezone(zone):%H:%M}" for message in messages]
        more = ["..."] if len(times) > MOST_TIMES else []
        items = sum(len(message.items) for message in messages)
        yield f"{day}", played.digest, len(messages), items, " ".join(times[:MOST_TIMES] + more)


def _sum(played: Simulation) -> str:
    messages = played.messages
    said = [f"{played.digest}: {len(messages)} message{'s' * (len(messages) != 1)} instead of {played.items}"]
    if delayed := sum(1 for message in messages if message.delayed):
        said.append(f"{delayed} delayed by quiet hours")
    if played.repeated:
        said.append(f"{played.repeated} item{'s' * (played.repeated != 1)} not repeated")
    if played.waiting:
        said.append(f"{played.waiting} still waiting")
    return ", ".join(said)
