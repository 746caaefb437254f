"""``monitor feeds show``: one feed, and everything that is known of how it fares."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
import msgspec
from rich.text import Text

from monitor.cli import show
from monitor.cli.main import App
from monitor.journal import plain
from monitor.model import Feed, FeedStanding
from monitor.service.service import Service


def state(standing: FeedStanding, now: datetime) -> str:
    """How a feed fares, in a word or two."""
    if standing.gone:
        return "gone"
    if standing.failures:
        return f"{standing.trouble.code if standing.trouble else 'failed'} x{standing.failures}"
    if standing.silent_since:
        return f"silent {span(now - standing.silent_since)}"
    if standing.last_good is None:
        return "not heard yet"
    return "moved" if standing.moved_to else "well"


def span(time: timedelta) -> str:
    """A length of time in its greatest unit: ``40s``, ``12m``, ``5h``, ``9d``."""
    seconds = max(0, int(time.total_seconds()))
    for unit, letter in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= unit * (2 if unit == 86_400 else 1):
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def ago(now: datetime, at: datetime | None) -> str:
    """How long ago an instant was."""
    return f"{span(now - at)} ago" if at else "never"


def ahead(now: datetime, at: datetime | None) -> str:
    """How far ahead an instant is."""
    return f"in {span(at - now)}" if at and at > now else "soon"


@click.command("show")
@click.argument("feed")
@show.as_json
@click.pass_obj
def show_(app: App, feed: str, as_json: bool) -> None:
    """Show one FEED: how it is set up, how it fares, and its health of late.

    The strips show its last day by half-hours and its last month by days.
    """
    with app.reading() as service:
        [chosen] = service.polling.chosen([feed])
        [standing] = [one for one in service.history.standings() if one.feed == feed]
        now = service.now()
        past = service.health.past(feed, now)
        awaited = service.health.awaited(feed, now)
        if as_json:
            set_up = {**msgspec.to_builtins(chosen), "url": without_password(chosen.url)}
            told = {**msgspec.to_builtins(standing), "state": state(standing, now), "awaited": awaited}
            show.json_lines([{"feed": set_up, "standing": told, "past": msgspec.to_builtins(past)}])
            return
        show.console().print(Text(f"{plain(chosen.title)} ({chosen.id})", "bold"))
        show.pairs([*_set_up(chosen), *_fares(service, standing, awaited, now), *_past(service, past)])


def without_password(url: str) -> str:
    """The address as it may be shown."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _set_up(feed: Feed) -> list[tuple[str, str | Text]]:
    often = f"every {span(feed.interval)}"
    if feed.longest > feed.interval:
        often += f" to {span(feed.longest)}"
    said = [often, f"tier {feed.tier}"]
    said += [f"group {feed.group}"] if feed.group else []
    said += [f"language {feed.lang}"] if feed.lang else []
    said += [f"full text: {feed.full_text}"] if feed.full_text != "never" else []
    return [("url", without_password(feed.url)), ("set up", ", ".join(said))]


def _fares(
    service: Service, standing: FeedStanding, awaited: datetime | None, now: datetime
) -> list[tuple[str, str | Text]]:
    said: list[tuple[str, str | Text]] = []
    bad = standing.failures or standing.gone
    style = "bold red" if bad else "yellow" if standing.silent_since else "green"
    said.append(("state", Text(state(standing, now), style)))
    if standing.moved_to:
        said.append(("moved to", without_password(standing.moved_to)))
    if standing.trouble and standing.failures:
        since = f" (since {show.moment(standing.down_since)})"
        said += [("trouble", plain(standing.trouble.text) + since)]
        said += [("advice", service.health.advice(standing.trouble.code))]
    if standing.silent_since:
        said.append(
            ("silence", f"since {show.moment(standing.silent_since)}, though by its habit there should be news")
        )
    heard = f"{show.moment(standing.last_good)} ({ago(now, standing.last_good)})" if standing.last_good else "never"
    said.append(("heard", heard))
    due = f"{show.moment(standing.next_due)} ({ahead(now, standing.next_due)})" if standing.next_due else "soon"
    said.append(("next poll", "never: it says it is gone; give it another url" if standing.gone else due))
    items = [f"{standing.items}"]
    items += [f"{standing.rate:.1f} new a day"] if standing.rate else []
    if awaited and not standing.silent_since:
        items.append(f"the next {'about ' + show.moment(awaited) if awaited > now else 'any moment'}")
    said.append(("items", ", ".join(items)))
    return said


def _past(service: Service, past: dict[str, Any]) -> list[tuple[str, str | Text]]:
    said: list[tuple[str, str | Text]] = [
        ("last day", _strip(past["day"])),
        ("last month", _strip(past["month"])),
        ("", Text(service.health.legend(), "dim")),
    ]
    said += [("failed", f"{show.moment(one.at)}  {plain(str(one.trouble))}") for one in past["troubles"]]
    if past["troubles"]:
        code = past["troubles"][-1].trouble.code
        said.append(("", Text(f"{code}: {service.health.advice(code)}", "dim")))
    said += [("moved", f"{show.moment(one.at)}  to {without_password(plain(one.target))}") for one in past["moves"]]
    said += [
        ("silent", f"{show.moment(one.at)}  since {show.moment(one.since)}: {one.expected:.0f} arrivals expected")
        for one in past["silences"]
    ]
    said += [
        ("gap", f"{show.moment(one.since)} to {show.moment(one.until)}: items may have been missed")
        for one in past["gaps"]
    ]
    said += [
        ("set aside", f"{show.moment(at)}  {plain(title)} ({plain(why)})") for at, title, why in past["quarantined"]
    ]
    return [(name if n == 0 or said[n - 1][0] != name else "", value) for n, (name, value) in enumerate(said)]


def _strip(strip: str) -> Text:
    text = Text()
    for char in strip:
        text.append(char, {"x": "bold red", "-": "yellow", "#": "green"}.get(char, "dim"))
    return text
