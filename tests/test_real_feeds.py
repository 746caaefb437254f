"""The feeds of two hundred real sites, each served on a loopback address of its own and polled once by the service.

The set is not part of the project; where it is absent these tests are skipped.
"""

import json
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from shutil import which

import pytest
from aiohttp import web

from monitor.service.service import Service

DATA = Path(__file__).parents[2] / "shared" / "data" / "feeds"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not DATA.exists(), reason="the set of real feeds is not beside the project"),
    pytest.mark.skipif(which("zstd") is None, reason="zstd is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127.0.0.0/8"),
]


def documents() -> list[bytes]:
    """The bodies of real sites' feeds with five entries or more."""
    rows = [json.loads(line) for line in (DATA / "index.jsonl").read_text().splitlines()]
    wanted = {row["file"] for row in rows if row["kind"] == "site_feed_5plus"}
    unpack = subprocess.Popen(["zstd", "-dc", "--long=27", DATA / "feeds.tar.zst"], stdout=subprocess.PIPE)
    with unpack, tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
        named = ((member, member.name.removeprefix("./").removeprefix("feeds/")) for member in archive)
        return [archive.extractfile(member).read() for member, name in named if name in wanted]


async def test_every_real_feed_is_polled_without_a_crash_and_nearly_all_give_items(tmp_path, capsys):
    bodies = documents()

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=bodies[int(request.match_info["n"])])

    app = web.Application()
    app.router.add_get("/{n}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "0.0.0.0", 0).start()
    port = runner.addresses[0][1]
    hosts = [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(len(bodies))]
    feeds = "".join(f"[[feed]]\nid = 'f{n}'\nurl = 'http://{host}:{port}/{n}'\n" for n, host in enumerate(hosts))
    (tmp_path / "config.toml").write_text(f"[service]\nallow_hosts = {hosts}\n{feeds}")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "kyiv.toml").write_text("title = 'Kyiv'\nquery = 'kyiv OR ukraine'\n")
    try:
        with Service.open(tmp_path / "config.toml", write=True) as service:
            troubles = {
                feed.id: trouble
                async for feed, trouble in service.polling.poll_now(service.polling.chosen([]))
                if trouble is not None
            }
            await service.polling.stop()
            standings = service.history.standings()
            service.history.verify()
    finally:
        await runner.cleanup()
    giving = sum(1 for standing in standings if standing.items)
    refused = Counter(trouble.code for trouble in troubles.values())
    with capsys.disabled():
        print(
            f"\n{len(bodies)} feeds: {giving} give items, {sum(s.items for s in standings)} in all; refused {refused}"
        )
    assert len(standings) == len(bodies) > 200
    assert giving >= 0.97 * len(bodies)
    assert not set(refused) & {"parser", "malformed"}
