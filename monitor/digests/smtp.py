"""Door: hand a letter to a mail server. Never raises for the world's troubles; never shows a password.

Apprise reads the ``mailto://`` or ``mailtos://`` URL; the message and the conversation are ours, so that the server's
codes are known. What can go wrong, in the order of the conversation:

    before the envelope   failed     our address, our login, its certificate: a person can mend it, the letter waits
    4xx                   failed     not now
    5xx                   refused    this letter or this recipient, never
    the answer is lost    unknown    after the last line of the letter only; a repeat has the same Message-ID

TLS that was asked for is verified (unless the URL says ``verify=no``) and never given up. A message has one recipient.
"""

import asyncio
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from email.errors import MessageError
from email.headerregistry import Address
from typing import Any

from monitor.digests.apprise import service
from monitor.digests.mail import Account, letter
from monitor.digests.outbox import Message, quoted, receipt
from monitor.digests.tidy import line
from monitor.errors import ConfigError
from monitor.model import Receipt, Secret

DEADLINE = timedelta(seconds=120)  # for one letter, from the first lookup to the last answer
CONNECT = 30  # seconds for one address of the server
GRACE = 5  # seconds that the socket waits longer than we do, so that it is always we who break off
TOO_BIG = frozenset({"size", "smtp_552"})  # the mail server takes no letter of that size
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
OURS = {
    *("from", "to", "cc", "bcc", "subject", "date", "message-id", "list-id", "auto-submitted", "reply-to"),
    *("references", "in-reply-to", "list-unsubscribe", "list-unsubscribe-post", "precedence"),
    *("mime-version", "content-type", "content-transfer-encoding", "sender", "x-monitor-edition"),
}
THREADS = ThreadPoolExecutor(
    max_workers=8, thread_name_prefix="smtp"
)  # of our own: a hung server holds up no other work


def recipients(url: str) -> tuple[str, ...]:
    """The addresses that the URL names (to, cc and bcc alike: each gets a letter of its own).

    Raises:
        ConfigError: the URL cannot be used; the message does not show it.
    """
    return account(url).recipients


def room(url: str) -> None:
    """No limit: a rendered part has at most some 100 kB, and servers take 10 MiB."""


def keeps_one(url: str) -> bool:  # noqa: ARG001 - every door is asked the same
    """No: that a receiver knows a copy by its key is to be hoped, and not to be relied on."""
    return False


async def send(url: str, message: Message, *, deadline: timedelta = DEADLINE) -> Receipt:
    """Hand one part of a letter to the one recipient of the message."""
    try:
        own = account(url)
    except ConfigError as wrong:
        return receipt("failed", "config", wrong.message)
    if message.recipient not in own.recipients:
        return receipt("refused", "recipient", "the channel no longer names this recipient")
    whole = await _converse(own, letter(own, message), message.recipient, deadline)
    if whole.trouble is None or whole.trouble.code not in TOO_BIG or not message.part.html:
        return whole
    # The same letter without its HTML, which is most of it: the same Message-ID, for only one of them was taken.
    return await _converse(own, letter(own, message, html=False), message.recipient, deadline)


async def _converse(own: Account, letter: bytes, recipient: str, deadline: timedelta) -> Receipt:
    conversation = Conversation(own, deadline)
    loop = asyncio.get_running_loop()
    alarm = loop.call_later(deadline.total_seconds(), conversation.break_off)
    try:
        return await loop.run_in_executor(THREADS, conversation.deliver, letter, recipient)
    finally:
        alarm.cancel()
        conversation.break_off()


# -- the URL ---------------------------------------------------------------------------------------------------------


def account(url: str) -> Account:
    """What the URL says of server, login and people.

    Raises:
        ConfigError: it is not understood, or asks for what we do not do.
    """
    plugin = service(url)
    if plugin.pgp_mode != "no":
        raise ConfigError("PGP is not supported", hint="take pgp=, pgpkey= and wkd= out of the URL")
    if url.lower().startswith("mailtos:") and plugin.secure_mode == "insecure":
        raise ConfigError(
            "mailtos:// asks for TLS and mode=insecure for none", hint="write mailto:// or take the mode out"
        )
    people = [address for _, address in plugin.targets] + sorted(plugin.cc) + sorted(plugin.bcc)
    _check_people(url, people, plugin.from_addr[1])
    for name, value in plugin.headers.items():
        if not HEADER.fullmatch(name) or name.lower() in OURS or line(value) != value:
            raise ConfigError(f"the header {line(name)!r} cannot be set by a URL", hint="such as ?+X-Team=desk")
    return Account(
        host=plugin.smtp_host,
        port=plugin.port,
        security=plugin.secure_mode,
        verify=plugin.verify_certificate,
        user=plugin.user or "",
        password=Secret(plugin.password or ""),
        sender=plugin.from_addr[1],
        sender_name=line(plugin.from_addr[0] or ""),
        recipients=tuple(dict.fromkeys(people)),
        reply_to=tuple(sorted(plugin.reply_to)),
        headers=dict(plugin.headers),
    )


def _check_people(url: str, people: list[str], sender: str) -> None:
    """Complain of an address that Apprise would drop without a word, or that the envelope cannot carry."""
    from apprise.plugins import url_to_dict
    from apprise.utils.parse import is_email

    parsed = url_to_dict(url, secure_logging=True)
    fields = [parsed.get(name) or () for name in ("targets", "cc", "bcc", "reply_to")]
    written = ",".join(",".join([field] if isinstance(field, str) else field) for field in fields)
    for number, address in enumerate(filter(None, map(str.strip, re.split("[,;]", written)))):
        if not is_email(address):
            raise ConfigError(f"address {number + 1} of the mail channel is none", hint="name@example.org")
    if not people:
        raise ConfigError("the mail channel names nobody", hint="mailtos://user:${PASSWORD}@host?to=name@example.org")
    for address in (*people, sender):
        try:
            Address(addr_spec=address).addr_spec.encode("ascii")
        except UnicodeError:
            raise ConfigError(
                "a mail address has letters beyond ASCII", hint="write the domain in its xn-- form"
            ) from None
        except (ValueError, IndexError, MessageError):
            raise ConfigError("a mail address cannot be written in a letter", hint="name@example.org") from None


# -- the conversation ------------------------------------------------------------------------------------------------


class Line(smtplib.SMTP):
    """smtplib's SMTP, which keeps a second handle on its connection, by which another thread can break it off."""

    handle: socket.socket | None = None
    wrapping: ssl.SSLContext | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = socket.create_connection((host, port), min(timeout, CONNECT))
        made.settimeout(timeout)
        self.handle = made.dup()
        return self.wrapping.wrap_socket(made, server_hostname=host) if self.wrapping else made


class Conversation:
    """One letter's way to the server, run in a thread; ``break_off`` may be called from any other."""

    def __init__(self, own: Account, deadline: timedelta) -> None:
        self.own = own
        self.line = Line(timeout=deadline.total_seconds() + GRACE, local_hostname="localhost")
        self.over = False
        self.asked = False  # the letter is out, its last line too: from here on a lost answer is *unknown*

    def deliver(self, letter: bytes, recipient: str) -> Receipt:
        """Speak with the server until it has said what becomes of the letter."""
        try:
            return self._greet() or self._hand_over(letter, recipient)
        except ssl.SSLCertVerificationError as wrong:
            return self._lost("tls", f"the mail server's certificate is not to be trusted: {wrong.verify_message}")
        except ssl.SSLError as wrong:
            return self._lost("tls", f"TLS with the mail server failed ({wrong.reason})")
        except smtplib.SMTPResponseException as wrong:
            return self._not_yet(wrong.smtp_code, wrong.smtp_error)
        except (OSError, smtplib.SMTPException, UnicodeError) as wrong:
            return self._lost("connection", f"the conversation with the mail server broke off ({type(wrong).__name__})")
        finally:
            self.line.close()
            if self.line.handle:
                self.line.handle.close()

    def break_off(self) -> None:
        """End the conversation at whatever point it is."""
        self.over = True
        if self.line.handle:
            with suppress(OSError):  # it is closed already: the conversation came to its end
                self.line.handle.shutdown(socket.SHUT_RDWR)

    def _greet(self) -> Receipt | None:
        """Connect, secure the line, log in; a receipt if that is as far as it goes."""
        own, smtp = self.own, self.line
        context = ssl.create_default_context()
        if not own.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        smtp.wrapping = context if own.security == "ssl" else None
        smtp._host = own.host  # type: ignore[attr-defined]  # whom STARTTLS verifies; set by SMTP(host) alone
        if self.over:
            raise TimeoutError
        code, answer = smtp.connect(own.host, own.port)
        if code != 220:
            return self._not_yet(code, answer)
        smtp.local_hostname = _literal(smtp)
        smtp.ehlo_or_helo_if_needed()
        if own.security == "starttls":
            if not smtp.has_extn("starttls"):
                return receipt("failed", "tls", "the mail server offers no STARTTLS, which the channel asks for")
            code, answer = smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        return self._log_in() if own.user and own.password else None

    def _log_in(self) -> Receipt | None:
        offered = self.line.esmtp_features.get("auth", "").split()
        if not {"CRAM-MD5", "PLAIN", "LOGIN"} & set(offered):
            return receipt("failed", "auth", "the mail server offers no login with a password")
        try:
            self.line.login(self.own.user, self.own.password)
        except smtplib.SMTPAuthenticationError as wrong:
            answer = self._quoted(wrong.smtp_error)
            return receipt("failed", "auth", f"the mail server refused the login ({wrong.smtp_code})", answer=answer)
        except UnicodeEncodeError:
            return receipt("failed", "auth", "user and password must be ASCII for this mail server")
        return None

    def _hand_over(self, letter: bytes, recipient: str) -> Receipt:
        smtp = self.line
        room = smtp.esmtp_features.get("size", "")
        if room.isdecimal() and 0 < int(room) < len(letter):
            return receipt("refused", "size", f"the mail server takes no more than {int(room):,} bytes")
        envelope: tuple[Callable[[], tuple[int, bytes]], ...] = (
            lambda: smtp.mail(self.own.sender),
            lambda: smtp.rcpt(recipient),
            lambda: smtp.docmd("DATA"),
        )
        for step in envelope:
            code, answer = step()
            if not 200 <= code < 400:
                return self._refusal(code, answer)
        smtp.send(re.sub(rb"(?m)^\.", b"..", letter))
        self.asked = True
        smtp.send(b".\r\n")
        code, answer = smtp.getreply()
        if 200 <= code < 300:
            with suppress(OSError, smtplib.SMTPException):  # the letter is taken; a farewell is only good manners
                smtp.putcmd("QUIT")
            return Receipt(verdict="accepted", answer=self._quoted(answer))
        return self._refusal(code, answer)

    def _refusal(self, code: int, answer: bytes) -> Receipt:
        said = self._quoted(answer)
        match code:
            case _ if self.over:  # what came so far is a torn line
                return self._lost("timeout", "the mail server did not answer in time")
            case 530 | 534 | 535 | 538:
                return receipt("failed", "auth", f"the mail server wants another login ({code})", answer=said)
            case 552:
                return receipt("refused", "smtp_552", "the letter is too long for the mail server (552)", answer=said)
            case _ if 400 <= code < 500:
                return receipt("failed", f"smtp_{code}", f"the mail server said {code}", answer=said)
            case _ if 500 <= code < 600:
                return receipt("refused", f"smtp_{code}", f"the mail server refused the letter ({code})", answer=said)
        return self._lost("protocol", "the mail server said something that is not SMTP")

    def _not_yet(self, code: int, answer: bytes | str) -> Receipt:
        """Before the envelope every refusal is about us, and a person can mend it."""
        if self.asked or self.over or code < 0:
            return self._lost("protocol", "the mail server said something that is not SMTP")
        return receipt("failed", f"smtp_{code}", f"the mail server said {code}", answer=self._quoted(answer))

    def _lost(self, code: str, text: str) -> Receipt:
        if self.over:
            code, text = "timeout", "the mail server did not answer in time"
        if self.asked:
            return receipt("unknown", code, f"{text}; it may have taken the letter")
        return receipt("failed", code, text)

    def _quoted(self, answer: Any) -> str:
        return quoted(answer, self.own.secrets)


def _literal(smtp: smtplib.SMTP) -> str:
    """How we name ourselves: by our address, for a host's own name is often none that the world knows."""
    host = str(smtp.sock.getsockname()[0]) if smtp.sock else "127.0.0.1"
    return f"[IPv6:{host}]" if ":" in host else f"[{host}]"
