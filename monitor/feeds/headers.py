"""Headers of a reply that are kept: validators to echo, and how long the server asks us to wait. Pure.

Source: RFC 9110 sections 8.8 (validators) and 10.2.3 (Retry-After).
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_VALIDATOR = 8 * 2**10  # bytes
LEAST_WAIT, MOST_WAIT = timedelta(minutes=1), timedelta(hours=24)
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
    if re.fullmatch(r"-?[0-9]{1,12}(?:\.[0-9]*)?", value):
        wait = timedelta(seconds=min(float(value), MOST_WAIT.total_seconds()))
    else:
        until, sent = _instant(value), _instant(date)
        if until is None or sent is None:
            return None
        wait = until - sent
    return min(max(wait, LEAST_WAIT), MOST_WAIT)


def _instant(date: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(date)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
