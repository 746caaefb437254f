"""A letter's looks: subject, plain text for terminals and HTML for phones, in parts if it is long. Pure.

The two templates say the same. The HTML one is autoescaped and loads nothing from anywhere: its only links are the
stories'. The text one is 76 columns wide, and the words that matched stand *like this*.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

from monitor.digests import volume
from monitor.digests.letter import Letter, Section
from monitor.digests.plain import link, padded, starred, wrapped
from monitor.digests.tidy import Marked, cut
from monitor.digests.words import Words, count
from monitor.model import Part

if TYPE_CHECKING:
    from jinja2 import Template

LONGEST_HTML = 90_000  # bytes; Gmail shows the first 102 kB of a message and hides the rest
LONGEST_SUBJECT = 150  # characters
FILTERS: dict[str, Callable[..., Any]] = {
    "wrapped": wrapped,
    "starred": starred,
    "padded": padded,
    "link": link,
    "sparkline": volume.sparkline,
    "heights": volume.heights,
}


def render(letter: Letter, part: Callable[[Letter], Part] | None = None) -> tuple[Part, ...]:
    """The letter as messages: one, or as many as keep each below ``LONGEST_HTML``.

    Args:
        letter: what it says.
        part: what makes a message of a letter or of a part of one; ours, if none is given.
    """
    made = part or ours
    stories = sum(len(section.entries) for section in letter.sections)
    whole = made(letter)
    size = len(whole.html.encode())
    if size <= LONGEST_HTML:
        return (whole,)
    parts = -(-size // int(0.9 * LONGEST_HTML))  # they are not all of one size, and each has a head of its own
    while 1 < parts < stories:
        rendered = tuple(made(piece) for piece in _pieces(letter, parts, stories))
        if all(len(part.html.encode()) <= LONGEST_HTML for part in rendered):
            return rendered
        parts += 1
    return tuple(made(piece) for piece in _pieces(letter, stories, stories))


def subject(letter: Letter) -> str:
    """One line: what, how much, when."""
    words = Words(letter)
    part = f" ({letter.part}/{letter.parts})" if letter.parts > 1 else ""
    title, told = (cut(Marked(text=text), LONGEST_SUBJECT).text for text in (letter.title, words.told))
    when = "" if words.is_alert else f", {words.short_day(letter.at)} {words.clock(letter.at)}"
    return f"{title}: {told}{when}{part}"


# -- parts -----------------------------------------------------------------------------------------------------------


def ours(letter: Letter) -> Part:
    """The message that our templates make of a letter."""
    known = said(letter)
    return Part(
        subject=known["subject"],
        text=_template("letter.txt.j2").render(known),
        html=_template("letter.html.j2").render(known),
    )


def said(letter: Letter) -> dict[str, Any]:
    """What a template is told."""
    return {"letter": letter, "words": Words(letter), "subject": subject(letter), "count": count}


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
            ends = end <= last
            yield msgspec.structs.replace(
                section,
                entries=entries,
                alerted=section.alerted if ends else (),
                more=section.more if ends else 0,
                more_alerted=section.more_alerted if ends else 0,
                continued=begin < first,
            )
        begin = end


# -- templates -------------------------------------------------------------------------------------------------------


def source(name: str) -> str:
    """The text of one of our templates; empty if there is none of that name."""
    if name not in ("letter.html.j2", "letter.txt.j2"):
        return ""
    return (resources.files("monitor.digests") / "templates" / name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> "Template":
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({name: source(name)}),
        autoescape=name.endswith(".html.j2"),  # by hand: select_autoescape() does not know .html.j2
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment.get_template(name)
