"""``monitor stories``: which items tell of one event, and why it is thought so."""

import getpass
from typing import TextIO

import click
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.journal import plain
from monitor.model import StoryPart


@click.group()
def stories() -> None:
    """Items of several feeds about one event."""


@stories.command("list")
@click.option("--since", default="3d", show_default=True, help="30m, 12h, 7d, or a date.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@show.as_json
@click.pass_obj
def list_(app: App, since: str, limit: int, as_json: bool) -> None:
    """List stories of several items, the one that was added to last first."""
    with app.reading() as service:
        at = show.since(service.now(), since)
        found = service.stories.newest(since=at, limit=limit)
        if as_json:
            show.json_lines(found)
            return
        columns: list[show.Column] = [
            "story",
            "last",
            ("items", {"justify": "right"}),
            ("feeds", {"justify": "right"}),
            ("headline", {"overflow": "fold"}),
        ]
        rows = [(Text(s.id[:8], "dim"), show.moment(s.last), s.items, s.feeds, s.title) for s in found]
        show.table(columns, rows, empty=f"no story of several items since {show.moment(at)}")


@stories.command("show")
@click.argument("item")
@show.as_json
@click.pass_obj
def show_(app: App, item: str, as_json: bool) -> None:
    """Show the story that ITEM is in, and why each of its items is.

    ITEM is an item id, a unique prefix of one, or the article's URL.
    """
    with app.reading() as service:
        parts = service.stories.show(item)
        if as_json:
            show.json_lines(parts)
            return
        columns: list[show.Column] = [
            "item",
            "seen",
            ("feed", {"overflow": "fold"}),
            ("headline and why it is here", {"overflow": "fold"}),
        ]
        rows = []
        for part in parts:
            told = Text(plain(part.item.item.title))
            told.append(f"\n{plain(_why(part))}", "green")
            rows.append((Text(part.item.item.id[:8], "dim"), show.moment(part.item.seen), part.item.item.feed, told))
        show.table(columns, rows, empty="nothing")


def _why(part: StoryPart) -> str:
    if not part.reason:
        return "begins the story"
    if part.who:
        return f"{part.reason}: {part.who}"
    terms = f": {', '.join(part.terms)}" if part.terms else ""
    return f"{part.reason} as {part.other[:8]} ({part.score:.2f}){terms}"


@stories.command()
@click.argument("item")
@click.option("--who", default="", help="Who says so; else the name you are logged in by.")
@click.pass_obj
def split(app: App, item: str, who: str) -> None:
    """Set ITEM apart from its story, for good.

    It is a story of its own from now on, and nothing is joined to it.
    """
    done = app.ask({"do": "split", "item": item, "who": who or getpass.getuser()})
    click.echo(f"{done['item'][:8]} stands alone")


@stories.command()
@click.argument("story")
@click.argument("into")
@click.option("--who", default="", help="Who says so; else the name you are logged in by.")
@click.pass_obj
def merge(app: App, story: str, into: str, who: str) -> None:
    """Make the items of STORY part of the story INTO; either is named by one of its items."""
    done = app.ask({"do": "merge", "story": story, "into": into, "who": who or getpass.getuser()})
    click.echo(f"{done['items']} items are part of {done['story'][:8]} now")


@stories.command()
@click.argument("groups", type=click.File("r", encoding="utf-8"), metavar="FILE")
@click.option(
    "--items", type=click.File("r", encoding="utf-8"), required=True, metavar="FILE", help="The items, as JSON lines."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def score(groups: TextIO, items: TextIO, as_json: bool) -> None:
    """Gather items and hold the stories against groups that a person has read.

    FILE has one JSON object a line: group_id, members, and confusable, items
    that look alike and are another story. The items of --items have id, title,
    summary, published, source, lang, link; they go through the same code as
    live ones, in the order of their dates. Items of the groups that are not
    among them are added; items without a date are passed over. Only pairs that
    the groups speak of are counted: two members of one group belong together;
    members of two groups, and a member and a confusable item of its group, do
    not.
    """
    from monitor.service.stories import scored

    found = scored(groups, items, (groups.name, items.name))
    if as_json:
        show.json_lines([found])
        return
    show.pairs(
        [
            ("pairs", _shares(found["pairwise"])),
            ("B-cubed", _shares(found["bcubed"])),
            ("look-alikes", f"{found['confusable_merged']} in the story of the group they are not of"),
            ("time", f"{found['us_per_item']} us an item"),
        ]
    )


def _shares(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
