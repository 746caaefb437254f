"""When a feed is asked again: its own rhythm, its wishes, its failures, and the clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.feeds.heard import Heard, Reply
from monitor.feeds.rhythm import (
    HALF_LIFE,
    LONGEST_WAIT,
    SPREAD,
    due,
    first_due,
    guessed,
    learned,
    next_due,
    rest,
    watched,
    wishes,
)
from monitor.model import Feed, Item, PollState

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEWS = Feed(id="news", url="", title="", interval=15 * MINUTE, longest=6 * HOUR)
FIXED = Feed(id="news", url="", title="", interval=HOUR, longest=HOUR)
NEVER = PollState(feed="news")

FEED_IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
INTERVALS = st.timedeltas(MINUTE, DAY)
FEEDS = st.builds(Feed, id=FEED_IDS, url=st.just(""), title=st.just(""), interval=INTERVALS, longest=INTERVALS)
COUNTS = st.floats(0, 1e6)
STATES = st.builds(PollState, feed=st.just("news"), arrivals=COUNTS, watched=st.floats(0, 1e6), wish=st.floats(0, 1e9))


def steady(every: timedelta, *, poll_every: timedelta = HOUR, days: int = 30) -> PollState:
    """What is known of a feed that wrote so often, watched for so long."""
    state, now, came = replace(NEVER, last_good=NOW), NOW, 0
    while now < NOW + days * DAY:
        now += poll_every
        new = (now - NOW) // every - came
        came += new
        state = replace(watched(state, new, now), last_good=now)
    return state


def dated(*ages: timedelta) -> list[Item]:
    return [Item(id=f"{n}", feed="news", published=NOW - age) for n, age in enumerate(ages)]


# -- the laws --------------------------------------------------------------------------------------------------------


@given(FEEDS, STATES)
def test_a_good_poll_is_followed_within_the_feeds_limits(feed, state):
    wait = next_due(feed, state, NOW) - NOW
    assert feed.interval <= wait <= max(feed.interval, feed.longest) * (1 + SPREAD)
    assert wait == next_due(feed, state, NOW) - NOW, "there are no dice"


@given(FEEDS, STATES, COUNTS)
def test_who_writes_more_is_asked_no_later(feed, state, more):
    busier = replace(state, arrivals=state.arrivals + more)
    assert next_due(feed, busier, NOW) <= next_due(feed, state, NOW)


@given(FEEDS, STATES, st.integers(0, 2**31 - 1))
def test_left_out_hours_put_a_poll_off_by_a_day_at_most_and_never_forward(feed, state, skip):
    plain = next_due(feed, state, NOW)
    assert plain <= next_due(feed, replace(state, skip=skip), NOW) <= plain + DAY


@given(FEEDS, STATES, st.timedeltas(MINUTE, DAY), st.integers(0, 1000))
def test_retry_after_is_always_kept(feed, state, wish, failures):  # C43
    tried = next_due(feed, replace(state, failures=failures), NOW, retry_after=wish)
    assert tried >= NOW + max(wish, feed.interval)
    assert tried <= NOW + max(LONGEST_WAIT, max(feed.interval, feed.longest) * (1 + SPREAD))


@given(FEEDS, STATES, st.timedeltas(-3650 * DAY, 3650 * DAY))
def test_no_step_of_the_clock_stops_polling(feed, state, step):  # D19-D22
    written = replace(state, next_due=next_due(feed, state, NOW), last_good=NOW)
    now = NOW + step
    assert due(feed, written, now) <= now + max(feed.interval, feed.longest) * (1 + SPREAD) + LONGEST_WAIT
    after = next_due(feed, watched(written, 1, now), now)
    assert now + feed.interval <= after <= now + max(feed.interval, feed.longest) * (1 + SPREAD)


# -- rhythm ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "least", "most"),
    [
        (timedelta(minutes=5), 15 * MINUTE, 15 * MINUTE),
        (HOUR, 25 * MINUTE, 35 * MINUTE),
        (6 * HOUR, 2.5 * HOUR, 3.1 * HOUR),
        (DAY, 6 * HOUR, 6 * HOUR),
        (30 * DAY, 6 * HOUR, 6 * HOUR),
    ],
)
def test_a_feed_is_asked_about_twice_as_often_as_it_writes(every, least, most):
    assert least <= rest(NEWS, steady(every)) <= most


def test_a_feed_that_nobody_knows_is_asked_at_its_least_wait_and_a_silent_one_ever_more_rarely():
    state, now, waits = replace(NEVER, last_good=NOW), NOW, []
    for _ in range(12):
        waits.append(rest(NEWS, state))
        now += waits[-1]
        state = replace(watched(state, 0, now), last_good=now)
    assert waits[0] == NEWS.interval
    assert waits == sorted(waits)
    assert waits[-1] == NEWS.longest
    assert now - NOW > DAY, "it took a day or more to become that rare"


def test_a_feed_that_wakes_up_is_asked_often_again():
    state, now = steady(30 * DAY), NOW + 30 * DAY
    for _ in range(24):
        now += HOUR
        state = replace(watched(state, 6, now), last_good=now)
    assert rest(NEWS, state) < HOUR


def test_what_is_long_past_counts_half_as_much_each_week():
    state = replace(NEVER, last_good=NOW, arrivals=8.0, watched=1000.0)
    assert watched(state, 0, NOW + HALF_LIFE).arrivals == 4.0


def test_at_first_contact_the_dates_in_the_document_tell_the_rhythm():
    hourly = guessed(NEVER, dated(*(n * HOUR for n in range(40))), NOW)
    assert 20 * MINUTE < rest(NEWS, hourly) < 40 * MINUTE
    weekly = guessed(NEVER, dated(*(n * 7 * DAY for n in range(40))), NOW)
    assert rest(NEWS, weekly) == NEWS.longest


def test_a_notice_that_is_pinned_for_years_makes_no_feed_look_slow():
    ages = [n * HOUR for n in range(40)]
    assert guessed(NEVER, dated(*ages, 4000 * DAY), NOW) == guessed(NEVER, dated(*ages, 90 * HOUR), NOW)


def test_dates_that_are_missing_or_lie_ahead_tell_nothing():
    unclear = [Item(id="a", feed="news"), *dated(-DAY)]
    assert guessed(NEVER, unclear, NOW).watched == 0
    assert learned(NEVER, unclear, 2, NOW, missed=False) == NEVER
    known = replace(steady(HOUR), last_good=NOW - HOUR)
    assert learned(known, unclear, 2, NOW, missed=True) == watched(known, 2, NOW)


def test_behind_a_gap_the_dates_stand_for_what_nobody_watched():
    slow = replace(steady(30 * DAY), last_good=NOW - 5 * DAY)
    burst = dated(*(n * 10 * MINUTE for n in range(30)))
    assert rest(NEWS, learned(slow, burst, 30, NOW, missed=True)) == NEWS.interval
    assert rest(NEWS, learned(slow, burst, 1, NOW, missed=False)) > HOUR


# -- wishes ----------------------------------------------------------------------------------------------------------


def test_a_wish_is_kept_within_the_longest_wait():
    busy = steady(5 * MINUTE)
    assert rest(NEWS, replace(busy, wish=3600.0)) == HOUR
    assert rest(NEWS, replace(busy, wish=1e9)) == NEWS.longest
    assert rest(NEWS, replace(busy, wish=60.0)) == NEWS.interval


def test_the_greater_of_the_servers_and_the_documents_wish_counts():
    reply, heard = Reply(url="", max_age=HOUR), Heard(pace=2 * HOUR)
    assert wishes(NEVER, reply, heard).wish == 7200
    assert wishes(NEVER, reply, Heard()).wish == 3600
    assert wishes(replace(NEVER, wish=5.0, skip=7), Reply(url=""), Heard()) == NEVER
    assert wishes(NEVER, Reply(url="", max_age=-HOUR), Heard()).wish == 0


def asked(skip_hours=(), skip_days=(), now=NOW, feed=NEWS) -> datetime:
    state = wishes(steady(5 * MINUTE), Reply(url=""), Heard(skip_hours=skip_hours, skip_days=skip_days))
    return next_due(feed, state, now)


def test_hours_and_days_that_a_feed_leaves_out_are_left_out():
    assert asked() < NOW + 17 * MINUTE
    assert asked(skip_hours=(12, 13)).hour == 14
    assert asked(skip_hours=(13, 14)).hour == 12
    assert asked(skip_days=(2,)).weekday() == 3
    night = asked(skip_hours=range(8), now=NOW.replace(hour=23, minute=55))
    assert (night.day, night.hour) == (NOW.day + 1, 8)


def test_who_leaves_out_a_weekend_is_asked_once_in_it_and_who_leaves_out_everything_is_not_understood():
    friday = NOW + timedelta(days=2, hours=11, minutes=50)
    saturday = asked(skip_days=(5, 6), now=friday)
    assert saturday.weekday() == 6
    assert asked(skip_days=(5, 6), now=saturday).weekday() == 0
    assert asked(skip_hours=range(24)) == asked(skip_days=range(7)) == asked()
    assert asked(skip_hours=(99, -1), skip_days=(12,)) == asked()


def test_an_interval_in_the_configuration_is_stronger_than_any_wish():
    state = replace(steady(30 * DAY), wish=1e6, skip=1 << 12 | 1 << 13)
    assert HOUR <= next_due(FIXED, state, NOW) - NOW <= HOUR * (1 + SPREAD)
    assert next_due(FIXED, state, NOW, retry_after=DAY) == NOW + DAY


# -- starts and clocks -----------------------------------------------------------------------------------------------


@given(FEED_IDS, INTERVALS)
def test_first_polls_are_spread_over_a_minute(name, interval):
    feed = Feed(id=name, url="", title="", interval=interval)
    assert NOW <= first_due(feed, NOW) < NOW + MINUTE
    assert due(feed, PollState(feed=name), NOW) == first_due(feed, NOW)


def test_a_page_of_the_poll_book_outlives_a_restart():
    page = PollState(feed="news", next_due=NOW + 10 * MINUTE)
    assert due(NEWS, page, NOW) == page.next_due


def test_a_thousand_feeds_do_not_ask_in_one_second():
    feeds = [Feed(id=f"feed-{n}", url="", title="", interval=15 * MINUTE) for n in range(1000)]
    for instants in ([first_due(feed, NOW) for feed in feeds], [next_due(feed, NEVER, NOW) for feed in feeds]):
        seconds = [int((instant - NOW).total_seconds()) for instant in instants]
        assert max(seconds.count(second) for second in set(seconds)) < 60


def test_a_clock_that_was_set_is_no_year_of_silence():  # D21
    hourly = replace(steady(HOUR), last_good=datetime(1970, 1, 1, tzinfo=UTC))
    state = watched(hourly, 3, NOW)
    assert state.watched <= hourly.watched * 1.05
    assert rest(NEWS, state) < 2 * HOUR
    back = watched(replace(hourly, last_good=NOW + DAY), 0, NOW)
    assert (back.arrivals, back.watched) == (hourly.arrivals, hourly.watched)
