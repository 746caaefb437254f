"""When a feed is asked again: by its own rhythm, its server's wishes and its failures. Pure.

A feed is asked about half as long after its last poll as its next item is expected to take. That is learned from what
it did: new items and the time they took are counted, both fading with a half-life of a week, so that it is judged by
its last weeks; at first contact, and after a gap, the dates in the document stand for what was not watched. Nothing
known yet counts as often: a new feed is asked at its least wait, and a silent one ever more rarely.

The wait lies between ``Feed.interval`` and ``Feed.longest``. Within these, a feed and its server may ask for more:
Cache-Control's max-age, RSS's ttl, the syndication module's update period. Hours and days that the feed asks to be left
out are left out, unless that would put it off for more than a day. A feed with an interval of its own in config.toml is
asked at that interval, whatever it wishes.

Two things are stronger. Retry-After, between a minute and a day, is always kept. A failed poll is tried again after the
least wait, then after twice that, and so on up to a day; the first good answer ends it.

Each wait is up to a tenth longer by the feed's own number, so that feeds of one interval drift apart. Nothing is ever
earlier than the least wait, and nothing but Retry-After, a failure or a left-out hour puts a poll beyond the longest.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from math import exp2, log

from msgspec.structs import replace

from monitor.feeds.heard import Heard, Reply
from monitor.model import Feed, FeedId, Item, PollState

LONGEST_WAIT = timedelta(hours=24)  # between two polls of a failing feed
SPREAD = 0.1  # of a wait, by which feeds with one interval drift apart
FIRST_SPREAD = timedelta(minutes=1)  # over which the first polls after a start are spread
REREAD = timedelta(days=7)  # after so long a feed is read in full, even if its server says "not modified" for ever
HALF_LIFE = timedelta(days=7)  # after which what a feed did counts half
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR, HOURS, DAYS = timedelta(hours=1), 24, 7


def fraction(feed: FeedId) -> float:
    """A feed's own number from 0 up to 1: spread without dice."""
    return int.from_bytes(blake2b(feed.encode(), digest_size=6).digest()) / 2**48


# -- when ------------------------------------------------------------------------------------------------------------


def next_due(feed: Feed, state: PollState, now: datetime, *, retry_after: timedelta | None = None) -> datetime:
    """When to ask again.

    Args:
        feed: who.
        state: what is known of it behind this poll: failures, rhythm and wishes.
        now: the instant of the poll.
        retry_after: the server's own wish in this reply.
    """
    spread = 1 + SPREAD * fraction(feed.id)
    if state.failures:
        doublings = min(state.failures - 1, 20)  # enough for any interval, and far from overflow
        wait = max(feed.interval, min(feed.interval * spread * exp2(doublings), LONGEST_WAIT))
        return now + max(wait, retry_after or timedelta())
    due = now + rest(feed, state) * spread
    if not _fixed(feed):
        due = _spared(due, state.skip, feed.id)
    return max(due, now + (retry_after or timedelta()))


def rest(feed: Feed, state: PollState) -> timedelta:
    """The wait between two good polls: half of what the next item is expected to take, within the feed's limits.

    One arrival is always counted in, over twice the least wait: who is not known yet is asked at the least wait, and
    who says nothing is asked after half the time it has been silent.
    """
    least, longest = feed.interval, max(feed.interval, feed.longest)
    expected = (state.watched + 2 * least.total_seconds()) / (state.arrivals + 1)
    wish = timedelta(seconds=min(state.wish, longest.total_seconds()))
    return min(max(timedelta(seconds=expected / 2), wish, least), longest)


def first_due(feed: Feed, start: datetime) -> datetime:
    """When a feed that was never asked is asked first: within a minute after the service's start."""
    return start + fraction(feed.id) * min(feed.interval, FIRST_SPREAD)


def due(feed: Feed, before: PollState, now: datetime) -> datetime:
    """When to ask a feed whose page of the poll book was just read.

    A page that lies further ahead than any wait was written by a clock that has been set back since: such a feed is
    asked as if it never had been, and no step of the clock stops polling.
    """
    longest = max(feed.interval, feed.longest) * (1 + SPREAD) + LONGEST_WAIT
    if before.next_due is None or before.next_due > now + longest:
        return first_due(feed, now)
    return before.next_due


def week(feed: FeedId, instant: datetime) -> int:
    """The number of the instant's week, which begins at the feed's own moment."""
    return (instant - EPOCH + fraction(feed) * REREAD) // REREAD


def _fixed(feed: Feed) -> bool:
    """Whether config.toml names the feed's interval itself."""
    return feed.longest <= feed.interval


# -- what a feed does ------------------------------------------------------------------------------------------------


def learned(before: PollState, items: Iterable[Item], arrived: int, now: datetime, *, missed: bool) -> PollState:
    """The rhythm behind a document.

    Args:
        before: the page before it.
        items: what in it was not seen before, byte for byte.
        arrived: how many of them were new items.
        now: the instant of the poll.
        missed: whether more may have come than it shows.
    """
    if missed or not before.watched:
        guess = guessed(before, items, now)
        if guess.watched:
            return guess
    return watched(before, arrived, now)


def watched(before: PollState, arrived: int, now: datetime) -> PollState:
    """The rhythm behind a good poll that brought so many new items; nobody watched before the first."""
    if before.last_good is None:
        return before
    since = before.last_good
    took = min(max(now - since, timedelta()), HALF_LIFE)  # a clock that was set is no year of silence
    kept, gained = exp2(-(took / HALF_LIFE)), _weight(took)
    fresh = arrived * (gained / took.total_seconds() if took else 1.0)
    return replace(before, arrivals=before.arrivals * kept + fresh, watched=before.watched * kept + gained)


def guessed(before: PollState, items: Iterable[Item], now: datetime) -> PollState:
    """The rhythm as the dates of a document tell it, where nobody watched; none if it dates nothing.

    The younger half of the items speaks: one notice pinned for years would make any feed look slow.
    """
    ages = sorted(now - item.published for item in items if item.published is not None and item.published <= now)
    young = ages[: len(ages) // 2 + 1]
    fading = sum(exp2(-(age / HALF_LIFE)) for age in young)
    return replace(before, arrivals=fading, watched=_weight(max(young, default=timedelta())))


def _weight(span: timedelta) -> float:
    """What so long a time, ending now, counts in seconds; at most ten days, however long it was."""
    return HALF_LIFE.total_seconds() / log(2) * (1 - exp2(-(span / HALF_LIFE)))


# -- what a feed and its server wish ---------------------------------------------------------------------------------


def wishes(before: PollState, reply: Reply, heard: Heard) -> PollState:
    """The wishes of a reply and its document, to be kept until the next document."""
    wish = max(reply.max_age or timedelta(), heard.pace or timedelta())
    hours = {hour for hour in heard.skip_hours if 0 <= hour < HOURS}
    days = {day for day in heard.skip_days if 0 <= day < DAYS}
    skip = sum(1 << hour for hour in hours) if len(hours) < HOURS else 0  # who names them all means none
    skip += sum(1 << HOURS + day for day in days) if len(days) < DAYS else 0
    return replace(before, wish=max(wish.total_seconds(), 0.0), skip=skip)


def _spared(due: datetime, skip: int, feed: FeedId) -> datetime:
    """The due time put off to the next hour that is not left out; by a day at most."""
    hour = due.replace(minute=0, second=0, microsecond=0)
    for ahead in range(HOURS + 1):
        begins = hour + ahead * HOUR
        if not skip & (1 << begins.hour | 1 << HOURS + begins.weekday()):
            return due if ahead == 0 else min(begins + fraction(feed) * FIRST_SPREAD, due + LONGEST_WAIT)
    return due + LONGEST_WAIT
