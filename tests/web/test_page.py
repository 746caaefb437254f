"""The feedback page over real sockets: one click, one mark; and what strangers send."""

import asyncio
import io
import re
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from html import escape
from urllib.parse import urlsplit

import aiohttp
import pytest
from running import BARE, Running, free_port
from world import BBC, World

from monitor.digests.feedback import VALID
from monitor.errors import ConfigError, PortTaken
from monitor.web import page, server

KEY = "canary-feedback-key-0123"
EVIL = "IMF tranche <script>alert(1)</script> <img src=x onerror=alert(2)> & \"more\" 'x' \u202egpj"


ELSEWHERE = [
    "/f/%00",
    "/f/../../etc/passwd",
    "/f/%2e%2e/%2e%2e/etc/passwd",
    "/../config.toml",
    "/f/" + "a" * 500,
    "/f/%ff%fe/noise/desk/1/x",
    "/f/é/%F0%9F%98%80",
    "/healthz/..",
    "//evil.example/f/x",
]
NONSENSE = [
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200 + b"\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nBad\x00Name: y\r\n\r\n",
]


class Reader:
    """Someone with a browser, and the world that sent the letter."""

    def __init__(self, world: World, port: int) -> None:
        self.world, self.port, self.trouble = world, port, ""
        self.session: aiohttp.ClientSession

    @property
    def item(self) -> str:
        return str(self.world.events("ItemMatched")[0].item)

    def link(self, mark: str, item: str = "") -> str:
        return urlsplit(getattr(self.world.service.wishes.links(item or self.item, "desk"), mark)).path

    async def asks(self, path: str, method: str = "GET", **options) -> tuple[int, str]:
        self.world.now += timedelta(seconds=1)
        async with self.session.request(method, f"http://127.0.0.1:{self.port}{path}", **options) as answer:
            self.headers = answer.headers
            return answer.status, await answer.text()

    async def sends(self, raw: bytes, seconds: float = 5) -> bytes:
        """Raw bytes to the port, and all that comes back until it is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            async with asyncio.timeout(seconds):
                return await reader.read()
        except ConnectionError:
            return b""
        finally:
            writer.close()

    @property
    def marks(self) -> list[tuple[str, str]]:
        return [(event.mark, event.who) for event in self.world.events("ItemMarked")]


@pytest.fixture
async def reader(world):
    port = free_port()
    keys = f'listen = "127.0.0.1:{port}"\npublic_url = "https://news.example.org/"\nfeedback_key = "{KEY}"\n'
    config = (world.folder / "config.toml").read_text()
    await world.dies()
    world.config(config.replace("[service]\n", f"[service]\n{keys}"))
    await world.boots()
    world.says(BBC, escape(EVIL))
    await world.polls()
    async with AsyncExitStack() as stack:
        someone = Reader(world, port)
        await stack.enter_async_context(server.listening(world.service, lambda: someone.trouble))
        someone.session = await stack.enter_async_context(aiohttp.ClientSession())
        yield someone


class TestAClick:
    async def test_is_asked_about_before_it_counts(self, reader):
        status, text = await reader.asks(reader.link("noise"))
        assert status == 200
        assert "Yes, noise" in text
        assert reader.marks == []
        assert (await reader.asks(reader.link("noise"), "HEAD"))[0] == 200
        assert reader.marks == []

    async def test_counts_once_however_often_it_is_made(self, reader):
        for _ in range(3):
            status, text = await reader.asks(reader.link("noise"), "POST")
            assert status == 200
            assert "Thank you" in text
        assert reader.marks == [("noise", "readers of desk")]
        await reader.asks(reader.link("relevant"), "POST")
        assert [mark for mark, _ in reader.marks] == ["noise", "relevant"]

    async def test_of_an_old_link_is_gone(self, reader):
        link = reader.link("noise")
        reader.world.now += 2 * VALID
        for method in ("GET", "POST"):
            assert (await reader.asks(link, method))[0] == 410
        assert reader.marks == []

    async def test_of_a_forged_link_finds_nothing(self, reader):
        link = reader.link("noise")
        other = reader.link("relevant")
        for forged in (link[:-1] + ("0" if link[-1] != "0" else "1"), other.replace("relevant", "noise"), "/f/x", "/"):
            for method in ("GET", "POST"):
                assert (await reader.asks(forged, method))[0] == 404
        assert reader.marks == []

    async def test_about_an_item_that_is_not_kept_here_is_gone(self, reader):
        assert (await reader.asks(reader.link("noise", "f" * 32)))[0] == 410

    async def test_too_many_have_to_wait(self, reader, monkeypatch):
        answers = [
            (await reader.asks(reader.link(("noise", "relevant")[n % 2]), "POST"))[0]
            for n in range(server.MOST_A_MINUTE + 2)
        ]
        assert answers.count(429) == 2
        assert len(reader.marks) == server.MOST_A_MINUTE


class TestThePage:
    async def test_shows_what_a_feed_wrote_as_text_alone(self, reader):
        text = "".join([(await reader.asks(reader.link("noise"), method))[1] for method in ("GET", "POST")])
        assert "<script" not in text
        assert "<img" not in text
        assert text.count("&lt;script&gt;alert(1)") == 2
        assert "\u202e" not in text
        assert set(re.findall(r"<(\w+)", text)) <= {
            "html",
            "meta",
            "title",
            "style",
            "h1",
            "p",
            "bdi",
            "b",
            "form",
            "button",
        }

    async def test_loads_nothing_runs_nothing_and_tells_nobody_where_it_was_reached(self, reader):
        for path in (reader.link("noise"), "/f/forged", "/nothing", "/healthz"):
            await reader.asks(path)
            policy = reader.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert reader.headers["Referrer-Policy"] == "no-referrer"
            assert reader.headers["X-Content-Type-Options"] == "nosniff"
            assert reader.headers["Cache-Control"] == "no-store"
            assert "Python" not in reader.headers["Server"]
            assert "Set-Cookie" not in reader.headers

    def test_allows_the_style_that_it_has(self):
        assert page.ALLOWED_STYLE in page.HEADERS["Content-Security-Policy"]
        assert f"<style>{page.STYLE}</style>" in page.asking("x", "noise")

    async def test_never_shows_the_key(self, reader, capfd, caplog):
        said = [await reader.asks(reader.link("noise"), method) for method in ("GET", "POST")]
        said += [await reader.asks(f"/f/{KEY}x"), await reader.asks("/healthz")]
        assert KEY not in str([said[:2], dict(reader.headers)])
        out = "".join(capfd.readouterr()) + caplog.text
        assert KEY not in out
        assert KEY not in str(reader.marks)


class TestHealth:
    async def test_is_ok_while_the_service_is_well_and_says_what_is_wrong(self, reader):
        assert await reader.asks("/healthz") == (200, "ok\n")
        reader.trouble = "the log cannot be written"
        assert await reader.asks("/healthz") == (503, "the log cannot be written\n")


class TestStrangers:
    async def test_may_ask_and_click_and_nothing_else(self, reader):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            status, text = await reader.asks(reader.link("noise"), method)
            assert status == 405
            assert "Traceback" not in text
            assert reader.headers["Allow"]
        assert reader.marks == []

    async def test_find_nothing_beside_the_page(self, reader):
        for path in ELSEWHERE:
            answer = await reader.sends(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert re.match(rb"HTTP/1\.[01] (404|400)", answer), answer
            assert b"Traceback" not in answer
            assert b"passwd" not in answer.partition(b"\r\n\r\n")[2]

    async def test_who_speak_nonsense_are_sent_away_and_the_journal_is_not_filled(self, reader, capfd, caplog):
        for raw in NONSENSE:
            answer = await reader.sends(raw)
            assert answer == b"" or re.match(rb"HTTP/1\.[01] (400|404|413|431|414)", answer), (raw[:80], answer[:200])
            assert b"Traceback" not in answer
            assert b"site-packages" not in answer
        assert "Traceback" not in "".join(capfd.readouterr()) + caplog.text
        assert (await reader.asks("/healthz"))[0] == 200

    async def test_who_send_much_are_cut_short(self, reader):
        async def much():
            for _ in range(160):
                yield b"x" * 65_536

        for data in (much(), io.BytesIO(b"x" * 10 * 2**20)):
            try:
                status, _ = await reader.asks(reader.link("noise"), "POST", data=data)
                assert status == 413
            except aiohttp.ClientError:
                pass  # the connection was closed while we were still talking
        assert reader.marks == []

    async def test_who_are_slow_are_left(self, reader, monkeypatch):
        monkeypatch.setattr(server, "LIFE", 0.1)
        link = reader.link("noise").encode()
        begun = (b"", b"GET / HTTP/1.1\r\nHo", b"POST " + link + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        assert await asyncio.gather(*map(reader.sends, begun)) == [b"", b"", b""]
        assert reader.marks == []

    async def test_who_come_in_a_crowd_find_the_door_shut(self, reader, monkeypatch):
        monkeypatch.setattr(server, "MOST_CONNECTIONS", 2)
        idle = [await asyncio.open_connection("127.0.0.1", reader.port) for _ in range(2)]
        async with asyncio.timeout(10):
            while not await _is_shut(reader):
                await asyncio.sleep(0.01)
            for _, writer in idle:
                writer.close()
            while await _is_shut(reader):
                await asyncio.sleep(0.01)

    async def test_meet_no_traceback_when_the_mistake_is_ours(self, reader, monkeypatch, capfd):
        async def broken(_):
            raise RuntimeError(KEY)

        monkeypatch.setattr(reader.world.service.wishes, "take", broken)
        status, text = await reader.asks(reader.link("noise"), "POST")
        assert status == 500
        assert "RuntimeError" not in text
        assert KEY not in text


async def _is_shut(reader: Reader) -> bool:
    return await reader.sends(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == b""


class TestTheAddress:
    async def test_is_not_opened_where_config_toml_names_none(self, world, capfd):
        async with server.listening(world.service, str):
            assert "the feedback page is open" not in "".join(capfd.readouterr())

    async def test_that_is_taken_is_a_clear_complaint(self, reader):
        with pytest.raises(PortTaken, match="in use"):
            async with server.listening(reader.world.service, str):
                pass

    @pytest.mark.parametrize(
        ("address", "wrong"), [("192.0.2.1:8080", PortTaken), ("no-such-host.invalid:8080", ConfigError)]
    )
    async def test_that_this_machine_does_not_have_is_one_too(self, world, address, wrong):
        config = (world.folder / "config.toml").read_text()
        await world.dies()
        world.config(config.replace("[service]\n", f'[service]\nlisten = "{address}"\n'))
        await world.boots()
        with pytest.raises(wrong, match="cannot be opened"):
            async with server.listening(world.service, str):
                pass

    async def test_is_the_daemons_from_its_start_to_its_end(self, tmp_path):
        port = free_port()
        config = BARE.replace("[service]\n", f'[service]\nlisten = "127.0.0.1:{port}"\nfeedback_key = "{KEY}"\n')
        async with Running(tmp_path, config) as running, aiohttp.ClientSession() as session:
            await running.hears("WATCHDOG=1")
            async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                assert (answer.status, await answer.text()) == (200, "ok\n")
            code, journal = await running.stops()
            assert code == 0
            assert KEY not in journal
            assert f"127.0.0.1:{port}" in journal

    async def test_that_is_taken_ends_the_daemon_before_it_begins(self, tmp_path):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            config = BARE.replace("[service]\n", f'[service]\nlisten = "127.0.0.1:{other.getsockname()[1]}"\n')
            daemon = Running(tmp_path, config)
            daemon.notify_path = tmp_path / "nobody-listens"
            daemon.process = await daemon.spawn()
            code, journal = await daemon.ended()
        assert code == PortTaken.exit_code
        assert "cannot be opened" in journal
        assert "hint:" in journal
        assert "Traceback" not in journal
        assert "ServiceStarted" not in (tmp_path / "data" / "log.db").read_bytes().decode("latin-1")
