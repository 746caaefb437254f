"""A notice to the operator: a short plain letter about the service itself, put into the outbox like any other. Pure."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from html import escape

import msgspec

from monitor.digests.outbox import arranged, delivery_id
from monitor.digests.parts import Room
from monitor.events import DigestQueued
from monitor.model import OPERATOR, Delivery, Part

LONGEST = 20_000  # characters

PAGE = """<!doctype html>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>{subject}</title>
<body style="font: 16px/1.5 sans-serif; max-width: 44em; margin: 2em auto; padding: 0 1em">
<h1 style="font-size: 1.2em">{subject}</h1>
<pre style="white-space: pre-wrap; font: 14px/1.5 monospace">{text}</pre>
</body>
"""


def queued(
    subject: str, text: str, *, occasion: str, recipients: Sequence[str], now: datetime, room: Room | None = None
) -> DigestQueued:
    """The notice as an edition of the operator's own digest.

    Args:
        subject: one line.
        text: what happened and what to do; cut at ``LONGEST``.
        occasion: what makes it that notice: an occasion is told of once.
        recipients: the targets of the operator's channel.
        now: when it was noticed.
        room: what one message of that channel holds.
    """
    if len(text) > LONGEST:
        text = text[:LONGEST] + "\n... (more: monitor log tail)"
    whole = Part(subject=subject, text=text + "\n", html=PAGE.format(subject=escape(subject), text=escape(text)))
    slot = f"notice {blake2b(occasion.encode(), digest_size=6).hexdigest()}"
    parts, theirs = arranged((whole,), {OPERATOR: room})
    event = DigestQueued(at=now, digest=OPERATOR, slot=slot, reason=subject, items=(), through="", parts=parts)
    deliveries = tuple(
        Delivery(id=delivery_id(event.edition, now, OPERATOR, one, part), channel=OPERATOR, recipient=one, part=part)
        for one in recipients
        for part in theirs[OPERATOR]
    )
    return msgspec.structs.replace(event, deliveries=deliveries)
