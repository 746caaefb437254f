"""Hearing: which feeds are due, and one feed heard out."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import unquote

import structlog
from msgspec import structs

from monitor import __version__
from monitor.errors import NotFound, StorageError, ViewsMissing, did_you_mean
from monitor.events import FeedFailed, FeedGone, FeedMoved, FeedRecovered, ItemMatched, ItemRevised, ItemSeen
from monitor.feeds import again, delta, moves, poll, rhythm
from monitor.feeds.heard import Heard, Reply
from monitor.feeds.http import Fetcher
from monitor.feeds.sandbox import Sandbox
from monitor.feeds.timetable import Stop, Timetable
from monitor.model import Feed, FeedId, ItemId, KnownItem, PollState, Trouble
from monitor.service.house import House
from monitor.service.stories import Stories

AT_ONCE = 32  # polls under way that a person asked for

journal = structlog.get_logger()


class Polling:
    """Polls feeds; ``start_due`` is the daemon's, ``poll`` is everyone's."""

    def __init__(self, house: House, stories: Stories) -> None:
        self.house, self.stories = house, stories
        self._feeds: dict[FeedId, Feed] = {}  # those that are planned
        self._timetable = Timetable()
        self._under_way: dict[FeedId, asyncio.Task[None]] = {}
        self._open = AsyncExitStack()
        self._manners: tuple[object, ...] = ()
        self._fetcher: Fetcher | None = None
        self._sandbox: Sandbox | None = None

    # -- the schedule ------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Plan the feeds of the configuration as the poll book has them; what is under way goes on.

        Only what is due where and when is kept: a feed's page is read when it is polled. Where the feeds are those that
        are planned already, as when rules have changed, there is nothing to do.
        """
        now, config = self.house.clock(), self.house.config
        feeds = {feed.id: feed for feed in config.feeds}
        if feeds and feeds == self._feeds and config.spacing == self._timetable.spacing:
            return
        pages = self.house.views.poll_states(feeds)
        stops = [stop for feed in config.feeds if (stop := _stop(feed, poll.page(feed, pages[feed.id]), now))]
        self._feeds = feeds
        self._timetable.replan(stops, config.spacing, now)

    def start_due(self, now: datetime) -> int:
        """Start a poll of every feed that is due and has a place; answers how many."""
        taken = self._timetable.take(now)
        for name in taken:
            self._under_way[name] = asyncio.create_task(self._poll_in_turn(self._feeds[name]), name=f"poll {name}")
        return len(taken)

    def due(self, feed: FeedId) -> datetime | None:
        """When the feed will be asked next; None if it will not."""
        return self._timetable.due(feed)

    def _by_now(self, feed: Feed) -> Feed:
        """The feed as it is configured by now, if that is still about the place that was asked."""
        planned = self._feeds.get(feed.id, feed)
        return planned if planned.url == feed.url else feed

    def _turn(self, feed: FeedId, state: PollState, decided: datetime) -> None:
        """Plan a feed by its page; that, the configuration and the clock may have changed since ``decided``."""
        now, planned = self.house.clock(), self._feeds.get(feed)
        if planned is None:
            return
        stop = _stop(planned, poll.page(planned, state), now)
        if stop is None:
            self._timetable.drop(feed)
        else:
            back = max(decided - now, timedelta())  # the clock was set back meanwhile: the wait is still the wait
            self._timetable.put(stop._replace(due=stop.due - back), now)

    def _put_off(self, feed: Feed, wait: timedelta) -> None:
        """Ask again after ``wait``; only this process knows, for nothing could be recorded."""
        if feed.id in self._feeds:
            now = self.house.clock()
            self._timetable.put(Stop(now + wait, feed.id, moves.host(feed.url), failing=True), now)

    async def _poll_in_turn(self, feed: Feed) -> None:
        try:
            await self.poll(feed)
        except (StorageError, ViewsMissing) as wrong:
            # Nothing was recorded and nothing is lost: the feed still shows these items at the next poll.
            self._put_off(feed, timedelta(minutes=1))
            journal.error("a poll could not be recorded", feed=feed.id, trouble=str(wrong))
        except Exception:  # noqa: BLE001 - a bug met in one feed must not stop the others; it keeps its traceback
            self._put_off(feed, feed.interval)
            journal.exception("a poll was lost to a mistake of ours", feed=feed.id)
        finally:
            del self._under_way[feed.id]
            self._timetable.ended(feed.id, self.house.clock())
        self.start_due(self.house.clock())  # its place is taken at once, not at the next tick

    async def stop(self) -> None:
        """Break off what is under way (a poll can be done again) and let go of sockets and children."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._open.aclose()
        self._fetcher = self._sandbox = None

    # -- one feed ----------------------------------------------------------------------------------------------------

    async def poll(self, feed: Feed) -> Trouble | None:
        """Hear one feed out; answers with its trouble, if it had one."""
        before = poll.page(feed, self.house.views.poll_state(feed.id))  # look
        reply = await self._fetch(feed, before)  # reach out
        heard = await self._parse(feed, before, reply)
        now, feed = self.house.clock(), self._by_now(feed)
        heard, known = self._recognised(feed, before, heard, now)  # look
        rules = self.house.rules
        judge = partial(rules.match, feed=feed)  # a rule may ask for the feed's group
        backlog = self.house.config.backlog
        decision = poll.decide(feed, before, reply, heard, known, judge, now, backlog)  # decide
        await self.stories.record(decision.events, decision.state)  # record
        self._turn(feed.id, decision.state, now)
        self._tell(feed, decision.events)
        return reply.trouble or heard.trouble

    def _recognised(
        self, feed: Feed, before: PollState, heard: Heard, now: datetime
    ) -> tuple[Heard, dict[ItemId, KnownItem]]:
        """What was heard, each item under the id it is remembered by, and what is remembered."""
        views = self.house.views
        known = views.known(again.ids(heard.items))
        alike: dict[ItemId, KnownItem] = {}
        if before.last_good is not None:
            for item, since in again.strangers(heard.items, known, now):
                if twin := views.lookalike(feed.id, item, since):
                    alike[item.id] = twin
        return again.settled(heard, known, alike), known | {twin.id: twin for twin in alike.values()}

    async def fetcher(self) -> Fetcher:
        """The one way out to feeds and articles, with the manners of the configuration in force."""
        config = self.house.config
        manners = (config.timeout, config.spacing, config.user_agent, config.allow_hosts)
        if self._fetcher is None or self._manners != manners:
            agent = config.user_agent or f"news-monitor/{__version__}"
            fetcher = Fetcher(
                timeout=config.timeout, spacing=config.spacing, user_agent=agent, allow_hosts=config.allow_hosts
            )
            self._fetcher = await self._open.enter_async_context(fetcher)  # one of old manners ends with the service
            self._manners = manners
        return self._fetcher

    async def _fetch(self, feed: Feed, before: PollState) -> Reply:
        fetcher, url = await self.fetcher(), moves.address(feed, before)
        reply = await fetcher.fetch(url, etag=before.etag, last_modified=before.last_modified)
        if any(secret in unquote(reply.moved_to) for secret in self.house.config.secrets):
            return structs.replace(reply, moved_to="")  # the log holds no secret: this feed stays where it is
        return reply

    async def _parse(self, feed: Feed, before: PollState, reply: Reply) -> Heard:
        if reply.trouble is not None or delta.unchanged(before, reply):
            return Heard()
        if self._sandbox is None:
            self._sandbox = await self._open.enter_async_context(Sandbox())
        return await self._sandbox.parse(feed, reply, entries=before.entries)

    def _tell(self, feed: Feed, events: Iterable[object]) -> None:
        """Say in the operator's journal what the poll came to."""
        new = revised = 0
        caught: list[str] = []
        for event in events:
            match event:
                case ItemSeen():
                    new += 1
                case ItemRevised():
                    revised += 1
                case ItemMatched(topic=topic):
                    caught.append(topic)
                case FeedFailed(trouble=trouble, failures=failures, retry_at=retry_at):
                    journal.warning(
                        "feed failed", feed=feed.id, trouble=str(trouble), failures=failures, retry_at=retry_at
                    )
                case FeedMoved(target=target):
                    journal.warning("feed moved", feed=feed.id, target=target or "back to where config.toml says")
                case FeedGone():
                    journal.warning("feed gone for good: it is asked no more", feed=feed.id)
                case FeedRecovered(down_since=since):
                    journal.info("feed recovered", feed=feed.id, down_since=since)
        if new or revised:
            journal.info(
                "items", feed=feed.id, new=new, revised=revised, caught=len(caught), topics=sorted(set(caught))
            )

    # -- on request --------------------------------------------------------------------------------------------------

    def chosen(self, names: Iterable[str]) -> list[Feed]:
        """The feeds of these ids; all of them if none is named."""
        feeds = {feed.id: feed for feed in self.house.config.feeds}
        wanted = list(names) or list(feeds)
        for name in wanted:
            if name not in feeds:
                raise NotFound(f"there is no feed {name!r}", hint=did_you_mean(name, feeds))
        return [feeds[name] for name in wanted]

    async def poll_now(self, feeds: Iterable[Feed]) -> AsyncIterator[tuple[Feed, Trouble | None]]:
        """Poll feeds at once, due or not, gone or not; yields each as it ends."""
        places, turns = asyncio.Semaphore(AT_ONCE), defaultdict[str, asyncio.Lock](asyncio.Lock)

        async def one(feed: Feed) -> tuple[Feed, Trouble | None]:
            async with turns[moves.host(feed.url)], places:  # who waits for its host takes no place
                return feed, await self.poll(feed)

        tasks = [asyncio.create_task(one(feed), name=f"poll {feed.id}") for feed in feeds]
        try:
            for ended in asyncio.as_completed(tasks):
                yield await ended
        finally:
            for task in tasks:
                task.cancel()


def _stop(feed: Feed, page: PollState, now: datetime) -> Stop | None:
    """Where the feed stands in the timetable; nowhere if it is gone."""
    if page.gone:
        return None
    due = rhythm.due(feed, page, now)
    return Stop(due, feed.id, moves.host(moves.address(feed, page)), failing=page.failures > 0)
