"""Door: the read models in views.db, folded from the log and nothing else; delete the file and it comes back.

Only the poll book beside them is not in the log: validators and due times, which may be lost at the price of one full
fetch. One connection writes, under a lock; another reads, so that no reader sees half of a fold.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import sqlite_utils

from monitor.errors import StorageError, ViewsMissing
from monitor.events import Head, Recorded
from monitor.model import PollState
from monitor.views.project import Row, iso, packed, project
from monitor.views.shape import INDEXES, TABLES, VERSION
from monitor.views.sqlite_outbox import OutboxQuestions
from monitor.views.sqlite_read import Questions

BATCH = 2_000  # events folded in one transaction

POLL_BOOK: dict[str, type] = {
    "feed": str,
    "etag": str,
    "last_modified": str,
    "body_hash": str,
    "entries": bytes,
    "newest": str,
    "next_due": str,
    "last_good": str,
    "arrivals": float,
    "watched": float,
    "wish": float,
    "skip": int,
    "moving_to": str,
    "moving_since": str,
    "moving_polls": int,
    "gone_since": str,
    "source": str,
    "interval": float,
    "longest": float,
}


class Told(Protocol):
    """What the views ask of a log."""

    def read(self, after: int = 0) -> Iterator[Recorded]:
        """The events behind a position, in order."""
        ...

    def head(self) -> Head:
        """The last position."""
        ...


class Views(OutboxQuestions, Questions):
    """The read models: ``follow`` brings them up to the log, the methods of ``Questions`` ask them."""

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._db: sqlite_utils.Database | None = None
        if write:
            self._db = self._open()
        elif not path.exists():
            raise ViewsMissing(f"there are no views at {path}", hint="monitor views rebuild")
        super().__init__(self._read_only())
        self._file = path.stat().st_ino

    def _read_only(self) -> sqlite3.Connection:
        reader = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=30
        )
        try:
            found = reader.execute("pragma user_version").fetchone()[0]
        except sqlite3.DatabaseError as wrong:
            reader.close()
            raise ViewsMissing(f"{self._path.name} cannot be read: {wrong}", hint="monitor views rebuild") from None
        if found != VERSION:
            reader.close()
            raise ViewsMissing(f"{self._path.name} is of another version", hint="monitor views rebuild")
        return reader

    def is_there(self) -> bool:
        """Whether the file is still the one that was opened; someone may have taken it away."""
        try:
            return self._path.stat().st_ino == self._file
        except FileNotFoundError:
            return False

    def follow(self, log: Told) -> int:
        """Fold what the log holds behind the checkpoint; answers with the checkpoint it came to.

        Raises:
            StorageError: views.db cannot be written; the log is untouched and the fold goes on from here later.
            ViewsMissing: views.db is damaged; ``rebuild`` makes it anew.
        """
        with self._lock, self._writing() as db:
            at = self._checkpoint(db)
            if at > log.head().position:  # another log than the one these were folded from
                self._clear(db)
                at = 0
            unread = log.read(after=at)
            while batch := list(islice(unread, BATCH)):
                at = self._fold(db, batch)
            return at

    def rebuild(self, log: Told) -> int:
        """Throw the file away and fold the whole log into a new one; the poll book is carried over if it can be."""
        if self._db is None:
            raise StorageError("the views are open for reading only")
        with self._lock:
            try:
                book = [dict(row) for row in self._rows("select * from poll_book")]
            except (ViewsMissing, sqlite3.Error):
                book = []  # every feed is fetched in full once
            self._reader.close()
            self._db.close()
            self._remove()
            self._db = self._open()
            with self._db.atomic():
                self._db.table("poll_book").insert_all(book)
            self._use(self._read_only())
            self._file = self._path.stat().st_ino
        return self.follow(log)

    def keep(self, state: PollState) -> None:
        """Write a feed's line in the poll book."""
        values = {name: _stored(getattr(state, name)) for name in POLL_BOOK}
        with self._lock, self._writing() as db, db.atomic():
            db.table("poll_book").upsert(values, pk="feed")

    def close(self) -> None:
        """Let go of the file; a second close is nothing."""
        self._reader.close()
        if self._db is not None:
            self._db.close()
            self._db = None

    # -- the file ----------------------------------------------------------------------------------------------------

    def _open(self) -> sqlite_utils.Database:
        """Open or make the file; one of another shape or a damaged one is thrown away, for the log has it all."""
        try:
            return self._prepared()
        except (OSError, sqlite3.OperationalError) as wrong:
            raise StorageError(f"{self._path} cannot be written: {wrong}", hint="is the folder yours?") from None
        except sqlite3.DatabaseError:  # not a database, or a damaged one
            self._remove()
            return self._prepared()

    def _prepared(self) -> sqlite_utils.Database:
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(self._path, check_same_thread=False, timeout=30)
        db = sqlite_utils.Database(connection, execute_plugins=False)
        try:
            db.enable_wal()
            connection.execute("pragma synchronous=normal")
            found = connection.execute("pragma user_version").fetchone()[0]
            if found not in (0, VERSION):
                connection.close()
                self._remove()
                return self._prepared()
            self._create(db)
        except sqlite3.Error:
            connection.close()
            raise
        return db

    def _remove(self) -> None:
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)

    def _create(self, db: sqlite_utils.Database) -> None:
        with db.atomic():
            for name, (columns, key) in TABLES.items():
                db.table(name).create(columns, pk=key if len(key) > 1 else key[0], if_not_exists=True)
            for name, indexes in INDEXES.items():
                for index in indexes:
                    db.table(name).create_index(index, if_not_exists=True)
            if "items_fts" not in db.table_names():
                # The search box. Its triggers follow every fold; accents are passed over, as the rules do.
                db.table("items").enable_fts(
                    ["title", "summary"], create_triggers=True, tokenize="unicode61 remove_diacritics 2"
                )
            db.table("poll_book").create(POLL_BOOK, pk="feed", if_not_exists=True)
            db.table("checkpoint").create({"name": str, "position": int}, pk="name", if_not_exists=True)
            db.execute(f"pragma user_version={VERSION}")

    @contextmanager
    def _writing(self) -> Iterator[sqlite_utils.Database]:
        if self._db is None:
            raise StorageError("the views are open for reading only")
        try:
            yield self._db
        except sqlite3.OperationalError as wrong:
            raise StorageError(
                f"{self._path.name} cannot be written: {wrong}", hint="make room on the disk; nothing is lost"
            ) from wrong
        except sqlite3.DatabaseError as wrong:
            raise ViewsMissing(f"{self._path.name} is damaged: {wrong}", hint="monitor views rebuild") from wrong

    # -- the fold ----------------------------------------------------------------------------------------------------

    def _checkpoint(self, db: sqlite_utils.Database) -> int:
        row = db.execute("select position from checkpoint where name = 'log'").fetchone()
        return int(row[0]) if row else 0

    def _fold(self, db: sqlite_utils.Database, batch: list[Recorded]) -> int:
        with db.atomic():
            # Read inside the transaction that moves it, or two folds would both believe they are first.
            at = self._checkpoint(db)
            fresh = [recorded for recorded in batch if recorded.position > at]
            for table, rows in _runs(row for recorded in fresh for row in project(recorded)):
                key = TABLES[table][1]
                db.table(table).upsert_all(rows, pk=key if len(key) > 1 else key[0])
            at = batch[-1].position
            db.table("checkpoint").upsert({"name": "log", "position": at}, pk="name")
        return at

    def _clear(self, db: sqlite_utils.Database) -> None:
        with db.atomic():
            for name in (*TABLES, "checkpoint", "poll_book"):
                db.execute(f"delete from [{name}]")  # noqa: S608 - the names are our own


def _stored(value: Any) -> Any:
    """A field of a poll state as its column holds it."""
    match value:
        case datetime():
            return iso(value)
        case tuple():
            return packed(value)
    return value


def _runs(rows: Iterable[Row]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows gathered by table, in runs that set the same columns: tables do not read each other, so only the order
    within a table counts."""
    tables: dict[str, list[list[dict[str, Any]]]] = {}
    for table, values in rows:
        runs = tables.setdefault(table, [])
        if not runs or runs[-1][0].keys() != values.keys():
            runs.append([])
        runs[-1].append(values)
    for table, runs in tables.items():
        for run in runs:
            yield table, run
