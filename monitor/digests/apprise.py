"""Door: hand a letter to any of Apprise's services, one target at a time. Never raises; never shows a secret URL.

Apprise's words are not always the world's. SUCCESS is *accepted*. TIMEOUT is *unknown*: the message may have arrived.
FAILURE is *failed*, unless its log shows that the answer was lost after the request went out; then it is *unknown* too.
That log names tokens, as does urllib3's, so nothing of either leaves this file but an HTTP status. Retries are ours
(Apprise's own post again blindly), redirects are not followed, and no picture is added that a reader's app would load.
"""

import logging
import re
import warnings
from contextvars import ContextVar
from datetime import timedelta
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from monitor.digests.outbox import Message, receipt
from monitor.digests.parts import Room, escaped
from monitor.digests.tidy import line
from monitor.errors import ConfigError, did_you_mean
from monitor.model import Receipt

if TYPE_CHECKING:
    from apprise import AppriseAsset

DEADLINE = timedelta(seconds=60)  # for one letter to one target
GRACE = 5  # seconds that a socket waits longer than we do, so that a stalled answer is our TIMEOUT and not its error
LONGEST_EVENT = 48_000  # bytes of text in a Matrix event, which may have 65,536 with all its wrapping
MAIL_ROOM = 32768  # characters; a service with room for that and a liking for HTML is one for mail
LEAST_BODY = 60  # characters; a service that takes less gets the subject alone
LOST = re.compile(
    r"Read timed out|Connection aborted|RemoteDisconnected|ConnectionReset|IncompleteRead|Connection broken"
)
SCHEME = re.compile(r"[a-z0-9]{1,32}")
STATUS = re.compile(r"\berror=(\d{3})\b")
_SAID: ContextVar[list[str] | None] = ContextVar("said", default=None)  # what Apprise logs during one letter


def recipients(url: str) -> tuple[str, ...]:
    """The targets of the URL by their number, from 1; one for a service that has no targets.

    Raises:
        ConfigError: Apprise cannot use the URL, or a target of it; the message does not show it.
    """
    numbers = tuple(str(number) for number in range(1, max(len(_targets(url)), 1) + 1))
    for number in numbers:
        service(url, number)
    return numbers


def room(url: str) -> Room:
    """What one message of the service holds, as Apprise knows it.

    Raises:
        ConfigError: Apprise cannot use the URL.
    """
    plugin = service(url)
    size, formats = int(plugin.body_maxlen), _formats(plugin)
    if _is_matrix(plugin):
        return Room(size=LONGEST_EVENT, counts="bytes")
    html = size if formats[0] == "html" and size >= MAIL_ROOM else 0
    return Room(size=size, counts="markdown" if "markdown" in formats else "characters", html=html)


def keeps_one(url: str) -> bool:
    """Whether the service keeps one message of a key however often it is sent: Matrix does.

    Raises:
        ConfigError: Apprise cannot use the URL.
    """
    return _is_matrix(service(url))


async def send(url: str, message: Message, *, deadline: timedelta = DEADLINE) -> Receipt:
    """Hand one part of a letter to the target whose number is the message's recipient."""
    try:
        plugin = service(url, message.recipient)
    except ConfigError as wrong:
        return receipt("failed", "config", wrong.message)
    from apprise import Apprise

    _ready(plugin, message, deadline)
    text, form = body(plugin, message)
    one = Apprise(asset=_asset())
    one.add(plugin)
    said: list[str] = []
    listening = _SAID.set(said)
    try:
        result = await one.async_notify(
            body=text, title=line(message.part.subject), body_format=form, timeout=deadline.total_seconds()
        )
    finally:
        _SAID.reset(listening)
    return _receipt(line(str(plugin.service_name)), result.status.name, "\n".join(said))


def service(url: str, recipient: str = "") -> Any:
    """Apprise's plugin for the URL, narrowed to one of its targets if it has several.

    Raises:
        ConfigError: Apprise cannot use it, or it asks for what we do not do.
    """
    parsed = _parsed(url)
    targets = _targets(url)
    if recipient and len(targets) > 1:
        if not recipient.isdecimal() or not 1 <= int(recipient) <= len(targets):
            raise ConfigError(f"the channel's URL has no target {recipient}", hint=f"it has {len(targets)}")
        parsed["targets"] = [targets[int(recipient) - 1]]
    from apprise import Apprise

    plugin = Apprise.instantiate(parsed, asset=_asset())
    if plugin is None:
        target = f" with target {recipient}" if len(targets) > 1 else ""
        hint = "https://appriseit.com/services/ shows the URL of every service"
        raise ConfigError(f"Apprise cannot use this {parsed['schema']}:// URL{target}", hint=hint)
    if plugin.optional:
        hint = "take optional=yes out of the URL: it makes Apprise say that a letter went out when it did not"
        raise ConfigError("a channel cannot be optional", hint=hint)
    if _is_matrix(plugin) and plugin.user:
        hint = "log in once and write the access token: matrixs://${TOKEN}@example.org/#room"
        raise ConfigError("a Matrix channel needs an access token instead of user and password", hint=hint)
    return plugin


def _parsed(url: str) -> dict[str, Any]:
    _load()
    from apprise.plugins import N_MGR, url_to_dict

    parsed: dict[str, Any] | None = url_to_dict(url, secure_logging=True)
    if parsed is None:
        scheme, separator, _ = url.lower().partition("://")
        if not separator or not SCHEME.fullmatch(scheme):
            raise ConfigError("this is no Apprise URL", hint="it begins with a service's name, such as ntfy://")
        if scheme in N_MGR:
            hint = "https://appriseit.com/services/ shows the URL of every service"
            raise ConfigError(f"Apprise cannot read this {scheme}:// URL", hint=hint)
        known = [name for name in N_MGR.schemas() if name != scheme]
        near = did_you_mean(scheme, known)
        raise ConfigError(f"Apprise knows no service {scheme}://", hint=near if len(near) < 80 else "")
    return parsed


def _targets(url: str) -> list[str]:
    """The URL's targets as Apprise reads them, in the order of the URL."""
    match _parsed(url).get("targets"):
        case str() as several:
            from apprise.utils.parse import parse_list

            return [str(target) for target in parse_list(several, sort=False)]
        case list() | tuple() as several:
            return [str(target) for target in several if target]
        case set() as several:
            return sorted(str(target) for target in several if target)
    return []


@cache
def _asset() -> "AppriseAsset":
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="News monitor",
        app_desc="News monitor",
        app_url="",
        image_url_mask="",  # else services are told to load a picture from GitHub
        image_url_logo="",
        http_redirects=False,
        interpret_emojis=False,
        default_service_retry=0,
        service_timeout=0,  # ours is the only clock
    )


@cache
def _load() -> None:
    """Load Apprise and its services, and silence the loggers that name URLs, tokens and payloads."""
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    logging.getLogger("apprise").addFilter(_overhear)
    for name in ("requests", "urllib3", "urllib3.connectionpool", "urllib3.util.retry"):
        logging.getLogger(name).addFilter(logging.Filter("nobody"))  # lets pass what nobody says
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it asks for imghdr, which Python 3.13 has no more
        from apprise.plugins import N_MGR

        N_MGR.load_modules()


def _overhear(record: logging.LogRecord) -> bool:
    """Keep what Apprise says to itself, for `send` to read; let no handler have it."""
    said = _SAID.get()
    if said is not None:
        try:
            said.append(record.getMessage())
        except (TypeError, ValueError):  # a plugin's words and values do not fit each other
            said.append(str(record.msg))
    return False


def _ready(plugin: Any, message: Message, deadline: timedelta) -> None:
    """Take from the plugin what is ours to decide, whatever its URL says."""
    from apprise.common import OverflowMode

    plugin.retry = 0
    plugin.redirects = False
    plugin.overflow_mode = OverflowMode.UPSTREAM  # we cut; its pieces would be sent again one and all after a failure
    plugin.socket_read_timeout = deadline.total_seconds() + GRACE
    if _is_matrix(plugin):
        # Matrix keeps one message of a transaction, also across restarts; the same text has the same id in every
        # attempt. Set beforehand, or the plugin would make up a random one.
        text = blake2b(message.part.text.encode(), digest_size=8).hexdigest()
        plugin.access_token = plugin.password
        plugin.transaction_id = f"{message.key}-{text}"
        plugin.default_retries = 1
        plugin.request_rate_per_sec = 0  # there is one message, and nothing to be spaced out


def _is_matrix(plugin: Any) -> bool:
    """Whether it is a Matrix room by the client API (a webhook of a bridge is not)."""
    return str(plugin.schema) in ("matrix", "matrixs") and str(plugin.mode or "off").lower() in ("off", "none")


def body(plugin: Any, message: Message) -> tuple[str, str]:
    """The letter in a form that the service takes, and that form's name; Apprise escapes text where it is no markup."""
    formats = _formats(plugin)
    room = int(plugin.body_maxlen)
    if formats[0] == "html" and len(message.part.html) <= room >= MAIL_ROOM:
        return message.part.html, "html"
    if not int(plugin.title_maxlen):
        room -= len(message.part.subject) + 2  # Apprise puts the subject into the body
    text = message.part.text
    if _is_matrix(plugin):  # its limit is one of bytes, and a second event would have the transaction of the first
        room = min(room, len(text.encode()[:LONGEST_EVENT].decode(errors="ignore")))
    if formats != ["markdown"]:
        return _cut(text, room, message.edition), "text"
    if len(escaped(text)) > room:
        text = _cut(text, room * 4 // 5, message.edition)
    return escaped(text)[:room], "markdown"


def _formats(plugin: Any) -> list[str]:
    """The forms that the service takes, the one that it prefers first."""
    return [str(form.value) for form in plugin._formats()]


def _cut(text: str, room: int, edition: str) -> str:
    """As many whole stories as there is room for, and where to read on.

    Letters are cut to parts when they are queued; this is for one whose channel has another URL since, with less room.
    """
    if len(text) <= room:
        return text
    note = f"\n\n… (more; the whole letter: monitor digest show {edition})"
    if room < len(note) + LEAST_BODY:
        return text[: max(room - 1, 0)].rstrip() + "…"
    kept = text[: room - len(note)]
    story = kept.rfind("\n\n")
    return (kept[:story] if story > len(kept) // 2 else kept).rstrip() + note


def _receipt(name: str, status: str, said: str) -> Receipt:
    http = STATUS.search(said)
    match status:
        case "SUCCESS":
            return Receipt(verdict="accepted", answer=f"{name} took it")
        case "TIMEOUT":
            return receipt("unknown", "timeout", f"{name} did not answer in time; it may have taken the letter")
    if http:
        refused = ": it refused our credentials" if http[1] in ("401", "403") else ""
        return receipt("failed", f"http_{http[1]}", f"{name} answered {http[1]}{refused}")
    if LOST.search(said):
        return receipt("unknown", "lost", f"{name} broke off without an answer; it may have taken the letter")
    return receipt("failed", "service", f"{name} could not be reached or did not take the letter")
