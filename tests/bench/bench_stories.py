"""What gathering an item costs, by the size of the window: time, and the memory of the whole window.

    .venv/bin/python tests/bench/bench_stories.py [FILE.jsonl.zst]

The items are those of FILE (title and summary on each line, as in the shared data set), else made up: 60,000 words, of
which few are in many items. They come evenly within 72 hours, so that the window holds all of them; the last tenth is
timed. Each size is a process of its own. Read the ratios: machines differ, and are busy.
"""

import json
import multiprocessing
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from time import process_time

from monitor.model import Item
from monitor.stories.window import LENGTH, Window

SIZES = (1_000, 10_000, 100_000)
FIRST = datetime(2024, 9, 11, tzinfo=UTC)
OUTLETS = 500
SEED = 20240911


def texts(file: Path | None) -> Iterator[tuple[str, str]]:
    if file is None:
        yield from _made_up()
        return
    with subprocess.Popen(["zstd", "-dcq", "--long=27", file], stdout=subprocess.PIPE) as shown:
        for line in shown.stdout or ():
            row = json.loads(line)
            yield row.get("title") or "", row.get("summary") or ""


def _made_up() -> Iterator[tuple[str, str]]:
    """Titles of 10 words and summaries of 30; the n-th word is met as often as 1/n says."""
    dice = Random(SEED)
    syllables = ["ka", "lo", "vi", "mer", "tan", "sho", "du", "pri", "est", "won", "gra", "бе", "ро", "сто", "ні", "ди"]
    words = ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(60_000)]
    odds = [1 / n for n in range(1, len(words) + 1)]
    while True:
        drawn = dice.choices(words, odds, k=40_000)
        for start in range(0, len(drawn), 40):
            yield " ".join(drawn[start : start + 10]), " ".join(drawn[start + 10 : start + 40])


def fill(file: Path | None, size: int, *, weigh: bool) -> tuple[float, float, int]:
    """Microseconds an item at the end, bytes an item (0 if not weighed), and how many were joined."""
    told = list(islice(texts(file), size))
    window, joined, began = Window(), 0, 0.0
    if weigh:
        tracemalloc.start()
    for n, (title, summary) in enumerate(told):
        if n == size * 9 // 10:
            began = process_time()
        item = Item(
            id=f"{n:032x}", feed=f"feed-{n % OUTLETS}", url=f"https://o{n % OUTLETS}.example/{n}", title=title,
            summary=summary,
        )  # fmt: skip
        joined += window.add(item, FIRST + LENGTH * n / size - timedelta(seconds=1)) is not None
    took = (process_time() - began) / (size / 10) * 1e6
    return took, tracemalloc.get_traced_memory()[0] / size if weigh else 0.0, joined


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for size in SIZES:
        with multiprocessing.Pool(1) as pool:
            took, _, joined = pool.apply(fill, (file, size), {"weigh": False})
        with multiprocessing.Pool(1) as pool:
            _, each, _ = pool.apply(fill, (file, size), {"weigh": True})
        print(f"{size:7,} items: {took:4.0f} us an item, {each * size / 1e6:6.1f} MB in all, {joined:,} joined")


if __name__ == "__main__":
    main()
