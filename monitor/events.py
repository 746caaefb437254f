"""Events: what happened, in the past tense, one class a kind. Pure.

They are small, frozen, plain text, aware UTC and without secrets. Three exceptions, on purpose: ``DigestQueued``
carries the rendered letter (HTML too), so that it can be shown again exactly as sent; its slot is a local instant with
its zone; and ``ItemTextRead`` carries an article. monitor/event.py says what an event is, and what makes two of them
one.
"""

from datetime import datetime
from typing import Literal

from monitor.event import KINDS as KINDS
from monitor.event import Event as Event
from monitor.event import Head as Head
from monitor.event import Recorded as Recorded
from monitor.event import event as event
from monitor.event import fields as fields
from monitor.event import utc as utc
from monitor.model import Delivery, FeedId, Hit, ItemId, Part, Priority, RuleId, Span, Trouble, Utc, Withheld

# -- the service -----------------------------------------------------------------------------------------------------


@event(stream="service", key=("at",))
class ServiceStarted(Event, frozen=True, kw_only=True):
    """The service began its work."""

    release: str  # the program's version


@event(stream="service", key=("at",))
class ServiceStopped(Event, frozen=True, kw_only=True):
    """The service ended its work in good order; a start without a stop before it was a crash."""

    reason: str


@event(stream="rules", key=("digest", "at"))
class RulesChanged(Event, frozen=True, kw_only=True):
    """A new set of rules is in force; ``sources`` holds every file, so that old matches can be explained."""

    digest: str
    sources: dict[str, str]


@event(stream="rules", key=("digest", "at"))
class RulesRefused(Event, frozen=True, kw_only=True):
    """Changed rules or configuration did not check and were refused whole; the rules of ``digest`` stay in force."""

    digest: str
    mistakes: tuple[str, ...]


# -- feeds -----------------------------------------------------------------------------------------------------------


@event(stream="feed/{feed}", key=("feed", "at"))
class FeedFailed(Event, frozen=True, kw_only=True):
    """A feed did not answer, or answered nonsense; ``failures`` counts in a row."""

    feed: FeedId
    trouble: Trouble
    failures: int
    retry_at: Utc


@event(stream="feed/{feed}", key=("feed", "at"))
class FeedRecovered(Event, frozen=True, kw_only=True):
    """A feed that had failed was understood again."""

    feed: FeedId
    down_since: Utc


@event(stream="feed/{feed}", key=("feed", "target", "at"), version=2)
class FeedMoved(Event, frozen=True, kw_only=True):
    """A feed has told for long enough that it lives elsewhere; it is asked there from now on.

    Without a target the move is void: it is asked where config.toml says again.
    """

    feed: FeedId
    target: str
    source: str = ""  # hash of the URL in config.toml that this is about; a change there makes it void


@event(stream="feed/{feed}", key=("feed", "at"), version=2)
class FeedGone(Event, frozen=True, kw_only=True):
    """A feed has said for good that it is no more; it is not asked again until config.toml changes.

    A person may ask it by hand, and if it answers then, it is back.
    """

    feed: FeedId
    source: str = ""  # hash of the URL in config.toml that this is about


@event(stream="feed/{feed}", key=("feed", "since"))
class FeedWentSilent(Event, frozen=True, kw_only=True):
    """A feed answers and has said nothing new since ``since``, though by its own habit it should have.

    ``expected`` is how many arrivals its hours of the week would have brought; ``chance`` that none came by accident.
    """

    feed: FeedId
    since: Utc
    expected: float
    chance: float


@event(stream="feed/{feed}", key=("feed", "since", "until"))
class FeedGapSuspected(Event, frozen=True, kw_only=True):
    """Two good polls shared no item: what was published between them may have been missed."""

    feed: FeedId
    since: Utc
    until: Utc


@event(stream="service", key=("at", "state"))
class FeedsNoticed(Event, frozen=True, kw_only=True):
    """The operator was told how these feeds fare: down for several polls, well again, gone for good, or silent."""

    state: Literal["down", "well", "gone", "silent"]
    feeds: tuple[FeedId, ...]


# -- items -----------------------------------------------------------------------------------------------------------


@event(stream="item/{item}", key=("item",))
class ItemSeen(Event, frozen=True, kw_only=True):
    """A feed showed an item for the first time; a ``baseline`` item was old at first contact and is not told."""

    item: ItemId
    feed: FeedId
    guid: str = ""
    url: str = ""
    title: str
    summary: str = ""
    published: Utc | None = None
    lang: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    baseline: bool = False


@event(stream="item/{item}", key=("item", "revision"))
class ItemRevised(Event, frozen=True, kw_only=True):
    """An item's words changed; a text that returns to an old form is a new revision."""

    item: ItemId
    revision: int  # counted from 1; 0 is the item as first seen
    title: str
    summary: str


@event(stream="item/{item}", key=("item", "revision", "rule", "rule_version"))
class ItemMatched(Event, frozen=True, kw_only=True):
    """A rule caught an item; the clause and the spans are the evidence."""

    item: ItemId
    revision: int
    rule: RuleId
    rule_version: str
    topic: str  # the rule's title that day
    priority: Priority
    digests: tuple[str, ...] = ()  # empty: every digest
    clause: str
    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, item: ItemId, revision: int, hit: Hit, at: datetime) -> "ItemMatched":
        """The event that a hit on an item's revision becomes."""
        return cls(
            at=at,
            item=item,
            revision=revision,
            rule=hit.rule,
            rule_version=hit.version,
            topic=hit.topic,
            priority=hit.priority,
            digests=hit.digests,
            clause=hit.clause,
            spans=hit.spans,
        )


@event(stream="item/{item}", key=("item",))
class ItemQuarantined(Event, frozen=True, kw_only=True):
    """A feed showed an error message in the place of news ("Just a moment..."); it is not judged and not told."""

    item: ItemId
    feed: FeedId
    url: str = ""
    title: str
    why: str


@event(stream="item/{item}", key=("item",))
class ItemTextRead(Event, frozen=True, kw_only=True):
    """The article behind an item was fetched and its text read, or could not be: then ``trouble`` says why.

    An article is read once. Of a text 16 Ki characters are kept: an event stays for ever, and few reports are longer.
    """

    item: ItemId
    text: str = ""
    trouble: Trouble | None = None


@event(stream="item/{item}", key=("item", "who", "at"))
class ItemMarked(Event, frozen=True, kw_only=True):
    """A reader said whether an item was worth telling."""

    item: ItemId
    who: str
    mark: Literal["relevant", "noise"]


# -- digests ---------------------------------------------------------------------------------------------------------


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


# -- people's wishes -------------------------------------------------------------------------------------------------


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
