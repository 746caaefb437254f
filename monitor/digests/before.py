"""What readers know already: stories that are developing, stories they had as an alert, headlines to correct. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from monitor.digests.entries import by_trust, changed, headline_of, language, outlet_of
from monitor.digests.fold import shown_url
from monitor.digests.letter import Alerted, Before, Correction
from monitor.digests.tidy import line
from monitor.model import Digest, Feed, FeedId, ItemId, MatchedItem, Told

MOST_CORRECTIONS = 20  # in a letter; the rest stand in the next


class Past:
    """What the readers of a digest were told before of stories that wait now.

    Args:
        digest: theirs.
        told: what any digest told of these stories.
        alerts: the alerts that reach readers of this digest.
        since: when its last letter was made.
    """

    def __init__(self, digest: Digest, told: Iterable[Told], alerts: Collection[str], since: datetime) -> None:
        self._alerts, self._since = alerts if digest.cron else (), since
        self._told: dict[ItemId, list[Told]] = {}
        for one in sorted(told, key=lambda one: (one.at, one.headline)):
            if one.digest == digest.name or one.digest in self._alerts:
                self._told.setdefault(one.story, []).append(one)

    def before(self, group: Sequence[MatchedItem]) -> Before | None:
        """What they were last told of the story; None if it is new to them."""
        told = self._of(group)
        return Before(headline=line(told[-1].headline), at=told[-1].at) if told else None

    def alerted(self, group: Sequence[MatchedItem], feeds: Mapping[FeedId, Feed]) -> Alerted | None:
        """The story as a line, if they had it as an alert since their last letter."""
        alerts = [one for one in self._of(group) if one.digest in self._alerts and one.at >= self._since]
        if not alerts:
            return None
        best, last = by_trust(group, feeds)[0], alerts[-1]
        told = {one.item for one in alerts}
        of_it = next((one for one in by_trust(group, feeds) if one.item.id in told), best)
        headline = line(last.headline) or headline_of(of_it.item.title) or "(no headline)"
        return Alerted(
            items=tuple(dict.fromkeys(matched.item.id for matched in group)),
            story=best.story or best.item.id,
            edition=last.edition,
            at=last.at,
            headline=headline,
            now=headline_of(of_it.item.title) if changed(headline, of_it.item.title) else "",
            url=shown_url(of_it.item.url),
            lang=language(of_it.item, feeds),
        )

    def _of(self, group: Sequence[MatchedItem]) -> list[Told]:
        stories = dict.fromkeys(matched.story or matched.item.id for matched in group)
        return sorted((one for story in stories for one in self._told.get(story, ())), key=lambda one: one.at)


def corrections(
    reworded: Iterable[tuple[Told, MatchedItem]], waiting: Collection[ItemId], feeds: Mapping[FeedId, Feed]
) -> tuple[Correction, ...]:
    """What a digest told under a headline that has other words by now, the newest telling first.

    Each is told once: the edition that tells it keeps the new headline as the one that was told.

    Args:
        reworded: what it told, and the items as they read now.
        waiting: items that the letter accounts for anyway.
        feeds: every feed of config.toml.
    """
    found = []
    for told, matched in sorted(reworded, key=lambda pair: pair[0].at, reverse=True):
        item = matched.item
        if item.id not in waiting and (old := changed(told.headline, item.title)):
            correction = Correction(
                item=item.id,
                story=matched.story or told.story,
                at=told.at,
                old=old,
                new=headline_of(item.title) or "(no headline)",
                url=shown_url(item.url),
                outlet=outlet_of(item.feed, feeds),
                lang=language(item, feeds),
            )
            found.append(correction)
    return tuple(found[:MOST_CORRECTIONS])
