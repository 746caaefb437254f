"""How long `rules try` and `rules diff` take over a long history.

    .venv/bin/python tests/bench/bench_try.py [ITEMS]

Items are those of the shared set beside the project where it is there (and zstd is), else made up. Beside them in the
same run: reading the same items back without any rule, which is the floor.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from shutil import which

from monitor.events import Head, ItemSeen, Recorded
from monitor.service import backtest
from monitor.service.backtest import Rules
from monitor.views.sqlite import Views

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "items" / "items.jsonl.zst"
NOW = datetime(2024, 9, 11, tzinfo=UTC)
RULE = (ROOT / "rules" / "imf-tranche.toml").read_text()
TERMS = (ROOT / "rules" / "terms.toml").read_text()
MADE_UP = ["Kyiv talks on long-range weapons go on", "The IMF agrees to a tranche for Ukraine", "Rain falls in spring"]


def headlines() -> Iterator[tuple[str, str]]:
    if not SHARED.exists() or which("zstd") is None:
        yield from ((title, " ".join(MADE_UP)) for title in cycle(MADE_UP))
        return
    while True:
        with subprocess.Popen(["zstd", "-dc", "--long=27", SHARED], stdout=subprocess.PIPE) as unpack:
            for line in unpack.stdout or ():
                item = json.loads(line)
                yield item["title"] or "", item["summary"] or ""


class Told:
    """A log of so many items."""

    def __init__(self, count: int) -> None:
        self.count = count

    def read(self, after: int = 0) -> Iterator[Recorded]:
        for n, (title, summary) in enumerate(islice(headlines(), after, self.count), start=after + 1):
            at = NOW + timedelta(seconds=n)
            seen = ItemSeen(at=at, item=f"{n:032x}", feed="outlet", title=title[:300], summary=summary[:2000])
            yield Recorded(n, seen)

    def head(self) -> Head:
        return Head(self.count, "")


def read_only(piece: backtest.Piece) -> int:
    """The floor: the items, and nothing done with them."""
    views = Views(piece.views, write=False)
    count = sum(1 for _ in views.between(piece.first, piece.last, piece.since))
    views.close()
    return count


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "views.db"
        views = Views(path)
        began = time.perf_counter()
        views.follow(Told(count))
        print(f"{count} items folded in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 2**20:.0f} MiB\n")
        one = Rules((("imf-tranche.toml", RULE), ("terms.toml", TERMS)), "rules")
        every = Rules(tuple(sorted((p.name, p.read_text()) for p in (ROOT / "rules").glob("*.toml"))), "rules")
        floor = 0.0
        print(f"{os.cpu_count()} cores{'':16}{'seconds':>10}{'x reading':>12}{'caught':>10}")
        for name, work, rules in (
            ("reading only", read_only, one),
            ("try, one rule", backtest.caught, one),
            ("try, shipped rules", backtest.caught, every),
            ("report, shipped rules", backtest.counted, every),
        ):
            began = time.perf_counter()
            pieces = backtest.pieces(views, path, NOW, rules, {})
            found = list(backtest.over(work, pieces))
            took = time.perf_counter() - began
            floor = floor or took
            caught = sum(len(some) for some in found) if work is backtest.caught else ""
            print(f"{name:24}{took:10.1f}{took / floor:12.1f}{caught:>10}")
        views.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)
