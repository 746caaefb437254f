"""The machine is stopped before every effect it has on the world; booted on the files that are there, it goes on.

Every match is told. Only "sent, died before recording" may repeat a letter, and the copy carries the same key.
"""

from collections.abc import Callable
from itertools import count
from typing import Any

from world import BBC, World


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
