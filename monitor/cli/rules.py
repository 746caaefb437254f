"""``monitor rules``: what is looked for."""

import sys

import click

from monitor.cli import show
from monitor.cli.main import App, complaint
from monitor.errors import Mistakes


@click.group()
def rules() -> None:
    """The rules: one file a topic."""


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
