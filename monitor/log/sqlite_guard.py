"""Door: how a log's SQLite file is made, looked at, opened and guarded, and what its errors mean to people.

The guard has three rings, because none of them holds alone. Triggers, kept in the file, bind every program: a row may
only follow the last one, none may be changed or deleted. ``recursive_triggers`` makes them fire for the deletes that
REPLACE hides. An authorizer lets our own connections do nothing but what their work needs, so that no statement of ours
can drop a trigger, attach a file or turn a pragma.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from monitor.errors import LogDamaged, LogRefused, MonitorError, NotFound, StorageError
from monitor.log.chain import FOUNDING

APPLICATION_ID = int.from_bytes(b"mlog")
SCHEMA_VERSION = 1  # user_version; a higher one is from a later version of monitor
LEAST_SQLITE = (3, 37, 0)
MAGIC = b"SQLite format 3\0"
HEADER = 100  # bytes; user_version stands at 60, application_id at 68 (sqlite.org/fileformat.html)
PATIENCE = 10.0  # seconds to wait for a lock that another program holds
WAL_LIMIT = 16 * 2**20  # bytes the -wal file is cut to after a large append
CACHE = 8 * 2**20  # bytes of pages a connection keeps

SCHEMA = f"""
create table events (
  position integer primary key,
  id text not null unique,
  kind text not null,
  version integer not null,
  stream text not null,
  at text not null,
  body blob not null,
  prev blob not null,
  hash blob not null
) strict;
create index events_of_stream on events (stream);
create trigger events_follow before insert on events begin
  select raise(abort, 'a row of the log follows the last one')
  where new.position is not coalesce((select max(position) from events), 0) + 1
     or new.prev is not coalesce((select hash from events order by position desc limit 1), x'{FOUNDING.hex()}')
     or exists (select 1 from events where id is new.id);
end;
create trigger events_stay before delete on events begin
  select raise(abort, 'a row of the log is not deleted');
end;
create trigger events_keep before update on events begin
  select raise(abort, 'a row of the log is not changed');
end;
"""  # noqa: S608 - what is filled in is a constant of this program

RESTORE = "the file was left as it is: keep a copy of it, and restore the log from a backup"
ELSEWHERE = "choose another data folder in config.toml ([service] data), or move this file away"
ROOM = "nothing that was acknowledged is lost; the service goes on by itself once there is space"

Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


# -- the guard -------------------------------------------------------------------------------------------------------

READS = frozenset({(sqlite3.SQLITE_SELECT, ""), (sqlite3.SQLITE_READ, "")})
READER_MAY = READS | {(sqlite3.SQLITE_PRAGMA, "integrity_check")}
WRITER_MAY = READS | {
    (sqlite3.SQLITE_TRANSACTION, ""),
    (sqlite3.SQLITE_INSERT, "events"),
    (sqlite3.SQLITE_FUNCTION, "max"),  # these two are the trigger's
    (sqlite3.SQLITE_FUNCTION, "coalesce"),
}


def _only(allowed: frozenset[tuple[int, str]]) -> Authorizer:
    def authorize(action: int, first: str | None, second: str | None, _base: str | None, _trigger: str | None) -> int:
        name = second if action == sqlite3.SQLITE_FUNCTION else first
        held = (action, "") in allowed or (action, name) in allowed
        return sqlite3.SQLITE_OK if held else sqlite3.SQLITE_DENY

    return authorize


# -- opening ---------------------------------------------------------------------------------------------------------


def writer(path: Path) -> sqlite3.Connection:
    """The one connection that writes and checkpoints; whoever opens it holds the lock file."""
    for file in path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm"):
        if file.exists() and file.stat().st_mode & 0o777 != 0o600:
            file.chmod(0o600)
    connection = _connect(path, "mode=rw")
    try:
        (mode,) = connection.execute("pragma journal_mode = wal").fetchone()
        if mode != "wal":
            hint = "the file system must support shared memory; a network share does not: choose a local folder"
            raise StorageError("this file system cannot hold a write-ahead log", where=str(path), hint=hint)
        connection.execute("pragma synchronous = full")
        connection.execute("pragma recursive_triggers = on")
        connection.execute(f"pragma journal_size_limit = {WAL_LIMIT}")
        connection.set_authorizer(_only(WRITER_MAY))
    except BaseException:
        connection.close()
        raise
    return connection


def reader(path: Path) -> sqlite3.Connection:
    """A connection that sees what is committed and can change nothing."""
    try:
        connection = _look(path, "mode=ro")
    except sqlite3.OperationalError as wrong:
        if _code(wrong) == sqlite3.SQLITE_ERROR:  # our statements are right, so the file's schema is not
            raise LogDamaged("the file is damaged (its schema)", where=str(path), hint=RESTORE) from wrong
        wal = path.with_name(f"{path.name}-wal")
        if _code(wrong) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) or _size(wal) > 0:
            raise
        # A folder that cannot be written holds no -shm file to share with a writer: then there is no writer either.
        connection = _look(path, "mode=ro&immutable=1")
    connection.set_authorizer(_only(READER_MAY))
    return connection


def _look(path: Path, mode: str) -> sqlite3.Connection:
    """Open and make sure that this is a log of ours, its guards in place."""
    connection = _connect(path, mode)
    try:
        (version,) = connection.execute("pragma user_version").fetchone()
        _refuse_newer(path, version)
        found, made = _schema(connection), _schema_as_made()
        if not made <= found or any(kind == "trigger" for kind, _ in found - made):
            hint = f"another program changed them; {RESTORE}"
            raise LogRefused("its tables or triggers are not those of a log", where=str(path), hint=hint)
    except BaseException:
        connection.close()
        raise
    return connection


def _schema(connection: sqlite3.Connection) -> frozenset[tuple[str, str]]:
    return frozenset(connection.execute("select type, sql from sqlite_schema where sql is not null"))


@cache
def _schema_as_made() -> frozenset[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as model:
        model.executescript(SCHEMA)
        return _schema(model)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("pragma trusted_schema = off")
        connection.execute(f"pragma cache_size = {-CACHE // 1024}")
    except BaseException:
        connection.close()
        raise
    return connection


# -- looking and making ----------------------------------------------------------------------------------------------


def check_library() -> None:
    """STRICT tables need SQLite 3.37; some systems give Python 3.11 an older one.

    Raises:
        LogRefused: it is older.
    """
    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        message = f"this Python comes with SQLite {sqlite3.sqlite_version}; the log needs 3.37 or later"
        raise LogRefused(
            message, hint="run monitor with a Python that has one, such as uv's or the distribution's next"
        )


def inspect(path: Path) -> None:
    """Look at the file's first bytes, which touches nothing: is it a log that this program knows?

    Raises:
        NotFound: there is no file.
        LogRefused: it is something else, or from a later version of monitor.
        LogDamaged: it is cut short.
        OSError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            header = file.read(HEADER)
    except FileNotFoundError:
        hint = "monitor run makes it; is it elsewhere? [service] data in config.toml"
        raise NotFound("there is no log here yet", where=str(path), hint=hint) from None
    except IsADirectoryError:
        raise LogRefused("this is a folder, not a log", where=str(path), hint=ELSEWHERE) from None
    if not header:
        raise LogDamaged("the log is empty, not even a header is left", where=str(path), hint=RESTORE)
    if not header.startswith(MAGIC[: len(header)]):
        hint = f"{ELSEWHERE}\nif it was a log: {RESTORE}"
        raise LogRefused("this is not an SQLite database", where=str(path), hint=hint)
    if len(header) < HEADER:
        raise LogDamaged("the log is cut short within its header", where=str(path), hint=RESTORE)
    if int.from_bytes(header[68:72]) != APPLICATION_ID:
        raise LogRefused("this database belongs to another program", where=str(path), hint=ELSEWHERE)
    _refuse_newer(path, int.from_bytes(header[60:64], signed=True))


def _refuse_newer(path: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        message = f"the log's format is version {version}; this program knows {SCHEMA_VERSION}"
        raise LogRefused(message, where=str(path), hint="a later version of monitor wrote this; upgrade")


def make_folder(folder: Path) -> None:
    """The folder and what is missing above it, each 0700 whatever the umask; one that exists is left as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700)
    folder.chmod(0o700)
    _sync(folder.parent)


def make(path: Path) -> None:
    """A new, empty log. It is built aside and renamed, so that no half-made log is ever found; 0600 from the start."""
    leftover = [path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal")]
    if any(_size(file) > 0 for file in leftover):
        message = f"the log is missing, though its {path.name}-wal is there"
        raise LogDamaged(message, where=str(path), hint="put the log back beside it, or move both away to begin anew")
    new = path.with_name(f"{path.name}.new")
    for file in new, path.with_name(f"{new.name}-journal"):
        file.unlink(missing_ok=True)  # from a start that was killed right here
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.fchmod(descriptor, 0o600)
    os.close(descriptor)
    connection = _connect(new, "mode=rw")
    try:
        connection.execute("pragma synchronous = full")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute(f"pragma user_version = {SCHEMA_VERSION}")
        connection.executescript(f"begin immediate; {SCHEMA} commit;")
    finally:
        connection.close()
    new.rename(path)
    _sync(path.parent)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# -- complaints ------------------------------------------------------------------------------------------------------


@contextmanager
def complaining(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into what a reader can mend; what is a bug stays what it is."""
    try:
        yield
    except (sqlite3.Error, OSError) as wrong:
        complaint = complaint_of(wrong, path)
        if complaint is None:
            raise
        raise complaint from wrong
    except UnicodeDecodeError as wrong:  # Python's sqlite3, over an error message that quotes a broken schema
        raise LogDamaged("the file is damaged (its schema)", where=str(path), hint=RESTORE) from wrong


def complaint_of(wrong: sqlite3.Error | OSError, path: Path) -> MonitorError | None:
    """The same error in a reader's words; None for an error that no reader can mend."""
    if isinstance(wrong, OSError):
        hint = SYSTEM_HINTS.get(wrong.errno or 0, "look at the disk and the folder's permissions")
        return StorageError(f"{(wrong.strerror or str(wrong)).lower()}", where=wrong.filename or str(path), hint=hint)
    if reason := damage(wrong):
        return _silence_of_the_disk(path) or LogDamaged(
            f"the file is damaged ({reason})", where=str(path), hint=RESTORE
        )
    said = SQLITE_SAYS.get(_code(wrong))
    if said is None:
        return None
    message, hint = said
    return StorageError(f"{message} ({wrong.sqlite_errorname})", where=str(path), hint=hint)


def _silence_of_the_disk(path: Path) -> MonitorError | None:
    """SQLite says *corrupt* also of a disk that answers no read, which is no reason to restore anything."""
    try:
        with path.open("rb") as file:
            file.read(HEADER)
    except OSError as wrong:
        return complaint_of(wrong, path)
    return None


def damage(wrong: sqlite3.Error) -> str:
    """Why the stored bytes cannot be understood, quoting none of them; empty if they are not to blame."""
    if "decode to UTF-8" in str(wrong):  # Python's own complaint, without a code
        return "text that is not UTF-8"
    return wrong.sqlite_errorname if _code(wrong) in DAMAGE else ""


def _code(wrong: sqlite3.Error) -> int:
    return getattr(wrong, "sqlite_errorcode", 0) & 0xFF  # the extended codes share their low byte


DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG}

WRITABLE = "the service's own user must be able to write the folder, and the file system must be writable"

SYSTEM_HINTS = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EROFS: "the file system is mounted read-only: look at the disk, then: mount -o remount,rw",
    errno.EIO: "the disk does not answer: look at the system's log (dmesg) and at the disk",
    errno.EACCES: WRITABLE,
    errno.EPERM: WRITABLE,
}

SQLITE_SAYS = {
    sqlite3.SQLITE_FULL: ("the disk is full", ROOM),
    sqlite3.SQLITE_IOERR: ("the disk did not take it", f"look at the disk and its space; {ROOM}"),
    sqlite3.SQLITE_READONLY: ("the log cannot be written", WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("the log cannot be opened", WRITABLE),
    sqlite3.SQLITE_PERM: ("the log cannot be opened", WRITABLE),
    sqlite3.SQLITE_BUSY: ("another program keeps the log locked", "close what has it open for writing"),
}
