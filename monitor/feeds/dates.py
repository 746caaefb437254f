"""Instants out of the dates that feeds write; what is partial or absurd is no date. Pure.

feedparser's own reading is not used: it completes ``--11`` or ``05`` from today, takes unknown zones for UTC in
silence, and wraps an offset of 99 hours around.

Source: RFC 822 and 5322 section 3.3 (RSS), RFC 3339 and ISO 8601 (Atom, JSON Feed), and what is found in the wild.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EARLIEST, LATEST = 1990, 2199  # years; before feeds, and beyond any clock that is merely wrong
LONGEST = 64  # characters
MOST_OFFSET = timedelta(hours=14)

CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?\s*(?P<half>[ap]m\b)?"
ZONE = r"(?P<zone>[a-z]{1,5}(?:[+-]\d{1,2}(?::?\d\d)?)?|[a-z]+/[a-z_]+|[+-]\d{3,4}|[+-]\d\d(?::\d\d)?)"
WEEKDAY = r"(?:[^\W\d]+\.?,?\s*)?"
DAYTIME = rf"(?:\s*(?:t|\s)\s*{CLOCK}\s*{ZONE}?)?"
ISO = re.compile(rf"(?P<year>\d{{4}})-?(?P<month>\d\d)-?(?P<day>\d\d){DAYTIME}")
YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){DAYTIME}")
DAY_FIRST = re.compile(
    rf"{WEEKDAY}(?P<day>\d{{1,2}})(?:\s+|-)(?P<name>[^\W\d_]{{3,12}})\.?,?(?:\s+|-)(?P<year>\d{{4}}|\d\d),?"
    rf"(?:\s+(?:at\s+)?{CLOCK}(?:\s*{ZONE})?(?:\s*\([a-z ]+\))?)?"
)
MONTH_FIRST = re.compile(
    rf"{WEEKDAY}\b(?P<name>[a-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}),?"
    rf"(?:\s+(?:at\s+)?{CLOCK}(?:\s*{ZONE})?)?"
)
DOTTED = re.compile(  # with dots the day is first everywhere; with slashes nobody knows
    rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}})(?:,?\s+{CLOCK}(?:\s*{ZONE})?)?"
)
ASCTIME = re.compile(rf"[a-z]{{3}}\s+(?P<name>[a-z]{{3}})\s+(?P<day>\d{{1,2}})\s+{CLOCK}\s+{ZONE}?\s*(?P<year>\d{{4}})")

MONTHS = {  # by their first letters, also in the tongues that some feeds put into a date that should be English
    name: number
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan fev mar abr mai jun jul ago set out nov dez",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "gen feb mar apr mag giu lug ago set ott nov dic",
        "jän feb mär apr mai jun jul aug sep okt nov dez",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
        "ian feb mar apr mai iun iul aug sep oct noi dec",
        "янв фев мар апр мая июн июл авг сен окт ноя дек",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "січ лют бер кві тра чер лип сер вер жов лис гру",
    )
    for number, name in enumerate(names.split(), 1)
}
HOURS = {  # zones by name, in hours east of Greenwich; IST, for one, is left out: it stands for three
    **{"z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2},
    **{"eet": 2, "eest": 3, "msk": 3, "trt": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
    **{"ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7},
    **{"et": -5, "ct": -6, "mt": -7, "pt": -8},
}


class Reading(NamedTuple):
    """An instant (aware UTC) and the zone that had to be taken for UTC, if one had."""

    instant: datetime
    unknown_zone: str = ""


def read_date(text: str) -> Reading | None:
    """The instant a feed's date stands for; None if it is partial, impossible or outside 1990 to 2199.

    A whole day without a time is its midnight; a time without a zone is UTC.
    """
    text = " ".join(text.lower().split())
    if len(text) > LONGEST:
        return None
    for form in (ISO, DAY_FIRST, YEAR_FIRST, MONTH_FIRST, DOTTED, ASCTIME):
        if found := form.fullmatch(text):
            return _instant(found.groupdict())
    return None


def _instant(part: dict[str, str | None]) -> Reading | None:
    name = (part.get("name") or "")[:3]
    month = MONTHS.get(name) or int(part.get("month") or 0)
    year, hour = int(part["year"] or 0), int(part["hour"] or 0)
    if len(part["year"] or "") == 2:
        year += 1900 if year >= 90 else 2000
    if part["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["half"] == "pm" else 0)
    offset, unknown = _offset(part["zone"] or "z")
    if offset is None or not EARLIEST <= year <= LATEST:
        return None
    try:
        day, minute, second = int(part["day"] or 0), int(part["minute"] or 0), int(part["second"] or 0)
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # 31 February, 24:00, a leap second
        return None
    return Reading(local - offset, unknown)


def _offset(zone: str) -> tuple[timedelta | None, str]:
    """How far east of Greenwich; None if nowhere on earth. The second is the zone's name if nobody knows it."""
    name, sign, digits = re.fullmatch(r"([a-z]*)([+-]?)(.*)", zone, re.DOTALL).groups()  # type: ignore[union-attr] # matches anything
    if not sign:
        return timedelta(hours=HOURS.get(name, 0)), "" if name in HOURS else name.upper()
    digits = digits.replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > MOST_OFFSET or int(minutes) > 59:
        return None, ""
    return (offset if sign == "+" else -offset), ""
