"""Channels: whether they reach anybody. A server's *accepted* proves little; a person who saw the test message does."""

from datetime import datetime
from hashlib import blake2b
from typing import Literal, TypeAlias
from uuid import uuid4

from msgspec import Struct

from monitor.digests.outbox import Message
from monitor.errors import NotFound, did_you_mean
from monitor.events import ChannelVerified
from monitor.model import Channel, ChannelWord, Part
from monitor.service import doors
from monitor.service.house import House

SOURCE = 4  # bytes of a URL's hash: enough to see that it changed, too few to be sure of a guessed password

State: TypeAlias = Literal["verified", "not arrived", "changed since", "unverified"]

SUBJECT = "News monitor: a test of the channel {}"
TEXT = """This is a test message of the channel {name!r}, to recipient {recipient}.

Nothing else has happened. Whoever asked for it waits to hear whether it arrived:

monitor channels test {name} --arrived
"""
PAGE = "<!doctype html>\n<title>A test</title>\n<pre>{}</pre>\n"


class Standing(Struct, frozen=True, kw_only=True):
    """A channel, and what a person last said of it."""

    name: str
    door: str  # smtp, webhook or apprise; empty if the URL holds a secret that is not known here
    state: State
    at: datetime | None = None  # when somebody said so
    who: str = ""
    digests: tuple[str, ...] = ()


class Answer(Struct, frozen=True, kw_only=True):
    """What a channel said of a test message to one recipient."""

    recipient: str
    verdict: str
    text: str


def source(url: str) -> str:
    """A short hash of a channel's URL, by which a change of it is seen."""
    return blake2b(url.encode(), digest_size=SOURCE).hexdigest()


class Channels:
    """Sends test messages, and keeps what people said of them."""

    def __init__(self, house: House) -> None:
        self.house = house

    def standings(self) -> list[Standing]:
        """Each channel of the configuration."""
        words = self.house.views.channel_words()
        return [self._standing(channel, words.get(channel.name)) for channel in self.house.config.channels]

    def _standing(self, channel: Channel, word: ChannelWord | None) -> Standing:
        digests = tuple(digest.name for digest in self.house.config.digests if channel.name in digest.channels)
        door = doors.name(channel.url) if channel.url else ""
        if word is None:
            return Standing(name=channel.name, door=door, state="unverified", digests=digests)
        # Who only asks has no secrets and so no URL; then the word counts for what it was.
        changed = channel.url and source(channel.url) != word.source
        state: State = "changed since" if changed else "verified" if word.arrived else "not arrived"
        return Standing(name=channel.name, door=door, state=state, at=word.at, who=word.who, digests=digests)

    async def test(self, name: str) -> list[Answer]:
        """Send a test message to every recipient of the channel; nothing of it is recorded."""
        channel = self._channel(name)
        door = doors.door(channel.url)
        answers = []
        for recipient in door.recipients(channel.url):
            text = TEXT.format(name=name, recipient=recipient)
            message = Message(
                key=uuid4().hex,  # no two tests are one message
                recipient=recipient,
                part=Part(subject=SUBJECT.format(name), text=text, html=PAGE.format(text)),
                digest="test",
                edition=f"test@{name}",
                queued=self.house.clock(),
            )
            receipt = await door.send(channel.url, message)
            said = str(receipt.trouble.text) if receipt.trouble else receipt.answer
            answers.append(Answer(recipient=recipient, verdict=receipt.verdict, text=said))
        return answers

    async def word(self, name: str, *, arrived: bool, who: str) -> Standing:
        """Record what a person says of the channel as it is now."""
        channel = self._channel(name)
        event = ChannelVerified(
            at=self.house.clock(), channel=name, source=source(channel.url), arrived=arrived, who=who
        )
        await self.house.record([event])
        return next(standing for standing in self.standings() if standing.name == name)

    def _channel(self, name: str) -> Channel:
        channels = {channel.name: channel for channel in self.house.config.channels}
        if name not in channels:
            raise NotFound(f"there is no channel {name!r}", hint=did_you_mean(name, channels))
        return channels[name]
