"""``monitor status``: how the service fares, on one screen."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.errors import ConfigError, Mistakes, MonitorError
from monitor.journal import plain
from monitor.service import places
from monitor.service.service import Service

SOON = timedelta(days=1)  # a silence that ends within is named
MOST_NAMED = 20  # feeds; when the network is down, all are in trouble


@click.command()
@show.as_json
@click.pass_obj
def status(app: App, as_json: bool) -> None:
    """Say how the service fares: running or not, feeds in trouble, digests."""
    try:
        _say(app, as_json)
    except (ConfigError, Mistakes):  # this is when one asks whether the service still runs
        if answer := _daemon(places.data_beside(app.path)):
            said = f"The service runs, pid {answer['pid']}, with what was right before. On the disk is a mistake:"
            click.echo(said, err=True)
        raise


def _say(app: App, as_json: bool) -> None:
    with app.reading() as service:
        told = {**_told(service), "daemon": _daemon(service.house.data)}
        # A running daemon has the secrets and so sees whether a URL changed; who only asks does not.
        here = msgspec.to_builtins(service.channels.standings())
        told["channels"] = told["daemon"].pop("channels", here) if told["daemon"] else here
        if as_json:
            show.json_lines([told])
            return
        _print(told)


def _daemon(data: Path) -> dict[str, Any] | None:
    from monitor import control

    try:
        answer: dict[str, Any] | None = asyncio.run(control.ping(data))
    except MonitorError:
        return None
    return answer


def _told(service: Service) -> dict[str, Any]:
    now = service.now()
    head = service.history.head()
    standings = service.history.standings()
    last = service.history.last_service()
    return {
        "now": now,
        "data": str(service.house.data),
        "last": {"event": last[0], "at": last[1]} if last else None,
        "head": {"position": head.position, "hash": head.hash},
        "counts": service.history.counts(),
        "rules": _rules(service),
        "feeds": {
            "all": len(standings),
            "heard": sum(1 for s in standings if s.last_good),
            "trouble": [s for s in standings if s.failures and not s.gone],
            "silent": [s for s in standings if s.silent_since and not s.failures and not s.gone],
            "gone": [s for s in standings if s.gone],
        },
        "digests": [
            {"name": name, "next": at, "channels": channels} for name, at, channels in service.telling.schedule()
        ],
        "silences": service.wishes.silences(),
    }


def _rules(service: Service) -> int | str:
    """How many rules there are; a mistake in them must not hide how the service fares."""
    try:
        return len(service.judging.rules())
    except MonitorError as wrong:
        return f"{wrong.message} on the disk: monitor check (a running daemon keeps the old ones)"


def _print(told: dict[str, Any]) -> None:
    console = show.console()
    daemon, last = told["daemon"], told["last"]
    state = Text("running", "bold green") if daemon else Text("not running", "bold red")
    if daemon:
        state.append(f" (pid {daemon['pid']})", "default")
    if last:
        verb = "started" if last["event"] == "ServiceStarted" else "stopped"
        state.append(f", {verb} {show.moment(last['at'])}", "default")
    counts, head = told["counts"], told["head"]
    lines: list[tuple[str, Text]] = [
        ("service", state),
        ("data", Text(plain(told["data"]), overflow="fold")),
        ("log", Text(f"{head['position']} events, head {head['hash'][:12]}")),
        ("items", Text(f"{counts['items']} ({counts['baseline']} baseline), {counts['matches']} matches")),
        ("rules", Text(str(told["rules"]))),
        ("feeds", _feeds(told["feeds"])),
        ("letters", _letters(counts)),
    ]
    lines += [("silenced", _silences(told))] if told["silences"] else []
    for name, value in lines:
        console.print(Text.assemble((f"{name:<9}", "bold"), value))
    for digest in told["digests"]:
        to = ", ".join(digest["channels"]) or "the log only: it has no channel"
        when = f"next {show.moment(digest['next'])}" if digest["next"] else "at once"
        console.print(Text.assemble(("digest   ", "bold"), f"{digest['name']}: {when} to {to}"))
    _print_channels(told["channels"])
    _print_feeds(told["feeds"])


def _print_channels(channels: list[dict[str, Any]]) -> None:
    """One line: whether somebody saw a test message of each channel; which were never tested."""
    if not channels:
        return
    line = Text.assemble(("channels ", "bold"))
    for number, one in enumerate(channels):
        line.append(", " if number else "").append(f"{one['name']} ")
        line.append(one["state"], "default" if one["state"] == "verified" else "bold yellow")
    doubtful = [one["name"] for one in channels if one["state"] != "verified"]
    show.console().print(line.append(f" (monitor channels test {doubtful[0]})" if doubtful else ""))


def _print_feeds(feeds: dict[str, Any]) -> None:
    """The feeds that fare ill, a line or two each; of many only the first."""
    lines: list[tuple[str, str, str]] = []
    for standing in feeds["trouble"]:
        since = f"down since {show.moment(standing.down_since)}, next try {show.moment(standing.next_due)}"
        lines.append(("trouble", "bold red", f"{standing.feed}: {plain(str(standing.trouble))}; {since}"))
    gone = "its server says so; it is not asked again"
    lines += [("gone", "bold red", f"{standing.feed}: {gone}") for standing in feeds["gone"]]
    for standing in feeds["silent"]:
        since = f"since {show.moment(standing.silent_since)}, against its habit"
        lines.append(("silent", "bold yellow", f"{standing.feed}: nothing new {since}"))
    for name, style, text in lines[:MOST_NAMED]:
        show.console().print(Text.assemble((f"{name:<9}", style), text))
    if more := lines[MOST_NAMED:]:
        show.console().print(Text(f"{'':<9}and {len(more)} more: monitor feeds list --trouble"))


def _feeds(feeds: dict[str, Any]) -> Text:
    text = Text(f"{feeds['all']}, {feeds['heard']} heard")
    for name, said, style in (
        ("trouble", "in trouble", "bold red"),
        ("gone", "gone", "bold red"),
        ("silent", "silent", "bold yellow"),
    ):
        if feeds[name]:
            text.append(f", {len(feeds[name])} {said}", style)
    return text


def _silences(told: dict[str, Any]) -> Text:
    ends = sum(1 for one in told["silences"] if one.until - told["now"] <= SOON)
    count = len(told["silences"])
    text = Text(f"{count} silence{'s' * (count != 1)}")
    return text.append(f", {ends} end{'s' * (ends == 1)} within a day") if ends else text


def _letters(counts: dict[str, int]) -> Text:
    text = Text(f"{counts['letters sent']} accepted, {counts['letters waiting']} waiting")
    for name in ("held", "given up"):
        if lost := counts[f"letters {name}"]:
            text.append(f", {lost} {name}", "bold red")
    return text
