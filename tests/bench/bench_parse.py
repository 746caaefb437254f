"""What reading a document costs: as feedparser comes, our way, with one new entry, with none, and known by its hash.

    .venv/bin/python tests/bench/bench_parse.py [FEEDS] [ITEMS]

In this process and without a cage, over feeds that the bench writes itself, and over the shared data set where that
lies beside the project. Read the ratios: machines differ, and are busy.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from monitor.feeds import cut, delta, sandbox_feedparser
from monitor.feeds.heard import Heard, Job, Reply
from monitor.feeds.sandbox_child import read
from monitor.model import PollState

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "feeds"
ROUNDS = 3  # the quickest counts
TEXT = "Кабмін затвердив перелік доріг the harbour board has voted to dredge the northern quay before winter"
WORDS = TEXT.split()


def written(feeds: int, items: int) -> list[bytes]:
    """RSS and Atom in turn, with an article of 300 words in each entry."""
    article = " ".join(f"&lt;p&gt;{' '.join(WORDS)} &amp;amp; more&lt;/p&gt;" for _ in range(20))

    def rss(feed: int, n: int) -> str:
        return (
            f"<item><title>{WORDS[n % 9]} {n}</title><guid>{feed}-{n}</guid><link>https://quay.example/{feed}/{n}</link>"
            f"<description>{' '.join(WORDS)}</description><content:encoded>{article}</content:encoded>"
            f"<pubDate>Wed, 11 Sep 2024 {n % 24:02}:00:00 GMT</pubDate><category>ports</category></item>"
        )

    def atom(feed: int, n: int) -> str:
        return (
            f"<entry><title>{WORDS[n % 9]} {n}</title><id>tag:{feed}-{n}</id><link href='https://quay.example/{n}'/>"
            f"<summary>{' '.join(WORDS)}</summary><content type='html'>{article}</content>"
            f"<updated>2024-09-11T{n % 24:02}:00:00Z</updated><author><name>Ada Pike</name></author></entry>"
        )

    content = "xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    heads = (
        (f"<rss version='2.0' {content}><channel><title>q</title>", rss, "</channel></rss>"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><title>q</title>", atom, "</feed>"),
    )
    found = []
    for feed in range(feeds):
        head, entry, foot = heads[feed % 2]
        found.append("".join([head, *(entry(feed, n) for n in range(items)), foot]).encode())
    return found


def shared() -> list[bytes]:
    """The sites' feeds of the data set."""
    if not DATA.exists() or shutil.which("zstd") is None:
        return []
    rows = [json.loads(line) for line in (DATA / "index.jsonl").read_text().splitlines()]
    wanted = {row["file"] for row in rows if row["kind"] == "site_feed_5plus"}
    unpack = subprocess.Popen(["zstd", "-dc", "--long=27", DATA / "feeds.tar.zst"], stdout=subprocess.PIPE)
    with unpack, tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        return [
            archive.extractfile(member).read()
            for member in archive
            if member.name.removeprefix("./").removeprefix("feeds/") in wanted
        ]


def heard(body: bytes, entries: bytes = b"") -> Heard:
    return read(Job(feed="quay", base="https://quay.example/", lang="", content_type="", body=body, entries=entries))


def milliseconds(work: Callable[..., object], jobs: Iterable[tuple[object, ...]]) -> list[float]:
    """CPU of each job; the quickest of the rounds."""
    best: list[float] = []
    for job in jobs:
        times = []
        for _ in range(ROUNDS):
            began = time.process_time()
            work(*job)
            times.append((time.process_time() - began) * 1000)
        best.append(min(times))
    return best


def measure(title: str, bodies: list[bytes]) -> None:
    known = [heard(body).entries for body in bodies]
    plain, sandbox_feedparser.PRIVATE = sandbox_feedparser.PRIVATE, {}
    whole = milliseconds(heard, [(body,) for body in bodies])
    sandbox_feedparser.PRIVATE = plain
    states = [PollState(feed="quay", body_hash=delta.body_hash(body)) for body in bodies]
    replies = [Reply(url="", status=200, body=body) for body in bodies]
    rows = [
        ("feedparser as it comes", whole),
        ("our way, all new", milliseconds(heard, [(body,) for body in bodies])),
        ("one entry is new", milliseconds(heard, zip(bodies, (all[cut.RECORD :] for all in known), strict=True))),
        ("no entry is new", milliseconds(heard, zip(bodies, known, strict=True))),
        ("the same body", milliseconds(delta.unchanged, zip(states, replies, strict=True))),
    ]
    print(f"{title}: {len(bodies)} documents of {sum(map(len, bodies)) / len(bodies) / 1024:.0f} KiB\n")
    print(f"{'':26}{'mean ms':>10}{'median ms':>12}{'of the first':>14}")
    for name, times in rows:
        share = sum(times) / sum(whole)
        print(f"{name:26}{sum(times) / len(times):10.2f}{sorted(times)[len(times) // 2]:12.2f}{share:14.3f}")
    print()


def main(feeds: int, items: int) -> None:
    measure("feeds written here", written(feeds, items))
    if sites := shared():
        measure("feeds of real sites", sites)


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:3]] or [40, 30])
