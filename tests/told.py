"""A log as the views see one: a list of events."""

from collections.abc import Iterator, Sequence

from monitor.events import Event, Head, Recorded


class Told:
    """A log as the views see one."""

    def __init__(self, told: Sequence[Event]) -> None:
        self.told = [Recorded(position, event) for position, event in enumerate(told, start=1)]

    def read(self, after: int = 0) -> Iterator[Recorded]:
        return iter(self.told[after:])

    def head(self) -> Head:
        return Head(len(self.told), "")
