"""How a letter puts things: times on the wall clock of its zone, and the lines that both templates share. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.digests.fold import bare
from monitor.digests.letter import Alerted, Entry, Letter, Volume

MOST_OUTLETS = 6  # named in one line
LATE = 15 * 60  # seconds after its slot; later than that the letter says when it was made
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # strftime asks the locale
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def count(number: int, one: str, many: str) -> str:
    """A number and what it counts: ``1 story``, ``1,200 stories``."""
    return f"{number:,} {one if number == 1 else many}"


def some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    rest = len(names[MOST_OUTLETS:])
    return ", ".join(names[:MOST_OUTLETS]) + (f" and {rest} more" if rest else "")


class Words:
    """The words of one letter."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.zone = ZoneInfo(letter.zone)
        self.today = letter.at.astimezone(self.zone).date()

    # -- times -------------------------------------------------------------------------------------------------------

    def clock(self, at: datetime) -> str:
        """``18:05``."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def short_day(self, at: datetime) -> str:
        """``Wed 11 Sep``, with the year if it is another one than the letter's."""
        local = at.astimezone(self.zone)
        year = f" {local.year}" if local.year != self.today.year else ""
        return f"{DAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]}{year}"

    def day(self, at: datetime) -> str:
        """``Wednesday, 11 September 2024``."""
        local = at.astimezone(self.zone)
        return f"{DAYS[local.weekday()]}, {local.day} {MONTHS[local.month - 1]} {local.year}"

    def when(self, at: datetime) -> str:
        """``18:05``, with the day if it is another one than the letter's."""
        same = at.astimezone(self.zone).date() == self.today
        return self.clock(at) if same else f"{self.short_day(at)}, {self.clock(at)}"

    # -- the head ----------------------------------------------------------------------------------------------------

    @property
    def is_alert(self) -> bool:
        """Whether the letter came because something matched, and not by a schedule."""
        return self.letter.slot.startswith("alert ")

    @property
    def summary(self) -> str:
        """How much there is, in how many topics, since when."""
        letter, since = self.letter, f"since {self.when(self.letter.since)}"
        said = f"Nothing new {since}"
        if letter.entries:
            topics = count(letter.topics, "topic", "topics")
            said = f"{count(letter.entries, 'story', 'stories')} in {topics} {since}"
        if letter.developing:
            said += f", {letter.developing:,} developing"
        if letter.corrections:
            said += f"; {count(len(letter.corrections), 'correction', 'corrections')}"
        return said

    @property
    def told(self) -> str:
        """What the subject says: how much, and of an alert what."""
        letter = self.letter
        first = next((entry for section in letter.sections for entry in section.entries), None)
        if self.is_alert and first:
            more = f" (+{letter.entries - 1})" if letter.entries > 1 else ""
            return first.headline.text + more
        if letter.corrections and not letter.entries:
            return count(len(letter.corrections), "correction", "corrections")
        return count(letter.entries, "story", "stories") if letter.entries else "nothing new"

    @property
    def late(self) -> str:
        """When the letter was made, if that was well after its slot."""
        made = self.letter.until
        return f"made late, at {self.when(made)}" if (made - self.letter.at).total_seconds() > LATE else ""

    # -- a story -----------------------------------------------------------------------------------------------------

    def from_when(self, entry: Entry) -> str:
        """When a story is from, and what is odd about that."""
        when = self.when(entry.at)
        if entry.from_the_future:
            return f"seen {when} (its own date is in the future)"
        return f"{when} (revised)" if entry.revised and not entry.was else when

    def outlets(self, entry: Entry) -> list[str]:
        """The outlets that had a story and when it was first seen there; none if there was but one."""
        if len(entry.shown) < 2:
            return []
        rest = len(entry.shown[MOST_OUTLETS:])
        named = [f"{one.outlet} {self.when(one.at)}" for one in entry.shown[:MOST_OUTLETS]]
        return [*named, f"{rest} more"] if rest else named

    def developing(self, entry: Entry) -> str:
        """When its readers were told of a story before, and under which headline if that was another."""
        if entry.before is None:
            return ""
        told = f"told {self.when(entry.before.at)}"
        if bare(entry.before.headline) in ([], bare(entry.headline.text), bare(entry.was)):
            return told
        return f"{told}: {entry.before.headline}"

    def alerted(self, known: Alerted) -> str:
        """When a story was sent as an alert."""
        return f"Sent as an alert at {self.when(known.at)}"

    def volume(self, topic: Volume) -> str:
        """How many items a topic brought today, and on all the days."""
        return f"{topic.days[-1]:,} today, {sum(topic.days):,} in all"

    # -- the footer --------------------------------------------------------------------------------------------------

    @property
    def heard(self) -> str:
        """How many feeds were heard."""
        trouble = "; in trouble:" if self.letter.troubled else ""
        return f"{self.letter.heard:,} of {count(self.letter.feeds, 'feed', 'feeds')} heard{trouble}"

    @property
    def silent(self) -> str:
        """The feeds that answer and say nothing; empty if there are none."""
        named = [
            f"{feed.outlet} (since {self.when(feed.since)})" if feed.since else feed.outlet
            for feed in self.letter.silent
        ]
        return f"Silent against their habit: {some(named)}" if named else ""

    @property
    def gaps(self) -> str:
        """The feeds that may have shown more than was seen; empty if there are none."""
        return f"Items may have been missed of: {some(self.letter.gaps)}" if self.letter.gaps else ""

    @property
    def folding(self) -> str:
        """From how many items the stories were told; empty if there are none."""
        letter = self.letter
        items = count(letter.entries + letter.copies, "item", "items")
        return f"{count(letter.entries, 'story', 'stories')} from {items}" if letter.entries else ""

    @property
    def withheld(self) -> str:
        """How much is not shown, and why; empty if all is."""
        letter = self.letter
        alerted = sum(1 for one in letter.withheld if one.why == "alerted")
        why = [
            *([count(letter.copies, "copy", "copies")] if letter.copies else []),
            *([f"{alerted:,} sent as an alert"] if alerted else []),
            *(f"{s.items:,} by silence {s.name} of {s.who} until {self.when(s.until)}" for s in letter.silenced),
            *([f"{letter.below:,} below priority"] if letter.below else []),
        ]
        return f"Not shown: {', '.join(why)}" if why else ""

    @property
    def made(self) -> str:
        """Why and when the letter was made."""
        slot = self.letter.slot
        asked = "Asked for by" if slot.startswith("request ") else "Due"
        made = f"made {self.when(self.letter.until)}"
        return f"An alert, {made}" if self.is_alert else f"{asked} {slot}, {made}"
