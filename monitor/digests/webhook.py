"""Door: hand a letter to a webhook by HTTP POST. Never raises for the world's troubles; never shows a secret.

The URL is an Apprise one: ``json://host/path`` for http, ``jsons://`` for https, with ``user:password@`` for basic
authentication, ``?+Name=value`` for headers of the request, ``?-name=value`` for its query, ``?verify=no`` for a
certificate of one's own, and ``?secret=...`` to have every request signed:

    Idempotency-Key: <the delivery's id, the same in every attempt>
    X-Monitor-Signature: sha256=<hex of HMAC-SHA256 over the body, keyed with the secret>

The body is JSON: key, digest, edition, queued, part, parts, subject, text, html, items.
"""

import hashlib
import hmac
from base64 import b64encode
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from monitor.digests.outbox import Message, quoted, receipt
from monitor.digests.tidy import line
from monitor.errors import ConfigError, did_you_mean
from monitor.model import Receipt, Secret

if TYPE_CHECKING:
    from aiohttp import ClientResponse, TraceConfig

DEADLINE = timedelta(seconds=30)  # from the first lookup to the last byte of the answer
ANSWER = 4096  # bytes that are read of an answer
MENDABLE = {401, 403, 404, 405, 407, 408, 410, 421, 425, 429}  # a person or time can mend these; no other 4xx
KNOWN = {"secret", "verify", "method"}


class Hook(Struct, frozen=True, kw_only=True):
    """A channel's URL, understood."""

    url: Secret
    user: str
    password: Secret
    headers: dict[str, Secret]
    secret: Secret
    verify: bool

    @property
    def secrets(self) -> tuple[str, ...]:
        """What an answer must not be quoted with."""
        path = [step for step in urlsplit(self.url).path.split("/") if len(step) > 7]  # what may be a token
        query = [field.partition("=")[2] for field in urlsplit(self.url).query.split("&")]
        login = b64encode(f"{self.user}:{self.password}".encode()).decode()
        return (self.url, login, self.password, self.secret, *self.headers.values(), *path, *query)


def recipients(url: str) -> tuple[str, ...]:
    """One: the address that the URL names.

    Raises:
        ConfigError: the URL cannot be used; the message does not show it.
    """
    hook(url)
    return ("1",)


def room(url: str) -> None:
    """No limit: who receives it has asked for whole letters."""


def keeps_one(url: str) -> bool:  # noqa: ARG001 - every door is asked the same
    """No: that a receiver knows a copy by its key is to be hoped, and not to be relied on."""
    return False


async def send(url: str, message: Message, *, deadline: timedelta = DEADLINE) -> Receipt:
    """Post one part of a letter."""
    try:
        own = hook(url)
    except ConfigError as wrong:
        return receipt("failed", "config", wrong.message)
    from aiohttp import ClientError, ClientSession, ClientSSLError, ClientTimeout, DummyCookieJar

    body = _body(message)
    sent: list[bool] = []
    try:
        async with (
            ClientSession(
                timeout=ClientTimeout(total=deadline.total_seconds()),
                cookie_jar=DummyCookieJar(),
                trace_configs=[_noticing(sent)],
            ) as session,
            session.post(
                str(own.url),
                data=body,
                headers=_headers(own, message, body),
                allow_redirects=False,
                ssl=own.verify,
            ) as response,
        ):
            return _receipt(response, quoted(await _words(response), own.secrets))
    except ClientSSLError as wrong:
        return receipt("failed", "tls", f"TLS with the webhook failed ({type(wrong).__name__})")
    except TimeoutError:
        return _lost(sent, "timeout", "the webhook did not answer in time")
    except (ClientError, OSError, ValueError) as wrong:
        return _lost(sent, "connection", f"the webhook could not be spoken to ({type(wrong).__name__})")


# -- the URL ---------------------------------------------------------------------------------------------------------


def hook(url: str) -> Hook:
    """What the URL says.

    Raises:
        ConfigError: it is not understood, or asks for what we do not do.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host:
        raise ConfigError("the webhook's URL names no host", hint="jsons://example.org/path?secret=${SECRET}")
    options, headers, query = _options(parts.query)
    place = f"[{host}]" if ":" in host else host
    base = f"{'https' if parts.scheme == 'jsons' else 'http'}://{place}" + (f":{port}" if port else "")
    return Hook(
        url=Secret(f"{base}{parts.path or '/'}" + (f"?{'&'.join(query)}" if query else "")),
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password or "")),
        headers=headers,
        secret=Secret(options.get("secret", "")),
        verify=options.get("verify", "yes").lower() not in ("no", "false", "0", "off"),
    )


def _options(query: str) -> tuple[dict[str, str], dict[str, Secret], list[str]]:
    """The URL's own options, the headers it adds, and the fields it passes on."""
    options: dict[str, str] = {}
    headers: dict[str, Secret] = {}
    passed: list[str] = []
    for field in filter(None, query.split("&")):
        raw, _, value = field.partition("=")
        name = unquote(raw)
        if name.startswith("+"):
            headers[name[1:]] = Secret(unquote(value))
        elif name.startswith("-"):
            passed.append(f"{raw.removeprefix('%2D').removeprefix('-')}={value}")
        elif name in KNOWN:
            options[name] = unquote(value)
        else:
            hint = did_you_mean(name, KNOWN) if name.isalnum() else "+Name=value adds a header, -name=value a query"
            raise ConfigError("the webhook's URL has an option that is not known", hint=hint)
    if options.get("method", "POST").upper() != "POST":
        raise ConfigError("a webhook is sent by POST", hint="take method= out of the URL")
    if any(not name or set(name + value) & set("\r\n\0") for name, value in headers.items()):
        raise ConfigError("a header of the webhook's URL has a line break in it", hint="+Name=value")
    return options, headers, passed


# -- the request -----------------------------------------------------------------------------------------------------


def signature(secret: str, body: bytes) -> str:
    """What X-Monitor-Signature says of the body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _headers(own: Hook, message: Message, body: bytes) -> dict[str, str]:
    signed = {"X-Monitor-Signature": signature(own.secret, body)} if own.secret else {}
    login = b64encode(f"{own.user}:{own.password}".encode()).decode()
    return {
        "User-Agent": message.sender.replace(" ", "-"),
        **({"Authorization": f"Basic {login}"} if own.user or own.password else {}),
        **{name: str(value) for name, value in own.headers.items()},
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        **signed,
    }


def _body(message: Message) -> bytes:
    said: dict[str, Any] = {
        "key": message.key,
        "digest": message.digest,
        "edition": message.edition,
        "queued": message.queued,
        "part": message.number,
        "parts": message.parts,
        "subject": line(message.part.subject),
        "text": message.part.text,
        "html": message.part.html,
        "items": message.items,
    }
    return msgspec.json.encode(said)


def _noticing(sent: list[bool]) -> "TraceConfig":
    """Notes when the request begins to go out: from then on a lost answer is *unknown*."""
    from aiohttp import TraceConfig

    trace = TraceConfig()

    async def noticed(*_: object) -> None:
        sent.append(True)

    trace.on_request_headers_sent.append(noticed)
    return trace


# -- the answer ------------------------------------------------------------------------------------------------------


async def _words(response: "ClientResponse") -> bytes:
    return await response.content.read(ANSWER)


def _receipt(response: "ClientResponse", said: str) -> Receipt:
    code, status = response.status, f"http_{response.status}"
    if 200 <= code < 300:
        return Receipt(verdict="accepted", answer=f"{code} {said}".rstrip())
    if 300 <= code < 400:
        return receipt(
            "refused", "redirect", f"the webhook answered {code}: a letter is not sent on to another address"
        )
    text = f"the webhook answered {code}"
    if code >= 500 or code in MENDABLE:
        return receipt("failed", status, text, answer=said, retry_after=_retry_after(response))
    return receipt("refused", status, text, answer=said)


def _retry_after(response: "ClientResponse") -> timedelta | None:
    """The server's wish; a date counts from the server's own clock, as ours is not asked here."""
    wish = response.headers.get("Retry-After", "")
    if wish.isascii() and wish.isdecimal():
        return timedelta(seconds=min(int(wish), 10**8))
    try:
        return parsedate_to_datetime(wish) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None


def _lost(sent: list[bool], code: str, text: str) -> Receipt:
    if sent:
        return receipt("unknown", code, f"{text}; it may have taken the letter")
    return receipt("failed", code, text)
