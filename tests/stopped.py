"""The whole service stopped before every effect it has, twice in a row, while its letters go to a real server."""

from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

from test_crash import WINDOW, Machine, PowerCut, day
from world import BBC, World


class Elsewhere(World):
    """A world whose one channel leads out of it."""

    url = ""

    def config(self, text: str) -> None:
        super().config(text.replace(f"json://127.0.0.1:{self.port}/hook", self.url))


class Stopped(NamedTuple):
    """What a run of the matrix did: the effect that it stopped before, and how many stops were in the window."""

    before: str
    in_the_window: int
    keys: set[str]


async def matrix(folder: Path, address: Callable[[int], Awaitable[str]]) -> list[Stopped]:
    """Stop before the n-th effect for every n, boot, stop before it again, boot and go on to the end of the day.

    Args:
        folder: for the files of all runs.
        address: the channel's URL for the n-th run.
    """
    runs: list[Stopped] = []
    for n in count(1):
        (folder / str(n)).mkdir()
        world = Elsewhere(folder / str(n), feeds=(BBC,))
        world.url = await address(n)
        async with world:
            world.says(BBC, "IMF releases tranche for Ukraine")
            stops, windows = [], 0
            for _ in range(2):
                machine = Machine(n)
                machine.wire_all(world)
                try:
                    await day(world)
                    await world.later(minutes=10)  # a lease that nobody will end runs out
                except PowerCut as cut:
                    stops.append(str(cut))
                    windows += machine.before == WINDOW and str(cut) == "SqliteLog.append"
                await world.dies()
                await world.boots()
            await day(world)
            await world.later(minutes=10)
            world.service.history.verify()
            keys = {event.delivery for event in world.events("DigestSent")}
        runs.append(Stopped(", ".join(stops) or "nothing", windows, keys))
        if not stops:
            return runs
    raise AssertionError
