"""``monitor rules try | diff | explain | whynot | rematch | report``: rules held against what was seen."""

from pathlib import Path

import click
import msgspec
from msgspec import structs
from rich.text import Text
from rich.tree import Tree

from monitor.cli import show
from monitor.cli.main import App
from monitor.journal import plain
from monitor.model import Finding, Item, MatchedItem
from monitor.service.workshop import Report

since_option = click.option("--since", default="30d", show_default=True, help="30m, 12h, 7d, or a date.")
MOST_SHOWN = 200  # items on the screen; --json gives all


def _rows(found: list[MatchedItem]) -> None:
    columns: list[show.Column] = ["item", "seen", ("feed", {"overflow": "fold"}), ("headline", {"overflow": "fold"})]
    rows = [
        (
            Text(one.item.id[:8], "dim"),
            show.moment(one.seen),
            one.item.feed,
            show.headline(one.item, [span for hit in one.hits for span in hit.spans]),
        )
        for one in found[:MOST_SHOWN]
    ]
    show.table(columns, rows, empty="nothing")
    if len(found) > MOST_SHOWN:
        click.echo(f"+{len(found) - MOST_SHOWN} more; --json gives all")


@click.command("try")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@since_option
@show.as_json
@click.pass_obj
def try_(app: App, file: Path, since: str, as_json: bool) -> None:
    """Show what the rule in FILE would have caught; nothing is changed.

    The lists are those of the rules folder.
    """
    with app.reading() as service:
        at = show.since(service.now(), since)
        with show.progress("trying") as bar:
            found = service.workshop.try_file(file, at, bar)
        if as_json:
            show.json_lines(found)
            return
        _rows(found)
        click.echo(f"{len(found)} items since {show.moment(at)}")


@click.command()
@click.argument("revision")
@since_option
@show.as_json
@click.pass_obj
def diff(app: App, revision: str, since: str, as_json: bool) -> None:
    """Show what today's rules gain and lose against those of REVISION.

    REVISION is one of git's (HEAD~3, a tag), or a folder.
    """
    with app.reading() as service:
        at = show.since(service.now(), since)
        with show.progress("comparing") as bar:
            found = service.workshop.differences(revision, at, bar)
        if as_json:
            show.json_lines(
                {"item": msgspec.to_builtins(d.item.item), "rule": d.rule, "gained": d.gained, "because": d.because}
                for d in found
            )
            return
        rows = []
        for one in found[:MOST_SHOWN]:
            sign = Text("+", "bold green") if one.gained else Text("-", "bold red")
            because = Text(f"\n{plain(one.because)}", "dim")
            rows.append((sign, one.rule, Text.assemble(show.headline(one.item.item), because)))
        show.table(
            ["", "rule", ("headline, and the clause that decided", {"overflow": "fold"})], rows, empty="no change"
        )
        gained = sum(one.gained for one in found)
        click.echo(f"{gained} gained, {len(found) - gained} lost since {show.moment(at)}")


@click.command()
@click.argument("item")
@click.option("--rule", "rules", multiple=True, help="Only this rule; may be given again.")
@show.as_json
@click.pass_obj
def explain(app: App, item: str, rules: tuple[str, ...], as_json: bool) -> None:
    """Say for every rule why it caught ITEM or did not.

    ITEM is an item id, a unique prefix of one, or the article's URL.
    """
    with app.reading() as service:
        found, verdicts = service.workshop.explain(item, rules)
        if as_json:
            show.json_lines(verdicts)
            return
        console = show.console()
        console.print(show.headline(found.item))
        console.print(Text(f"{found.item.feed}, seen {show.moment(found.seen)}, {plain(found.item.url)}", "dim"))
        for line in service.workshop.became(found.item.id):
            console.print(Text(plain(line), "dim"))
        for verdict in verdicts:
            mark = Text("caught", "bold green") if verdict.held else Text("not caught", "dim")
            tree = Tree(Text.assemble((verdict.rule, "bold"), ": ", mark, f" {plain(verdict.note)}"))
            _grow(tree, verdict.query, found.item)
            if verdict.exclude is not None and verdict.query.held:
                _grow(tree.add(Text("exclude")), verdict.exclude, found.item)
            console.print(tree)


def _grow(tree: Tree, finding: Finding, item: Item) -> None:
    """A clause and its parts: yes or no, its measure, the words in their context.

    A clause of one part is shown as that part; parts of which none was found are not shown one by one.
    """
    while len(finding.parts) == 1 and finding.limit is None and not finding.note:
        finding = structs.replace(finding.parts[0], clause=finding.clause)
    line = Text("yes ", "green") if finding.held else Text("no  ", "red")
    line.append(plain(" ".join(finding.clause.split())), "bold" if not finding.parts else "default")
    if finding.limit is not None:
        measured = "none" if finding.distance is None else str(finding.distance)
        line.append(f"  ({measured}, limit {finding.limit})", "cyan")
    if finding.note:
        line.append(f"  {plain(finding.note)}", "cyan")
    branch = tree.add(line)
    if finding.spans and not finding.parts:
        for span in finding.spans[:3]:
            branch.add(show.passage(item, span))
    if finding.held or any(part.held or part.limit is not None for part in finding.parts):
        for part in finding.parts:
            _grow(branch, part, item)


@click.command()
@click.argument("item", metavar="URL")
@show.as_json
@click.pass_obj
def whynot(app: App, item: str, as_json: bool) -> None:
    """Say why the article at URL was not told: never seen, late, not caught.

    An item id does as well.
    """
    with app.reading() as service:
        found = service.workshop.why_not(item)
        if as_json:
            show.json_lines([{"item": found.item, "said": found.said, "rules": dict(found.rules)}])
            return
        console = show.console()
        if found.item is not None:
            console.print(show.headline(found.item.item))
        for line in found.said:
            console.print(Text(f"  {plain(line)}"))
        show.pairs((f"  {rule}", said) for rule, said in found.rules)


@click.command()
@click.option("--since", default="7d", show_default=True, help="30m, 12h, 7d, or a date.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rematch(app: App, since: str, yes: bool) -> None:
    """Hold today's rules against the past; the next digests tell what is new.

    Shows how much that is, and asks.
    """
    with app.reading() as service:
        at = show.since(service.now(), since)
        with show.progress("matching") as bar:
            fresh = service.workshop.to_rematch(at, bar)
    count = sum(len(one.hits) for one in fresh)
    click.echo(f"{count} new matches in {len(fresh)} items since {show.moment(at)}")
    if count and (yes or click.confirm("Record them?")):
        done = app.ask({"do": "rematch", "since": at.isoformat()})
        click.echo(f"{done['new']} recorded")


@click.command()
@click.option("--since", default="90d", show_default=True, help="30m, 12h, 7d, or a date.")
@show.as_json
@click.pass_obj
def report(app: App, since: str, as_json: bool) -> None:
    """Count hits by rule, by clause and by term, and name terms never found.

    Where people marked items, it shows how much of what a rule caught was relevant: of all of it, and of what holds
    each term. An item is what most of those who marked it say; a tie counts for neither.
    """
    with app.reading() as service:
        at = show.since(service.now(), since)
        with show.progress("counting") as bar:
            found = service.workshop.report(at, bar)
        counts = found.counts
        if as_json:
            told = {
                "items": counts.items,
                "rules": counts.rules,
                "clauses": [
                    {"rule": rule, "clause": clause, "hits": n} for (rule, clause), n in counts.clauses.items()
                ],
                "terms": [{"rule": rule, "term": term, "items": n} for (rule, term), n in counts.forms.items()],
                "dead": [{"rule": rule, "term": term} for rule, term in found.dead],
                "precision": [{**one._asdict(), "precision": one.precision} for one in found.precision],
            }
            show.json_lines([told])
            return
        click.echo(f"{counts.items} items since {show.moment(at)}")
        number: show.Column = ("hits", {"justify": "right"})
        show.table([number, "rule"], [(n, rule) for rule, n in counts.rules.most_common()], empty="no rule caught any")
        for title, counter in (("clause", counts.clauses), ("term", counts.forms)):
            click.echo()
            rows = [(n, rule, " ".join(what.split())) for (rule, what), n in counter.most_common(30)]
            show.table([number, "rule", (title, {"overflow": "fold"})], rows, empty=f"no {title} was found")
        if found.dead:
            click.echo("\nnever found:")
            by_rule: dict[str, list[str]] = {}
            for rule, term in found.dead:
                by_rule.setdefault(rule, []).append(term)
            show.pairs((rule, ", ".join(terms)) for rule, terms in by_rule.items())
        _precision(found)


def _precision(found: Report) -> None:
    """What people said of what was caught, where they said anything; a number that stands on few marks shows them."""
    rows = [
        (f"{one.precision:.0%} of {one.relevant + one.noise}", one.hits, one.relevant, one.noise, one.rule, one.term)
        for one in found.precision
        if one.precision is not None
    ]
    if not rows:
        return
    click.echo("\nof what people marked, relevant:")
    numbers: list[show.Column] = [(name, {"justify": "right"}) for name in ("precision", "hits", "relevant", "noise")]
    show.table([*numbers, "rule", ("term", {"overflow": "fold"})], rows, empty="")


COMMANDS = (try_, diff, explain, whynot, rematch, report)
