"""Real sites' feeds, through the cage; needs the shared data set beside the project."""

import asyncio
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from monitor.feeds.heard import Reply
from monitor.feeds.sandbox import Sandbox

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "feeds"
FEWEST = 215  # of the site feeds with five entries or more that must give items


@pytest.fixture(scope="module")
def documents():
    if not DATA.exists():
        pytest.skip("the shared data set is not there")
    if shutil.which("zstd") is None:
        pytest.skip("the zstd command is not there")
    rows = [json.loads(line) for line in (DATA / "index.jsonl").read_text().splitlines()]
    wanted = {row["file"] for row in rows if row["kind"] == "site_feed_5plus"}
    unpack = subprocess.Popen(["zstd", "-dc", "--long=27", DATA / "feeds.tar.zst"], stdout=subprocess.PIPE)
    with unpack, tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        return {
            name: archive.extractfile(member).read()
            for member in archive
            if (name := member.name.removeprefix("./").removeprefix("feeds/")) in wanted
        }


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
