"""The demo: a day of September 2024 in about a minute, by the real daemon.

The outlets, the mail server and the webhook are servers on loopback; the daemon polls, matches, records and sends
exactly as it always does. Only its clock is another: it shows the story's time and runs faster.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.rule import Rule
from rich.text import Text

from monitor import journal
from monitor.cli import show
from monitor.daemon import Daemon
from monitor.demo import story as stories
from monitor.demo.narrator import Narrator
from monitor.demo.outlets import Outlets
from monitor.demo.postbox import Hook, Postbox
from monitor.demo.story import Story
from monitor.errors import MonitorError, NotFound
from monitor.service.house import clock
from monitor.service.service import Service

LASTS = 50  # seconds that the story's day is given
AT_MOST = 120  # seconds; a demo that takes longer has failed
EDITIONS = 2  # that the day's digest comes out
LOOK = 0.2  # seconds between two looks at the log
ZONE = ZoneInfo("Europe/Kyiv")
RULES = Path(__file__).parents[2] / "rules"
LETTERS = Path("data") / "demo"

CONFIG = """
[service]
rules = "{rules}"
spacing = "0s"
timeout = "5s"
allow_hosts = ["127.0.0.1"]
{feeds}
[[channel]]
name = "desk-mail"
url = "mailto://127.0.0.1:{smtp}?from=monitor@monitor.example&to=desk@newsroom.example&mode=insecure"

[[channel]]
name = "desk-hook"
url = "json://127.0.0.1:{hook}/digest"

[[digest]]
name = "desk"
title = "Kyiv desk"
channels = ["desk-mail", "desk-hook"]
cron = "0 13,19 * * *"
zone = "Europe/Kyiv"
"""

FEED = """
[[feed]]
id = "{0.id}"
title = "{0.title}"
url = "{0.url}"
group = "{0.group}"
tier = {0.tier}
lang = "{0.lang}"
interval = "15m"
"""


def story_clock(story: Story) -> Callable[[], datetime]:
    """A clock that shows the beginning of the story's day now, and its end ``LASTS`` seconds later."""
    began = clock()
    speed = (story.frame.ends - story.frame.begins) / timedelta(seconds=LASTS)
    return lambda: story.frame.begins + (clock() - began) * speed


def run(*, keep: bool) -> None:
    """Play the story; with ``keep``, the folder with the log and the configuration stays.

    Raises:
        MonitorError: the demo cannot be played here, or did not come to its end.
    """
    if not RULES.is_dir():
        raise NotFound("the demo needs the rules/ folder of a checkout", hint="git clone, then: make demo")
    folder = Path(tempfile.mkdtemp(prefix="monitor-demo-"))
    try:
        with (folder / "journal.jsonl").open("w", encoding="utf-8") as out:
            journal.set_up(stream=out)
            asyncio.run(Demo(folder, stories.bundled()).play())
    finally:
        if keep:
            show.console().print(f"kept: {folder}", soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)


class Demo:
    """One playing of the story."""

    def __init__(self, folder: Path, story: Story) -> None:
        self.folder, self.story = folder, story
        self.clock = story_clock(story)
        self.console = show.console()
        self.letters = LETTERS.absolute()

    async def play(self) -> None:
        """Set the stage, wake the daemon, tell what happens, show the letter."""
        async with Outlets(self.story, self.clock) as outlets, Postbox(self.letters) as postbox, Hook() as hook:
            feeds = "".join(FEED.format(feed) for feed in outlets.feeds)
            config = CONFIG.format(rules=RULES.as_posix(), feeds=feeds, smtp=postbox.port, hook=hook.port)
            path = self.folder / "config.toml"
            path.write_text(config, encoding="utf-8")
            self._introduce(len(outlets.feeds))
            with Service.open(path, write=True, clock=self.clock) as service:
                daemon = Daemon(service)
                awake = asyncio.create_task(daemon.run(), name="daemon")
                over = await self._watch(service, awake, {feed.id: feed.title for feed in outlets.feeds})
                daemon.stop("the story is over")
                await awake
                if over:
                    self._show(service, outlets, postbox, hook)
                else:
                    self.console.print("stopped; everything is cleaned up")

    def _introduce(self, feeds: int) -> None:
        self.console.print(Rule(Text(self.story.frame.title, "bold")))
        said = (
            f"{feeds} outlets, a mail server and a webhook run on loopback; the daemon polls, matches, records and "
            f"sends for real. Its day lasts {LASTS} seconds. Times are Kyiv's. Behind an arrow stand the rules that "
            f"caught an item."
        )
        self.console.print(Text(said), soft_wrap=False)
        self.console.print()

    async def _watch(self, service: Service, awake: "asyncio.Task[None]", outlets: dict[str, str]) -> bool:
        """Tell the log until the day is over and its letters are out; False if someone stopped it before."""
        narrator = Narrator(self.console, ZONE, outlets)
        position = 0
        try:
            async with asyncio.timeout(AT_MOST):
                while not awake.done():
                    told = list(service.history.read(position))
                    narrator.tell(told)
                    position = told[-1].position if told else position
                    counts = service.history.counts()
                    if counts["editions"] >= EDITIONS and not counts["letters waiting"]:
                        return True
                    await asyncio.wait({awake}, timeout=LOOK)
        except TimeoutError:
            raise MonitorError(
                f"the demo did not end within {AT_MOST} seconds", hint="monitor demo --keep, and read journal.jsonl"
            ) from None
        return False

    def _show(self, service: Service, outlets: Outlets, postbox: Postbox, hook: Hook) -> None:
        """The last letter as its reader gets it, and what the day came to."""
        letter = postbox.letters[-1]
        self.console.print()
        self.console.print(Rule(Text("the evening's letter, as it came by mail", "bold")))
        self.console.print(Text(journal.plain(f"Subject: {letter.message['Subject']}")))
        plain = letter.message.get_body(("plain",))
        for line in plain.get_content().splitlines() if plain else ():
            self.console.print(Text(journal.plain(line)), soft_wrap=True)
        served = outlets.served.values()
        counts = service.history.counts()
        self.console.print(Rule(Text("what happened", "bold")))
        rows = [
            f"{sum(s.requests for s in served)} polls: {sum(s.unchanged for s in served)} answered 304, "
            f"{sum(s.refused for s in served)} answered 503",
            f"{counts['items']} items ({counts['baseline']} older than a day), {counts['matches']} matches",
            f"{len(postbox.letters)} letters by SMTP, {len(hook.posts)} posts to the webhook",
            f"{service.history.verify().position} events in the log, every one verified",
        ]
        for row in rows:
            self.console.print(Text(f"  {row}"))
        self.console.print(Text("\nOpen the letter in a browser:"))
        self.console.print(Text(f"  {letter.html}"), soft_wrap=True)
