"""Gathering: which items tell of one event, as they come; and by hand, what came apart or together wrongly."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

import msgspec

from monitor.errors import NotFound, UsageError
from monitor.events import Event, ItemSeen, Recorded, StoriesMerged, StoryJoined, StorySplit
from monitor.model import Item, ItemId, PollState, StoryInfo, StoryPart
from monitor.service.house import House
from monitor.stories import score
from monitor.stories.score import Group, Told
from monitor.stories.window import LENGTH, Window


class Stories:
    """Holds the window of the last 72 hours; the log holds what was decided in it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._window: Window | None = None  # filled from the views when it is first needed

    def open(self) -> None:
        """Fill the window, before anything waits for it."""
        self._open(self.house.clock())

    # -- as items come -----------------------------------------------------------------------------------------------

    async def record(self, events: Sequence[Event], state: PollState | None = None) -> list[Recorded]:
        """Record events as the house does, with the joins of the items among them: in one append, or not at all."""
        try:
            return await self.house.record([*events, *self.joined(events)], state)
        except BaseException:
            self._window = None  # it knows of items that the log does not
            raise

    def joined(self, events: Iterable[Event]) -> list[StoryJoined]:
        """What the window says of the items that were seen, in the order of their publication."""
        items = [(event.at, _item(event)) for event in events if isinstance(event, ItemSeen)]
        if not items:
            return []
        window = self._open(max(at for at, _ in items))
        found = []
        for at, item in sorted(items, key=lambda one: (one[0], one[1].published or one[0], one[1].id)):
            if join := window.add(item, at):
                found.append(StoryJoined(at=at, **msgspec.structs.asdict(join)))
        return found

    def _open(self, now: datetime) -> Window:
        """The window; a new one takes in what the views hold of the last 72 hours."""
        if self._window is None:
            window = Window()
            for part in self.house.views.parts(since=now - LENGTH):
                window.restore(part.item.item, part.item.seen, story=part.story, alone=part.alone)
            self._window = window
        return self._window

    # -- on request --------------------------------------------------------------------------------------------------

    def newest(self, *, since: datetime, limit: int) -> list[StoryInfo]:
        """Stories of several items, the one that was added to last first."""
        return self.house.views.stories(since=since, limit=limit)

    def show(self, name: str) -> list[StoryPart]:
        """The items of a story, oldest first, each with why it is there; the story may be named by any of its items."""
        return self.house.views.parts(story=self._story(name))

    async def split(self, name: str, who: str) -> ItemId:
        """Set an item apart for good. If the story is named by it, the others become a story of the next one."""
        item = self.house.views.item(name).item.id
        now, story = self.house.clock(), self._story(item)
        others = [part.item.item.id for part in self.house.views.parts(story=story) if part.item.item.id != item]
        events: list[Event] = []
        if story == item and others:
            events.append(StoriesMerged(at=now, story=story, into=others[0], items=tuple(others), who=who))
        await self.house.record([*events, StorySplit(at=now, item=item, who=who)])
        self._window = None  # it is filled again with what the views say now
        return item

    async def merge(self, name: str, into: str, who: str) -> tuple[ItemId, int]:
        """Make the items of one story part of another; answers with that one, and how many they were.

        Raises:
            NotFound: there is no such item.
            UsageError: the two are one already.
        """
        story, target = self._story(name), self._story(into)
        if story == target:
            raise UsageError("these are one story already", hint=f"monitor stories show {target[:8]}")
        items = tuple(part.item.item.id for part in self.house.views.parts(story=story))
        await self.house.record([StoriesMerged(at=self.house.clock(), story=story, into=target, items=items, who=who)])
        self._window = None
        return target, len(items)

    def _story(self, name: str) -> ItemId:
        return self.house.views.story_of(self.house.views.item(name).item.id)


def _item(event: ItemSeen) -> Item:
    return Item(
        id=event.item,
        feed=event.feed,
        url=event.url,
        title=event.title,
        summary=event.summary,
        published=event.published,
        lang=event.lang,
    )


# -- scoring ---------------------------------------------------------------------------------------------------------


def scored(groups: Iterable[str], items: Iterable[str], names: tuple[str, str]) -> dict[str, Any]:
    """Gather items as the service would have, and hold the stories against groups that a person has read.

    Args:
        groups: JSON lines of ``group_id``, ``members`` and ``confusable``.
        items: JSON lines of ``id``, ``title``, ``summary``, ``published``, ``source``, ``lang`` and ``link``. Those of
            the groups that are not among them are added; those without a date are passed over.
        names: what complaints call the two.

    Returns:
        ``pairwise``, ``bcubed``, ``confusable_merged`` and ``us_per_item``, as monitor/stories/score.py defines them.

    Raises:
        ConfigError: a line is no group or no item.
        NotFound: there are no groups.
    """
    read = [score.read(line, Group, f"{names[0]}:{n}") for n, line in enumerate(groups, start=1) if line.strip()]
    if not read:
        raise NotFound("there is no group in this file")
    known: dict[ItemId, Item] = {}
    for n, line in enumerate(items, start=1):
        if line.strip():
            item = score.read(line, Told, f"{names[1]}:{n}").item()
            if item.published:
                known.setdefault(item.id, item)
    spoken_of = [told.item() for group in read for told in (*group.members, *group.confusable)]
    for item in spoken_of:
        if item.published:
            known.setdefault(item.id, item)
    story, took = _gathered(known.values())
    for item in spoken_of:
        story.setdefault(item.id, item.id)
    return {**score.rounded(score.measured(read, story)), "us_per_item": round(took)}


def _gathered(items: Iterable[Item]) -> tuple[dict[ItemId, ItemId], float]:
    dated = sorted(((item.published, item.id, item) for item in items if item.published), key=lambda one: one[:2])
    window, story = Window(), dict[ItemId, ItemId]()
    began = perf_counter()
    for published, name, item in dated:
        join = window.add(item, published)
        story[name] = join.story if join else name
    return story, (perf_counter() - began) / max(1, len(dated)) * 1e6
