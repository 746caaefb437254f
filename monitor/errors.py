"""Complaints: mistakes that their reader can mend, each with a place, a hint and an exit code. Pure.

    MonitorError         1   whatever has no better name
    |-- UsageError      64   a command was asked for something that makes no sense
    |-- NotFound        66   no such item, digest, feed or stream
    |   `-- ViewsMissing     views.db is missing or of another version; it can be folded anew
    |-- LogDamaged      65   the log's chain is broken: an event was changed or is missing
    |-- Unreachable     69   the running daemon does not answer on its socket
    |-- StorageError    74   the disk is full, or cannot be written
    |-- LogBusy         75   another process writes this log
    |-- PortTaken       75   the feedback page's address is in use
    |-- ConfigError     78   config.toml cannot be understood
    |-- RuleError       78   a rule file cannot be understood
    |-- LogRefused      78   the database is not ours, or is from a later version
    `-- Mistakes        78   several of them at once, so that one reading mends all

The codes are those of sysexits.h; 78 keeps systemd from a restart loop over a file that only a person can mend.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class MonitorError(Exception):
    """Something its reader can mend: what, where, and what to do about it.

    Args:
        message: what is wrong, one line, no secrets.
        where: ``file``, ``file:line`` or ``file:line:column``; empty if no place is to blame.
        hint: what to do, one line or several; empty only if nothing can be advised.
        excerpt: the line at fault and a line of carets under it.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", hint: str = "", excerpt: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint
        self.excerpt = excerpt

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.message}" if self.where else self.message]
        lines += [f"    {line}" for line in self.excerpt.splitlines()]
        lines += [f"  {'hint:' if n == 0 else '     '} {line}" for n, line in enumerate(self.hint.splitlines())]
        return "\n".join(lines)


class UsageError(MonitorError):
    """A command was asked for something that makes no sense."""

    exit_code = 64  # EX_USAGE


class LogDamaged(MonitorError):
    """The log's chain is broken: the message names the first event that was changed or is missing."""

    exit_code = 65  # EX_DATAERR


class NotFound(MonitorError):
    """Nothing goes by that name."""

    exit_code = 66  # EX_NOINPUT


class ViewsMissing(NotFound):
    """views.db is missing or of another version; whoever may write can fold it anew."""


class Unreachable(MonitorError):
    """What was asked does not answer: the daemon on its socket, a feed's server, or a channel that took no letter."""

    exit_code = 69  # EX_UNAVAILABLE


class StorageError(MonitorError):
    """The disk is full or cannot be written; nothing that was acknowledged is lost."""

    exit_code = 74  # EX_IOERR


class LogBusy(MonitorError):
    """Another process writes this log; two writers would take turns at telling the same story."""

    exit_code = 75  # EX_TEMPFAIL


class PortTaken(MonitorError):
    """Something else listens on the address of the feedback page, or the machine does not have it yet."""

    exit_code = 75  # EX_TEMPFAIL


class ConfigError(MonitorError):
    """config.toml cannot be understood; ``where`` is ``file:line:column``."""

    exit_code = 78  # EX_CONFIG: systemd does not restart on it


class RuleError(MonitorError):
    """A rule file cannot be understood; ``where`` is ``file:line:column``."""

    exit_code = 78  # EX_CONFIG


class LogRefused(MonitorError):
    """The database is not a log of ours, or a later version wrote it; it is left untouched."""

    exit_code = 78  # EX_CONFIG


class Mistakes(MonitorError):
    """Several mistakes at once; ``mistakes`` holds each, in the order of the files."""

    exit_code = 78  # EX_CONFIG

    def __init__(self, mistakes: Iterable[MonitorError]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__(f"{len(self.mistakes)} mistakes" if len(self.mistakes) != 1 else "1 mistake")

    def __str__(self) -> str:
        return "\n".join(str(mistake) for mistake in self.mistakes)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word, or all of them if none is near."""
    words = sorted(known)
    near = get_close_matches(word, words, n=1, cutoff=0.6) or [one for one in words if len(word) > 2 and word in one]
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known here: {', '.join(words)}" if words else ""
