"""The machine is stopped before every effect it has on the world; booted on the files that are there, it goes on.

Every match is told, or accounted for. Only "sent, died before recording" may repeat a letter, and the copy carries the
same key.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from test_alerts import ALERT, QUIET
from world import BBC, IMF, START, World

WINDOW = "Delivering._hand_over"  # the effect after which a stop may cost a copy
ABREAST = 8  # worlds at once: they mostly wait for a parser to start


class PowerCut(BaseException):
    """Nothing may catch this: the machine is off."""


class Machine:
    """Counts the effects of a world and stops before the n-th."""

    def __init__(self, stop_before: int) -> None:
        self.left = stop_before
        self.off = False
        self.last = self.before = ""  # the effect at hand, and the one before it

    def effect(self, name: str) -> None:
        if self.off:
            raise PowerCut(name)
        self.left -= 1
        self.before, self.last = self.last, name
        if self.left == 0:
            self.off = True
            raise PowerCut(name)

    def wire(self, thing: Any, method: str) -> None:
        original: Callable[..., Any] = getattr(thing, method)

        def wired(*args: Any, **kwargs: Any) -> Any:
            self.effect(f"{type(thing).__name__}.{method}")
            return original(*args, **kwargs)

        setattr(thing, method, wired)

    def wire_all(self, world: World) -> None:
        house = world.service.house
        self.wire(house.log, "append")
        self.wire(house.views, "follow")
        self.wire(house.views, "keep")
        self.wire(world.service.polling, "_fetch")
        self.wire(world.service.delivering, "_hand_over")


async def day(world: World) -> None:
    """A morning's work: a poll, a slot, a letter."""
    await world.polls(BBC)
    await world.at("07:00")


async def test_nothing_is_lost_whenever_the_machine_stops(tmp_path):
    stopped_before = []
    for n in count(1):
        folder = tmp_path / str(n)
        folder.mkdir()
        async with World(folder, feeds=(BBC,)) as world:
            world.says(BBC, "IMF releases tranche for Ukraine")
            machine = Machine(n)
            machine.wire_all(world)
            try:
                await day(world)
            except PowerCut as cut:
                stopped_before.append(str(cut))
            if not machine.off:
                break
            await world.dies()
            await world.boots()
            await world.polls(BBC)
            await world.at("07:00")
            await world.later(minutes=10)  # a lease that nobody will end runs out
            assert world.letters, f"lost when stopped before effect {n}, {machine.last}"
            assert len({letter["key"] for letter in world.letters}) == 1
            assert len(world.letters) == 1 or len(world.events("DigestAttempted")) == 2
            assert len(world.events("ItemSeen")) == 1
            world.service.history.verify()
    assert len(stopped_before) >= 8
    assert {"SqliteLog.append", "Views.follow", "Views.keep", "Delivering._hand_over"} <= set(stopped_before)


class Alerting(World):
    """A world whose only digest is an alert; its day begins in quiet hours."""

    def config(self, text: str) -> None:
        super().config(text.split("[[digest]]")[0] + ALERT + QUIET)


async def alerts(world: World) -> None:
    """A story is held till quiet hours end; then another comes, and a repetition of the first that is withheld.

    Whoever was stopped begins with what has not been heard: polls are in the test above, and take long.
    """
    heard = {event.feed for event in world.events("ItemSeen")}
    if BBC not in heard:
        world.items[BBC].clear()
        world.says(BBC, "IMF board releases second tranche of nine hundred million for Ukraine")
        await world.polls(BBC)
    if world.now == START:
        await world.at("06:59")
        await world.at("07:00")
    if IMF not in heard:
        world.items[IMF].clear()
        world.says(IMF, "Second tranche of nine hundred million for Ukraine released by IMF board")
        world.says(IMF, "Harbour of Orlin rebuilt on a tranche, IMF notes in passing")
        await world.polls(IMF)
    await world.later(minutes=15)  # the least gap of two alerts


async def stopped(folder: Path, n: int) -> str:
    """The effect that alerts were stopped before, all of them told in the end; empty if there are fewer than n."""
    folder.mkdir()
    async with Alerting(folder) as world:
        machine = Machine(n)
        machine.wire_all(world)
        try:
            await alerts(world)
        except PowerCut:
            await world.dies()
            await world.boots()
            await alerts(world)
            await world.later(minutes=10)  # a lease that nobody will end runs out
        editions = world.events("DigestQueued")
        assert all(edition.at >= START + timedelta(hours=1) for edition in editions), "quiet hours hold"
        accounted = [item for edition in editions for item in edition.items]
        assert len(accounted) == 3, f"lost when stopped before effect {n}, {machine.last}"
        assert sorted(accounted) == sorted(event.item for event in world.events("ItemMatched"))
        arrived = {letter["key"]: letter["text"] for letter in world.letters}
        assert set(arrived) == {delivery.id for edition in editions for delivery in edition.deliveries}
        told = " ".join(arrived.values())
        assert told.count("nine hundred million") == told.count("Harbour of Orlin") == 1
        unrecorded = machine.off and (machine.before, machine.last) == (WINDOW, "SqliteLog.append")
        assert len(world.letters) == len(arrived) + unrecorded, "only that may repeat a letter, with its key"
        world.service.history.verify()
        return machine.last if machine.off else ""


async def test_no_alert_is_lost_or_told_twice_whenever_the_machine_stops(tmp_path):
    stopped_before: list[str] = []
    for first in count(1, ABREAST):
        runs = [stopped(tmp_path / str(n), n) for n in range(first, first + ABREAST)]
        stopped_before += await asyncio.gather(*runs)
        if "" in stopped_before:
            break
    assert len(list(filter(None, stopped_before))) >= 20
    assert {"SqliteLog.append", "Views.follow", "Views.keep", WINDOW} <= set(stopped_before)
