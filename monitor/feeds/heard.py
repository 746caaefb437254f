"""What passes between this room's doors and its decisions: a server's reply, and what was heard in it. Pure."""

from datetime import timedelta

from msgspec import Struct

from monitor.model import FeedId, Item, ItemId, Trouble


class Reply(Struct, frozen=True, kw_only=True):
    """A server's answer to one poll; with ``trouble`` there is nothing else to read."""

    url: str  # where the answer came from, redirects followed; no user or password; relative links begin here
    status: int = 0  # 0: no answer
    body: bytes = b""  # inflated, at most 10 MiB
    content_type: str = ""
    etag: str = ""  # to be echoed as it is
    last_modified: str = ""
    retry_after: timedelta | None = None  # the server's wish, between a minute and a day
    max_age: timedelta | None = None  # how long the server calls its answer fresh
    moved_to: str = ""  # where it lives now, if every redirect on the way there was for good
    trouble: Trouble | None = None


class Heard(Struct, frozen=True, kw_only=True):
    """A document, read: its items in document order, the first of each id; with ``trouble`` there are none.

    ``items`` holds those whose entries were not seen before, byte for byte; ``entries`` accounts for all of them.
    """

    items: tuple[Item, ...] = ()
    entries: bytes = b""  # as feeds/cut.py packs them
    quarantined: tuple[Item, ...] = ()  # error messages that pose as items
    unreadable: tuple[ItemId, ...] = ()  # items whose date stands there and cannot be read
    pace: timedelta | None = None  # how often the document says it changes (ttl, sy:updatePeriod)
    skip_hours: tuple[int, ...] = ()  # hours of the day (GMT) in which it asks not to be asked
    skip_days: tuple[int, ...] = ()  # days of the week, 0 is Monday
    notes: tuple[str, ...] = ()  # what was mended or left out on the way
    trouble: Trouble | None = None


class Job(Struct, frozen=True, kw_only=True, tag="feed"):
    """A document to be read in a parser child, and what of its feed matters for that; no secrets."""

    feed: FeedId
    base: str  # where relative links begin: the reply's URL without a query
    lang: str
    content_type: str
    body: bytes
    entries: bytes = b""  # what was seen of the feed before


class Page(Struct, frozen=True, kw_only=True, tag="page"):
    """An article's page, to be read in a parser child."""

    content_type: str
    body: bytes


class Prose(Struct, frozen=True, kw_only=True):
    """What an article says, in plain text; with ``trouble`` nothing."""

    text: str = ""
    trouble: Trouble | None = None
