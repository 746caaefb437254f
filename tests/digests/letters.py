"""Items, feeds and letters to tell of; shared by the tests of this room."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from monitor.digests import volume
from monitor.digests.compose import compose
from monitor.digests.letter import Letter
from monitor.events import Head
from monitor.model import Digest, Feed, FeedStanding, Hit, Item, MatchedItem, Priority, Silence, Span, Told, Trouble

NOON = datetime(2024, 9, 11, 12, 0, tzinfo=UTC)
EVENING = datetime(2024, 9, 11, 15, 0, tzinfo=UTC)  # 18:00 in Kyiv
MORNING = datetime(2024, 9, 11, 4, 0, tzinfo=UTC)  # 07:00 in Kyiv
HEAD = Head(1234, "3fa29c0d5be811aa" * 4)

KYIV = Digest(name="kyiv", title="Kyiv evening", channels=("mail",), cron="0 7,18 * * *", zone="Europe/Kyiv")

FEEDS = {
    feed.id: feed
    for feed in (
        Feed(id="reuters", url="https://reuters.test/rss", title="Reuters", tier=1, interval=timedelta(minutes=15)),
        Feed(id="bbc", url="https://bbc.test/rss", title="BBC World", interval=timedelta(minutes=15)),
        Feed(id="pravda", url="https://pravda.test/rss", title="Українська правда", interval=timedelta(minutes=15)),
        Feed(id="jazeera", url="https://aj.test/rss", title="الجزيرة", lang="ar", interval=timedelta(minutes=15)),
    )
}


def a_hit(
    rule: str = "imf",
    *,
    topic: str = "IMF and Ukraine",
    priority: Priority = "normal",
    digests: tuple[str, ...] = (),
    title: tuple[tuple[int, int], ...] = (),
    summary: tuple[tuple[int, int], ...] = (),
    body: tuple[tuple[int, int], ...] = (),
) -> Hit:
    spans = [Span(field="title", start=a, end=b) for a, b in title]
    spans += [Span(field="summary", start=a, end=b) for a, b in summary]
    spans += [Span(field="body", start=a, end=b) for a, b in body]
    return Hit(
        rule=rule, version="v1", topic=topic, priority=priority, digests=digests, clause="imf", spans=tuple(spans)
    )


def found(text: str, *words: str) -> tuple[tuple[int, int], ...]:
    """Where the words stand in the text."""
    return tuple((text.index(word), text.index(word) + len(word)) for word in words)


def matched(
    title: str = "IMF releases tranche for Ukraine",
    *,
    feed: str = "bbc",
    url: str = "",
    summary: str = "",
    body: str = "",
    id: str = "",
    seen: datetime = NOON,
    published: datetime | None = None,
    hits: tuple[Hit, ...] = (),
    revision: int = 0,
    lang: str = "",
    story: str = "",
    first_title: str = "",
) -> MatchedItem:
    name = id or f"{feed}:{title}:{url}"
    item = Item(id=name, feed=feed, url=url, title=title, summary=summary, body=body, published=published, lang=lang)
    return MatchedItem(
        item=item, revision=revision, seen=seen, hits=hits or (a_hit(),), story=story, first_title=first_title
    )


def a_letter(
    *waiting: MatchedItem,
    digest: Digest = KYIV,
    slot: str = "2024-09-11T18:00 Europe/Kyiv",
    until: datetime = EVENING,
    standing: tuple[FeedStanding, ...] | None = None,
    **known: Any,
) -> Letter:
    if standing is None:
        standing = tuple(FeedStanding(feed=feed, last_good=until) for feed in FEEDS)
    return compose(
        digest,
        slot_label=slot,
        since=MORNING,
        until=until,
        waiting=waiting,
        feeds=FEEDS,
        standing=standing,
        head=HEAD,
        **known,
    )


def told(item: str, headline: str, *, story: str = "", digest: str = "kyiv", at: datetime = NOON) -> Told:
    edition = f"{digest}@{at:%d.%H%M}"
    return Told(item=item, story=story or item, digest=digest, edition=edition, at=at, headline=headline)


def in_trouble(feed: str, text: str) -> FeedStanding:
    return FeedStanding(feed=feed, failures=3, down_since=MORNING, trouble=Trouble(code="timeout", text=text))


def everywhere(nasty: str, number: int = 0) -> Letter:
    """A letter that has the same words in every place where words of others may stand."""
    until = EVENING + timedelta(days=1)
    hits = (a_hit("t", topic=nasty), a_hit("other", topic=nasty))

    def one(name: str, **more: Any) -> MatchedItem:
        link = f"https://a.test/{name}/{nasty}"
        words = {"summary": f"b {nasty}", "first_title": nasty, "lang": nasty}
        return matched(f"{name} {number} {nasty}", id=name, url=link, hits=hits, **words, **more)

    feeds = {feed: msgspec.structs.replace(FEEDS[feed], title=f"{feed} {nasty}", lang=nasty) for feed in FEEDS}
    corrected = one("corrected", revision=1)
    return compose(
        msgspec.structs.replace(KYIV, title=f"Kyiv {nasty}", empty="note"),
        slot_label="2024-09-11T18:00 Europe/Kyiv",
        reason=f"scheduled; {nasty}",
        since=MORNING,
        until=EVENING,
        waiting=(
            one("a", story="s"),
            one("c", feed="reuters", story="s"),
            one("d", story="alerted"),
            one("e", feed="pravda"),
        ),
        feeds=feeds,
        standing=(
            in_trouble("bbc", nasty),
            FeedStanding(feed="reuters", last_good=EVENING, silent_since=MORNING),
            FeedStanding(feed="jazeera", last_good=EVENING, gap=EVENING),
        ),
        head=HEAD,
        told=(told("s", f"before {nasty}"), told("d", f"as an alert {nasty}", story="alerted", digest="flash")),
        alerts={"flash"},
        reworded=((told("corrected", f"old {nasty}"), corrected),),
        silences=(
            Silence(id=nasty, scope="feed", target="pravda", who=nasty, since=MORNING, until=until, comment=nasty),
        ),
        volume=volume.of(KYIV, [("t", nasty, [1, 2])]),
    )
