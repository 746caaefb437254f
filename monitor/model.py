"""Things the rooms hand to each other: frozen values, built by keyword and compared by content. Pure.

Every datetime is aware UTC unless its name says otherwise; every text that came from a feed is plain, without control
characters, and capped (the caps are the parser's).
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from monitor.errors import RuleError

FeedId: TypeAlias = str
ItemId: TypeAlias = str  # 32 hex digits
RuleId: TypeAlias = str  # the rule file's name without .toml
Utc: TypeAlias = Annotated[datetime, Meta(tz=True)]
Priority: TypeAlias = Literal["low", "normal", "high"]
FullText: TypeAlias = Literal["never", "match", "always"]

OPERATOR = "operator"  # the channel that notices about the service itself go to, and the digest they are kept under
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high")  # from least to most


class Secret(str):
    """A text that must not leave its slot: it prints as stars and is itself only where it is used as a str."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


class Trouble(Struct, frozen=True, kw_only=True):
    """What went wrong in the world: a stable code for machines and a sentence for people, without secrets."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


# -- hearing ---------------------------------------------------------------------------------------------------------


class Feed(Struct, frozen=True, kw_only=True):
    """A feed as config.toml names it."""

    id: FeedId
    url: str
    title: str
    group: str = ""
    tier: int = 2  # 1 is the most trusted
    lang: str = ""  # what the feed is written in, where it does not say so itself
    interval: timedelta  # the least wait between two polls
    longest: timedelta = (
        timedelta()
    )  # the most that its own rhythm may stretch it to; shorter than ``interval``: not at all
    full_text: FullText = "never"  # whether the article behind an item is read too


class Item(Struct, frozen=True, kw_only=True):
    """One thing a feed reported."""

    id: ItemId
    feed: FeedId
    guid: str = ""
    url: str = ""  # http or https, or empty
    title: str = ""
    summary: str = ""
    published: Utc | None = None
    lang: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    body: str = ""  # the article's text, where it was fetched


class KnownItem(Struct, frozen=True, kw_only=True):
    """What the views remember of an item: enough to tell a revision from a repeat."""

    id: ItemId
    revision: int  # 0 as first seen
    title: str
    summary: str
    url: str = ""
    body: str = ""  # its article's text, which a revision keeps
    baseline: bool = False


class PollState(Struct, frozen=True, kw_only=True):
    """What the poll book and the feeds view know of one feed; the defaults are those of a feed never heard."""

    feed: FeedId
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""  # of the last body that was understood
    entries: bytes = b""  # of that body: what each entry was and became, as feeds/cut.py packs it
    newest: tuple[ItemId, ...] = ()  # the items of the last good poll, to notice gaps
    next_due: Utc | None = None  # never asked: due at once
    last_good: Utc | None = None
    arrivals: float = 0.0  # new items, the older the less they count: how fast the feed writes
    watched: float = 0.0  # seconds in which they came, counted alike
    wish: float = 0.0  # seconds that the feed or its server would have us wait
    skip: int = 0  # hours of the day, from bit 0, and days of the week, from bit 24, in which it would not be asked
    failures: int = 0  # in a row
    down_since: Utc | None = None
    moving_to: str = ""  # where its server says it lives now, not yet believed
    moving_since: Utc | None = None
    moving_polls: int = 0  # in a row that said so
    gone_since: Utc | None = None  # its first 410 in a row
    moved_to: str = ""  # believed: it is asked there instead of where config.toml says
    gone: bool = False  # believed: it is not asked again
    silent_since: Utc | None = None  # it answers, and has said nothing for longer than its habit
    source: str = ""  # hash of the URL that this page is about; the URL itself may hold a password
    interval: float = 0.0  # seconds: the feed's least wait when the page was written
    longest: float = 0.0  # seconds: its longest wait then


# -- judging ---------------------------------------------------------------------------------------------------------


class Span(Struct, frozen=True, kw_only=True):
    """Evidence: characters ``start`` up to ``end`` of one field of an item."""

    field: Literal["title", "summary", "body"]
    start: int
    end: int


class Hit(Struct, frozen=True, kw_only=True):
    """A rule caught an item."""

    rule: RuleId
    version: str  # hash of the rule's text and of the lists it uses
    topic: str  # the rule's title
    priority: Priority = "normal"
    digests: tuple[str, ...] = ()  # the digests it goes to; empty: every one
    clause: str  # the part of the query that decided, as written
    spans: tuple[Span, ...] = ()


class Finding(Struct, frozen=True, kw_only=True):
    """One clause of a query held against an item: a node of the tree that explains a verdict."""

    clause: str  # as written
    held: bool
    spans: tuple[Span, ...] = ()  # the words that were found
    distance: int | None = None  # of NEAR: the least number of words between; of atleast and anyof: how many there are
    limit: int | None = None  # what the clause allows or asks for
    note: str = ""  # a plain sentence, where the numbers do not speak for themselves
    parts: tuple["Finding", ...] = ()


class Verdict(Struct, frozen=True, kw_only=True):
    """What a rule says of an item, and why."""

    rule: RuleId
    version: str
    held: bool
    query: Finding
    exclude: Finding | None = None
    note: str = ""  # such as: not valid on 2024-08-01


class RuleInfo(Struct, frozen=True, kw_only=True):
    """What ``rules list`` shows of a rule."""

    id: RuleId
    title: str
    priority: Priority
    digests: tuple[str, ...]
    version: str
    query: str
    exclude: str = ""
    notes: str = ""
    examples: int = 0


class Example(Struct, frozen=True, kw_only=True):
    """A headline that a rule file says its rule must catch, or must leave alone; and whether the rule does."""

    rule: RuleId
    title: str
    summary: str = ""
    wanted: bool  # it must be caught
    held: bool
    where: str  # the rule file; with line and column if the example does not hold
    why: str = ""  # what decided, if it does not hold

    def mistake(self) -> RuleError:
        """The complaint about an example that does not hold."""
        message = "the rule does not catch this example" if self.wanted else "the rule catches this example"
        hint = f"{self.why}\nmend the query, or the example if it asks too much"
        return RuleError(message, where=self.where, excerpt=self.title, hint=hint)


# -- telling ---------------------------------------------------------------------------------------------------------


class Channel(Struct, frozen=True, kw_only=True):
    """A way to reach people: an Apprise URL with its secrets filled in."""

    name: str
    url: Secret


class Digest(Struct, frozen=True, kw_only=True):
    """A digest as config.toml names it."""

    name: str
    title: str
    channels: tuple[str, ...]
    topics: tuple[RuleId, ...] = ()  # empty: every rule
    cron: str
    zone: str  # an IANA zone, such as Europe/Kyiv
    priority: Priority = "low"  # the least that is shown


class MatchedItem(Struct, frozen=True, kw_only=True):
    """An item that waits to be told, with everything that caught it."""

    item: Item
    revision: int
    seen: Utc
    hits: tuple[Hit, ...]


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
