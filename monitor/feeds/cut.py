"""What each entry of a document was, byte for byte, and what it became. Pure.

``Heard.entries``, ``PollState.entries`` and ``Job.entries`` hold one record for each entry of a document, in document
order: 8 bytes hash of the entry, 16 bytes item id, 8 bytes hash of its clash key.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from monitor.model import ItemId

HASH = 8  # bytes, of an entry and of a clash key
ID = 16  # bytes of an item id, which is 32 hex digits
RECORD = HASH + ID + HASH  # bytes
NO_HASH = bytes(HASH)


class Entry(NamedTuple):
    """One entry of a document."""

    hash: bytes  # of its bytes and of what they stand in; zeros: not known, it is read at every poll
    item: ItemId  # what it became; empty if it is no item
    clash: bytes  # hash of its guid, or else its link: what others must share to change its id; zeros without either


def pack(entries: Iterable[Entry]) -> bytes:
    """The records as one run of bytes."""
    return b"".join(entry.hash + (bytes.fromhex(entry.item) or bytes(ID)) + entry.clash for entry in entries)


def unpack(entries: bytes) -> list[Entry]:
    """The records of ``pack``; none if the bytes are not records."""
    if len(entries) % RECORD:
        return []
    return [
        Entry(
            entries[at : at + HASH],
            entries[at + HASH : at + HASH + ID].hex() if any(entries[at + HASH : at + HASH + ID]) else "",
            entries[at + HASH + ID : at + RECORD],
        )
        for at in range(0, len(entries), RECORD)
    ]


def items_of(entries: bytes) -> tuple[ItemId, ...]:
    """The items of a document in its order, each once."""
    return tuple(dict.fromkeys(entry.item for entry in unpack(entries) if entry.item))


def clash(guid: str, link: str) -> bytes:
    """Hash of the key that an entry's id hangs on together with others that bear it."""
    if not guid and not link:
        return NO_HASH
    return blake2b((f"guid {guid}" if guid else f"link {link}").encode(), digest_size=HASH).digest()
