"""The past: the house as it stood at an instant, made anew of what the log held by then."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.log.sqlite import SqliteLog
from monitor.service.house import House
from monitor.views.sqlite import Views

BATCH = 10_000  # events copied at once


@contextmanager
def house_at(house: House, instant: datetime) -> Iterator[House]:
    """A house in which it is that instant; nothing done in it is remembered.

    Log and views are written anew in a folder that goes with it, so every question has the answer that it had then, up
    to the head hash. Configuration and rules are today's, and of feeds only what the log tells is known.
    """
    with TemporaryDirectory(prefix="monitor-past-") as folder:
        log = SqliteLog.open(Path(folder) / "log.db", write=True)
        with closing(log):
            then = (recorded.event for recorded in house.log.read() if recorded.event.at <= instant)
            while batch := list(islice(then, BATCH)):
                log.append(batch)
            with closing(Views(Path(folder) / "views.db")) as views:
                views.follow(log)
                yield House(
                    path=house.path,
                    config=house.config,
                    data=Path(folder),
                    log=log,
                    views=views,
                    rules=None,
                    clock=lambda: instant,
                )
