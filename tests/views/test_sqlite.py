"""The file of the views: thrown away when it is of no use, and what it answers."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from told import Told

from monitor.errors import NotFound, StorageError, ViewsMissing
from monitor.events import (
    DigestAttempted,
    DigestFailed,
    DigestQueued,
    DigestSent,
    DigestUnknown,
    FeedFailed,
    FeedGone,
    FeedMoved,
    FeedRecovered,
    ItemMatched,
    ItemRevised,
    ItemSeen,
    ItemTextRead,
)
from monitor.model import Delivery, Digest, PollState, Span, Trouble
from monitor.views.sqlite import Views

NOW = datetime(2024, 9, 11, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DESK = Digest(name="desk", title="Desk", channels=("mail",), cron="0 18 * * *", zone="Europe/Kyiv")


def seen(number: int, **more: object) -> ItemSeen:
    fields = {"title": f"Story {number}", "url": f"https://outlet.example/{number}", **more}
    return ItemSeen(at=NOW, item=f"{number:032x}", feed="outlet", **fields)


def caught(number: int, *, at: datetime = NOW, rule: str = "imf-tranche", priority: str = "normal", **more: object):
    return ItemMatched(
        at=at,
        item=f"{number:032x}",
        revision=more.pop("revision", 0),
        rule=rule,
        rule_version="v1",
        topic=rule.title(),
        priority=priority,
        clause="imf",
        spans=(Span(field="title", start=0, end=5),),
        **more,
    )


def queued(slot: str, items: tuple[str, ...], through: str) -> DigestQueued:
    delivery = Delivery(id=f"d-{slot}", channel="mail", recipient="desk@newsroom.example", part=0)
    return DigestQueued(
        at=NOW, digest="desk", slot=slot, reason="scheduled", items=items, through=through, deliveries=(delivery,)
    )


@pytest.fixture
def views(tmp_path):
    one = Views(tmp_path / "views.db")
    yield one
    one.close()


def waiting(views: Views, digest: Digest = DESK, since: datetime = NOW) -> list[str]:
    return [found.item.title for found in views.waiting(digest, since=since)[0]]


def test_what_was_caught_waits_until_it_is_told(views):
    story = [seen(1), caught(1)]
    views.follow(Told(story))
    found, through = views.waiting(DESK, since=NOW)
    assert [one.item.title for one in found] == ["Story 1"]
    assert found[0].hits[0].spans == (Span(field="title", start=0, end=5),)
    assert through == story[1].id
    views.follow(Told([*story, queued("s1", (f"{1:032x}",), through)]))
    assert waiting(views) == []


def test_a_match_recorded_while_a_digest_was_composed_waits_for_the_next(views):
    """It stands before the digest in the log, and behind the last match that the digest considered."""
    first, late = caught(1), caught(2)
    views.follow(Told([seen(1), seen(2), first, late, queued("s1", (f"{1:032x}",), first.id)]))
    assert waiting(views) == ["Story 2"]


def test_an_item_that_was_told_is_not_told_again_for_a_new_revision(views):
    first = caught(1)
    again = ItemRevised(at=NOW, item=f"{1:032x}", revision=1, title="Story one", summary="")
    views.follow(
        Told([seen(1), first, queued("s1", (f"{1:032x}",), first.id), again, caught(1, revision=1, at=NOW + MINUTE)])
    )
    assert waiting(views) == []


def test_articles_to_read_are_those_of_new_items_and_a_second_look_finds_only_what_came_or_was_caught_since(views):
    def look(behind=None):
        found, mark = views.unread(NOW - MINUTE, behind)
        return [(one.url.rpartition("/")[2], one.caught) for one in found], mark

    assert look()[0] == []
    story = [seen(1), seen(2, baseline=True), seen(3, url=""), seen(4), caught(4), seen(5)]
    story.append(ItemTextRead(at=NOW, item=f"{5:032x}", trouble=Trouble(code="http_403", text="")))
    views.follow(Told(story))
    found, mark = look()
    assert found == [("1", False), ("4", True)]
    assert look(mark)[0] == []
    story += [seen(6), caught(1)]
    views.follow(Told(story))
    assert look(mark)[0] == [("1", True), ("6", False)]
    assert views.unread(NOW + MINUTE)[0] == []
    views.follow(Told([seen(7)]))  # another log
    assert look(mark)[0] == [("7", False)]


def test_the_first_edition_does_not_tell_the_past(views):
    views.follow(Told([seen(1), caught(1, at=NOW - 2 * MINUTE), seen(2), caught(2)]))
    assert waiting(views, since=NOW - MINUTE) == ["Story 2"]


@pytest.mark.parametrize(
    ("digest", "titles"),
    [
        ({"topics": ("imf-tranche",)}, ["Story 1"]),
        ({"topics": ("kyiv-visit",)}, ["Story 2"]),
        ({"priority": "normal"}, ["Story 1", "Story 3"]),
        ({"priority": "high"}, ["Story 3"]),
        ({"name": "night"}, ["Story 1", "Story 2", "Story 3"]),
        ({}, ["Story 1", "Story 2"]),
    ],
)
def test_a_digest_takes_its_topics_its_priority_and_what_is_meant_for_it(views, digest, titles):
    story = [seen(1), seen(2), seen(3), caught(1), caught(2, rule="kyiv-visit", priority="low")]
    story.append(caught(3, rule="iran-missiles", priority="high", digests=("night",)))
    views.follow(Told(story))
    fields = {field: getattr(DESK, field) for field in DESK.__struct_fields__}
    if digest.keys() & {"topics", "priority"}:
        fields["name"] = "night"
    assert waiting(views, Digest(**{**fields, **digest})) == titles


def test_the_outbox_says_what_is_due(views):
    story = [queued("s1", (), "")]
    views.follow(Told(story))
    assert [row.state for row in views.outbox_due(NOW)] == ["waiting"]
    story.append(DigestAttempted(at=NOW, edition=story[0].edition, delivery="d-s1", n=1, lease_until=NOW + 5 * MINUTE))
    views.follow(Told(story))
    assert views.outbox_due(NOW + MINUTE) == []
    assert [row.n for row in views.outbox_due(NOW + 5 * MINUTE)] == [1]
    trouble = Trouble(code="smtp_451", text="later")
    story.append(
        DigestFailed(
            at=NOW, edition=story[0].edition, delivery="d-s1", n=1, trouble=trouble, retry_at=NOW + 10 * MINUTE
        )
    )
    views.follow(Told(story))
    assert views.outbox_due(NOW + 9 * MINUTE) == []
    assert views.outbox_due(NOW + 10 * MINUTE)[0].trouble == trouble


def test_once_sent_is_always_sent_whatever_another_attempt_says_later(views):
    first = queued("s1", (), "")
    sent = DigestSent(at=NOW, edition=first.edition, delivery="d-s1", n=1, answer="250 ok")
    lost = DigestUnknown(
        at=NOW, edition=first.edition, delivery="d-s1", n=2, trouble=Trouble(code="timeout", text=""), retry_at=NOW
    )
    views.follow(Told([first, sent, lost]))
    assert views.outbox_due(NOW + MINUTE) == []
    assert views.edition("s1").outbox[0].state == "sent"


def test_an_item_is_found_by_id_by_the_beginning_of_one_and_by_url(views):
    views.follow(Told([seen(1), seen(0xABC << 100)]))
    long = f"{0xABC << 100:032x}"
    assert views.item(long).item.id == long
    assert views.item(long[:8]).item.id == long
    assert views.item("https://outlet.example/1").item.title == "Story 1"
    for name in ("no-such", "0000", "abc*", "%"):
        with pytest.raises(NotFound):
            views.item(name)


def test_the_poll_book_keeps_every_word_and_a_shut_door_is_not_knocked_at_early(views):
    state = PollState(
        feed="outlet",
        etag='W/"x"',
        last_modified="yesterday",
        body_hash="h",
        next_due=NOW,
        last_good=NOW,
        newest=("a",),
    )
    views.keep(state)
    assert views.poll_state("outlet") == state
    later = NOW + timedelta(hours=3)
    trouble = Trouble(code="timeout", text="")
    views.follow(Told([FeedFailed(at=NOW, feed="outlet", trouble=trouble, failures=1, retry_at=later)]))
    assert views.poll_state("outlet").next_due == later
    assert views.poll_state("outlet").down_since == NOW
    views.rebuild(Told([]))
    assert views.poll_state("outlet") == state


def test_many_feeds_at_once_are_known_as_each_alone_but_for_what_they_last_showed(views):
    page = {"etag": "e", "skip": 7, "wish": 60.0, "longest": 21600.0, "next_due": NOW + MINUTE, "source": "s"}
    views.keep(PollState(feed="outlet", newest=("a",), entries=b"1", **page))
    views.follow(Told([seen(1), seen(2)]))
    assert views.poll_states(["outlet", "other"]) == {
        "outlet": PollState(feed="outlet", last_good=NOW, **page),
        "other": PollState(feed="other"),
    }
    assert views.poll_state("outlet") == PollState(feed="outlet", last_good=NOW, newest=("a",), entries=b"1", **page)


def test_what_was_believed_of_a_feed_is_known_without_its_page_and_for_which_url(views):
    views.follow(Told([FeedGone(at=NOW, feed="gone", source="old"), FeedMoved(at=NOW, feed="moved", target="t")]))
    assert views.poll_state("gone") == PollState(feed="gone", gone=True, source="old")
    views.keep(PollState(feed="gone", source="new"))
    assert not views.poll_state("gone").gone
    assert views.poll_state("moved").moved_to == "t"


def test_a_feed_that_was_gone_and_is_understood_again_is_gone_no_more(views):
    views.follow(Told([FeedGone(at=NOW, feed="gone", source="s"), FeedRecovered(at=NOW, feed="gone", down_since=NOW)]))
    assert not views.poll_state("gone").gone


def test_a_file_of_another_version_or_of_no_sense_is_thrown_away(tmp_path):
    path = tmp_path / "views.db"
    for spoil in (lambda: path.write_bytes(b"this is no database, not at all" * 100), lambda: _version(path, 99)):
        spoil()
        views = Views(path)
        views.follow(Told([seen(1)]))
        assert views.counts()["items"] == 1
        views.close()


def _version(path, version):
    with sqlite3.connect(path) as db:
        db.execute(f"pragma user_version={version}")
    db.close()


def test_a_view_of_another_log_is_folded_anew(tmp_path):
    views = Views(tmp_path / "views.db")
    views.follow(Told([seen(1), seen(2)]))
    views.follow(Told([seen(3)]))
    assert [found.item.title for found in views.items()] == ["Story 3"]
    views.close()


def test_reading_needs_a_file_of_this_version(tmp_path):
    with pytest.raises(ViewsMissing):
        Views(tmp_path / "views.db", write=False)
    Views(tmp_path / "views.db").close()
    reader = Views(tmp_path / "views.db", write=False)
    with pytest.raises(StorageError):
        reader.follow(Told([]))
    reader.close()
    _version(tmp_path / "views.db", 99)
    with pytest.raises(ViewsMissing):
        Views(tmp_path / "views.db", write=False)


def test_a_folder_that_is_not_there_is_a_clear_complaint(tmp_path):
    with pytest.raises(StorageError):
        Views(tmp_path / "none" / "views.db")


def test_the_file_is_private_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        Views(tmp_path / "views.db").close()
    finally:
        os.umask(before)
    assert (tmp_path / "views.db").stat().st_mode & 0o777 == 0o600
