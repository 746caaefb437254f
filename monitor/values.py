"""What a value of config.toml may be: lengths of time, cron times, zones, addresses, secrets filled in. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from monitor import toml
from monitor.errors import ConfigError, MonitorError
from monitor.model import Secret

DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
VARIABLE = re.compile(r"\$\{([^}]*)\}")
SPOKEN = re.compile(r"(?<==)[^\n]*")  # what a line says behind its first =; of a channel, nothing of it is shown
HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-3]):([0-5]\d)")
LIMITS = {  # of lengths of time: the shortest, the longest, and what to write instead
    "interval": ("1m", "1d", "news feeds rarely change within 15m; a stranger's server is not asked more often"),
    "longest": ("1m", "7d", "6h: a feed that writes once a month is still heard four times a day"),
    "backlog": ("0s", "3650d", "24h suits a daily digest"),
    "spacing": ("0s", "1h", "1s is polite"),
    "group_wait": ("0s", "1h", "2m gathers what several outlets write at once"),
    "min_gap": ("0s", "7d", "15m: an alert a quarter of an hour at most"),
    "repeat": ("0s", "90d", "6h: a story that goes on is told again four times a day at most"),
    "timeout": ("1s", "10m", "30s suits most feeds"),  # to the HTTP client, 0 would mean: wait for ever
}

Word = TypeVar("Word", bound=str)


class Values:
    """Reads the values of one file; it collects mistakes instead of stopping at the first."""

    def __init__(self, text: str, where: str, secrets: Mapping[str, str] | None) -> None:
        self.text, self.where, self.secrets = text, where, secrets
        self.mistakes: list[tuple[toml.Place, MonitorError]] = []
        self.filled: set[str] = set()
        self.allowed: frozenset[str] = frozenset()  # hosts that may have any address, and be asked at any interval

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
        """The host that a feed's url names."""
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

    def one_of(self, value: str, allowed: tuple[Word, ...], path: toml.Path) -> Word:
        """One of a few words; the first of them, and a complaint, if it is another."""
        if value not in allowed:
            self.wrong(path, f"unknown {path[-1]} {value!r}", ", ".join(allowed[:-1]) + f" or {allowed[-1]}")
        return next((word for word in allowed if word == value), allowed[0])

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

    def web(self, value: str, path: toml.Path) -> Secret:
        """A http or https address, or nothing."""
        url = self.fill(value, path) or ""
        if url and not re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", url):
            self.wrong(path, f"{path[-1]} begins with http:// or https://", "copy it from a browser")
        return Secret(url)

    def listen(self, value: str) -> str:
        """An address and a port, or nothing."""
        host, _, port = value.rpartition(":")
        if value and not (host and port.isdecimal() and 0 < int(port) < 65536):
            self.wrong(("service", "listen"), f"{value!r} is no address and port", "127.0.0.1:8080")
        return value

    def hours(self, value: str, path: toml.Path) -> tuple[int, int]:
        """A stretch of the day, in minutes after midnight."""
        found = HOURS.fullmatch(value.strip())
        start, end = (60 * int(found[1]) + int(found[2]), 60 * int(found[3]) + int(found[4])) if found else (0, 0)
        if start == end:
            self.wrong(path, f"{value!r} is no stretch of hours", 'from-to, such as "22:00-07:00"')
        return start, end

    def cron(self, value: str, path: toml.Path) -> None:
        """A cron time of five fields that comes at all."""
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
        """The name of an IANA zone."""
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):  # not found; not a name; a folder
            near = get_close_matches(value, available_timezones(), n=1, cutoff=0.7)
            hint = f"did you mean {near[0]!r}?" if near else "the name of an IANA time zone, such as Europe/Kyiv or UTC"
            self.wrong(path, f"unknown time zone {value!r}", hint)

    def wrong(self, path: toml.Path, message: str, hint: str, *, key: bool = False) -> None:
        """Note a mistake with its place: of the value, or of its ``key``."""
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
