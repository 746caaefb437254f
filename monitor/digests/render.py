"""A letter's looks: subject, plain text for terminals and HTML for phones, in parts if it is long. Pure.

The two templates say the same. The HTML one is autoescaped and loads nothing from anywhere: its only links are the
stories'. The text one is 76 columns wide, and the words that matched stand *like this*.
"""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from monitor.digests.letter import Entry, Letter, Section
from monitor.digests.tidy import ELLIPSIS, Marked
from monitor.model import Part

if TYPE_CHECKING:
    from jinja2 import Template

COLUMNS = 76  # of plain text: fits a terminal of 80 with a quoting mark or two in front
LONGEST_HTML = 90_000  # bytes; Gmail shows the first 102 kB of a message and hides the rest
LONGEST_SUBJECT = 150  # characters
LONGEST_LINK = 500  # characters of a link in plain text; in HTML it is whole
MOST_OUTLETS = 6  # named in one line
LATE = 15 * 60  # seconds after its slot; later than that the letter says when it was made
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")  # strftime asks the locale
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def render(letter: Letter) -> tuple[Part, ...]:
    """The letter as messages: one, or as many as keep each below ``LONGEST_HTML``."""
    stories = sum(len(section.entries) for section in letter.sections)
    whole = _part(letter)
    parts = -(-len(whole.html.encode()) // LONGEST_HTML)
    while 1 < parts < stories:
        rendered = tuple(_part(piece) for piece in _pieces(letter, parts, stories))
        if all(len(part.html.encode()) <= LONGEST_HTML for part in rendered):
            return rendered
        parts += 1
    return (whole,) if parts == 1 else tuple(_part(piece) for piece in _pieces(letter, stories, stories))


def subject(letter: Letter) -> str:
    """One line: what, how much, when."""
    words = Words(letter)
    told = count(letter.entries, "story", "stories") if letter.entries else "nothing new"
    part = f" ({letter.part}/{letter.parts})" if letter.parts > 1 else ""
    title = letter.title if len(letter.title) <= LONGEST_SUBJECT else letter.title[:LONGEST_SUBJECT] + ELLIPSIS
    return f"{title}: {told}, {words.short_day(letter.at)} {words.clock(letter.at)}{part}"


# -- parts -----------------------------------------------------------------------------------------------------------


def _part(letter: Letter) -> Part:
    title = subject(letter)
    said = {"letter": letter, "words": Words(letter), "subject": title, "count": count}
    return Part(
        subject=title,
        text=_template("letter.txt.j2").render(said),
        html=_template("letter.html.j2").render(said),
    )


def _pieces(letter: Letter, parts: int, stories: int) -> Iterator[Letter]:
    """The letter cut into parts of about as many stories each; a topic that is cut is continued in the next."""
    for part in range(parts):
        first, last = part * stories // parts, (part + 1) * stories // parts
        sections = tuple(_within(letter, first, last, is_last=part == parts - 1))
        yield msgspec.structs.replace(letter, sections=sections, part=part + 1, parts=parts)


def _within(letter: Letter, first: int, last: int, *, is_last: bool) -> Iterator[Section]:
    begin = 0
    for section in letter.sections:
        end = begin + len(section.entries)
        entries = section.entries[max(first - begin, 0) : max(last - begin, 0)]
        if entries or (is_last and not section.entries):
            yield msgspec.structs.replace(
                section,
                entries=entries,
                more=section.more if end <= last else 0,
                continued=begin < first,
            )
        begin = end


# -- words -----------------------------------------------------------------------------------------------------------


def count(number: int, one: str, many: str) -> str:
    """A number and what it counts: ``1 story``, ``1,200 stories``."""
    return f"{number:,} {one if number == 1 else many}"


def some(outlets: Sequence[str]) -> str:
    """The first outlets, and how many more there are."""
    rest = len(outlets[MOST_OUTLETS:])
    return ", ".join(outlets[:MOST_OUTLETS]) + (f" and {rest} more" if rest else "")


class Words:
    """How a letter puts things: times on the wall clock of its zone, and the lines both templates share."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.zone = ZoneInfo(letter.zone)
        self.today = letter.at.astimezone(self.zone).date()

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

    @property
    def is_slot(self) -> bool:
        """Whether the letter came by its schedule."""
        return not self.letter.slot.startswith("request ")

    @property
    def summary(self) -> str:
        """How much there is, in how many topics, since when."""
        since = f"since {self.when(self.letter.since)}"
        if not self.letter.entries:
            return f"Nothing new {since}"
        topics = count(self.letter.topics, "topic", "topics")
        return f"{count(self.letter.entries, 'story', 'stories')} in {topics} {since}"

    @property
    def late(self) -> str:
        """When the letter was made, if that was well after its slot."""
        made = self.letter.until
        return f"made late, at {self.when(made)}" if (made - self.letter.at).total_seconds() > LATE else ""

    def told(self, entry: Entry) -> str:
        """When a story is from, and what is odd about that."""
        when = self.when(entry.at)
        if entry.from_the_future:
            return f"seen {when} (its own date is in the future)"
        return f"{when} (revised)" if entry.revised else when

    def also_in(self, entry: Entry) -> str:
        """The other outlets that had a story."""
        return some(entry.also_in)

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
        """From how many items the stories were told."""
        items, copies = len(self.letter.items), len(self.letter.items) - self.letter.entries
        told = f"{count(self.letter.entries, 'story', 'stories')} from {count(items, 'item', 'items')}"
        return f"{told}, {count(copies, 'copy', 'copies')} folded" if copies else told


# -- plain text ------------------------------------------------------------------------------------------------------


def starred(marked: Marked) -> str:
    """The text with its marked words ``*like this*``."""
    return "".join(f"*{run.text}*" if run.marked else run.text for run in marked.runs)


def columns(text: str) -> int:
    """How wide the text is in a terminal, where a Chinese character takes two columns and an accent none."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text)


def wrapped(text: str, indent: str = "", width: int = COLUMNS) -> str:
    """The text in lines of at most ``width`` columns; a longer word gets a line of its own, Chinese breaks anywhere."""
    lines, line = [], indent
    for word in text.split():
        if line != indent and columns(f"{line} {word}") > width:
            lines.append(line)
            line = indent
        line += word if line == indent else f" {word}"
        while (fits := _fitting(line, width)) < len(line) and unicodedata.east_asian_width(line[fits]) in "WF":
            lines.append(line[:fits])
            line = indent + line[fits:]
    return "\n".join([*lines, line])


def link(url: str) -> str:
    """A link as plain text shows it: whole, unless it is absurdly long."""
    return url if len(url) <= LONGEST_LINK else url[:LONGEST_LINK] + ELLIPSIS


def _fitting(line: str, width: int) -> int:
    """How many characters of the line fit."""
    taken = 0
    for number, char in enumerate(line):
        taken += columns(char)
        if taken > width:
            return number
    return len(line)


# -- templates -------------------------------------------------------------------------------------------------------


@cache
def _template(name: str) -> "Template":
    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = resources.files("monitor.digests") / "templates"
    source = (folder / name).read_text(encoding="utf-8")
    environment = Environment(
        loader=DictLoader({name: source}),
        autoescape=name.endswith(".html.j2"),  # by hand: select_autoescape() does not know .html.j2
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {"wrapped": wrapped, "starred": starred, "link": link}
    environment.filters.update(filters)
    return environment.get_template(name)
