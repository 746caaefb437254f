"""Where a feed lives: what its server says of that, and when it is believed. Pure.

A permanent redirect is followed at every poll, and believed once three good polls in a row, over a day at least, led to
one place. One that leads elsewhere, or a poll that led nowhere, begins the count anew; a failed poll says nothing. From
https to http nothing moves, and what holds a user or a password stays where config.toml says.

A move may be a mistake of theirs. Where the new place has failed seven times in a row, every other poll asks the place
in config.toml, and when that answers the move is void.

410 Gone is believed when it is said twice, a day apart, and nothing else was answered in between. Such a feed is not
asked again until config.toml names another URL or a person asks it by hand and it answers. No other answer is final.
"""

from datetime import datetime, timedelta
from hashlib import blake2b
from urllib.parse import urlsplit

from msgspec.structs import replace

from monitor.events import FeedGone, FeedMoved
from monitor.feeds.heard import Reply
from monitor.model import Feed, PollState

POLLS, LONG_ENOUGH = 3, timedelta(hours=24)  # that a move must be told for, and both
TRY_BOTH = 7  # failures in a row


def source(feed: Feed) -> str:
    """What a page of the poll book and a move are about: 16 hex digits of the feed's URL."""
    return blake2b(feed.url.encode(), digest_size=8).hexdigest()


def address(feed: Feed, before: PollState) -> str:
    """Where the feed is asked at its next poll."""
    doubtful = before.failures >= TRY_BOTH and (before.failures - TRY_BOTH) % 2 == 0
    return feed.url if doubtful or not before.moved_to else before.moved_to


def host(url: str) -> str:
    """Whose turn a request to the URL takes."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def told(feed: Feed, before: PollState, reply: Reply, now: datetime) -> tuple[PollState, FeedMoved | None]:
    """What a good reply says of where the feed lives."""
    asked, target = address(feed, before), reply.moved_to
    settled = replace(before, moving_to="", moving_since=None, moving_polls=0)
    if before.moved_to and asked == feed.url and target != before.moved_to:
        return replace(settled, moved_to=""), FeedMoved(at=now, feed=feed.id, target="", source=source(feed))
    if not target or target in (asked, before.moved_to) or not _credible(feed, asked, target):
        return settled, None
    if target != before.moving_to or before.moving_since is None or before.moving_since > now:
        return replace(before, moving_to=target, moving_since=now, moving_polls=1), None
    polls = before.moving_polls + 1
    if polls < POLLS or now - before.moving_since < LONG_ENOUGH:
        return replace(before, moving_polls=polls), None
    return replace(settled, moved_to=target), FeedMoved(at=now, feed=feed.id, target=target, source=source(feed))


def refused(feed: Feed, before: PollState, reply: Reply, now: datetime) -> tuple[PollState, FeedGone | None]:
    """What a reply that is trouble says of whether the feed still is."""
    if not reply.status or address(feed, before) != feed.url:
        return before, None  # no answer, or not from the place that config.toml names
    if reply.status != 410:
        return replace(before, gone_since=None), None
    since = min(before.gone_since or now, now)
    if before.gone or now - since < LONG_ENOUGH:
        return replace(before, gone_since=since), None
    return replace(before, gone_since=since, gone=True), FeedGone(at=now, feed=feed.id, source=source(feed))


def _credible(feed: Feed, asked: str, target: str) -> bool:
    """Whether a move may be believed at all: not out of https, and not away from where our password belongs."""
    return not (asked.startswith("https:") and not target.startswith("https:")) and "@" not in urlsplit(feed.url).netloc
