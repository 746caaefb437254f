"""What a letter says: stories by topic, each told once, and an account of what it does not show. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from monitor.digests import footer, slots
from monitor.digests.before import Past, corrections
from monitor.digests.entries import entry
from monitor.digests.fold import folded
from monitor.digests.letter import Alerted, Entry, Letter, Section, Volume
from monitor.digests.silence import which
from monitor.digests.tidy import line
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
    RuleId,
    Silence,
    Told,
    Withheld,
)

MOST_ENTRIES = 200  # in a letter
MOST_IN_SECTION = 50  # so that one flooding topic leaves room for the others
MOST_ALERTED = 20  # lines in a section


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
    told: Iterable[Told] = (),
    alerts: Collection[str] = (),
    reworded: Iterable[tuple[Told, MatchedItem]] = (),
    silences: Sequence[Silence] = (),
    volume: tuple[Volume, ...] = (),
) -> Letter:
    """The letter of one slot.

    Args:
        digest: whose letter it is; its topics and its least priority decide which hits count.
        slot_label: the slot's label, ``alert ID``, or ``request ID`` if a person asked.
        since, until: when the letter before it was made, and now; alerts of between are not told again.
        waiting: the items to tell, in any order; one may stand there with several revisions.
        feeds: every feed of config.toml.
        standing: how they fare.
        head: the log's end, printed in the footer.
        reason: why the letter comes as it does: ``scheduled``, and behind a semicolon what is worth a word.
        told: what digests told before of the stories that wait.
        alerts: the alerts that reach readers of this digest.
        reworded: what this digest told lately, of items whose headline is another one now.
        silences: wishes not to be told.
        volume: how much each topic brought of late.
    """
    concerning = [kept for kept in (_concerning(digest, matched) for matched in waiting) if kept.hits]
    silenced = {m.item.id: one for m in concerning if (one := which(m, silences, until))}
    heard = [matched for matched in concerning if matched.item.id not in silenced]
    stories = _stories(digest, heard, Past(digest, told, alerts, since), feeds)
    wrong = [(one, m) for one, m in reworded if not which(m, silences, until)]
    letter = Letter(
        digest=digest.name,
        title=line(digest.title),
        zone=digest.zone,
        slot=slot_label,
        reason=line(reason.partition("; ")[2]),
        at=_due(slot_label, until),
        since=since,
        until=until,
        empty=digest.empty,
        corrections=corrections(wrong, {matched.item.id for matched in concerning}, feeds),
        volume=volume,
        below=_below(digest, waiting),
        head=head,
    )
    return footer.with_standing(_accounted(letter, concerning, stories, silenced), standing, feeds)


class _Stories(NamedTuple):
    """What waits, each story once under its first topic."""

    sections: tuple[Section, ...]
    entries: list[tuple[RuleId, Entry]]
    alerted: list[tuple[RuleId, Alerted]]


def _stories(digest: Digest, told: Sequence[MatchedItem], past: Past, feeds: Mapping[FeedId, Feed]) -> _Stories:
    order = _topics(digest, told)
    entries: list[tuple[RuleId, Entry]] = []
    alerted: list[tuple[RuleId, Alerted]] = []
    for group in folded(told):
        first, *others = _rules(group, order)
        if known := past.alerted(group, feeds):
            alerted.append((first, known))
        else:
            entries.append((first, entry(group, [order[o].topic for o in others], feeds, past.before(group))))
    return _Stories(_sections(order, entries, alerted), entries, alerted)


def _accounted(
    letter: Letter, concerning: Iterable[MatchedItem], told: _Stories, silenced: Mapping[ItemId, Silence]
) -> Letter:
    """The letter with its counts, and a line for each item that it tells, corrects or withholds."""
    entries = [one for _, one in told.entries]
    shown = {one.item: one.headline.text for section in told.sections for one in section.entries}
    withheld = {item: Withheld(item=item, why="silence", by=one.id) for item, one in silenced.items()}
    for _, known in told.alerted:
        withheld |= {item: Withheld(item=item, why="alerted", by=known.edition) for item in known.items}
    for one in entries:
        withheld |= {} if one.item in shown else {item: Withheld(item=item, why="cap") for item in one.items}
    stories = {matched.item.id: matched.story or matched.item.id for matched in concerning}
    stories |= {one.item: one.story for one in letter.corrections}
    headlines = shown | {one.item: one.new for one in letter.corrections}
    return msgspec.structs.replace(
        letter,
        sections=told.sections,
        silenced=footer.silenced(silenced.values()),
        items=tuple(stories),
        headlines=tuple(headlines.get(item, "") for item in stories),
        stories=tuple(stories.values()),
        withheld=tuple(withheld[item] for item in stories if item in withheld),
        entries=len(entries),
        developing=sum(1 for one in entries if one.before),
        topics=len({rule for rule, _ in told.entries}),
        copies=sum(len(one.items) - 1 for one in entries),
    )


# -- topics ----------------------------------------------------------------------------------------------------------


def _concerning(digest: Digest, matched: MatchedItem) -> MatchedItem:
    """The item with only those of its hits that this digest tells."""
    wanted = [hit for hit in matched.hits if _is_wanted(digest, hit)]
    return msgspec.structs.replace(matched, hits=tuple(hit for hit in wanted if not _is_below(digest, hit)))


def _is_wanted(digest: Digest, hit: Hit) -> bool:
    return (not digest.topics or hit.rule in digest.topics) and (not hit.digests or digest.name in hit.digests)


def _is_below(digest: Digest, hit: Hit) -> bool:
    return PRIORITIES.index(hit.priority) < PRIORITIES.index(digest.priority)


def _below(digest: Digest, waiting: Iterable[MatchedItem]) -> int:
    """How many items the digest would tell if it did not ask for a higher priority."""
    found = 0
    for matched in waiting:
        wanted = [hit for hit in matched.hits if _is_wanted(digest, hit)]
        found += bool(wanted) and all(_is_below(digest, hit) for hit in wanted)
    return found


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


def _sections(
    order: Mapping[RuleId, Hit], entries: Sequence[tuple[RuleId, Entry]], alerted: Sequence[tuple[RuleId, Alerted]]
) -> tuple[Section, ...]:
    sections = []
    room = MOST_ENTRIES
    for rule, hit in order.items():
        own = sorted((e for of, e in entries if of == rule), key=lambda e: (e.at, e.item), reverse=True)
        known = sorted((a for of, a in alerted if of == rule), key=lambda a: (a.at, a.story), reverse=True)
        shown = tuple(own[: min(MOST_IN_SECTION, room)])
        room -= len(shown)
        if own or known:
            section = Section(
                rule=rule,
                title=line(hit.topic),
                priority=hit.priority,
                entries=shown,
                alerted=tuple(known[:MOST_ALERTED]),
                more=len(own) - len(shown),
                more_alerted=len(known[MOST_ALERTED:]),
            )
            sections.append(section)
    return tuple(sections)


def _due(slot_label: str, until: datetime) -> datetime:
    try:
        return slots.instant(slot_label)
    except ValueError:
        return until
