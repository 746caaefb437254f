"""What people were told, and what they wished. Pure."""

from typing import Literal

from monitor.event import Event, event
from monitor.model import Delivery, ItemId, Part, Trouble, Utc, Withheld


@event(stream="digest/{digest}", key=("digest",))
class DigestDeclared(Event, frozen=True, kw_only=True):
    """config.toml named a digest for the first time; its slots count from here."""

    digest: str


@event(stream="digest/{edition}", key=("digest", "slot"), version=2)
class DigestQueued(Event, frozen=True, kw_only=True):
    """A digest was composed for a slot and its letters wait in the outbox; an empty one has no parts.

    ``slot`` is a local instant with its zone (``2024-09-11T18:00 Europe/Kyiv``), ``alert ID`` with the id of the first
    match that it tells, or ``request ID`` if a person asked. ``through`` is the id of the last match that was
    considered: the next edition begins behind it.
    """

    digest: str
    slot: str
    reason: str
    items: tuple[ItemId, ...]  # every item it accounts for
    through: str
    parts: tuple[Part, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    headlines: tuple[str, ...] = ()  # of the items, in their order, as shown; empty for one that was not itself shown
    stories: tuple[ItemId, ...] = ()  # of the items, in their order
    withheld: tuple[Withheld, ...] = ()  # those of the items that it does not show

    @property
    def edition(self) -> str:
        """The digest's name and its slot: what ``digest show`` takes."""
        return f"{self.digest}@{self.slot.replace(' ', '@')}"


@event(stream="digest/{edition}", key=("delivery", "n"))
class DigestAttempted(Event, frozen=True, kw_only=True):
    """Whoever recorded this first hands the letter over; no one else does before ``lease_until``."""

    edition: str
    delivery: str
    n: int
    lease_until: Utc


@event(stream="digest/{edition}", key=("delivery", "n"))
class DigestSent(Event, frozen=True, kw_only=True):
    """The receiving server said *accepted*; that is not *read by you*."""

    edition: str
    delivery: str
    n: int
    answer: str


@event(stream="digest/{edition}", key=("delivery", "n"))
class DigestFailed(Event, frozen=True, kw_only=True):
    """The letter was not taken; without ``retry_at`` it is given up."""

    edition: str
    delivery: str
    n: int
    trouble: Trouble
    retry_at: Utc | None


@event(stream="digest/{edition}", key=("delivery", "n"))
class DigestUnknown(Event, frozen=True, kw_only=True):
    """The answer was lost: the letter may have been taken. A repeat carries the same Message-ID or key."""

    edition: str
    delivery: str
    n: int
    trouble: Trouble
    retry_at: Utc | None


@event(stream="digest/{edition}", key=("delivery", "at"))
class DeliveryRevived(Event, frozen=True, kw_only=True):
    """A person asked to try a letter again that was given up or held."""

    edition: str
    delivery: str
    who: str


@event(stream="channel/{channel}", key=("channel", "at"))
class ChannelVerified(Event, frozen=True, kw_only=True):
    """A person confirmed that a test message arrived (or said that it did not)."""

    channel: str
    source: str  # hash of the channel's URL that this is about
    arrived: bool
    who: str


@event(stream="silence/{silence}", key=("silence",))
class Silenced(Event, frozen=True, kw_only=True):
    """Someone asked not to be told of a topic, feed, story or words for a while."""

    silence: str
    scope: Literal["topic", "feed", "story", "words"]
    target: str
    who: str
    until: Utc
    comment: str


@event(stream="silence/{silence}", key=("silence", "at"))
class SilenceLifted(Event, frozen=True, kw_only=True):
    """A silence was ended before its time."""

    silence: str
    who: str
