"""One story of a letter: which copy speaks for it, its headline and excerpt with the evidence marked. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.digests.fold import bare, shown_url
from monitor.digests.letter import Before, Entry, Showing
from monitor.digests.tidy import ELLIPSIS, Marked, Range, cut, line, tidy
from monitor.model import Feed, FeedId, Item, MatchedItem

HEADLINE = 300  # characters
EXCERPT = 280  # characters
LEAD = 90  # characters of an excerpt before its first evidence
SKEW = timedelta(minutes=15)  # a date this far ahead of our clock is a clock's fault and no claim about the future
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def entry(
    group: Sequence[MatchedItem],
    also_on: Sequence[str],
    feeds: Mapping[FeedId, Feed],
    before: Before | None = None,
) -> Entry:
    """One story of all its copies, in the words of the most trusted outlet, or of the first among equals.

    Args:
        group: the copies; one may stand there with several revisions.
        also_on: the titles of the other topics that caught it.
        feeds: every feed of config.toml.
        before: what the readers were told of it before.
    """
    copies = by_trust(group, feeds)
    best = copies[0]
    seen: dict[str, datetime] = {}
    for matched in sorted(copies, key=lambda matched: matched.seen):
        seen.setdefault(outlet_of(matched.item.feed, feeds), matched.seen)
    published = best.item.published
    from_the_future = published is not None and published > best.seen + SKEW
    url = shown_url(best.item.url)
    headline = cut(tidy(best.item.title, _evidence(best, "title")), HEADLINE)
    return Entry(
        item=best.item.id,
        items=tuple(matched.item.id for matched in copies),
        story=best.story or best.item.id,
        headline=headline if headline.text else Marked(text=url or "(no headline)"),
        was=changed(best.first_title, best.item.title),
        before=before,
        url=url,
        outlet=outlet_of(best.item.feed, feeds),
        shown=tuple(Showing(outlet=outlet, at=at) for outlet, at in seen.items()),
        also_on=tuple(line(title) for title in also_on),
        at=best.seen if published is None or from_the_future else published,
        from_the_future=from_the_future,
        revised=best.revision > 0,
        excerpt=_excerpt(best),
        lang=language(best.item, feeds),
    )


def by_trust(group: Iterable[MatchedItem], feeds: Mapping[FeedId, Feed]) -> list[MatchedItem]:
    """The newest revision of each copy, the most trusted outlet's first."""
    newest = {matched.item.id: matched for matched in sorted(group, key=lambda matched: matched.revision)}
    return sorted(newest.values(), key=lambda matched: (_tier(matched, feeds), matched.seen, matched.item.id))


def headline_of(title: str) -> str:
    """A title as letters show it."""
    return cut(tidy(title), HEADLINE).text


def changed(old: str, new: str) -> str:
    """The old headline as it is shown, if the new one has other words; else nothing."""
    shown = headline_of(old)
    return shown if bare(shown) != bare(headline_of(new)) else ""


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


def outlet_of(feed: FeedId, feeds: Mapping[FeedId, Feed]) -> str:
    """What readers know the feed by."""
    return line(feeds[feed].title) if feed in feeds else feed


def language(item: Item, feeds: Mapping[FeedId, Feed]) -> str:
    """The language that the item's words are said to be in; empty if nobody says, or says something else."""
    feed = feeds.get(item.feed)
    lang = item.lang or (feed.lang if feed else "")
    return lang if LANGUAGE.fullmatch(lang) else ""
