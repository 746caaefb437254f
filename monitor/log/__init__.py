"""The event log: what was remembered, in the order it was remembered. Five laws, which every backend keeps:

1. Idempotent.       An event whose id is known changes nothing, for ever.
2. No overtaking.    Once a reader saw position p, nothing new ever appears at or below p.
3. Atomic.           The events of one append are remembered together or not at all.
4. Durable.          ``append`` returns after the storage engine has synced.
5. Append-only.      No update, delete or replace by any path of ours; each row carries the hash of the row before it,
                     so ``verify`` names the first event that was changed or is missing.

tests/log/test_laws.py holds every backend to them.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from monitor.events import Event, Head, Recorded


class Log(Protocol):
    """What a backend offers. Every method may be called from any thread."""

    def append(self, events: Sequence[Event]) -> list[Recorded]:
        """Remember the events and return those that were new, in order, once they are on the disk.

        Appends that wait for each other are committed together; each caller still gets its own answer.

        Raises:
            StorageError: the disk is full or cannot be written; nothing of this append was remembered.
        """
        ...

    def read(self, after: int = 0, stream: str = "") -> Iterator[Recorded]:
        """The events behind position ``after``, in order; with ``stream``, only those of that stream."""
        ...

    def head(self) -> Head:
        """The last position and the chain's hash there; position 0 and the founding hash in an empty log."""
        ...

    def verify(self) -> Head:
        """Read the whole chain again.

        Raises:
            LogDamaged: names the first position whose event was changed, or that is missing.
        """
        ...

    def close(self) -> None:
        """Let go of the log; a second close is nothing."""
        ...
