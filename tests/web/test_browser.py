"""The feedback page in a real browser: its button works, its style is allowed, and nothing that a feed wrote runs."""

import asyncio
import itertools
import shutil
from contextlib import asynccontextmanager

import aiohttp
import pytest
from digests.test_browser import FIRE, PAYLOADS
from running import free_port
from world import BBC

from monitor.web import page, server

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


class Tab:
    """One tab, spoken to by the browser's own protocol: what it is told to run is not held to the page's policy."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket, self.ids = socket, itertools.count(1)

    async def does(self, method: str, **params: object) -> dict:
        number = next(self.ids)
        await self.socket.send_json({"id": number, "method": method, "params": params})
        while (answer := await self.socket.receive_json())["id"] != number:
            pass
        return answer["result"]

    async def says(self, expression: str) -> object:
        return (await self.does("Runtime.evaluate", expression=expression, returnByValue=True))["result"].get("value")

    async def goes(self, url: str, wanted: str) -> None:
        """To an address, and until its heading is there."""
        await self.does("Page.navigate", url=url)
        await self.shows(wanted)

    async def shows(self, wanted: str) -> None:
        async with asyncio.timeout(20):
            while await self.says("document.querySelector('h1')?.textContent") != wanted:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def browsing(folder):
    browser = await asyncio.create_subprocess_exec(
        CHROMIUM,
        *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
        *("--disable-component-update", "--disable-default-apps", "--disable-sync", "--remote-debugging-port=0"),
        *(f"--user-data-dir={folder / 'profile'}", "about:blank"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said = folder / "profile" / "DevToolsActivePort"
        async with asyncio.timeout(30):
            while not said.exists() or "\n" not in said.read_text():
                await asyncio.sleep(0.05)
        port = said.read_text().split("\n")[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = [one for one in await answer.json() if one["type"] == "page"]
            async with session.ws_connect(tabs[0]["webSocketDebuggerUrl"]) as socket:
                yield Tab(socket)
    finally:
        browser.kill()
        await browser.wait()


async def test_a_click_counts_and_looks_as_it_should(world, tmp_path):
    here = f"http://127.0.0.1:{free_port()}"
    keys = f'listen = "{here[7:]}"\npublic_url = "{here}"\nfeedback_key = "canary-feedback-key-0123"\n'
    config = (world.folder / "config.toml").read_text()
    await world.dies()
    world.config(config.replace("[service]\n", f"[service]\n{keys}"))
    await world.boots()
    world.says(BBC, "IMF tranche &lt;b&gt;soon&lt;/b&gt;")
    await world.polls()
    item = world.events("ItemMatched")[0].item
    async with server.listening(world.service, str), browsing(tmp_path) as tab:
        await tab.goes(world.service.wishes.links(item, "desk").noise, "Was this worth telling?")
        assert await tab.says("getComputedStyle(document.body).maxWidth") == "544px"
        assert world.events("ItemMarked") == []
        await tab.says("document.querySelector('button').click()")
        await tab.shows("Thank you")
        assert "<b>soon" in str(await tab.says("document.querySelector('bdi').textContent"))
    assert [event.mark for event in world.events("ItemMarked")] == ["noise"]


async def test_no_headline_runs(tmp_path):
    bodies = {
        "asking": "".join(page.asking(payload, "noise") for payload in PAYLOADS),
        "thanks": "".join(page.thanks(payload, "noise") for payload in PAYLOADS),
        "oracle": f"<h1>Oracle</h1><script>{FIRE}</script>",
    }
    for name, body in bodies.items():
        (tmp_path / f"{name}.html").write_text(body)  # without the policy: escaping alone must do
    async with browsing(tmp_path) as tab:
        for name, heading in (("asking", "Was this worth telling?"), ("thanks", "Thank you"), ("oracle", "Oracle")):
            await tab.goes((tmp_path / f"{name}.html").as_uri(), heading)
            fired = await tab.says("document.documentElement.getAttribute('fired')")
            assert fired == ("yes" if name == "oracle" else None)
