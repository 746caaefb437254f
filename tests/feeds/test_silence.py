"""The silence alarm: what a feed's own habit says of its silence, and what it must not say."""

import math
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.silence import LEAST_ARRIVALS, judge, replay

START = datetime(2024, 7, 1, tzinfo=UTC)  # a Monday
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
POLL = timedelta(minutes=15)


def dice(seed: str):
    """Numbers from 0 up to 1, the same for the same seed."""
    n = 0
    while True:
        n += 1
        yield int.from_bytes(blake2b(f"{seed} {n}".encode(), digest_size=6).digest()) / 2**48


def office(at: datetime) -> float:
    """News on weekdays from 6 to 20, most at noon; none at night, none at the weekend."""
    return math.sin((at.hour - 6) / 14 * math.pi) if at.weekday() < 5 and 6 <= at.hour < 20 else 0.0


def round_the_clock(at: datetime) -> float:
    return 1.0 if 5 <= at.hour < 23 else 0.3


def evenings_but_sunday(at: datetime) -> float:
    return 1.0 if at.weekday() != 6 and 17 <= at.hour < 22 else 0.02


HABITS = {"office": office, "round the clock": round_the_clock, "evenings": evenings_but_sunday}


def arrivals(habit: str, days: int, a_day: float, seed: str, waves: float = 0.0) -> list[datetime]:
    """When a feed of this habit brings something, seen by a poll every quarter of an hour; some days bring more."""
    rate, chance = HABITS[habit], dice(f"{habit} {a_day} {seed}")
    week = sum(rate(START + n * HOUR) for n in range(168)) / 7
    found = []
    for day in range(days):
        much = 1 + waves * (2 * next(chance) - 1)
        for n in range(96):
            at = START + day * DAY + n * POLL
            if next(chance) < -math.expm1(-a_day * much * rate(at) / week / 4):
                found.append(at + timedelta(seconds=7))
    return found


@pytest.mark.parametrize("habit", HABITS)
@pytest.mark.parametrize("a_day", [3, 40])
def test_a_feed_that_keeps_its_habits_is_hardly_ever_called_silent(habit, a_day):
    days, alarms, months = 120, 0, 0.0
    for seed in "ab":
        told = arrivals(habit, days, a_day, seed, waves=0.6)
        alarms += len(list(replay("bbc", told, [], told[-1])))
        months += days / 30
    assert alarms / months <= 0.01 + 1 / months, "at most one in a hundred feed-months, and one by bad luck"


@given(
    habit=st.sampled_from(sorted(HABITS)),
    a_day=st.floats(1, 60),
    days=st.integers(35, 80),
    seed=st.sampled_from("abcdef"),
)
@settings(max_examples=10, deadline=None)
def test_a_regular_feed_that_goes_quiet_is_noticed_in_finite_time(habit, a_day, days, seed):
    told = arrivals(habit, days, a_day, seed)
    if len(told) <= LEAST_ARRIVALS or told[-1] - told[0] < 14 * DAY:
        return
    alarm = judge("bbc", told, [], told[-1] + 60 * DAY)
    assert alarm is not None
    assert alarm.since == told[-1]
    assert alarm.expected > 9
    assert alarm.chance < 1e-4


def test_the_busier_the_feed_the_sooner_it_is_missed():
    waits = []
    for a_day in (2, 10, 50):
        told = arrivals("round the clock", 60, a_day, "a")
        [alarm] = [one for one in replay("bbc", told, [], told[-1] + 60 * DAY) if one.since == told[-1]]
        waits.append(alarm.at - alarm.since)
    assert waits[0] > waits[1] > waits[2]
    assert waits[2] < DAY
    assert waits[0] < 14 * DAY


@given(
    st.lists(st.integers(0, 13 * 86_400), max_size=60, unique=True).map(sorted),
    st.integers(1, 400),
)
@settings(deadline=None)
def test_without_two_weeks_of_history_nobody_is_called_silent(seconds, days):
    told = [START + timedelta(seconds=second) for second in seconds]
    assert judge("bbc", told, [], START + 13 * DAY + days * DAY) is None
    assert list(replay("bbc", told, [], START + 13 * DAY + days * DAY)) == []


def test_without_twenty_arrivals_nobody_is_called_silent():
    told = [START + n * 3 * DAY for n in range(LEAST_ARRIVALS)]
    assert judge("bbc", told, [], told[-1] + 300 * DAY) is None


def test_a_weekend_is_no_silence_to_an_office():
    told = [at for at in arrivals("office", 54, 12, "a") if at < START + 53 * DAY]  # till Thursday night of week 8
    friday = START + 7 * WEEK + 4 * DAY
    told += [friday + n * HOUR for n in range(7, 19)]
    assert judge("bbc", told, [], friday + 3 * DAY + 6 * HOUR) is None, "Monday morning"
    assert judge("bbc", told, [], friday + 5 * DAY) is not None, "Wednesday"


def test_a_burst_counts_once():
    told = [START + n * DAY + 9 * HOUR for n in range(30)]
    twice = sorted(told + told)
    until = told[-1] + 30 * DAY
    assert judge("bbc", told, [], until) == judge("bbc", twice, [], until)


def test_time_in_which_nobody_watched_is_not_held_against_the_feed():
    told = arrivals("round the clock", 40, 24, "a")
    down = (told[-1] + timedelta(minutes=1), told[-1] + 5 * DAY)
    assert judge("bbc", told, [], down[1] + HOUR) is not None
    assert judge("bbc", told, [down], down[1] + HOUR) is None
    assert judge("bbc", told, [down], down[1] + 3 * DAY) is not None


def test_an_outage_of_the_past_does_not_make_the_feed_look_slow():
    told = arrivals("round the clock", 56, 24, "a")
    down = (START + 20 * DAY, START + 30 * DAY)
    left = [at for at in told if not down[0] <= at < down[1]]
    two_days = left[-1] + 2 * DAY
    assert judge("bbc", left, [], two_days) is None
    assert judge("bbc", left, [down], two_days) is not None


def test_a_feed_that_has_slowed_down_is_not_held_to_its_past():
    fast = arrivals("round the clock", 40, 40, "a")
    slow = [fast[-1] + n * 8 * HOUR for n in range(1, 43)]  # two weeks of three a day
    until = slow[-1] + 36 * HOUR
    assert judge("bbc", fast + slow, [], until) is None


def test_replay_tells_each_silence_once_and_when():
    told = arrivals("round the clock", 50, 24, "a")
    later = told[-1] + 20 * DAY
    told += [later + (at - START) for at in arrivals("round the clock", 50, 24, "b")]
    alarms = list(replay("bbc", told, [], told[-1]))
    assert [alarm.since for alarm in alarms] == [at for at in told if at < later][-1:]
    assert alarms[0].at - alarms[0].since < 2 * DAY
    assert len({alarm.id for alarm in alarms}) == len(alarms)


def test_nothing_is_no_history():
    assert judge("bbc", [], [], START) is None
    assert list(replay("bbc", [], [], START)) == []
