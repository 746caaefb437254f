"""``monitor feeds add | remove | import | export``: what is heard, without an editor."""

import asyncio
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import msgspec
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.errors import UsageError
from monitor.journal import keep_out, plain, without_secrets

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.service.look import Found

MOST_SHOWN = 5  # headlines that the rules would have caught
MOST_LISTED = 20  # feeds of a list
MOST_POLLED = 20  # new feeds that are heard at once; more are heard one after the other, as the daemon does

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


# -- add ---------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("url")
@click.option("--id", "name", default="", help="Its short name; else made of its title or host.")
@click.option("--title", default="", help="How digests call it; else as it calls itself.")
@click.option("--group", default="", help="A word that feeds share.")
@click.option("--tier", default=2, show_default=True, type=click.IntRange(1, 5), help="1 is the most trusted.")
@click.option("--lang", default="", help="Its language, where it does not say so itself.")
@click.option("--interval", default="", help="Time between two polls, such as 30m; else by its rhythm.")
@click.option("--all", "every", is_flag=True, help="Every feed that is found.")
@yes_option
@click.pass_obj
def add(app: App, /, url: str, every: bool, yes: bool, **said: Any) -> None:
    """Find the feed at URL and write it into config.toml; asks first.

    URL is a feed, or a page that has one. It is heard once, and what your
    rules would have caught is shown. A secret in URL is written as ${NAME}, in
    single quotes. A running service takes the feed up at once.
    """
    from monitor.service import look, places, subscribe
    from monitor.service.house import clock

    _can_ask(yes)
    said["id"] = said.pop("name")
    wishes = look.check_wishes(app.path, look.Wishes(**said))
    keep_out(value for name, value in places.secrets().items() if f"${{{name}}}" in url)
    found = asyncio.run(look.look(app.path, url, wishes, asking=_asking))
    new = [one for one in found if not one.known_as]
    for one in found:
        if one.known_as:
            click.echo(f"already subscribed to, as {one.known_as}: {plain(without_secrets(one.url))}")
    for number, one in enumerate(new, start=1):
        _show_found(one, f"{number}. " if len(new) > 1 else "", clock())
    if not new:
        return
    chosen = new if every or len(new) == 1 else _choose(new, yes)
    if len(chosen) > 1 and (wishes.id or wishes.title):
        raise UsageError("--id and --title are for one feed", hint="leave out --all, and choose one")
    rows = look.rows(app.path, chosen, wishes)
    subscribe.add(app.path, rows, dry=True)
    _show_rows(rows)
    if not yes:
        click.confirm(f"write this into {app.path}?", abort=True)
    _follow_up(app, subscribe.add(app.path, rows), [str(row["id"]) for row in rows], "written")


def _asking(url: str) -> None:
    """Say whom is asked, to whoever looks on: a server may take its time, and so may politeness."""
    if sys.stderr.isatty():
        click.echo(f"asking {plain(without_secrets(url))}", err=True)


def _can_ask(yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise UsageError("there is nobody to ask here", hint="--yes, if it is to be done without asking")


def _choose(found: "list[Found]", yes: bool) -> "list[Found]":
    if yes:
        hint = "\n".join(["--all, or one of these:", *(plain(one.url) for one in found)])
        raise UsageError(f"there are {len(found)} feeds", hint=hint)
    number: int = click.prompt("which one?", type=click.IntRange(1, len(found)))
    return [found[number - 1]]


def _show_found(found: "Found", mark: str, now: datetime) -> None:
    console = show.console()
    console.print(Text.assemble(mark, (plain(found.title) or "without a title", "bold")))
    dates = found.dates
    newest = f", the newest {_ago(now - dates[-1])}" if dates else ", none with a date"
    pace = f", {_pace(dates)}" if len(dates) > 1 and dates[-1] > dates[0] else ""
    rows = [
        ("address", without_secrets(found.url)),
        ("kind", f"{found.kind}, {found.lang or 'of no language that it names: --lang can say it'}"),
        ("items", f"{len(found.items)}{newest}{pace}"),
    ]
    caught = {item.id: item for item, _ in found.caught}
    rows.append(("caught", f"{len(caught)} of them by rules of yours" if found.items else "nothing is there to judge"))
    show.pairs((f"   {name}", value) for name, value in rows)
    shown = [(hit.rule, show.headline(item, hit.spans)) for item, hit in found.caught[:MOST_SHOWN]]
    if shown:
        show.table(
            [("   rule", {"no_wrap": True}), "headline"], [(f"   {rule}", said) for rule, said in shown], empty=""
        )
    if len(found.caught) > MOST_SHOWN:
        click.echo(f"   +{len(found.caught) - MOST_SHOWN} more")
    click.echo()


def _ago(passed: timedelta) -> str:
    hours = passed / timedelta(hours=1)
    if hours < 0:
        return "from the future"
    if hours < 2:
        return f"{hours * 60:.0f} minutes ago"
    return f"{hours:.0f} hours ago" if hours < 48 else f"{hours / 24:.0f} days ago"


def _pace(dates: list[datetime]) -> str:
    a_day = (len(dates) - 1) / max((dates[-1] - dates[0]) / timedelta(days=1), 1 / 24)
    return f"about {a_day:.0f} a day" if a_day >= 2 else f"about {a_day * 7:.0f} a week"


def _show_rows(rows: Any) -> None:
    from monitor.service import edit

    for row in rows:
        click.echo("\n".join(plain(line) for line in edit.written(row).split("\n")) + "\n")


def _follow_up(app: App, config: "Config", new: list[str], done: str) -> None:
    """Say what was done, have a running service take it up, and say that too."""
    from monitor import control
    from monitor.service import places

    feeds = f"{len(config.feeds)} {'feed' if len(config.feeds) == 1 else 'feeds'}"
    click.echo(f"{done}: {app.path} has {feeds} now")
    data = places.data_folder(app.path, config)
    said = asyncio.run(control.tell(data, {"do": "reload"}))
    if said is None:
        click.echo("no service runs here: it is taken up when one starts")
    elif 0 < len(new) <= MOST_POLLED:
        troubles: list[str] = []

        def step(told: dict[str, Any]) -> None:
            if told["trouble"]:
                troubles.append(f"{told['feed']}: {plain(told['trouble'])}")

        asyncio.run(control.ask(app.path, data, {"do": "poll", "feeds": new}, step))
        click.echo("the running service has taken it up, and has heard " + ", ".join(new))
        for trouble in troubles:
            click.echo(f"  {trouble}")
    else:
        click.echo("the running service has taken it up")


# -- remove ------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("id", nargs=-1, required=True)
@yes_option
@click.pass_obj
def remove(app: App, id: tuple[str, ...], yes: bool) -> None:
    """Take the feeds of these IDs out of config.toml; asks first.

    What they told stays in the log. Remarks that touch a feed's table go with
    it; those with an empty line between stay.
    """
    from monitor.service import subscribe

    _can_ask(yes)
    subscribe.remove(app.path, id, dry=True)
    for rule, asked in subscribe.missed(app.path, id):
        click.echo(f"the rule {rule} asks for {plain(asked)}, which nothing comes from then", err=True)
    if not yes:
        click.confirm(f"take {', '.join(id)} out of {app.path}?", abort=True)
    _follow_up(app, subscribe.remove(app.path, id), [], "taken out")


# -- lists -------------------------------------------------------------------------------------------------------------


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--secrets", is_flag=True, help="Take addresses that name a secret: the list is your own.")
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
@yes_option
@click.pass_obj
def import_(app: App, file: BinaryIO, secrets: bool, dry_run: bool, yes: bool) -> None:
    """Subscribe to the feeds of FILE, a list in OPML (- is standard input).

    Folders become groups. What is subscribed to already is passed over, and
    what would never be polled is refused, each with its line. No feed is heard
    before it is written; `monitor feeds list` says how they fare.
    """
    from monitor.service import subscribe

    if not dry_run:
        _can_ask(yes)
    name = getattr(file, "name", "<stdin>")
    taken = subscribe.take(app.path, file.read(subscribe.LONGEST_LIST + 1), name, secrets=secrets)
    for feed, why in taken.refused:
        click.echo(f"{name}:{feed.line}: refused: {plain(subscribe.shown(feed.url))}: {plain(why)}", err=True)
    subscribe.add(app.path, taken.rows, dry=True)
    show.table(
        [("feed", {"overflow": "fold"}), ("group", {"overflow": "fold"}), ("title", {"overflow": "fold"})],
        [(row["id"], row.get("group", ""), row.get("title", "")) for row in taken.rows[:MOST_LISTED]],
        empty="nothing new",
    )
    if len(taken.rows) > MOST_LISTED:
        click.echo(f"+{len(taken.rows) - MOST_LISTED} more")
    said = [f"{len(taken.rows)} new", f"{taken.known} subscribed to already"]
    said += [f"{taken.twice} named twice"] * bool(taken.twice) + [f"{len(taken.refused)} refused"]
    click.echo(", ".join(said))
    if dry_run or not taken.rows:
        return
    if not yes:
        click.confirm(f"write {len(taken.rows)} feeds into {app.path}?", abort=True)
    _follow_up(app, subscribe.add(app.path, taken.rows), [str(row["id"]) for row in taken.rows], "written")


@click.command()
@click.option("--opml", "as_opml", is_flag=True, help="OPML 2.0, as other readers take it (the default).")
@show.as_json
@click.pass_obj
def export(app: App, as_opml: bool, as_json: bool) -> None:
    """Write the feeds to standard output, as OPML or JSON.

    A secret stays ${NAME}; a password that stands in config.toml is left out.
    """
    from monitor.service import subscribe

    if as_opml and as_json:
        raise UsageError("--opml and --json are two forms", hint="choose one")
    feeds, bared = subscribe.listing(app.path)
    if as_json:
        show.json_lines(msgspec.to_builtins(feed) for feed in feeds)
    else:
        click.echo(subscribe.as_opml(feeds), nl=False)
    for name in bared:
        click.echo(f"{name}: the password in its address was left out", err=True)


COMMANDS = (add, remove, import_, export)
