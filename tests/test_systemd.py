"""systemd/monitor.service: accepted without a word, little exposed, explained line by line, and enough to live on."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from running import BARE, FEED, Running, free_port

from monitor import errors
from monitor.log.sqlite import SqliteLog

UNIT = Path(__file__).parent.parent / "systemd" / "monitor.service"
PROGRAM = "/opt/monitor/.venv/bin/monitor"
MOST_EXPOSED = 1.1
ALLOWED = re.compile(r"^SystemCallFilter=(~?)(.*)$", re.MULTILINE)

# What takes something away; each says in a comment what.
HARDENING = re.compile(
    r"(Private|Protect|Restrict|Inaccessible|NoExec|Exec(?=Paths)|NoNew|Capability|Ambient|SystemCall|Memory|Tasks|Limit"
    r"|Device|Lock|RemoveIPC|UMask|DynamicUser|ProcSubset|KeyringMode|StateDirectoryMode)"
)

analyze = shutil.which("systemd-analyze")


def settings(text: str) -> dict[str, list[str]]:
    """The unit's settings; a setting that is there several times has several values."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(analyze), *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def unit(tmp_path):
    """A copy whose program is there: systemd-analyze looks for it."""
    path = tmp_path / "monitor.service"
    path.write_text(UNIT.read_text(encoding="utf-8").replace(PROGRAM, sys.executable), encoding="utf-8")
    return path


class TestByItself:
    def test_every_line_that_takes_something_away_says_what(self):
        lines = UNIT.read_text(encoding="utf-8").splitlines()
        taking = [n for n, line in enumerate(lines) if HARDENING.match(line)]
        assert len(taking) >= 40
        for n in taking:
            said = lines[n - 1]
            assert said.startswith("# ")
            assert re.match(r"# (Denies|\.\.\. but)", said) or lines[n - 2].startswith("# Denies"), lines[n]

    def test_nothing_is_restarted_that_only_a_person_can_mend(self):
        found = settings(UNIT.read_text(encoding="utf-8"))
        assert found["RestartPreventExitStatus"] == [f"{errors.ConfigError.exit_code} {errors.UsageError.exit_code}"]
        assert found["Restart"] == ["on-failure"]

    def test_the_stop_leaves_the_daemon_the_time_it_takes(self):
        from monitor.daemon import GRACE, TICK

        found = settings(UNIT.read_text(encoding="utf-8"))
        assert float(found["TimeoutStopSec"][0]) > GRACE
        assert float(found["WatchdogSec"][0]) > 10 * TICK

    def test_it_starts_what_the_readme_installs(self):
        readme = (UNIT.parent / "README.md").read_text(encoding="utf-8")
        found = settings(UNIT.read_text(encoding="utf-8"))
        assert found["ExecStart"] == [f"{PROGRAM} --config /etc/monitor/config.toml run"]
        assert PROGRAM in readme
        assert "/etc/monitor/config.toml" in readme

    def test_every_secret_of_an_example_has_the_name_of_its_file(self):
        examples = re.findall(r"^#LoadCredential=(\w+):\S*/(\w+)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)
        assert examples
        assert all(name == file for name, file in examples)


@pytest.mark.systemd
@pytest.mark.skipif(analyze is None, reason="systemd-analyze is not installed")
class TestBySystemd:
    def test_it_is_accepted_without_a_word(self, unit):
        verified = analyzed("verify", str(unit))
        assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")

    def test_a_misspelt_line_would_be_noticed(self, unit):
        unit.write_text(unit.read_text(encoding="utf-8").replace("PrivateTmp=", "PrivateTemp="), encoding="utf-8")
        assert "PrivateTemp" in analyzed("verify", str(unit)).stderr

    def test_it_is_hardly_exposed(self, unit):
        said = analyzed("security", "--offline=true", "--threshold=11", str(unit)).stdout
        exposure = re.search(r"Overall exposure level for monitor\.service: ([\d.]+)", said)
        assert exposure is not None, said
        assert float(exposure[1]) <= MOST_EXPOSED

    def test_what_exposure_is_left_is_what_a_news_monitor_is(self, unit):
        """It reaches the internet, is reached on a unix socket, and lives on the host's disk."""
        listed = json.loads(analyzed("security", "--offline=true", "--threshold=11", "--json=short", str(unit)).stdout)
        left = {one["json_field"] for one in listed if one.get("exposure") and float(one["exposure"]) > 0}
        assert left <= {
            "PrivateNetwork",
            "IPAddressDeny",
            "RestrictAddressFamilies_AF_INET_INET6",
            "RestrictAddressFamilies_AF_UNIX",
            "RootDirectoryOrRootImage",
            "DeviceAllow",  # ProtectClock= lets the clock be read
        }


# -- living on it ------------------------------------------------------------------------------------------------------


def members(group: str) -> set[str]:
    """The system calls of a group such as ``@system-service``."""
    if not group.startswith("@"):
        return {group}
    listed = [line.strip() for line in analyzed("syscall-filter", group).stdout.splitlines()[1:]]
    return set().union(*(members(name) for name in listed if name and not name.startswith("#")))


def allowed(text: str) -> set[str]:
    """What the lines of SystemCallFilter= leave, in their order."""
    left: set[str] = set()
    for taken, groups in ALLOWED.findall(text):
        named = set().union(*(members(group) for group in groups.split()))
        left = left - named if taken else left | named
    return left


class Confined(Running):
    """``monitor run`` with no system call but those of the unit."""

    async def spawn(self) -> asyncio.subprocess.Process:
        calls = self.folder / "calls"
        calls.write_text("\n".join(sorted(allowed(UNIT.read_text(encoding="utf-8")))), encoding="utf-8")
        return await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(__file__).parent / "confined.py"), str(calls)),
            *(sys.executable, "-m", "monitor", "--config", str(self.path), "run"),
            env={"NOTIFY_SOCKET": str(self.notify_path)},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )


def confined(*program: str, calls: Path) -> subprocess.CompletedProcess[str]:
    script = str(Path(__file__).parent / "confined.py")
    return subprocess.run(
        [sys.executable, script, str(calls), *program], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.systemd
@pytest.mark.skipif(analyze is None, reason="systemd-analyze is not installed")
class TestConfined:
    @pytest.mark.parametrize(
        "denied",
        [
            "import os; os.chown('.', 0, 0)",
            "import os; os.setuid(0)",
            "import os; os.nice(1)",
            "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
            "import time; time.clock_settime(time.CLOCK_REALTIME, time.time())",
        ],
    )
    def test_the_cage_of_this_test_is_one(self, tmp_path, denied):
        calls = tmp_path / "calls"
        calls.write_text("\n".join(allowed(UNIT.read_text(encoding="utf-8"))), encoding="utf-8")
        assert confined(sys.executable, "-c", "print('lives')", calls=calls).stdout == "lives\n"
        ended = confined(sys.executable, "-c", denied, calls=calls)
        assert "PermissionError" in ended.stderr

    async def test_the_service_polls_parses_matches_and_stops_under_the_units_filter(self, tmp_path):
        entry = "<item><guid>1</guid><title>IMF releases tranche</title><link>https://outlet.example/1</link></item>"

        async def feed(_: web.Request) -> web.Response:
            return web.Response(text=f"<rss version='2.0'><channel><title>x</title>{entry}</channel></rss>")

        app = web.Application()
        app.router.add_get("/outlet", feed)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            here = f"127.0.0.1:{free_port()}"
            config = BARE.replace("[service]", f'[service]\nlisten = "{here}"') + FEED.format(port=port)
            async with Confined(tmp_path, config) as daemon:
                await daemon.ask(do="poll", feeds=["outlet"])
                await daemon.hears("WATCHDOG=1")
                async with ClientSession() as session, session.get(f"http://{here}/healthz") as answer:
                    assert await answer.text() == "ok\n"
                code, journal = await daemon.stops()
        finally:
            await runner.cleanup()
        assert code == 0, journal
        assert "not permitted" not in journal
        log = SqliteLog.open(daemon.data / "log.db", write=False)
        kinds = [recorded.event.kind for recorded in log.read()]
        log.close()
        assert "ItemMatched" in kinds, journal
        assert kinds[-1] == "ServiceStopped"
