"""Whoever watches us hears a heartbeat while all is well, and nothing otherwise."""

import io
from datetime import timedelta

import pytest
import structlog
from aiohttp import web
from world import BBC, World

from monitor import journal
from monitor.errors import StorageError
from monitor.service.heartbeat import Heartbeat


class Watcher:
    """Counts the beats that it hears, and answers as it is told to."""

    def __init__(self) -> None:
        self.beats: list[str] = []
        self.status, self.location = 200, ""

    async def heard(self, request: web.Request) -> web.Response:
        self.beats.append(request.path_qs)
        return web.Response(status=self.status, headers={"Location": "/elsewhere"} if self.status == 302 else {})


@pytest.fixture
async def watcher():
    one, app = Watcher(), web.Application()
    app.router.add_get("/{any:.*}", one.heard)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.port = runner.addresses[0][1]
    yield one
    await runner.cleanup()


@pytest.fixture
async def world(tmp_path, watcher, monkeypatch):
    monkeypatch.setenv("BEAT", "s3cr3t-of-the-watcher")
    async with World(tmp_path) as one:
        await watched(one, f"http://127.0.0.1:{watcher.port}/${{BEAT}}")
        yield one


@pytest.fixture
def said():
    """What the journal holds."""
    stream = io.StringIO()
    journal.set_up(stream=stream)
    yield stream.getvalue
    structlog.reset_defaults()


async def watched(world, url):
    text = (world.folder / "config.toml").read_text().split('\nheartbeat_url = "')
    text = "\n".join([text[0], text[1].split("\n", 1)[1]]) if len(text) > 1 else text[0]
    world.config(text.replace("[service]", f'[service]\nheartbeat_url = "{url}"', 1))
    await world.service.judging.reload()


async def test_a_good_cycle_is_heard_and_at_most_once_a_minute(world, watcher):
    for _ in range(3):
        await world.service.tell()
        if beat := world.service.heartbeat._task:
            await beat
    assert watcher.beats == ["/s3cr3t-of-the-watcher"]
    often = Heartbeat(world.service.house, every=0)
    await often.start_due()
    await often.start_due()
    assert len(watcher.beats) == 3


async def test_without_an_address_nobody_is_asked(world, watcher):
    await watched(world, "")
    assert world.service.heartbeat.start_due() is None
    assert watcher.beats == []


async def test_a_beat_that_is_not_taken_is_said_once_and_so_is_its_return_and_the_address_never(world, watcher, said):
    watcher.status = 500
    beat = world.service.heartbeat.beat
    for _ in range(3):
        await beat()
    watcher.status = 302  # where it points to is not asked
    await beat()
    watcher.status = 204
    for _ in range(3):
        await beat()
    assert said().count("heartbeat not taken") == 2
    assert "it answered 500" in said()
    assert said().count("heartbeat taken again") == 1
    assert set(watcher.beats) == {"/s3cr3t-of-the-watcher"}
    assert len(watcher.beats) == 7
    await watched(world, "http://127.0.0.1:9/${BEAT}")  # nobody listens there
    await beat()
    assert "cannot be reached" in said()
    assert "s3cr3t" not in said()


async def test_no_beat_while_what_happens_cannot_be_recorded(world, watcher, said):
    house, original = world.service.house, world.service.house.log.append

    def full(events):
        raise StorageError("the disk is full")

    house.log.append = full
    world.says(BBC, "IMF tranche")
    with pytest.raises(StorageError):
        await world.hears(BBC)
    await world.service.heartbeat.beat()
    assert watcher.beats == []
    assert "heartbeat withheld" in said()
    house.log.append = original
    await world.hears(BBC)
    await world.service.heartbeat.beat()
    assert len(watcher.beats) == 1


async def test_no_beat_once_no_feed_was_heard_well_for_an_hour_though_they_were_asked(world, watcher):
    await world.hears()
    for feed in world.feeds:
        world.fails(feed, 503)
    world.now += timedelta(minutes=30)
    await world.hears()
    await world.service.heartbeat.beat()
    assert len(watcher.beats) == 1
    world.now += timedelta(minutes=31)
    await world.service.heartbeat.beat()
    assert len(watcher.beats) == 1
    world.recovers(BBC)
    await world.hears()
    await world.service.heartbeat.beat()
    assert len(watcher.beats) == 2


async def test_feeds_that_need_not_be_asked_for_hours_are_no_reason_for_alarm(tmp_path, watcher):
    async with World(tmp_path, feeds=(BBC,), keys={BBC: 'interval = "6h"'}) as world:
        await watched(world, f"http://127.0.0.1:{watcher.port}/")
        await world.hears()
        world.now += timedelta(hours=3)
        await world.service.heartbeat.beat()
        assert len(watcher.beats) == 1


async def test_a_service_that_was_off_for_a_night_has_an_hour_to_hear_something(world, watcher):
    await world.hears()
    await world.dies()
    world.now += timedelta(hours=9)
    await world.boots()
    await world.service.heartbeat.beat()
    assert len(watcher.beats) == 1
