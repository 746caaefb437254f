"""How well items are gathered, held against groups that a person has read. Pure.

Pairs of items are counted, and only pairs that the groups speak of. A pair *is* one story if both are members of one
group. It *is not* if they are members of different groups, or one is a member of a group and the other one of that
group's confusable items. Of all pairs that were put in one story, the precision is the share that are one; of all that
are one, the recall is the share that were put in one. B-cubed (Bagga and Baldwin, 1998) takes the members one by one:
of the members in its story, the share that are of its group; of its group, the share that are in its story; the mean
over all members. ``confusable_merged`` counts the confusable items that are in the story of a member of their group.
What else is in a story, nobody has read; it is not counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from monitor.errors import ConfigError
from monitor.model import Item, ItemId, Utc


class Told(Struct, frozen=True, kw_only=True):
    """An item as a line of JSON tells it; what is not known of it is left out or null."""

    id: ItemId
    title: str | None = None
    summary: str | None = None
    published: str | None = None
    source: str | None = None
    lang: str | None = None
    link: str | None = None

    def item(self) -> Item:
        """The item as a feed would have shown it; its feed is its source."""
        try:
            published = msgspec.convert(self.published, Utc) if self.published else None
        except msgspec.ValidationError:
            published = None
        return Item(
            id=self.id,
            feed=self.source or "",
            url=self.link or "",
            title=self.title or "",
            summary=self.summary or "",
            lang=self.lang or "",
            published=published,
        )


class Group(Struct, frozen=True, kw_only=True):
    """Items that tell of one event, and some that look as if they did."""

    group_id: str
    members: tuple[Told, ...]
    confusable: tuple[Told, ...] = ()


class Share(Struct, frozen=True, kw_only=True):
    """What was right of what was found, and what was found of what was right; 1 where there was nothing."""

    precision: float
    recall: float


class BCubed(Struct, frozen=True, kw_only=True):
    """The same, item by item, and the harmonic mean."""

    precision: float
    recall: float
    f1: float


class Score(Struct, frozen=True, kw_only=True):
    """What gathering comes to."""

    pairwise: Share
    bcubed: BCubed
    confusable_merged: int


Line = TypeVar("Line", Told, Group)


def read(line: str | bytes, kind: type[Line], where: str) -> Line:
    """An item or a group from its line of JSON; fields that are not asked for are passed over."""
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeError) as wrong:
        hint = "one JSON object a line: an item has an id and a title, a group a group_id and members"
        raise ConfigError(f"this is no {kind.__name__.lower()}: {wrong}", where=where, hint=hint) from None


def measured(groups: Iterable[Group], story: Mapping[ItemId, ItemId]) -> Score:
    """The groups against the stories that their items were put in; ``story`` names one for each of them."""
    groups = list(groups)
    group_of = {told.id: group.group_id for group in groups for told in group.members}
    one, joined, right = 0, 0, 0
    for first, second in combinations(group_of, 2):
        is_one, together = group_of[first] == group_of[second], story[first] == story[second]
        one, joined, right = one + is_one, joined + together, right + (is_one and together)
    merged = 0
    for group in groups:
        near = Counter(story[told.id] for told in group.members)
        found = [near[story[told.id]] for told in group.confusable]
        joined, merged = joined + sum(found), merged + sum(map(bool, found))
    pairwise = Share(precision=right / joined if joined else 1.0, recall=right / one if one else 1.0)
    return Score(pairwise=pairwise, bcubed=_bcubed(group_of, story), confusable_merged=merged)


def _bcubed(group_of: Mapping[ItemId, str], story: Mapping[ItemId, ItemId]) -> BCubed:
    of_group = Counter(group_of.values())
    of_story = Counter(story[item] for item in group_of)
    of_both = Counter((group, story[item]) for item, group in group_of.items())
    total = len(group_of) or 1
    precision = sum(n * n / of_story[told] for (_, told), n in of_both.items()) / total if group_of else 1.0
    recall = sum(n * n / of_group[group] for (group, _), n in of_both.items()) / total if group_of else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return BCubed(precision=precision, recall=recall, f1=f1)


def rounded(score: Score, digits: int = 4) -> dict[str, Any]:
    """The score for programs."""
    told: dict[str, Any] = msgspec.to_builtins(score)
    return {
        name: {key: round(share, digits) for key, share in part.items()} if isinstance(part, dict) else part
        for name, part in told.items()
    }
