"""Who is asked next, among ten thousand: no feed is looked at before its time has come. Pure.

Feeds wait in a heap by due time; those that are due wait at their host. A host is asked for one feed at a time, with
the spacing between, and hosts take turns in the order in which they became ready: a host with thousands of feeds takes
one place of many. Feeds that failed at their last poll may hold half of the places, so that the dead do not hold up the
living.

The clock may be set. Forward, as after a long sleep, everything is due, and places and hosts spread it. Back, every
time that was planned moves back as far, so that each feed waits what it would have waited.
"""

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from monitor.model import FeedId

PLACES = 256  # polls under way
A_MOMENT = timedelta(seconds=1)  # before a host opens it may be handed out; who asks it waits the rest
A_STEP = timedelta(minutes=1)  # back, that is taken for a clock that was set
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


class Stop(NamedTuple):
    """A feed, when it is due, and where; sorted by time."""

    due: datetime
    feed: FeedId
    host: str
    failing: bool = False  # at its last poll


class _Host:
    """Who waits at a host, and since when it may be asked."""

    __slots__ = ("busy", "failing", "opens", "standing", "well")

    def __init__(self) -> None:
        self.well: list[Stop] = []  # two heaps
        self.failing: list[Stop] = []
        self.busy = False
        self.opens = LONG_AGO
        self.standing = ""  # "ready": in the line of hosts; "held": waits for a place that a failing feed may take


class Timetable:
    """What is planned and what is under way.

    Args:
        places: how many polls may be under way; half as many of feeds that failed.

    Attributes:
        spacing: the least time between two polls of one host, as last planned.
    """

    def __init__(self, places: int = PLACES) -> None:
        self._places, self._for_failing = places, max(1, places // 2)
        self.spacing = timedelta()
        self._now = LONG_AGO
        self._plans: dict[FeedId, Stop] = {}
        self._away: dict[FeedId, Stop] = {}  # under way, as they were handed out
        self._heap: list[Stop] = []  # not due yet; holds also what has been planned anew since
        self._hosts: dict[str, _Host] = {}
        self._line: list[tuple[datetime, str]] = []  # hosts to be asked, by the time they became ready
        self._held: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._plans)

    def due(self, feed: FeedId) -> datetime | None:
        """When a feed is planned; None if it is not."""
        plan = self._plans.get(feed)
        return plan.due if plan else None

    # -- planning ----------------------------------------------------------------------------------------------------

    def replan(self, stops: Iterable[Stop], spacing: timedelta, now: datetime) -> None:
        """Take these plans for all there were; what is under way goes on, and its host is still busy."""
        self._follow(now)
        self.spacing = spacing
        self._plans = {stop.feed: stop for stop in stops}
        self._gather()

    def put(self, stop: Stop, now: datetime) -> None:
        """Plan a feed, in place of any plan there was."""
        self._follow(now)
        self._plans[stop.feed] = stop
        if stop.feed not in self._away:
            heappush(self._heap, stop)

    def drop(self, feed: FeedId) -> None:
        """Plan a feed no more."""
        self._plans.pop(feed, None)

    def _gather(self) -> None:
        """Build the heap and the queues anew from the plans."""
        self._heap = [stop for stop in self._plans.values() if stop.feed not in self._away]
        heapify(self._heap)
        self._line, self._held = [], deque()
        self._hosts = {name: host for name, host in self._hosts.items() if host.busy or host.opens > self._now}
        for host in self._hosts.values():
            host.well, host.failing, host.standing = [], [], ""

    def _follow(self, now: datetime) -> None:
        """Notice a clock that was set back, and move what was planned with it."""
        back = self._now - now
        self._now = now
        if back < A_STEP or not (self._plans or self._away):
            return
        self._plans = {feed: stop._replace(due=_moved(stop.due, back)) for feed, stop in self._plans.items()}
        for host in self._hosts.values():
            host.opens = _moved(host.opens, back)
        self._gather()

    # -- handing out -------------------------------------------------------------------------------------------------

    def take(self, now: datetime) -> list[FeedId]:
        """The feeds to ask now; each counts as under way until ``ended``."""
        self._follow(now)
        while self._heap and self._heap[0].due <= now:
            stop = heappop(self._heap)
            if self._plans.get(stop.feed) is stop:
                self._queue(stop)
        self._release()
        taken: list[FeedId] = []
        while len(self._away) < self._places and self._line and self._line[0][0] <= now + A_MOMENT:
            _, name = heappop(self._line)
            chosen = self._next(name, self._hosts[name])
            if chosen is not None:
                self._away[chosen.feed] = chosen
                taken.append(chosen.feed)
        return taken

    def ended(self, feed: FeedId, now: datetime) -> None:
        """A poll that was handed out has ended; its feed is planned as it was last put."""
        self._follow(now)
        stop = self._away.pop(feed, None)
        if stop is None:
            return
        if plan := self._plans.get(feed):
            heappush(self._heap, plan)
        host = self._hosts[stop.host]
        host.busy = False
        self._stand(stop.host, host)

    def _queue(self, stop: Stop) -> None:
        host = self._hosts.setdefault(stop.host, _Host())
        heappush(host.failing if stop.failing else host.well, stop)
        if not host.busy and host.standing != "ready" and not (host.standing == "held" and stop.failing):
            self._stand(stop.host, host)

    def _stand(self, name: str, host: _Host) -> None:
        """Put a host that can be asked in line, if anybody waits for it."""
        first = min((line[0].due for line in (host.well, host.failing) if line), default=None)
        host.standing = "ready" if first else ""
        if first:
            heappush(self._line, (max(first, host.opens), name))

    def _next(self, name: str, host: _Host) -> Stop | None:
        """The feed of a host whose turn it is; None if there is none, or no place for it."""
        for line in (host.well, host.failing):
            while line and self._plans.get(line[0].feed) is not line[0]:
                heappop(line)  # it was planned anew since, or is planned no more
        lines = [line for line in (host.well, host.failing) if line]
        if host.failing and not self._room():
            lines.remove(host.failing)
            if not lines:
                host.standing = "held"
                self._held.append(name)
                return None
        host.standing = ""
        if not lines:
            return None
        chosen = heappop(min(lines))
        host.busy = True
        host.opens = self._now + self.spacing
        return chosen

    def _room(self) -> int:
        """How many more feeds that failed may be handed out."""
        return self._for_failing - sum(stop.failing for stop in self._away.values())

    def _release(self) -> None:
        """Let as many hosts that were held get in line as there are places for their feeds."""
        for _ in range(min(self._room(), len(self._held))):
            name = self._held.popleft()
            if self._hosts[name].standing == "held":
                self._stand(name, self._hosts[name])


def _moved(instant: datetime, back: timedelta) -> datetime:
    return instant - back if instant - LONG_AGO > back else LONG_AGO
