"""The window: the items of the last 72 hours, and for each new one the story it belongs to. Pure.

Items come one at a time, in the order in which they were seen, and what was decided stays. The same items in the same
order give the same joins: nothing here depends on a clock or on a hash's seed. What is older than the window is dropped
with its terms, so what a term weighs follows the news.

Three things join an item to an earlier one; the first that holds is the reason:

- *same page*: two feeds link to one page;
- *same words*: title and opening are the same, but for case and signs;
- *same event*: enough rare terms in common, near enough in time, and the rest of the story agrees (decide.py).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import nlargest
from math import log
from typing import TypeAlias

from monitor.model import Item, ItemId, Join, StoryReason
from monitor.stories.decide import HEARD, JOINS, Newcomer, agrees, likeness, score, shared
from monitor.stories.profile import Profile, written
from monitor.stories.terms import common

LENGTH = timedelta(hours=72)
PRIOR = 2_000  # items that common.txt stands for, beside those in the window
PROPOSERS = 10  # of an item's terms, the rarest, name earlier items to compare it with
ASKED = 1_000  # earlier items that they name at most
PROMISING = 0.3  # of what the best of them shares with it
COMPARED = 10  # of the promising are compared, the best
IN_TITLE = 1.5  # times as much does a term of the title propose
SHOWN = 6  # terms that a join tells

_Found: TypeAlias = tuple[Profile, StoryReason, float]  # an earlier item, why, and the score


class Window:
    """Items of the last 72 hours, by what they have in common."""

    def __init__(self) -> None:
        self._items: deque[Profile] = deque()  # in the order they were seen
        self._known: dict[ItemId, Profile] = {}
        self._by_term: dict[str, list[Profile]] = {}
        self._by_key: dict[int, Profile] = {}  # the newest item of a page, of an opening
        self._stories: dict[ItemId, list[Profile]] = {}  # those of several items
        self._common = common()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: Item, seen: datetime) -> Join | None:
        """Take an item in and say which story it belongs to.

        Args:
            item: in its first words; what was decided is not decided anew when they change.
            seen: when it was; never before the item added last.

        Returns:
            The join; None if the item begins a story, or is known, or was old when it was seen.
        """
        new = self._enter(item, seen)
        if new is None:
            return None
        found = self._same_key(new) or self._same_event(new)
        self._keep(new.profile, found[0].story if found else item.id)
        if not found:
            return None
        old, reason, points = found
        terms = tuple(_shown(item, term) for term in shared(new, old)[:SHOWN])
        return Join(item=item.id, story=old.story, other=old.item, reason=reason, terms=terms, score=round(points, 2))

    def restore(self, item: Item, seen: datetime, *, story: ItemId, alone: bool = False) -> None:
        """Take in an item whose story is known, as when the service starts; in the order in which they were seen."""
        new = self._enter(item, seen)
        if new is not None:
            new.profile.alone = alone
            self._keep(new.profile, story)

    def split(self, item: ItemId) -> None:
        """Set an item apart for good: it joins nothing, and nothing joins it."""
        if profile := self._known.get(item):
            self._leave(profile)
            profile.story, profile.alone = item, True

    def move(self, items: Iterable[ItemId], into: ItemId) -> None:
        """Make items part of a story, whatever they were part of."""
        for item in items:
            if profile := self._known.get(item):
                self._leave(profile)
                self._gather(profile, into)

    # -- coming and going --------------------------------------------------------------------------------------------

    def _enter(self, item: Item, seen: datetime) -> Newcomer | None:
        """Forget what is too old by now, and weigh the item's terms."""
        self._forget((seen - LENGTH).timestamp())
        if item.id in self._known or (item.published or seen) < seen - LENGTH:
            return None
        profile = Profile(item, seen)
        weights = {term: self._weight(term) for term in (*profile.title, *profile.rest)}
        profile.mass = sum(weights[term] for term in profile.title)
        profile.squared = sum(weight * weight for weight in weights.values())
        return Newcomer(profile, weights, frozenset(profile.title), self._weight)

    def _weight(self, term: str) -> float:
        """The rarer, the more: the logarithm of how many items there are for one that holds it."""
        held = len(self._by_term.get(term, ())) + PRIOR * self._common.get(term, 0.0)
        return max(0.0, log((len(self._items) + PRIOR) / (held + 1)))

    def _keep(self, profile: Profile, story: ItemId) -> None:
        self._items.append(profile)
        self._known[profile.item] = profile
        for term in (*profile.title, *profile.rest):
            self._by_term.setdefault(term, []).append(profile)
        for key in filter(None, profile.keys):
            self._by_key[key] = profile
        if story != profile.item:
            self._gather(profile, story)

    def _forget(self, before: float) -> None:
        while self._items and self._items[0].seen < before:
            profile = self._items.popleft()
            del self._known[profile.item]
            for term in (*profile.title, *profile.rest):
                holders = self._by_term[term]
                if len(holders) > 1:
                    del holders[0]  # they are in the order of their coming
                else:
                    del self._by_term[term]
            for key in profile.keys:
                if self._by_key.get(key) is profile:
                    del self._by_key[key]
            self._leave(profile)

    def _gather(self, profile: Profile, story: ItemId) -> None:
        first = self._known.get(story)
        told = self._stories.setdefault(story, [first] if first and first.story == story else [])
        if profile not in told:
            told.append(profile)
        profile.story = story

    def _leave(self, profile: Profile) -> None:
        told = self._stories.get(profile.story, [])
        if profile in told:
            told.remove(profile)
        if not told:
            self._stories.pop(profile.story, None)

    # -- looking back ------------------------------------------------------------------------------------------------

    def _same_key(self, new: Newcomer) -> _Found | None:
        """An earlier item with the same link or the same words."""
        page, opening = (self._by_key.get(key) for key in new.profile.keys)
        if page and (page.crowded or (page.feed == new.profile.feed and page is not opening)):
            # A feed that shows several items at one link says nothing by it, here and from now on.
            new.profile.crowded, page = True, None
        reasons: tuple[tuple[Profile | None, StoryReason], ...] = ((page, "same page"), (opening, "same words"))
        for old, reason in reasons:
            if old and not old.alone and abs(old.when - new.profile.when) <= LENGTH.total_seconds():
                return old, reason, likeness(new, old)
        return None

    def _same_event(self, new: Newcomer) -> _Found | None:
        """The earlier item that is most like it, if both its words and its story's speak for it."""
        ranked = [(score(new, old), old) for old in self._proposed(new) if not old.alone]
        for points, old in sorted(ranked, key=lambda pair: -pair[0]):
            if points < JOINS:
                break
            if agrees(new, self._story(old)):
                return old, "same event", points
        return None

    def _story(self, profile: Profile) -> Sequence[Profile]:
        return self._stories.get(profile.story, (profile,))[-HEARD:]

    def _proposed(self, new: Newcomer) -> Iterator[Profile]:
        """The earlier items that share most of its rarest terms."""
        worth = {
            term: weight * (IN_TITLE if term in new.title else 1) for term, weight in new.weights.items() if weight
        }
        held = [term for term in worth if term in self._by_term]
        found: dict[Profile, float] = {}
        said, left = found.get, ASKED
        for term in sorted(held, key=lambda term: (-worth[term], term))[:PROPOSERS]:
            weight = worth[term]
            for old in self._by_term[term][-left:]:
                found[old] = said(old, 0.0) + weight
            left -= len(self._by_term[term])
            if left <= 0:
                break
        least = max(found.values(), default=0.0) * PROMISING
        promising = [pair for pair in found.items() if pair[1] >= least]
        return (old for old, _ in nlargest(COMPARED, promising, key=lambda pair: pair[1]))


def _shown(item: Item, term: str) -> str:
    return written(item, term) if " " not in term else term
