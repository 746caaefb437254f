"""Serves the feedback page on the address that config.toml names in ``listen``, and nowhere else.

What comes in is small or refused: a connection lives half a minute at most and carries one request, so that nobody can
hold many open by being slow. Strangers' mistakes are no matter of the journal; ours are.
"""

import asyncio
import contextlib
import errno
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import structlog
from aiohttp import web

from monitor.errors import ConfigError, MonitorError, PortTaken
from monitor.service.service import Service
from monitor.service.wishes import Clicked
from monitor.web import page

LIFE = 30.0  # seconds of a connection, from first to last
MOST_CONNECTIONS = 64
MOST_BODY = 1024  # bytes; the form sends none
MOST_LINE = 2048  # bytes of the request line, and of a header
MOST_A_MINUTE = 60  # marks by link; whoever has a letter could else fill the log

GONE = "This link is too old, or its item is no longer kept here."
FORGED = "There is nothing at this address. Links in letters must be copied whole."
NOTHING = "Nothing can be done here but to follow a link from a letter, and to click."

record = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Full(asyncio.Protocol):
    """Says goodbye at once."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.abort()


class Page:
    """The routes: ``/f/...`` asks and takes a mark, ``/healthz`` says how the service fares."""

    def __init__(self, service: Service, health: Callable[[], str]) -> None:
        self.service, self.health = service, health
        self._taken: deque[float] = deque(maxlen=MOST_A_MINUTE)

    def app(self) -> web.Application:
        """The application, to be served."""
        app = web.Application(middlewares=[_guarded], client_max_size=MOST_BODY)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/f/{link:.{1,400}}", self._ask)
        app.router.add_post("/f/{link:.{1,400}}", self._take)
        return app

    async def _healthz(self, _: web.Request) -> web.Response:
        trouble = self.health()
        return web.Response(status=503 if trouble else 200, text=f"{trouble or 'ok'}\n")

    async def _ask(self, request: web.Request) -> web.Response:
        clicked = self._clicked(request)
        if isinstance(clicked, web.Response):
            return clicked
        return _html(page.asking(clicked.headline, clicked.click.mark))

    async def _take(self, request: web.Request) -> web.Response:
        await request.read()  # nothing, or no more than that: else it raises
        clicked = self._clicked(request)
        if isinstance(clicked, web.Response):
            return clicked
        if self._too_many():
            return _html(page.sorry("Too many clicks", "Try again in a minute."), 429)
        await self.service.wishes.take(clicked)
        return _html(page.thanks(clicked.headline, clicked.click.mark))

    def _clicked(self, request: web.Request) -> Clicked | web.Response:
        match self.service.wishes.clicked(request.match_info["link"]):
            case "forged":
                return _html(page.sorry("Not found", FORGED), 404)
            case "old":
                return _html(page.sorry("Gone", GONE), 410)
            case clicked:
                return clicked

    def _too_many(self) -> bool:
        now = asyncio.get_running_loop().time()
        if len(self._taken) == MOST_A_MINUTE and now - self._taken[0] < 60:
            return True
        self._taken.append(now)
        return False


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every answer carries the headers; none carries a traceback."""
    try:
        response = await handler(request)
    except web.HTTPException as refused:
        response = _html(page.sorry(refused.reason, NOTHING), refused.status, headers=_allowed(refused))
    except MonitorError as wrong:
        record.error("the feedback page could not answer", trouble=wrong.message)
        response = _html(page.sorry("Not now", "This cannot be noted at the moment. Try again later."), 503)
    except (ConnectionError, asyncio.CancelledError):
        raise  # the asker went away
    except Exception:  # noqa: BLE001 - a mistake of ours is told in the journal, not to strangers
        record.exception("the feedback page met a mistake of ours")
        response = _html(page.sorry("A mistake of ours", "It has been noted. Try again later."), 500)
    response.headers.update(page.HEADERS)
    response.force_close()
    return response


def _allowed(refused: web.HTTPException) -> Mapping[str, str]:
    return {"Allow": refused.headers["Allow"]} if "Allow" in refused.headers else {}


def _html(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)


@contextlib.asynccontextmanager
async def listening(service: Service, health: Callable[[], str]) -> AsyncIterator[None]:
    """Serve the page for as long as the block lasts, if config.toml asks for it.

    Raises:
        PortTaken: something else listens there, or this machine does not have the address (yet).
        ConfigError: the address is none, or may not be listened on.
    """
    address = service.house.config.listen
    if not address:
        yield
        return
    quiet = logging.getLogger("monitor.web")
    quiet.propagate, quiet.disabled = False, True
    options: dict[str, Any] = {"max_line_size": MOST_LINE, "max_field_size": MOST_LINE, "lingering_time": 1.0}
    runner = web.AppRunner(Page(service, health).app(), access_log=None, logger=quiet, **options)
    await runner.setup()
    try:
        server = await _bound(runner, address)
        record.info("the feedback page is open", address=address)
        try:
            yield
        finally:
            server.close()
    finally:
        await runner.cleanup()


async def _bound(runner: web.AppRunner, address: str) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    host, _, port = address.rpartition(":")

    def connection() -> asyncio.BaseProtocol:
        if runner.server is None or len(runner.server.connections) >= MOST_CONNECTIONS:
            return _Full()
        protocol = runner.server()
        loop.call_later(LIFE, _end, protocol)
        return protocol

    try:
        return await loop.create_server(connection, host.strip("[]"), int(port), backlog=MOST_CONNECTIONS)
    except OSError as wrong:
        reason = wrong.strerror or str(wrong)
        if wrong.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL):
            hint = f"who listens there: ss -ltnp 'sport = :{port}'; or choose another listen"
            raise PortTaken(f"the feedback page cannot be opened at {address}: {reason}", hint=hint) from None
        hint = 'listen = "127.0.0.1:8080" and a reverse proxy in front; a port below 1024 is for root alone'
        raise ConfigError(f"the feedback page cannot be opened at {address}: {reason}", hint=hint) from None


def _end(protocol: asyncio.BaseProtocol) -> None:
    transport = getattr(protocol, "transport", None)
    if transport is not None:
        transport.abort()
