"""Door: names to addresses, and sockets to public addresses only.

A name is refused if any of its addresses is not public; a socket is refused if the very address it is to connect to is
not. So a name that answers differently the next time leads nowhere either.
"""

import asyncio
import socket
from collections.abc import Sequence

import aiodns
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.feeds.address import is_public
from monitor.model import Trouble

LOOKUP = 3.0  # seconds
MOST_ADDRESSES = 16


class Refused(OSError):
    """A host is not asked; ``trouble`` says why. An OSError, for that is what those who connect take for a failure."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble


class Resolver(AbstractResolver):
    """Asks the name servers, without threads: a few lookups that hang must not hold up the others.

    Args:
        guarded: whether to refuse names with addresses that are not public.
        nameservers: whom to ask instead of the system's, as ``address`` or ``address:port``.
    """

    def __init__(self, *, guarded: bool, nameservers: Sequence[str] = ()) -> None:
        self._guarded = guarded
        self._dns = aiodns.DNSResolver(nameservers=nameservers or None, timeout=LOOKUP / 2, tries=2)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """At most 16 addresses of the name.

        Raises:
            Refused: ``dns`` if it has none, or none in 3 s; ``address`` if one of them is not public.
        """
        try:
            async with asyncio.timeout(LOOKUP):
                found = await self._dns.getaddrinfo(host, port=port, type=socket.SOCK_STREAM, family=family)
        except TimeoutError:
            raise Refused(Trouble(code="dns", text=f"no answer about {host} within {LOOKUP:g} s")) from None
        except aiodns.error.DNSError as wrong:
            why = wrong.args[1] if len(wrong.args) > 1 else "no answer"
            raise Refused(Trouble(code="dns", text=f"{host} cannot be found: {why}")) from None
        nodes = [(node.addr[0].decode("ascii"), node.family) for node in found.nodes]
        if self._guarded and not all(is_public(address) for address, _ in nodes):
            raise Refused(Trouble(code="address", text=f"{host} has an address that is not public"))
        if not nodes:
            raise Refused(Trouble(code="dns", text=f"{host} has no address"))
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for address, kind in nodes[:MOST_ADDRESSES]
        ]

    async def close(self) -> None:
        """Forget what is being asked."""
        await self._dns.close()


def public_socket(info: tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]) -> socket.socket:
    """A socket for an address, if that is public; the last wall before a connection, also for addresses in URLs.

    Raises:
        Refused: ``address``.
    """
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise Refused(Trouble(code="address", text="the address is not public"))
    return socket.socket(family=family, type=kind, proto=protocol)
