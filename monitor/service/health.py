"""Health: whether a feed has gone silent, and what the operator is told of feeds."""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from monitor.config import Config
from monitor.events import FeedFailed, FeedGapSuspected, FeedMoved, FeedWentSilent
from monitor.feeds import health, silence
from monitor.feeds.health import Stretch
from monitor.feeds.rhythm import fraction
from monitor.model import OPERATOR, Feed, FeedId
from monitor.service.house import House
from monitor.service.tell import Telling

ROUND = timedelta(hours=1)  # in which every feed has its turn
MOST_IN_A_LOOK = 20  # feeds: judging one takes about 10 ms
NOTICES = timedelta(seconds=20)  # between two looks at what the operator is due
BACK = silence.WINDOW + timedelta(weeks=1)  # of arrivals that are read

journal = structlog.get_logger()


class Health:
    """Looks at a few feeds a tick; what is due is a function of the log, and only whose turn it is lives here."""

    def __init__(self, house: House, telling: Telling) -> None:
        self.house, self.telling = house, telling
        self._turns: list[tuple[float, Feed]] = []  # by the moment of the hour at which each has its turn
        self._config: Config | None = None
        self._next = 0
        self._looked = house.clock()
        self._asked: datetime | None = None

    async def look(self, now: datetime) -> None:
        """Judge the feeds whose turn it is, and tell the operator what is due."""
        for feed in self._turn(now):
            await self.judge(feed, now)
            await asyncio.sleep(0)  # the polls under way have their turn too
        if self._asked is None or not self._asked <= now < self._asked + NOTICES:
            self._asked = now
            await self.notify(now)

    def _turn(self, now: datetime) -> list[Feed]:
        """The feeds whose moment of the hour has passed since the last look."""
        if self._config is not self.house.config:
            self._config = self.house.config
            self._turns = sorted(((fraction(feed.id), feed) for feed in self._config.feeds), key=lambda turn: turn[0])
            self._next = bisect_right(self._turns, _moment(self._looked), key=lambda turn: turn[0])
        passed = now - self._looked
        self._looked = now
        if not self._turns or passed <= timedelta():
            return []
        upto = bisect_right(self._turns, _moment(now), key=lambda turn: turn[0])
        owed = len(self._turns) if passed >= ROUND else (upto - self._next) % len(self._turns)
        many = min(owed, MOST_IN_A_LOOK)  # the others have their turn in the next looks
        chosen = [self._turns[(self._next + n) % len(self._turns)][1] for n in range(many)]
        self._next = (self._next + many) % len(self._turns)
        return chosen

    # -- silence -----------------------------------------------------------------------------------------------------

    async def judge(self, feed: Feed, now: datetime) -> FeedWentSilent | None:
        """Record that the feed went silent, if its habit says so; the alarm, if it is new."""
        alarm = self._silent(feed)  # look, decide
        if alarm is None:
            return None
        event = structs.replace(alarm, at=now)
        if not await self.house.record([event]):  # record
            return None
        journal.warning("feed went silent", feed=feed.id, since=event.since, expected=event.expected)
        return event

    def _silent(self, feed: Feed) -> FeedWentSilent | None:
        views = self.house.views
        state = views.poll_state(feed.id)
        if state.failures or state.gone or state.silent_since or state.last_good is None:
            return None  # only a feed that answers well can be silent, and is so once
        arrivals = views.arrivals(feed.id, BACK)
        if len(arrivals) <= silence.LEAST_ARRIVALS:
            return None
        idle = views.idle(state.last_good)
        # The feed's own outages stand in the log, which is slow to ask: it is asked only if there is an alarm without
        # them. They make a silence shorter, so they can only take it back.
        if silence.judge(feed.id, arrivals, idle, state.last_good) is None:
            return None
        return silence.judge(feed.id, arrivals, self._unwatched(feed.id, idle, state.last_good), state.last_good)

    def _unwatched(self, feed: FeedId, idle: Sequence[Stretch], now: datetime) -> list[Stretch]:
        events = [recorded.event for recorded in self.house.log.read(stream=f"feed/{feed}")]
        return health.merged([*idle, *health.outages(events, now)])

    def silences(self, feed: Feed, now: datetime) -> list[FeedWentSilent]:
        """The alarms that the feed's whole past would have raised."""
        state = self.house.views.poll_state(feed.id)
        arrivals = self.house.views.arrivals(feed.id, timedelta(days=36_500))
        until = min(now, state.last_good or now)
        unwatched = self._unwatched(feed.id, self.house.views.idle(until), until)
        return list(silence.replay(feed.id, arrivals, unwatched, until))

    # -- notices -----------------------------------------------------------------------------------------------------

    async def notify(self, now: datetime) -> None:
        """Tell the operator what is due, in one notice, recorded together with what it tells of."""
        if not any(channel.name == OPERATOR for channel in self.house.config.channels):
            return  # the journal, `status` and the digests' footers tell it
        feeds = {feed.id: feed for feed in self.house.config.feeds}
        views = self.house.views
        found = views.feeds_to_tell(failures=health.MANY_FAILURES, down_before=now - health.DOWN_FOR)  # look
        told = {one.feed: one for one in found if one.feed in feeds}
        if not told:
            return
        lately = views.failing_lately(now - health.DOWN_FOR)
        notices = health.due(list(told.values()), on_their_way=lately, last=views.last_noticed(), now=now)  # decide
        if notices:
            subject, text = health.letter(notices, told, feeds)
            occasion = " ".join(notice.id for notice in notices)
            await self.house.record([*notices, self.telling.notice(subject, text, occasion)])  # record
            journal.info("operator notified", subject=subject)

    # -- for people --------------------------------------------------------------------------------------------------

    def advice(self, code: str) -> str:
        """What to do about a trouble."""
        return health.advice(code)

    def legend(self) -> str:
        """What the characters of a strip mean."""
        return health.LEGEND

    def awaited(self, feed: FeedId, now: datetime) -> datetime | None:
        """When the feed's habit promises its next item; None if it is not known well enough."""
        return silence.awaited(self.house.views.arrivals(feed, BACK), self.house.views.idle(now))

    def past(self, feed: FeedId, now: datetime) -> dict[str, object]:
        """A feed's past: strips of its health, its last troubles, moves and possible gaps, what was set aside."""
        events = [recorded.event for recorded in self.house.log.read(stream=f"feed/{feed}")]
        arrivals = self.house.views.arrivals(feed, timedelta(days=45))
        seen = [
            (event.since, next((at for at in arrivals if at > event.since), now))
            for event in events
            if isinstance(event, FeedWentSilent)
        ]
        known = {
            "until": now,
            "heard": self.house.views.first_item(feed),
            "failed": health.outages(events, now),
            "silent": seen,
            "unwatched": self.house.views.idle(now),
        }
        return {
            "day": health.strip(period=timedelta(minutes=30), periods=48, **known),  # type: ignore[arg-type]
            "month": health.strip(period=timedelta(days=1), periods=30, **known),  # type: ignore[arg-type]
            "troubles": [event for event in events if isinstance(event, FeedFailed)][-5:],
            "moves": [event for event in events if isinstance(event, FeedMoved)],
            "gaps": [event for event in events if isinstance(event, FeedGapSuspected)][-5:],
            "silences": [event for event in events if isinstance(event, FeedWentSilent)][-5:],
            "quarantined": self.house.views.quarantined(feed),
        }


def _moment(now: datetime) -> float:
    """Where in its hour an instant lies, from 0 up to 1."""
    return now.timestamp() % ROUND.total_seconds() / ROUND.total_seconds()
