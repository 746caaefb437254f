"""Tells on the terminal what the log says, as it is said."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli import show
from monitor.events import (
    DigestQueued,
    DigestSent,
    Event,
    FeedFailed,
    FeedRecovered,
    ItemMatched,
    ItemRevised,
    ItemSeen,
    Recorded,
)
from monitor.model import ItemId, Span


class Narrator:
    """Writes a line for each thing that a reader would want to know."""

    def __init__(self, console: Console, zone: ZoneInfo, outlets: dict[str, str]) -> None:
        self.console, self.zone, self.outlets = console, zone, outlets
        self.feeds: dict[ItemId, str] = {}
        self.baseline = 0

    def tell(self, told: Iterable[Recorded]) -> None:
        """Tell these events; an item's matches come right behind it, in the same append."""
        events = [recorded.event for recorded in told]
        matches: dict[ItemId, list[ItemMatched]] = {}
        for event in events:
            if isinstance(event, ItemMatched):
                matches.setdefault(event.item, []).append(event)
        for event in events:
            line = self._line(event, matches)
            if line is not None:
                row = Table.grid(padding=(0, 1))
                row.add_row(self._at(event.at), line)
                self.console.print(row)
        if self.baseline:
            self.console.print(Text(f"      {self.baseline} older items: remembered, not told", "dim"))
            self.baseline = 0

    def _at(self, at: datetime) -> Text:
        return Text(at.astimezone(self.zone).strftime("%H:%M"), "cyan")

    def _line(self, event: Event, matches: dict[ItemId, list[ItemMatched]]) -> Text | None:
        match event:
            case ItemSeen(baseline=True):
                self.baseline += 1
                return None
            case ItemSeen():
                self.feeds[event.item] = self.outlets.get(event.feed, event.feed)
                return self._item(event.item, event.title, matches.get(event.item, []))
            case ItemRevised():
                text = self._item(event.item, event.title, matches.get(event.item, []))
                return text.append(" (headline changed)", "magenta")
            case FeedFailed(feed=feed, trouble=trouble, retry_at=retry_at):
                again = retry_at.astimezone(self.zone).strftime("%H:%M")
                outlet = self.outlets.get(feed, feed)
                return Text.assemble((f"{outlet} is in trouble: ", "bold red"), f"{trouble.text}; again at {again}")
            case FeedRecovered(feed=feed):
                return Text(f"{self.outlets.get(feed, feed)} is heard again", "bold green")
            case DigestQueued():
                return Text(
                    f"digest for {event.slot}: {len(event.items)} items, {len(event.deliveries)} letters", "bold"
                )
            case DigestSent(answer=answer):
                return Text.assemble(("a letter was accepted: ", "bold green"), answer)
        return None

    def _item(self, item: ItemId, title: str, matches: list[ItemMatched]) -> Text:
        spans: list[Span] = [span for match in matches for span in match.spans]
        outlet = self.feeds.get(item, "")
        line = Text.assemble((f"{outlet}: ", "bold" if matches else "dim"), show.marked(title, spans, "title"))
        if not matches:
            line.stylize("dim")
            return line
        return line.append(f"  <- {', '.join(dict.fromkeys(match.rule for match in matches))}", "green")
