"""What a document says of its own pace: how often it changes, and when it asks not to be asked. Pure.

Only what stands before the first item and behind the last is looked at. A value that makes no sense is as good as none.

Source: RSS 2.0 (ttl, skipHours, skipDays); RSS 1.0's syndication module (updatePeriod, updateFrequency).
"""

import re
from datetime import timedelta
from typing import NamedTuple

from monitor.feeds.prefilter import ITEM_END, ITEM_START

ZONE = 64 * 2**10  # bytes before the first item, and as many behind the last, that are looked at
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=7)
PERIODS = {
    b"hourly": timedelta(hours=1),
    b"daily": timedelta(days=1),
    b"weekly": timedelta(days=7),
    b"monthly": timedelta(days=30),
    b"yearly": timedelta(days=365),
}
DAYS = (b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday")


class Manner(NamedTuple):
    """How a feed wishes to be asked; hours are those of GMT, day 0 is Monday."""

    pace: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


def read(body: bytes) -> Manner:
    """The manner of a document in UTF-8; whoever asks for silence at all hours, or on all days, asks for none."""
    first = ITEM_START.search(body)
    head = body[: first.start() if first else len(body)][:ZONE]
    tail = body[max(first.start(), len(body) - ZONE) :] if first else b""
    ends = list(ITEM_END.finditer(tail))
    said = head + (tail[ends[-1].end() :] if ends else b"")
    hours = {int(hour) % 24 for hour in _within(b"skipHours", b"hour", said) if hour.isdigit() and int(hour) <= 24}
    days = {DAYS.index(day) for day in _within(b"skipDays", b"day", said) if day in DAYS}
    return Manner(
        pace=_pace(said),
        skip_hours=tuple(sorted(hours)) if len(hours) < 24 else (),
        skip_days=tuple(sorted(days)) if len(days) < 7 else (),
    )


def _pace(said: bytes) -> timedelta | None:
    """The time to live in minutes; else a period and how often in it, once a day where one is missing."""
    minutes = _text(b"ttl", said)
    if minutes.isdigit() and 0 < int(minutes) < 10**8:
        return _clamped(timedelta(minutes=int(minutes)))
    name, often = _text(b"updatePeriod", said), _text(b"updateFrequency", said)
    times = int(often) if often.isdigit() else 1
    if (not name and not often.isdigit()) or times == 0 or (name and name not in PERIODS):
        return None
    return _clamped(PERIODS.get(name, PERIODS[b"daily"]) / times)


def _clamped(pace: timedelta) -> timedelta:
    return min(max(pace, SHORTEST), LONGEST)


def _within(around: bytes, name: bytes, said: bytes) -> list[bytes]:
    """The texts of the elements ``name`` within the first element ``around``."""
    start = re.search(rb"<%s\s*>" % around, said, re.IGNORECASE)
    end = re.compile(rb"</%s\s*>" % around, re.IGNORECASE).search(said, start.end()) if start else None
    return _texts(name, said[start.end() : end.start()]) if start and end else []


def _text(name: bytes, said: bytes) -> bytes:
    return next(iter(_texts(name, said)), b"")


def _texts(name: bytes, said: bytes) -> list[bytes]:
    found = re.findall(
        rb"<(?:\w{1,20}:)?%s\s*>\s*(?:<!\[CDATA\[\s*)?(\w{1,9})\s*(?:\]\]>\s*)?</" % name, said, re.IGNORECASE
    )
    return [value.lower() for value in found]
