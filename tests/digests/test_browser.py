"""A letter in a real browser: nothing in it runs, and reading it asks nobody for anything."""

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest
from digests.doors import listening
from digests.letters import a_hit, a_letter, everywhere, in_trouble, matched

from monitor.digests.render import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FIRE = "document.documentElement.setAttribute('fired','yes')"
PAYLOADS = [
    f"<script>{FIRE}</script>",
    f"<svg/onload={FIRE}>",
    f'<!--><img src=x onerror="{FIRE}">',
    f'<!---><img src=x onerror="{FIRE}">',
    f'<<img src=x onerror="{FIRE}"//',
    f'"><img src=x onerror="{FIRE}">',
    f"'><svg onload={FIRE}>",
    f"</title><script>{FIRE}</script>",
    f"</style><script>{FIRE}</script>",
    f"<svg><animate onbegin={FIRE} attributeName=x dur=1s>",
    f"<svg><set onbegin={FIRE} attributeName=x>",
    f"<details open ontoggle={FIRE}>",
    f"<iframe srcdoc='<script>parent.{FIRE}</script>'></iframe>",
    f"<body onload={FIRE}>",
    f'<form><button formaction="javascript:{FIRE}" autofocus onfocus={FIRE}>x</button></form>',
    f"<img onerror={FIRE} src=x",
    "<img src=http://canary.test/pixel.gif>",
    "<img srcset='http://canary.test/a 1x'>",
    "<style>body{background:url(http://canary.test/b)}</style>",
    "<link rel=prefetch href=http://canary.test/c>",
    "<link rel=stylesheet href=http://canary.test/d>",
    "<meta http-equiv=refresh content='0;url=http://canary.test/e'>",
    "<object data=http://canary.test/f></object><video src=http://canary.test/g poster=http://canary.test/h></video>",
]
LINKS = [
    f"javascript:{FIRE}",
    f"jav\tascript:{FIRE}",
    f"\x01javascript:{FIRE}",
    f"data:text/html,<script>{FIRE}</script>",
    f'https://a.test/"onmouseover="{FIRE}',
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


class Canary(asyncio.Protocol):
    """Counts who calls: it stands as the browser's proxy, so that every request would come here."""

    def __init__(self, calls: list[bytes]) -> None:
        self.calls = calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.calls.append(data)
        self.transport.close()


async def browsed(html: str, folder: Path) -> tuple[str, list[bytes]]:
    """The page as it stands after the browser has read it, and the requests it made."""
    page = folder / "letter.html"
    page.write_text(html)
    calls: list[bytes] = []
    async with listening(lambda: Canary(calls)) as port:
        browser = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
            *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
            *(f"--proxy-server=127.0.0.1:{port}", f"--user-data-dir={folder / 'profile'}"),
            *("--virtual-time-budget=2000", "--dump-dom", page.as_uri()),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        dom, _ = await asyncio.wait_for(browser.communicate(), 60)
    return dom.decode(), [call for call in calls if b"canary.test" in call]


async def test_the_oracle_sees_a_script_that_runs_and_a_picture_that_is_loaded(tmp_path):
    dom, calls = await browsed("".join(["<!DOCTYPE html><html><body>", *PAYLOADS[:3], PAYLOADS[16]]), tmp_path)
    assert 'fired="yes"' in dom
    assert calls


async def test_no_payload_in_any_place_of_a_letter_runs_or_loads_anything(tmp_path):
    hostile = [
        matched(
            f"{payload} story number {number}",
            summary=f"Summary {payload}",
            url=f"{LINKS[number % len(LINKS)]}//{number}",
            lang=payload,
            hits=(a_hit(f"t{number}", topic=payload), a_hit("other", topic=payload)),
        )
        for number, payload in enumerate(PAYLOADS)
    ]
    (part,) = render(a_letter(*hostile, standing=tuple(in_trouble("bbc", payload) for payload in PAYLOADS)))
    dom, calls = await browsed(part.html, tmp_path)
    assert dom.count('class="story"') == len(PAYLOADS)
    assert "fired" not in dom.replace("'fired'", "")
    assert calls == []


async def test_no_payload_in_what_is_developing_corrected_alerted_or_withheld_runs_or_loads_anything(tmp_path):
    pages = [
        render(msgspec.structs.replace(everywhere(payload, number), failed=payload))[0].html
        for number, payload in enumerate(PAYLOADS + LINKS)
    ]
    inside = [html.partition("<body")[2].rpartition("</body>")[0] for html in pages]
    dom, calls = await browsed("<!DOCTYPE html><html><body" + "<hr><div".join(inside) + "</body></html>", tmp_path)
    assert dom.count("Corrected since") == len(pages)
    assert "fired" not in dom.replace("'fired'", "")
    assert calls == []
