"""Door: one request at a time to a host, and a pause between their beginnings; few connections left open."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MOST_GATES = 4096  # hosts remembered before those that nobody waits for are forgotten
MOST_IDLE = 256  # connections that nobody uses; a process may have 1,024 files, and needs some for other things


class _Gate:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self.opens = 0.0  # by the loop's clock


class Pace:
    """Turns at hosts.

    Args:
        spacing: seconds between two turns' beginnings.
    """

    def __init__(self, spacing: float) -> None:
        self._spacing = spacing
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn at the host, and hold it."""
        clock = asyncio.get_running_loop().time
        gate = self._gates.setdefault(host, _Gate())
        gate.users += 1
        try:
            async with gate.lock:
                if (wait := gate.opens - clock()) > 0:
                    await asyncio.sleep(wait)
                gate.opens = clock() + self._spacing
                yield
        finally:
            gate.users -= 1
            if len(self._gates) > MOST_GATES:
                self._gates = {h: g for h, g in self._gates.items() if g.users or g.opens > clock()}


class Idle:
    """How many connections are left open behind their requests, at most.

    Args:
        kept: seconds until one that nobody uses is closed.
    """

    def __init__(self, kept: float) -> None:
        self._kept = kept
        self._ends: deque[float] = deque()

    def has_room(self, now: float) -> bool:
        """Whether the connection of a request that begins now may be left open; if so, it is counted."""
        while self._ends and self._ends[0] <= now:
            self._ends.popleft()
        if len(self._ends) == MOST_IDLE:
            return False
        self._ends.append(now + self._kept)
        return True
