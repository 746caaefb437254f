"""Door: what a server answered, read within bounds; what went wrong gets its stable code.

Nothing is read that is not worth it: only a good status has a body, and a bomb is dropped before it has grown.
"""

import ssl
from typing import NamedTuple

import aiohttp
from aiohttp.http_exceptions import ContentLengthError

from monitor.feeds.delta import NO_CHANGE
from monitor.feeds.headers import max_age, retry_after, validator
from monitor.feeds.heard import Reply
from monitor.feeds.http_guard import Refused
from monitor.feeds.inflate import Damaged, Unfinished, Unsupported, inflate_for
from monitor.feeds.prefilter import LARGEST
from monitor.feeds.target import Target
from monitor.model import Trouble

LARGEST_WIRE = 5 * 2**20  # bytes
REDIRECTS = (301, 302, 303, 307, 308)
FOR_GOOD = (301, 308)
GOOD = (200, 203)  # OK; and OK, changed by a proxy on the way


class Moved(NamedTuple):
    """A redirect, not yet checked."""

    location: str
    for_good: bool


async def read(response: aiohttp.ClientResponse, target: Target, conditional: bool) -> Reply | Moved:
    """What the response says.

    Args:
        response: its head has come, its body perhaps not.
        target: what was asked.
        conditional: whether validators were sent along.

    Raises:
        aiohttp.ClientError: the body breaks off, or is no HTTP.
    """
    status, headers = response.status, response.headers
    trouble, body = None, b""
    if status in REDIRECTS and "Location" in headers:
        return Moved(headers["Location"], status in FOR_GOOD)
    if status in GOOD:
        came = await _body(response)
        trouble, body = (came, b"") if isinstance(came, Trouble) else (None, came)
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
        max_age=max_age(", ".join(headers.getall("Cache-Control", ())), headers.get("Age", "")),
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


def trouble_of(wrong: Exception, host: str) -> Trouble:
    """The stable code of what went wrong; the text names the host, never the URL, which may hold secrets."""
    if isinstance(refused := wrong.__cause__, Refused):
        return refused.trouble
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
