"""config.toml, checked: every key known, every value understood, every complaint with its line and a hint. Pure.

The file is handed in as text and its secrets as a mapping, so that checking touches nothing: ``parse`` answers with a
``Config`` or raises ``Mistakes`` that names everything wrong at once.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal, TypeVar

from msgspec import Struct

from monitor import toml
from monitor.errors import ConfigError, Mistakes, did_you_mean
from monitor.model import OPERATOR, PRIORITIES, Channel, Digest, Feed, Quiet, Secret
from monitor.tables import TABLES, ChannelTable, DigestTable, FeedTable, ServiceTable
from monitor.values import Values

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LEAST_KEY = 16  # characters
TIER_1 = 3  # times as often a feed of tier 1 may be asked
UNKNOWN: tuple[Literal["resend", "hold"], ...] = ("resend", "hold")
EMPTY: tuple[Literal["skip", "note"], ...] = ("skip", "note")


class Config(Struct, frozen=True, kw_only=True):
    """The whole configuration, understood."""

    data: str  # as written: relative to the file's folder
    rules: str
    backlog: timedelta
    spacing: timedelta
    timeout: timedelta
    user_agent: str
    allow_hosts: frozenset[str]
    heartbeat_url: Secret  # empty: nobody is told
    listen: str  # address:port of the feedback page; empty: there is none
    public_url: str
    feedback_key: Secret
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


class _Reader(Values):
    """One reading of one file."""

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
        heartbeat_url = self.web(service.heartbeat_url, ("service", "heartbeat_url"))
        public_url = self.web(service.public_url, ("service", "public_url")).rstrip("/")
        listen, feedback_key = self.listen(service.listen), self.feedback(service)
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
            heartbeat_url=heartbeat_url,
            listen=listen,
            public_url=public_url,
            feedback_key=feedback_key,
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
        unknown = self.one_of(table.unknown, UNKNOWN, (*path, "unknown"))
        return Channel(name=table.name, url=Secret(url or ""), unknown=unknown)

    def digest(self, table: DigestTable, path: toml.Path, known: list[str]) -> Digest:
        for number, name in enumerate(table.channels):
            if name not in known:
                hint = did_you_mean(name, known) or "write a [[channel]] with this name"
                self.wrong((*path, "channels", number), f"there is no channel {name!r}", hint)
        if table.name == OPERATOR:
            self.wrong((*path, "name"), "no digest may be called 'operator'", "notices are kept under that name")
        self.zone(table.zone, (*path, "zone"))
        self.timing(table, path)
        if table.unsubscribe and not re.fullmatch(r"(?:mailto:|https://)[^\s<>,]+", table.unsubscribe):
            self.wrong((*path, "unsubscribe"), "this is no mailto: or https: address", "mailto:desk@example.org")
        return Digest(
            name=table.name,
            title=table.title or table.name,
            channels=table.channels,
            topics=table.topics,
            cron=table.cron,
            zone=table.zone,
            priority=self.one_of(table.priority, PRIORITIES, (*path, "priority")),
            group_wait=self.duration(table.group_wait, (*path, "group_wait")),
            min_gap=self.duration(table.min_gap, (*path, "min_gap")),
            repeat=self.duration(table.repeat, (*path, "repeat")),
            quiet=self.quiet(table, path),
            empty=self.one_of(table.empty, EMPTY, (*path, "empty")),
            unsubscribe=table.unsubscribe,
        )

    def timing(self, table: DigestTable, path: toml.Path) -> None:
        """A digest comes by cron or at once."""
        if table.cron:
            self.cron(table.cron, (*path, "cron"))
        if table.when not in ("", "now"):
            self.wrong((*path, "when"), f"unknown when {table.when!r}", 'when = "now", or cron = "0 7 * * *"')
        elif bool(table.cron) == bool(table.when):
            hint = 'cron = "0 7 * * *" for a digest, or when = "now" for alerts'
            message = "a digest has cron or when, not both" if table.cron else "the digest says neither cron nor when"
            self.wrong((*path, "when") if table.when else path, message, hint)

    def quiet(self, table: DigestTable, path: toml.Path) -> Quiet | None:
        breaks = self.one_of(table.quiet_breaks, PRIORITIES, (*path, "quiet_breaks")) if table.quiet_breaks else None
        if not table.quiet:
            return None
        start, end = self.hours(table.quiet, (*path, "quiet"))
        return Quiet(start=start, end=end, breaks=breaks)

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

    # -- what must fit each other --------------------------------------------------------------------------------------

    def unique(self, name: str, path: toml.Path, seen: dict[str, int]) -> None:
        if not NAME.fullmatch(name):
            self.wrong(path, f"{name!r} is not a short name", "small letters, digits and hyphens, at most 64")
        if name in seen:
            first = toml.place_of_value(self.text, (path[0], seen[name], path[-1]))
            self.wrong(path, f"{path[0]} {name!r} is there twice", f"the first is in line {first.line}; rename one")
        seen.setdefault(name, int(path[1]))

    def feedback(self, service: ServiceTable) -> Secret:
        key = self.fill(service.feedback_key, ("service", "feedback_key")) or ""
        if self.secrets is None:
            return Secret(key)
        if key and len(key) < LEAST_KEY:
            self.wrong(
                ("service", "feedback_key"), f"the key has fewer than {LEAST_KEY} characters", "openssl rand -hex 16"
            )
        if bool(service.public_url) != bool(service.feedback_key) and not key:
            hint = 'feedback_key = "${MONITOR_FEEDBACK}", and set MONITOR_FEEDBACK: openssl rand -hex 16'
            self.wrong(("service", "public_url"), "links in letters need a feedback_key to be signed with", hint)
        elif service.public_url and not service.listen:
            hint = 'listen = "127.0.0.1:8080"'
            self.wrong(("service", "public_url"), "links in letters need a page to lead to, and there is none", hint)
        if key:
            self.filled.add(key)  # a secret, however it was written
        return Secret(key)


def _rows(raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The tables of that name; none if what stands there is no list of tables."""
    rows = raw.get(name, [])
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else []
