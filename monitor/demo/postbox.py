"""Where the demo's letters arrive: a mail server and a webhook on loopback that keep what they are given."""

import asyncio
import json
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiohttp import web

from monitor.demo.outlets import LOOPBACK
from monitor.errors import UsageError

MOST_BYTES = 8 * 2**20  # of a letter or a post


class Letter(NamedTuple):
    """A letter as it arrived."""

    message: EmailMessage
    sender: str  # as the envelope names them; the headers may say otherwise
    recipients: tuple[str, ...]
    eml: Path
    html: Path | None  # its HTML alternative, if it has one


class Postbox:
    """A mail server on loopback that takes every letter and keeps it; ``async with`` it.

    Args:
        folder: where ``letter-1.eml``, ``letter-1.html`` and so on are written; made if need be.

    Raises:
        UsageError: on entering, if aiosmtpd is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.letters: list[Letter] = []
        self._waiting: asyncio.Queue[Letter] = asyncio.Queue()
        self._server: asyncio.Server

    @property
    def port(self) -> int:
        """Where it listens, chosen by the kernel."""
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def next_letter(self) -> Letter:
        """The oldest letter that was not asked for yet; waits for one."""
        return await self._waiting.get()

    async def __aenter__(self) -> Self:
        try:
            from aiosmtpd.smtp import SMTP
        except ModuleNotFoundError as missing:
            hint = "pip install 'news-monitor[demo]'"
            raise UsageError(
                f"the demo's postbox needs a mail server, and {missing.name} is not installed", hint=hint
            ) from None
        self.folder.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()

        def session() -> asyncio.BaseProtocol:
            spoken: asyncio.BaseProtocol = SMTP(
                self, hostname="postbox.example", data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, loop=loop
            )
            return spoken

        self._server = await loop.create_server(session, LOOPBACK, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd calls it
        """Keep a letter, then accept it; aiosmtpd calls this."""
        raw: bytes = envelope.original_content
        message = message_from_bytes(raw, policy=policy.default)
        eml = self.folder / f"letter-{len(self.letters) + 1}.eml"
        eml.write_bytes(raw)
        part = message.get_body(("html",))
        html = eml.with_suffix(".html") if part else None
        if part and html:
            html.write_text(part.get_content(), encoding="utf-8")
        letter = Letter(message, envelope.mail_from, tuple(envelope.rcpt_tos), eml, html)
        self.letters.append(letter)
        self._waiting.put_nowait(letter)
        return "250 kept"


class Post(NamedTuple):
    """What was posted to the webhook."""

    path: str
    headers: Mapping[str, str]
    body: Any  # the JSON, or the text if it is none


class Hook:
    """A webhook on loopback that takes every POST and keeps it; ``async with`` it."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self._waiting: asyncio.Queue[Post] = asyncio.Queue()
        self._runner: web.AppRunner

    @property
    def port(self) -> int:
        """Where it listens, chosen by the kernel."""
        port: int = self._runner.addresses[0][1]
        return port

    async def next_post(self) -> Post:
        """The oldest post that was not asked for yet; waits for one."""
        return await self._waiting.get()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST_BYTES)
        app.add_routes([web.post("/{path:.*}", self._keep)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _keep(self, request: web.Request) -> web.Response:
        text = await request.text()
        try:
            body = json.loads(text)
        except ValueError:
            body = text
        post = Post(request.path, request.headers.copy(), body)
        self.posts.append(post)
        self._waiting.put_nowait(post)
        return web.json_response({"kept": len(self.posts)})
