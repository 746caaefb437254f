"""The ways out: which door a channel goes by, and whether its URL is one that the door can use."""

from collections.abc import Iterator
from typing import Protocol

from monitor import toml
from monitor.config import Config
from monitor.digests import apprise, outbox, smtp, webhook
from monitor.digests.outbox import Message
from monitor.digests.parts import Room
from monitor.errors import ConfigError
from monitor.model import Receipt


class Door(Protocol):
    """What smtp, webhook and apprise have in common."""

    def recipients(self, url: str) -> tuple[str, ...]:
        """Who a channel's URL reaches; raises ConfigError if it cannot be used."""
        ...

    def room(self, url: str) -> Room | None:
        """What one message of that channel holds; None for as much as a letter may be."""
        ...

    def keeps_one(self, url: str) -> bool:
        """Whether the receiver itself keeps one of many copies of a letter."""
        ...

    async def send(self, url: str, message: Message) -> Receipt:
        """Hand one letter to one recipient; never raises for the world's troubles."""
        ...


DOORS: dict[str, Door] = {"smtp": smtp, "webhook": webhook, "apprise": apprise}


def name(url: str) -> str:
    """The name of the door that a channel's URL goes by."""
    return outbox.door_for(url)


def door(url: str) -> Door:
    """The door that a channel's URL goes by."""
    return DOORS[outbox.door_for(url)]


def mistakes(config: Config, text: str, where: str) -> Iterator[ConfigError]:
    """Each channel whose URL its door cannot use, with its place in the file; the complaint does not show the URL."""
    for number, channel in enumerate(config.channels):
        try:
            door(channel.url).recipients(channel.url)
        except ConfigError as wrong:
            at = toml.place_of_value(text, ("channel", number, "url"))
            yield ConfigError(
                f"channel {channel.name!r}: {wrong.message}",
                where=f"{where}:{at.line}:{at.column}",
                excerpt=toml.excerpt(text, at),
                hint=wrong.hint,
            )
