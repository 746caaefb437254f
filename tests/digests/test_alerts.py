from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
from digests.test_slots import at
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.digests.alerts import alert, upcoming
from monitor.digests.quiet import is_quiet
from monitor.model import Digest, Quiet, Told, WaitingMatch

NOON = at("2024-09-11T12:00")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = Digest(name="now", title="Now", channels=())
NIGHT = msgspec.structs.replace(NOW, quiet=Quiet(start=22 * 60, end=7 * 60, breaks="high"))


def match(number: int, when: datetime = NOON, story: str = "", priority: str = "normal", item: str = ""):
    item = item or f"item {number}"
    return WaitingMatch(
        event=f"match {number}", position=number, at=when, item=item, story=story or item, priority=priority
    )


def telling(story: str, when: datetime) -> Told:
    return Told(item=story, story=story, digest="now", edition=f"of {story}", at=when, headline="")


def test_the_first_match_waits_so_that_others_may_come_along():
    first, second = match(1), match(2, NOON + MINUTE)
    assert upcoming(NOW, [first], None, NOON) == NOON + 2 * MINUTE
    assert alert(NOW, [first, second], {}, None, NOON + 2 * MINUTE - timedelta(microseconds=1)) is None
    due = alert(NOW, [first, second], {}, None, NOON + 2 * MINUTE)
    assert due.tells == ("item 1", "item 2")
    assert due.slot == "alert match 1"
    assert due.rest == ()


def test_an_item_that_several_rules_caught_is_told_once():
    due = alert(NOW, [match(1, item="a"), match(2, item="b"), match(3, item="a")], {}, None, NOON + HOUR)
    assert due.tells == ("a", "b")


def test_an_alert_keeps_its_distance_from_the_one_before():
    assert upcoming(NOW, [match(1)], NOON - MINUTE, NOON) == NOON + 14 * MINUTE
    assert alert(NOW, [match(1)], {}, NOON - MINUTE, NOON + 13 * MINUTE) is None
    assert upcoming(NOW, [match(1)], NOON - HOUR, NOON) == NOON + 2 * MINUTE


def test_a_story_that_was_told_is_withheld_and_one_that_goes_on_is_told_again():
    told = {"flood": telling("flood", NOON), "fire": telling("fire", NOON)}
    soon, late = match(1, NOON + 5 * HOUR, "flood"), match(2, NOON + 6 * HOUR, "fire")
    due = alert(NOW, [soon, late], told, NOON, NOON + 7 * HOUR)
    assert due.tells == ("item 2",)
    assert [(one.item, one.why, one.by) for one in due.withheld] == [("item 1", "repeat", "of flood")]
    assert due.first == "match 2"


def test_an_alert_that_tells_nothing_accounts_for_what_it_withholds():
    due = alert(NOW, [match(1, NOON, "flood")], {"flood": telling("flood", NOON - HOUR)}, None, NOON + HOUR)
    assert (due.tells, due.first, len(due.withheld)) == ((), "match 1", 1)


def test_the_instant_of_looking_does_not_make_a_repetition_news():
    told = {"flood": telling("flood", NOON)}
    for hours in (6, 12, 100):
        assert alert(NOW, [match(1, NOON + 5 * HOUR, "flood")], told, NOON, NOON + hours * HOUR).tells == ()


def test_at_night_an_urgent_story_goes_with_all_its_items_and_the_rest_waits():
    night = at("2024-09-11T23:00")
    waiting = [match(1, night, "calm"), match(2, night, "storm"), match(3, night, "storm", "high")]
    due = alert(NIGHT, waiting, {}, None, night + HOUR)
    assert due.tells == ("item 2", "item 3")
    assert [one.item for one in due.rest] == ["item 1"]
    assert alert(NIGHT, waiting[:2], {}, None, night + HOUR) is None
    assert upcoming(NIGHT, waiting[:2], None, night) == at("2024-09-12T07:00")
    assert upcoming(NIGHT, waiting, None, night) == night + 2 * MINUTE
    assert alert(NIGHT, waiting, {}, None, at("2024-09-12T07:00")).tells == ("item 1", "item 2", "item 3")


def test_what_a_clock_wrote_that_was_set_back_since_holds_up_nothing():
    ahead = NOON + timedelta(days=3650)
    assert upcoming(NOW, [match(1, ahead)], None, NOON) == NOON
    assert upcoming(NOW, [match(1)], ahead, NOON) == NOON + 2 * MINUTE
    assert alert(NOW, [match(1, NOON, "s")], {"s": telling("s", ahead)}, ahead, NOON + HOUR).tells == ("item 1",)


# -- laws ------------------------------------------------------------------------------------------------------------

priorities = st.sampled_from(["low", "normal", "high"])
news = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 5), st.integers(0, 9), priorities), min_size=1, max_size=20
)
digests = st.builds(
    lambda wait, gap, repeat, quiet: msgspec.structs.replace(
        NOW, group_wait=wait * MINUTE, min_gap=gap * MINUTE, repeat=repeat * HOUR, quiet=quiet
    ),
    st.integers(0, 30),
    st.integers(0, 90),
    st.integers(0, 24),
    st.none()
    | st.builds(
        lambda start, length, breaks: Quiet(start=start, end=(start + length) % 1440, breaks=breaks),
        st.integers(0, 1439),
        st.integers(1, 1438),
        st.none() | priorities,
    ),
)


class Played:
    """A log of matches, and alerts as a service queues them that looks every ``step``."""

    def __init__(self, digest: Digest, log: list[WaitingMatch], ticks: list[datetime]) -> None:
        self.digest, self.alerts, self.last = digest, [], None
        self.done: dict[str, str] = {}  # item -> told or withheld
        self.told: dict[str, Told] = {}
        for now in ticks:
            waiting = [one for one in log if one.at <= now and one.item not in self.done]
            planned = upcoming(digest, waiting, self.last, now)
            due = alert(digest, waiting, self.told, self.last, now)
            assert (due is not None) == (planned is not None and planned <= now)
            if due is not None:
                self.queue(due, waiting, now)

    def queue(self, due, waiting, now):
        stories = {one.item: one.story for one in waiting}
        for item in due.tells:
            assert item not in self.done
            self.done[item] = "told"
            self.told[stories[item]] = Told(
                item=item, story=stories[item], digest="now", edition=due.slot, at=now, headline=""
            )
        for one in due.withheld:
            assert one.item not in self.done
            self.done[one.item] = "withheld"
        assert {one.item for one in due.rest} == {one.item for one in waiting} - self.done.keys()
        self.alerts.append((now, due))
        self.last = now if due.tells else self.last


def log_of(found, zero: datetime = NOON) -> list[WaitingMatch]:
    ordered = sorted(found, key=lambda one: one[0])
    return [
        match(n, zero + 5 * minutes * MINUTE, f"story {story}", priority, f"item {story}.{item}")
        for n, (minutes, story, item, priority) in enumerate(ordered, start=1)
    ]


def grid(step: int, days: int = 6) -> list[datetime]:
    return [NOON + n * step * MINUTE for n in range(days * 24 * 60 // step)]


@settings(max_examples=60, deadline=None)
@given(digests, news, st.sampled_from([7, 15, 61]))
def test_every_item_is_told_or_withheld_once_whatever_the_times_of_looking(digest, found, step):
    log = log_of(found)
    played = Played(digest, log, grid(step))
    if digest.quiet is None:
        assert played.done.keys() == {one.item for one in log}
    letters = [now for now, due in played.alerts if due.tells]
    assert all(second - first >= digest.min_gap for first, second in pairwise(letters))
    slots = [due.slot for _, due in played.alerts]
    assert len(slots) == len(set(slots))
    for now, due in played.alerts:
        assert now >= due.due
        if is_quiet(now, digest.quiet, digest.zone):
            assert digest.quiet.breaks is not None


@settings(max_examples=60, deadline=None)
@given(digests, news)
def test_a_day_that_has_an_end_of_quiet_tells_all(digest, found):
    assume(digest.quiet is not None)
    log = log_of(found)
    ticks = grid(5, days=4)
    assume(any(not is_quiet(now, digest.quiet, digest.zone) for now in ticks[-200:]))
    assert Played(digest, log, ticks).done.keys() == {one.item for one in log}


@settings(max_examples=40, deadline=None)
@given(digests, news, st.integers(0, 3))
def test_the_same_is_decided_of_each_match_however_often_one_looks_in_between(digest, found, more):
    """Looks at which nothing is due change nothing: only those that find an alert count."""
    log, ticks = log_of(found), grid(11)
    played = Played(digest, log, ticks)
    between = sorted({*ticks, *(now for now, _ in played.alerts)})
    again = Played(digest, log, between)
    assert again.alerts == played.alerts
    some = [now for n, now in enumerate(ticks) if now in {at for at, _ in played.alerts} or n % (more + 2)]
    silent = [now for now, _ in Played(digest, log, some).alerts]
    assert silent == [now for now, _ in played.alerts]


@settings(max_examples=60, deadline=None)
@given(news)
def test_a_story_is_told_again_only_after_so_long(found):
    log = log_of(found)
    played = Played(NOW, log, grid(5))
    when = {}
    for now, due in played.alerts:
        for story in {one.story for one in log if one.item in due.tells}:
            newest = max(one.at for one in log if one.story == story and one.at <= now)
            assert story not in when or newest >= when[story] + NOW.repeat
            when[story] = now
