"""The chain: each row is sealed by a hash that covers its content and the seal of the row before it. Pure.

    seal(n) = BLAKE2b-256( seal(n - 1) + JSON [position, id, kind, version, stream, at] + newline + body )

So no event can be changed, taken out, put in or moved without breaking the chain at that place.

Two things a chain alone cannot show: a tail that was cut off (a shorter chain is a whole chain), and a chain that was
forged anew from some place on by someone with the file in hand. Both are seen by comparing the head's hash with one
that was kept elsewhere: every digest carries it in its footer.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from monitor.events import Event
from monitor.log.codec import encode

FOUNDING = blake2b(b"monitor log 1", digest_size=32).digest()  # the seal before the first row


class Draft(NamedTuple):
    """An event made ready to be remembered, before it has a place."""

    event: Event
    id: str
    kind: str
    version: int
    stream: str
    at: str
    body: bytes


class Row(NamedTuple):
    """An event as it is stored. The annotations are what was written; a damaged file may hold anything."""

    position: int
    id: str
    kind: str
    version: int
    stream: str
    at: str
    body: bytes
    prev: bytes  # the seal of the row before
    hash: bytes  # the seal of this row


class Link(NamedTuple):
    """A place in the chain: a position and the seal there."""

    position: int
    hash: bytes


START = Link(0, FOUNDING)


def draft(event: Event) -> Draft:
    """Everything of a row that does not depend on its place."""
    at = msgspec.to_builtins(event.at)
    return Draft(event, event.id, event.kind, event.version, event.stream, at, encode(event))


def row_after(before: Link, new: Draft) -> Row:
    """The row that follows ``before``."""
    content = (before.position + 1, new.id, new.kind, new.version, new.stream, new.at)
    return Row(*content, new.body, before.hash, _seal(before.hash, content, new.body))


def is_whole(row: Row) -> bool:
    """The row's own seal is right; whether it follows the row before it is not asked."""
    *content, body, prev, seal = row
    # A flipped type turns text into bytes or bytes into text; JSON tells them apart, joining bytes would not.
    return type(body) is bytes and type(prev) is bytes and seal == _seal(prev, content, body)


def fault(before: Link, row: Row) -> str:
    """What is wrong with the row that was found behind ``before``, naming the position; empty if nothing is."""
    position = before.position + 1
    if row.position > position:
        return f"event {position} is missing"
    if row.position < position:
        return f"event {position} is missing: event {row.position} stands in its place"
    if not is_whole(row):
        return f"event {position} was changed"
    if row.prev != before.hash:
        return f"event {position} does not follow event {before.position}: one of them was replaced"
    return ""


def _seal(prev: bytes, content: Sequence[object], body: bytes) -> bytes:
    return blake2b(prev + msgspec.json.encode(content) + b"\n" + body, digest_size=32).digest()
