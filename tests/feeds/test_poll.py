"""What a poll means: every fact of the world into events and the next page of the poll book."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from msgspec import structs

from monitor.events import FeedFailed, FeedGapSuspected, FeedRecovered, ItemMatched, ItemRevised, ItemSeen
from monitor.feeds import cut
from monitor.feeds.delta import body_hash
from monitor.feeds.heard import Heard, Reply
from monitor.feeds.poll import MOST_NEWEST, decide, page
from monitor.feeds.rhythm import LONGEST_WAIT, next_due
from monitor.model import Feed, Hit, Item, KnownItem, PollState, Trouble

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BACKLOG = timedelta(hours=24)
BBC = Feed(id="bbc", url="https://bbc.example/feed", title="BBC", interval=timedelta(minutes=15))
NEVER = PollState(feed="bbc")
HEARD_BEFORE = PollState(feed="bbc", etag='"1"', body_hash="old", last_good=NOW - HOUR, newest=("a",))
DOWN = Trouble(code="timeout", text="too late")


def item(name, title="IMF", published=NOW, **other):
    return Item(id=name, feed="bbc", title=title, published=published, **other)


def known(*items, revision=0, baseline=False):
    return {
        one.id: KnownItem(id=one.id, revision=revision, title=one.title, summary=one.summary, baseline=baseline)
        for one in items
    }


def judge(found):
    return [Hit(rule="imf", version="1", topic="IMF", clause="imf")] if "IMF" in found.title else []


def entries(*ids):
    return cut.pack(cut.Entry(n.to_bytes(8), one, bytes(8)) for n, one in enumerate(ids, start=1))


def poll(*items, feed=BBC, before=HEARD_BEFORE, knows=None, trouble=None, now=NOW, heard=None, **reply):
    said = Reply(url=BBC.url, status=reply.pop("status", 200), body=reply.pop("body", b"new"), **reply)
    heard = Heard(items=tuple(items), trouble=trouble, **(heard or {}))
    return decide(feed, before, said, heard, knows or {}, judge, now, BACKLOG)


def kinds(decision):
    return [event.kind for event in decision.events]


# -- news ------------------------------------------------------------------------------------------------------------


def test_a_new_item_is_seen_and_judged():
    one = item("a", url="https://bbc.example/1", guid="g", summary="s", lang="en", author="Ann", tags=("x",))
    seen, matched = poll(one).events
    assert seen == ItemSeen(
        at=NOW,
        item="a",
        feed="bbc",
        guid="g",
        url="https://bbc.example/1",
        title="IMF",
        summary="s",
        published=NOW,
        lang="en",
        author="Ann",
        tags=("x",),
    )
    assert matched == ItemMatched(
        at=NOW, item="a", revision=0, rule="imf", rule_version="1", topic="IMF", priority="normal", clause="imf"
    )


def test_an_item_known_already_is_no_news():  # B07
    assert kinds(poll(item("a"), item("b"), knows=known(item("a"), item("b")))) == []


def test_an_item_twice_in_a_document_is_told_once():
    assert kinds(poll(item("a"), item("a"))) == ["ItemSeen", "ItemMatched"]


def test_an_item_that_no_rule_wants_is_only_seen():
    assert kinds(poll(item("a", title="Sport"))) == ["ItemSeen"]


@pytest.mark.parametrize("change", [{"title": "IMF pays"}, {"summary": "More"}])
def test_changed_words_are_a_revision_and_judged_again(change):
    before = item("a")
    after = Item(id="a", feed="bbc", **({"title": "IMF"} | change))
    revised, matched = poll(after, knows=known(before, revision=3)).events
    assert revised == ItemRevised(at=NOW, item="a", revision=4, title=after.title, summary=after.summary)
    assert (matched.item, matched.revision) == ("a", 4)


def test_a_change_of_anything_else_is_no_revision():
    after = item("a", url="https://bbc.example/2", published=None, tags=("y",))
    assert kinds(poll(after, knows=known(item("a")))) == []


# -- first contact ---------------------------------------------------------------------------------------------------


def test_at_first_contact_old_items_are_remembered_and_not_told():
    old, new = item("old", published=NOW - BACKLOG - HOUR), item("new", published=NOW - HOUR)
    events = poll(new, old, before=NEVER).events
    assert [(event.kind, event.item) for event in events] == [
        ("ItemSeen", "new"),
        ("ItemMatched", "new"),
        ("ItemSeen", "old"),
    ]
    assert [event.baseline for event in events if isinstance(event, ItemSeen)] == [False, True]


def test_later_no_date_hides_an_item():  # P23
    dates = (NOW - timedelta(days=4000), NOW + timedelta(days=36500), None)
    before = PollState(feed="bbc", last_good=NOW - HOUR)
    events = poll(*(item(f"a{n}", published=date) for n, date in enumerate(dates)), before=before).events
    assert [event.kind for event in events] == ["ItemSeen", "ItemMatched"] * 3


def test_a_date_in_the_future_is_told_even_at_first_contact():  # B09
    assert kinds(poll(item("a", published=NOW + timedelta(days=36500)), before=NEVER)) == ["ItemSeen", "ItemMatched"]


def test_an_undated_item_among_dated_ones_is_a_fixture_at_first_contact():
    events = poll(item("a"), item("b", published=None), before=NEVER).events
    assert {event.item: event.baseline for event in events if isinstance(event, ItemSeen)} == {"a": False, "b": True}


def test_a_feed_that_dates_nothing_is_told_whole_at_first_contact():
    assert (
        kinds(poll(item("a", published=None), item("b", published=None), before=NEVER))
        == ["ItemSeen", "ItemMatched"] * 2
    )


def test_an_item_whose_date_cannot_be_read_is_new_at_first_contact():
    news = poll(item("a"), item("b", published=None), before=NEVER, heard={"unreadable": ("b",)}).events
    assert [event.baseline for event in news if isinstance(event, ItemSeen)] == [False, False]


def test_a_revised_baseline_item_is_not_told_either():
    assert kinds(poll(item("a", title="IMF pays"), knows=known(item("a"), baseline=True))) == ["ItemRevised"]


def test_a_feed_that_first_answers_no_content_still_has_its_first_contact_ahead():
    state = poll(before=NEVER, status=204, body=b"").state
    assert state.last_good is None
    assert poll(item("a", published=NOW - 2 * BACKLOG), before=state).events[0].baseline


# -- the poll book ---------------------------------------------------------------------------------------------------


def test_a_good_poll_turns_the_page():
    state = poll(*(item(f"i{n}") for n in range(300)), etag='"2"', last_modified="now").state
    assert (state.etag, state.last_modified, state.body_hash) == ('"2"', "now", body_hash(b"new"))
    assert (state.last_good, state.failures, state.down_since) == (NOW, 0, None)
    assert state.newest == tuple(f"i{n}" for n in range(MOST_NEWEST))
    assert state.next_due == next_due(BBC, NEVER, NOW)


@pytest.mark.parametrize("reply", [{"status": 304, "body": b""}, {"status": 204, "body": b""}, {"body": b"same"}])
def test_nothing_new_is_no_event_and_keeps_the_page(reply):
    before = PollState(feed="bbc", etag='"1"', body_hash=body_hash(b"same"), last_good=NOW - HOUR, newest=("a",))
    decision = poll(before=before, etag='"1"', **reply)
    assert decision.events == ()
    assert (decision.state.etag, decision.state.body_hash, decision.state.newest) == ('"1"', before.body_hash, ("a",))
    assert (decision.state.last_good, decision.state.next_due) == (NOW, next_due(BBC, NEVER, NOW))


def test_validators_are_those_of_the_last_answer():
    before = PollState(feed="bbc", etag='"1"', last_modified="then", body_hash=body_hash(b"same"), last_good=NOW)
    assert poll(before=before, status=304, body=b"").state.etag == '"1"'
    assert poll(before=before, status=304, body=b"", etag='"2"').state.etag == '"2"'
    assert poll(before=before, body=b"same").state.etag == ""


def test_a_server_that_always_says_not_modified_is_read_in_full_once_a_week():  # C42
    state, dropped = PollState(feed="bbc", etag='"1"', body_hash="x", last_good=NOW), []
    for hour in range(1, 24 * 28):
        now = NOW + hour * HOUR
        state = poll(before=state, status=304, body=b"", now=now).state
        if not state.etag:
            dropped.append(now)
            state = poll(item("a"), before=state, knows=known(item("a")), etag='"1"', now=now).state
    assert len(dropped) == 4
    assert {later - earlier for earlier, later in pairwise(dropped)} == {timedelta(days=7)}


# -- trouble ---------------------------------------------------------------------------------------------------------


def test_each_failed_poll_is_an_event_and_the_waits_double_up_to_a_day():  # C44
    state, now, waits = HEARD_BEFORE, NOW, []
    for failures in range(1, 12):
        decision = poll(before=state, trouble=DOWN, now=now)
        (event,) = decision.events
        assert event == FeedFailed(
            at=now, feed="bbc", trouble=DOWN, failures=failures, retry_at=decision.state.next_due
        )
        assert (decision.state.down_since, decision.state.failures) == (NOW, failures)
        assert (decision.state.etag, decision.state.newest) == ('"1"', ("a",))
        waits.append(event.retry_at - now)
        state, now = decision.state, event.retry_at
    assert BBC.interval <= waits[0] <= BBC.interval * 1.1
    assert all(later == min(earlier * 2, LONGEST_WAIT) for earlier, later in pairwise(waits))
    assert waits[-1] == LONGEST_WAIT


def test_trouble_of_the_server_and_of_the_document_are_told_alike():
    assert kinds(poll(trouble=DOWN)) == ["FeedFailed"]
    said = Reply(url="", status=503, trouble=Trouble(code="http_503", text="busy"), retry_after=2 * HOUR)
    decision = decide(BBC, HEARD_BEFORE, said, Heard(), {}, judge, NOW, BACKLOG)
    assert decision.events[0].trouble.code == "http_503"
    assert decision.state.next_due == NOW + 2 * HOUR  # P15: Retry-After is kept


@pytest.mark.parametrize("answer", [{"status": 304, "body": b""}, {"body": b"old"}, {"body": b"new"}])
def test_a_feed_that_is_understood_again_has_recovered(answer):
    down = PollState(feed="bbc", body_hash=body_hash(b"old"), last_good=NOW - HOUR, failures=7, down_since=NOW - HOUR)
    decision = poll(before=down, **answer)
    assert decision.events == (FeedRecovered(at=NOW, feed="bbc", down_since=NOW - HOUR),)
    assert (decision.state.failures, decision.state.down_since) == (0, None)


def test_what_was_there_before_counts_as_shown_though_only_news_are_handed_in():
    one, other = "1" * 32, "2" * 32
    decision = poll(item(other), before=HEARD_BEFORE, heard={"entries": entries(other, one)})
    assert "FeedGapSuspected" in kinds(decision)
    assert decision.state.newest == (other, one)
    assert decision.state.entries == entries(other, one)
    later = poll(item("3" * 32), before=decision.state, heard={"entries": entries("3" * 32, other)})
    assert "FeedGapSuspected" not in kinds(later)


def test_an_error_message_in_the_place_of_news_is_put_aside_and_not_judged():
    one = item("a", title="Just a moment...")
    [aside] = poll(heard={"quarantined": (one,)}).events
    assert (aside.kind, aside.item, aside.why) == ("ItemQuarantined", "a", "a page that keeps robots out")


def test_two_good_polls_without_a_common_item_may_have_missed_some():
    gap, *_ = poll(item("b"), item("c")).events
    assert gap == FeedGapSuspected(at=NOW, feed="bbc", since=NOW - HOUR, until=NOW)
    assert "FeedGapSuspected" not in kinds(poll(item("b"), item("a")))
    assert "FeedGapSuspected" not in kinds(poll(item("b"), before=NEVER))
    assert "FeedGapSuspected" not in kinds(poll())  # a feed that shows nothing has turned over nothing


# -- rhythm, moves and ends in the book ------------------------------------------------------------------------------


def test_a_document_and_a_poll_without_news_teach_the_rhythm():
    feed = Feed(id="bbc", url=BBC.url, title="BBC", interval=BBC.interval, longest=6 * HOUR)
    first = poll(*(item(f"{n}", published=NOW - n * 6 * HOUR) for n in range(1, 9)), feed=feed, before=NEVER).state
    assert 2 <= first.arrivals / first.watched * 86_400 <= 6
    assert HOUR < first.next_due - NOW < 5 * HOUR
    later = poll(feed=feed, before=first, status=304, body=b"", now=NOW + 12 * HOUR).state
    assert later.arrivals < first.arrivals
    assert later.next_due - later.last_good > first.next_due - NOW


def test_wishes_are_kept_over_polls_without_news_until_the_next_document():
    feed = Feed(id="bbc", url=BBC.url, title="BBC", interval=BBC.interval, longest=6 * HOUR)
    state = poll(feed=feed, max_age=HOUR, heard={"pace": 2 * HOUR, "skip_hours": (3,)}).state
    assert (state.wish, state.skip) == (7200, 8)
    state = poll(feed=feed, before=state, status=304, body=b"").state
    assert (state.wish, state.skip) == (7200, 8)
    assert state.next_due >= NOW + 2 * HOUR
    state = poll(feed=feed, before=state, body=b"other").state
    assert (state.wish, state.skip) == (0, 0)


def test_410_is_an_ordinary_failure_until_it_is_said_again_a_day_later():  # C46
    state, now, told = HEARD_BEFORE, NOW, []
    trouble = Trouble(code="http_410", text="gone")
    while not state.gone:
        decision = poll(before=state, now=now, status=410, body=b"", trouble=trouble)
        told += kinds(decision)
        state, now = decision.state, decision.state.next_due
    assert set(told[:-1]) == {"FeedFailed"}
    assert told[-1] == "FeedGone"
    back = poll(before=state, now=now)
    assert kinds(back) == ["FeedRecovered"]
    assert not back.state.gone


def test_another_url_in_the_configuration_makes_moves_and_ends_void():
    state = poll(before=NEVER).state
    told = {"moved_to": "https://x.example/f", "gone": True, "wish": 5.0, "moving_to": "https://y.example/"}
    elsewhere = Feed(id="bbc", url="https://bbc.example/other", title="BBC", interval=BBC.interval)
    believed = structs.replace(state, arrivals=3.0, watched=9.0, **told)
    assert page(BBC, believed) == believed
    blank = page(elsewhere, believed)
    assert blank == PollState(feed="bbc", last_good=NOW, arrivals=3.0, watched=9.0)


def test_another_interval_counts_at_once_but_not_against_a_failing_server():
    state = poll(before=NEVER).state
    lazier = Feed(id="bbc", url=BBC.url, title="BBC", interval=BBC.interval, longest=6 * HOUR)
    assert page(BBC, state).next_due == state.next_due
    assert page(lazier, state).next_due is None
    assert page(lazier, structs.replace(state, failures=2)).next_due == state.next_due
