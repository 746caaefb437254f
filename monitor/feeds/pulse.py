"""Whether the service still hears: what it takes to tell a watcher that all is well. Pure."""

from datetime import datetime, timedelta

STUCK = timedelta(hours=1)  # without one good answer, though feeds wait to be asked or do not answer


def stuck(heard: datetime | None, began: datetime, now: datetime, *, some_wait: bool) -> bool:
    """Whether polls go nowhere: no feed was heard well for an hour, and it is not that none had to be asked.

    Args:
        heard: when any feed was last heard well.
        began: when the service began; what it slept through is nobody's fault.
        now: the instant of judging.
        some_wait: a feed was not asked in its turn, or was asked and is in trouble.
    """
    return some_wait and now - max(heard or began, began) >= STUCK
