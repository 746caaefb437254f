"""What a poll means: events, and the poll book's next page. Pure.

A poll fails, or brings nothing new, or brings a document. A feed is never given up: failures only space its polls out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec
from msgspec import Struct

from monitor.events import Event, FeedFailed, FeedGapSuspected, FeedRecovered, ItemMatched, ItemRevised, ItemSeen
from monitor.feeds.delta import NO_CHANGE, body_hash, unchanged
from monitor.feeds.heard import Heard, Reply
from monitor.model import Feed, FeedId, Hit, Item, ItemId, KnownItem, PollState, Trouble

__all__ = ["Decision", "Heard", "Reply", "decide", "due", "first_due", "next_due", "page"]

LONGEST_WAIT = timedelta(hours=24)  # between two polls of a failing feed
SPREAD = 0.1  # of an interval, by which feeds with one interval drift apart
FIRST_SPREAD = timedelta(minutes=1)  # over which the first polls after a start are spread
REREAD = timedelta(days=7)  # after so long a feed is read in full, even if its server says "not modified" for ever
MOST_NEWEST = 100  # items that are kept to notice a gap
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Judge = Callable[[Item], Sequence[Hit]]


class Decision(Struct, frozen=True, kw_only=True):
    """What to record, and what to write into the poll book once it is recorded."""

    events: tuple[Event, ...]
    state: PollState


def decide(
    feed: Feed,
    before: PollState,
    reply: Reply,
    heard: Heard,
    known: Mapping[ItemId, KnownItem],
    judge: Judge,
    now: datetime,
    backlog: timedelta,
) -> Decision:
    """What the reply means.

    Args:
        feed: who was asked.
        before: what was known of it.
        reply: the answer.
        heard: the answer read; empty if there was nothing to read (``unchanged``, or trouble).
        known: those of the items heard that were seen before.
        judge: the rules.
        now: the instant of the poll, aware UTC; also that of the events.
        backlog: at first contact, items older than this are remembered as baseline and not told.
    """
    trouble = reply.trouble or heard.trouble
    if trouble is not None:
        return _failed(feed, before, reply, trouble, now)
    if unchanged(before, reply):
        return Decision(events=tuple(_recovered(before, now)), state=_state_unchanged(feed, before, reply, now))
    events = [*_recovered(before, now), *_gap(before, heard, now)]
    events += _news(before, heard, known, judge, now, backlog)
    state = PollState(
        feed=feed.id,
        etag=reply.etag,
        last_modified=reply.last_modified,
        body_hash=body_hash(reply.body),
        next_due=next_due(feed, now, wish=reply.retry_after),
        last_good=now,
        newest=tuple(item.id for item in heard.items[:MOST_NEWEST]),
        source=source(feed),
        interval=feed.interval.total_seconds(),
    )
    return Decision(events=tuple(events), state=state)


# -- when ------------------------------------------------------------------------------------------------------------


def next_due(feed: Feed, now: datetime, *, failures: int = 0, wish: timedelta | None = None) -> datetime:
    """When to ask again: after an interval and a little more, doubled for each failure behind the first, up to a day.

    The little more is the feed's own, so that a thousand feeds of one interval do not ask in one second. It is never
    earlier than the interval, nor than the server's wish.
    """
    wait = feed.interval * (1 + SPREAD * fraction(feed.id))
    if failures:
        doublings = min(failures - 1, 20)  # enough for any interval, and far from overflow
        wait = max(feed.interval, min(wait * 2**doublings, LONGEST_WAIT))
    return now + max(wait, wish or timedelta())


def first_due(feed: Feed, start: datetime) -> datetime:
    """When a feed that was never asked is asked first: within a minute after the service's start."""
    return start + fraction(feed.id) * min(feed.interval, FIRST_SPREAD)


def due(feed: Feed, before: PollState, start: datetime, now: datetime) -> datetime:
    """When to ask a feed.

    A page of the poll book that lies further ahead than any wait was written by a clock that has been set back since:
    such a feed is due now, and no step of the clock stops polling.
    """
    if before.next_due is None:
        return first_due(feed, start)
    longest = max(LONGEST_WAIT, feed.interval * (1 + SPREAD))
    return before.next_due if before.next_due <= now + longest else now


def page(feed: Feed, before: PollState) -> PollState:
    """The feed's page of the poll book, as far as it holds for the feed as it is configured now.

    Another URL is another server: its validators and waits are its own. What was seen is still seen, so the items of
    the new place are news, not baseline. Another interval counts at once, but not against a failing server.
    """
    if before.source and before.source != source(feed):
        return msgspec.structs.replace(before, etag="", last_modified="", body_hash="", newest=(), next_due=None)
    if before.interval and before.interval != feed.interval.total_seconds() and not before.failures:
        return msgspec.structs.replace(before, next_due=None)
    return before


def source(feed: Feed) -> str:
    """What a page of the poll book is about: 16 hex digits of the feed's URL."""
    return blake2b(feed.url.encode(), digest_size=8).hexdigest()


def fraction(feed: FeedId) -> float:
    """A feed's own number from 0 up to 1: spread without dice."""
    return int.from_bytes(blake2b(feed.encode(), digest_size=6).digest()) / 2**48


# -- what ------------------------------------------------------------------------------------------------------------


def _failed(feed: Feed, before: PollState, reply: Reply, trouble: Trouble, now: datetime) -> Decision:
    """Every failed poll is an event; that stays rare, for the waits grow to a day."""
    failures = before.failures + 1
    retry_at = next_due(feed, now, failures=failures, wish=reply.retry_after)
    event = FeedFailed(at=now, feed=feed.id, trouble=trouble, failures=failures, retry_at=retry_at)
    state = msgspec.structs.replace(
        before,
        feed=feed.id,
        failures=failures,
        down_since=before.down_since or now,
        next_due=retry_at,
        source=source(feed),
        interval=feed.interval.total_seconds(),
    )
    return Decision(events=(event,), state=state)


def _state_unchanged(feed: Feed, before: PollState, reply: Reply, now: datetime) -> PollState:
    """The page after a poll without news; a server that answers 304 for ever loses our validators once a week.

    A feed that answered 204 and never a document has not been heard yet: its first document is its first contact.
    """
    whole = reply.status not in NO_CHANGE
    etag = reply.etag if whole else reply.etag or before.etag
    last_modified = reply.last_modified if whole else reply.last_modified or before.last_modified
    if before.last_good is not None and _week(feed.id, before.last_good) != _week(feed.id, now):
        etag = last_modified = ""
    return msgspec.structs.replace(
        before,
        feed=feed.id,
        etag=etag,
        last_modified=last_modified,
        next_due=next_due(feed, now, wish=reply.retry_after),
        last_good=now if before.last_good is not None else None,
        failures=0,
        down_since=None,
        source=source(feed),
        interval=feed.interval.total_seconds(),
    )


def _week(feed: FeedId, instant: datetime) -> int:
    """The number of the instant's week, which begins at the feed's own moment."""
    return (instant - EPOCH + fraction(feed) * REREAD) // REREAD


def _recovered(before: PollState, now: datetime) -> Iterator[FeedRecovered]:
    if before.down_since is not None:
        yield FeedRecovered(at=now, feed=before.feed, down_since=before.down_since)


def _gap(before: PollState, heard: Heard, now: datetime) -> Iterator[FeedGapSuspected]:
    """Items of two good polls that have none in common: the feed may have turned over in between."""
    common = {item.id for item in heard.items} & set(before.newest)
    if before.newest and before.last_good is not None and heard.items and not common:
        yield FeedGapSuspected(at=now, feed=before.feed, since=before.last_good, until=now)


def _news(
    before: PollState,
    heard: Heard,
    known: Mapping[ItemId, KnownItem],
    judge: Judge,
    now: datetime,
    backlog: timedelta,
) -> Iterator[Event]:
    """New items and changed ones, each followed by its matches, in document order."""
    first_contact = before.last_good is None
    dated = any(item.published is not None for item in heard.items)
    told: set[ItemId] = set()
    for item in heard.items:
        if item.id in told:
            continue
        told.add(item.id)
        earlier = known.get(item.id)
        if earlier is None:
            baseline = first_contact and _is_old(item, dated, now - backlog)
            revision = 0
            yield _seen(item, baseline, now)
        elif (item.title, item.summary) != (earlier.title, earlier.summary):
            baseline, revision = earlier.baseline, earlier.revision + 1
            yield ItemRevised(at=now, item=item.id, revision=revision, title=item.title, summary=item.summary)
        else:
            continue
        if not baseline:
            yield from (ItemMatched.of(item.id, revision, hit, now) for hit in judge(item))


def _is_old(item: Item, dated: bool, horizon: datetime) -> bool:
    """Whether an item was old at first contact.

    An undated item among dated ones is a fixture (a pinned notice, an "about us"): old. Where a feed dates nothing, its
    items' age cannot be known, and telling an old one beats losing a new one: none is old. Dates in the future are new.
    """
    return dated if item.published is None else item.published < horizon


def _seen(item: Item, baseline: bool, now: datetime) -> ItemSeen:
    return ItemSeen(
        at=now,
        item=item.id,
        feed=item.feed,
        guid=item.guid,
        url=item.url,
        title=item.title,
        summary=item.summary,
        published=item.published,
        lang=item.lang,
        author=item.author,
        tags=item.tags,
        baseline=baseline,
    )
