"""Headers of a reply that are kept: validators to echo, and what the server says of when to come again. Pure.

Source: RFC 9110 sections 8.8 (validators) and 10.2.3 (Retry-After); RFC 9111 sections 5.1 (Age), 5.2 (Cache-Control).
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_VALIDATOR = 8 * 2**10  # bytes
LEAST_WAIT, MOST_WAIT = timedelta(minutes=1), timedelta(hours=24)
LONGEST_FRESH = timedelta(days=7)
DIRECTIVE = re.compile(r'([^\s,;="]+)(?:\s*=\s*("[^"]*"|[^\s,;"]*))?')  # a lone quote is passed over
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def validator(value: str) -> str:
    """An ETag or Last-Modified as it came, garbage or not, to be echoed byte for byte; empty if it cannot be."""
    try:
        length = len(value.encode())
    except UnicodeEncodeError:  # bytes that are no UTF-8 would not come out again as they went in
        return ""
    return "" if length > LONGEST_VALIDATOR or CONTROL.search(value) else value


def retry_after(value: str, date: str) -> timedelta | None:
    """The wait a server asks for, between a minute and a day; None if it asks for none that can be understood.

    Args:
        value: Retry-After: seconds, or a date.
        date: the same reply's Date, against which a date is read: what their clock and ours disagree in does not count.
    """
    value = value.strip()
    if not value:
        return None
    if re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]*)?", value):
        wait = timedelta(seconds=min(float(value), MOST_WAIT.total_seconds()))
    else:
        until, sent = _instant(value), _instant(date)
        if until is None or sent is None:
            return None
        wait = until - sent
    return min(max(wait, LEAST_WAIT), MOST_WAIT)


def max_age(cache_control: str, age: str) -> timedelta | None:
    """How much longer a reply stays fresh, a week at most; None if the server does not say, or forbids keeping it.

    Args:
        cache_control: all Cache-Control headers, joined by commas; ``s-maxage`` is for shared caches, which we are not.
        age: how many seconds the reply lay in a cache on its way.
    """
    fresh = None
    for name, value in DIRECTIVE.findall(cache_control):
        match name.lower():
            case "no-cache" | "no-store":
                return None
            case "max-age" if fresh is None:
                fresh = _seconds(value.strip('"'))
    if fresh is None:
        return None
    return min(max(timedelta(seconds=fresh - (_seconds(age) or 0)), timedelta(0)), LONGEST_FRESH)


def _seconds(digits: str) -> int | None:
    digits = digits.strip()
    return int(digits[:12]) if digits.isascii() and digits.isdigit() else None


def _instant(date: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(date)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
