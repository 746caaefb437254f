"""Stories of people's wishes: what is silenced is caught and not told, what is marked is counted."""

import re
from datetime import timedelta

import pytest
from world import BBC, IMF, World

from monitor.digests.feedback import Click
from monitor.errors import NotFound

WHY = {"comment": "we are there ourselves", "who": "olena"}
BASE, KEY = "https://news.example.org/monitor", "canary-feedback-key-0123"
FIRST, SECOND = "IMF releases tranche for Ukraine", "Second tranche of the IMF is agreed"


async def silences(world: World, scope: str, target: str, **length: float):
    until = world.now + timedelta(**(length or {"days": 2}))
    return await world.service.wishes.silence(scope, target, until=until, **WHY)


def told(world: World) -> str:
    return "\n".join(letter["text"] for letter in world.letters).replace("*", "")  # the stars of the evidence


async def test_what_is_silenced_is_caught_and_not_told(world):
    wish = await silences(world, "topic", "imf-tranche")
    world.says(BBC, FIRST)
    await world.polls()
    assert len(world.events("ItemMatched")) == 1
    await world.at("07:00")
    assert FIRST not in told(world)
    [queued] = world.events("DigestQueued")
    assert [(one.why, one.by) for one in queued.withheld] == [("silence", wish.id)]
    assert queued.items == (queued.withheld[0].item,)


async def test_the_letter_says_how_much_was_silenced(world):
    await silences(world, "words", "releases")
    world.says(BBC, FIRST)
    world.says(IMF, SECOND)
    await world.polls()
    await world.at("07:00")
    assert SECOND in told(world)
    assert FIRST not in told(world)
    assert "silence" in told(world)


async def test_what_was_withheld_is_not_told_when_the_silence_ends(world):
    await silences(world, "feed", BBC, hours=2)
    world.says(BBC, FIRST)
    await world.polls()
    await world.at("07:00")
    world.says(BBC, SECOND)
    await world.polls()
    await world.at("18:00")
    assert SECOND in told(world)
    assert FIRST not in told(world)


async def test_what_comes_behind_a_lifted_silence_is_told(world):
    wish = await silences(world, "topic", "imf-tranche")
    world.says(BBC, FIRST)
    await world.polls()
    await world.at("07:00")
    await world.service.wishes.lift(wish.id, "taras")
    world.says(BBC, SECOND)
    await world.polls()
    await world.at("18:00")
    assert SECOND in told(world)
    assert FIRST not in told(world)
    [lifted] = world.service.wishes.silences(every=True)
    assert lifted.lifted_by == "taras"
    assert world.service.wishes.silences() == ()


async def test_a_silence_that_ends_before_the_letter_withholds_nothing(world):
    await silences(world, "topic", "imf-tranche", minutes=30)
    world.says(BBC, FIRST)
    await world.polls()
    await world.at("07:00")
    assert FIRST in told(world)


async def test_a_silenced_story_is_silenced_and_no_other(world):
    world.says(BBC, FIRST)
    world.says(BBC, SECOND)
    await world.polls()
    await silences(world, "story", "https://bbc.example/bbc-0")
    await world.at("07:00")
    assert SECOND in told(world)
    assert FIRST not in told(world)


async def test_what_joins_a_silenced_story_is_silenced_with_it(world):
    world.says(BBC, FIRST)
    await world.polls()
    await silences(world, "story", "https://bbc.example/bbc-0")
    world.says(IMF, FIRST + ", officials say")
    await world.polls()
    await world.at("07:00")
    assert world.letters == []
    assert len(world.events("DigestQueued")[0].withheld) == 2


async def test_a_story_stays_silenced_when_it_becomes_part_of_another(world):
    world.says(BBC, FIRST)
    world.says(BBC, SECOND)
    await world.polls()
    first, second = (f"https://bbc.example/bbc-{n}" for n in (0, 1))
    await silences(world, "story", second)
    await world.service.stories.merge(second, first, "taras")
    await world.at("07:00")
    assert world.letters == []
    assert len(world.events("DigestQueued")[0].withheld) == 2


async def test_an_alert_is_kept_back_too_whatever_its_priority(world):
    alert = '[[digest]]\nname = "now"\nchannels = ["desk-hook"]\nwhen = "now"\n'
    config = (world.folder / "config.toml").read_text().replace('channels = ["desk-hook"]', "channels = []")
    world.config(config + alert)
    world.rule("imf-tranche", "title = 'IMF'\npriority = 'high'\nquery = 'imf AND tranche'\n")
    await world.service.judging.reload()
    await world.service.settle()
    await silences(world, "feed", BBC, hours=1)
    world.says(BBC, FIRST)
    await world.polls()
    await world.later(minutes=10)
    assert world.letters == []
    world.says(IMF, SECOND)
    await world.polls()
    await world.later(minutes=20)
    assert [SECOND in letter["text"].replace("*", "") for letter in world.letters] == [True]
    await world.later(hours=2)
    assert len(world.letters) == 1


async def test_wishes_survive_the_loss_of_the_views(world):
    wish = await silences(world, "topic", "imf-tranche")
    world.says(BBC, FIRST)
    await world.polls()
    await world.service.wishes.mark("https://bbc.example/bbc-0", "noise", "olena")
    before = world.service.wishes.silences(), world.service.house.views.marks()
    await world.service.history.rebuild()
    assert (world.service.wishes.silences(), world.service.house.views.marks()) == before
    assert before[0] == (wish,)


async def test_whynot_names_the_silence_its_maker_and_its_reason(world):
    wish = await silences(world, "topic", "imf-tranche")
    world.says(BBC, FIRST)
    await world.polls()
    page = "https://bbc.example/bbc-0"
    by = f"suppressed by silence {wish.id} (topic imf-tranche) of olena until 2024-09-13 03:00 UTC: we are there"
    assert any(f"as things stand it will be {by}" in said for said in world.service.workshop.why_not(page).said)
    await world.at("07:00")
    said = world.service.workshop.why_not(page).said
    assert any("not told in desk@" in line and by in line for line in said)
    assert not any(line.startswith("told in") for line in said)
    await world.service.wishes.lift(wish.id, "taras")
    assert by in "\n".join(world.service.workshop.why_not(page).said)


async def test_whynot_names_the_story_that_a_copy_was_told_in(world):
    world.says(BBC, FIRST, link="https://agency.example/tranche")
    world.says(IMF, FIRST + ", agency says", link="https://agency.example/tranche")
    await world.polls()
    await world.at("07:00")
    items = [event.item for event in world.events("ItemSeen")]
    said = ["\n".join(world.service.workshop.why_not(item).said) for item in items]
    assert all("desk@" in one for one in said)


async def test_the_same_mark_is_recorded_once_and_a_change_of_mind_is_another(world):
    world.says(BBC, FIRST)
    await world.polls()
    for mark in ("noise", "noise", "relevant", "noise"):
        world.now += timedelta(seconds=1)
        await world.service.wishes.mark("https://bbc.example/bbc-0", mark, "olena")
    assert [event.mark for event in world.events("ItemMarked")] == ["noise", "relevant", "noise"]
    with pytest.raises(NotFound):
        await world.service.wishes.mark("https://bbc.example/none", "noise", "olena")


async def test_a_daemon_is_asked_for_what_writes(world):
    from monitor.control import perform

    world.says(BBC, FIRST)
    await world.polls()
    until = (world.now + timedelta(days=1)).isoformat()
    asked = [
        {"do": "silence", "scope": "feed", "target": BBC, "until": until, **WHY},
        {"do": "mark", "item": "https://bbc.example/bbc-0", "mark": "noise", "who": "olena"},
    ]
    answers = [[step async for step in perform(world.service, request)][-1]["done"] for request in asked]
    assert answers[0]["target"] == BBC
    assert answers[1]["title"] == FIRST
    [lifted] = [s async for s in perform(world.service, {"do": "lift", "silence": answers[0]["id"], "who": "olena"})]
    assert lifted["done"]["lifted_by"] == "olena"


async def test_a_letter_has_two_links_at_each_story_where_config_toml_asks_for_them(world):
    keys = f'[service]\nlisten = "127.0.0.1:1"\npublic_url = "{BASE}/"\nfeedback_key = "{KEY}"\n'
    config = (world.folder / "config.toml").read_text()
    await world.dies()
    world.config(config.replace("[service]\n", keys))
    await world.boots()
    world.says(BBC, FIRST)
    await world.polls()
    await world.at("07:00")
    [queued] = world.events("DigestQueued")
    [part] = queued.parts
    [item] = queued.items
    for shown in (part.text, part.html, world.letters[0]["text"]):
        found = [world.service.wishes.clicked(path) for path in re.findall(rf"{BASE}/f/([\w/-]+)", shown)]
        assert [(one.click, one.headline) for one in found] == [
            (Click(item, "relevant", "desk"), FIRST),
            (Click(item, "noise", "desk"), FIRST),
        ]
    assert ">worth it</a>" in part.html
    assert KEY not in str(world.events()) + str(world.letters)


async def test_a_letter_has_no_such_links_where_nobody_asked(world):
    world.says(BBC, FIRST)
    await world.polls()
    await world.at("07:00")
    [part] = world.events("DigestQueued")[0].parts
    assert "worth it" not in part.html + part.text
