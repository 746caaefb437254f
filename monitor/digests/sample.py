"""A letter that has one of everything, to try templates with. Pure."""

from datetime import UTC, datetime, timedelta

from monitor.digests.letter import (
    Alerted,
    Before,
    Correction,
    Entry,
    FeedInTrouble,
    Letter,
    Section,
    Showing,
    Silenced,
    Volume,
)
from monitor.digests.tidy import Marked
from monitor.events import Head
from monitor.model import Digest, Withheld

AT = datetime(2024, 9, 11, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def letter(digest: Digest) -> Letter:
    """The letter that nobody gets."""
    entry = Entry(
        item="a",
        items=("a", "b"),
        story="a",
        headline=Marked(text="A port reopens", marks=((2, 6),)),
        was="A port may reopen",
        before=Before(headline="Talks on a port", at=AT - 24 * HOUR),
        url="https://outlet.example/port",
        outlet="Outlet",
        shown=(Showing(outlet="Outlet", at=AT), Showing(outlet="Another", at=AT + HOUR)),
        also_on=("Another topic",),
        at=AT,
        revised=True,
        excerpt=Marked(text="The first ships are due tomorrow.", marks=((10, 15),)),
        lang="en",
    )
    alerted = Alerted(items=("c",), story="c", edition="flash@alert", at=AT, headline="A headline", now="Another")
    correction = Correction(item="d", story="d", at=AT, old="Old", new="New", url="", outlet="Outlet")
    trouble = FeedInTrouble(outlet="Outlet", text="the server did not answer", since=AT)
    return Letter(
        digest=digest.name,
        title=digest.title,
        zone=digest.zone,
        slot="2024-09-11T18:00 Europe/Kyiv",
        reason="covers 2 slots",
        at=AT,
        since=AT - 12 * HOUR,
        until=AT + HOUR,
        sections=(
            Section(rule="r", title="Topic", priority="high", entries=(entry,), alerted=(alerted,), more=1),
            Section(rule="s", title="Another topic", priority="low", more=2, more_alerted=1),
        ),
        corrections=(correction,),
        volume=(Volume(title="Topic", days=(0, 1, 2)),),
        items=("a", "b", "c", "d"),
        headlines=("A port reopens", "", "", "New"),
        stories=("a", "a", "c", "d"),
        withheld=(Withheld(item="c", why="alerted", by="flash@alert"),),
        silenced=(Silenced(name="b6d0", who="somebody", until=AT + HOUR, items=1),),
        entries=4,
        developing=1,
        topics=2,
        copies=1,
        below=1,
        heard=2,
        feeds=3,
        in_trouble=2,
        troubled=(trouble,),
        silent=(trouble,),
        gaps=("Outlet",),
        head=Head(1, "0" * 64),
    )
