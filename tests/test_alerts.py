"""Stories of alerts, quiet hours and late letters: the whole service in a small world, told in sentences."""

from hashlib import blake2b

import pytest
from world import BBC, IMF, START, World

ALERT = """
[[digest]]
name = "now"
channels = ["desk-hook"]
when = "now"
zone = "Europe/Kyiv"
"""
QUIET = 'quiet = "22:00-07:00"\n'


@pytest.fixture
async def alerting(tmp_path):
    """The world, where an alert comes at once; the other digest goes nowhere."""
    async with World(tmp_path) as one:
        await alerts(one)
        yield one


async def alerts(world, keys="", cron=""):
    """Have the world's second digest be an alert with these keys (or come by ``cron``), by a reload."""
    text = (world.folder / "config.toml").read_text(encoding="utf-8").split('[[digest]]\nname = "now"')[0]
    text = text.replace('name = "desk"\nchannels = ["desk-hook"]', 'name = "desk"\nchannels = []')
    when = ALERT.replace('when = "now"', f'cron = "{cron}"') if cron else ALERT
    world.config(text + when + keys)
    await world.service.judging.reload()
    await world.service.settle()


def told(world):
    """The headlines of each letter that arrived."""
    return [letter["text"].replace("*", "") for letter in world.letters]


def queued(world):
    return [event for event in world.events("DigestQueued") if event.digest == "now"]


async def test_an_alert_comes_within_its_group_wait(alerting):
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    await alerting.later(seconds=119)
    assert alerting.letters == []
    await alerting.later(seconds=1)
    assert "IMF releases tranche for Ukraine" in told(alerting)[0]
    [edition] = queued(alerting)
    assert edition.slot == f"alert {alerting.events('ItemMatched')[0].id}"
    assert edition.reason == "alert"
    await alerting.later(hours=1)
    assert len(alerting.letters) == 1


def apart(number: int) -> str:
    """Words that no other number has, so that headlines are different stories."""
    return " ".join(blake2b(f"{number} {word}".encode(), digest_size=4).hexdigest() for word in range(8))


async def test_what_five_outlets_write_at_once_is_one_alert(tmp_path):
    outlets = ("bbc", "imf", "harbour", "courier", "herald")
    async with World(tmp_path, feeds=outlets) as world:
        await alerts(world)
        for number, outlet in enumerate(outlets):
            world.says(outlet, f"{apart(number)}: report {number} of the IMF on a tranche")
            await world.polls(outlet)
            await world.later(seconds=20)
        await world.later(minutes=2)
        [letter] = told(world)
        assert all(f"report {number}" in letter for number in range(5))
        assert len(queued(world)) == 1


async def test_two_alerts_are_a_min_gap_apart_and_what_came_between_goes_together(alerting):
    for minute in range(40):
        alerting.says(BBC, f"{apart(minute)}: IMF tranche, news of minute {minute}")
        await alerting.polls(BBC)
        await alerting.later(minutes=1)
    times = [edition.at for edition in queued(alerting)]
    assert [(at - START).total_seconds() / 60 for at in times] == [2, 17, 32]
    counts = [len(edition.items) for edition in queued(alerting)]
    assert counts[1] == 15
    await alerting.later(minutes=15)
    items = [item for edition in queued(alerting) for item in edition.items]
    assert len(items) == len(set(items)) == 40


async def test_quiet_hours_hold_a_night_and_then_it_is_one_letter(alerting):
    await alerts(alerting, QUIET)
    await alerting.at("21:59")
    for number in range(5):
        alerting.says(BBC, f"{apart(number)}: IMF tranche, news {number} of the night")
        await alerting.polls(BBC)
        await alerting.later(hours=1)
    await alerting.at("06:59")
    assert alerting.letters == []
    await alerting.at("07:00")
    [letter] = told(alerting)
    assert all(f"news {number} of the night" in letter for number in range(5))
    assert queued(alerting)[0].reason == "alert; held by quiet hours until 07:00"


async def test_what_is_urgent_breaks_quiet_hours_and_the_rest_waits_for_their_end(alerting):
    await alerts(alerting, QUIET + 'quiet_breaks = "high"\n')
    alerting.rule("martial-law", "title = 'Martial law'\nquery = '\"martial law\"'\npriority = 'high'\n")
    await alerting.service.judging.reload()
    await alerting.at("23:00")
    alerting.says(BBC, "IMF tranche is talked about")
    await alerting.polls(BBC)
    await alerting.later(minutes=5)
    alerting.says(BBC, "Martial law declared")
    alerting.says(IMF, f"{apart(1)}: IMF tranche is put off")
    await alerting.polls(BBC, IMF)
    await alerting.later(minutes=2)
    [night] = told(alerting)
    assert "Martial law declared" in night
    assert "tranche is" not in night
    assert queued(alerting)[0].reason == "alert"
    await alerting.dies()
    await alerting.boots()
    await alerting.at("06:59")
    assert len(alerting.letters) == 1
    await alerting.at("07:00")
    morning = told(alerting)[1]
    assert "is talked about" in morning
    assert "is put off" in morning
    assert "Martial law declared" not in morning
    await alerting.later(hours=10)
    assert len(alerting.letters) == 2


async def test_a_reload_that_adds_quiet_hours_holds_what_waits_already(alerting):
    await alerting.at("22:30")
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    await alerts(alerting, QUIET)
    await alerting.later(minutes=10)
    assert alerting.letters == []
    await alerts(alerting, 'quiet = "12:00-13:00"\n')
    await alerting.later(minutes=1)
    assert len(alerting.letters) == 1


async def test_alerts_that_were_due_while_the_service_was_down_are_one_and_say_so(alerting):
    alerting.says(BBC, "IMF tranche, first")
    await alerting.polls(BBC)
    await alerting.later(minutes=1)
    alerting.says(IMF, f"{apart(2)}: IMF tranche, second")
    await alerting.polls(IMF)
    await alerting.dies()
    alerting.sleeps(hours=9)
    await alerting.boots()
    await alerting.ticks()
    [letter] = told(alerting)
    assert "first" in letter
    assert "second" in letter
    assert queued(alerting)[0].reason == "alert; late: it was due 06:02; the service was down 06:01-15:01"


async def test_a_digest_that_becomes_an_alert_and_a_digest_again_tells_everything_once(alerting):
    await alerts(alerting, cron="0 7,18 * * *")
    await alerting.at("07:00")
    alerting.says(BBC, "IMF tranche, told at once after the change")
    await alerting.polls(BBC)
    await alerts(alerting)
    await alerting.later(minutes=2)
    assert len(alerting.letters) == 1
    alerting.says(BBC, "IMF tranche, told by the evening")
    await alerting.polls(BBC)
    await alerts(alerting, cron="0 7,18 * * *")
    await alerting.later(hours=1)
    assert len(alerting.letters) == 1
    await alerting.at("18:00")
    assert len(alerting.letters) == 2
    assert "by the evening" in told(alerting)[1]
    assert "at once" not in told(alerting)[1]
    assert [edition.reason for edition in queued(alerting)] == ["scheduled", "alert", "scheduled"]


async def test_a_day_as_an_alert_leaves_no_slots_owed(alerting):
    await alerts(alerting, cron="0 7,18 * * *")
    await alerting.at("07:00")
    await alerts(alerting)
    await alerting.at("18:00")
    await alerting.at("17:00")
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    await alerting.later(minutes=2)
    await alerts(alerting, cron="0 7,18 * * *")
    await alerting.at("18:00")
    assert queued(alerting)[-1].reason == "scheduled"


async def test_slots_of_the_night_come_as_one_letter_at_its_end(alerting):
    await alerts(alerting, QUIET, cron="0 * * * *")
    await alerting.at("21:00")
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    for _ in range(10):
        await alerting.later(hours=1)
    [letter] = told(alerting)
    assert "IMF releases tranche" in letter
    assert alerting.now.astimezone(START.tzinfo).hour == 4  # 07:00 in Kyiv
    assert queued(alerting)[-1].slot.startswith("2024-09-12T07:00")
    assert queued(alerting)[-1].reason == "scheduled; covers 10 slots"


async def test_a_letter_after_a_night_without_power_says_what_it_covers_and_why(alerting):
    await alerts(alerting, cron="0 */4 * * *")
    await alerting.at("20:41")
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    await alerting.dies()
    alerting.sleeps(hours=15, minutes=22)
    await alerting.boots()
    await alerting.ticks()
    assert queued(alerting)[-1].reason == "scheduled; covers 4 slots; the service was down 20:41-12:03"


async def test_a_request_tells_what_quiet_hours_hold_and_it_is_not_told_again(alerting):
    await alerts(alerting, QUIET)
    await alerting.at("23:00")
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    await alerting.service.telling.send_now("now")
    await alerting.ticks()
    await alerting.at("07:00")
    assert len(alerting.letters) == 1


async def test_what_was_old_at_first_contact_never_alerts(alerting):
    alerting.says(BBC, "IMF tranche of last month", age=30 * 24)
    await alerting.polls(BBC)
    await alerting.service.workshop.rematch(START.replace(year=2023))
    await alerting.later(hours=1)
    assert alerting.letters == []


async def test_an_alert_of_which_nothing_is_known_to_the_log_yet_is_silent_about_the_past(tmp_path):
    async with World(tmp_path) as world:
        world.says(BBC, "IMF releases tranche for Ukraine")
        await world.polls(BBC)
        await world.later(minutes=5)
        await alerts(world)
        await world.later(hours=1)
        assert world.letters == []


async def test_two_services_on_one_log_send_one_alert(alerting):
    alerting.says(BBC, "IMF releases tranche for Ukraine")
    await alerting.polls(BBC)
    alerting.now = START.replace(minute=2)
    telling = alerting.service.telling
    owed = telling.timing.owed(telling.digest("now"))
    assert await telling._queue(telling.digest("now"), owed)
    assert await telling._queue(telling.digest("now"), owed) is None  # as one does that looked before the other queued
    await alerting.ticks()
    assert len(alerting.letters) == 1


async def test_whynot_says_when_what_waits_goes_out(alerting):
    link = "https://bbc.example/one"
    alerting.says(BBC, "IMF releases tranche for Ukraine", link=link)
    await alerting.polls(BBC)
    said = alerting.service.workshop.why_not(link).said
    assert "it waits for the next alert of now at 06:02 Europe/Kyiv" in said
    assert "it waits for the next edition of desk at 07:00 Europe/Kyiv" in said
    await alerting.later(minutes=5)
    await alerts(alerting, QUIET)
    await alerting.at("23:00")
    alerting.says(BBC, "IMF tranche again", link=f"{link}/more")
    await alerting.polls(BBC)
    said = alerting.service.workshop.why_not(f"{link}/more").said
    assert "now: held by quiet hours until 07:00 Europe/Kyiv" in said
    assert [(name, at is not None) for name, at, _ in alerting.service.telling.schedule()] == [
        ("desk", True),
        ("now", True),
    ]


async def test_a_story_that_goes_on_is_told_again_after_repeat_and_no_letter_says_it_twice(tmp_path):
    async with World(tmp_path, feeds=("bbc", "imf", "courier")) as world:
        world.config((tmp_path / "config.toml").read_text(encoding="utf-8") + ALERT)  # both come by the same channel
        await world.service.judging.reload()
        await world.service.settle()
        world.says("bbc", "IMF board releases second tranche of nine hundred million for Ukraine")
        await world.polls("bbc")
        await world.later(minutes=2)
        [alert] = queued(world)
        assert len(world.letters) == 1

        link = "https://imf.example/second"
        world.says("imf", "Second tranche of nine hundred million for Ukraine released by IMF board", link=link)
        await world.polls("imf")
        await world.later(minutes=30)
        assert len(world.letters) == 1
        [again] = queued(world)[1:]
        assert [(one.why, one.by) for one in again.withheld] == [("repeat", alert.edition)]
        assert f"its story had been told in {alert.edition}" in str(world.service.workshop.why_not(link).said)

        await world.at("07:00")
        [_, morning] = told(world)
        assert "Sent as an alert at 06:02: IMF board releases second tranche" in morning
        assert "Not shown: 2 sent as an alert" in morning
        assert "Second tranche" not in morning  # the other outlet's words for it

        await world.at("12:02")
        world.says("courier", "Nine hundred million is there: IMF board released second tranche for Ukraine")
        await world.polls("courier")
        await world.later(minutes=2)
        [*_, noon] = told(world)
        assert len(world.letters) == 3
        assert "Nine hundred million is there" in noon
        assert "developing, told 06:02" in noon
        await world.at("18:00")
        [*_, evening] = told(world)
        assert len(world.letters) == 4
        assert "Sent as an alert at 12:04: Nine hundred million is there" in evening
        assert "Not shown: 1 sent as an alert" in evening
