"""The outbox: what is on its way to whom, when it is tried again, and when it is given up. Pure.

A delivery is one part of a letter to one recipient by one channel. Its id is a hash of exactly that, so it is the same
in every attempt, after every crash and on every host; Message-ID and Idempotency-Key are made of it, and a second copy
can be known for what it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from monitor.digests.letter import Letter
from monitor.digests.parts import Room, fitted
from monitor.digests.tidy import cut, tidy
from monitor.event import Event
from monitor.events import DeliveryRevived, DigestAttempted, DigestFailed, DigestQueued, DigestSent, DigestUnknown
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
STOPPED = Trouble(code="stopped", text="the service was stopped before the server answered")
DIED = Trouble(code="died", text="the service ended while the letter was being handed over; it may have been taken")
OURS = frozenset({STOPPED.code, DIED.code})  # doubts that are of our making
MOST_EXTRA = 1  # copies after a lost answer; a server that takes every letter and then stalls gets no third
UNSAID = Trouble(code="unsaid", text="the channel did not say what was wrong")

Unknown: TypeAlias = Literal["resend", "hold", "repeat"]  # Channel.unknown; repeat: the receiver keeps one of many
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
    unsubscribe: str = ""  # a mailto: or https: URL, if the digest names one
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


def message(queued: DigestQueued, delivery: Delivery, *, unsubscribe: str = "") -> Message:
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
        unsubscribe=unsubscribe,
    )


class Past(Struct, frozen=True, kw_only=True):
    """What was tried of a delivery since it was queued, or since a person asked to try again."""

    tries: int = 0
    doubts: int = 0  # answers that were lost: for all we know, so many copies arrived
    revivals: int = 0


UNTRIED = Past()


def past(events: Iterable[Event], delivery: str) -> Past:
    """What the events of an edition say of one of its deliveries.

    An attempt that we broke off ourselves is no doubt that counts, nor is one whose sender died: a crash in the moment
    of sending may cost a copy each time, and a service that crashes must not keep a letter from being told.
    """
    so_far = UNTRIED
    for event in events:
        match event:
            case DeliveryRevived(delivery=one) if one == delivery:
                so_far = Past(revivals=so_far.revivals + 1)
            case DigestAttempted(delivery=one) if one == delivery:
                so_far = msgspec.structs.replace(so_far, tries=so_far.tries + 1)
            case DigestUnknown(delivery=one, trouble=trouble) if one == delivery and trouble.code not in OURS:
                so_far = msgspec.structs.replace(so_far, doubts=so_far.doubts + 1)
    return so_far


def claim(row: OutboxRow, now: datetime) -> DigestAttempted:
    """The next attempt; whoever records it first makes it."""
    return DigestAttempted(at=now, edition=row.edition, delivery=row.delivery.id, n=row.n + 1, lease_until=now + LEASE)


def step(row: OutboxRow, unknown: Unknown, now: datetime) -> DigestAttempted | DigestUnknown:
    """What is next for a letter that is due: an attempt; or, where doubt is to be held, that it is held.

    A letter that was claimed and of which nobody spoke again may have been handed over before its sender died.
    """
    if row.state == "attempted" and unknown == "hold":
        edition, delivery = row.edition, row.delivery.id
        return DigestUnknown(at=now, edition=edition, delivery=delivery, n=row.n, trouble=DIED, retry_at=None)
    return claim(row, now)


def outcome(
    attempt: DigestAttempted, receipt: Receipt, now: datetime, *, before: Past = UNTRIED, unknown: Unknown = "resend"
) -> DigestSent | DigestFailed | DigestUnknown:
    """What the receipt says of the attempt; without ``retry_at`` it is given up or, if it is unknown, held.

    Args:
        attempt: the claim that was recorded.
        receipt: what the door says.
        now: when it said so.
        before: what was tried before this attempt.
        unknown: what is done where nobody knows: hold it, send one copy more and then hold it, or go on trying, where
            a copy more is none.
    """
    edition, delivery, n = attempt.edition, attempt.delivery, attempt.n
    trouble = receipt.trouble or UNSAID
    retry_at = _retry_at(before.tries + 1, receipt, now)
    match receipt.verdict:
        case "accepted":
            return DigestSent(at=now, edition=edition, delivery=delivery, n=n, answer=receipt.answer)
        case "refused":
            return DigestFailed(at=now, edition=edition, delivery=delivery, n=n, trouble=trouble, retry_at=None)
        case "failed":
            return DigestFailed(at=now, edition=edition, delivery=delivery, n=n, trouble=trouble, retry_at=retry_at)
        case "unknown":
            counts = trouble.code not in OURS
            held = unknown == "hold" or (unknown == "resend" and counts and before.doubts >= MOST_EXTRA)
            again = None if held else retry_at
            return DigestUnknown(at=now, edition=edition, delivery=delivery, n=n, trouble=trouble, retry_at=again)


def _retry_at(tries: int, receipt: Receipt, now: datetime) -> datetime | None:
    """Our own wait, or the server's wish if that is longer; None after the last."""
    if tries > len(WAITS):
        return None
    wish = min(max(receipt.retry_after or LEAST_WAIT, LEAST_WAIT), MOST_WAIT)
    return now + max(WAITS[tries - 1], wish)


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
