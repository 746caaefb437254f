"""Real servers on loopback that say exactly what a test tells them, and count who comes."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, ip_address

import pytest

from monitor.feeds import address, target
from monitor.feeds.http import Fetcher
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed

LOOPBACK = "127.0.0.1"
Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Answers = Sequence[str] | int | None
Say = Callable[[bytes], bytes]  # a request's head -> all that is answered


class Server:
    """One server; ``requests`` are the heads it was sent, ``visits`` the connections it accepted."""

    def __init__(self, said: bytes | Say | None, talk: Conversation | None, stays: bool) -> None:
        self.said, self.talk, self.stays = said, talk, stays
        self.visits = 0
        self.requests: list[bytes] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.host, self.scheme = host, "https" if tls else "http"
        self.server = await asyncio.start_server(self.meet, host, port, ssl=tls)
        self.port = self.server.sockets[0].getsockname()[1]

    def url(self, path: str = "/feed.xml", host: str = "") -> str:
        return f"{self.scheme}://{host or self.host}:{self.port}{path}"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            if self.talk:
                await self.talk(reader, writer)
            else:
                await self.answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the visitor left, or the test is over
        finally:
            writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            assert self.said is not None
            writer.write(self.said if isinstance(self.said, bytes) else self.said(self.requests[-1]))
            await writer.drain()
            if not self.stays:
                return

    async def stop(self) -> None:
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.server.wait_closed()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Awaitable[Server]]]:
    """Start a server that answers every request with the same bytes, by a function, or in its own conversation."""
    servers: list[Server] = []

    async def start(
        said: bytes | Say | None = None,
        *,
        talk: Conversation | None = None,
        stays: bool = False,
        host: str = LOOPBACK,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> Server:
        server = Server(said, talk, stays)
        await server.start(host, port, tls)
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.stop()


@pytest.fixture
async def fetching() -> AsyncIterator[Callable[..., Fetcher]]:
    """Make a fetcher that is closed behind the test; by default it may go to loopback, and has a second."""
    fetchers: list[Fetcher] = []

    async def start(
        *,
        timeout: float = 2.0,
        spacing: float = 0.0,
        user_agent: str = "",
        allow_hosts: Sequence[str] = (LOOPBACK,),
        nameservers: Sequence[str] = (),
    ) -> Fetcher:
        fetcher = Fetcher(
            timeout=timedelta(seconds=timeout),
            spacing=timedelta(seconds=spacing),
            user_agent=user_agent,
            allow_hosts=frozenset(allow_hosts),
            nameservers=nameservers,
        )
        fetchers.append(await fetcher.__aenter__())
        return fetcher

    yield start
    for fetcher in fetchers:
        await fetcher.__aexit__(None, None, None)


@pytest.fixture
def one_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take 127.0.0.2 for a public address, so that a test has one, and let every port through."""
    around = IPv4Network("127.0.0.0/8").address_exclude(IPv4Network("127.0.0.2/32"))
    others = [block for block in address.NOT_PUBLIC_4 if block != IPv4Network("127.0.0.0/8")]
    monkeypatch.setattr(address, "NOT_PUBLIC_4", (*others, *around))
    monkeypatch.setattr(target, "PORTS", frozenset(range(2**16)))


class NameServer(asyncio.DatagramProtocol):
    """Answers every question for addresses by a function of the name: with a failure's number, or not at all (None)."""

    def __init__(self, answers: Callable[[str], Answers]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        question = data[12 : at + 5]
        name, kind = ".".join(labels), question[-4:-2]
        self.asked.append(name)
        found = self.answers(name) if kind == b"\0\1" or name.endswith("v6.example") else []
        if found is None:
            return
        failure, addresses = (found, []) if isinstance(found, int) else (0, [ip_address(one) for one in found])
        rows = [
            b"\xc0\x0c" + kind + b"\0\1\0\0\0\0" + len(one.packed).to_bytes(2) + one.packed
            for one in addresses
            if kind == (b"\0\1" if one.version == 4 else b"\0\x1c")
        ]
        counts = b"\0\1" + len(rows).to_bytes(2) + b"\0\0\0\0"
        flags = bytes([0x85, 0x80 | failure])
        self.transport.sendto(data[:2] + flags + counts + question + b"".join(rows), sender)


@pytest.fixture
async def name_server() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start a name server; the answer is its ``address:port``."""
    transports: list[asyncio.BaseTransport] = []

    async def start(answers: Callable[[str], Answers]) -> str:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(answers), local_addr=(LOOPBACK, 0))
        transports.append(transport)
        return f"{LOOPBACK}:{transport.get_extra_info('sockname')[1]}"

    yield start
    for transport in transports:
        transport.close()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(workers=1) as started:
        yield started


@pytest.fixture
def feed() -> Feed:
    return Feed(id="bbc", url="https://bbc.example/feed.xml", title="BBC", interval=timedelta(minutes=15))
