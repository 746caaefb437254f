from datetime import timedelta

import msgspec
from digests.letters import KYIV
from digests.test_alerts import HOUR, MINUTE, NIGHT, NOON, NOW, Played, digests, grid, log_of, match, news
from digests.test_slots import at
from hypothesis import given, settings

from monitor.digests.simulate import simulate


def test_a_digest_by_cron_tells_at_its_slots_what_came_before_them():
    matches = [match(1, NOON), match(2, NOON + HOUR), match(3, NOON + 4 * HOUR), match(4, NOON + 9 * HOUR)]
    played = simulate(KYIV, matches, NOON - HOUR, NOON + 10 * HOUR)
    assert [(one.slot, one.items) for one in played.messages] == [
        ("2024-09-11T18:00 Europe/Kyiv", ("item 1", "item 2")),
    ]
    assert (played.items, played.waiting) == (4, 2)


def test_an_hourly_digest_sends_one_message_for_a_quiet_night():
    hourly = msgspec.structs.replace(NIGHT, cron="0 * * * *")
    matches = [match(1, at("2024-09-11T21:30")), match(2, at("2024-09-12T03:00"))]
    played = simulate(hourly, matches, at("2024-09-11T20:10"), at("2024-09-12T09:30"))
    assert [(one.at, one.items) for one in played.messages] == [(at("2024-09-12T07:00"), ("item 1", "item 2"))]
    assert played.messages[0].notes == ("covers 10 slots",)


def test_an_empty_slot_sends_nothing_unless_a_note_is_wanted():
    assert simulate(KYIV, [], NOON, NOON + timedelta(days=1)).messages == ()
    noting = msgspec.structs.replace(KYIV, empty="note")
    assert len(simulate(noting, [], NOON, NOON + timedelta(days=1)).messages) == 2


def test_an_alert_held_by_quiet_hours_is_counted_as_delayed():
    played = simulate(NIGHT, [match(1, at("2024-09-11T23:00"))], NOON, NOON + timedelta(days=1))
    assert [(one.at, one.delayed) for one in played.messages] == [(at("2024-09-12T07:00"), True)]
    assert played.messages[0].notes == ("held by quiet hours until 07:00",)


def test_what_still_waits_at_the_end_is_counted_and_not_told():
    played = simulate(NOW, [match(1, NOON)], NOON, NOON + MINUTE)
    assert (played.messages, played.waiting) == ((), 1)


@settings(max_examples=20, deadline=None)
@given(digests, news)
def test_it_says_what_a_service_would_have_done_that_looked_every_minute(digest, found):
    log = log_of(found)
    ticks = grid(1, days=3)
    played = simulate(digest, log, NOON, ticks[-1])
    real = Played(digest, log, ticks)
    sent = [(now, due.tells) for now, due in real.alerts if due.tells]
    assert [(one.at, one.items) for one in played.messages] == sent
    assert played.items == sum(len(one.items) for one in played.messages) + played.repeated + played.waiting
