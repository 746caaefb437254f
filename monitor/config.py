"""config.toml, checked: every key known, every value understood, every complaint with its line and a hint. Pure.

The file is handed in as text and its secrets as a mapping, so that checking touches nothing: ``parse`` answers with a
``Config`` or raises ``Mistakes`` that names everything wrong at once.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError
from msgspec import Struct

from monitor import toml
from monitor.errors import ConfigError, Mistakes, MonitorError, did_you_mean
from monitor.model import OPERATOR, PRIORITIES, Channel, Digest, Feed, Secret
from monitor.tables import TABLES, ChannelTable, DigestTable, FeedTable, ServiceTable

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LIMITS = {  # of lengths of time: the shortest, the longest, and what to write instead
    "interval": ("1m", "1d", "news feeds rarely change within 15m; a stranger's server is not asked more often"),
    "longest": ("1m", "7d", "6h: a feed that writes once a month is still heard four times a day"),
    "backlog": ("0s", "3650d", "24h suits a daily digest"),
    "spacing": ("0s", "1h", "1s is polite"),
    "timeout": ("1s", "10m", "30s suits most feeds"),  # to the HTTP client, 0 would mean: wait for ever
}
TIER_1 = 3  # times as often a feed of tier 1 may be asked
VARIABLE = re.compile(r"\$\{([^}]*)\}")
SPOKEN = re.compile(r"(?<==)[^\n]*")  # what a line says behind its first =; of a channel, nothing of it is shown


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


def parse(text: str, *, where: str = "config.toml", secrets: Mapping[str, str] | None) -> Config:
    """Check a configuration.

    Args:
        text: the file's text.
        where: what complaints call the file.
        secrets: values for ``${NAME}``; None for who will send and fetch nothing: what holds a secret stays empty.

    Raises:
        Mistakes: everything that is wrong, in the order of the file.
    """
    return _Reader(text, where, secrets).config()


T = TypeVar("T")
Table = TypeVar("Table", bound=Struct)


class _Reader:
    """One reading of one file; it collects mistakes instead of stopping at the first."""

    def __init__(self, text: str, where: str, secrets: Mapping[str, str] | None) -> None:
        self.text, self.where, self.secrets = text, where, secrets
        self.mistakes: list[tuple[toml.Place, MonitorError]] = []
        self.filled: set[str] = set()
        self.allowed: frozenset[str] = frozenset()  # hosts that may have any address, and be asked at any interval

    def config(self) -> Config:
        try:
            raw = toml.read(self.text, where=self.where, kind=ConfigError)
        except ConfigError as wrong:
            raise Mistakes([wrong]) from None
        for name in raw.keys() - TABLES.keys():
            self.wrong((name,), f"unknown table or key {name!r}", did_you_mean(name, TABLES), key=True)
        written = raw.get("service", {})
        if not isinstance(written, dict):
            self.wrong(("service",), "[service] is one table", "write [service] with one bracket on each side")
            written = {}
        service = self.table(ServiceTable, written, ("service",)) or ServiceTable()
        self.duration(service.interval, ("service", "interval"), free=True)  # each feed asks for its limits
        longest = self.duration(service.longest, ("service", "longest"), free=True)
        backlog = self.duration(service.backlog, ("service", "backlog"))
        spacing = self.duration(service.spacing, ("service", "spacing"))
        timeout = self.duration(service.timeout, ("service", "timeout"))
        self.allowed = frozenset(host.lower() for host in service.allow_hosts)
        feeds = self.tables(FeedTable, raw, "feed", lambda t, p: self.feed(t, p, service, longest))
        channels = self.tables(ChannelTable, raw, "channel", self.channel)
        named = [row["name"] for row in _rows(raw, "channel") if isinstance(row.get("name"), str)]
        digests = self.tables(DigestTable, raw, "digest", lambda t, p: self.digest(t, p, named))
        if self.mistakes:
            raise Mistakes(mistake for _, mistake in sorted(self.mistakes, key=lambda pair: pair[0]))
        return Config(
            data=service.data,
            rules=service.rules,
            backlog=backlog,
            spacing=spacing,
            timeout=timeout,
            user_agent=service.user_agent,
            allow_hosts=self.allowed,
            feeds=feeds,
            channels=channels,
            digests=digests,
            secrets=tuple(Secret(value) for value in sorted(self.filled)),
        )

    # -- tables ------------------------------------------------------------------------------------------------------

    def feed(self, table: FeedTable, path: toml.Path, service: ServiceTable, longest: timedelta) -> Feed:
        url = self.fill(table.url, (*path, "url"))
        host = self.feed_host(url, (*path, "url")) if url is not None else ""
        at = (*path, "interval") if table.interval else ("service", "interval")
        free = host in self.allowed
        interval = self.duration(table.interval or service.interval, at, free=free)
        if table.interval:
            longest = interval
        elif table.tier == 1:
            interval /= TIER_1
        if table.full_text not in (True, False, "match"):
            self.wrong((*path, "full_text"), f"unknown full_text {table.full_text!r}", 'true, false or "match"')
        return Feed(
            id=table.id,
            url=url or "",
            title=table.title or table.id,
            group=table.group,
            tier=table.tier,
            lang=table.lang,
            interval=interval,
            longest=max(interval, longest),
            full_text="match" if table.full_text == "match" else "always" if table.full_text else "never",
        )

    def channel(self, table: ChannelTable, path: toml.Path) -> Channel:
        url = self.fill(table.url, (*path, "url"))
        if url is not None and "://" not in url:
            self.wrong((*path, "url"), "this is no Apprise URL", "for instance mailtos://user:${PASSWORD}@example.org")
        return Channel(name=table.name, url=Secret(url or ""))

    def digest(self, table: DigestTable, path: toml.Path, known: list[str]) -> Digest:
        for number, name in enumerate(table.channels):
            if name not in known:
                hint = did_you_mean(name, known) or "write a [[channel]] with this name"
                self.wrong((*path, "channels", number), f"there is no channel {name!r}", hint)
        if table.name == OPERATOR:
            self.wrong((*path, "name"), "no digest may be called 'operator'", "notices are kept under that name")
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
        rows = _rows(raw, name)
        if not rows and raw.get(name, []) != []:
            self.wrong((name,), f"{name!r} is a list of tables", f"write [[{name}]] with two brackets")
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

    def table(self, kind: type[Table], row: dict[str, Any], path: toml.Path) -> Table | None:
        table, misfits = toml.fit(kind, row, path)
        for misfit in misfits:
            self.wrong(misfit.path, misfit.message, misfit.hint, key=misfit.key)
        return table

    # -- values ------------------------------------------------------------------------------------------------------

    def unique(self, name: str, path: toml.Path, seen: dict[str, int]) -> None:
        if not NAME.fullmatch(name):
            self.wrong(path, f"{name!r} is not a short name", "small letters, digits and hyphens, at most 64")
        if name in seen:
            first = toml.place_of_value(self.text, (path[0], seen[name], path[-1]))
            self.wrong(path, f"{path[0]} {name!r} is there twice", f"the first is in line {first.line}; rename one")
        seen.setdefault(name, int(path[1]))

    def fill(self, value: str, path: toml.Path) -> str | None:
        """The value with each ``${NAME}`` replaced by its secret; None and a complaint if one is not set."""
        names = VARIABLE.findall(value)
        if self.secrets is None:
            return None if names else value
        secrets = self.secrets
        missing = [name for name in names if not secrets.get(name)]
        for name in missing:
            hint = f"set it in the environment, or under systemd: LoadCredential={name}:/path/to/file"
            if name:
                self.wrong(path, f"the secret ${{{name}}} is not set", hint)
            else:
                self.wrong(path, "${} names no secret", "write ${NAME}, and set NAME in the environment")
        if missing:
            return None
        self.filled.update(secrets[name] for name in names)
        return VARIABLE.sub(lambda found: secrets[found[1]], value)

    def feed_host(self, url: str, path: toml.Path) -> str:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url):
            self.wrong(path, "a feed's url begins with http:// or https:// and names a host", "copy it from a browser")
        if parts.password:
            self.filled |= {parts.password, unquote(parts.password)}
        return host

    def duration(self, value: str, path: toml.Path, *, free: bool = False) -> timedelta:
        """A length of time, within the limits of its key unless it is ``free``."""
        try:
            length = _length(value)
        except ValueError:
            self.wrong(path, f"{value!r} is not a length of time", 'a number and a unit: "90s", "15m", "24h", "7d"')
            return timedelta(0)
        least, most, hint = LIMITS[str(path[-1])]
        if not free and not _length(least) <= length <= _length(most):
            self.wrong(path, f"{path[-1]} is at least {least} and at most {most}", hint)
        return length

    def cron(self, value: str, path: toml.Path) -> None:
        try:
            count = len(value.split())
            if count != 5:  # with six, CronSim would read the first as seconds
                raise CronSimError(f"it has {count} field{'s' * (count != 1)}, not 5")
            next(CronSim(value, datetime(2024, 1, 1)))  # noqa: DTZ001 - a slot is local; its zone is applied by slots
        except (CronSimError, StopIteration, ValueError) as wrong:
            reason = str(wrong) or "it never comes"
            hint = 'minute hour day month weekday, such as "0 7,18 * * *" or "30 8 * * MON-FRI"'
            self.wrong(path, f"{value!r} is not a cron time: {reason[:1].lower()}{reason[1:]}", hint)

    def zone(self, value: str, path: toml.Path) -> None:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # not found; not a name; a folder
            near = get_close_matches(value, available_timezones(), n=1, cutoff=0.7)
            hint = f"did you mean {near[0]!r}?" if near else "the name of an IANA time zone, such as Europe/Kyiv or UTC"
            self.wrong(path, f"unknown time zone {value!r}", hint)

    def wrong(self, path: toml.Path, message: str, hint: str, *, key: bool = False) -> None:
        at = (toml.place_of_key if key else toml.place_of_value)(self.text, path)
        if any((at, message) == (place, mistake.message) for place, mistake in self.mistakes):
            return  # one mistake in [service] would be told once a feed
        text = self.text if path[0] != "channel" else SPOKEN.sub(lambda found: re.sub(r"\S", "*", found[0]), self.text)
        where = f"{self.where}:{at.line}:{at.column}"
        self.mistakes.append((at, ConfigError(message, where=where, hint=hint, excerpt=toml.excerpt(text, at))))


def _length(value: str) -> timedelta:
    """The length of time that is written; ValueError if it is none."""
    found = DURATION.fullmatch(value.strip())
    if not found:
        raise ValueError(value)
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _rows(raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The tables of that name; none if what stands there is no list of tables."""
    rows = raw.get(name, [])
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else []
