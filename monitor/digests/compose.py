"""What a letter says: stories by topic, each told once. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from monitor.digests import footer, slots
from monitor.digests.entries import entry
from monitor.digests.fold import folded
from monitor.digests.letter import Entry, Letter, Section
from monitor.digests.tidy import line
from monitor.events import Head
from monitor.model import PRIORITIES, Digest, Feed, FeedId, FeedStanding, Hit, MatchedItem, RuleId

MOST_ENTRIES = 200  # in a letter
MOST_IN_SECTION = 50  # so that one flooding topic leaves room for the others


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
    reason: str = "",
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
        reason: why the letter comes as it does, where that is worth a word to its reader.
    """
    told = [kept for kept in (_concerning(digest, matched) for matched in waiting) if kept.hits]
    order = _topics(digest, told)
    groups = folded(told)
    entries = []
    for group in groups:
        first, *others = _rules(group, order)
        entries.append((first, entry(group, [order[rule].topic for rule in others], feeds)))
    sections = _sections(order, entries)
    items = {matched.item.id: matched.story or matched.item.id for matched in told}
    headlines = {one.item: one.headline.text for section in sections for one in section.entries}
    letter = Letter(
        digest=digest.name,
        title=line(digest.title),
        zone=digest.zone,
        slot=slot_label,
        reason=reason,
        empty=digest.empty,
        at=_due(slot_label, until),
        since=since,
        until=until,
        sections=sections,
        items=tuple(items),
        headlines=tuple(headlines.get(item, "") for item in items),
        stories=tuple(items.values()),
        entries=len(entries),
        topics=len(sections),
        head=head,
    )
    return footer.with_standing(letter, standing, feeds)


# -- topics ----------------------------------------------------------------------------------------------------------


def _concerning(digest: Digest, matched: MatchedItem) -> MatchedItem:
    """The item with only those of its hits that this digest tells."""
    hits = tuple(hit for hit in matched.hits if _concerns(digest, hit))
    return msgspec.structs.replace(matched, hits=hits)


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


def _due(slot_label: str, until: datetime) -> datetime:
    try:
        return slots.instant(slot_label)
    except ValueError:
        return until
