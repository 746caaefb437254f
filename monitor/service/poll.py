"""Hearing: which feeds are due, and one feed heard out."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import partial

import structlog
from msgspec import structs

from monitor import __version__
from monitor.errors import NotFound, StorageError, ViewsMissing, did_you_mean
from monitor.events import FeedFailed, FeedRecovered, ItemMatched, ItemRevised, ItemSeen
from monitor.feeds import delta, poll
from monitor.feeds.heard import Heard, Reply
from monitor.feeds.http import Fetcher
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed, FeedId, PollState, Trouble
from monitor.service.house import House

AT_ONCE = 32  # polls under way

journal = structlog.get_logger()


class Polling:
    """Polls feeds; ``start_due`` is the daemon's, ``poll`` is everyone's."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._pages: dict[FeedId, PollState] = {}  # the poll book, as far as it is open
        self._since = house.clock()
        self._under_way: dict[FeedId, asyncio.Task[None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._open = AsyncExitStack()
        self._manners: tuple[object, ...] = ()
        self._fetcher: Fetcher | None = None
        self._sandbox: Sandbox | None = None

    # -- the schedule ------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """Open the poll book at the feeds of the configuration."""
        self._since = self.house.clock()
        states = self.house.views.poll_states(feed.id for feed in self.house.config.feeds)
        self._pages = {feed.id: poll.page(feed, states[feed.id]) for feed in self.house.config.feeds}

    def start_due(self, now: datetime) -> int:
        """Start a poll of every feed that is due and not under way; answers how many."""
        due = [
            feed
            for feed in self.house.config.feeds
            if feed.id not in self._under_way and poll.due(feed, self._page(feed), self._since, now) <= now
        ]
        for feed in due:
            self._under_way[feed.id] = asyncio.create_task(self._poll_in_turn(feed), name=f"poll {feed.id}")
        return len(due)

    def _page(self, feed: Feed) -> PollState:
        return self._pages.get(feed.id) or PollState(feed=feed.id)

    def _put_off(self, feed: Feed, wait: timedelta) -> None:
        """Ask again after ``wait``; only this process knows, for nothing could be recorded."""
        self._pages[feed.id] = structs.replace(self._page(feed), next_due=self.house.clock() + wait)

    async def _poll_in_turn(self, feed: Feed) -> None:
        try:
            async with self._places:
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
        known = self.house.views.known(item.id for item in heard.items)  # look
        now = self.house.clock()
        rules = self.house.rules
        judge = partial(rules.match, feed=feed)  # a rule may ask for the feed's group
        backlog = self.house.config.backlog
        decision = poll.decide(feed, before, reply, heard, known, judge, now, backlog)  # decide
        await self.house.record(decision.events, decision.state)  # record
        self._pages[feed.id] = decision.state
        self._tell(feed, decision.events)
        return reply.trouble or heard.trouble

    async def _fetch(self, feed: Feed, before: PollState) -> Reply:
        config = self.house.config
        manners = (config.timeout, config.spacing, config.user_agent, config.allow_hosts)
        if self._fetcher is None or self._manners != manners:
            agent = config.user_agent or f"news-monitor/{__version__}"
            fetcher = Fetcher(
                timeout=config.timeout, spacing=config.spacing, user_agent=agent, allow_hosts=config.allow_hosts
            )
            self._fetcher = await self._open.enter_async_context(fetcher)  # one of old manners ends with the service
            self._manners = manners
        return await self._fetcher.fetch(feed.url, etag=before.etag, last_modified=before.last_modified)

    async def _parse(self, feed: Feed, before: PollState, reply: Reply) -> Heard:
        if reply.trouble is not None or delta.unchanged(before, reply):
            return Heard()
        if self._sandbox is None:
            self._sandbox = await self._open.enter_async_context(Sandbox())
        return await self._sandbox.parse(feed, reply)

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
        """Poll feeds at once, due or not; yields each as it ends."""

        async def one(feed: Feed) -> tuple[Feed, Trouble | None]:
            async with self._places:
                return feed, await self.poll(feed)

        tasks = [asyncio.create_task(one(feed), name=f"poll {feed.id}") for feed in feeds]
        try:
            for ended in asyncio.as_completed(tasks):
                yield await ended
        finally:
            for task in tasks:
                task.cancel()
