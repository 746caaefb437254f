"""Dates: what is certain is read, what is partial or absurd is none."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.dates import read_date

NOON = datetime(2024, 9, 11, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1990, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-11T12:00:00Z",
        "2024-09-11t14:00:00.123456+02:00",
        "2024-09-11 12:00",
        "20240911T12:00:00Z",
        "2024-09-11T07:00-0500",
        "2024/9/11 12:00:00",
        "Wed, 11 Sep 2024 12:00:00 GMT",
        "wed, 11 september 2024 12:00:00 +0000",
        "11 Sep 24 12:00 UT",
        "11-Sep-2024 12:00:00 +00:00",
        "Wednesday, 11 Sep 2024 08:00:00 EDT",
        "Wed, 11 Sep 2024 14:00:00 CEST",
        "Wed, 11 Sep 2024 15:00:00 +0300 (MSK)",
        "Wed, 11 Sep 2024 13:00:00 GMT+1",
        "September 11, 2024 12:00 pm",
        "Wed Sep 11 12:00:00 2024",
        "Wed Sep 11 08:00:00 EDT 2024",
        "Среда, 11 Sep 2024 12:00:00 +0000",
        "Qua, 11 Set 2024 09:00:00 -0300",
        "Ср, 11 сентября 2024 12:00:00 GMT",
        "11 вересня 2024, 12:00",
        "środa, 11 wrz 2024 14:00:00 +0200",
        "11.09.2024 12:00:00",
        "11.9.2024, 12:00",
        "Wed, １１ Sep 2024 12:00:00 GMT",  # B16
        "  Wed, 11  Sep 2024\n12:00:00 GMT ",
    ],
)
def test_one_instant_in_many_forms(text):
    reading = read_date(text)
    assert reading.instant.replace(microsecond=0) == NOON
    assert reading.unknown_zone == ""


@pytest.mark.parametrize(
    ("text", "year"),
    [("Mon, 02 Jan 95 10:00:00 GMT", 1995), ("2126-01-01T00:00:00Z", 2126), ("2024-09-11", 2024)],  # B11, B09
)
def test_odd_years_that_can_be_meant(text, year):
    assert read_date(text).instant.year == year


@pytest.mark.parametrize(
    "text",
    [
        *("05", "--11", "---02", "2024", "2024-09", "-95", "12:00", "", "yesterday"),  # B12
        *("0401-01-01T00:00:00Z", "-0001-01-01", "10000-01-01", "Mon, 01 Jan 0001 00:00:00 +0000"),  # B10
        *("1969-12-31T00:00:00Z", "2200-01-01T00:00:00Z"),
        *("Wed, 11 Sep 2024 12:00:00 +9999", "2024-09-11T12:00:00+25:00", "2024-09-11T12:00:00+01:75"),  # B14
        *("Sat, 31 Feb 2024 12:00:00 GMT", "2024-09-11T24:00:00Z", "2024-09-11T12:00:60Z"),  # B15
        *(
            "2024-13-01",
            "Wed, 11 Foo 2024 12:00:00 GMT",
            "11 Sep 2024 13:00 pm",
            "11/09/2024 12:00",
            "31.02.2024",
            "2024-09-11 12:00 x" + "y" * 99,
        ),
    ],
)
def test_what_is_partial_or_absurd_is_no_date(text):
    assert read_date(text) is None


def test_an_unknown_zone_is_read_as_utc_and_named():  # B13
    assert read_date("Wed, 11 Sep 2024 12:00:00 IST") == (NOON, "IST")
    assert read_date("2024-09-11 12:00 America/New_York") == (NOON, "AMERICA")


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_every_instant_that_is_written_by_the_book_is_read_back(instant, minutes):
    offset = timedelta(minutes=minutes)
    instant = instant.replace(microsecond=0)
    local = (instant + offset).isoformat()[:19]
    sign, rest = "-" if minutes < 0 else "+", f"{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    assert read_date(f"{local}{sign}{rest}").instant == instant
    assert read_date(format_datetime(instant)).instant == instant


@given(st.text(max_size=40) | st.from_regex(r"[0-9A-Za-z:+ ,./-]{0,30}"))
def test_no_text_makes_reading_fail(text):
    reading = read_date(text)
    assert reading is None or (reading.instant.tzinfo is UTC and 1989 <= reading.instant.year <= 2200)
