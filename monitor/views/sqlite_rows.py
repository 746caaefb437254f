"""Door: rows of views.db as values of the model."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

import msgspec

from monitor.model import (
    PRIORITIES,
    Delivery,
    Digest,
    FeedId,
    Hit,
    Item,
    KnownItem,
    MatchedItem,
    OutboxRow,
    PollState,
    Span,
    StoryInfo,
    StoryPart,
    Told,
    Trouble,
)

AS_STORED = (  # fields of a poll state that its row holds as they are
    "etag",
    "last_modified",
    "body_hash",
    "entries",
    "arrivals",
    "watched",
    "wish",
    "skip",
    "moving_to",
    "moving_polls",
    "source",
    "interval",
    "longest",
)
HEAVY = ("entries", "newest")  # columns of the poll book that are asked for only where one feed is heard out
LIGHT = (*(name for name in AS_STORED if name not in HEAVY), "next_due", "last_good", "moving_since", "gone_since")


def when(text: str | None) -> datetime | None:
    """An instant as the views store it."""
    return datetime.fromisoformat(text) if text else None


def goes_to(digest: Digest, match: sqlite3.Row) -> bool:
    """Whether a match is for this digest: its topic, its priority and the rule's own wish."""
    wish = msgspec.json.decode(match["digests"], type=tuple[str, ...])
    return (
        (not digest.topics or match["rule"] in digest.topics)
        and PRIORITIES.index(match["priority"]) >= PRIORITIES.index(digest.priority)
        and (not wish or digest.name in wish)
    )


def poll_state(feed: FeedId, book: sqlite3.Row | None, trouble: sqlite3.Row | None, last_item: str | None) -> PollState:
    """What is known of a feed, from its line in the poll book, its troubles and the last item it showed.

    A feed that has shown an item was heard: a lost poll book must not make it look new, for what is old at first
    contact is not told.
    """
    state = PollState(feed=feed, last_good=when(last_item))
    if book:
        state = msgspec.structs.replace(
            state,
            **{name: book[name] for name in AS_STORED},
            next_due=when(book["next_due"]),
            last_good=when(book["last_good"]) or state.last_good,
            moving_since=when(book["moving_since"]),
            gone_since=when(book["gone_since"]),
            newest=msgspec.json.decode(book["newest"], type=tuple[str, ...]),
        )
    if trouble is None:
        return state
    # What was believed of one URL does not hold for another that config.toml names instead: whoever knows the URL must
    # be able to tell, even when the poll book is lost.
    here = state.source or trouble["gone_from"] or trouble["moved_from"] or ""
    state = msgspec.structs.replace(
        state,
        silent_since=when(trouble["silent_since"]),
        moved_to=trouble["moved_to"] if trouble["moved_to"] and trouble["moved_from"] == here else "",
        gone=bool(trouble["gone_from"]) and trouble["gone_from"] == here,
        source=here,
    )
    if trouble["failures"]:
        # A lost poll book does not make the service knock early at a door that was shut.
        due = max(filter(None, (state.next_due, when(trouble["retry_at"]))), default=None)
        state = msgspec.structs.replace(
            state, failures=trouble["failures"], down_since=when(trouble["down_since"]), next_due=due
        )
    return state


def trouble_of(row: sqlite3.Row | None) -> Trouble | None:
    """The trouble that a row tells of."""
    return Trouble(code=row["code"], text=row["text"]) if row and row["code"] else None


def item_of(row: sqlite3.Row) -> Item:
    """An item in its newest words."""
    return Item(
        id=row["id"],
        feed=row["feed"],
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        body=row["body"] or "",
        published=when(row["published"]),
        lang=row["lang"],
        author=row["author"],
        tags=msgspec.json.decode(row["tags"], type=tuple[str, ...]),
    )


def known_item(row: sqlite3.Row) -> KnownItem:
    """What tells a revision of the item from a repeat."""
    return KnownItem(
        id=row["id"],
        revision=row["revision"],
        title=row["title"],
        summary=row["summary"],
        url=row["url"],
        body=row["body"] or "",
        baseline=bool(row["baseline"]),
    )


def matched(row: sqlite3.Row, hits: Sequence[sqlite3.Row]) -> MatchedItem:
    """An item with what caught it."""
    item = item_of(row)
    newest = {found["rule"]: found for found in hits}  # a rule's evidence of the newest revision stands
    return MatchedItem(
        item=item,
        revision=row["revision"],
        seen=datetime.fromisoformat(row["seen"]),
        story=row["story"] or row["id"],
        hits=tuple(hit_of(found, row["revision"]) for found in newest.values()),
        first_title=(row["first_title"] or "") if row["first_title"] != row["title"] else "",
    )


def hit_of(row: sqlite3.Row, revision: int) -> Hit:
    """A match as the rules gave it; its spans only while the words are those of its revision."""
    spans = msgspec.json.decode(row["spans"], type=tuple[Span, ...])
    return Hit(
        rule=row["rule"],
        version=row["version"],
        topic=row["topic"],
        priority=row["priority"],
        digests=msgspec.json.decode(row["digests"], type=tuple[str, ...]),
        clause=row["clause"],
        spans=spans if row["revision"] == revision else (),  # offsets into words that are no longer shown
    )


def outbox_row(row: sqlite3.Row) -> OutboxRow:
    """A delivery and how far it has come; once sent, always sent."""
    return OutboxRow(
        edition=row["edition"],
        delivery=Delivery(id=row["delivery"], channel=row["channel"], recipient=row["recipient"], part=row["part"]),
        state="sent" if row["sent_at"] else row["state"],
        n=row["n"],
        due=None if row["sent_at"] else when(row["due"]),
        trouble=None if row["sent_at"] else trouble_of(row),
    )


def told_of(row: sqlite3.Row) -> Told:
    """An item as an edition accounted for it."""
    return Told(
        item=row["item"],
        story=row["story"],
        digest=row["digest"],
        edition=row["edition"],
        at=datetime.fromisoformat(row["at"]),
        headline=row["headline"],
    )


def story_part(row: sqlite3.Row, item: MatchedItem, join: sqlite3.Row | None) -> StoryPart:
    """An item with the story it is in."""
    part = StoryPart(item=item, story=row["story"], alone=bool(row["alone"]))
    if join is None:
        return part
    return msgspec.structs.replace(
        part,
        reason=join["reason"],
        other=join["other"],
        terms=msgspec.json.decode(join["terms"], type=tuple[str, ...]),
        score=join["score"],
        who=join["who"],
    )


def story_info(row: sqlite3.Row) -> StoryInfo:
    """A story in a list."""
    return StoryInfo(
        id=row["id"],
        title=row["title"],
        items=row["items"],
        feeds=row["feeds"],
        first=datetime.fromisoformat(row["first"]),
        last=datetime.fromisoformat(row["last"]),
    )
