"""``monitor channels``: the ways to reach people, and whether they do."""

import sys

import click
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.cli.silence import who_option
from monitor.errors import UsageError
from monitor.journal import plain

STYLES = {"verified": "green", "not arrived": "bold red", "changed since": "bold yellow", "unverified": "yellow"}


@click.group()
def channels() -> None:
    """The ways to reach people: list them, test one."""


@channels.command("list")
@show.as_json
@click.pass_obj
def list_(app: App, as_json: bool) -> None:
    """List the channels, and whether somebody saw a test message of each.

    verified: it arrived. changed since: the URL or a secret in it is another one now.
    """
    found = app.ask({"do": "channels"})
    if as_json:
        show.json_lines(found)
        return
    show.table(
        ["channel", "by", "state", "said", ("digests", {"overflow": "fold"})],
        [
            (one["name"], one["door"], _state(one["state"]), _said(one), ", ".join(one["digests"]) or "none")
            for one in found
        ],
        empty="config.toml names no channel",
    )


def _state(state: str) -> Text:
    return Text(state, STYLES[state])


def _said(one: dict[str, str]) -> str:
    from datetime import datetime

    return f"{show.moment(datetime.fromisoformat(one['at']))} {one['who']}" if one["at"] else ""


@channels.command()
@click.argument("name")
@click.option(
    "--yes/--no", "answer", default=None, help="Answer the question beforehand: it will have arrived, or not."
)
@click.option("--arrived", is_flag=True, help="Send nothing: the message of an earlier test arrived.")
@who_option
@click.pass_obj
def test(app: App, name: str, answer: bool | None, arrived: bool, who: str) -> None:
    """Send a test message by the channel NAME and ask whether it arrived.

    That a server accepted a message does not say that anybody can read it; your word is kept. Exit 69 if the channel
    did not take the message.
    """
    if arrived and answer is not None:
        raise UsageError("--arrived says it already", hint=f"monitor channels test {name} --arrived")
    taken = arrived or _sent(app, name)
    if not arrived and answer is None and taken and sys.stdin.isatty():
        answer = click.confirm("did it arrive?", default=False)
    if not arrived and answer is None:
        if taken:
            click.echo(f"if it arrived: monitor channels test {name} --arrived")
    else:
        said = app.ask({"do": "word", "channel": name, "arrived": arrived or bool(answer), "who": who})
        click.echo(f"{name}: {said['state']}")
    if not taken:
        raise SystemExit(69)


def _sent(app: App, name: str) -> bool:
    """Send the message to everybody whom the channel reaches; whether the channel took all of them."""
    answers = app.ask({"do": "test", "channel": name})
    for one in answers:
        click.echo(f"  {one['recipient']}: {one['verdict']}: {plain(one['text'])}")
    return all(one["verdict"] == "accepted" for one in answers)
