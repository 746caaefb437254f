"""What the operator is told of letters that do not arrive: given up, held, or waiting for a person. Pure.

One notice for an edition and channel, however many parts and recipients it has; one for a channel that refuses us,
however many letters wait for it, until a letter was accepted there again. Of the channel ``operator`` itself nothing
is said by it: the journal and ``monitor status`` tell of that.
"""

from datetime import datetime
from typing import NamedTuple

from monitor.events import DigestFailed, DigestSent, DigestUnknown
from monitor.model import OPERATOR, OutboxRow

MENDABLE = frozenset({"auth", "http_401", "http_403", "config", "channel"})  # a person can, and waiting cannot


class Notice(NamedTuple):
    """A notice to be queued; an occasion is told of once."""

    subject: str
    text: str
    occasion: str


def notice(
    row: OutboxRow,
    outcome: DigestSent | DigestFailed | DigestUnknown,
    *,
    revivals: int = 0,
    last_accepted: datetime | None = None,
) -> Notice | None:
    """What to tell of an attempt's outcome, if anything.

    Args:
        row: the letter.
        outcome: what became of the attempt.
        revivals: how often a person asked to try the letter again; each may fail anew.
        last_accepted: when the channel last took any letter.
    """
    if isinstance(outcome, DigestSent) or row.delivery.channel == OPERATOR:
        return None
    edition, channel = row.edition, row.delivery.channel
    if outcome.retry_at is None:
        what, why = _end(outcome)
        text = (
            f"{edition} by the channel {channel!r}, to {row.delivery.recipient}: {outcome.trouble.text}.\n\n{why}\n\n"
            f"To read it: monitor digest show {edition}\n"
            f"To send it again: monitor digest resend {edition} --channel {channel}\n"
            "All that was not accepted: monitor digest outbox"
        )
        return Notice(f"News monitor: a letter is {what}", text, f"undelivered {edition} {channel} {revivals}")
    if outcome.trouble.code in MENDABLE:
        text = (
            f"The channel {channel!r} takes no letters: {outcome.trouble.text}.\n\n"
            f"{edition} waits and is tried again for about two days, as will be what is queued meanwhile.\n\n"
            f"Mend its URL or the secret in it, then: monitor reload; monitor channels test {channel}"
        )
        since = f"{last_accepted:%Y-%m-%dT%H:%M:%S.%f}" if last_accepted else "ever"
        return Notice(f"News monitor: the channel {channel} refuses us", text, f"channel {channel} refuses {since}")
    return None


def _end(outcome: DigestFailed | DigestUnknown) -> tuple[str, str]:
    if isinstance(outcome, DigestUnknown):
        return "held", "It may have arrived: look there first. It is not sent again unless you ask for it."
    return "given up", "It is not sent again unless you ask for it."
