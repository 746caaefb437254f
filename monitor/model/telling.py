"""What people are told: digests, letters, deliveries, receipts. Pure."""

from datetime import timedelta
from typing import Literal, TypeAlias

from msgspec import Struct

from monitor.model.common import FeedId, ItemId, Priority, RuleId, Secret, Trouble, Utc
from monitor.model.hearing import Item
from monitor.model.judging import Hit


class Channel(Struct, frozen=True, kw_only=True):
    """A way to reach people: an Apprise URL with its secrets filled in."""

    name: str
    url: Secret
    unknown: Literal["resend", "hold"] = "resend"  # what becomes of a letter that may or may not have arrived


class ChannelWord(Struct, frozen=True, kw_only=True):
    """What a person last said of a channel's test message."""

    source: str  # hash of the URL that it was about
    arrived: bool
    at: Utc
    who: str


class Quiet(Struct, frozen=True, kw_only=True):
    """Hours of the day, on the wall clock of a digest's zone, in which nothing is sent; they may span midnight."""

    start: int  # minutes after midnight
    end: int
    breaks: Priority | None = None  # what is at least so important is sent all the same


class Digest(Struct, frozen=True, kw_only=True):
    """A digest as config.toml names it."""

    name: str
    title: str
    channels: tuple[str, ...]
    topics: tuple[RuleId, ...] = ()  # empty: every rule
    cron: str = ""  # empty: an alert, sent as soon as something matched
    zone: str = "UTC"  # an IANA zone, such as Europe/Kyiv
    priority: Priority = "low"  # the least that is shown
    group_wait: timedelta = timedelta(minutes=2)  # of an alert: what comes so soon after the first match goes with it
    min_gap: timedelta = timedelta(minutes=15)  # of an alert: least time between two
    repeat: timedelta = timedelta(hours=6)  # of an alert: a story is told again of, if it goes on, after so long
    quiet: Quiet | None = None
    empty: Literal["skip", "note"] = "skip"  # what is sent when there is nothing to tell: nothing, or one line
    unsubscribe: str = ""  # a mailto: or https: URL for List-Unsubscribe


class MatchedItem(Struct, frozen=True, kw_only=True):
    """An item that waits to be told, with everything that caught it."""

    item: Item
    revision: int
    seen: Utc
    hits: tuple[Hit, ...]
    story: ItemId = ""  # the first item of its story; empty: it is its own
    first_title: str = ""  # as it was first seen, if that was another


class WaitingMatch(Struct, frozen=True, kw_only=True):
    """A match that an alert has not accounted for yet."""

    event: str  # its id in the log
    position: int
    at: Utc
    item: ItemId
    story: ItemId
    priority: Priority


class Withheld(Struct, frozen=True, kw_only=True):
    """An item that an edition accounts for and does not show, and why."""

    item: ItemId
    why: Literal["silence", "alerted", "cap", "repeat"]
    by: str = ""  # the silence's name, or the edition that told it


class Told(Struct, frozen=True, kw_only=True):
    """An item as an edition told it."""

    item: ItemId
    story: ItemId
    digest: str
    edition: str
    at: Utc
    headline: str  # as it was that day


class Silence(Struct, frozen=True, kw_only=True):
    """A wish not to be told of something for a while; it counts when letters are made, never when rules are asked."""

    id: str
    scope: Literal["topic", "feed", "story", "words"]
    target: str
    who: str
    since: Utc
    until: Utc
    comment: str
    lifted: Utc | None = None  # when it was ended before its time
    lifted_by: str = ""


class FeedStanding(Struct, frozen=True, kw_only=True):
    """How a feed fares: one line of a digest's footer, of ``status`` and of ``feeds list``."""

    feed: FeedId
    last_good: Utc | None = None
    failures: int = 0
    down_since: Utc | None = None
    trouble: Trouble | None = None
    next_due: Utc | None = None
    items: int = 0
    rate: float = 0.0  # new items a day, as of late
    gap: Utc | None = None  # when items may last have been missed
    silent_since: Utc | None = None
    moved_to: str = ""
    gone: bool = False


class FeedToTell(Struct, frozen=True, kw_only=True):
    """A feed that the operator may have to be told of, and what was told last."""

    feed: FeedId
    failures: int = 0
    down_since: Utc | None = None
    trouble: Trouble | None = None
    retry_at: Utc | None = None
    gone_at: Utc | None = None  # when it was believed to be gone
    silent_since: Utc | None = None
    silent_at: Utc | None = None  # when that was noticed
    told: str = ""  # one of the states of FeedsNoticed
    told_at: Utc | None = None


class Part(Struct, frozen=True, kw_only=True):
    """One rendered message of a digest; a long digest has several."""

    subject: str
    text: str
    html: str


class Delivery(Struct, frozen=True, kw_only=True):
    """One part on its way to one recipient: one row of the outbox."""

    id: str  # hash of edition, channel, recipient and part
    channel: str
    recipient: str  # an address, or the number of the target in the channel's URL; never a secret
    part: int  # counted from 0


DeliveryState: TypeAlias = Literal["waiting", "attempted", "sent", "failed", "given up", "unknown"]


class OutboxRow(Struct, frozen=True, kw_only=True):
    """A delivery and how far it has come."""

    edition: str
    delivery: Delivery
    state: DeliveryState
    n: int = 0  # attempts so far
    due: Utc | None = None  # when it may be tried (again); None: never again
    trouble: Trouble | None = None


class Edition(Struct, frozen=True, kw_only=True):
    """A digest as it was queued, for ``digest list`` and ``digest show``."""

    id: str
    digest: str
    slot: str
    at: Utc
    reason: str
    items: tuple[ItemId, ...]
    through: str
    parts: tuple[Part, ...] = ()
    outbox: tuple[OutboxRow, ...] = ()


class Receipt(Struct, frozen=True, kw_only=True):
    """What a channel said of one attempt.

    ``accepted``: the server took it. ``failed``: not now, try again. ``refused``: not ever. ``unknown``: it may or may
    not have been taken (the answer was lost); a repeat carries the same key.
    """

    verdict: Literal["accepted", "failed", "refused", "unknown"]
    trouble: Trouble | None = None  # set unless accepted
    answer: str = ""  # the server's own words, capped, without secrets
    retry_after: timedelta | None = None  # the server's own wish
