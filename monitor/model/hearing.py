"""What is heard: feeds, items, and what is known of both. Pure."""

from datetime import timedelta

from msgspec import Struct

from monitor.model.common import FeedId, FullText, ItemId, Utc


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
