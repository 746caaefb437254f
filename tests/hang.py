"""A guard against hanging: no measurement, for machines differ; only a bound that a linear step never comes near."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def no_hang(seconds: int = 30) -> Iterator[None]:
    """Fail what uses more than so many seconds of this process's CPU."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"not done after {seconds} s of CPU")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
