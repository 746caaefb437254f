"""``monitor feeds``: what is heard, and how it fares."""

import click
import msgspec

from monitor.cli import show, subscribe
from monitor.cli.main import App
from monitor.model import FeedStanding


@click.group()
def feeds() -> None:
    """The feeds of config.toml."""


@feeds.command("list")
@show.as_json
@click.pass_obj
def list_(app: App, as_json: bool) -> None:
    """List the feeds with their state, last good poll and next poll."""
    with app.reading() as service:
        named = {feed.id: feed for feed in service.house.config.feeds}
        standings = service.history.standings()
        if as_json:
            show.json_lines(
                {
                    **msgspec.to_builtins(standing),
                    "title": named[standing.feed].title,
                    "group": named[standing.feed].group,
                }
                for standing in standings
            )
            return
        show.table(
            [("feed", {"overflow": "fold"}), "state", ("items", {"justify": "right"}), "last heard", "next"],
            [
                (s.feed, _state(s), s.items, show.moment(s.last_good), show.moment(s.next_due, empty="soon"))
                for s in standings
            ],
            empty="config.toml names no feeds",
        )


def _state(standing: FeedStanding) -> str:
    if standing.trouble:
        return f"{standing.trouble.code} x{standing.failures}"
    return "well" if standing.last_good else "not heard yet"


for command in subscribe.COMMANDS:
    feeds.add_command(command)
