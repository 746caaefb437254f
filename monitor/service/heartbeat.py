"""The heartbeat: an address of the operator's is asked after every good cycle, so that someone notices our silence.

A cycle is good if the tick came to its end, the log answers, what happened last could be recorded, and polls are not
stuck. Whoever watches that address raises the alarm when nothing comes; so in doubt, nothing is sent. The address is a
secret: whoever has it can say that all is well.
"""

import asyncio

import aiohttp
import structlog

from monitor.errors import StorageError
from monitor.feeds import pulse
from monitor.service.house import House

EVERY = 60.0  # seconds between two, at least
PATIENCE = aiohttp.ClientTimeout(total=10)

journal = structlog.get_logger()


class Heartbeat:
    """Asks the address at most once a minute; never raises, and says in the journal what changed, not what lasts."""

    def __init__(self, house: House, every: float = EVERY) -> None:
        self.house, self._every = house, every
        self._began = house.clock()
        self._last: float | None = None  # on the loop's clock, which nobody sets
        self._trouble = ""
        self._task: asyncio.Task[None] | None = None

    def start_due(self) -> asyncio.Task[None] | None:
        """Start a beat if one is due; the tick does not wait for it."""
        now = asyncio.get_running_loop().time()
        early = self._last is not None and now < self._last + self._every
        if early or not self.house.config.heartbeat_url or (self._task and not self._task.done()):
            return None
        self._last = now
        self._task = asyncio.create_task(self.beat(), name="heartbeat")
        return self._task

    async def beat(self) -> None:
        """One heartbeat, or a word in the journal why there is none."""
        trouble = await self._unwell()
        withheld = bool(trouble)
        if not withheld:
            trouble = await self._ask(self.house.config.heartbeat_url)
        if trouble == self._trouble:
            return
        if trouble:
            journal.warning("heartbeat withheld" if withheld else "heartbeat not taken", trouble=trouble)
        else:
            journal.info("heartbeat taken again")
        self._trouble = trouble

    async def _unwell(self) -> str:
        """Why all is not well; empty if it is."""
        if not self.house.recorded_well:
            return "what happened last could not be recorded"
        try:
            await self.house.pulse()
        except StorageError as wrong:
            return f"the log does not answer: {wrong.message}"
        now, feeds = self.house.clock(), [feed.id for feed in self.house.config.feeds]
        heard, some_wait = self.house.views.hearing(feeds, now)
        if pulse.stuck(heard, self._began, now, some_wait=some_wait):
            return "no feed was heard well for an hour"
        return ""

    async def _ask(self, url: str) -> str:
        """What was wrong with the answer; empty if it was good. Neither shows the address."""
        try:
            async with (
                aiohttp.ClientSession(timeout=PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
        except TimeoutError:
            return "no answer in 10 seconds"
        except (aiohttp.ClientError, OSError, ValueError) as wrong:
            return f"it cannot be reached: {type(wrong).__name__}"  # its own words would name the address

    async def stop(self) -> None:
        """Break off what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
