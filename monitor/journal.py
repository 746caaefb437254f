"""What the operator reads: lines on a terminal, one JSON record a line elsewhere; secrets are struck out by value."""

import logging
import os
import sys
from collections.abc import Iterable, MutableMapping
from datetime import datetime
from typing import Any

import structlog

LEAST_SECRET = 4  # characters; striking out shorter ones would make the journal unreadable

_secrets: set[str] = set()


def keep_out(secrets: Iterable[str]) -> None:
    """From now on these values are never written; see also ``without_secrets``."""
    _secrets.update(secret for secret in secrets if len(secret) >= LEAST_SECRET)


def without_secrets(text: str) -> str:
    """The text with every known secret struck out, the longest first."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def plain(text: str) -> str:
    """One line without control characters, so that no feed can write into a terminal or forge a record."""
    return "".join(c if c.isprintable() else " " for c in text)


class _Cleaner:
    """Makes a record fit to be written: no secret, no control character, instants for people or for programs."""

    def __init__(self, *, local: bool) -> None:
        self.local = local

    def __call__(self, _logger: object, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        trace = record.pop("exception", None)
        cleaned = {key: self.clean(value) for key, value in record.items()}
        return {**cleaned, "exception": without_secrets(trace)} if trace else cleaned

    def clean(self, value: Any) -> Any:
        match value:
            case str():
                return plain(without_secrets(value))
            case datetime():
                return value.astimezone().strftime("%Y-%m-%d %H:%M") if self.local else value.isoformat("T", "seconds")
            case list() | tuple():
                return [self.clean(one) for one in value]
            case dict():
                return {key: self.clean(one) for key, one in value.items()}
        return value


def set_up(*, least: int = logging.INFO, stream: Any = None) -> None:
    """Send the service's records from the level ``least`` on, and the libraries' warnings, to standard error."""
    out = stream or sys.stderr
    terminal = out.isatty()
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if terminal else "iso", utc=not terminal),
        structlog.processors.format_exc_info,
        _Cleaner(local=terminal),
    ]
    show: Any = (
        structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ, pad_event_to=24)
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, show],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_unwrapped, show], foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(least, logging.WARNING))  # the libraries' INFO and DEBUG lines carry URLs with tokens


def _unwrapped(_logger: object, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in record.items() if not key.startswith("_")}
