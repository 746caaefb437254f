"""The commands about feeds: what they print of every state, what they exit with, and that no secret shows."""

import json
from datetime import timedelta

from click.testing import Result
from hang import no_hang
from world import BBC, IMF

from monitor.cli import feeds as commands
from monitor.events import (
    FeedFailed,
    FeedGapSuspected,
    FeedGone,
    FeedMoved,
    FeedRecovered,
    FeedWentSilent,
    ItemQuarantined,
    ItemSeen,
)
from monitor.feeds.moves import source
from monitor.model import FeedStanding, Trouble

BUSY = Trouble(code="http_503", text="127.0.0.1 answered 503")
EVIL = "Just a \x1b[31mmoment\u202e..."


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


async def happened(world, *events) -> None:
    await world.service.house.record(list(events))


def failed(world, **fields) -> FeedFailed:
    return FeedFailed(at=world.now, trouble=BUSY, retry_at=world.now + timedelta(hours=1), **fields)


async def month(world, feed=BBC, quiet=timedelta()) -> None:
    """The feed brought something every two hours for forty days, until ``quiet`` ago."""
    until = world.now - quiet
    instants = [until - n * timedelta(hours=2) for n in range(480, -1, -1)]
    await happened(
        world, *(ItemSeen(at=at, item=f"{n:032x}", feed=feed, title=f"News {n}") for n, at in enumerate(instants))
    )


# -- list ------------------------------------------------------------------------------------------------------------


async def test_the_list_says_of_each_feed_how_it_fares(world, run):
    world.today()
    world.says(BBC, "The council meets")
    world.fails(IMF, 503)
    await world.hears()
    result = await run("feeds", "list")
    head, bbc, imf = result.stdout.splitlines()
    assert head.split() == ["feed", "state", "a", "day", "items", "heard", "next"]
    assert bbc.split()[:2] == [BBC, "well"]
    assert imf.split()[:2] == [IMF, "http_503"]
    assert "never" in imf
    [ailing] = lines(await run("feeds", "list", "--trouble", "--json"))
    assert (ailing["feed"], ailing["state"], ailing["failures"]) == (IMF, "http_503 x1", 1)


async def test_a_list_without_troubles_says_so(world, run):
    world.says(BBC, "The council meets")
    await world.hears()
    assert "none of 2 feeds is in trouble" in (await run("feeds", "list", "--trouble")).stdout


async def test_the_list_knows_what_is_silent_gone_and_moved(world, run):
    world.today()
    world.says(BBC, "The council meets")
    world.says(IMF, "The board meets")
    await world.hears()
    [imf] = world.service.polling.chosen([IMF])
    day = timedelta(days=1)
    await happened(world, FeedWentSilent(at=world.now, feed=BBC, since=world.now - 3 * day, expected=20.0, chance=1e-6))
    await happened(world, FeedGone(at=world.now, feed=IMF, source=source(imf)))
    ailing = lines(await run("feeds", "list", "--trouble", "--json"))
    assert [one["state"] for one in ailing] == ["silent 3d", "gone"]
    assert "never" in (await run("feeds", "list")).stdout.splitlines()[2]
    status = (await run("status")).stdout
    assert "1 gone, 1 silent" in status
    assert "against its habit" in status


async def test_a_feed_that_moved_is_well_elsewhere(world, run):
    world.says(BBC, "The council meets")
    await world.hears()
    [bbc] = world.service.polling.chosen([BBC])
    to = "https://reader:hunter2@new.example/rss"
    await happened(world, FeedMoved(at=world.now, feed=BBC, target=to, source=source(bbc)))
    shown = (await run("feeds", "show", BBC)).stdout
    assert "https://new.example/rss" in shown
    assert "hunter2" not in shown
    assert lines(await run("feeds", "list", "--json"))[0]["state"] == "moved"


def test_ten_thousand_feeds_are_listed_within_a_moment_and_in_80_columns(world):
    many = [
        FeedStanding(feed=f"feed-{n}" if n % 9 else "f" * 64, failures=n % 4, trouble=BUSY, items=n, rate=n / 7)
        for n in range(10_000)
    ]
    with no_hang():
        told = list(commands._lines(many, world.now))
    assert (
        max(len(line.removeprefix("\x1b[31m").removeprefix("\x1b[1m").removesuffix("\x1b[0m")) for line in told) <= 80
    )
    assert len(told) == 1 + 10_000 + 1112


# -- show ------------------------------------------------------------------------------------------------------------


async def test_a_feed_is_shown_with_its_past_and_without_its_password(world, run):
    config = world.folder / "config.toml"
    config.write_text(
        config.read_text().replace(f"http://127.0.0.1:{world.port}/bbc", "http://me:hunter2@bbc.test/bbc")
    )
    world.today()
    now, day = world.now, timedelta(days=1)
    await month(world)
    await happened(
        world,
        FeedFailed(at=now - 9 * day, feed=BBC, trouble=BUSY, failures=1, retry_at=now - 8 * day),
        FeedRecovered(at=now - 8 * day, feed=BBC, down_since=now - 9 * day),
        FeedGapSuspected(at=now - 3 * day, feed=BBC, since=now - 4 * day, until=now - 3 * day),
        ItemQuarantined(at=now - 2 * day, item="0f" * 16, feed=BBC, title=EVIL, why="a page that checks browsers"),
    )
    shown = (await run("feeds", "show", BBC)).stdout
    assert "http://bbc.test/bbc" in shown
    assert "hunter2" not in shown
    assert "\u202e" not in shown
    for said in (
        "xx",
        "#" * 48,
        "items may have been missed",
        "a page that checks",
        "it is asked again by itself",
        "481,",
    ):
        assert said in shown, shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    [told] = lines(await run("feeds", "show", BBC, "--json"))
    assert told["feed"]["url"] == "http://bbc.test/bbc"
    assert len(told["past"]["day"]) == 48
    assert len(told["past"]["month"]) == 30
    assert told["standing"]["awaited"]


async def test_a_feed_in_trouble_is_shown_with_what_to_do(world, run):
    world.today()
    await happened(world, failed(world, feed=BBC, failures=1))
    shown = (await run("feeds", "show", BBC)).stdout
    assert "127.0.0.1 answered 503" in shown
    assert "advice" in shown
    assert "never" in shown


async def test_an_unknown_feed_is_answered_with_the_nearest(run):
    result = await run("feeds", "show", "bbcc", code=66)
    assert "bbc" in result.stderr


# -- check -----------------------------------------------------------------------------------------------------------


async def test_check_hears_the_feeds_and_says_what_to_do_about_those_in_trouble(world, run):
    world.says(BBC, "The council meets")
    world.fails(IMF, 404)
    result = await run("feeds", "check", code=1)
    assert "1 of 2 feeds are well, 1 in trouble" in result.stdout
    assert "127.0.0.1 answered 404" in result.stdout
    assert "feeds add SITE" in result.stdout
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    [ailing] = lines(await run("feeds", "check", "--json", code=1))
    assert (ailing["feed"], ailing["code"]) == (IMF, "http_404")


async def test_check_of_a_well_feed_ends_well(world, run):
    world.says(BBC, "The council meets")
    world.fails(IMF, 404)
    result = await run("feeds", "check", BBC)
    assert "1 of 1 feeds are well" in result.stdout


# -- silences --------------------------------------------------------------------------------------------------------


async def test_silences_of_the_past_are_replayed(world, run):
    world.today()
    await month(world, quiet=timedelta(days=6))
    world.says(BBC, "The council speaks again")
    await world.hears(BBC)
    [alarm] = lines(await run("feeds", "silences", "--json"))
    assert alarm["feed"] == BBC
    assert alarm["expected"] > 9
    assert BBC in (await run("feeds", "silences")).stdout
    assert "none of 2 feeds" in (await run("feeds", "silences", "--since", "1h")).stdout
