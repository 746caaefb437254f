"""Real sites' feeds, through the cage; needs the shared data set beside the project."""

import asyncio
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from monitor.feeds import cut, sandbox_feedparser
from monitor.feeds.heard import Job, Reply
from monitor.feeds.sandbox import Sandbox
from monitor.feeds.sandbox_child import read

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "feeds"
FEWEST = 215  # of the site feeds with five entries or more that must give items
FEWEST_CUT = 190  # of the site feeds that must be cut when one of their entries is new


@pytest.fixture(scope="module")
def everything():
    """Every document of the data set by name, and the names of the sites' feeds."""
    if not DATA.exists():
        pytest.skip("the shared data set is not there")
    if shutil.which("zstd") is None:
        pytest.skip("the zstd command is not there")
    rows = [json.loads(line) for line in (DATA / "index.jsonl").read_text().splitlines()]
    unpack = subprocess.Popen(["zstd", "-dc", "--long=27", DATA / "feeds.tar.zst"], stdout=subprocess.PIPE)
    with unpack, tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        documents = {
            member.name.removeprefix("./").removeprefix("feeds/"): archive.extractfile(member).read()
            for member in archive
            if member.isfile()
        }
    return documents, {row["file"] for row in rows if row["kind"] == "site_feed_5plus"}


@pytest.fixture(scope="module")
def documents(everything):
    found, wanted = everything
    return {name: body for name, body in found.items() if name in wanted}


def heard(body, before=b""):
    return read(Job(feed="quay", base="https://quay.example/", lang="", content_type="", body=body, entries=before))


@pytest.mark.data
async def test_real_feeds_give_items_and_the_same_ones_twice(documents, feed):
    async with Sandbox() as sandbox:

        async def ids(body):
            heard = await sandbox.parse(feed, Reply(url=feed.url, status=200, body=body))
            return heard.trouble, [item.id for item in heard.items]

        first = await asyncio.gather(*map(ids, documents.values()))
        second = await asyncio.gather(*map(ids, list(documents.values())[::4]))
    assert len(documents) > FEWEST
    assert first[::4] == second
    troubles = {name: trouble for name, (trouble, _) in zip(documents, first, strict=True) if trouble}
    assert not [name for name, trouble in troubles.items() if trouble.code in ("parser", "parse_budget", "malformed")]
    assert sum(bool(found) for _, found in first) >= FEWEST, troubles


@pytest.mark.data
def test_of_every_real_feed_what_is_new_is_read_as_it_is_read_in_the_whole(everything):
    found, sites = everything
    was_cut = set()
    for name, body in found.items():
        whole = heard(body)
        if whole.trouble or len(whole.items) < 2:
            continue
        records = cut.unpack(whole.entries)
        for before in (records[1:], records[:-1], records[len(records) // 2 :], records):
            rest = heard(body, cut.pack(before))
            assert (rest.trouble, rest.entries) == (whole.trouble, whole.entries), name
            if rest.items != whole.items:
                was_cut.add(name)
                seen = {entry.item for entry in before if entry.hash != cut.NO_HASH}
                assert rest.items == tuple(item for item in whole.items if item.id not in seen), name
    assert len(was_cut & sites) >= FEWEST_CUT


@pytest.mark.data
def test_of_every_real_feed_our_way_of_calling_feedparser_gives_what_its_own_gives(everything, monkeypatch):
    """But for bases of one entry that its own way takes for the next one's, too."""
    found, _ = everything
    ours = {name: heard(body) for name, body in found.items()}
    monkeypatch.setattr(sandbox_feedparser, "PRIVATE", {})
    other = []
    for name, body in found.items():
        public = heard(body)
        if (public.items, public.trouble) != (ours[name].items, ours[name].trouble) and b"xml:base" not in body:
            other.append((name, public.trouble, ours[name].trouble))
    assert not other
