"""What became of stories. Pure."""

from monitor.event import Event, event
from monitor.model import ItemId, StoryReason


@event(stream="story/{story}", key=("item",))
class StoryJoined(Event, frozen=True, kw_only=True):
    """An item tells of the same event as an earlier one, ``other``; the story is named by its first item.

    The reason, the terms that both hold and the score are the evidence. It is said of an item once.
    """

    item: ItemId
    story: ItemId
    other: ItemId
    reason: StoryReason
    terms: tuple[str, ...] = ()
    score: float = 1.0


@event(stream="story/{item}", key=("item", "at"))
class StorySplit(Event, frozen=True, kw_only=True):
    """Someone set an item apart for good: it is a story of its own, joins none and is joined by none."""

    item: ItemId
    who: str


@event(stream="story/{into}", key=("story", "into", "at"))
class StoriesMerged(Event, frozen=True, kw_only=True):
    """Someone said that these items of a story belong to another one."""

    story: ItemId
    into: ItemId
    items: tuple[ItemId, ...]
    who: str
