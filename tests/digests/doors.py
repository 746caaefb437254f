"""A letter to hand over, and real servers on loopback to hand it to."""
# ruff: noqa: N802 - aiosmtpd finds its hooks by these names

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from digests.letters import NOON

from monitor.digests.outbox import Message
from monitor.model import Part

SOON = timedelta(seconds=0.3)  # a deadline for servers that never answer
CANARY = "c4n4ry-p4ss"

TEXT = "Kyiv evening\n\n*МВФ* схвалив транш\n.a line that begins with a dot\n  https://a.test/1\n"
HTML = "<!DOCTYPE html><p><b>МВФ</b> схвалив транш</p>"


def a_message(**changes: Any) -> Message:
    said: dict[str, Any] = {
        "key": "0123456789abcdef0123456789abcdef",
        "recipient": "reader@example.test",
        "part": Part(subject="Київ: 1 story, Wed 11 Sep 18:00", text=TEXT, html=HTML),
        "digest": "kyiv",
        "edition": "kyiv@2024-09-11T18:00@Europe/Kyiv",
        "items": ("i1",),
        "queued": NOON,
    }
    return Message(**(said | changes))


@asynccontextmanager
async def listening(protocol: Callable[[], asyncio.BaseProtocol]) -> AsyncIterator[int]:
    """A server of that protocol; its port."""
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Postman:
    """A mail server that keeps what it takes and answers as it was told."""

    def __init__(self, answer: str = "250 OK taken", *, to_sender: str = "", to_recipient: str = "") -> None:
        self.answer, self.to_sender, self.to_recipient = answer, to_sender, to_recipient
        self.letters: list[Any] = []
        self.has_one = asyncio.Event()
        self.hangs_up = False
        self.stalls = False

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.to_recipient:
            return self.to_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.letters.append(envelope)
        self.has_one.set()
        if self.hangs_up:
            server.transport.abort()
        if self.stalls:
            await asyncio.Event().wait()
        return self.answer


@asynccontextmanager
async def post_office(postman: Postman, **options: Any) -> AsyncIterator[int]:
    made: list[SMTP] = []

    def protocol() -> SMTP:
        made.append(SMTP(postman, hostname="mail.example.test", loop=asyncio.get_running_loop(), **options))
        return made[-1]

    async with listening(protocol) as port:
        try:
            yield port
        finally:
            for one in made:
                if one.transport:
                    one.transport.abort()
                if one._handler_coroutine:
                    one._handler_coroutine.cancel()
                    await asyncio.gather(one._handler_coroutine, return_exceptions=True)


class Scripted(asyncio.Protocol):
    """A server that says something at once, then one answer to every line it hears; None: nothing, ever."""

    def __init__(self, greeting: bytes, *answers: bytes | None) -> None:
        self.greeting, self.answers = greeting, list(answers)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        if self.greeting:
            transport.write(self.greeting)

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\n")):
            if self.answers and (answer := self.answers.pop(0)) is not None:
                self.transport.write(answer)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def web_server(handler: Handler, **options: Any) -> AsyncIterator[int]:
    """A web server that answers everything by the handler; its port."""

    connections: list[asyncio.Transport] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        connections.append(request.transport)
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, **options)
    await site.start()
    try:
        yield site._server.sockets[0].getsockname()[1]
    finally:
        for connection in filter(None, connections):
            connection.abort()
        await runner.cleanup()


class Desk:
    """Keeps every request with its body and answers each the same way."""

    def __init__(self, status: int = 200, text: str = "{}", headers: dict[str, str] | None = None) -> None:
        self.status, self.text, self.headers = status, text, headers
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.stalls = False
        self.hangs_up = False

    async def __call__(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.requests.append(request)
        if self.hangs_up:
            request.transport.abort()
        if self.stalls:
            await asyncio.Event().wait()
        return web.Response(status=self.status, text=self.text, headers=self.headers, content_type="application/json")
