import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from log.backends import BACKENDS

from monitor.log import Log


class Logs:
    """Logs of one backend, as many as a test asks for."""

    def __init__(self, backend: str, folder: Path) -> None:
        self.backend, self.folder = backend, folder

    def new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder))

    @contextmanager
    def open(self, folder: Path | None = None) -> Iterator[Log]:
        """The log that lives in a folder, or a new one; closed at the end."""
        log = BACKENDS[self.backend](folder or self.new_folder())
        try:
            yield log
        finally:
            log.close()


@pytest.fixture(scope="session", params=BACKENDS)
def logs(request, tmp_path_factory):
    """Every test that asks for this runs once for each backend."""
    return Logs(request.param, tmp_path_factory.mktemp(request.param))
