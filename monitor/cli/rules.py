"""``monitor rules``: what is looked for, and the workshop around it."""

import sys
from typing import TextIO

import click
import msgspec

from monitor.cli import show, workshop
from monitor.cli.main import App, complaint
from monitor.errors import Mistakes


@click.group()
def rules() -> None:
    """The rules: one file a topic; try, compare and explain them."""


@rules.command("list")
@show.as_json
@click.pass_obj
def list_(app: App, as_json: bool) -> None:
    """List the rules with their priority, digests and number of examples."""
    from monitor.service import places

    found = places.check(app.path, examples=False).rules.rules
    if as_json:
        show.json_lines(found)
        return
    show.table(
        ["rule", "title", "priority", "digests", ("examples", {"justify": "right"}), "version"],
        [(r.id, r.title, r.priority, ", ".join(r.digests) or "every", r.examples, r.version[:8]) for r in found],
        empty="the rules folder holds no rules",
    )


@rules.command("show")
@click.argument("rule")
@show.as_json
@click.pass_obj
def show_(app: App, rule: str, as_json: bool) -> None:
    """Show RULE with every form that its lists stand for."""
    from monitor.service import places

    checked = places.check(app.path, examples=False).rules
    places.rules_named(checked, [rule])
    info = next(one for one in checked.rules if one.id == rule)
    forms = checked.forms()[rule]
    if as_json:
        show.json_lines([{**msgspec.to_builtins(info), "forms": forms}])
        return
    said = [
        ("title", info.title),
        ("priority", info.priority),
        ("digests", ", ".join(info.digests) or "every"),
        ("version", info.version),
        ("query", " ".join(info.query.split())),
        ("exclude", " ".join(info.exclude.split())),
        ("notes", info.notes),
        ("forms", f"{len(forms)}: {', '.join(forms)}"),
    ]
    show.pairs((name, value) for name, value in said if value)


@rules.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a mistake.")
@click.pass_context
def check(context: click.Context, as_json: bool) -> None:
    """Check the rules, as `monitor check` does."""
    from monitor.cli.check import check as whole

    context.invoke(whole, as_json=as_json, history=False)


@rules.command()
@click.argument("names", nargs=-1)
@show.as_json
@click.pass_obj
def test(app: App, names: tuple[str, ...], as_json: bool) -> None:
    """Try every example of the rule files; exit 78 if one does not hold.

    NAMES are rule ids; all rules if none is named.
    """
    from monitor.service import places

    checked = places.check(app.path, examples=False)
    places.rules_named(checked.rules, names)
    examples = [example for example in checked.rules.examples() if not names or example.rule in names]
    failed = [example for example in examples if not example.held]
    if as_json:
        show.json_lines(examples)
    else:
        for example in failed:
            click.echo(f"monitor: {complaint(example.mistake())}", err=True)
        click.echo(f"{len(examples) - len(failed)} of {len(examples)} examples hold")
    if failed:
        sys.exit(Mistakes.exit_code)


@rules.command()
@click.argument("labelled", type=click.File("r", encoding="utf-8"), metavar="FILE")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, over the certain items.")
@click.pass_obj
def score(app: App, labelled: TextIO, as_json: bool) -> None:
    """Hold the rules against labelled items: precision and recall by topic.

    FILE has one JSON object a line: title, summary, published, source, lang,
    link, and labels, a list of rule ids (with - or _). A line may say
    "uncertain": true; it is counted apart. Behind a share stands its 95 %
    interval (Wilson).
    """
    from monitor.service.score import scored

    certain, every = scored(app.path, labelled, labelled.name)
    if as_json:
        show.json_lines([{"topics": {topic: one.told() for topic, one in certain.items()}}])
        return
    rows = [
        (
            topic,
            _share(one.precision, one.precise),
            _share(one.recall, one.recalled),
            f"{one.tp}/{one.fp}/{one.fn}",
            f"{every[topic].precision:.2f} {every[topic].recall:.2f}",
        )
        for topic, one in certain.items()
    ]
    columns: list[show.Column] = [
        ("rule", {"no_wrap": True}),
        "precision",
        "recall",
        ("right/wrong/missed", {"justify": "right"}),
        ("with uncertain", {"justify": "right"}),
    ]
    show.table(columns, rows, empty="there are no rules")


def _share(share: float, interval: tuple[float, float]) -> str:
    return f"{share:.2f} ({interval[0]:.2f}-{interval[1]:.2f})"


for command in workshop.COMMANDS:
    rules.add_command(command)
