"""Door: the event log in an SQLite file.

One process writes, held to it by ``<log>.lock``; any number read, this one and others, while it writes. What concurrent
callers append is committed together: each puts its batch among those that wait and takes its turn; who finds its batch
undone at its turn commits everything that waits, in one transaction with one sync, and the others find theirs done.

Reading goes by a connection of its own, a chunk at a time, so that a slow reader neither sees half a transaction nor
holds one open (which would let the write-ahead file grow without bound).

Every row that is read is checked against its own seal; ``verify`` also checks that rows follow one another. See
monitor/log/chain.py for what a chain cannot show.
"""

import sqlite3
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import starmap
from pathlib import Path
from threading import Lock
from types import TracebackType

from monitor.errors import LogDamaged, LogRefused
from monitor.events import Event, Head, Recorded
from monitor.log import chain, codec
from monitor.log import sqlite_guard as guard
from monitor.log.chain import START, Link, Row
from monitor.log.lock import WriterLock

CHUNK_ROWS = 1_000
CHUNK_BYTES = 2**20  # of bodies, and the one that passes it; letters and rule sets are large

LAST = "select * from events order by position desc limit 1"
KNOWN = "select 1 from events where id = ?"
INSERT = "insert into events values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
BEHIND = "select * from events where position > ?1 order by position limit ?2"
BEHIND_IN_STREAM = "select * from events where position > ?1 and stream = ?3 order by position limit ?2"


class _Batch:
    """One caller's events, and what became of them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.drafts = [chain.draft(event) for event in events]
        self.new: list[Recorded] = []
        self.settled = False


class SqliteLog:
    """A ``monitor.log.Log`` in a file; also a context manager that closes it."""

    def __init__(
        self, path: Path, reader: sqlite3.Connection, writer: sqlite3.Connection | None, lock: WriterLock | None
    ) -> None:
        self._path, self._reader, self._writer, self._lock = path, reader, writer, lock
        self._turn = Lock()  # guards the writer and what waits
        self._reading = Lock()  # guards the reader
        self._arriving: deque[_Batch] = deque()  # anyone adds; only who has the turn takes
        self._waiting: list[_Batch] = []

    @classmethod
    def open(cls, path: Path, *, write: bool = True) -> "SqliteLog":
        """Open the log at ``path``, for writing made if there is none; without ``write`` nothing is made or locked.

        Raises:
            NotFound: there is no log, and it was only to be read.
            LogBusy: another process writes it.
            LogRefused: it is no log of ours, or from a later version; it was left untouched.
            LogDamaged: it cannot be read; it was left untouched.
            StorageError: the disk or the folder does not let us.
        """
        path = path.absolute()
        guard.check_library()
        with guard.complaining(path), ExitStack() as undo:
            if write:
                guard.make_folder(path.parent)
            if path.exists() or not write:
                guard.inspect(path)  # before anything is put beside it
            lock = writer = None
            if write:
                lock = WriterLock.take(path.with_name(f"{path.name}.lock"))
                undo.callback(lock.release)
                if not path.exists():
                    guard.make(path)
            reader = undo.enter_context(closing(guard.reader(path)))
            if write:
                writer = undo.enter_context(closing(guard.writer(path)))
            undo.pop_all()
            return cls(path, reader, writer, lock)

    def append(self, events: Sequence[Event]) -> list[Recorded]:
        """See ``monitor.log.Log.append``. Of an event that is there twice, or in two callers' batches, one is new."""
        if self._writer is None:
            raise ValueError("this log was opened for reading")
        if not events:
            return []
        batch = _Batch(events)
        self._arriving.append(batch)
        with self._turn:
            if not batch.settled:
                try:
                    with guard.complaining(self._path):
                        self._lead(self._writer, batch)
                finally:
                    if not batch.settled:
                        self._gather()
                        self._waiting.remove(batch)
        return batch.new

    def read(self, after: int = 0, stream: str = "") -> Iterator[Recorded]:
        """See ``monitor.log.Log.read``. Lazy; it ends at what is the log's end when it gets there.

        Raises:
            LogDamaged: an event was changed, cannot be read, or (without ``stream``) is missing.
            LogRefused: an event is from a later version of monitor.
        """
        for row in self._rows(after, stream):
            if row.position != after + 1 and (not stream or row.position <= after):
                raise self._damaged(f"event {after + 1} is missing")
            if not chain.is_whole(row):
                raise self._damaged(f"event {row.position} was changed")
            try:
                event = codec.decode(row.kind, row.version, row.body)
            except (LogDamaged, LogRefused) as wrong:
                wrong.where = f"{self._path}: event {row.position}"
                raise
            after = row.position
            yield Recorded(row.position, event)

    def head(self) -> Head:
        """See ``monitor.log.Log.head``."""
        with guard.complaining(self._path), self._reading:
            last = self._last(self._reader)
        return Head(last.position, last.hash.hex())

    def verify(self) -> Head:
        """See ``monitor.log.Log.verify``; the file's indexes are checked too. A tail that was cut off is not noticed.

        Compare the head with the one that a digest's footer carries to know that the log's end is the end.
        """
        before = START
        for row in self._rows(0, ""):
            if fault := chain.fault(before, row):
                raise self._damaged(fault)
            before = Link(row.position, row.hash)
        with guard.complaining(self._path), closing(guard.reader(self._path)) as reader:
            (said,) = reader.execute("pragma integrity_check(1)").fetchone()
        if said != "ok":
            reason = said.splitlines()[-1]
            hint = "keep a copy; export the log (nothing is lost in that), and import it into a new one"
            raise LogDamaged(f"every event is whole, but the file is not: {reason}", where=str(self._path), hint=hint)
        return Head(before.position, before.hash.hex())

    def close(self) -> None:
        """See ``monitor.log.Log.close``. It waits for an append that is under way."""
        with self._turn, self._reading:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()  # the last to go, so that it leaves all in one file
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> "SqliteLog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- writing, by who has the turn --------------------------------------------------------------------------------

    def _lead(self, writer: sqlite3.Connection, own: _Batch) -> None:
        """Commit everything that waits; if together they fail, only our own, so that none fails for another's sake."""
        try:
            with _transaction(writer):
                self._gather()  # late, with the write lock in hand, so that many share a sync
                new = self._insert(writer, self._waiting)
            settled = self._waiting
        except sqlite3.Error:
            if len(self._waiting) < 2:
                raise
            with _transaction(writer):
                new = self._insert(writer, [own])
            settled = [own]
        for batch, share in zip(settled, new, strict=True):
            batch.new, batch.settled = share, True
        self._waiting = [batch for batch in self._waiting if not batch.settled]

    def _gather(self) -> None:
        while self._arriving:
            self._waiting.append(self._arriving.popleft())

    def _insert(self, writer: sqlite3.Connection, batches: Sequence[_Batch]) -> list[list[Recorded]]:
        """The rows of what is new in the batches; answers with each batch's share."""
        last = self._last(writer)
        taken: set[str] = set()  # the ids of ``rows``, which are written together at the end
        rows: list[Row] = []
        shares: list[list[Recorded]] = []
        for batch in batches:
            share: list[Recorded] = []
            for draft in batch.drafts:
                if draft.id in taken or writer.execute(KNOWN, (draft.id,)).fetchone():
                    continue
                taken.add(draft.id)
                row = chain.row_after(last, draft)
                last = Link(row.position, row.hash)
                rows.append(row)
                share.append(Recorded(row.position, draft.event))
            shares.append(share)
        writer.executemany(INSERT, rows)
        return shares

    # -- reading -----------------------------------------------------------------------------------------------------

    def _rows(self, after: int, stream: str) -> Iterator[Row]:
        while True:
            rows, wrong = self._chunk(after, stream)
            yield from rows
            if rows:
                after = rows[-1].position
            if wrong is not None:
                complaint = guard.complaint_of(wrong, self._path) or wrong
                if isinstance(complaint, LogDamaged):
                    what = f"an event of {stream} behind position {after}" if stream else f"event {after + 1}"
                    complaint = self._damaged(f"{what} cannot be read ({guard.damage(wrong)})")
                raise complaint from wrong
            if not rows:
                return

    def _chunk(self, after: int, stream: str) -> tuple[list[Row], sqlite3.Error | None]:
        """Some rows behind a position, and what went wrong after them; when it returns, no transaction is open."""
        rows: list[Row] = []
        size = 0
        query = BEHIND_IN_STREAM if stream else BEHIND
        with self._reading, closing(self._reader.cursor()) as cursor:
            try:
                values = (after, CHUNK_ROWS, stream) if stream else (after, CHUNK_ROWS)
                for row in starmap(Row, cursor.execute(query, values)):
                    rows.append(row)
                    size += sys.getsizeof(row.body)
                    if size > CHUNK_BYTES:
                        break
            except sqlite3.Error as wrong:
                return rows, wrong
        return rows, None

    def _last(self, connection: sqlite3.Connection) -> Link:
        row = next(starmap(Row, connection.execute(LAST)), None)
        if row is None:
            return START
        if not chain.is_whole(row):
            raise self._damaged(f"event {row.position} was changed")
        return Link(row.position, row.hash)

    def _damaged(self, message: str) -> LogDamaged:
        return LogDamaged(message, where=str(self._path), hint=guard.RESTORE)


@contextmanager
def _transaction(writer: sqlite3.Connection) -> Iterator[None]:
    writer.execute("begin immediate")
    try:
        yield
        writer.execute("commit")
    except BaseException:
        if writer.in_transaction:  # a full disk may have ended it already
            writer.execute("rollback")
        raise
