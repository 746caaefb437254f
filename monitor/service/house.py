"""What every kind of work shares: the configuration, the log, the views, the rules, the clock."""

import asyncio
import os
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import structlog

from monitor.config import Config
from monitor.errors import StorageError
from monitor.events import Event, Recorded
from monitor.log import Log
from monitor.log.sqlite import SqliteLog
from monitor.model import PollState
from monitor.rules.ruleset import RuleSet
from monitor.service import places
from monitor.views.sqlite import Views

Clock: TypeAlias = Callable[[], datetime]

RECORDERS = 8  # threads that wait for the log at once; it commits what is waiting together

journal = structlog.get_logger()


def clock() -> datetime:
    """Now, in UTC: the one place where time enters."""
    return datetime.now(UTC)


class House:
    """The rooms that are open, and the one way to record."""

    def __init__(
        self, *, path: Path, config: Config, data: Path, log: Log, views: Views, rules: RuleSet | None, clock: Clock
    ) -> None:
        self.path, self.config, self.data = path, config, data
        self.log, self.views, self._rules = log, views, rules
        self.clock = clock
        self.recorded_well = True  # whether what was last to be recorded could be
        self._recorders = ThreadPoolExecutor(RECORDERS, thread_name_prefix="record")

    @property
    def rules(self) -> RuleSet:
        """The rules in force; for who only asks, those on the disk, read when they are asked for."""
        if self._rules is None:
            self._rules = places.read_rules(self.path, self.config)
        return self._rules

    @rules.setter
    def rules(self, rules: RuleSet) -> None:
        self._rules = rules

    async def record(self, events: Sequence[Event], state: PollState | None = None) -> list[Recorded]:
        """Remember events, bring the views up to them, and answer with those that were new.

        ``state`` goes into the poll book afterwards: a crash in between costs one more poll, never an item.

        Raises:
            StorageError: nothing of this was remembered, or the views could not follow; both mend themselves later.
        """
        try:
            new = await asyncio.get_running_loop().run_in_executor(self._recorders, self._record, events, state)
        except StorageError:
            self.recorded_well = False
            raise
        self.recorded_well = True
        return new

    def _record(self, events: Sequence[Event], state: PollState | None) -> list[Recorded]:
        new = self.log.append(events) if events else []
        if events:
            self.views.follow(self.log)
        if state is not None:
            self.views.keep(state)
        return new

    async def pulse(self) -> int:
        """The log's last position, asked in the thread that records: whether the heart beats."""
        head = await asyncio.get_running_loop().run_in_executor(self._recorders, self.log.head)
        return head.position

    def close(self) -> None:
        """Wait for what is being recorded, then close the rooms."""
        self._recorders.shutdown(wait=True)
        self.views.close()
        self.log.close()


def open_house(path: Path, *, write: bool, clock: Clock = clock) -> House:
    """Open the rooms as config.toml says.

    Args:
        path: config.toml.
        write: take the log for writing; without it, the house can be asked but records nothing.

    Raises:
        MonitorError: whatever its reader can mend about the configuration, the rules, the folder or the log.
    """
    checked = places.check(path, examples=False) if write else None
    # Who only asks needs no secret, and most questions need no rule: a mistake there must not shut the log.
    config = checked.config if checked else places.read_config(path, asking=True)
    data = places.data_folder(path, config)
    if write:
        _make(data)
    log = SqliteLog.open(data / "log.db", write=write)
    try:
        views = _views(data / "views.db", log, write=write)
    except BaseException:
        log.close()
        raise
    rules = checked.rules if checked else None
    return House(path=path, config=config, data=data, log=log, views=views, rules=rules, clock=clock)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        hint = "choose another folder in config.toml, [service] data, or make this one yours"
        raise StorageError(f"the data folder cannot be made: {wrong.strerror}", where=str(folder), hint=hint) from None
    if not os.access(folder, os.W_OK | os.X_OK) or not stat.S_ISDIR(folder.stat().st_mode):
        hint = f"who may write it: ls -ld {folder}"
        raise StorageError("the data folder cannot be written", where=str(folder), hint=hint)


def _views(path: Path, log: Log, *, write: bool) -> Views:
    """The views, brought up to the log; one who only reads takes them as they are if nobody has brought them up."""
    views = Views(path, write=write)
    if write:
        behind = log.head().position - views.checkpoint()
        if behind:
            journal.info("bringing the views up to the log", events=behind)
        views.follow(log)
    return views
