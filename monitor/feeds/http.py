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
from typing import Self

import aiohttp
from msgspec import structs

from monitor import __version__
from monitor.feeds.headers import validator
from monitor.feeds.heard import Reply
from monitor.feeds.http_answer import GOOD, Moved, read, trouble_of
from monitor.feeds.http_guard import Resolver, public_socket
from monitor.feeds.http_pace import Idle, Pace
from monitor.feeds.target import Target, first, hop
from monitor.model import Trouble

MOST_REDIRECTS = 5
LONGEST_HEADER = 64 * 2**10  # bytes; content security policies of 10 KiB are met with, and aiohttp stops at 8
KEPT = 4.0  # seconds a connection stays open for another request to its host; a feed's next poll is far away
FEEDS = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


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
        self._idle = Idle(2 * KEPT)  # aiohttp looks once in that time for connections to close
        self._user_agent = user_agent or f"news-monitor/{__version__} (feed reader)"
        self._allow_hosts = allow_hosts
        self._nameservers = nameservers

    async def __aenter__(self) -> Self:
        tls = ssl.create_default_context()  # authorities: the system's, and SSL_CERT_FILE
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
        self._resolvers = [Resolver(guarded=guarded, nameservers=self._nameservers) for guarded in (True, False)]
        self._public = self._session(self._resolvers[0], public_socket, tls)
        self._trusted = self._session(self._resolvers[1], None, tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._public, self._trusted):
            await session.close()
        for resolver in self._resolvers:
            await resolver.close()  # a connector closes only a resolver of its own making

    def _session(
        self, resolver: Resolver, socket_factory: aiohttp.SocketFactoryType | None, tls: ssl.SSLContext
    ) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=resolver,
            use_dns_cache=False,  # hosts are asked rarely, and the resolver keeps answers for as long as they say
            socket_factory=socket_factory,
            ssl=tls,
            keepalive_timeout=KEPT,
            limit=0,  # the service bounds how many feeds are asked at once; waiting here would eat the deadline
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            max_field_size=LONGEST_HEADER,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip, deflate"},
        )

    async def fetch(self, url: str, etag: str = "", last_modified: str = "", accept: str = FEEDS) -> Reply:
        """Ask once, following at most 5 redirects.

        Args:
            url: whom to ask; a user and password in it are for its origin only.
            etag, last_modified: what the last answer came with.
            accept: the media types that are wanted.

        Trouble: ``dns``, ``tls``, ``timeout``, ``address``, ``scheme``, ``port``, ``redirects``, ``size``,
        ``encoding``, ``protocol``, ``truncated``, ``connect``, ``http_NNN``.
        """
        conditions = {"If-None-Match": validator(etag), "If-Modified-Since": validator(last_modified)}
        headers = {"Accept": accept} | {name: value for name, value in conditions.items() if value}
        clock = asyncio.get_running_loop().time
        left = self._timeout
        asked = target = first(url, self._allow_hosts)
        for_good = False  # whether every redirect was, and there was one
        for hops in range(MOST_REDIRECTS + 1):
            if isinstance(target, Trouble):
                return Reply(url="", trouble=target)
            async with self._pace.turn(target.host):
                began = clock()
                answer = await self._ask(target, headers, left)
                left -= clock() - began
            if isinstance(answer, Reply):
                return structs.replace(answer, moved_to=answer.url) if for_good and moves(answer, asked) else answer
            for_good = answer.for_good and (for_good or not hops)
            target = hop(target, answer.location, self._allow_hosts)
        return Reply(url="", trouble=Trouble(code="redirects", text=f"more than {MOST_REDIRECTS} redirects"))

    async def _ask(self, target: Target, headers: dict[str, str], left: float) -> Reply | Moved:
        session = self._trusted if target.trusted else self._public
        if target.authorization:
            headers = headers | {"Authorization": str(target.authorization)}
        if not self._idle.has_room(asyncio.get_running_loop().time()):
            headers = headers | {"Connection": "close"}
        try:
            async with (
                asyncio.timeout(left),
                session.get(target.url, headers=headers, allow_redirects=False) as response,
            ):
                return await read(response, target, "If-None-Match" in headers or "If-Modified-Since" in headers)
        except TimeoutError:
            trouble = Trouble(code="timeout", text=f"{target.host} did not answer in full in {self._timeout:g} s")
        except (aiohttp.ClientError, OSError) as wrong:
            trouble = trouble_of(wrong, target.host)
        return Reply(url=str(target.url), trouble=trouble)


def moves(answer: Reply, asked: Target | Trouble) -> bool:
    """Whether redirects for good made the answer's URL the feed's: it is no detour, and needs no password."""
    good = answer.trouble is None and answer.status in (*GOOD, 304)
    return good and isinstance(asked, Target) and not asked.authorization and answer.url != str(asked.url)
