"""What a letter says: stories by topic, each told once, with its evidence, and how the monitor itself fares. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from monitor.digests import slots
from monitor.digests.fold import bare, folded, shown_url
from monitor.digests.tidy import ELLIPSIS, Marked, Range, cut, line, tidy
from monitor.events import Head
from monitor.model import (
    PRIORITIES,
    Digest,
    Feed,
    FeedId,
    FeedStanding,
    Hit,
    ItemId,
    MatchedItem,
    Priority,
    RuleId,
    Utc,
)

MOST_ENTRIES = 200  # in a letter
MOST_IN_SECTION = 50  # so that one flooding topic leaves room for the others
MOST_TROUBLED = 20  # feeds named; when the network is down, all are in trouble
HEADLINE = 300  # characters
EXCERPT = 280  # characters
LEAD = 90  # characters of an excerpt before its first evidence
SKEW = timedelta(minutes=15)  # a date this far ahead of our clock is a clock's fault and no claim about the future
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Entry(Struct, frozen=True, kw_only=True):
    """One story of a letter."""

    item: ItemId  # the one that is shown
    items: tuple[ItemId, ...]  # it and its copies
    headline: Marked
    url: str  # http or https, or empty
    outlet: str
    also_in: tuple[str, ...] = ()  # other outlets that had it, the most trusted first
    also_on: tuple[str, ...] = ()  # other topics that caught it
    at: Utc  # when it was published; when it was seen, if the feed gave no date or an impossible one
    from_the_future: bool = False  # the feed dates it later than we saw it
    revised: bool = False  # its words changed since it was first seen
    excerpt: Marked
    lang: str = ""


class Section(Struct, frozen=True, kw_only=True):
    """One topic of a letter, its entries newest first."""

    rule: RuleId
    title: str
    priority: Priority
    entries: tuple[Entry, ...]
    more: int = 0  # entries that there was no room for
    continued: bool = False  # it began in the part before


class FeedInTrouble(Struct, frozen=True, kw_only=True):
    """A feed that was not heard, or had nothing to say."""

    outlet: str
    text: str
    since: Utc | None


class Letter(Struct, frozen=True, kw_only=True):
    """Everything a letter says; ``render`` gives it its looks."""

    digest: str
    title: str
    zone: str
    slot: str  # a slot's label, or ``request ID``
    at: Utc  # the slot's instant; of a request: when it was made
    since: Utc
    until: Utc  # when it was made
    sections: tuple[Section, ...] = ()
    items: tuple[ItemId, ...] = ()  # every item it accounts for, also those that there was no room for
    entries: int = 0  # stories
    topics: int = 0
    heard: int = 0  # feeds that answered well when they were last asked
    feeds: int = 0
    in_trouble: int = 0
    troubled: tuple[FeedInTrouble, ...] = ()  # the first of them
    silent: tuple[FeedInTrouble, ...] = ()  # they answer, and say nothing against their habit
    gaps: tuple[str, ...] = ()  # outlets of which items may have been missed since the letter before
    head: Head
    part: int = 1
    parts: int = 1


def compose(
    digest: Digest,
    *,
    slot_label: str,
    since: datetime,
    until: datetime,
    waiting: Sequence[MatchedItem],
    feeds: Mapping[FeedId, Feed],
    standing: Sequence[FeedStanding],
    head: Head,
) -> Letter:
    """The letter of one slot.

    Args:
        digest: whose letter it is; its topics and its least priority decide which hits count.
        slot_label: the slot's label, or ``request ID`` if a person asked.
        since: when the letter before it was due.
        until: now; ``since`` and ``until`` are told to the reader and choose nothing.
        waiting: the items to tell, in any order; one may stand there with several revisions.
        feeds: every feed of config.toml.
        standing: how they fare.
        head: the log's end, printed in the footer.
    """
    told = [kept for kept in (_concerning(digest, matched) for matched in waiting) if kept.hits]
    order = _topics(digest, told)
    groups = folded(told)
    troubled = tuple(_troubled(standing, feeds))
    entries = [(_rules(group, order)[0], _entry(group, order, feeds)) for group in groups]
    sections = _sections(order, entries)
    return Letter(
        digest=digest.name,
        title=line(digest.title),
        zone=digest.zone,
        slot=slot_label,
        at=_due(slot_label, until),
        since=since,
        until=until,
        sections=sections,
        items=tuple(dict.fromkeys(matched.item.id for matched in told)),
        entries=len(entries),
        topics=len(sections),
        heard=sum(1 for one in standing if one.last_good and not one.failures and not one.gone),
        feeds=len(standing),
        in_trouble=len(troubled),
        troubled=troubled[:MOST_TROUBLED],
        silent=tuple(_silent(standing, feeds)),
        gaps=tuple(_outlet(one.feed, feeds) for one in standing if one.gap and one.gap >= since),
        head=head,
    )


# -- topics ----------------------------------------------------------------------------------------------------------


def _concerning(digest: Digest, matched: MatchedItem) -> MatchedItem:
    """The item with only those of its hits that this digest tells."""
    hits = tuple(hit for hit in matched.hits if _concerns(digest, hit))
    return MatchedItem(item=matched.item, revision=matched.revision, seen=matched.seen, hits=hits)


def _concerns(digest: Digest, hit: Hit) -> bool:
    wanted = not digest.topics or hit.rule in digest.topics
    addressed = not hit.digests or digest.name in hit.digests
    return wanted and addressed and PRIORITIES.index(hit.priority) >= PRIORITIES.index(digest.priority)


def _topics(digest: Digest, told: Iterable[MatchedItem]) -> dict[RuleId, Hit]:
    """A hit of each topic, in the order of the letter: urgent first, then as the digest lists them, then by title.

    Where a rule changed between two items, its newest title and its highest priority count.
    """
    hits: dict[RuleId, Hit] = {}
    urgency: Counter[RuleId] = Counter()
    for matched in sorted(told, key=lambda matched: matched.seen):
        for hit in matched.hits:
            hits[hit.rule] = hit
            urgency[hit.rule] = max(urgency[hit.rule], PRIORITIES.index(hit.priority))
    listed = {rule: place for place, rule in enumerate(digest.topics)}

    def place(rule: RuleId) -> tuple[int, int, str, str]:
        return -urgency[rule], listed.get(rule, 0), hits[rule].topic.casefold(), rule

    return {rule: hits[rule] for rule in sorted(hits, key=place)}


def _rules(group: Iterable[MatchedItem], order: Mapping[RuleId, Hit]) -> list[RuleId]:
    """The topics that caught any of the copies, in the order of the letter."""
    caught = {hit.rule for matched in group for hit in matched.hits}
    return [rule for rule in order if rule in caught]


def _sections(order: Mapping[RuleId, Hit], entries: Sequence[tuple[RuleId, Entry]]) -> tuple[Section, ...]:
    sections = []
    room = MOST_ENTRIES
    for rule, hit in order.items():
        own = sorted((e for of, e in entries if of == rule), key=lambda e: (e.at, e.item), reverse=True)
        shown = tuple(own[: min(MOST_IN_SECTION, room)])
        room -= len(shown)
        if own:
            section = Section(
                rule=rule,
                title=line(hit.topic),
                priority=hit.priority,
                entries=shown,
                more=len(own) - len(shown),
            )
            sections.append(section)
    return tuple(sections)


# -- entries ---------------------------------------------------------------------------------------------------------


def _entry(group: Sequence[MatchedItem], order: Mapping[RuleId, Hit], feeds: Mapping[FeedId, Feed]) -> Entry:
    """One story of all its copies, in the words of the most trusted outlet, or of the first among equals."""
    newest = {matched.item.id: matched for matched in sorted(group, key=lambda matched: matched.revision)}
    copies = sorted(newest.values(), key=lambda matched: (_tier(matched, feeds), matched.seen, matched.item.id))
    best = copies[0]
    outlets = list(dict.fromkeys(_outlet(matched.item.feed, feeds) for matched in copies))
    published = best.item.published
    from_the_future = published is not None and published > best.seen + SKEW
    url = shown_url(best.item.url)
    headline = cut(tidy(best.item.title, _evidence(best, "title")), HEADLINE)
    return Entry(
        item=best.item.id,
        items=tuple(matched.item.id for matched in copies),
        headline=headline if headline.text else Marked(text=url or "(no headline)"),
        url=url,
        outlet=outlets[0],
        also_in=tuple(outlets[1:]),
        also_on=tuple(line(order[rule].topic) for rule in _rules(group, order)[1:]),
        at=best.seen if published is None or from_the_future else published,
        from_the_future=from_the_future,
        revised=best.revision > 0,
        excerpt=_excerpt(best),
        lang=_language(best, feeds),
    )


def _evidence(matched: MatchedItem, field: str) -> list[Range]:
    return [(span.start, span.end) for hit in matched.hits for span in hit.spans if span.field == field]


def _excerpt(matched: MatchedItem) -> Marked:
    """A few lines of the summary around its first evidence; nothing if it only says the headline again.

    Evidence that only the article's text has is shown there.
    """
    text, marks = matched.item.summary, _evidence(matched, "summary")
    if not marks and (in_body := _evidence(matched, "body")):
        text, marks = matched.item.body, in_body
    elif len(text) <= 2 * HEADLINE and bare(text) == bare(matched.item.title):
        return Marked(text="")
    first = min((start for start, _ in marks), default=0)
    begin = 0 if first < 2 * LEAD else text.find(" ", first - LEAD, first) + 1 or first
    window = text[begin : begin + 4 * EXCERPT]  # enough, though much of it may be blanks
    plain = tidy(window, [(start - begin, end - begin) for start, end in marks if end > begin])
    if begin:
        lead = f"{ELLIPSIS} "
        moved = tuple((start + len(lead), end + len(lead)) for start, end in plain.marks)
        plain = Marked(text=lead + plain.text, marks=moved)
    short = cut(plain, EXCERPT)
    unfinished = short is plain and begin + len(window) < len(text)
    return Marked(text=short.text + ELLIPSIS, marks=short.marks) if unfinished else short


def _tier(matched: MatchedItem, feeds: Mapping[FeedId, Feed]) -> int:
    feed = feeds.get(matched.item.feed)
    return feed.tier if feed else 9  # a feed that config.toml no longer names is nobody's first choice


def _outlet(feed: FeedId, feeds: Mapping[FeedId, Feed]) -> str:
    return line(feeds[feed].title) if feed in feeds else feed


def _language(matched: MatchedItem, feeds: Mapping[FeedId, Feed]) -> str:
    feed = feeds.get(matched.item.feed)
    lang = matched.item.lang or (feed.lang if feed else "")
    return lang if LANGUAGE.fullmatch(lang) else ""


# -- the monitor itself ----------------------------------------------------------------------------------------------


def _troubled(standing: Iterable[FeedStanding], feeds: Mapping[FeedId, Feed]) -> Iterable[FeedInTrouble]:
    for one in standing:
        if one.gone:
            yield FeedInTrouble(outlet=_outlet(one.feed, feeds), text="gone for good, and not asked again", since=None)
        elif one.failures:
            text = line(one.trouble.text) if one.trouble else "it was not understood"
            yield FeedInTrouble(outlet=_outlet(one.feed, feeds), text=text, since=one.down_since)


def _silent(standing: Iterable[FeedStanding], feeds: Mapping[FeedId, Feed]) -> Iterable[FeedInTrouble]:
    for one in standing:
        if one.silent_since and not one.failures and not one.gone:
            yield FeedInTrouble(outlet=_outlet(one.feed, feeds), text="silent", since=one.silent_since)


def _due(slot_label: str, until: datetime) -> datetime:
    try:
        return slots.instant(slot_label)
    except ValueError:
        return until
