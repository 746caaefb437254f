"""Events as bytes and back: what was written once can be read for ever. Pure.

A stored event is the JSON of its fields. A kind whose shape changes raises its ``version`` in monitor/events/, adds
here one upcast from the shape before it, and one golden line in tests/log/golden.jsonl. An upcast leaves the fields of
the kind's key as they were, for an event's id never changes.

A line (JSON Lines, for export and import) is the same object with three keys before the fields::

    {"id":"5d0c...","kind":"FeedRecovered","version":1,"at":"2024-09-11T12:00:00Z","feed":"bbc-world",...}
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

import msgspec
from msgspec import DecodeError, Struct

from monitor.errors import LogDamaged, LogRefused
from monitor.events import KINDS, Event

Fields: TypeAlias = dict[str, Any]

UPCASTS: dict[tuple[str, int], Callable[[Fields], Fields]] = {  # (kind, version): its fields -> the next version's
    ("FeedMoved", 1): lambda fields: {**fields, "source": ""},  # of no URL that could still stand in config.toml
    ("DigestQueued", 1): lambda fields: {**fields, "headlines": [], "stories": [], "withheld": []},
    ("FeedGone", 1): lambda fields: {**fields, "source": ""},
}

UPGRADE = "a later version of monitor wrote this; upgrade"
RESTORE = "take it from a backup or another export"
UNREADABLE = (DecodeError, UnicodeError, RecursionError)  # what msgspec makes of bytes that are no such JSON
LINES = 'each line is one event as "monitor log export" writes it: id, kind, version, at and its fields'


class Label(Struct, frozen=True, kw_only=True):
    """What a line says of itself before its fields."""

    id: str
    kind: str
    version: int


def encode(event: Event) -> bytes:
    """The event's fields as JSON; kind and version are kept beside it."""
    return msgspec.json.encode(event)


def decode(kind: str, version: int, body: bytes) -> Event:
    """The event that ``encode`` was given, in today's shape.

    Raises:
        LogRefused: a kind or version that this program does not know yet; skipping it would tell half a story.
        LogDamaged: the body is not what that kind and version look like.
    """
    shape = KINDS.get(kind)
    if shape is None:
        raise LogRefused(f"unknown kind of event {kind!r}", hint=UPGRADE)
    if version > shape.version:
        raise LogRefused(f"{kind} of version {version}; this program knows {shape.version}", hint=UPGRADE)
    if version < 1:
        raise LogDamaged(f"there is no version {version} of {kind}", hint=RESTORE)
    try:
        return _decoder(shape).decode(body) if version == shape.version else _upcast(shape, version, body)
    except UNREADABLE as wrong:
        raise LogDamaged(f"this is no {kind} of version {version}: {wrong}", hint=RESTORE) from wrong


def to_line(event: Event) -> str:
    """The event as one line of JSON, without the line's end."""
    label = msgspec.json.encode(Label(id=event.id, kind=event.kind, version=event.version))
    return (label[:-1] + b"," + encode(event)[1:]).decode()


def from_line(line: str, where: str) -> Event:
    """The event of a line.

    Args:
        line: what ``to_line`` of this version or an older one wrote.
        where: ``file:line``, for complaints.

    Raises:
        LogRefused: a kind or version from the future.
        LogDamaged: the line is no event, or its content does not give the id that it states.
    """
    try:
        label = msgspec.json.decode(line, type=Label)
    except UNREADABLE as wrong:
        raise LogDamaged(f"this is no event: {wrong}", where=where, hint=LINES) from wrong
    try:
        event = decode(label.kind, label.version, line.encode())
    except (LogRefused, LogDamaged) as wrong:
        wrong.where = where
        raise
    if event.id != label.id:
        message = f"the line says id {label.id}, its content gives {event.id}"
        raise LogDamaged(message, where=where, hint="the line was changed after it was written; export it again")
    return event


def _upcast(shape: type[Event], version: int, body: bytes) -> Event:
    fields = msgspec.json.decode(body, type=Fields)
    for old in range(version, shape.version):
        fields = UPCASTS[shape.kind, old](fields)
    return msgspec.convert(fields, shape)


@cache
def _decoder(shape: type[Event]) -> msgspec.json.Decoder[Event]:
    return msgspec.json.Decoder(shape)
