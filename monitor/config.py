"""config.toml, checked: every key known, every value understood, every complaint with its line and a hint. Pure.

The file is handed in as text and its secrets as a mapping, so that checking touches nothing: ``parse`` answers with a
``Config`` or raises ``Mistakes`` that names everything wrong at once.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from cronsim import CronSim, CronSimError
from msgspec import Meta, Struct

from monitor import toml
from monitor.errors import ConfigError, Mistakes, MonitorError, did_you_mean
from monitor.model import PRIORITIES, Channel, Digest, Feed, Secret

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
DURATION = re.compile(r"(\d+)\s*(s|m|h|d)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LEAST_INTERVAL = timedelta(minutes=1)  # a stranger's server is not asked more often
MOST_INTERVAL = timedelta(days=1)
VARIABLE = re.compile(r"\$\{([^}]*)\}")


class ServiceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The [service] table, as written."""

    data: Annotated[str, Meta(description="folder of log.db and views.db; $STATE_DIRECTORY goes before it")] = "data"
    rules: Annotated[str, Meta(description="folder of the rule files")] = "rules"
    interval: Annotated[str, Meta(description="time between two polls of a feed: 90s, 15m, 2h, 1d")] = "15m"
    backlog: Annotated[str, Meta(description="items older than this at first contact are not told")] = "24h"
    spacing: Annotated[str, Meta(description="least time between two requests to one host")] = "1s"
    timeout: Annotated[str, Meta(description="the whole of one poll, redirects included")] = "30s"
    user_agent: Annotated[str, Meta(description="how the service names itself to feeds")] = ""
    allow_hosts: Annotated[
        tuple[str, ...], Meta(description="hosts that may have a private address and any port, such as 127.0.0.1")
    ] = ()


class FeedTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A [[feed]] table, as written."""

    id: Annotated[str, Meta(description="a short name: small letters, digits, hyphens")]
    url: Annotated[str, Meta(description="http or https; may hold ${NAME}")]
    title: Annotated[str, Meta(description="how the outlet is named in digests")] = ""
    group: Annotated[str, Meta(description="a word that feeds share")] = ""
    tier: Annotated[int, Meta(ge=1, le=5, description="1 is the most trusted")] = 2
    lang: Annotated[str, Meta(description="language code, where the feed does not say its own")] = ""
    interval: Annotated[str, Meta(description="time between two polls, if not the service's")] = ""


class ChannelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A [[channel]] table, as written."""

    name: Annotated[str, Meta(description="what digests call it")]
    url: Annotated[str, Meta(description="an Apprise URL; secrets as ${NAME}, from the environment or a credential")]


class DigestTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A [[digest]] table, as written."""

    name: Annotated[str, Meta(description="a short name: small letters, digits, hyphens")]
    title: Annotated[str, Meta(description="the heading of the letter")] = ""
    channels: Annotated[tuple[str, ...], Meta(description="where it goes; none: it is only kept in the log")] = ()
    topics: Annotated[tuple[str, ...], Meta(description="rule ids; none: every rule")] = ()
    cron: Annotated[str, Meta(description="minute hour day month weekday, in the zone's local time")]
    zone: Annotated[str, Meta(description="an IANA time zone, such as Europe/Kyiv")] = "UTC"
    priority: Annotated[str, Meta(description="the least that is shown: low, normal or high")] = "low"


TABLES: dict[str, type[Struct]] = {
    "service": ServiceTable,
    "feed": FeedTable,
    "channel": ChannelTable,
    "digest": DigestTable,
}


class Config(Struct, frozen=True, kw_only=True):
    """The whole configuration, understood."""

    data: str  # as written: relative to the file's folder
    rules: str
    backlog: timedelta
    spacing: timedelta
    timeout: timedelta
    user_agent: str
    allow_hosts: frozenset[str]
    feeds: tuple[Feed, ...]
    channels: tuple[Channel, ...]
    digests: tuple[Digest, ...]
    secrets: tuple[Secret, ...]  # every value that was filled in, so that it can be kept out of what is written

    def channel(self, name: str) -> Channel:
        """The channel of that name; ``parse`` has checked that digests name only those there are."""
        return next(channel for channel in self.channels if channel.name == name)


def parse(text: str, *, where: str = "config.toml", secrets: Mapping[str, str]) -> Config:
    """Check a configuration.

    Args:
        text: the file's text.
        where: what complaints call the file.
        secrets: values for ``${NAME}``.

    Raises:
        Mistakes: everything that is wrong, in the order of the file.
    """
    return _Reader(text, where, secrets).config()


T = TypeVar("T")
Table = TypeVar("Table", bound=Struct)


class _Reader:
    """One reading of one file; it collects mistakes instead of stopping at the first."""

    def __init__(self, text: str, where: str, secrets: Mapping[str, str]) -> None:
        self.text, self.where, self.secrets = text, where, secrets
        self.mistakes: list[tuple[toml.Place, MonitorError]] = []
        self.filled: set[str] = set()

    def config(self) -> Config:
        try:
            raw = toml.read(self.text, where=self.where, kind=ConfigError)
        except ConfigError as wrong:
            raise Mistakes([wrong]) from None
        for name in raw.keys() - TABLES.keys():
            self.wrong((name,), f"unknown table or key {name!r}", did_you_mean(name, TABLES), key=True)
        service = self.table(ServiceTable, raw.get("service", {}), ("service",)) or ServiceTable()
        allow_hosts = frozenset(host.lower() for host in service.allow_hosts)
        interval = self.duration(service.interval, ("service", "interval"))
        feeds = self.tables(FeedTable, raw, "feed", lambda t, p: self.feed(t, p, interval, allow_hosts))
        channels = self.tables(ChannelTable, raw, "channel", self.channel)
        digests = self.tables(DigestTable, raw, "digest", lambda t, p: self.digest(t, p, raw))
        config = Config(
            data=service.data,
            rules=service.rules,
            backlog=self.duration(service.backlog, ("service", "backlog")),
            spacing=self.duration(service.spacing, ("service", "spacing")),
            timeout=self.duration(service.timeout, ("service", "timeout")),
            user_agent=service.user_agent,
            allow_hosts=allow_hosts,
            feeds=feeds,
            channels=channels,
            digests=digests,
            secrets=tuple(Secret(value) for value in sorted(self.filled)),
        )
        if self.mistakes:
            raise Mistakes(mistake for _, mistake in sorted(self.mistakes, key=lambda pair: pair[0]))
        return config

    # -- tables ------------------------------------------------------------------------------------------------------

    def feed(self, table: FeedTable, path: toml.Path, default: timedelta, allow_hosts: frozenset[str]) -> Feed:
        url = self.fill(table.url, (*path, "url"))
        host = self.feed_host(url, (*path, "url"))
        interval = self.duration(table.interval, (*path, "interval")) if table.interval else default
        if not LEAST_INTERVAL <= interval <= MOST_INTERVAL and host not in allow_hosts:
            at = (*path, "interval") if table.interval else ("service", "interval")
            self.wrong(at, "an interval is at least 1m and at most 1d", "news feeds rarely change within 15m")
        return Feed(
            id=table.id,
            url=url,
            title=table.title or table.id,
            group=table.group,
            tier=table.tier,
            lang=table.lang,
            interval=interval,
        )

    def channel(self, table: ChannelTable, path: toml.Path) -> Channel:
        url = self.fill(table.url, (*path, "url"))
        if url and "://" not in url:
            self.wrong((*path, "url"), "this is no Apprise URL", "for instance mailtos://user:${PASSWORD}@example.org")
        return Channel(name=table.name, url=Secret(url))

    def digest(self, table: DigestTable, path: toml.Path, raw: dict[str, Any]) -> Digest:
        known = [channel.get("name", "") for channel in raw.get("channel", []) if isinstance(channel, dict)]
        for number, name in enumerate(table.channels):
            if name not in known:
                hint = did_you_mean(name, known) or "write a [[channel]] with this name"
                self.wrong((*path, "channels", number), f"there is no channel {name!r}", hint)
        if table.priority not in PRIORITIES:
            self.wrong((*path, "priority"), f"unknown priority {table.priority!r}", "low, normal or high")
        self.cron(table.cron, (*path, "cron"))
        self.zone(table.zone, (*path, "zone"))
        return Digest(
            name=table.name,
            title=table.title or table.name,
            channels=table.channels,
            topics=table.topics,
            cron=table.cron,
            zone=table.zone,
            priority=next((p for p in PRIORITIES if p == table.priority), "low"),
        )

    def tables(
        self, kind: type[Table], raw: dict[str, Any], name: str, build: Callable[[Table, toml.Path], T]
    ) -> tuple[T, ...]:
        rows = raw.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.wrong((name,), f"{name!r} is a list of tables", f"write [[{name}]] with two brackets")
            return ()
        built: list[T] = []
        seen: dict[str, int] = {}
        for number, row in enumerate(rows):
            table = self.table(kind, row, (name, number))
            if table is None:
                continue
            key = "id" if kind is FeedTable else "name"
            self.unique(getattr(table, key), (name, number, key), seen)
            built.append(build(table, (name, number)))
        return tuple(built)

    def table(self, kind: type[Table], row: Any, path: toml.Path) -> Table | None:
        """The table's values by its declared shape, or None and a complaint."""
        known = [field.name for field in msgspec.structs.fields(kind)]
        unknown = [key for key in row if key not in known] if isinstance(row, dict) else []
        for key in unknown:
            self.wrong((*path, key), f"unknown key {key!r} in [{path[0]}]", did_you_mean(key, known), key=True)
        try:
            return msgspec.convert({k: v for k, v in row.items() if k in known} if isinstance(row, dict) else row, kind)
        except msgspec.ValidationError as wrong:
            message, _, at = str(wrong).partition(" - at `$")
            steps: list[str | int] = [int(i) if i else key for key, i in re.findall(r"\.(\w+)|\[(\d+)\]", at)]
            missing = re.fullmatch(r"Object missing required field `(\w+)`", message)
            if missing:
                self.wrong(path, f"[{path[0]}] needs the key {missing[1]!r}", f'add: {missing[1]} = "..."')
            else:
                self.wrong((*path, *steps), message[:1].lower() + message[1:], _described(kind, steps))
            return None

    # -- values ------------------------------------------------------------------------------------------------------

    def unique(self, name: str, path: toml.Path, seen: dict[str, int]) -> None:
        if not NAME.fullmatch(name):
            self.wrong(path, f"{name!r} is not a short name", "small letters, digits and hyphens, at most 64")
        if name in seen:
            first = toml.place_of_value(self.text, (path[0], seen[name], path[-1]))
            self.wrong(path, f"{path[0]} {name!r} is there twice", f"the first is in line {first.line}; rename one")
        seen.setdefault(name, int(path[1]))

    def fill(self, value: str, path: toml.Path) -> str:
        """The value with each ``${NAME}`` replaced by its secret."""

        def secret(found: re.Match[str]) -> str:
            if found[1] in self.secrets:
                self.filled.add(self.secrets[found[1]])
                return self.secrets[found[1]]
            hint = f"set it in the environment, or under systemd: LoadCredential={found[1]}:/path/to/file"
            self.wrong(path, f"the secret ${{{found[1]}}} is not set", hint)
            return "x"

        return VARIABLE.sub(secret, value)

    def feed_host(self, url: str, path: toml.Path) -> str:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not host:
            self.wrong(path, "a feed's url begins with http:// or https:// and names a host", "copy it from a browser")
        if parts.password:
            self.filled.add(parts.password)
        return host

    def duration(self, value: str, path: toml.Path) -> timedelta:
        found = DURATION.fullmatch(value.strip())
        if not found:
            self.wrong(path, f"{value!r} is not a length of time", 'a number and a unit: "90s", "15m", "24h", "7d"')
            return timedelta(hours=1)
        return timedelta(**{UNITS[found[2]]: min(int(found[1]), 10**6)})

    def cron(self, value: str, path: toml.Path) -> None:
        try:
            next(CronSim(value, datetime(2024, 1, 1)))  # noqa: DTZ001 - a slot is local; its zone is applied by slots
        except (CronSimError, StopIteration) as wrong:
            hint = 'minute hour day month weekday, such as "0 7,18 * * *" or "30 8 * * MON-FRI"'
            self.wrong(path, f"{value!r} is not a cron time: {wrong or 'it never comes'}", hint)

    def zone(self, value: str, path: toml.Path) -> None:
        try:
            ZoneInfo(value)
        except (ValueError, OSError):
            from zoneinfo import available_timezones

            self.wrong(path, f"unknown time zone {value!r}", did_you_mean(value, available_timezones())[:200])

    def wrong(self, path: toml.Path, message: str, hint: str, *, key: bool = False) -> None:
        at = (toml.place_of_key if key else toml.place_of_value)(self.text, path)
        error = ConfigError(
            message, where=f"{self.where}:{at.line}:{at.column}", hint=hint, excerpt=toml.excerpt(self.text, at)
        )
        self.mistakes.append((at, error))


def _described(kind: type[Struct], steps: list[str | int]) -> str:
    """What the key is for, as the reference says it."""
    field = next((f for f in msgspec.inspect.type_info(kind).fields if steps and f.name == steps[0]), None)  # type: ignore[attr-defined]
    described = (field.type.extra_json_schema or {}).get("description", "") if field else ""
    return f"{steps[0]}: {described}" if described else ""
