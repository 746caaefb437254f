"""Spoilt feeds through the parser's cage: how often our part of the parser fails, and how the parent's memory grows.

    .venv/bin/python tests/bench/bench_fuzz.py [INPUTS] [FIRST]

Each input has a number and is made anew from it alone: what fails is found again by INPUTS 1 and its number as FIRST.
Besides the documents written here it spoils those of the shared data set, where that lies beside the project.
"""

import asyncio
import collections
import json
import random
import shutil
import subprocess
import sys
import tarfile
import time
from datetime import timedelta
from pathlib import Path

from monitor.feeds.heard import Heard, Reply
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "feeds" / "feeds.tar.zst"
LARGEST = 60_000  # bytes of a document that is spoilt; larger ones are cut
WARM = 2_000  # inputs before the memory is looked at for the first time
LANES = 2
SPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"'
)
RSS = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" {SPACES}><channel><title>The Herald</title><link>https://herald.example/</link><ttl>30</ttl>
<language>uk</language><skipHours><hour>3</hour></skipHours>
<item><title>Grain leaves Odesa &amp; Izmail</title><link>https://herald.example/1</link>
<guid isPermaLink="false">h1</guid>
<pubDate>Wed, 11 Sep 2024 12:00:00 +0300</pubDate><description>&lt;p&gt;Two ships&#8217; holds&lt;/p&gt;</description>
<dc:creator>Ann Lee</dc:creator><category domain="x">Ports</category><enclosure url="https://herald.example/1.mp3"/></item>
<item><title><![CDATA[Міністр <b>каже</b>]]></title><guid>https://herald.example/2</guid>
<media:content url="x"><media:title>Ship</media:title><media:description type="plain">A ship</media:description>
<media:credit role="author">Bob</media:credit></media:content>
<content:encoded><![CDATA[<p>All of it</p>]]></content:encoded><atom:link rel="self" href="/2"/></item>
<item><title>Bridge returned error 404! (20245)</title><author>a@herald.example (Ann)</author></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="pl" xml:base="https://herald.example/">
<title type="html">Herald</title><link rel="self" href="/f"/><author><name>Desk</name></author><entry xml:base="a/">
<id>urn:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One <b>two</b></div></title><link href="1"/>
<updated>2024-09-11T12:00:00Z</updated><summary type="text">Short</summary><content type="html">&lt;i&gt;x</content>
<category term="t" label="T"/></entry>
<entry><id>urn:2</id><title>Two</title><source><title>S</title></source></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel rdf:about="https://herald.example/"><title>H</title>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel>
<item rdf:about="https://herald.example/1"><title>One</title><link>https://herald.example/1</link></item></rdf:RDF>"""
CDF = (
    '<CHANNEL HREF="https://herald.example/"><TITLE>H</TITLE>'
    '<ITEM HREF="/1" LASTMOD="2024-09-11"><TITLE>One</TITLE></ITEM></CHANNEL>'
)
SITEMAP = """<?xml version="1.0"?><urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url>
<loc>https://herald.example/1</loc><news:news><news:publication><news:name>H</news:name><news:language>en</news:language>
</news:publication><news:publication_date>2024-09-11</news:publication_date><news:title>One</news:title></news:news></url></urlset>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://herald.example/",
        "authors": [{"name": "Desk"}],
        "items": [
            {
                "id": 1,
                "url": "/1",
                "title": "One",
                "content_html": "<p>x</p>",
                "date_published": "2024-09-11T12:00:00Z",
            },
            {"id": "2", "external_url": "https://a.example/2", "content_text": "Two", "tags": ["a", "b"]},
        ],
    }
)
OURS = [text.encode() for text in (RSS, ATOM, RDF, CDF, SITEMAP, JSON)]
TOKENS = [
    *(
        b"<",
        b">",
        b"&",
        b"]]>",
        b"<![CDATA[",
        b"<!--",
        b"-->",
        b"<?",
        b"?>",
        b"/>",
        b'"',
        b"'",
        b"\0",
        b"\xff",
        b"\x1b[",
    ),
    *(b"<item>", b"</item>", b"<entry>", b"</entry>", b"<link/>", b"<title>", b"</title>", b"<source>", b"</channel>"),
    *(b"<image>", b"<textinput>", b"<author>", b"<content type='x/y' mode='base64'>", b"<svg>", b"<guid>", b"<div>"),
    *(
        b"&#xD800;",
        b"&#x110000;",
        b"&#0;",
        b"&nbsp;",
        b"&amp;lt;",
        b"&#99999999999;",
        b"{",
        b"}",
        b"[",
        b"null",
        b"1e309",
    ),
    *(
        b" xml:base='http://[x'",
        b" xml:lang='\xc3'",
        b" href='javascript:x'",
        b" xmlns='x'",
        b" type='xhtml'",
        b"-1",
        b"9" * 40,
    ),
    *(b"<!DOCTYPE x [", b"<!ENTITY a 'b'>", b"<psc:chapter/>", b"<georss:point>1</georss:point>", b"<itunes:explicit>"),
    *("\u202e".encode(), "ї".encode(), "\ufeff".encode(), "😀".encode(), b"\r\n" * 30, b"<media:description/>"),
]
TAG = (
    b"item",
    b"entry",
    b"title",
    b"link",
    b"guid",
    b"id",
    b"description",
    b"content",
    b"channel",
    b"author",
    b"url",
    b"rss",
)
ENCODINGS = ("utf-16", "utf-16-be", "utf-32", "cp1251", "latin-1", "utf-7", "koi8-r", "gb18030", "shift_jis", "cp037")


def corpus() -> list[bytes]:
    """The documents to be spoilt: six of ours, and the shared ones."""
    if not DATA.exists() or shutil.which("zstd") is None:
        return OURS
    unpack = subprocess.Popen(["zstd", "-dc", "--long=27", DATA], stdout=subprocess.PIPE)
    with unpack, tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        found = [archive.extractfile(member).read(LARGEST) for member in archive if member.isfile()]  # type: ignore[union-attr]
    return OURS * 50 + [body for body in found if body]


def spoilt(number: int, documents: list[bytes]) -> bytes:
    """The input of that number."""
    dice = random.Random(number)
    body = dice.choice(documents)
    for _ in range(dice.choice((1, 1, 2, 3, 5, 8))):
        body = dice.choice(WAYS)(body, dice, documents)[: 2 * LARGEST]
    return body


def flipped(body: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    """A few bytes are others."""
    changed = bytearray(body)
    for _n in range(dice.choice((1, 2, 10)) if changed else 0):
        changed[dice.randrange(len(changed))] = dice.choice((dice.randrange(256), ord("<"), ord("&"), 0, 0xC3))
    return bytes(changed)


def cut(body: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    """A piece is missing: the end, the beginning, or one between."""
    start, end = _span(body, dice)
    return dice.choice((body[:start], body[end:], body[:start] + body[end:]))


def spliced(body: bytes, dice: random.Random, documents: list[bytes]) -> bytes:
    """A piece of another document stands in it."""
    other = dice.choice(documents)
    (start, end), at = _span(other, dice), dice.randrange(len(body) + 1)
    return body[:at] + other[start:end] + body[at:]


def doubled(body: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    """A piece stands there again and again."""
    start, end = _span(body, dice)
    return body[:end] + body[start:end] * dice.choice((1, 1, 5, 50)) + body[end:]


def planted(body: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    """Something that parsers stumble over stands in it."""
    at = dice.randrange(len(body) + 1)
    return body[:at] + dice.choice(TOKENS) * dice.choice((1, 1, 1, 3, 100)) + body[at:]


def renamed(body: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    """Elements or attributes go by another's name."""
    return body.replace(dice.choice(TAG), dice.choice(TAG), dice.choice((1, 3, -1)))


def encoded(body: bytes, dice: random.Random, _: list[bytes]) -> bytes:
    """It is written in another encoding, or says so, or both."""
    name = dice.choice(ENCODINGS)
    text = body.decode("utf-8", "replace")
    if dice.random() < 0.6:
        text = text.replace("utf-8", name, 1)
    return text.encode(name, "replace") if dice.random() < 0.6 else text.encode()


WAYS = (flipped, cut, spliced, doubled, planted, planted, renamed, encoded)


def _span(body: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(body) + 1)
    return start, min(len(body), start + dice.choice((1, 10, 100, 1_000, 10_000)))


def memory() -> float:
    """What this process holds, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


async def main(inputs: int, first: int) -> None:
    """Spoil, parse, count, print."""
    documents = corpus()
    lots: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    queue = iter(range(first, first + inputs))
    warm = memory()
    began = time.perf_counter()

    async def lane(sandbox: Sandbox, name: str) -> None:
        nonlocal warm
        feed = Feed(id=name, url="https://herald.example/f.xml", title=name, interval=timedelta(minutes=15))
        entries = b""
        for number in queue:
            reply = Reply(url=feed.url, status=200, body=spoilt(number, documents))
            heard: Heard = await sandbox.parse(feed, reply, entries)
            entries = heard.entries or entries
            lots[heard.trouble.code if heard.trouble else "ok"] += 1
            if heard.trouble and heard.trouble.code == "parser":
                wrong.append(f"{number}: {heard.trouble.text}")
            if heard.trouble and heard.trouble.code == "parse_budget":
                print(f"  {number}: {heard.trouble.text}", flush=True)
            if number == first + WARM:
                warm = memory()

    async with Sandbox(workers=LANES) as sandbox:
        await asyncio.gather(*(lane(sandbox, f"lane-{n}") for n in range(LANES)))
    took = time.perf_counter() - began
    print(f"{inputs} inputs from {len(set(documents))} documents in {took:.0f} s")
    print("  " + ", ".join(f"{lot} {number}" for lot, number in lots.most_common()))
    print(f"  mistakes of ours {lots['parser']}, killed {lots['parse_budget']}, memory {memory() - warm:+.1f} MiB")
    for line in wrong[:20]:
        print(f"  {line}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    asyncio.run(main(*(given + [100_000, 0][len(given) :])))
