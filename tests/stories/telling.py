"""Items of invented outlets, for the tests of stories."""

from datetime import UTC, datetime, timedelta

from monitor.model import Item, Join
from monitor.stories.window import Window

FIRST = datetime(2024, 9, 11, 5, 0, tzinfo=UTC)


def item(name: str, title: str, *, outlet: str = "", summary: str = "", url: str = "", hours: float = 0) -> Item:
    """An item of an outlet (else one of its own), published so many hours after the first."""
    outlet = outlet or f"outlet-{name}"
    return Item(
        id=name,
        feed=outlet,
        url=url or f"https://{outlet}.example/{name}",
        title=title,
        summary=summary,
        published=FIRST + timedelta(hours=hours),
    )


def told(*items: Item, window: Window | None = None) -> list[Join | None]:
    """What a window says of each of these items, seen as soon as they were published."""
    window = Window() if window is None else window
    return [window.add(one, one.published or FIRST) for one in items]


def stories(*items: Item) -> dict[str, str]:
    """The story of each item."""
    return {one.id: join.story if join else one.id for one, join in zip(items, told(*items), strict=True)}
