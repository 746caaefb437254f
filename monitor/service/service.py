"""The service as its faces know it: every kind of work over one house."""

from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from monitor import __version__
from monitor.errors import ViewsMissing
from monitor.events import ServiceStarted, ServiceStopped
from monitor.service import places
from monitor.service.channels import Channels
from monitor.service.deliver import Delivering
from monitor.service.health import Health
from monitor.service.heartbeat import Heartbeat
from monitor.service.history import History
from monitor.service.house import Clock, House, clock, open_house
from monitor.service.poll import Polling
from monitor.service.read import Reading
from monitor.service.rules import Judging
from monitor.service.stories import Stories
from monitor.service.tell import Telling
from monitor.service.wishes import Wishes
from monitor.service.workshop import Workshop

journal = structlog.get_logger()


class Service:
    """Hears, judges, remembers and tells; one for each running program."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stories = Stories(house)
        self.polling = Polling(house, self.stories)
        self.reading = Reading(house, self.polling)
        self.telling = Telling(house)
        self.delivering = Delivering(house, self.telling)
        self.channels = Channels(house)
        self.judging = Judging(house, self.telling, self.polling)
        self.health = Health(house, self.telling)
        self.heartbeat = Heartbeat(house)
        self.history = History(house)
        self.workshop = Workshop(house)
        self.wishes = Wishes(house)

    @classmethod
    def open(cls, path: Path, *, write: bool, clock: Clock = clock) -> Self:
        """Open the service that config.toml at ``path`` describes; see ``open_house`` for what can be wrong."""
        return cls(open_house(path, write=write, clock=clock))

    async def start(self) -> None:
        """Record that the service runs, with which rules and digests, and plan the polls."""
        now = self.house.clock()
        await self.house.record([ServiceStarted(at=now, release=__version__)])
        self.stories.open()
        self.polling.plan()
        await self.settle()

    async def settle(self) -> None:
        """See to it that the log knows the rules and digests in force, and that the views are there to be asked."""
        if not self.house.views.is_there():
            journal.warning("views.db was taken away: folding it anew")
            await self.history.rebuild()
        await self.judging.remember()
        await self.telling.declare()

    async def tell(self) -> None:
        """What a tick does beside the polls: changed rules, articles, digests, the health of feeds, letters."""
        try:
            await self.settle()
            await self.judging.watch()
            self.reading.start_due(self.house.clock())
            await self.telling.queue_due()
            await self.health.look(self.house.clock())
            self.heartbeat.start_due()
        except ViewsMissing as wrong:
            journal.error("the views are folded anew", trouble=str(wrong))
            await self.history.rebuild()
        finally:
            self.delivering.start_due()  # a letter that is due does not wait for what went wrong above

    async def stop(self, reason: str, grace: float) -> None:
        """End in good order: polls are broken off, letters in hand get ``grace`` seconds, the end is recorded."""
        await self.heartbeat.stop()
        await self.reading.stop()
        await self.polling.stop()
        await self.delivering.finish(grace)
        await self.house.record([ServiceStopped(at=self.house.clock(), reason=reason)])

    def now(self) -> datetime:
        """The time, as the service sees it."""
        return self.house.clock()

    def known(self, *, topic: str = "", feed: str = "") -> None:
        """Raises NotFound, with the nearest name, if there is no such rule or feed."""
        if topic:
            places.rules_named(self.house.rules, [topic])
        if feed:
            self.polling.chosen([feed])

    def close(self) -> None:
        """Close the rooms."""
        self.house.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()
