"""Channels tested by a person, and letters that were not accepted: what is asked, said and kept."""

import json

from click.testing import Result
from world import BBC


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


async def state(run) -> str:
    [channel] = lines(await run("channels", "list", "--json"))
    return channel["state"]


async def test_a_channel_is_unverified_until_a_person_says_that_the_test_message_arrived(world, run):
    assert await state(run) == "unverified"
    tested = await run("channels", "test", "desk-hook")
    assert "1: accepted" in tested.output
    assert "if it arrived: monitor channels test desk-hook --arrived" in tested.output
    assert "test of the channel desk-hook" in world.letters[0]["subject"]
    assert await state(run) == "unverified", "what a server says is no proof"
    assert "verified" in (await run("channels", "test", "desk-hook", "--arrived", "--who", "ann")).output
    assert await state(run) == "verified"
    assert "ann" in (await run("channels", "list")).output
    assert "desk-hook verified" in (await run("status")).output
    assert len(world.letters) == 1


async def test_a_message_that_did_not_arrive_is_remembered_and_so_is_a_change_of_the_url(world, run):
    await run("channels", "test", "desk-hook", "--no")
    assert await state(run) == "not arrived"
    await run("channels", "test", "desk-hook", "--yes")
    assert await state(run) == "verified"
    config = (world.folder / "config.toml").read_text(encoding="utf-8")
    world.config(config.replace("/hook", "/hook?secret=an-other-one"))
    assert await state(run) == "changed since"
    assert "changed since (monitor channels test desk-hook)" in (await run("status")).output


async def test_a_secret_that_who_only_asks_does_not_know_is_no_change(world, run, monkeypatch):
    config = (world.folder / "config.toml").read_text(encoding="utf-8")
    world.config(config.replace("/hook", "/hook?secret=${HOOK_SECRET}"))
    monkeypatch.setenv("HOOK_SECRET", "s3cret-s3cret")
    await run("channels", "test", "desk-hook", "--yes")
    assert "desk-hook verified" in (await run("status")).output
    monkeypatch.setenv("HOOK_SECRET", "another-s3cret")
    assert await state(run) == "changed since"
    world.service = type(world.service).open(world.folder / "config.toml", write=True)
    [said] = world.events("ChannelVerified")
    assert "s3cret" not in str(said)


async def test_a_channel_that_does_not_take_the_message_is_not_asked_about(world, run):
    world.refuses(401)
    tested = await run("channels", "test", "desk-hook", code=69)
    assert "failed" in tested.output
    assert "arrived" not in tested.output
    assert "desk-hook" in (await run("channels", "test", "desk-hok", code=66)).stderr
    await run("channels", "test", "desk-hook", "--arrived", "--no", code=64)


async def test_a_letter_that_was_given_up_is_listed_with_its_reason_and_sent_again_by_command(world, run):
    world.today()
    await world.ticks()  # the slots between then and now
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.hears(BBC)
    world.refuses(400)
    await run("digest", "send", "desk", code=69)
    [row] = lines(await run("digest", "outbox", "--json"))
    assert (row["said"], row["trouble"]["code"]) == ("given up", "http_400")
    assert "given up" in (await run("digest", "outbox")).output
    assert "1 given up" in (await run("status")).output
    resent = await run("digest", "resend", row["delivery"]["id"][:8], "--who", "ann")
    assert "desk-hook 1: sent" in resent.output
    assert [letter["key"] for letter in world.letters] == [row["delivery"]["id"]]
    assert "every letter was accepted" in (await run("digest", "outbox")).output
    assert "sent" in (await run("digest", "outbox", "--all")).output
    assert "accepted" in (await run("digest", "resend", row["edition"], code=64)).stderr


async def test_a_held_letter_is_called_held(world, run):
    config = (world.folder / "config.toml").read_text(encoding="utf-8")
    world.config(config.replace('name = "desk-hook"', 'name = "desk-hook"\nunknown = "hold"'))
    world.today()
    await world.ticks()  # the slots between then and now
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.hears(BBC)
    world.loses()
    assert "held" in (await run("digest", "send", "desk", code=69)).output
    assert [row["said"] for row in lines(await run("digest", "outbox", "--json"))] == ["held"]
    assert "1 held" in (await run("digest", "list")).output
    assert "1 held" in (await run("status")).output
