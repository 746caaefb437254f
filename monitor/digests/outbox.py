"""The outbox: what is on its way to whom, when it is tried again, and when it is given up. Pure.

A delivery is one part of a letter to one recipient by one channel. Its id is a hash of exactly that, so it is the same
in every attempt, after every crash and on every host; Message-ID and Idempotency-Key are made of it, and a second copy
can be known for what it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from monitor.digests.letter import Letter
from monitor.digests.parts import Room, fitted
from monitor.digests.tidy import cut, tidy
from monitor.events import DigestAttempted, DigestFailed, DigestQueued, DigestSent, DigestUnknown
from monitor.model import Delivery, OutboxRow, Part, Receipt, Trouble, Utc

LEASE = timedelta(minutes=5)  # longer than any door's deadline; after it, whoever held the letter is taken for dead
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)  # between two attempts: nine attempts within two days
LEAST_WAIT, MOST_WAIT = timedelta(minutes=1), timedelta(hours=24)  # what a server's Retry-After may ask for
ANSWER = 200  # characters of a server's own words that are kept
SHORTEST_SECRET = 4  # characters; anything shorter would black out half of what a server said
NO_LIMITS: Mapping[str, Room | None] = MappingProxyType({})
UNSAID = Trouble(code="unsaid", text="the channel did not say what was wrong")

Door = Literal["smtp", "webhook", "apprise"]
SCHEMES: dict[str, Door] = {"mailto": "smtp", "mailtos": "smtp", "json": "webhook", "jsons": "webhook"}


class Message(Struct, frozen=True, kw_only=True):
    """Everything a door needs to hand one part of a letter to one recipient."""

    key: str  # the delivery's id: the same in every attempt
    recipient: str  # an address, or the number of the target in the channel's URL, counted from 1
    part: Part
    number: int = 1  # of the part, counted from 1
    parts: int = 1
    digest: str
    edition: str
    items: tuple[str, ...] = ()  # ids of the items that the edition accounts for
    queued: Utc  # the letter's date, also when it is late
    sender: str = "News monitor"  # what the letter calls its writer, where the channel's URL does not say


def queued(
    letter: Letter,
    *,
    slot: str,
    reason: str,
    through: str,
    parts: Sequence[Part],
    recipients: Mapping[str, Sequence[str]],
    rooms: Mapping[str, Room | None] = NO_LIMITS,
    now: datetime,
) -> DigestQueued:
    """The letter put into the outbox: one delivery for each channel, recipient and part, in that order.

    The letter as it was rendered comes first among the edition's parts, whoever gets it; behind it what it was cut to
    for channels with less room, each cut once.
    """
    made, theirs = arranged(parts, {channel: rooms.get(channel) for channel in recipients})
    event = DigestQueued(
        at=now,
        digest=letter.digest,
        slot=slot,
        reason=reason,
        items=letter.items,
        through=through,
        parts=made,
        headlines=letter.headlines,
        stories=letter.stories,
        withheld=letter.withheld,
    )
    deliveries = tuple(
        Delivery(
            id=delivery_id(event.edition, now, channel, recipient, part),
            channel=channel,
            recipient=recipient,
            part=part,
        )
        for channel, those in recipients.items()
        for recipient in dict.fromkeys(those)
        for part in theirs[channel]
    )
    return msgspec.structs.replace(event, deliveries=deliveries)


def arranged(
    parts: Sequence[Part], rooms: Mapping[str, Room | None]
) -> tuple[tuple[Part, ...], dict[str, tuple[int, ...]]]:
    """Every part that any channel gets, and for each channel the numbers of its own, in their order."""
    made = dict.fromkeys(parts)
    wanted = {channel: fitted(parts, room) if parts else () for channel, room in rooms.items()}
    for cut_for_it in wanted.values():
        made |= dict.fromkeys(cut_for_it)
    places = {part: number for number, part in enumerate(made)}
    return tuple(made), {channel: tuple(places[part] for part in theirs) for channel, theirs in wanted.items()}


def delivery_id(edition: str, at: datetime, channel: str, recipient: str, part: int) -> str:
    """32 hex digits: BLAKE2b-128 of what makes a delivery that delivery.

    The instant of queueing belongs to it: two services that never heard of each other may use the same names, and a
    receiver must not take the letter of one for a copy of the other's.
    """
    return blake2b(msgspec.json.encode([edition, at, channel, recipient, part]), digest_size=16).hexdigest()


def message(queued: DigestQueued, delivery: Delivery) -> Message:
    """What the door is handed for one delivery of the edition."""
    to = (delivery.channel, delivery.recipient)
    beside = sorted(other.part for other in queued.deliveries if (other.channel, other.recipient) == to)
    return Message(
        key=delivery.id,
        recipient=delivery.recipient,
        part=queued.parts[delivery.part],
        number=beside.index(delivery.part) + 1,
        parts=len(beside),
        digest=queued.digest,
        edition=queued.edition,
        items=queued.items,
        queued=queued.at,
    )


def is_due(row: OutboxRow, now: datetime) -> bool:
    """Whether the delivery may be tried: it waits, its time has come, or its lease ran out without a word."""
    return row.state not in ("sent", "given up") and row.due is not None and row.due <= now


def claim(row: OutboxRow, now: datetime) -> DigestAttempted:
    """The next attempt; whoever records it first makes it."""
    return DigestAttempted(at=now, edition=row.edition, delivery=row.delivery.id, n=row.n + 1, lease_until=now + LEASE)


def outcome(attempt: DigestAttempted, receipt: Receipt, now: datetime) -> DigestSent | DigestFailed | DigestUnknown:
    """What the receipt says of the attempt; after a refusal and after the last wait there is no retry."""
    edition, delivery, n = attempt.edition, attempt.delivery, attempt.n
    trouble = receipt.trouble or UNSAID
    match receipt.verdict:
        case "accepted":
            return DigestSent(at=now, edition=edition, delivery=delivery, n=n, answer=receipt.answer)
        case "refused":
            return DigestFailed(at=now, edition=edition, delivery=delivery, n=n, trouble=trouble, retry_at=None)
        case "failed":
            retry_at = _retry_at(n, receipt, now)
            return DigestFailed(at=now, edition=edition, delivery=delivery, n=n, trouble=trouble, retry_at=retry_at)
        case "unknown":
            retry_at = _retry_at(n, receipt, now)
            return DigestUnknown(at=now, edition=edition, delivery=delivery, n=n, trouble=trouble, retry_at=retry_at)


def _retry_at(n: int, receipt: Receipt, now: datetime) -> datetime | None:
    """Our own wait, or the server's wish if that is longer; None after the last."""
    if n > len(WAITS):
        return None
    wish = min(max(receipt.retry_after or LEAST_WAIT, LEAST_WAIT), MOST_WAIT)
    return now + max(WAITS[n - 1], wish)


# -- for the doors ---------------------------------------------------------------------------------------------------


def door_for(url: str) -> Door:
    """Which door a channel's URL goes by: mail and webhooks by our own senders, everything else by Apprise."""
    return SCHEMES.get(url.partition("://")[0].lower(), "apprise")


def receipt(
    verdict: Literal["failed", "refused", "unknown"],
    code: str,
    text: str,
    *,
    answer: str = "",
    retry_after: timedelta | None = None,
) -> Receipt:
    """A receipt for what was not accepted; the server's words, if any, follow ours."""
    said = f"{text}: {answer}" if answer else text
    return Receipt(verdict=verdict, trouble=Trouble(code=code, text=said), answer=answer, retry_after=retry_after)


def quoted(answer: str | bytes, secrets: Sequence[str]) -> str:
    """A server's own words: one line, capped, every secret in them replaced by stars."""
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "***")
    return cut(tidy(text), ANSWER).text
