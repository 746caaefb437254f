"""Real servers on loopback that say exactly what a test tells them, and count who comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from monitor.feeds.http import Fetcher
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed

LOOPBACK = "127.0.0.1"
Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Say = Callable[[bytes], bytes]  # a request's head -> all that is answered


class Server:
    """One server; ``requests`` are the heads it was sent, ``visits`` the connections it accepted."""

    def __init__(self, said: bytes | Say | None, talk: Conversation | None, stays: bool) -> None:
        self.said, self.talk, self.stays = said, talk, stays
        self.visits = 0
        self.requests: list[bytes] = []
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self.server = await asyncio.start_server(self.meet, LOOPBACK, 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def url(self, path: str = "/feed.xml", host: str = LOOPBACK) -> str:
        return f"http://{host}:{self.port}{path}"

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
        said: bytes | Say | None = None, *, talk: Conversation | None = None, stays: bool = False
    ) -> Server:
        server = Server(said, talk, stays)
        await server.start()
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


class NameServer(asyncio.DatagramProtocol):
    """Answers every question for IPv4 addresses by a function of the name; silent if that gives None."""

    def __init__(self, answers: Callable[[str], Sequence[str] | None]) -> None:
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
        wants_ipv4 = question[-4:-2] == b"\0\1"
        name = ".".join(labels)
        self.asked.append(name)
        addresses = self.answers(name) if wants_ipv4 else []
        if addresses is None:
            return
        rows = b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + bytes(map(int, a.split("."))) for a in addresses)
        counts = b"\0\1" + len(addresses).to_bytes(2) + b"\0\0\0\0"
        self.transport.sendto(data[:2] + b"\x85\x80" + counts + question + rows, sender)


@pytest.fixture
async def name_server() -> AsyncIterator[Callable[..., Awaitable[str]]]:
    """Start a name server; the answer is its ``address:port``."""
    transports: list[asyncio.BaseTransport] = []

    async def start(answers: Callable[[str], Sequence[str] | None]) -> str:
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
