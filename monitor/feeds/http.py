"""Door: ask a feed's server, politely and on guard. Never raises for the world's troubles; never shows a password.

Polite: one request at a time to a host and a pause between them, validators echoed byte for byte, Retry-After heard.
On guard: one deadline over everything, public addresses only, each redirect checked, bodies bounded on the wire and
inflated, no cookies, no proxies from the environment.
"""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp
from aiohttp.http_exceptions import ContentLengthError

from monitor import __version__
from monitor.feeds.delta import NO_CHANGE
from monitor.feeds.headers import retry_after, validator
from monitor.feeds.heard import Reply
from monitor.feeds.http_guard import Refused, Resolver, public_socket
from monitor.feeds.http_pace import Pace
from monitor.feeds.inflate import Damaged, Unfinished, Unsupported, inflate_for
from monitor.feeds.prefilter import LARGEST
from monitor.feeds.target import Target, first, hop
from monitor.model import Trouble

LARGEST_WIRE = 5 * 2**20  # bytes
MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
GOOD = (200, 203)  # OK; and OK, changed by a proxy on the way
ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class _Moved(NamedTuple):
    location: str


class Fetcher:
    """A client for all feeds; ``async with`` it.

    Args:
        timeout: the whole of one poll, redirects included; waiting for a turn at the host is not counted.
        spacing: least time between two requests to one host.
        user_agent: how to name ourselves; empty for the project's name and version.
        allow_hosts: hosts that may have any address and port.
        nameservers: whom to ask for addresses instead of the system's, as ``address`` or ``address:port``.
    """

    def __init__(
        self,
        *,
        timeout: timedelta,
        spacing: timedelta,
        user_agent: str = "",
        allow_hosts: frozenset[str] = frozenset(),
        nameservers: Sequence[str] = (),
    ) -> None:
        self._timeout = timeout.total_seconds()
        self._pace = Pace(spacing.total_seconds())
        self._user_agent = user_agent or f"news-monitor/{__version__} (feed reader)"
        self._allow_hosts = allow_hosts
        self._nameservers = nameservers

    async def __aenter__(self) -> Self:
        self._resolvers = [Resolver(guarded=guarded, nameservers=self._nameservers) for guarded in (True, False)]
        self._public = self._session(self._resolvers[0], public_socket)
        self._trusted = self._session(self._resolvers[1], None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._public, self._trusted):
            await session.close()
        for resolver in self._resolvers:
            await resolver.close()  # a connector closes only a resolver of its own making

    def _session(self, resolver: Resolver, socket_factory: aiohttp.SocketFactoryType | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,  # hosts are asked rarely, and the resolver keeps answers for as long as they say
            socket_factory=socket_factory,
            limit=0,  # the service bounds how many feeds are asked at once; waiting here would eat the deadline
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers={"User-Agent": self._user_agent, "Accept": ACCEPT, "Accept-Encoding": "gzip, deflate"},
        )

    async def fetch(self, url: str, etag: str = "", last_modified: str = "") -> Reply:
        """Ask once, following at most 5 redirects.

        Trouble: ``dns``, ``tls``, ``timeout``, ``address``, ``scheme``, ``port``, ``redirects``, ``size``,
        ``encoding``, ``protocol``, ``truncated``, ``connect``, ``http_NNN``.
        """
        conditions = {"If-None-Match": validator(etag), "If-Modified-Since": validator(last_modified)}
        conditions = {name: value for name, value in conditions.items() if value}
        clock = asyncio.get_running_loop().time
        left = self._timeout
        target = first(url, self._allow_hosts)
        for _ in range(MOST_REDIRECTS + 1):
            if isinstance(target, Trouble):
                return Reply(url="", trouble=target)
            async with self._pace.turn(target.host):
                began = clock()
                answer = await self._ask(target, conditions, left)
                left -= clock() - began
            if isinstance(answer, Reply):
                return answer
            target = hop(target, answer.location, self._allow_hosts)
        return Reply(url="", trouble=Trouble(code="redirects", text=f"more than {MOST_REDIRECTS} redirects"))

    async def _ask(self, target: Target, conditions: dict[str, str], left: float) -> Reply | _Moved:
        session = self._trusted if target.trusted else self._public
        headers = dict(conditions)
        if target.authorization:
            headers["Authorization"] = str(target.authorization)
        try:
            async with (
                asyncio.timeout(left),
                session.get(target.url, headers=headers, allow_redirects=False) as response,
            ):
                return await _read(response, target, bool(conditions))
        except Refused as refused:
            trouble = refused.trouble
        except TimeoutError:
            trouble = Trouble(code="timeout", text=f"{target.host} did not answer in full in {self._timeout:g} s")
        except (aiohttp.ClientError, OSError) as wrong:
            trouble = _trouble(wrong, target.host)
        return Reply(url=str(target.url), trouble=trouble)


async def _read(response: aiohttp.ClientResponse, target: Target, conditional: bool) -> Reply | _Moved:
    """What the response says; its body is read only if it is worth it."""
    status, headers = response.status, response.headers
    trouble, body = None, b""
    if status in REDIRECTS and "Location" in headers:
        return _Moved(headers["Location"])
    if status in GOOD:
        read = await _body(response)
        trouble, body = (read, b"") if isinstance(read, Trouble) else (None, read)
    elif status == 304 and not conditional:
        trouble = Trouble(code="protocol", text="the server says 'not modified' of what it never sent")
    elif 100 <= status < 200:
        trouble = Trouble(code="protocol", text=f"the server wants to speak another protocol ({status})")
    elif status not in NO_CHANGE:
        trouble = Trouble(code=f"http_{status}", text=f"{target.host} answered {status}")
    return Reply(
        url=str(target.url),
        status=status,
        body=body,
        content_type=headers.get("Content-Type", ""),
        etag=validator(headers.get("ETag", "")),
        last_modified=validator(headers.get("Last-Modified", "")),
        retry_after=retry_after(headers.get("Retry-After", ""), headers.get("Date", "")),
        trouble=trouble,
    )


async def _body(response: aiohttp.ClientResponse) -> bytes | Trouble:
    """The body inflated, bounded on the wire and inflated: a bomb is dropped before it has grown."""
    try:
        inflate = inflate_for(", ".join(response.headers.getall("Content-Encoding", ())))
        if (response.content_length or 0) > LARGEST_WIRE:
            return _too_long(LARGEST_WIRE)
        pieces: list[bytes] = []
        wire = inflated = 0
        async for chunk in response.content.iter_any():
            wire += len(chunk)
            if wire > LARGEST_WIRE:
                return _too_long(LARGEST_WIRE)
            for piece in inflate.feed(chunk):
                inflated += len(piece)
                if inflated > LARGEST:
                    return _too_long(LARGEST)
                pieces.append(piece)
        inflate.end()
    except Unsupported as wrong:
        return Trouble(code="encoding", text=f"the content encoding {str(wrong)[:80]!r} was not asked for")
    except Damaged:
        return Trouble(code="encoding", text="the body is not in the encoding it is said to be in")
    except Unfinished:
        return Trouble(code="truncated", text="the body ends before its encoding does")
    return b"".join(pieces)


def _too_long(limit: int) -> Trouble:
    return Trouble(code="size", text=f"the body is longer than {limit // 2**20} MiB")


def _trouble(wrong: Exception, host: str) -> Trouble:
    """The stable code of what went wrong; the text names the host, never the URL, which may hold secrets."""
    match wrong:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return Trouble(code="tls", text=f"no safe connection to {host}: {_first_line(wrong.__cause__ or wrong)}")
        case aiohttp.ClientPayloadError():
            cut = isinstance(wrong.__cause__, ContentLengthError) or "Not enough data" in str(wrong.__cause__)
            if cut:
                return Trouble(code="truncated", text=f"{host} closed the connection in the middle of the body")
            return Trouble(code="protocol", text=f"{host} does not speak HTTP in its body")
        case aiohttp.ServerDisconnectedError():
            return Trouble(code="protocol", text=f"{host} closed the connection without an answer")
        case aiohttp.ClientConnectorError() | aiohttp.ClientOSError() | OSError():
            return Trouble(code="connect", text=f"no connection to {host}: {wrong.strerror or type(wrong).__name__}")
    return Trouble(code="protocol", text=f"{host} does not speak HTTP ({type(wrong).__name__})")


def _first_line(wrong: BaseException) -> str:
    return str(wrong).partition("\n")[0][:200]
