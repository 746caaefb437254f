"""What every event is: frozen fields, an instant, a stream, and an id that is a hash of its key. Pure.

An event's id is a hash of its kind and of the fields that make it that event (its key); the log keeps the first event
of an id. So a thing that happened twice in the telling happened once: an item seen again, a slot queued by two
services, an attempt claimed twice, an import run again. monitor/events/ lists the kinds.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, ClassVar, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from monitor.model import Utc

KINDS: dict[str, type["Event"]] = {}  # every kind of event, by its registered name


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened at an instant (aware UTC)."""

    at: Utc

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1  # of the kind's shape
    _stream: ClassVar[str] = ""
    _key: ClassVar[tuple[str, ...]] = ()

    @property
    def id(self) -> str:
        """32 hex digits: BLAKE2b-128 of the kind and the key fields."""
        key = [self.kind, *(getattr(self, field) for field in self._key)]
        return blake2b(msgspec.json.encode(key), digest_size=16).hexdigest()

    @property
    def stream(self) -> str:
        """The story this event belongs to, such as ``feed/bbc-world``."""
        return self._stream.format_map({name: getattr(self, name) for name in _fields_of(self._stream)})


class Recorded(NamedTuple):
    """An event at its place in the log; positions start at 1 and have no holes."""

    position: int
    event: Event


class Head(NamedTuple):
    """The end of the log: its last position and the chain's hash there (hex)."""

    position: int
    hash: str


EventType = TypeVar("EventType", bound=type[Event])


def event(*, stream: str, key: Iterable[str], version: int = 1) -> Callable[[EventType], EventType]:
    """Register a kind of event under its class name, with its stream and the fields that make it that event."""

    def register(cls: EventType) -> EventType:
        cls.kind, cls.version, cls._stream, cls._key = cls.__name__, version, stream, tuple(key)
        KINDS[cls.kind] = cls
        return cls

    return register


def _fields_of(stream: str) -> list[str]:
    return [part.split("}")[0] for part in stream.split("{")[1:]]


def fields(kind: type[Event]) -> dict[str, Any]:
    """The fields of a kind and their types, in order; for the reference page."""
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def utc(text: str) -> datetime:
    """An instant from its ISO form, such as ``2024-09-11T12:00:00Z``."""
    return msgspec.convert(text, Utc)
