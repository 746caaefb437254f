"""A letter as mail: its headers and bodies, the same bytes in every attempt. Pure."""

from base64 import b64encode
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from hashlib import blake2b
from typing import Literal

from msgspec import Struct

from monitor.digests.outbox import Message
from monitor.digests.tidy import line
from monitor.model import Secret


class Whole(UnstructuredHeader):
    """A header that is never folded: Python writes a long URL as encoded words, which mail programs do not read."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        """The header as one line."""
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", Whole)  # type: ignore[arg-type]  # it adds BaseHeader itself
POLICY = SMTP.clone(cte_type="7bit", header_factory=HEADERS)  # for servers without 8BITMIME


class Account(Struct, frozen=True, kw_only=True):
    """A channel's URL, understood."""

    host: str
    port: int
    security: Literal["insecure", "starttls", "ssl"]
    verify: bool
    user: str
    password: Secret
    sender: str  # address
    sender_name: str
    recipients: tuple[str, ...]
    reply_to: tuple[str, ...]
    headers: dict[str, str]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password in every form in which a server could say it back."""
        forms = (self.password, f"\0{self.user}\0{self.password}")
        return (self.password, *(b64encode(form.encode()).decode() for form in forms)) if self.password else ()


def letter(own: Account, message: Message, *, html: bool = True) -> bytes:
    """The message as it goes over the wire: the same bytes in every attempt."""
    domain = own.sender.rpartition("@")[2]
    mail = EmailMessage(policy=POLICY)
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    mail["Date"] = format_datetime(message.queued)
    mail["From"] = Address(own.sender_name or message.sender, addr_spec=own.sender)
    mail["To"] = Address(addr_spec=message.recipient)
    if own.reply_to:
        mail["Reply-To"] = [Address(addr_spec=address) for address in own.reply_to]
    mail["Subject"] = line(message.part.subject)
    mail["List-Id"] = f"<{message.digest}.news-monitor.{domain}>"
    mail["References"] = mail["In-Reply-To"] = series(message.digest, domain)
    if message.unsubscribe:
        mail["List-Unsubscribe"] = f"<{message.unsubscribe}>"
    if message.unsubscribe.startswith("https:"):
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"  # and Precedence, for the answering machines that know only that
    mail["Precedence"] = "bulk"
    mail["X-Monitor-Edition"] = message.edition
    for name, value in own.headers.items():
        mail[name] = value
    mail.set_content(message.part.text)
    if html and message.part.html:
        mail.add_alternative(message.part.html, subtype="html")
        mail.set_boundary(f"=_{message.key}")
    return mail.as_bytes()


def series(digest: str, domain: str) -> str:
    """The id that all letters of a digest refer to, so that mail programs show them as one thread; no letter has it."""
    return f"<{blake2b(digest.encode(), digest_size=8).hexdigest()}.news-monitor@{domain}>"
