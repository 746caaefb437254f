"""The bundled story: which outlet reports what, and when. Pure.

The outlets are invented; what they report of 11 September 2024 happened, in our words. ``storyline.toml`` says when the
day begins and ends, every other file is one outlet. ``topics`` names the shipped rules that an analyst would expect to
catch an item, in either wording, so that a test can hold the rules to the story.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import resources
from typing import Annotated, Literal, TypeAlias, TypeVar

from msgspec import Meta, Struct

from monitor import toml
from monitor.errors import ConfigError, Mistakes
from monitor.model import FeedId, RuleId, Utc

MOST_ITEMS = 15  # in a feed at once, as of a busy outlet
FRAME = "storyline.toml"

Table = TypeVar("Table", bound=Struct)
Format: TypeAlias = Literal["rss", "atom"]


class Frame(Struct, frozen=True, kw_only=True):
    """The [story] table: the day as a whole."""

    title: str
    begins: Utc
    ends: Utc


class About(Struct, frozen=True, kw_only=True):
    """The [outlet] table."""

    id: FeedId
    title: str
    about: str  # a sentence, as its feed says it
    format: Format
    lang: str
    group: str
    tier: Annotated[int, Meta(ge=1, le=5)]


class Outage(Struct, frozen=True, kw_only=True):
    """An [[outage]] table: the outlet answers 503 for its feed from ``since`` to before ``until``."""

    since: Utc
    until: Utc


class Report(Struct, frozen=True, kw_only=True):
    """An [[item]] table: what an outlet reports.

    ``summary`` may hold HTML. ``link`` is a path, with or without a query; it leads to the site of ``site``, another
    outlet's id, where an outlet passes on what another wrote.
    """

    id: str
    at: Utc  # when it appears in the feed
    title: str
    summary: str
    link: str
    topics: tuple[RuleId, ...]
    site: FeedId = ""
    guid: str = ""  # what the feed calls it; without one, its id with the outlet's
    revised_at: Utc | None = None  # from then on the wording below
    revised_title: str = ""
    revised_summary: str = ""  # as before, if empty

    @property
    def path(self) -> str:
        """The page's path, without the query."""
        return self.link.partition("?")[0]


class Outlet(Struct, frozen=True, kw_only=True):
    """An outlet and its day."""

    about: About
    outages: tuple[Outage, ...]
    reports: tuple[Report, ...]


class Story(Struct, frozen=True, kw_only=True):
    """The whole storyline; outlets in the order of their files."""

    frame: Frame
    outlets: tuple[Outlet, ...]

    def outlet(self, name: FeedId) -> Outlet:
        """The outlet of that id."""
        return next(outlet for outlet in self.outlets if outlet.about.id == name)


class Entry(Struct, frozen=True, kw_only=True):
    """A report as its outlet words it at an instant."""

    report: Report
    guid: str
    title: str
    summary: str
    published: Utc
    updated: Utc


def bundled() -> Story:
    """The story that comes with the program."""
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml"))
    return read({file.name: file.read_text(encoding="utf-8") for file in files})


def visible(story: Story, outlet: FeedId, now: datetime) -> tuple[Entry, ...]:
    """What the outlet's feed shows at ``now``: the newest first, at most ``MOST_ITEMS``."""
    out = [report for report in story.outlet(outlet).reports if report.at <= now]
    out.sort(key=lambda report: report.at, reverse=True)
    return tuple(worded(outlet, report, now) for report in out[:MOST_ITEMS])


def worded(outlet: FeedId, report: Report, now: datetime) -> Entry:
    """The report as it reads at ``now``."""
    revised = report.revised_at is not None and report.revised_at <= now
    return Entry(
        report=report,
        guid=report.guid or f"{outlet}:{report.id}",
        title=report.revised_title if revised else report.title,
        summary=(report.revised_summary or report.summary) if revised else report.summary,
        published=report.at,
        updated=report.revised_at if revised and report.revised_at else report.at,
    )


def outage(story: Story, outlet: FeedId, now: datetime) -> Outage | None:
    """The outage that keeps the outlet's server from answering at ``now``, if there is one."""
    outages = story.outlet(outlet).outages
    return next((one for one in outages if one.since <= now < one.until), None)


def read(sources: Mapping[str, str]) -> Story:
    """Understand a storyline.

    Args:
        sources: the text of each file by its name; ``storyline.toml`` is the frame.

    Raises:
        Mistakes: everything that is wrong, in the order of the files.
    """
    mistakes: list[ConfigError] = []
    frames = _tables(Frame, sources, FRAME, "story", mistakes)
    outlets = [
        Outlet(
            about=about,
            outages=tuple(_tables(Outage, sources, name, "outage", mistakes)),
            reports=tuple(_tables(Report, sources, name, "item", mistakes)),
        )
        for name in sorted(sources)
        if name != FRAME
        for about in _tables(About, sources, name, "outlet", mistakes)
    ]
    if not frames:
        mistakes.append(ConfigError("there is no [story]", where=FRAME, hint="write it: title, begins, ends"))
    if mistakes:
        raise Mistakes(mistakes)
    story = Story(frame=frames[0], outlets=tuple(outlets))
    if wrong := [*_contradictions(story)]:
        raise Mistakes(ConfigError(message, where=where, hint="mend the storyline") for where, message in wrong)
    return story


def _tables(
    kind: type[Table], sources: Mapping[str, str], file: str, name: str, mistakes: list[ConfigError]
) -> list[Table]:
    """The tables of a file that are called ``name``; what is wrong with them goes to ``mistakes``."""
    text = sources.get(file, "")
    raw = toml.read(text, where=file, kind=ConfigError).get(name, [])
    rows = raw if isinstance(raw, list) else [raw]
    built: list[Table] = []
    for number, row in enumerate(rows):
        table, misfits = toml.fit(kind, row, (name, number) if isinstance(raw, list) else (name,))
        for misfit in misfits:
            at = (toml.place_of_key if misfit.key else toml.place_of_value)(text, misfit.path)
            where = f"{file}:{at.line}:{at.column}"
            mistakes.append(ConfigError(misfit.message, where=where, hint=misfit.hint, excerpt=toml.excerpt(text, at)))
        built += [table] if table else []
    return built


def _contradictions(story: Story) -> Iterator[tuple[str, str]]:
    """Where the storyline contradicts itself, and how."""
    pages = {(outlet.about.id, report.path) for outlet in story.outlets for report in outlet.reports if not report.site}
    names = [outlet.about.id for outlet in story.outlets]
    yield from ((name, "two outlets have this id") for name in sorted({n for n in names if names.count(n) > 1}))
    for outlet in story.outlets:
        seen: set[str] = set()
        for report in outlet.reports:
            where = f"{outlet.about.id}:{report.id}"
            if report.id in seen:
                yield where, "this id is there twice"
            seen.add(report.id)
            if report.at > story.frame.ends:
                yield where, "it appears after the day has ended"
            if (report.site or outlet.about.id, report.path) not in pages:
                yield where, "it links to a page that no outlet has"
            if (report.revised_at is None) != (not report.revised_title):
                yield where, "a revision needs both its time and its title"
            if report.revised_at is not None and report.revised_at <= report.at:
                yield where, "it is revised before it appears"
        for one in outlet.outages:
            if one.until <= one.since:
                yield outlet.about.id, "an outage ends before it begins"
