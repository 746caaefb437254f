"""The daemon as systemd meets it: a process, signals, words on a socket."""

import asyncio
import signal
import sys

import pytest
from running import BARE, FEED, RULE, Running

from monitor.log.sqlite import SqliteLog


def recorded(folder, *kinds):
    log = SqliteLog.open(folder / "data" / "log.db", write=False)
    found = [r.event for r in log.read() if r.event.kind in kinds]
    log.close()
    return found


async def test_it_says_ready_feeds_the_watchdog_and_stops_cleanly(tmp_path):
    async with Running(tmp_path) as daemon:
        await daemon.hears("WATCHDOG=1")
        code, journal = await daemon.stops()
        assert code == 0, journal
        await daemon.hears("STOPPING=1")
    assert [e.kind for e in recorded(tmp_path, "ServiceStarted", "ServiceStopped")] == [
        "ServiceStarted",
        "ServiceStopped",
    ]
    assert recorded(tmp_path, "ServiceStopped")[0].reason == "signal SIGTERM"
    assert not (tmp_path / "data" / "control.sock").exists()


async def test_a_second_daemon_exits_75_at_once_and_the_first_is_unaffected(tmp_path):
    async with Running(tmp_path) as daemon:
        second = await daemon.spawn()
        async with asyncio.timeout(30):
            _, said = await second.communicate()
        assert second.returncode == 75
        assert str(daemon.process.pid) in said.decode()
        assert (await daemon.ask(do="ping"))["pid"] == daemon.process.pid


async def test_sighup_takes_up_new_rules_and_refuses_wrong_ones(tmp_path):
    async with Running(tmp_path) as daemon:
        rule = tmp_path / "rules" / "imf-tranche.toml"
        rule.write_text(RULE.replace("tranche'", "tranche OR loan'"), encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.hears("RELOADING=1")
        await daemon.hears("READY=1")
        rule.write_text(RULE.replace("tranche'", "loan'"), encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.hears("READY=1")
        code, journal = await daemon.stops()
    assert code == 0
    assert "not reloaded" in journal
    [refused] = recorded(tmp_path, "RulesRefused")
    assert "imf-tranche.toml:3" in refused.mistakes[0]
    assert len(recorded(tmp_path, "RulesChanged")) == 2


async def test_sighup_with_a_wrong_configuration_keeps_the_old_one(tmp_path):
    async with Running(tmp_path) as daemon:
        daemon.path.write_text("[service]\nintervall = '5m'\n", encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.hears("READY=1")
        assert (await daemon.ask(do="ping"))["pid"] == daemon.process.pid
        code, journal = await daemon.stops()
    assert code == 0
    assert "intervall" in journal


async def test_without_a_network_it_stays_up_and_says_which_feed_is_tried_again_when(tmp_path):
    """Port 9 of loopback: nobody listens there."""
    async with Running(tmp_path, BARE + FEED.format(port=9)) as daemon:
        await daemon.ask(do="poll", feeds=[])
        code, journal = await daemon.stops()
    assert code == 0
    [failed] = [line for line in journal.splitlines() if "feed failed" in line][:1]
    assert "outlet" in failed
    assert "retry_at" in failed
    assert recorded(tmp_path, "FeedFailed")[0].trouble.code == "connect"


@pytest.mark.parametrize("deep", [1, 12])
async def test_the_socket_is_found_in_a_folder_with_a_long_name(tmp_path, deep):
    folder = tmp_path.joinpath(*["a-folder-with-a-long-name"] * deep)
    folder.mkdir(parents=True)
    config = BARE.replace("[service]", f'[service]\ndata = "{folder}/data"')
    async with Running(tmp_path, config) as daemon:
        daemon.data = folder / "data"
        assert (await daemon.ask(do="ping"))["pid"] == daemon.process.pid
        assert (folder / "data" / "control.sock").stat().st_mode & 0o777 == 0o600


async def test_a_killed_daemon_boots_again_and_knows_that_it_was_killed(tmp_path):
    async with Running(tmp_path) as daemon:
        daemon.process.kill()
        await daemon.process.wait()
    async with Running(tmp_path) as daemon:
        await daemon.stops()
    kinds = [e.kind for e in recorded(tmp_path, "ServiceStarted", "ServiceStopped")]
    assert kinds == ["ServiceStarted", "ServiceStarted", "ServiceStopped"]


async def test_nonsense_on_the_socket_is_answered_and_harms_nobody(tmp_path):
    async with Running(tmp_path) as daemon:
        for nonsense in (b"\n", b"{}\n", b"[1]\n", b"\xff\xfe\n", b'{"do": "dance"}\n'):
            reader, writer = await asyncio.open_unix_connection(str(daemon.data / "control.sock"))
            writer.write(nonsense)
            assert b'"error"' in await reader.readline()
            writer.close()
        assert (await daemon.ask(do="ping"))["pid"] == daemon.process.pid


async def test_status_says_that_the_service_runs_though_the_configuration_on_the_disk_is_wrong(tmp_path):
    async with Running(tmp_path) as daemon:
        daemon.path.write_text(daemon.path.read_text() + '[[digest]]\nname = "desk"\ncron = "99 * * * *"\n')
        status = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "monitor", "--config", str(daemon.path), "status"),
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await status.communicate()
        assert status.returncode == 78
        assert f"The service runs, pid {daemon.process.pid}".encode() in said
        assert b"'99 * * * *' is not a cron time" in said
