"""A process that is there to be killed: threads append, and say which events were acknowledged, until the end.

``python -m log.writer BACKEND FOLDER SEED``, run in tests/; each line that it prints is ``position id``. The lines of a
batch are one write, shorter than what a pipe takes at once, so that none is torn.
"""

import os
import sys
from hashlib import blake2b
from itertools import count
from pathlib import Path
from threading import Thread

from log.backends import BACKENDS

from monitor.events import ItemSeen, utc
from monitor.log import Log

THREADS = 4
AT = utc("2024-09-11T12:00:00Z")


def dice(*of: object) -> int:
    """A number that looks like chance and is the same every time."""
    return int.from_bytes(blake2b(repr(of).encode(), digest_size=8).digest())


def tell(log: Log, seed: str, thread: int) -> None:
    for n in count():
        size = dice(seed, thread, n) % 5 + 1
        items = [f"{dice(seed, thread, n, m):032x}" for m in range(size)]
        title = "x" * (dice(seed, n) % 3_000)
        new = log.append([ItemSeen(at=AT, item=item, feed="wire", title=title) for item in items])
        os.write(1, "".join(f"{recorded.position} {recorded.event.id}\n" for recorded in new).encode())


if __name__ == "__main__":
    log = BACKENDS[sys.argv[1]](Path(sys.argv[2]))
    for thread in range(THREADS):
        Thread(target=tell, args=(log, sys.argv[3], thread)).start()
