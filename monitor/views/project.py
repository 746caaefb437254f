"""The fold: one event, the rows it changes, no reading back. Pure."""

from datetime import datetime
from itertools import zip_longest
from typing import Any, NamedTuple

import msgspec

from monitor.canonical import canonical
from monitor.events import (
    ChannelVerified,
    DeliveryRevived,
    DigestAttempted,
    DigestDeclared,
    DigestFailed,
    DigestQueued,
    DigestSent,
    DigestUnknown,
    FeedFailed,
    FeedGapSuspected,
    FeedGone,
    FeedMoved,
    FeedRecovered,
    FeedsNoticed,
    FeedWentSilent,
    ItemMarked,
    ItemMatched,
    ItemQuarantined,
    ItemRevised,
    ItemSeen,
    ItemTextRead,
    Recorded,
    RulesChanged,
    ServiceStarted,
    ServiceStopped,
    Silenced,
    SilenceLifted,
    StoriesMerged,
    StoryJoined,
    StorySplit,
)


class Row(NamedTuple):
    """Values to set in the row with their primary key; columns that are not named stay as they are."""

    table: str
    values: dict[str, Any]


def iso(at: datetime | None) -> str | None:
    """An instant as the views store it: ISO with microseconds and zone, so that text order is time order."""
    return at.isoformat(timespec="microseconds") if at else None


def packed(value: Any) -> str:
    """A list or struct as the JSON text the views store."""
    return msgspec.json.encode(value).decode()


def project(recorded: Recorded) -> list[Row]:
    """The rows that an event changes; an event that no view cares for changes none."""
    match recorded.event:
        case ItemSeen(baseline=False) as event:
            heard = Row("feeds", {"id": event.feed, "silent_since": None, "silent_at": None})
            return [*_item(recorded.position, event), heard]
        case ItemSeen() | ItemRevised() | ItemMatched() as event:
            return _item(recorded.position, event)
        case ItemQuarantined() | ItemTextRead() as event:
            return _aside(event)
        case StoryJoined() | StorySplit() | StoriesMerged() as event:
            return _story(event)
        case FeedFailed() | FeedRecovered() | FeedGapSuspected() | FeedMoved() | FeedGone() | FeedWentSilent() as event:
            return [_feed(event)]
        case FeedsNoticed(state=state, feeds=feeds, at=at):
            return [Row("feeds", {"id": feed, "noticed": state, "noticed_at": iso(at)}) for feed in feeds]
        case DigestDeclared(digest=name, at=at):
            return [Row("digests", {"name": name, "declared": iso(at)})]
        case DigestQueued() as event:
            return _queued(recorded.position, event)
        case DeliveryRevived(delivery=delivery, at=at):
            return [Row("outbox", {"delivery": delivery, "state": "waiting", "due": iso(at)})]
        case Silenced() | SilenceLifted() | ItemMarked() | ChannelVerified() as event:
            return [_wish(event)]
        case DigestAttempted() | DigestSent() | DigestFailed() | DigestUnknown() as event:
            return [_outbox(event)]
        case RulesChanged(at=at, digest=digest):
            return [Row("rulesets", {"at": iso(at), "digest": digest})]
        case ServiceStarted(at=at) | ServiceStopped(at=at) as event:
            return [Row("service", {"at": iso(at), "what": event.kind})]
    return []


def _item(position: int, event: ItemSeen | ItemRevised | ItemMatched) -> list[Row]:
    match event:
        case ItemSeen():
            values = {
                "id": event.item,
                "feed": event.feed,
                "guid": event.guid,
                "url": event.url,
                "canonical": canonical(event.url),
                "title": event.title,
                "first_title": event.title,
                "summary": event.summary,
                "published": iso(event.published),
                "lang": event.lang,
                "author": event.author,
                "tags": packed(event.tags),
                "seen": iso(event.at),
                "baseline": int(event.baseline),
                "revision": 0,
                "story": event.item,
                "alone": 0,
            }
            return [Row("items", values)]
        case ItemRevised():
            new = {"id": event.item, "revision": event.revision, "title": event.title, "summary": event.summary}
            return [Row("items", new)]
        case ItemMatched():
            values = {
                "event": event.id,
                "position": position,
                "at": iso(event.at),
                "item": event.item,
                "revision": event.revision,
                "rule": event.rule,
                "version": event.rule_version,
                "topic": event.topic,
                "priority": event.priority,
                "digests": packed(event.digests),
                "clause": event.clause,
                "spans": packed(event.spans),
            }
            return [Row("matches", values)]


def _aside(event: ItemQuarantined | ItemTextRead) -> list[Row]:
    match event:
        case ItemQuarantined(item=item, feed=feed, at=at, title=title, url=url, why=why):
            values = {"item": item, "feed": feed, "at": iso(at), "title": title, "url": url, "why": why}
            return [Row("quarantine", values)]
        case ItemTextRead(item=item, text=text, trouble=trouble, at=at):
            read = Row("texts", {"item": item, "at": iso(at), "code": trouble.code if trouble else None})
            return [read, Row("items", {"id": item, "body": text})]


def _story(event: StoryJoined | StorySplit | StoriesMerged) -> list[Row]:
    match event:
        case StoryJoined(item=item, story=story, other=other, reason=reason, terms=terms, score=score, at=at):
            return _placed(at, item, story, other=other, reason=reason, terms=packed(terms), score=score)
        case StorySplit(item=item, who=who, at=at):
            return [Row("items", {"id": item, "alone": 1}), *_placed(at, item, item, reason="split by hand", who=who)]
        case StoriesMerged(into=into, items=items, who=who, at=at):
            return [row for item in items for row in _placed(at, item, into, reason="merged by hand", who=who)]


def _placed(at: datetime, item: str, story: str, **why: Any) -> list[Row]:
    blank = {"other": "", "reason": "", "terms": "[]", "score": 1.0, "who": ""}
    return [
        Row("items", {"id": item, "story": story}),
        Row("joins", {"item": item, "at": iso(at), "story": story, **blank, **why}),
    ]


def _feed(
    event: FeedFailed | FeedRecovered | FeedGapSuspected | FeedMoved | FeedGone | FeedWentSilent,
) -> Row:
    match event:
        case FeedFailed(feed=feed, trouble=trouble, failures=failures, retry_at=retry_at, at=at):
            values = {"id": feed, "failures": failures, "code": trouble.code, "text": trouble.text}
            first = {"down_since": iso(at)} if failures == 1 else {}
            return Row("feeds", {**values, "retry_at": iso(retry_at), **first})
        case FeedRecovered(feed=feed):
            well = dict.fromkeys(("code", "text", "down_since", "retry_at", "gone_from"), None) | {"failures": 0}
            return Row("feeds", {"id": feed, **well})
        case FeedGapSuspected(feed=feed, until=until):
            return Row("feeds", {"id": feed, "gap": iso(until)})
        case FeedMoved(feed=feed, target=target, source=source):
            return Row("feeds", {"id": feed, "moved_to": target, "moved_from": source})
        case FeedGone(feed=feed, source=source, at=at):
            return Row("feeds", {"id": feed, "gone_from": source, "gone_at": iso(at)})
        case FeedWentSilent(feed=feed, since=since, at=at):
            return Row("feeds", {"id": feed, "silent_since": iso(since), "silent_at": iso(at)})


def _queued(position: int, event: DigestQueued) -> list[Row]:
    edition = {
        "id": event.edition,
        "position": position,
        "digest": event.digest,
        "slot": event.slot,
        "at": iso(event.at),
        "reason": event.reason,
        "items": packed(event.items),
        "through": event.through,
    }
    rows = [Row("editions", edition)]
    rows += _shown(event)
    for delivery in event.deliveries:
        values = {
            "delivery": delivery.id,
            "edition": event.edition,
            "channel": delivery.channel,
            "recipient": delivery.recipient,
            "part": delivery.part,
            "state": "waiting",
            "n": 0,
            "due": iso(event.at),
        }
        rows.append(Row("outbox", values))
    return rows


def _shown(event: DigestQueued) -> list[Row]:
    withheld = {one.item: one for one in event.withheld}
    rows = []
    for item, headline, story in zip_longest(event.items, event.headlines, event.stories, fillvalue=""):
        aside = withheld.get(item)
        values = {
            "digest": event.digest,
            "item": item,
            "edition": event.edition,
            "at": iso(event.at),
            "story": story or item,
            "headline": headline,
            "why": aside.why if aside else "",
            "by": aside.by if aside else "",
        }
        rows.append(Row("shown", values))
    return rows


def _wish(event: Silenced | SilenceLifted | ItemMarked | ChannelVerified) -> Row:
    match event:
        case Silenced(silence=silence, scope=scope, target=target, who=who, at=at, until=until, comment=comment):
            said = {"scope": scope, "target": target, "who": who, "comment": comment}
            return Row("silences", {"id": silence, "since": iso(at), "until": iso(until), **said})
        case SilenceLifted(silence=silence, who=who, at=at):
            return Row("silences", {"id": silence, "lifted": iso(at), "lifted_by": who})
        case ItemMarked(item=item, who=who, mark=mark, at=at):
            return Row("marks", {"item": item, "who": who, "mark": mark, "at": iso(at)})
        case ChannelVerified(channel=name, source=source, arrived=arrived, who=who, at=at):
            values = {"name": name, "source": source, "arrived": int(arrived), "at": iso(at), "who": who}
            return Row("channels", values)


def _outbox(event: DigestAttempted | DigestSent | DigestFailed | DigestUnknown) -> Row:
    values: dict[str, Any] = {"delivery": event.delivery, "n": event.n}
    match event:
        case DigestAttempted(lease_until=lease_until):
            return Row("outbox", {**values, "state": "attempted", "due": iso(lease_until)})
        case DigestSent(at=at):
            return Row("outbox", {**values, "state": "sent", "sent_at": iso(at), "code": None, "text": None})
        case DigestFailed(trouble=trouble, retry_at=retry_at):
            state = "failed" if retry_at else "given up"
            said = {"code": trouble.code, "text": trouble.text}
            return Row("outbox", {**values, "state": state, "due": iso(retry_at), **said})
        case DigestUnknown(trouble=trouble, retry_at=retry_at):
            said = {"code": trouble.code, "text": trouble.text}
            return Row("outbox", {**values, "state": "unknown", "due": iso(retry_at), **said})
