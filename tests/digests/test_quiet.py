from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from digests.test_slots import DAY, ZONES, at, digest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.quiet import is_quiet, release
from monitor.digests.slots import due
from monitor.model import Quiet

NIGHT = Quiet(start=22 * 60, end=7 * 60)
KYIV = "Europe/Kyiv"
FULL = 730  # days


def test_a_night_holds_until_its_end_and_the_day_holds_nothing():
    assert release(at("2024-09-11T18:59"), NIGHT, KYIV) == at("2024-09-11T18:59")
    assert release(at("2024-09-11T19:00"), NIGHT, KYIV) == at("2024-09-12T04:00")
    assert release(at("2024-09-12T03:59"), NIGHT, KYIV) == at("2024-09-12T04:00")
    assert release(at("2024-09-12T04:00"), NIGHT, KYIV) == at("2024-09-12T04:00")
    assert not is_quiet(at("2024-09-12T12:00"), None, KYIV)


def test_hours_of_one_day_hold_too():
    siesta = Quiet(start=13 * 60, end=16 * 60 + 30)
    assert release(at("2024-09-11T14:00"), siesta, "UTC") == at("2024-09-11T16:30")
    assert release(at("2024-09-11T12:59"), siesta, "UTC") == at("2024-09-11T12:59")


@pytest.mark.parametrize(
    ("day", "start", "end", "begins", "ends"),
    [
        ("2024-10-27", "22:00", "02:30", "2024-10-26T20:00", "2024-10-27T00:30"),  # 02:30 comes twice: the first
        ("2024-10-27", "02:30", "05:00", "2024-10-27T00:30", "2024-10-27T04:00"),  # an hour longer than by the clock
        ("2024-03-31", "22:00", "02:30", "2024-03-30T21:00", "2024-03-31T01:00"),  # 02:30 never comes: what follows
        ("2024-03-31", "02:30", "05:00", "2024-03-31T01:00", "2024-03-31T03:00"),
    ],
)
def test_hours_that_come_twice_or_never_are_read_as_those_of_slots(day, start, end, begins, ends):
    first, last = (60 * int(clock[:2]) + int(clock[3:]) for clock in (start, end))
    quiet, second = Quiet(start=first, end=last), timedelta(seconds=1)
    assert release(at(begins) - second, quiet, "Europe/Berlin") == at(begins) - second
    assert release(at(begins), quiet, "Europe/Berlin") == at(ends)
    assert release(at(ends) - second, quiet, "Europe/Berlin") == at(ends)
    assert release(at(ends), quiet, "Europe/Berlin") == at(ends)


def test_quiet_hours_that_lie_wholly_in_the_hour_that_is_left_out_are_none():
    quiet = Quiet(start=2 * 60 + 15, end=2 * 60 + 45)
    for minute in range(0, 120, 5):
        now = at("2024-03-31T00:00") + timedelta(minutes=minute)
        assert release(now, quiet, "Europe/Berlin") == now


def test_the_night_before_a_day_that_a_country_leaves_out_ends_in_the_morning_after_it():
    last = at("2011-12-30T09:00")  # 23:00 on the 29th in Apia; the 30th never came
    assert release(last, NIGHT, "Pacific/Apia").astimezone(ZoneInfo("Pacific/Apia")).isoformat()[:16] == (
        "2011-12-31T07:00"
    )


minutes = st.integers(0, 24 * 60 - 1)
quiets = st.builds(lambda start, length: Quiet(start=start, end=(start + length) % 1440), minutes, st.integers(1, 1439))


@settings(max_examples=150, deadline=None)
@given(
    quiets,
    st.sampled_from(ZONES),
    st.lists(st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)), min_size=2, max_size=6),
)
def test_what_is_held_is_never_early_is_let_go_outside_the_hours_and_keeps_its_order(quiet, zone, locals_):
    instants = sorted(local.replace(tzinfo=UTC) for local in locals_)
    released = [release(instant, quiet, zone) for instant in instants]
    assert all(free >= instant for free, instant in zip(released, instants, strict=True))
    assert [release(free, quiet, zone) for free in released] == released
    assert released == sorted(released)


def letters(zone: str, cron: str, quiet: Quiet | None, days: int, begin: datetime, step: timedelta) -> list:
    """What a service does that looks every now and then: the slots of each letter, the newest of which is its label."""
    one, found, now = digest(cron, zone), [], begin
    after = begin
    while now < begin + days * DAY:
        now += step
        if not is_quiet(now, quiet, zone) and (slots := due(one, after, now)):
            found.append(slots)
            after = slots[-1].instant
    return found


def check_that_each_slot_is_told_once(zone: str, cron: str, quiet: Quiet | None, days: int, step: timedelta) -> None:
    begin = datetime(2023, 6, 1, tzinfo=UTC)
    told = [slot for letter in letters(zone, cron, quiet, days, begin, step) for slot in letter]
    wanted, now = [], begin
    while now < begin + (days + 1) * DAY:
        wanted += due(digest(cron, zone), now, now + DAY)
        now += DAY
    assert told == wanted[: len(told)]  # 0 missing, 0 double, in order
    assert all(slot.instant > begin + (days - 1) * DAY for slot in wanted[len(told) :])  # what the last night holds
    labels = [slot.label for slot in told]
    assert all(first < second for first, second in pairwise(labels))


ODD = ("Australia/Lord_Howe", "Africa/Casablanca", "Europe/Dublin", "Antarctica/Troll", "Pacific/Apia", "Europe/Berlin")


@pytest.mark.parametrize("zone", ODD)
def test_an_hourly_digest_with_quiet_nights_leaves_out_no_slot_and_tells_none_twice(zone):
    check_that_each_slot_is_told_once(zone, "0 * * * *", NIGHT, 20, timedelta(minutes=29))


@pytest.mark.slow
@pytest.mark.parametrize("quiet", [None, NIGHT, Quiet(start=90, end=180)])
@pytest.mark.parametrize("cron", ["30 2 * * *", "0 * * * *", "0 9 * * MON", "*/20 1-3 * * *"])
@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_every_kind_of_digest_in_every_zone_without_a_slot_missing_or_double(zone, cron, quiet):
    check_that_each_slot_is_told_once(zone, cron, quiet, FULL, timedelta(minutes=187))
