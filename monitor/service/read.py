"""Reading: the articles behind new items, where config.toml asks for them, and what the rules make of their text.

A few at a time and one a host, through the same door as the polls, so that a host is asked as rarely by both together.
What is under way or waits to be tried again is only known here: who ends in between costs the other side one request.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import structlog
from msgspec import structs

from monitor.config import Config
from monitor.errors import StorageError, ViewsMissing
from monitor.events import ItemMatched
from monitor.feeds import article, moves
from monitor.feeds.heard import Prose, Reply
from monitor.feeds.sandbox import Sandbox
from monitor.feeds.timetable import Stop, Timetable
from monitor.model import Feed, FeedId, ItemId
from monitor.service.house import House
from monitor.service.poll import Polling
from monitor.views.sqlite_items import Mark, Unread

AT_ONCE = 4  # articles under way
UNRECORDED = timedelta(minutes=1)  # until another try, where the log or the views could not be written

journal = structlog.get_logger()


class Reading:
    """Reads articles; every tick calls ``start_due``, which does nothing where no feed has ``full_text``."""

    def __init__(self, house: House, polling: Polling) -> None:
        self.house, self.polling = house, polling
        self._planned_for: Config | None = None
        self._feeds: dict[FeedId, Feed] = {}  # those that have full_text
        self._mark: Mark | None = None  # of the last look
        self._timetable = Timetable(AT_ONCE)
        self._wanted: dict[ItemId, Unread] = {}  # those in the timetable
        self._tries: dict[ItemId, int] = {}  # of those that failed
        self._under_way: set[asyncio.Task[None]] = set()
        self._open = AsyncExitStack()
        self._sandbox: Sandbox | None = None

    # -- the schedule ------------------------------------------------------------------------------------------------

    def start_due(self, now: datetime) -> list[asyncio.Task[None]]:
        """Start to read the articles whose turn it is."""
        if self._planned_for is not self.house.config:
            self._plan(now)
        if not self._feeds:
            return []
        self._look(now)
        taken = [self._wanted[item] for item in self._timetable.take(now)]
        tasks = [asyncio.create_task(self._in_turn(one), name=f"read {one.item}") for one in taken]
        self._under_way.update(tasks)
        return tasks

    def _plan(self, now: datetime) -> None:
        """Begin anew under another configuration; what is under way goes on."""
        self._planned_for = config = self.house.config
        self._feeds = {feed.id: feed for feed in config.feeds if feed.full_text != "never"}
        self._mark, self._wanted = None, {}
        self._timetable.replan([], config.spacing, now)

    def _look(self, now: datetime) -> None:
        """Plan what came, or was caught, since the last look."""
        unread, self._mark = self.house.views.unread(now - article.FRESH, self._mark)
        for one in unread:
            feed = self._feeds.get(one.feed)
            if feed and article.wanted(feed, one.caught) and one.item not in self._wanted:
                self._wanted[one.item] = one
                self._timetable.put(Stop(now, one.item, moves.host(one.url)), now)

    def _turn(self, one: Unread, wait: timedelta | None) -> None:
        """Plan another try; or none."""
        if wait is None or one.feed not in self._feeds:
            self._wanted.pop(one.item, None)
            self._timetable.drop(one.item)
        else:
            now = self.house.clock()
            self._wanted[one.item] = one
            self._timetable.put(Stop(now + wait, one.item, moves.host(one.url), failing=True), now)

    async def _in_turn(self, one: Unread) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            self._turn(one, await self._read(one))
        except (StorageError, ViewsMissing) as wrong:
            self._turn(one, UNRECORDED)
            journal.error("an article could not be recorded", item=one.item, trouble=str(wrong))
        except Exception:  # noqa: BLE001 - a bug met in one article must not stop the others; it keeps its traceback
            self._turn(one, None)
            journal.exception("an article was lost to a mistake of ours", item=one.item)
        finally:
            self._under_way.discard(task)
            self._timetable.ended(one.item, self.house.clock())

    async def stop(self) -> None:
        """Break off what is under way (an article can be asked for again) and let go of the child."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._open.aclose()
        self._sandbox = None

    # -- one article -------------------------------------------------------------------------------------------------

    async def _read(self, one: Unread) -> timedelta | None:
        """Read an article and record it; or answer when to try again."""
        fetcher = await self.polling.fetcher()
        reply = await fetcher.fetch(one.url, accept=article.ASKED_FOR)  # reach out
        prose = await self._extract(reply)
        tries = self._tries.pop(one.item, 0) + 1
        if prose.trouble and (wait := article.again(prose.trouble, tries, reply.retry_after)):
            self._tries[one.item] = tries
            return wait
        await self._judge(one.item, prose)
        return None

    async def _extract(self, reply: Reply) -> Prose:
        if trouble := article.no_page(reply):
            return Prose(trouble=trouble)
        if self._sandbox is None:  # not the feeds': no feed waits for an article
            self._sandbox = await self._open.enter_async_context(Sandbox())
        return await self._sandbox.read(reply)

    async def _judge(self, item: ItemId, prose: Prose) -> None:
        """Record the text together with what the rules make of it."""
        found = self.house.views.item(item)  # look: it may have been revised meanwhile
        feed = self._feeds.get(found.item.feed)
        if feed is None:
            return  # it was switched off meanwhile
        hits = self.house.rules.match(structs.replace(found.item, body=prose.text), feed) if prose.text else ()
        known = self.house.views.matched_rules([item])
        before = {rule for _, revision, rule in known if revision == found.revision}
        events = article.decide(item, found.revision, prose, hits, before, self.house.clock())  # decide
        await self.house.record(events)  # record
        caught = [event.rule for event in events if isinstance(event, ItemMatched)]
        said = {"item": item, "feed": feed.id, "caught": caught}
        if prose.trouble:
            journal.warning("article not read", item=item, feed=feed.id, trouble=str(prose.trouble))
        else:
            journal.info("article", characters=len(prose.text), **said)
