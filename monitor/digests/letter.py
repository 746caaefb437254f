"""What a letter is made of: its stories by topic, what was withheld from it, and how the monitor itself fares. Pure."""

from typing import Literal

from msgspec import Struct

from monitor.digests.tidy import Marked
from monitor.events import Head
from monitor.model import ItemId, Priority, RuleId, Utc, Withheld


class Showing(Struct, frozen=True, kw_only=True):
    """An outlet that had a story, and when it was first seen there."""

    outlet: str
    at: Utc


class Before(Struct, frozen=True, kw_only=True):
    """What readers were last told of a story, and when."""

    headline: str  # empty: the log does not say, or another copy's was shown
    at: Utc


class Entry(Struct, frozen=True, kw_only=True):
    """One story of a letter."""

    item: ItemId  # the one that is shown
    items: tuple[ItemId, ...]  # it and its copies
    story: ItemId
    headline: Marked
    was: str = ""  # the headline it was first seen with, if that said something else
    before: Before | None = None  # readers were told of the story before: it is developing
    url: str  # http or https, or empty
    outlet: str
    shown: tuple[Showing, ...] = ()  # every outlet that had it, in the order of their first copies
    also_on: tuple[str, ...] = ()  # other topics that caught it
    at: Utc  # when it was published; when it was seen, if the feed gave no date or an impossible one
    from_the_future: bool = False  # the feed dates it later than we saw it
    revised: bool = False  # its words changed since it was first seen
    excerpt: Marked
    lang: str = ""
    relevant_url: str = ""  # by which a reader says that it was worth telling; empty where no such links are made
    noise_url: str = ""

    @property
    def also_in(self) -> tuple[str, ...]:
        """The other outlets that had it."""
        return tuple(one.outlet for one in self.shown if one.outlet != self.outlet)


class Alerted(Struct, frozen=True, kw_only=True):
    """A story that the readers have had as an alert: one line, and not told again."""

    items: tuple[ItemId, ...]
    story: ItemId
    edition: str  # that told it
    at: Utc
    headline: str  # as the alert had it
    now: str = ""  # as it reads now, if that says something else
    url: str = ""
    lang: str = ""


class Correction(Struct, frozen=True, kw_only=True):
    """An item that this digest told, and whose headline was changed afterwards."""

    item: ItemId
    story: ItemId
    at: Utc  # when it was told
    old: str  # as it was told
    new: str
    url: str
    outlet: str
    lang: str = ""


class Section(Struct, frozen=True, kw_only=True):
    """One topic of a letter, its entries newest first."""

    rule: RuleId
    title: str
    priority: Priority
    entries: tuple[Entry, ...] = ()
    alerted: tuple[Alerted, ...] = ()
    more: int = 0  # entries that there was no room for
    more_alerted: int = 0
    continued: bool = False  # it began in the part before


class Volume(Struct, frozen=True, kw_only=True):
    """How much a topic brought, day by day; the last is the letter's."""

    title: str
    days: tuple[int, ...]


class FeedInTrouble(Struct, frozen=True, kw_only=True):
    """A feed that was not heard, or had nothing to say."""

    outlet: str
    text: str
    since: Utc | None


class Silenced(Struct, frozen=True, kw_only=True):
    """How many items a silence withheld."""

    name: str
    who: str
    until: Utc
    items: int


class Letter(Struct, frozen=True, kw_only=True):
    """Everything a letter says; ``render`` gives it its looks."""

    digest: str
    title: str
    zone: str
    slot: str  # a slot's label, ``alert ID`` or ``request ID``
    reason: str = ""  # why it comes as it does, where that is worth a word
    at: Utc  # the slot's instant; without a slot, when it was made
    since: Utc
    until: Utc  # when it was made
    empty: Literal["skip", "note"] = "skip"
    sections: tuple[Section, ...] = ()
    corrections: tuple[Correction, ...] = ()
    volume: tuple[Volume, ...] = ()
    items: tuple[ItemId, ...] = ()  # every item it accounts for, also those that there was no room for
    headlines: tuple[str, ...] = ()  # of the items, in their order, as shown; empty where another copy's is shown
    stories: tuple[ItemId, ...] = ()  # of the items, in their order
    withheld: tuple[Withheld, ...] = ()  # those of the items that it does not show
    silenced: tuple[Silenced, ...] = ()
    entries: int = 0  # stories
    developing: int = 0  # of them, that readers were told of before
    topics: int = 0
    copies: int = 0  # items told as copies of others
    below: int = 0  # items that matched below the digest's priority
    heard: int = 0  # feeds that answered well when they were last asked
    feeds: int = 0
    in_trouble: int = 0
    troubled: tuple[FeedInTrouble, ...] = ()  # the first of them
    silent: tuple[FeedInTrouble, ...] = ()  # they answer, and say nothing against their habit
    gaps: tuple[str, ...] = ()  # outlets of which items may have been missed since the letter before
    head: Head
    part: int = 1
    parts: int = 1
    failed: str = ""  # why the reader's own template could not be used

    @property
    def is_sent(self) -> bool:
        """Whether there is something to tell, or the reader wants to be told that there is not."""
        return bool(self.sections or self.corrections) or self.empty == "note"
