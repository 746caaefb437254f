"""What a poll means: events, and the poll book's next page. Pure.

A poll fails, or brings nothing new, or brings a document. A feed is never given up, unless it says itself, twice, that
it is gone: failures only space its polls out. When it is asked again rhythm.py says, and where moves.py.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from monitor.events import (
    Event,
    FeedFailed,
    FeedGapSuspected,
    FeedRecovered,
    ItemMatched,
    ItemQuarantined,
    ItemRevised,
    ItemSeen,
)
from monitor.feeds import cut, error_items, moves, rhythm
from monitor.feeds.delta import NO_CHANGE, body_hash, unchanged
from monitor.feeds.heard import Heard, Reply
from monitor.model import Feed, Hit, Item, ItemId, KnownItem, PollState, Trouble

MOST_NEWEST = 100  # items that are kept to notice a gap

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
        heard: the answer read, its items under the ids they are remembered by (again.py); empty if there was nothing to
            read (``unchanged``, or trouble).
        known: those of the items heard that were seen before.
        judge: the rules.
        now: the instant of the poll, aware UTC; also that of the events.
        backlog: at first contact, items older than this are remembered as baseline and not told.
    """
    trouble = reply.trouble or heard.trouble
    if trouble is not None:
        return _failed(feed, before, reply, trouble, now)
    state, moved = moves.told(feed, before, reply, now)
    events: list[Event] = [*_recovered(before, now), *([moved] if moved else [])]
    if unchanged(before, reply):
        state = _unchanged(state, reply, now)
    else:
        gap = list(_gap(before, heard, now))
        news = list(_news(before, heard, known, judge, now, backlog))
        events += [*gap, *news, *_quarantined(heard, now)]
        arrived = sum(isinstance(event, ItemSeen) for event in news)
        state = rhythm.learned(state, heard.items, arrived, now, missed=bool(gap))
        state = _read(rhythm.wishes(state, reply, heard), reply, heard, now)
    return Decision(events=tuple(events), state=_turned(feed, state, reply, now))


# -- the poll book ---------------------------------------------------------------------------------------------------


def page(feed: Feed, before: PollState) -> PollState:
    """The feed's page of the poll book, as far as it holds for the feed as it is configured now.

    Another URL is another server: its validators, wishes, moves and waits are its own. What was seen is still seen, so
    the items of the new place are news, not baseline. Another interval counts at once, but not against a failing
    server.
    """
    if before.source and before.source != moves.source(feed):
        kept = ("last_good", "arrivals", "watched", "failures", "down_since", "silent_since")
        return PollState(feed=feed.id, **{name: getattr(before, name) for name in kept})
    if before.interval and (before.interval, before.longest) != _limits(feed) and not before.failures:
        return replace(before, next_due=None)
    return before


def _limits(feed: Feed) -> tuple[float, float]:
    return feed.interval.total_seconds(), feed.longest.total_seconds()


def _read(state: PollState, reply: Reply, heard: Heard, now: datetime) -> PollState:
    """The page after a document that was understood."""
    return replace(
        state,
        etag=reply.etag,
        last_modified=reply.last_modified,
        body_hash=body_hash(reply.body),
        entries=heard.entries,
        newest=_shown(heard)[:MOST_NEWEST],
        last_good=now,
    )


def _unchanged(state: PollState, reply: Reply, now: datetime) -> PollState:
    """The page after a poll without news; a server that answers 304 for ever loses our validators once a week.

    A feed that answered 204 and never a document has not been heard yet: its first document is its first contact.
    """
    whole = reply.status not in NO_CHANGE
    etag = reply.etag if whole else reply.etag or state.etag
    last_modified = reply.last_modified if whole else reply.last_modified or state.last_modified
    if state.last_good is None:
        return replace(state, etag=etag, last_modified=last_modified)
    if rhythm.week(state.feed, state.last_good) != rhythm.week(state.feed, now):
        etag = last_modified = ""
    state = rhythm.watched(state, 0, now)
    return replace(state, etag=etag, last_modified=last_modified, last_good=now)


def _turned(feed: Feed, state: PollState, reply: Reply, now: datetime) -> PollState:
    """The page after any good poll."""
    interval, longest = _limits(feed)
    state = replace(
        state,
        failures=0,
        down_since=None,
        gone_since=None,
        gone=False,
        source=moves.source(feed),
        interval=interval,
        longest=longest,
    )
    return replace(state, next_due=rhythm.next_due(feed, state, now, retry_after=reply.retry_after))


def _failed(feed: Feed, before: PollState, reply: Reply, trouble: Trouble, now: datetime) -> Decision:
    """Every failed poll is an event; that stays rare, for the waits grow to a day."""
    state, gone = moves.refused(feed, before, reply, now)
    failures, (interval, longest) = before.failures + 1, _limits(feed)
    state = replace(
        state,
        failures=failures,
        down_since=before.down_since or now,
        source=moves.source(feed),
        interval=interval,
        longest=longest,
    )
    retry_at = rhythm.next_due(feed, state, now, retry_after=reply.retry_after)
    failed = FeedFailed(at=now, feed=feed.id, trouble=trouble, failures=failures, retry_at=retry_at)
    return Decision(events=(gone or failed,), state=replace(state, next_due=retry_at))


# -- events ----------------------------------------------------------------------------------------------------------


def _recovered(before: PollState, now: datetime) -> Iterator[FeedRecovered]:
    if before.down_since is not None:
        yield FeedRecovered(at=now, feed=before.feed, down_since=before.down_since)


def _shown(heard: Heard) -> tuple[ItemId, ...]:
    """The items of the whole document, in its order."""
    return cut.items_of(heard.entries) or tuple(item.id for item in heard.items)


def _gap(before: PollState, heard: Heard, now: datetime) -> Iterator[FeedGapSuspected]:
    """Items of two good polls that have none in common: the feed may have turned over in between."""
    shown = _shown(heard)
    if before.newest and before.last_good is not None and shown and not set(shown) & set(before.newest):
        yield FeedGapSuspected(at=now, feed=before.feed, since=before.last_good, until=now)


def _quarantined(heard: Heard, now: datetime) -> Iterator[ItemQuarantined]:
    for item in heard.quarantined:
        reason = error_items.why(item)
        yield ItemQuarantined(at=now, item=item.id, feed=item.feed, url=item.url, title=item.title, why=reason)


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
            baseline = first_contact and item.id not in heard.unreadable and _is_old(item, dated, now - backlog)
            revision = 0
            yield _seen(item, baseline, now)
        elif (item.title, item.summary) != (earlier.title, earlier.summary):
            baseline, revision = earlier.baseline, earlier.revision + 1
            item = replace(item, body=earlier.body)
            yield ItemRevised(at=now, item=item.id, revision=revision, title=item.title, summary=item.summary)
        else:
            continue
        if not baseline:
            yield from (ItemMatched.of(item.id, revision, hit, now) for hit in judge(item))


def _is_old(item: Item, dated: bool, horizon: datetime) -> bool:
    """Whether an item was old at first contact.

    An undated item among dated ones is a fixture (a pinned notice, an "about us"): old. Where a feed dates nothing, its
    items' age cannot be known, and telling an old one beats losing a new one: none is old; nor is one whose date stands
    there and cannot be read. Dates in the future are new.
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
