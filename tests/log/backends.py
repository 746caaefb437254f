"""Every backend of the log, by name: the one list that the laws, and the processes that are killed, go through."""

from collections.abc import Callable
from pathlib import Path

from monitor.log import Log
from monitor.log.sqlite import SqliteLog

BACKENDS: dict[str, Callable[[Path], Log]] = {  # each opens the log that lives in a folder, for writing
    "sqlite": lambda folder: SqliteLog.open(folder / "log.db"),
}
