from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cronsim import CronSim
from digests.letters import KYIV
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.slots import MOST_DUE, due, instant, previous, upcoming
from monitor.model import Digest

DAY = timedelta(days=1)
ZONES = (
    *("UTC", "Europe/Kyiv", "Europe/Berlin", "Europe/Dublin", "Europe/London", "Africa/Casablanca", "Africa/Cairo"),
    *("America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Havana"),
    *("Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Chatham"),
    *("Pacific/Apia", "Pacific/Kiritimati", "Antarctica/Troll", "America/Asuncion"),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def digest(cron: str, zone: str) -> Digest:
    return msgspec.structs.replace(KYIV, cron=cron, zone=zone)


def labels(slots) -> list[str]:
    return [slot.label for slot in slots]


def test_a_slot_is_named_by_its_local_time_and_zone():
    slots = due(KYIV, at("2024-09-11T00:00"), at("2024-09-12T00:00"))
    assert labels(slots) == ["2024-09-11T07:00 Europe/Kyiv", "2024-09-11T18:00 Europe/Kyiv"]
    assert [slot.instant for slot in slots] == [at("2024-09-11T04:00"), at("2024-09-11T15:00")]


def test_a_slot_is_due_at_its_instant_and_not_again_after_it():
    six = at("2024-09-11T15:00")
    assert labels(due(KYIV, six - DAY / 4, six)) == ["2024-09-11T18:00 Europe/Kyiv"]
    assert due(KYIV, six, six + DAY / 4) == ()
    assert due(KYIV, six - DAY / 4, six - timedelta(microseconds=1)) == ()


def test_half_past_two_on_the_autumn_day_of_berlin_is_one_slot_and_the_first_of_the_two_times():
    slots = due(digest("30 2 * * *", "Europe/Berlin"), at("2024-10-26T12:00"), at("2024-10-27T12:00"))
    assert labels(slots) == ["2024-10-27T02:30 Europe/Berlin"]
    assert slots[0].instant == at("2024-10-27T00:30")


def test_half_past_two_on_the_spring_day_of_berlin_is_due_when_the_clocks_have_jumped_and_keeps_its_name():
    slots = due(digest("30 2 * * *", "Europe/Berlin"), at("2024-03-30T12:00"), at("2024-03-31T12:00"))
    assert labels(slots) == ["2024-03-31T02:30 Europe/Berlin"]
    assert slots[0].instant == at("2024-03-31T01:00")


def test_a_day_that_a_country_skipped_has_its_digest_at_the_first_moment_after_it():
    slots = due(digest("0 8 * * *", "Pacific/Apia"), at("2011-12-29T00:00"), at("2011-12-31T00:00"))
    assert labels(slots) == [
        "2011-12-29T08:00 Pacific/Apia",
        "2011-12-30T08:00 Pacific/Apia",
        "2011-12-31T08:00 Pacific/Apia",
    ]
    assert slots[1].instant == at("2011-12-30T10:00")


def test_in_the_second_pass_through_an_autumn_hour_no_slot_of_the_first_is_forgotten():
    quarters = digest("*/15 2 * * *", "Europe/Berlin")
    second_pass = at("2024-10-27T01:10")  # 02:10 for the second time
    assert len(due(quarters, at("2024-10-26T12:00"), second_pass)) == 4
    assert upcoming(quarters, second_pass).label == "2024-10-28T02:00 Europe/Berlin"


def test_one_is_monday():
    monday = due(digest("0 9 * * 1", "UTC"), at("2024-09-08T00:00"), at("2024-09-15T00:00"))
    assert labels(monday) == ["2024-09-09T09:00 UTC"]


def test_a_year_of_minutes_is_cut_to_the_newest():
    slots = due(digest("* * * * *", "Europe/Kyiv"), at("2023-09-11T00:00"), at("2024-09-11T00:00"))
    assert len(slots) == MOST_DUE
    assert slots[-1].instant == at("2024-09-11T00:00")


def test_the_slot_before_and_the_slot_after():
    assert upcoming(KYIV, at("2024-09-11T04:00")).label == "2024-09-11T18:00 Europe/Kyiv"
    assert previous(KYIV, at("2024-09-11T15:00")) == at("2024-09-11T04:00")
    assert previous(KYIV, at("2024-09-11T15:01")) == at("2024-09-11T15:00")


def test_a_label_gives_its_instant_back_and_a_request_has_none():
    assert instant("2024-09-11T18:00 Europe/Kyiv") == at("2024-09-11T15:00")
    with pytest.raises(ValueError):
        instant("request 3f2a")


crons = st.builds(
    "{} {} * * {}".format,
    st.sampled_from(["0", "30", "59", "*/20", "15,45"]),
    st.sampled_from(["2", "0", "1-3", "23", "*/6", "*"]),
    st.sampled_from(["*", "MON-FRI", "0"]),
)


def year_of(cron: str, zone: str, begin: datetime, step: timedelta) -> list:
    """Every slot of a year, as a service finds them that looks every now and then."""
    one, found, now = digest(cron, zone), [], begin
    while now < begin + 366 * DAY:
        found += due(one, now, now + step)
        now += step
    return found


@settings(max_examples=15, deadline=None)
@given(crons, st.sampled_from(ZONES), st.sampled_from([2011, 2016, 2024]), st.integers(1, 5))
def test_every_local_time_of_a_year_is_due_once_and_in_order(cron, zone, year, days):
    begin = datetime(year, 1, 1, tzinfo=UTC)
    slots = year_of(cron, zone, begin, days * DAY)
    named = labels(slots)
    assert named == sorted(set(named))
    assert [slot.instant for slot in slots] == sorted(slot.instant for slot in slots)
    assert [slot.instant for slot in slots] == [instant(label) for label in named]
    first, last = (begin + DAY).replace(tzinfo=None), (begin + 365 * DAY).replace(tzinfo=None)
    clock = takewhile(lambda local: local <= last, CronSim(cron, first))  # a wall clock that nobody ever sets
    assert {f"{local:%Y-%m-%dT%H:%M} {zone}" for local in clock} <= set(named)


@pytest.mark.parametrize("zone", ZONES)
def test_730_daily_digests_in_730_days(zone):
    begin = datetime(2023, 6, 1, tzinfo=UTC)
    first = begin.astimezone(ZoneInfo(zone)).date() + DAY
    one = digest("30 2 * * *", zone)
    told, now = set(), begin
    for _ in range(734):
        slots = due(one, now, now + DAY)
        assert not told & set(labels(slots))
        told |= set(labels(slots))
        now += DAY
    assert told >= {f"{first + n * DAY}T02:30 {zone}" for n in range(730)}


@settings(max_examples=60, deadline=None)
@given(crons, st.sampled_from(ZONES), st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1)))
def test_looking_forward_and_looking_back_see_the_same_slots(cron, zone, local):
    one, now = digest(cron, zone), local.replace(tzinfo=UTC)
    after = upcoming(one, now)
    assert after.instant > now
    assert due(one, now, after.instant)[0] == after
    assert previous(one, after.instant) < after.instant
    assert due(one, previous(one, after.instant), after.instant - timedelta(microseconds=1)) == ()
