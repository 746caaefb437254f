"""``monitor silence``: not to be told of something for a while; to look at such wishes, and to end one."""

import getpass
from typing import Any

import click
import msgspec
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.errors import UsageError
from monitor.journal import plain
from monitor.model import Silence
from monitor.service.service import Service

MOST_TRIED = 5  # headlines


def _in_whose_name(_ctx: click.Context, _param: click.Parameter, given: str) -> str:
    """Who is named, or who sits at the terminal, as far as the machine knows."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, and no variable that names one
        return "unknown"


who_option = click.option(
    "--who", default="", callback=_in_whose_name, help="In whose name; without it, the login name."
)


@click.group()
def silence() -> None:
    """Do not tell of something for a while: a topic, feed, story or words.

    Matches are recorded as ever; a silence counts when letters are made, for every priority.
    """


@silence.command()
@click.option("--topic", default="", help="What this rule catches, if no other topic wants to tell it.")
@click.option("--feed", default="", help="What this feed brings.")
@click.option("--story", default="", metavar="ITEM", help="This item's story: an item id, or the article's URL.")
@click.option("--words", default="", help="""What holds all of these: visit, 'kyiv "storm shadow"', visit*.""")
@click.option("--for", "length", default="", help="How long: 12h, 2d, 3w.")
@click.option("--until", default="", help="Till when: 2024-09-30 or 2024-09-30T18:00.")
@click.option("--comment", required=True, help="Why, for whoever wonders later.")
@who_option
@click.option("--dry-run", is_flag=True, help="Only show what of the last 7 days it would have withheld.")
@click.pass_obj
def add(app: App, /, length: str, until: str, comment: str, who: str, dry_run: bool, **targets: str) -> None:
    """Make a silence: one of --topic, --feed, --story, --words, and its end.

    It ends by itself, after a year at the latest. What it withholds is accounted for: it is not told later.
    """
    named = {scope: target for scope, target in targets.items() if target}
    if len(named) != 1:
        raise UsageError("a silence is about one thing", hint="one of --topic, --feed, --story, --words")
    if bool(length) == bool(until):
        raise UsageError("a silence has an end", hint="--for 2d, or --until 2024-09-30T18:00")
    [(scope, target)] = named.items()
    with app.reading() as service:
        ends = show.ahead(service.now(), length or until)
        wish = service.wishes.checked(scope, target, until=ends, comment=comment, who=who)
        if dry_run:
            _tried(service, wish)
            return
    said = {"scope": scope, "target": target, "until": ends.isoformat(), "comment": comment, "who": who}
    wish = msgspec.convert(app.ask({"do": "silence", **said}), Silence)
    click.echo(f"{wish.id}: {_about(wish)} until {show.moment(wish.until)}; monitor silence lift {wish.id} ends it")


def _tried(service: Service, wish: Silence) -> None:
    found = service.wishes.would_withhold(wish)
    click.echo(f"it would have withheld {len(found)} of the items of the last 7 days{':' if found else ''}")
    for one in found[:MOST_TRIED]:
        show.console().print(Text.assemble("  ", show.headline(one.item)))
    if len(found) > MOST_TRIED:
        click.echo(f"  and {len(found) - MOST_TRIED} more")


@silence.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that have ended.")
@show.as_json
@click.pass_obj
def list_(app: App, every: bool, as_json: bool) -> None:
    """List the silences that count, the oldest first: whose, why, till when."""
    with app.reading() as service:
        found = service.wishes.silences(every=every)
        if as_json:
            show.json_lines(found)
            return
        rows = [(one.id, _about(one), one.who, _end(one), one.comment) for one in found]
        columns: list[show.Column] = ["id", ("of", {"overflow": "fold"}), "who", "until", ("why", {"overflow": "fold"})]
        show.table(columns, rows, empty="nothing is silenced")


@silence.command()
@click.argument("name", metavar="ID")
@who_option
@click.pass_obj
def lift(app: App, name: str, who: str) -> None:
    """End the silence ID now; what comes from now on is told again.

    ID is as `monitor silence list` shows it, or its beginning.
    """
    ended: dict[str, Any] = app.ask({"do": "lift", "silence": name, "who": who})
    click.echo(f"{ended['id']} is lifted: {plain(_about(msgspec.convert(ended, Silence)))}")


def _about(wish: Silence) -> str:
    return f"{wish.scope} {plain(wish.target[:8] if wish.scope == 'story' else wish.target)}"


def _end(wish: Silence) -> str:
    return f"lifted {show.moment(wish.lifted)} by {wish.lifted_by}" if wish.lifted else show.moment(wish.until)
