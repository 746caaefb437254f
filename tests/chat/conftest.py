"""A real Matrix homeserver on loopback, an account that writes and one that reads."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

HOMESERVER = """
server_name: example.test
pid_file: {folder}/homeserver.pid
listeners:
  - port: {port}
    type: http
    bind_addresses: ["127.0.0.1"]
    resources: [{{names: [client]}}]
database: {{name: sqlite3, args: {{database: "{folder}/homeserver.db"}}}}
log_config: {folder}/log.yaml
media_store_path: {folder}/media
registration_shared_secret: shared
signing_key_path: {folder}/signing.key
macaroon_secret_key: macaroon
report_stats: false
trusted_key_servers: []
rc_room_creation: {{per_second: 1000, burst_count: 1000}}
rc_message: {{per_second: 10000, burst_count: 10000}}
rc_login: {{address: {{per_second: 1000, burst_count: 1000}}, account: {{per_second: 1000, burst_count: 1000}}}}
rc_joins: {{local: {{per_second: 1000, burst_count: 1000}}}}
"""
LOG = """
version: 1
handlers: {{file: {{class: logging.FileHandler, filename: "{folder}/log"}}}}
root: {{level: WARNING, handlers: [file]}}
"""


def synapse() -> Path:
    """The python of the venv that Synapse is installed in."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("SYNAPSE_PYTHON") or cache / "news-monitor" / "synapse" / "bin" / "python")


class Homeserver:
    """Synapse, with the accounts ``desk`` and ``reader``."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.base = f"http://127.0.0.1:{port}"
        self.tokens: dict[str, str] = {}
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        words = [str(synapse()), "-m", "synapse.app.homeserver", "-c", str(self.folder / "homeserver.yaml")]
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)

    async def answers(self) -> None:
        """Wait until it listens."""

        async def asked() -> bool:
            try:
                await self.ask("GET", "/_matrix/client/versions")
            except aiohttp.ClientError:
                return False
            return True

        async with asyncio.timeout(60):
            while not await asked():
                assert self.process.poll() is None, (self.folder / "said").read_text()
                await asyncio.sleep(0.1)

    async def account(self, name: str) -> None:
        made = await asyncio.create_subprocess_exec(
            str(synapse().parent / "register_new_matrix_user"),
            *("-u", name, "-p", "pass", "--no-admin", "-c", str(self.folder / "homeserver.yaml"), self.base),
            stdout=subprocess.DEVNULL,
        )
        assert await made.wait() == 0
        who = {"type": "m.id.user", "user": name}
        said = await self.ask(
            "POST", "/_matrix/client/v3/login", {"type": "m.login.password", "identifier": who, "password": "pass"}
        )
        self.tokens[name] = said["access_token"]

    async def ask(self, method: str, path: str, body: Any = None, *, by: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.base + path, json=body, headers=headers) as response,
        ):
            said = await response.json()
            assert response.status == 200, said
            return said

    async def room(self, name: str) -> str:
        """A new public room with the alias ``#name``."""
        wish = {"preset": "public_chat", "room_alias_name": name}
        made = await self.ask("POST", "/_matrix/client/v3/createRoom", wish, by="reader")
        return made["room_id"]

    def address(self, name: str) -> str:
        """The channel's URL of a room, with the writer's access token."""
        return f"matrix://{self.tokens['desk']}@127.0.0.1:{self.port}/#{name}:example.test"

    async def messages(self, room: str) -> list[dict[str, Any]]:
        """What the reader sees in the room, oldest first."""
        path = f"/_matrix/client/v3/rooms/{quote(room)}/messages?dir=f&limit=200"
        said = await self.ask("GET", path, by="reader")
        return [event["content"] for event in said["chunk"] if event["type"] == "m.room.message"]


@pytest.fixture
async def home(tmp_path_factory, unused_tcp_port) -> AsyncIterator[Homeserver]:
    if not synapse().exists():
        pytest.skip(
            f"Matrix Synapse is not installed: python -m venv V && V/bin/pip install matrix-synapse ({synapse()})"
        )
    folder = tmp_path_factory.mktemp("synapse")
    server = Homeserver(folder, unused_tcp_port)
    (folder / "homeserver.yaml").write_text(HOMESERVER.format(folder=folder, port=server.port))
    (folder / "log.yaml").write_text(LOG.format(folder=folder))
    keys = [str(synapse()), "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml"), "--generate-keys"]
    made = await asyncio.create_subprocess_exec(*keys, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert await made.wait() == 0
    server.start()
    try:
        await server.answers()
        for name in ("desk", "reader"):
            await server.account(name)
        yield server
    finally:
        server.stop()
