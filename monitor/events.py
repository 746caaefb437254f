"""Events: what happened, in the past tense. Pure.

An event's id is a hash of its kind and of the fields that make it that event (its key); the log keeps the first event
of an id. So a thing that happened twice in the telling happened once: an item seen again, a slot queued by two
services, an attempt claimed twice, an import run again.

Events are small, frozen, plain text, aware UTC and without secrets. Two exceptions, on purpose: ``DigestQueued``
carries the rendered letter (HTML too), so that it can be shown again exactly as sent; and its slot is a local instant
with its zone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from monitor.model import Delivery, FeedId, Hit, ItemId, Part, Priority, RuleId, Span, Trouble, Utc

KINDS: dict[str, type["Event"]] = {}  # every kind of event, by its registered name


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened at an instant (aware UTC)."""

    at: Utc

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1  # of the kind's shape
    _stream: ClassVar[str] = ""
    _key: ClassVar[tuple[str, ...]] = ()

    @property
    def id(self) -> str:
        """32 hex digits: BLAKE2b-128 of the kind and the key fields."""
        key = [self.kind, *(getattr(self, field) for field in self._key)]
        return blake2b(msgspec.json.encode(key), digest_size=16).hexdigest()

    @property
    def stream(self) -> str:
        """The story this event belongs to, such as ``feed/bbc-world``."""
        return self._stream.format_map({name: getattr(self, name) for name in _fields_of(self._stream)})


class Recorded(NamedTuple):
    """An event at its place in the log; positions start at 1 and have no holes."""

    position: int
    event: Event


class Head(NamedTuple):
    """The end of the log: its last position and the chain's hash there (hex)."""

    position: int
    hash: str


EventType = TypeVar("EventType", bound=type[Event])


def event(*, stream: str, key: Iterable[str], version: int = 1) -> Callable[[EventType], EventType]:
    """Register a kind of event under its class name, with its stream and the fields that make it that event."""

    def register(cls: EventType) -> EventType:
        cls.kind, cls.version, cls._stream, cls._key = cls.__name__, version, stream, tuple(key)
        KINDS[cls.kind] = cls
        return cls

    return register


def _fields_of(stream: str) -> list[str]:
    return [part.split("}")[0] for part in stream.split("{")[1:]]


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


@event(stream="feed/{feed}", key=("feed", "target", "at"))
class FeedMoved(Event, frozen=True, kw_only=True):
    """A feed has told for long enough that it lives elsewhere; it is polled there from now on."""

    feed: FeedId
    target: str


@event(stream="feed/{feed}", key=("feed", "at"))
class FeedGone(Event, frozen=True, kw_only=True):
    """A feed has said for good that it is no more; it is not polled again until config.toml changes."""

    feed: FeedId


@event(stream="feed/{feed}", key=("feed", "since", "until"))
class FeedGapSuspected(Event, frozen=True, kw_only=True):
    """Two good polls shared no item: what was published between them may have been missed."""

    feed: FeedId
    since: Utc
    until: Utc


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


@event(stream="digest/{edition}", key=("digest", "slot"))
class DigestQueued(Event, frozen=True, kw_only=True):
    """A digest was composed for a slot and its letters wait in the outbox; an empty one has no parts.

    ``slot`` is a local instant with its zone (``2024-09-11T18:00 Europe/Kyiv``), or ``request ID`` if a person asked.
    ``through`` is the id of the last match that was considered: the next edition begins behind it.
    """

    digest: str
    slot: str
    reason: str
    items: tuple[ItemId, ...]
    through: str
    parts: tuple[Part, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

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


def fields(kind: type[Event]) -> dict[str, Any]:
    """The fields of a kind and their types, in order; for the reference page."""
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def utc(text: str) -> datetime:
    """An instant from its ISO form, such as ``2024-09-11T12:00:00Z``."""
    return msgspec.convert(text, Utc)
