"""How feeds fare: advice, what the operator is due to be told, and the strip."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.events import FeedFailed, FeedRecovered, FeedsNoticed
from monitor.feeds import health
from monitor.feeds.health import APART, DOWN_FOR, FEW, GATHER, MANY_FAILURES, MOST_NAMED, QUIET, due, letter
from monitor.model import Feed, FeedToTell, Trouble

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BUSY = Trouble(code="http_503", text="kyiv-herald.example answered 503")


def down(feed="herald", *, since=NOW - 2 * HOUR, failures=MANY_FAILURES, **other):
    return FeedToTell(feed=feed, failures=failures, down_since=since, trouble=BUSY, retry_at=since + 4 * HOUR, **other)


def told(*feeds, on_their_way=0, last=None, now=NOW):
    return [(one.state, one.feeds) for one in due(feeds, on_their_way=on_their_way, last=last or {}, now=now)]


def named(*ids):
    return {
        one: Feed(id=one, url=f"https://{one}.example/rss", title=f"The {one.title()}", interval=HOUR) for one in ids
    }


def test_a_feed_is_down_after_three_failures_and_an_hour():
    assert told(down()) == [("down", ("herald",))]
    assert told(down(failures=MANY_FAILURES - 1)) == []
    assert told(down(since=NOW - DOWN_FOR + timedelta(seconds=1))) == []


def test_an_outage_is_told_once():
    assert told(down(told="down", told_at=NOW - HOUR)) == []
    assert told(down(since=NOW - 9 * DAY, told="down", told_at=NOW - 8 * DAY)) == []


def test_a_feed_that_flaps_is_told_down_at_most_once_a_day():
    assert told(down(told="down", told_at=NOW - 3 * HOUR)) == []
    assert told(down(told="well", told_at=NOW - 3 * HOUR)) == []
    assert told(down(told="well", told_at=NOW - QUIET)) == [("down", ("herald",))]


def test_being_told_silent_does_not_hide_that_it_went_down():
    assert told(down(told="silent", told_at=NOW - 3 * HOUR)) == [("down", ("herald",))]


def test_only_a_trouble_that_was_told_ends_with_a_notice():
    assert told(FeedToTell(feed="herald", told="down", told_at=NOW - DAY)) == [("well", ("herald",))]
    assert told(FeedToTell(feed="herald")) == []
    assert told(FeedToTell(feed="herald", told="well", told_at=NOW - DAY)) == []


def test_what_is_gone_is_told_gone_and_not_down():
    assert told(down(gone_at=NOW - HOUR)) == [("gone", ("herald",))]
    assert told(down(gone_at=NOW - HOUR, told="gone", told_at=NOW)) == []


def test_a_silence_is_told_once_whatever_is_told_in_between():
    silent = FeedToTell(feed="herald", silent_since=NOW - 3 * DAY, silent_at=NOW - HOUR)
    assert told(silent) == [("silent", ("herald",))]
    before = FeedToTell(
        feed="herald", silent_since=NOW - 3 * DAY, silent_at=NOW - HOUR, told="well", told_at=NOW - 2 * HOUR
    )
    assert told(before) == [("silent", ("herald",))]
    behind = FeedToTell(
        feed="herald", silent_since=NOW - 3 * DAY, silent_at=NOW - 3 * HOUR, told="well", told_at=NOW - 2 * HOUR
    )
    assert told(behind) == []


def test_a_kind_of_notice_comes_at_most_once_an_hour():
    assert told(down(), last={"down": NOW - APART + HOUR / 60}) == []
    assert told(down(), last={"down": NOW - APART}) == [("down", ("herald",))]
    assert told(down(), last={"down": NOW + DAY}) == [("down", ("herald",))], "the clock was set back"


def test_a_notice_waits_for_the_many_that_fail_with_the_first():
    first = down(since=NOW - DOWN_FOR)
    assert told(first, on_their_way=299) == []
    assert told(first, on_their_way=FEW) == [("down", ("herald",))], "some always are"
    most = [down(f"feed-{n}", since=NOW - DOWN_FOR) for n in range(290)]
    assert told(*most, on_their_way=40) == []
    assert len(told(*most, on_their_way=4)[0][1]) == 290
    assert told(first, on_their_way=299, now=NOW + GATHER) == [("down", ("herald",))]


def test_a_notice_says_who_what_since_when_and_what_to_do():
    notice = FeedsNoticed(at=NOW, state="down", feeds=("herald",))
    subject, text = letter([notice], {"herald": down()}, named("herald"))
    assert subject == "News monitor: The Herald is down"
    for said in (
        "The Herald (herald): kyiv-herald.example answered 503.",
        "3 times in a row since 2024-09-11 10:00 UTC",
        "asked again 2024-09-11 14:00 UTC",
        "What to do: ",
        "monitor feeds show herald",
    ):
        assert said in text


def test_three_hundred_feeds_are_one_notice_of_twenty_names():
    ids = [f"feed-{n:03}" for n in range(300)]
    notice = FeedsNoticed(at=NOW, state="down", feeds=tuple(ids))
    subject, text = letter([notice], {one: down(one) for one in ids}, named(*ids))
    assert subject == "News monitor: 300 feeds are down"
    assert text.count("failed 3 times") == MOST_NAMED
    assert "and 280 more" in text


def test_several_kinds_are_one_letter():
    feeds = {
        "herald": down(),
        "courier": FeedToTell(feed="courier", told="down", told_at=NOW - DAY),
        "gazette": FeedToTell(feed="gazette", gone_at=NOW),
        "echo": FeedToTell(feed="echo", silent_since=NOW - 3 * DAY, silent_at=NOW),
    }
    notices = due(list(feeds.values()), on_their_way=0, last={}, now=NOW)
    subject, text = letter(notices, feeds, named(*feeds))
    assert subject == ("News monitor: 1 feed is down, 1 feed is well again, 1 feed is gone, 1 feed went silent")
    assert all(f"The {one.title()}" in text for one in feeds)


@pytest.mark.parametrize("code", [*health.ADVICE, "http_500", "http_418", "never_heard_of"])
def test_every_trouble_comes_with_advice(code):
    said = health.advice(code)
    assert 10 < len(said) < 120
    assert not said.endswith(".")


def test_an_outage_lasts_from_the_first_failure_to_the_recovery():
    def failed(hours, failures):
        at = NOW + hours * HOUR
        return FeedFailed(at=at, feed="herald", trouble=BUSY, failures=failures, retry_at=at + HOUR)

    story = [
        failed(0, 1),
        failed(1, 2),
        FeedRecovered(at=NOW + 2 * HOUR, feed="herald", down_since=NOW),
        failed(5, 1),
    ]
    assert health.outages(story, NOW + 6 * HOUR) == [(NOW, NOW + 2 * HOUR), (NOW + 5 * HOUR, NOW + 6 * HOUR)]
    assert health.outages([], NOW) == []


def test_stretches_that_touch_become_one():
    a, b, c, d = (NOW + n * HOUR for n in range(4))
    assert health.merged([(c, d), (a, b), (b, c)]) == [(a, d)]
    assert health.merged([(c, d), (a, b)]) == [(a, b), (c, d)]


def test_a_strip_shows_a_period_in_a_character():
    days = [NOW - n * DAY for n in range(10, -1, -1)]
    shown = health.strip(
        until=NOW,
        period=DAY,
        periods=10,
        heard=days[2],
        failed=[(days[4], days[4] + HOUR)],
        silent=[(days[8], NOW)],
        unwatched=[(days[5], days[7] - HOUR)],
    )
    assert shown == "..##x.##--"
