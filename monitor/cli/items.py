"""``monitor items``: what was seen, and what caught it."""

import click
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.errors import UsageError


@click.command()
@click.option("--topic", default="", help="Only what this rule caught.")
@click.option("--feed", default="", help="Only from this feed.")
@click.option("--search", "words", default="", help='Only what holds these words: imf tranche, "storm shadow", atac*.')
@click.option(
    "--marked",
    default="",
    type=click.Choice(["", "relevant", "noise"]),
    metavar="relevant|noise",
    help="Only what someone marked so.",
)
@click.option("--since", default="7d", show_default=True, help="30m, 12h, 7d, or a date.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000))
@show.as_json
@click.pass_obj
def items(app: App, topic: str, feed: str, words: str, marked: str, since: str, limit: int, as_json: bool) -> None:
    """List items, newest first, with the topics that caught them."""
    with app.reading() as service:
        service.known(topic=topic, feed=feed)
        at = show.since(service.now(), since)
        if words and (topic or feed or marked):
            raise UsageError("--search stands alone", hint="leave out --topic, --feed and --marked")
        history = service.history
        found = (
            history.search(words, since=at, limit=limit)
            if words
            else history.items(topic=topic, feed=feed, marked=marked, since=at, limit=limit)
        )
        if as_json:
            show.json_lines(found)
            return
        rows = []
        for one in found:
            spans = [span for hit in one.hits for span in hit.spans]
            shown = show.headline(one.item, spans)
            if spans and not any(span.field == "title" for span in spans):
                shown = Text.assemble(shown, "\n", show.passage(one.item, spans[0]))
            if one.hits:
                shown.append(f"\n{', '.join(dict.fromkeys(hit.rule for hit in one.hits))}", "green")
            rows.append((Text(one.item.id[:8], "dim"), show.moment(one.seen), one.item.feed, shown))
        columns: list[show.Column] = [
            "item",
            "seen",
            ("feed", {"overflow": "fold"}),
            ("headline and topics", {"overflow": "fold"}),
        ]
        show.table(columns, rows, empty=f"nothing since {show.moment(at)}")
