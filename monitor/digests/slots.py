"""When a digest is due: cron read on the wall clock of its zone, each local time once, whatever the clocks do. Pure.

A slot is a local time, and its label (``2024-09-11T18:00 Europe/Kyiv``) is what the log keeps it by. Three laws
(tests/digests/test_slots.py):

1. A local time that comes twice (autumn) is due the first time only.
2. A local time that never comes (spring) is due at the first instant after the gap, under its own label.
3. So the slots of a zone, in the order of their labels, are due in that order.

A digest without cron is an alert and has no slots: alerts.py. CronSim is only ever asked about naive times: given a
zone it would apply rules of its own.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim
from msgspec import Struct

from monitor.model import Digest, Utc

MOST_DUE = 366  # slots; a year of daily digests, and no more of a minutely one
SECOND = timedelta(seconds=1)


class Slot(Struct, frozen=True, kw_only=True):
    """One time at which a digest is due."""

    instant: Utc
    label: str  # the local time and its zone: 2024-09-11T18:00 Europe/Kyiv


def due(digest: Digest, after: datetime, now: datetime) -> tuple[Slot, ...]:
    """The slots with ``after < slot.instant <= now``, oldest first; of very many only the newest ``MOST_DUE``."""
    missed = takewhile(lambda slot: slot.instant > after, _backwards(digest, now))
    return tuple(islice(missed, MOST_DUE))[::-1]


def upcoming(digest: Digest, now: datetime) -> Slot:
    """The first slot after ``now``."""
    zone = ZoneInfo(digest.zone)
    times = CronSim(digest.cron, now.astimezone(zone).replace(tzinfo=None))
    return next(slot for slot in (_slot(local, zone) for local in times) if slot.instant > now)


def previous(digest: Digest, slot_instant: datetime) -> datetime:
    """The instant of the last slot before ``slot_instant``."""
    return next(slot.instant for slot in _backwards(digest, slot_instant) if slot.instant < slot_instant)


def instant(label: str) -> datetime:
    """When the slot of that label is due.

    Raises:
        ValueError: the label is not one of a slot (a person's ``request ID`` is none).
    """
    local, _, zone = label.partition(" ")
    return first(datetime.fromisoformat(local), ZoneInfo(zone))


def first(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant (UTC) of a naive local time: the first of two, and of one that is left out what follows it."""
    aware = local.replace(tzinfo=zone, fold=0)
    found = aware.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local:
        return found
    # The clocks jumped over this time, somewhere between what the two readings of it would be: halve to the second.
    before, behind = aware.replace(fold=1).astimezone(UTC), found
    old = _offset(before.astimezone(zone))
    while behind - before > SECOND:
        middle = before + (behind - before) // (2 * SECOND) * SECOND
        before, behind = (middle, behind) if _offset(middle.astimezone(zone)) == old else (before, middle)
    return behind


def _backwards(digest: Digest, now: datetime) -> Iterator[Slot]:
    """The slots up to ``now``, newest first."""
    zone = ZoneInfo(digest.zone)
    local = now.astimezone(zone)
    # In the second pass through an autumn hour, the wall clock already was at times that it shows again later.
    lead = _offset(local.replace(fold=0)) - _offset(local) if local.fold else timedelta()
    start = local.replace(tzinfo=None, fold=0, microsecond=0) + lead + SECOND
    slots = (_slot(time, zone) for time in CronSim(digest.cron, start, reverse=True))
    return (slot for slot in slots if slot.instant <= now)


def _slot(local: datetime, zone: ZoneInfo) -> Slot:
    written = local.isoformat(timespec="seconds" if local.second else "minutes")
    return Slot(instant=first(local, zone), label=f"{written} {zone.key}")


def _offset(aware: datetime) -> timedelta:
    return aware.utcoffset() or timedelta()
