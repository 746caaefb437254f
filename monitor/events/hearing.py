"""What was heard: feeds and items. Pure."""

from datetime import datetime
from typing import Literal

from monitor.event import Event, event
from monitor.model import FeedId, Hit, ItemId, Priority, RuleId, Span, Trouble, Utc


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
