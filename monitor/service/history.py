"""History: what the log and its views say of what happened; export, import, verification."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from monitor.errors import NotFound
from monitor.events import DigestQueued, Head, Recorded
from monitor.log import codec
from monitor.model import Edition, FeedStanding, MatchedItem
from monitor.service.house import House


class History:
    """Answers questions about the past; only ``take`` and ``rebuild`` write."""

    def __init__(self, house: House) -> None:
        self.house = house

    def items(
        self, *, topic: str = "", feed: str = "", marked: str = "", since: datetime | None = None, limit: int = 50
    ) -> list[MatchedItem]:
        """The newest items, newest first."""
        return self.house.views.items(topic=topic, feed=feed, marked=marked, since=since, limit=limit)

    def search(self, words: str, *, since: datetime | None = None, limit: int = 50) -> list[MatchedItem]:
        """The newest items that hold these words."""
        return self.house.views.search(words, since=since, limit=limit)

    def item(self, name: str) -> MatchedItem:
        """An item by id, the beginning of one, or URL."""
        return self.house.views.item(name)

    def standings(self) -> list[FeedStanding]:
        """How each feed of the configuration fares."""
        return self.house.views.standings(feed.id for feed in self.house.config.feeds)

    def editions(self, *, digest: str = "", limit: int = 20) -> list[Edition]:
        """The newest editions, newest first."""
        return self.house.views.editions(digest=digest, limit=limit)

    def edition(self, name: str) -> tuple[Edition, DigestQueued]:
        """An edition with its outbox, and the letter exactly as it was queued."""
        edition = self.house.views.edition(name)
        queued = [r.event for r in self.read(stream=f"digest/{edition.id}") if isinstance(r.event, DigestQueued)]
        return edition, queued[0]

    def read(self, after: int = 0, stream: str = "") -> Iterator[Recorded]:
        """The events behind a position, in order."""
        return self.house.log.read(after, stream)

    def stream(self, name: str) -> list[Recorded]:
        """Every event of a stream, in order; an item or edition may be named in short. NotFound if there is none."""
        kind, _, rest = name.partition("/")
        found = list(self.read(stream=name))
        if not found and kind == "item":
            found = list(self.read(stream=f"item/{self.item(rest).item.id}"))
        if not found and kind == "digest":
            found = list(self.read(stream=f"digest/{self.house.views.edition(rest).id}"))
        if not found:
            raise NotFound(f"the log holds no stream {name!r}", hint="service, rules, feed/ID, item/ID, digest/EDITION")
        return found

    def head(self) -> Head:
        """The end of the log."""
        return self.house.log.head()

    def verify(self) -> Head:
        """Read the whole chain again; raises LogDamaged at the first break."""
        return self.house.log.verify()

    def export(self) -> Iterator[str]:
        """The whole log, one JSON line an event."""
        return (codec.to_line(recorded.event) for recorded in self.read())

    async def take(self, lines: Iterable[str], where: str, first: int = 1) -> int:
        """Append exported events; those that are known change nothing. Answers how many were new.

        Args:
            lines: JSON Lines as ``export`` gives them; at most a few thousand, for they are appended as one.
            where: what complaints call the file.
            first: the number of the first line in that file.
        """
        events = [codec.from_line(line, f"{where}:{n}") for n, line in enumerate(lines, start=first) if line.strip()]
        return len(await self.house.record(events))

    async def rebuild(self) -> int:
        """Fold the views anew from the whole log; answers with the position they came to."""
        return self.house.views.rebuild(self.house.log)

    def counts(self) -> dict[str, int]:
        """How much there is of what."""
        return {"events": self.head().position, **self.house.views.counts()}

    def last_service(self) -> tuple[str, datetime] | None:
        """The service's last start or stop."""
        return self.house.views.last_service()
