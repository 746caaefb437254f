"""What makes items of several outlets one story. Pure."""

from typing import Literal, TypeAlias

from msgspec import Struct

from monitor.model.common import ItemId, Utc
from monitor.model.telling import MatchedItem

StoryReason: TypeAlias = Literal["same page", "same words", "same event"]


class Join(Struct, frozen=True, kw_only=True):
    """An item tells of the same event as an earlier one: which, and by what."""

    item: ItemId
    story: ItemId  # the id of the story's first item
    other: ItemId  # the earlier item it is most like
    reason: StoryReason
    terms: tuple[str, ...] = ()  # words of the item that both hold, the rarest first
    score: float = 1.0  # 0 to 1


class StoryPart(Struct, frozen=True, kw_only=True):
    """An item, the story it is in, and why."""

    item: MatchedItem
    story: ItemId
    alone: bool = False  # set apart by hand
    reason: str = ""  # empty if it begins the story
    other: ItemId = ""  # the earlier item it is most like
    terms: tuple[str, ...] = ()
    score: float = 1.0
    who: str = ""  # said so, if anyone did


class StoryInfo(Struct, frozen=True, kw_only=True):
    """A story of several items: one line of ``stories list``."""

    id: ItemId
    title: str  # its first item's
    items: int
    feeds: int
    first: Utc
    last: Utc
