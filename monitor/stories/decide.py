"""Decisions: whether two items tell of one event, and by which words. Pure.

The likeness of two items is the mean of three shares, in which a term weighs the more the fewer items hold it: the
cosine of all their terms; how much of the one's title the other holds, anywhere; and how much of the other's title the
one. An item has a title or a first sentence that says what happened: one outlet's headline is another's summary.

From that, 1/72 is taken off for every hour between them, so that tomorrow's item on the same matter needs near the same
words. Two items of one outlet, which seldom tells one event twice and often uses one mould for two, must be much more
alike, and are not joined if each title has a word of its own that is as rare as the rarest they share. Equal parts and
round numbers: nothing is fitted to single pairs; README.md has the measurements. The rules that caught them do not
count: no labelled set shows what they would add, and a rule catches many events.
"""

from collections.abc import Callable, Iterable
from math import sqrt
from typing import NamedTuple

from monitor.stories.profile import Profile

HOURS = 72.0  # between two items that nothing but time parts
JOINS = 0.40  # the least score of a pair that is joined
SAME_OUTLET = 0.7  # the least likeness of two items of one outlet
LEAST_COMMON = 3  # terms of two items; measured, nothing is lost by it
AGREES = 0.30  # the least mean likeness to the story's newest items: a chain of small steps leads elsewhere
HEARD = 8  # of a story's items are asked for it


class Newcomer(NamedTuple):
    """An item that has just come, with what its terms weigh now."""

    profile: Profile
    weights: dict[str, float]
    title: frozenset[str]
    weigh: Callable[[str], float]  # what any term weighs now


def likeness(new: Newcomer, old: Profile) -> float:
    """How much of the words of the two is common: 0 to 1."""
    weights, title = new.weights, new.title
    squared = of_new = of_old = 0.0
    for term in old.title:
        if weight := weights.get(term):
            squared += weight * weight
            of_old += weight
            if term in title:
                of_new += weight
    for term in old.rest:
        if weight := weights.get(term):
            squared += weight * weight
            if term in title:
                of_new += weight
    cosine = _share(squared, sqrt(new.profile.squared * old.squared))
    return (cosine + _share(of_new, new.profile.mass) + _share(of_old, old.mass)) / 3


def score(new: Newcomer, old: Profile) -> float:
    """How likely the two tell of one event: their likeness, less what the time between them takes off."""
    if new.profile.outlet == old.outlet and _one_mould(new, old):
        return 0.0
    if _few_in_common(new, old):
        return 0.0
    found = likeness(new, old)
    if new.profile.outlet == old.outlet and found < SAME_OUTLET:
        return 0.0
    return found - abs(new.profile.when - old.when) / 3600 / HOURS


def _one_mould(new: Newcomer, old: Profile) -> bool:
    """Whether what the titles share is a mould: "How to find ruby in Orlin", "How to find amber in Orlin"."""
    named = frozenset(old.title)
    common = max((new.weights[term] for term in new.title & named), default=0.0)
    of_new = max((new.weights[term] for term in new.title - named), default=0.0)
    of_old = max(map(new.weigh, named - new.title), default=0.0)
    return min(of_new, of_old) >= common


def _few_in_common(new: Newcomer, old: Profile) -> bool:
    """Whether two words are all that binds them: a short headline is half covered by any two names of its beat."""
    common = sum(1 for term in (*old.title, *old.rest) if new.weights.get(term))
    return common < LEAST_COMMON and new.title != frozenset(old.title)


def agrees(new: Newcomer, story: Iterable[Profile]) -> bool:
    """Whether a story's newest items as a whole are like it, and not one alone."""
    found = [likeness(new, old) for old in story]
    return sum(found) >= AGREES * len(found)


def shared(new: Newcomer, old: Profile) -> list[str]:
    """The terms that both hold, the rarest first."""
    weights = new.weights
    return sorted((term for term in (*old.title, *old.rest) if weights.get(term)), key=lambda t: (-weights[t], t))


def _share(part: float, whole: float) -> float:
    # Weights move while a window fills: a part weighed today may exceed a whole weighed yesterday.
    return min(1.0, part / whole) if whole > 0 else 0.0
