"""docs/reference.md, written from the code: ``make reference``. tests/test_docs.py holds the page to it."""

import inspect
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import click
import msgspec

from monitor import errors, events
from monitor.cli.main import cli
from monitor.config import TABLES

HEAD = """# Reference

Written from the code by `make reference`; a test keeps it current.
"""


def reference() -> str:
    """The whole page."""
    parts = [HEAD, *commands(), *configuration(), *kinds(), *exit_codes()]
    return "\n".join(parts).rstrip() + "\n"


def commands() -> Iterator[str]:
    yield "## Commands\n"
    yield "`monitor [--config FILE] COMMAND`; the configuration is also found by `$MONITOR_CONFIG`.\n"
    for path, command in _walk(cli, ("monitor",)):
        arguments = [_argument(p) for p in command.params if isinstance(p, click.Argument)]
        yield f"### `{' '.join([*path, *arguments])}`\n"
        yield inspect.cleandoc(command.help or "") + "\n"
        options = [p for p in command.params if isinstance(p, click.Option)]
        yield from (f"- {_option(option)}" for option in options)
        if options:
            yield ""


def _walk(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _walk(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return f"[{name}...]" if argument.nargs == -1 else name


def _option(option: click.Option) -> str:
    value = "" if option.is_flag else " VALUE"
    default = f" (default {option.default})" if option.show_default and option.default is not None else ""
    return f"`{option.opts[-1]}{value}` {option.help or ''}{default}".replace("  ", " ")


def configuration() -> Iterator[str]:
    yield "## config.toml\n"
    for name, table in TABLES.items():
        yield f"### `[{name}]`\n" if name == "service" else f"### `[[{name}]]`\n"
        yield "| key | default | what it says |\n|---|---|---|"
        info = msgspec.inspect.type_info(table)
        for field in info.fields:  # type: ignore[attr-defined]
            said = _description(field.type)
            default = "required" if field.required else f"`{_shown(field.default)}`"
            yield f"| `{field.name}` | {default} | {said} |"
        yield ""


def _description(kind: Any) -> str:
    return str((getattr(kind, "extra_json_schema", None) or {}).get("description", ""))


def _shown(value: Any) -> str:
    return '""' if value == "" else "[]" if value == () else f'"{value}"' if isinstance(value, str) else str(value)


def kinds() -> Iterator[str]:
    yield "## Events\n"
    yield "Every event also has `at`, the instant it was recorded for, in UTC.\n"
    for kind, event in events.KINDS.items():
        yield f"### {kind}\n"
        yield inspect.cleandoc(event.__doc__ or "") + "\n"
        yield f"Version {event.version}, stream `{event._stream}`; the same event if equal: {', '.join(event._key)}.\n"
        fields = [f"`{name}` {_type(of)}" for name, of in events.fields(event).items() if name != "at"]
        yield (", ".join(fields) or "no further fields") + "\n"


def _type(kind: Any) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        return _type(args[0]) if args else "?"
    if kind is type(None):
        return "none"
    if origin is tuple:
        return f"list of {_type(args[0])}"
    if origin is dict:
        return f"map of {_type(args[0])} to {_type(args[1])}"
    if origin is not None and str(origin) == "typing.Literal":
        return " / ".join(map(str, args))
    if args:
        return " or ".join(_type(arg) for arg in args)
    return {"str": "text", "int": "number", "bool": "yes/no", "datetime": "instant"}.get(kind.__name__, kind.__name__)


def exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "| code | when |\n|---|---|\n| 0 | all went well |"
    yield "| 1 | a feed is in trouble (`feeds check`), or a question was answered with no |"
    yield "| 2 | the command line was not understood |"
    found: dict[str, int] = {}
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, errors.MonitorError) and error is not errors.MonitorError:
            found[(error.__doc__ or "").split("\n")[0]] = error.exit_code
    for said, code in sorted(found.items(), key=lambda pair: pair[1]):
        yield f"| {code} | {said} |"
    yield ""


if __name__ == "__main__":
    print(reference(), end="")
