"""Stories in the service: joined as they are polled, kept over a restart, split and merged by hand."""

import json

import pytest
from world import BBC, IMF, World

from monitor import control
from monitor.errors import NotFound, UsageError
from monitor.events import ItemSeen, StoryJoined
from monitor.service.stories import scored

DAM = "Halden dam bursts after record rain, three villages evacuated"
ALSO = "Three villages evacuated as Halden dam bursts"
LATER = "Halden dam bursts: villages evacuated overnight"


async def polled(world: World, feed: str, title: str) -> str:
    """The id of an item that a feed shows now."""
    world.says(feed, title)
    await world.polls(feed)
    return next(one.item.id for one in world.service.history.items(limit=1_000) if one.item.title == title)


def joins(world: World) -> list[StoryJoined]:
    return [one.event for one in world.service.history.read() if isinstance(one.event, StoryJoined)]


async def test_items_of_two_feeds_about_one_event_are_one_story_with_its_reason(world):
    first = await polled(world, BBC, DAM)
    second = await polled(world, IMF, ALSO)
    other = await polled(world, BBC, "Parliament adopts the budget at third reading")
    [join] = joins(world)
    assert (join.item, join.story, join.other, join.reason) == (second, first, first, "same event")
    assert "Halden" in join.terms
    shown = world.service.stories.show(second)
    assert [(part.item.item.id, part.reason, part.other) for part in shown] == [
        (first, "", ""),
        (second, "same event", first),
    ]
    assert [part.item.item.id for part in world.service.stories.show(other)] == [other]
    [listed] = world.service.stories.newest(since=world.now.replace(year=2020), limit=5)
    assert (listed.id, listed.items, listed.feeds, listed.title) == (first, 2, 2, DAM)


async def test_an_item_and_its_join_are_appended_together(world):
    await polled(world, BBC, DAM)
    await polled(world, IMF, ALSO)
    seen, join = [one for one in world.service.history.read() if one.event.kind in ("ItemSeen", "StoryJoined")][-2:]
    assert (join.position, join.event.at) == (seen.position + 1, seen.event.at)


async def test_a_restarted_service_knows_what_was_told_before(world):
    first = await polled(world, BBC, DAM)
    await polled(world, IMF, ALSO)
    await world.dies()
    await world.boots()
    third = await polled(world, BBC, LATER)
    assert (joins(world)[-1].item, joins(world)[-1].story) == (third, first)


async def test_what_could_not_be_recorded_is_gathered_again(world):
    first = await polled(world, BBC, DAM)
    seen = ItemSeen(at=world.now, item="f" * 32, feed=IMF, title=ALSO)
    with pytest.raises(AttributeError):
        await world.service.stories.record([seen, "no event"])  # refused as a whole
    assert joins(world) == []
    await world.service.stories.record([seen])
    assert [(join.item, join.story) for join in joins(world)] == [(seen.item, first)]


async def asked(world: World, **request: str) -> dict[str, object]:
    [said] = [said async for said in control.perform(world.service, request)]
    return said["done"]


async def test_an_item_that_was_split_off_stands_alone_for_good(world):
    first = await polled(world, BBC, DAM)
    second = await polled(world, IMF, ALSO)
    assert await asked(world, do="split", item=second[:8], who="olena") == {"item": second}
    [part] = world.service.stories.show(second)
    assert (part.story, part.alone, part.reason, part.who) == (second, True, "split by hand", "olena")
    third = await polled(world, IMF, LATER)
    assert [part.item.item.id for part in world.service.stories.show(first)] == [first, third]
    assert [part.item.item.id for part in world.service.stories.show(second)] == [second]


async def test_a_story_whose_first_item_is_split_off_goes_on_without_it(world):
    first = await polled(world, BBC, DAM)
    second, third = await polled(world, IMF, ALSO), await polled(world, IMF, LATER)
    await asked(world, do="split", item=first, who="olena")
    assert {part.story for part in world.service.stories.show(third)} == {second}
    assert [part.item.item.id for part in world.service.stories.show(second)] == [second, third]
    assert [part.item.item.id for part in world.service.stories.show(first)] == [first]


async def test_two_stories_are_merged_by_hand(world):
    first = await polled(world, BBC, DAM)
    second = await polled(world, IMF, "Army puts up tents at Lowen for the homeless")
    assert await asked(world, do="merge", story=second, into=first, who="sam") == {"story": first, "items": 1}
    assert [part.reason for part in world.service.stories.show(first)] == ["", "merged by hand"]
    with pytest.raises(UsageError):
        await world.service.stories.merge(second, first, "sam")
    with pytest.raises(NotFound):
        await world.service.stories.merge("no such item", first, "sam")
    third = await polled(world, BBC, "Tents for the homeless of Lowen put up by army")
    assert joins(world)[-1].item == third
    assert joins(world)[-1].story == first


def told(name: str, title: str, hour: int | None) -> dict[str, object]:
    published = None if hour is None else f"2024-09-11T{hour:02}:00:00Z"
    return {"id": name, "title": title, "summary": None, "published": published, "source": name, "link": None}


def test_scoring_gathers_the_items_and_adds_what_the_groups_alone_know():
    group = {"group_id": "dam", "members": [told("a", DAM, 5), told("b", ALSO, 6), told("c", LATER, None)]}
    group["confusable"] = [told("x", "Orlin dam inspected after dry summer", 7)]
    items = [told("a", DAM, 5), told("z", "Parliament adopts budget", 4)]
    found = scored([json.dumps(group)], map(json.dumps, items), ("groups", "items"))
    assert found.pop("us_per_item") >= 0
    assert found == {
        "pairwise": {"precision": 1.0, "recall": 0.3333},
        "bcubed": {"precision": 1.0, "recall": 0.5556, "f1": 0.7143},
        "confusable_merged": 0,
    }
    with pytest.raises(NotFound):
        scored([], [], ("groups", "items"))
