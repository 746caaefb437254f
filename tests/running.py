"""A daemon in a process of its own, and the socket on which it tells systemd how it fares."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from monitor import control

BARE = """
[service]
interval = "15m"
spacing = "0s"
timeout = "5s"
allow_hosts = ["127.0.0.1"]
"""
FEED = """
[[feed]]
id = "outlet"
url = "http://127.0.0.1:{port}/outlet"
"""
RULE = """
title = "IMF tranche"
query = 'imf AND tranche'
"""


def free_port() -> int:
    """A port of loopback on which nobody listens at the moment."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Running:
    """``monitor run`` on a folder; ``async with`` it, and it is killed at the end if it still lives."""

    def __init__(self, folder: Path, config: str = BARE) -> None:
        self.folder, self.path, self.data = folder, folder / "config.toml", folder / "data"
        if not self.path.exists():
            self.path.write_text(config, encoding="utf-8")
        if not (folder / "rules").exists():
            (folder / "rules").mkdir()
            (folder / "rules" / "imf-tranche.toml").write_text(RULE, encoding="utf-8")
        self.told: list[str] = []
        self.process: asyncio.subprocess.Process

    async def __aenter__(self) -> "Running":
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.notify_path = self.folder / "notify"
        self.notify_path.unlink(missing_ok=True)
        self.notify.bind(str(self.notify_path))
        self.process = await self.spawn()
        try:
            await self.hears("READY=1")
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def _end(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.communicate()
        self.notify.close()

    async def spawn(self) -> asyncio.subprocess.Process:
        """Another ``monitor run`` on the same folder."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "--config", str(self.path), "run"),
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(self.notify_path)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )

    async def hears(self, word: str, seconds: float = 20) -> str:
        """The next word to systemd that begins so."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            while True:
                told = (await loop.sock_recv(self.notify, 65_536)).decode()
                self.told.append(told)
                if told.startswith(word):
                    return told

    async def ask(self, **request: Any) -> Any:
        """Have the daemon do something, over its socket."""
        return await control.ask(self.path, self.data, request)

    async def stops(self) -> tuple[int, str]:
        """SIGTERM, the exit code and the journal."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self, seconds: float = 20) -> tuple[int, str]:
        async with asyncio.timeout(seconds):
            _, journal = await self.process.communicate()
        return self.process.returncode or 0, journal.decode()
