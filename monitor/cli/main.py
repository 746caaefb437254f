"""``monitor``: the commands, loaded when they are asked for, and what becomes of a complaint."""

import asyncio
import importlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor import __version__
from monitor.errors import MonitorError, ViewsMissing, did_you_mean

if TYPE_CHECKING:
    from monitor.service.service import Service

# Where each command lives. Its module is read only when it is used: `monitor check` must not pay for a mail library.
COMMANDS = {
    "run": "daemon:run",
    "demo": "daemon:demo",
    "check": "check:check",
    "poll": "poll:poll",
    "status": "status:status",
    "items": "items:items",
    "stories": "stories:stories",
    "feeds": "feeds:feeds",
    "rules": "rules:rules",
    "digest": "digest:digest",
    "channels": "channels:channels",
    "silence": "silence:silence",
    "mark": "mark:mark",
    "log": "log:log",
    "views": "views:views",
}


class App:
    """What every command is given: where config.toml is, and how to reach the service."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def reading(self) -> "Iterator[Service]":
        """The service, open to be asked; it may run beside a daemon."""
        from monitor import journal
        from monitor.service.service import Service

        journal.set_up(least=logging.ERROR)
        try:
            service = Service.open(self.path, write=False)
        except ViewsMissing:
            self.ask({"do": "rebuild"})
            service = Service.open(self.path, write=False)
        with service:
            yield service

    def ask(self, request: dict[str, Any], progress: Callable[[dict[str, Any]], None] = lambda _: None) -> Any:
        """Have work done that writes: by the running daemon, or here if none runs."""
        from monitor import control, journal
        from monitor.service import places

        journal.set_up(least=logging.ERROR)
        config = places.read_config(self.path, asking=True)  # who does the work asks for the secrets
        return asyncio.run(control.ask(self.path, places.data_folder(self.path, config), request, progress))


class Commands(click.Group):
    """The top-level commands; a complaint becomes a clear text on standard error and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in the order a newcomer meets them."""
        return list(COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest command named if there is none."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            hint = did_you_mean(args[0], COMMANDS)
            raise click.UsageError(f"there is no command {args[0]!r}: {hint}", ctx)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load the command's module and return it."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"monitor.cli.{module}"), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what its reader can mend is told, anything else keeps its traceback."""
        try:
            return super().invoke(ctx)
        except MonitorError as wrong:
            click.echo(f"monitor: {complaint(wrong)}", err=True)
            sys.exit(wrong.exit_code)


def complaint(wrong: MonitorError) -> str:
    """The complaint without secrets and without control characters, line by line."""
    from monitor.journal import plain, without_secrets

    return "\n".join(plain(line) for line in without_secrets(str(wrong)).splitlines())


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, prog_name="monitor")
@click.option(
    "--config",
    "path",
    envvar="MONITOR_CONFIG",
    default="config.toml",
    show_default=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration; also by $MONITOR_CONFIG.",
)
@click.pass_context
def cli(ctx: click.Context, path: Path) -> None:
    """Reads the news for you: polls feeds, matches rules, sends digests."""
    ctx.obj = App(path)
