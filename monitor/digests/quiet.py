"""Quiet hours: when nothing is sent, and when what was held is let go. Pure.

They are read on the wall clock of the digest's zone, whose hours come twice or never as those of slots do: of two
times of one name the first counts, and one that is left out counts as what follows it. Three laws
(tests/digests/test_quiet.py):

1. What is let go is never early: ``release(at) >= at``.
2. It is let go outside the quiet hours: ``release(release(at)) == release(at)``.
3. Nothing overtakes: what was held first is let go first, or together with what came later.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.digests import slots
from monitor.model import Quiet

DAY = timedelta(days=1)


def release(at: datetime, quiet: Quiet | None, zone: str) -> datetime:
    """When what is ready at ``at`` may go: then, or at the end of the quiet hours that it falls into."""
    if quiet is None:
        return at
    here = ZoneInfo(zone)
    today = at.astimezone(here).date()
    # Where a country leaves a day out, the hours of several days touch each other: go on while another begins.
    for n in range(-2, 4):
        begin, end = _hours(today + n * DAY, quiet, here)
        if begin <= at < end:
            at = end
    return at


def is_quiet(at: datetime, quiet: Quiet | None, zone: str) -> bool:
    """Whether nothing is sent at that instant."""
    return release(at, quiet, zone) > at


def _hours(day: date, quiet: Quiet, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The quiet hours that begin on that day."""
    end = day if quiet.start < quiet.end else day + DAY
    return slots.first(_clock(day, quiet.start), zone), slots.first(_clock(end, quiet.end), zone)


def _clock(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(minutes // 60, minutes % 60))
