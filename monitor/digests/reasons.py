"""Why an edition comes when it does, in a few words: for its reader, the log and ``digest list``. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.digests.alerts import Alert
from monitor.digests.quiet import release
from monitor.digests.slots import Slot
from monitor.model import Digest

LATE = timedelta(minutes=5)  # behind its time; before that, nobody wonders
SHORTEST = timedelta(minutes=1)  # of a pause that is told of; a restart is none
MOST = 3  # pauses that are told of

Pause = tuple[datetime, datetime]


def of_slots(digest: Digest, due: Sequence[Slot], pauses: Sequence[Pause]) -> tuple[str, ...]:
    """What is worth a word of an edition that tells for these slots: how many, and what held it up."""
    covers = [f"covers {len(due)} slots"] if len(due) > 1 else []
    return (*covers, *_held(digest, due[-1].instant), *_down(digest, pauses))


def of_alert(digest: Digest, alert: Alert, pauses: Sequence[Pause], now: datetime) -> tuple[str, ...]:
    """What is worth a word of an alert that goes out at ``now``."""
    held = _held(digest, alert.due) if release(alert.due, digest.quiet, digest.zone) <= now else ()
    free = release(alert.due, digest.quiet, digest.zone) if held else alert.due
    late = [f"late: it was due {clock(digest, free, now)}"] if now - free > LATE else []
    return (*held, *late, *(_down(digest, pauses) if late else ()))


def clock(digest: Digest, at: datetime, now: datetime) -> str:
    """The digest's wall clock at an instant; with its date where that is not within a day of ``now``."""
    local = at.astimezone(ZoneInfo(digest.zone))
    return f"{local:%H:%M}" if abs(at - now) < timedelta(days=1) else f"{local:%Y-%m-%d %H:%M}"


def _held(digest: Digest, at: datetime) -> tuple[str, ...]:
    free = release(at, digest.quiet, digest.zone)
    return (f"held by quiet hours until {clock(digest, free, at)}",) if free > at else ()


def _down(digest: Digest, pauses: Sequence[Pause]) -> tuple[str, ...]:
    long = [(begin, end) for begin, end in pauses if end - begin >= SHORTEST]
    said = [f"{clock(digest, begin, end)}-{clock(digest, end, begin)}" for begin, end in long[-MOST:]]
    more = f" and {len(long) - MOST} times before" if len(long) > MOST else ""
    return (f"the service was down {', '.join(said)}{more}",) if said else ()
