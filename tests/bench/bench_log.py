"""How fast the log takes events, beside the floor: the same bytes appended to a file with one fdatasync a batch.

    python tests/bench/bench_log.py [FOLDER]

Floor and log take turns in short slices, so that both meet the same noise: read the ratio, not the figures. FOLDER is
on the disk to be measured; without it, a temporary one. In the last line of the table the floor is one thread syncing
each event, the log is many threads that share syncs: the slower a disk syncs, the better the log comes out.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from time import perf_counter

from monitor.events import Event, ItemSeen, utc
from monitor.log.codec import encode
from monitor.log.sqlite import SqliteLog

SLICE = 0.2  # seconds
ROUNDS = 5  # slices of each
THREADS = 16
AT = utc("2024-09-11T12:00:00Z")
SUMMARY = "The mission ended its work on Tuesday; the board is expected to decide in autumn. " * 3
numbers = count()


def fresh(size: int) -> list[Event]:
    """Events of about 500 bytes that the log does not know."""
    names = [f"{n * 0x9E3779B97F4A7C15 % 2**64:032x}" for n, _ in zip(numbers, range(size), strict=False)]
    return [
        ItemSeen(
            at=AT,
            item=name,
            feed="dnipro-herald",
            guid=name,
            url=f"https://example.org/{name}",
            title=name,
            summary=SUMMARY,
        )
        for name in names
    ]


def slice_of(work: Callable[[list[Event]], object], size: int) -> tuple[int, float]:
    """Events taken and seconds spent in one slice."""
    done, spent = 0, 0.0
    while spent < SLICE:
        events = fresh(size)
        start = perf_counter()
        work(events)
        spent += perf_counter() - start
        done += size
    return done, spent


def rates(size: int, *works: Callable[[list[Event]], object]) -> list[float]:
    """Events a second of each work, taking turns."""
    totals = [(0, 0.0)] * len(works)
    for _ in range(ROUNDS):
        for n, work in enumerate(works):
            done, spent = slice_of(work, size)
            totals[n] = (totals[n][0] + done, totals[n][1] + spent)
    return [done / spent for done, spent in totals]


def show(what: str, floor: float, log: float) -> None:
    print(f"{what:<28} {floor:>10,.0f} {log:>10,.0f} {log / floor:>7.2f}")


def main(folder: Path) -> None:
    file = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def floor(events: list[Event]) -> None:
        os.write(file, b"\n".join(map(encode, events)))
        os.fdatasync(file)

    with SqliteLog.open(folder / "log.db") as log, ThreadPoolExecutor(THREADS) as people:
        print(f"{'events a second':<28} {'floor':>10} {'log':>10} {'ratio':>7}")
        for size in 1, 10, 100, 1_000:
            show(f"batches of {size}", *rates(size, floor, log.append))

        def one_by_one(events: list[Event]) -> None:
            list(people.map(lambda event: log.append([event]), events))

        alone, together = rates(THREADS * 8, lambda events: [floor([event]) for event in events], one_by_one)
        show(f"{THREADS} threads, one at a time", alone, together)

        start = perf_counter()
        known = sum(1 for _ in log.read())
        reading = known / (perf_counter() - start)
        start = perf_counter()
        log.verify()
        verifying = known / (perf_counter() - start)
        print(f"\n{known:,} events: read {reading:,.0f} a second, verified {verifying:,.0f} a second")
        size = (folder / "log.db").stat().st_size
        print(f"{size / known:,.0f} bytes an event on disk, of which {len(encode(fresh(1)[0]))} are its fields")
    os.close(file)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as folder:
        main(Path(folder))
