"""The operator is told of feeds once, whatever happens in between; silence is noticed from the feed's own habit."""

from datetime import timedelta

import pytest
from world import BBC, IMF

from monitor.events import ItemSeen

OPERATOR = """
[[channel]]
name = "operator"
url = "json://127.0.0.1:{port}/hook"
"""


@pytest.fixture
async def rung(world):
    """A world with a channel for its operator."""
    config = world.folder / "config.toml"
    config.write_text(config.read_text() + OPERATOR.format(port=world.port))
    await world.service.judging.reload()
    return world


async def looks(world, **passed):
    world.now += timedelta(**passed)
    await world.service.health.look(world.now)
    await world.service.delivering.deliver_due()


async def breaks(world, feed=BBC, polls=3):
    """The feed fails for an hour and more."""
    world.fails(feed, 503)
    for _ in range(polls):
        await world.hears(feed)
        world.now += timedelta(minutes=25)


def notices(world):
    return [(event.state, event.feeds) for event in world.events("FeedsNoticed")]


async def test_a_feed_that_is_down_and_well_again_is_two_notices(rung):
    await rung.hears()
    await breaks(rung)
    for _ in range(5):
        await looks(rung, minutes=1)
    assert notices(rung) == [("down", (BBC,))]
    [letter] = rung.letters
    assert letter["subject"] == "News monitor: BBC is down"
    assert "503" in letter["text"]
    assert "monitor feeds show bbc" in letter["text"]
    rung.recovers(BBC)
    await rung.hears(BBC)
    for _ in range(5):
        await looks(rung, minutes=1)
    assert notices(rung) == [("down", (BBC,)), ("well", (BBC,))]
    assert rung.letters[1]["subject"] == "News monitor: BBC is well again"


async def test_a_hiccup_is_nobodys_business(rung):
    await rung.hears()
    await breaks(rung, polls=2)
    await looks(rung, hours=2)
    rung.recovers(BBC)
    await rung.hears(BBC)
    await looks(rung, hours=2)
    assert rung.letters == []
    assert notices(rung) == []


async def test_a_feed_that_flaps_all_day_is_told_down_once(rung):
    await rung.hears()
    for _ in range(6):
        await breaks(rung)
        await looks(rung, minutes=30)
        rung.recovers(BBC)
        await rung.hears(BBC)
        await looks(rung, minutes=30)
    assert notices(rung) == [("down", (BBC,)), ("well", (BBC,))]


async def test_many_feeds_are_one_letter(rung):
    await rung.hears()
    rung.fails(IMF, 503)
    await rung.hears(IMF)
    rung.now += timedelta(minutes=3)
    await breaks(rung)
    for _ in range(2):
        await rung.hears(IMF)
        rung.now += timedelta(seconds=1)
    await looks(rung)
    await looks(rung, minutes=1)
    assert notices(rung) == [("down", (BBC, IMF))]
    assert rung.letters[0]["subject"] == "News monitor: 2 feeds are down"


async def test_a_crash_neither_loses_nor_doubles_a_notice(rung):
    await rung.hears()
    await breaks(rung)
    rung.refuses(503)
    await looks(rung)
    assert rung.letters == [], "the channel did not take it"
    await rung.dies()
    await rung.boots()
    await looks(rung, minutes=5)
    await looks(rung, minutes=5)
    assert len(rung.letters) == 1
    assert len(notices(rung)) == 1


async def test_a_notice_and_what_it_tells_of_are_one_entry_in_the_log(rung):
    await rung.hears()
    await breaks(rung)
    await looks(rung)
    told = [r.event.kind for r in rung.service.history.read() if r.event.kind in ("FeedsNoticed", "DigestQueued")]
    assert told == ["FeedsNoticed", "DigestQueued"]


async def test_without_an_operator_nothing_is_recorded_and_nobody_is_written_to(world):
    await world.hears()
    await breaks(world)
    await looks(world, hours=1)
    assert notices(world) == []
    assert world.letters == []


async def test_views_that_are_folded_anew_remember_what_was_told(rung):
    await rung.hears()
    await breaks(rung)
    await looks(rung)
    await rung.service.history.rebuild()
    await looks(rung, minutes=2)
    assert len(notices(rung)) == 1


# -- silence ---------------------------------------------------------------------------------------------------------


async def has_written(world, feed, days=30, every=timedelta(hours=2)):
    """The log holds a month of the feed, which brought something every two hours."""
    begin = world.now - timedelta(days=days)
    instants = [begin + n * every for n in range(int(timedelta(days=days) / every) + 1)]
    await world.service.house.record(
        [ItemSeen(at=at, item=f"{n:032x}", feed=feed, title=f"News {n}") for n, at in enumerate(instants)]
    )


async def passes(world, days, feed=BBC):
    """Days in which the feed answers every hour or two and brings nothing."""
    for _ in range(days * 12):
        world.now += timedelta(hours=2)
        if _ % 6 == 0:
            await world.hears(feed)
        await world.service.health.look(world.now)


async def test_a_feed_that_answers_and_says_nothing_is_noticed_once_and_its_next_item_ends_it(rung):
    await has_written(rung, BBC)
    await rung.hears(BBC)
    await passes(rung, 4)
    [silent] = rung.events("FeedWentSilent")
    assert silent.feed == BBC
    assert silent.chance < 1e-4
    assert notices(rung) == [("silent", (BBC,))]
    await rung.service.delivering.deliver_due()
    assert "went silent" in rung.letters[0]["subject"]
    standing = {one.feed: one for one in rung.service.history.standings()}
    assert standing[BBC].silent_since == silent.since
    rung.says(BBC, "The council speaks again")
    await rung.hears(BBC)
    standing = {one.feed: one for one in rung.service.history.standings()}
    assert standing[BBC].silent_since is None


async def test_a_feed_that_fails_is_not_called_silent(rung):
    await has_written(rung, BBC)
    await rung.hears(BBC)
    rung.fails(BBC, 503)
    await passes(rung, 4)
    assert rung.events("FeedWentSilent") == []


async def test_the_alarm_can_be_replayed_over_the_log(rung):
    await has_written(rung, BBC)
    await rung.hears(BBC)
    await passes(rung, 4)
    [recorded] = rung.events("FeedWentSilent")
    [feed] = rung.service.polling.chosen([BBC])
    [replayed] = rung.service.health.silences(feed, rung.now)
    assert replayed.id == recorded.id
    assert replayed.at <= recorded.at


async def test_time_in_which_the_service_was_down_is_not_held_against_a_feed(rung):
    await has_written(rung, BBC)
    await rung.hears(BBC)
    await rung.service.stop("asked to", 1)
    rung.service.close()
    rung.now += timedelta(days=6)
    await rung.boots()
    await rung.hears(BBC)
    await passes(rung, 1)
    assert rung.events("FeedWentSilent") == []


async def test_ten_thousand_feeds_have_their_turn_within_the_hour_a_few_at_a_time(world):
    feeds = "".join(f'[[feed]]\nid = "f{n}"\nurl = "http://127.0.0.1:1/{n}"\ntitle = "F"\n' for n in range(2000))
    config = world.folder / "config.toml"
    config.write_text(config.read_text() + feeds)
    await world.service.judging.reload()
    looker, turns = world.service.health, []
    for _ in range(1801):
        world.now += timedelta(seconds=2)
        turns.append([feed.id for feed in looker._turn(world.now)])
    assert max(map(len, turns)) < 15
    told = [feed for turn in turns for feed in turn]
    assert len(set(told)) == 2002
    assert len(told) <= 2010
