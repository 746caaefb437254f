"""Door: the lock file that lets one process at a time write a log."""

import fcntl
import os
from pathlib import Path

from monitor.errors import LogBusy


class WriterLock:
    """Held from ``take`` to ``release``; the system lets go of it when the process dies, however it dies.

    The file stays behind, empty of meaning: to delete it would let two processes each lock their own.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> "WriterLock":
        """Lock the file at ``path``, made if need be (0600), and write this process's id into it.

        Raises:
            LogBusy: at once, if another holder has it; the message names that process.
            OSError: the file cannot be made or locked.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(descriptor, 0o600)  # whatever the umask made of it
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise LogBusy(
                f"process {holder} writes this log" if holder else "another process writes this log",
                where=str(path.with_name(path.name.removesuffix(".lock"))),
                hint="a log has one writer: let that process do the work, or stop it first",
            ) from None
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let go; a second time is nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
