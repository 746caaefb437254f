"""What becomes of letters: parts in their order, doubt, giving up, trying again, and who is told."""

import pytest
from digests.editions import in_parts
from world import BBC, World

from monitor.errors import NotFound, UsageError

OPERATOR = """
[[channel]]
name = "operator"
url = "json://127.0.0.1:{port}/hook"
"""
KYIV_MORNING = {"hour": 4, "minute": 0}


async def with_lines(world: World, text: str = "", **replaced: str) -> None:
    """More of a configuration, read again."""
    path = world.folder / "config.toml"
    config = path.read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old.replace("_", "-") in config
        config = config.replace(f'name = "{old.replace("_", "-")}"', f'name = "{old.replace("_", "-")}"\n{new}')
    path.write_text(config + text.format(port=world.port), encoding="utf-8")
    await world.service.judging.reload()


async def a_morning(world: World) -> None:
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.at("07:00")


def states(world: World) -> list[str]:
    return [row.state for row in world.service.house.views.outbox(everything=True)]


# -- doubt -------------------------------------------------------------------------------------------------------------


async def test_a_server_that_takes_every_letter_and_never_answers_gets_two_copies_and_the_operator_a_notice(world):
    await with_lines(world, OPERATOR.replace("/hook", "/alarm"))
    world.loses(9)
    await a_morning(world)
    for _ in range(12):
        await world.later(hours=6)
    assert len(world.letters) == 2
    assert len({letter["key"] for letter in world.letters}) == 1
    assert [notice["subject"] for notice in world.alarms] == ["News monitor: a letter is held"]
    assert "monitor digest resend desk@" in world.alarms[0]["text"]
    [held] = [row for row in world.service.house.views.outbox() if row.delivery.channel == "desk-hook"]
    assert (held.state, held.due) == ("unknown", None)
    assert world.service.house.views.counts()["letters waiting"] == 0


async def test_a_channel_that_wants_doubt_held_gets_no_second_copy(world):
    await with_lines(world, desk_hook='unknown = "hold"')
    world.loses()
    await a_morning(world)
    await world.later(days=1)
    assert len([letter for letter in world.letters if "T07:00" in letter["edition"]]) == 1
    await world.service.delivering.resend(world.letters[0]["edition"], who="ann")
    assert [letter["key"] for letter in world.letters[:1]] * 2 == [
        letter["key"] for letter in world.letters if letter["edition"] == world.letters[0]["edition"]
    ]


async def test_a_crash_in_the_moment_of_sending_is_doubt_too_for_a_channel_that_wants_it_held(world):
    await with_lines(world, desk_hook='unknown = "hold"')
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    world.now = world.now.replace(**KYIV_MORNING)
    await world.service.telling.queue_due()
    [row] = world.service.house.views.outbox_due(world.now)
    from monitor.digests import outbox

    await world.service.house.record([outbox.claim(row, world.now)])
    await world.dies()
    await world.boots()
    await world.later(minutes=10)
    assert world.letters == []
    [unknown] = world.events("DigestUnknown")
    assert (unknown.trouble.code, unknown.retry_at) == ("died", None)


# -- giving up, and trying again ---------------------------------------------------------------------------------------


async def test_a_letter_that_was_given_up_is_sent_again_when_a_person_asks_with_the_key_that_it_had(world):
    world.refuses(400)
    await a_morning(world)
    assert states(world) == ["given up"]
    [queued] = world.events("DigestQueued")
    await world.later(days=3)
    [row] = [
        row for row in await world.service.delivering.resend(queued.edition, who="ann") if row.edition == queued.edition
    ]
    assert row.state == "sent"
    assert [letter["key"] for letter in world.letters if letter["edition"] == queued.edition] == [row.delivery.id]
    [revived] = world.events("DeliveryRevived")
    assert (revived.who, revived.delivery) == ("ann", row.delivery.id)
    await world.service.history.rebuild()
    assert world.service.house.views.letters(queued.edition)[0].state == "sent"


async def test_a_letter_that_waits_for_its_next_try_is_tried_at_once(world):
    world.refuses(503)
    await a_morning(world)
    [row] = await world.service.delivering.resend(world.events("DigestQueued")[0].edition[:12], who="ann")
    assert row.state == "sent"


async def test_what_was_accepted_is_not_sent_again(world):
    await a_morning(world)
    edition = world.events("DigestQueued")[0].edition
    with pytest.raises(UsageError):
        await world.service.delivering.resend(edition, who="ann")
    with pytest.raises(NotFound):
        await world.service.delivering.resend(edition, channel="nowhere", who="ann")
    with pytest.raises(NotFound):
        await world.service.delivering.resend("no such letter", who="ann")
    assert len(world.letters) == 1


async def test_after_a_wish_the_waits_begin_anew(world):
    world.refuses(*[503] * 20)
    await a_morning(world)
    for _ in range(40):
        await world.later(hours=6)
    edition = world.events("DigestQueued")[0].edition
    assert world.service.house.views.letters(edition)[0].state == "given up"
    [row] = await world.service.delivering.resend(edition, who="ann")
    assert row.state == "failed"
    assert row.due is not None


async def test_giving_up_is_told_to_the_operator_once(world):
    await with_lines(world, OPERATOR.replace("/hook", "/alarm"))
    world.refuses(400)
    await a_morning(world)
    await world.later(minutes=1)
    assert [notice["subject"] for notice in world.alarms] == ["News monitor: a letter is given up"]


async def test_the_operators_own_channel_says_nothing_of_itself(world):
    await with_lines(world, OPERATOR.replace("/hook", "/alarm"))
    world.failing["alarm"] = 400
    world.refuses(400)
    await a_morning(world)
    await world.later(minutes=1)
    await world.later(minutes=1)
    assert sorted(states(world)) == ["given up", "given up"]
    assert len(world.events("DigestQueued")) == 2, "the letter, and one notice"


# -- parts -------------------------------------------------------------------------------------------------------------


async def test_the_parts_of_a_letter_arrive_in_their_order(world):
    texts = await in_parts(world)
    assert len(texts) > 2
    await world.service.delivering.deliver_due()
    assert [letter["text"] for letter in world.letters] == texts
    assert [(letter["part"], letter["parts"]) for letter in world.letters] == [
        (n, len(texts)) for n in range(1, len(texts) + 1)
    ]


async def test_a_part_that_fails_holds_up_those_behind_it_until_it_is_accepted_or_given_up(world):
    texts = await in_parts(world)
    world.refuses(503, 503)
    await world.later(seconds=1)
    await world.later(seconds=1)
    assert world.letters == []
    await world.later(minutes=2)
    await world.later(minutes=6)
    assert [letter["text"] for letter in world.letters] == texts


async def test_a_part_that_is_given_up_does_not_hold_up_the_others_for_ever(world):
    texts = await in_parts(world)
    world.refuses(400)
    await world.later(seconds=1)
    await world.later(seconds=1)
    assert [letter["text"] for letter in world.letters] == texts[1:]
