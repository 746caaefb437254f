"""A letter's footer: what was withheld, and how the monitor itself fares. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from monitor.digests.entries import outlet_of
from monitor.digests.letter import FeedInTrouble, Letter, Silenced
from monitor.digests.tidy import line
from monitor.model import Feed, FeedId, FeedStanding, Silence

MOST_TROUBLED = 20  # feeds named; when the network is down, all are in trouble


def with_standing(letter: Letter, standing: Sequence[FeedStanding], feeds: Mapping[FeedId, Feed]) -> Letter:
    """The letter with what it says of the feeds."""
    troubled = tuple(_troubled(standing, feeds))
    return msgspec.structs.replace(
        letter,
        heard=sum(1 for one in standing if one.last_good and not one.failures and not one.gone),
        feeds=len(standing),
        in_trouble=len(troubled),
        troubled=troubled[:MOST_TROUBLED],
        silent=tuple(_silent(standing, feeds)),
        gaps=tuple(outlet_of(one.feed, feeds) for one in standing if one.gap and one.gap >= letter.since),
    )


def silenced(withheld: Iterable[Silence]) -> tuple[Silenced, ...]:
    """What silences withheld, each with how many items, most first.

    Args:
        withheld: the silence of each item that was.
    """
    found = Counter(withheld)
    return tuple(
        Silenced(name=line(one.id), who=line(one.who), until=one.until, items=items)
        for one, items in sorted(found.items(), key=lambda pair: (-pair[1], pair[0].id))
    )


def _troubled(standing: Iterable[FeedStanding], feeds: Mapping[FeedId, Feed]) -> Iterable[FeedInTrouble]:
    for one in standing:
        if one.gone:
            yield FeedInTrouble(
                outlet=outlet_of(one.feed, feeds), text="gone for good, and not asked again", since=None
            )
        elif one.failures:
            text = line(one.trouble.text) if one.trouble else "it was not understood"
            yield FeedInTrouble(outlet=outlet_of(one.feed, feeds), text=text, since=one.down_since)


def _silent(standing: Iterable[FeedStanding], feeds: Mapping[FeedId, Feed]) -> Iterable[FeedInTrouble]:
    for one in standing:
        if one.silent_since and not one.failures and not one.gone:
            yield FeedInTrouble(outlet=outlet_of(one.feed, feeds), text="silent", since=one.silent_since)
