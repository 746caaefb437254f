"""Where a feed lives: moves that are believed after a while, moves that were none, and ends."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from monitor.feeds.heard import Reply
from monitor.feeds.moves import address, host, refused, source, told
from monitor.model import Feed, PollState, Trouble

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW, OTHER = "https://old.example/feed", "https://new.example/feed", "https://other.example/feed"
FEED = Feed(id="news", url=OLD, title="", interval=HOUR)
BEFORE = PollState(feed="news", last_good=NOW)
ELSEWHERE = replace(BEFORE, moved_to=NEW)
GONE = Trouble(code="http_410", text="gone")


def good(moved_to: str = "") -> Reply:
    return Reply(url=moved_to or OLD, status=200, moved_to=moved_to)


def tells(*targets: tuple[float, str], before: PollState = BEFORE, feed: Feed = FEED):
    """The state and the events after good polls at so many hours, each redirected to a target or to none."""
    state, events = before, []
    for hours, target in targets:
        state, event = told(feed, state, good(target), NOW + hours * HOUR)
        events += [event] if event else []
    return state, events


def says(*answers: tuple[float, int], before: PollState = BEFORE):
    """The state and the events after failed polls at so many hours, each with a status; 0 is no answer."""
    state, events = before, []
    for hours, status in answers:
        state, event = refused(FEED, state, Reply(url="", status=status, trouble=GONE), NOW + hours * HOUR)
        events += [event] if event else []
    return state, events


# -- moves -----------------------------------------------------------------------------------------------------------


def test_a_move_is_believed_after_three_polls_over_a_day():  # C45
    state, events = tells((0, NEW), (12, NEW), (23, NEW))
    assert events == []
    assert address(FEED, state) == OLD
    state, [moved] = tells((0, NEW), (12, NEW), (24, NEW))
    assert (moved.target, moved.source) == (NEW, source(FEED))
    assert address(FEED, state) == NEW
    assert (state.moving_to, state.moving_since, state.moving_polls) == ("", None, 0)


@pytest.mark.parametrize(
    "polls",
    [
        [(0, NEW), (30, NEW)],  # twice only
        [(0, NEW), (10, ""), (20, NEW), (30, NEW)],  # it was at home in between
        [(0, NEW), (10, OTHER), (20, NEW), (30, NEW), (40, NEW)],  # it was elsewhere in between
        [(0, NEW), (1, ""), (2, NEW), (3, ""), (26, NEW), (27, ""), (50, NEW)],  # 301_flap
    ],
)
def test_a_move_that_is_not_told_three_times_in_a_row_over_a_day_is_not_believed(polls):
    assert tells(*polls)[1] == []


def test_nothing_moves_from_https_to_http_or_away_from_a_password():
    plain = "http://new.example/feed"
    assert tells((0, plain), (20, plain), (40, plain))[1] == []
    secret = replace(FEED, url="https://user:word@old.example/feed")
    assert tells((0, NEW), (20, NEW), (40, NEW), feed=secret)[1] == []
    from_plain = replace(FEED, url="http://old.example/feed")
    assert len(tells((0, plain), (20, plain), (40, plain), feed=from_plain)[1]) == 1


def test_a_feed_that_moved_may_move_on():
    state, [moved] = tells((0, OTHER), (20, OTHER), (40, OTHER), before=ELSEWHERE)
    assert (moved.target, state.moved_to) == (OTHER, OTHER)


def test_a_feed_that_moved_and_answers_there_says_nothing_more():
    assert tells((0, ""), (40, ""), before=ELSEWHERE) == (ELSEWHERE, [])


def test_where_the_new_place_fails_for_long_both_are_asked_in_turn():
    asked = [address(FEED, replace(ELSEWHERE, failures=failures)) for failures in range(11)]
    assert asked == [NEW] * 7 + [OLD, NEW, OLD, NEW]
    assert {address(FEED, replace(BEFORE, failures=failures)) for failures in range(11)} == {OLD}


def test_a_move_is_void_when_the_new_place_fails_and_the_old_one_answers():
    doubtful = replace(ELSEWHERE, failures=7)
    state, [void] = tells((0, ""), before=doubtful)
    assert (void.target, state.moved_to) == ("", "")
    assert tells((0, OTHER), before=doubtful)[1][0].target == ""
    state, events = tells((0, NEW), before=doubtful)
    assert (state.moved_to, events) == (NEW, []), "the old place still leads there, and there is an answer now"


def test_a_clock_that_was_set_back_begins_the_count_anew():
    state, events = tells((100, NEW), (0, NEW), (1, NEW), (2, NEW))
    assert events == []
    assert len(tells((24, NEW), before=state)[1]) == 1


# -- ends ------------------------------------------------------------------------------------------------------------


def test_gone_is_believed_when_it_is_said_again_a_day_later():  # C46
    assert says((0, 410)) == (replace(BEFORE, gone_since=NOW), [])
    assert says((0, 410), (1, 410), (23, 410))[1] == []
    state, [gone] = says((0, 410), (1, 410), (24, 410))
    assert state.gone
    assert gone.source == source(FEED)
    assert says((60, 410), before=state)[1] == [], "it is said once"


def test_any_other_answer_in_between_begins_anew_and_no_answer_does_not():
    assert says((0, 410), (12, 404), (24, 410), (30, 410))[1] == []
    assert len(says((0, 410), (12, 0), (24, 410))[1]) == 1


def test_what_another_place_says_does_not_end_a_feed():
    assert says((0, 410), (30, 410), before=ELSEWHERE) == (ELSEWHERE, [])
    doubtful = replace(ELSEWHERE, failures=7)
    assert len(says((0, 410), (30, 410), before=doubtful)[1]) == 1


def test_a_host_is_who_a_url_names():
    assert host("https://News.Example:8443/feed?x=1") == "news.example"
    assert host("http://[bad") == ""
