"""What a poll means: every fact of the world into events and the next page of the poll book."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.events import FeedFailed, FeedGapSuspected, FeedRecovered, ItemMatched, ItemRevised, ItemSeen
from monitor.feeds.delta import body_hash
from monitor.feeds.heard import Heard, Reply
from monitor.feeds.poll import LONGEST_WAIT, MOST_NEWEST, decide, due, first_due, next_due
from monitor.model import Feed, Hit, Item, KnownItem, PollState, Trouble

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BACKLOG = timedelta(hours=24)
BBC = Feed(id="bbc", url="https://bbc.example/feed", title="BBC", interval=timedelta(minutes=15))
NEVER = PollState(feed="bbc")
HEARD_BEFORE = PollState(feed="bbc", etag='"1"', body_hash="old", last_good=NOW - HOUR, newest=("a",))
DOWN = Trouble(code="timeout", text="too late")

FEED_IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
INTERVALS = st.timedeltas(timedelta(minutes=1), timedelta(days=1))


def item(name, title="IMF", published=NOW, **other):
    return Item(id=name, feed="bbc", title=title, published=published, **other)


def known(*items, revision=0, baseline=False):
    return {
        one.id: KnownItem(id=one.id, revision=revision, title=one.title, summary=one.summary, baseline=baseline)
        for one in items
    }


def judge(found):
    return [Hit(rule="imf", version="1", topic="IMF", clause="imf")] if "IMF" in found.title else []


def poll(*items, before=HEARD_BEFORE, knows=None, trouble=None, now=NOW, **reply):
    said = Reply(url=BBC.url, status=reply.pop("status", 200), body=reply.pop("body", b"new"), **reply)
    heard = Heard(items=tuple(items), trouble=trouble)
    return decide(BBC, before, said, heard, knows or {}, judge, now, BACKLOG)


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
    assert state.next_due == next_due(BBC, NOW)


@pytest.mark.parametrize("reply", [{"status": 304, "body": b""}, {"status": 204, "body": b""}, {"body": b"same"}])
def test_nothing_new_is_no_event_and_keeps_the_page(reply):
    before = PollState(feed="bbc", etag='"1"', body_hash=body_hash(b"same"), last_good=NOW - HOUR, newest=("a",))
    decision = poll(before=before, etag='"1"', **reply)
    assert decision.events == ()
    assert (decision.state.etag, decision.state.body_hash, decision.state.newest) == ('"1"', before.body_hash, ("a",))
    assert (decision.state.last_good, decision.state.next_due) == (NOW, next_due(BBC, NOW))


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


def test_two_good_polls_without_a_common_item_may_have_missed_some():
    gap, *_ = poll(item("b"), item("c")).events
    assert gap == FeedGapSuspected(at=NOW, feed="bbc", since=NOW - HOUR, until=NOW)
    assert "FeedGapSuspected" not in kinds(poll(item("b"), item("a")))
    assert "FeedGapSuspected" not in kinds(poll(item("b"), before=NEVER))
    assert "FeedGapSuspected" not in kinds(poll())  # a feed that shows nothing has turned over nothing


# -- when ------------------------------------------------------------------------------------------------------------


@given(FEED_IDS, INTERVALS, st.integers(0, 1000), st.none() | st.timedeltas(timedelta(minutes=1), LONGEST_WAIT))
def test_no_poll_comes_before_its_time_and_none_is_put_off_for_ever(name, interval, failures, wish):  # P15
    feed = Feed(id=name, url="", title="", interval=interval)
    wait = next_due(feed, NOW, failures=failures, wish=wish) - NOW
    assert wait >= max(interval, wish or timedelta())
    assert wait <= max(LONGEST_WAIT, interval * 1.1)
    assert wait == next_due(feed, NOW, failures=failures, wish=wish) - NOW


@given(FEED_IDS, INTERVALS, st.timedeltas(timedelta(days=-3650), timedelta(days=3650)))
def test_no_step_of_the_clock_stops_polling(name, interval, step):  # P14
    feed = Feed(id=name, url="", title="", interval=interval)
    written = PollState(feed=name, next_due=next_due(feed, NOW))
    now = NOW + step
    assert due(feed, written, now, now) <= now + max(LONGEST_WAIT, interval * 1.1)


@given(FEED_IDS, INTERVALS)
def test_first_polls_are_spread_over_a_minute(name, interval):
    feed = Feed(id=name, url="", title="", interval=interval)
    assert NOW <= first_due(feed, NOW) < NOW + timedelta(minutes=1)
    assert due(feed, PollState(feed=name), NOW, NOW + HOUR) == first_due(feed, NOW)


def test_a_page_of_the_poll_book_outlives_a_restart():  # P15: no early poll
    page = PollState(feed="bbc", next_due=NOW + timedelta(minutes=10))
    assert due(BBC, page, NOW, NOW) == page.next_due


def test_a_thousand_feeds_do_not_ask_in_one_second():
    feeds = [Feed(id=f"feed-{n}", url="", title="", interval=timedelta(minutes=15)) for n in range(1000)]
    for instants in ([first_due(feed, NOW) for feed in feeds], [next_due(feed, NOW) for feed in feeds]):
        seconds = [int((instant - NOW).total_seconds()) for instant in instants]
        assert max(seconds.count(second) for second in set(seconds)) < 60
