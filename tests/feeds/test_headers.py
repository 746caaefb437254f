"""Validators and the wish to wait."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.headers import retry_after, validator

DATE = "Wed, 11 Sep 2024 10:00:00 GMT"


@pytest.mark.parametrize("value", ['"a"', 'W/"é"', "", "x\ty", "Thu, 99 Foo", "x" * 8192])
def test_validators_are_kept_as_they_came(value):
    assert validator(value) == value


@pytest.mark.parametrize("value", ["x" * 8193, "é" * 4097, "a\r\nb", "a\nb", "\0", "\x7f", "\udce9"])
def test_validators_that_could_do_harm_are_dropped(value):
    assert validator(value) == ""


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("300", "", 300),
        (" 90.5 ", "", 90.5),
        ("1", "", 60),
        ("-1", "", 60),
        ("31536000", "", 86400),
        ("Wed, 11 Sep 2024 10:30:00 GMT", DATE, 1800),
        ("Wed, 11 Sep 2024 12:30:00 +0200", DATE, 1800),
        ("Wed, 11 Sep 2019 10:30:00 GMT", DATE, 60),
        ("Wed, 11 Sep 9999 10:30:00 GMT", DATE, 86400),
    ],
)
def test_the_wish_is_between_a_minute_and_a_day(value, date, seconds):  # C43
    assert retry_after(value, date) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "date"),
    [("", DATE), ("soon", DATE), ("Wed, 11 Sep 2024 10:30:00 GMT", ""), ("1e9", ""), ("nan", ""), ("9" * 99, "")],
)
def test_what_cannot_be_understood_is_no_wish(value, date):
    assert retry_after(value, date) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_it_fail(value, date):
    wish = retry_after(value, date)
    assert wish is None or timedelta(minutes=1) <= wish <= timedelta(hours=24)
