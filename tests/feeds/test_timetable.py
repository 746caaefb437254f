"""Who is asked next: places, hosts, spacing, feeds that failed, and a clock that is set."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from monitor.feeds.timetable import A_MOMENT, A_STEP, Stop, Timetable

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
NONE = timedelta()


def stop(name: str, due: datetime = NOW, host: str = "", failing: bool = False) -> Stop:
    return Stop(due, name, host or f"{name}.example", failing)


def table(*stops: Stop, spacing: timedelta = NONE, places: int = 256) -> Timetable:
    timetable = Timetable(places)
    timetable.replan(stops, spacing, NOW)
    return timetable


def test_a_feed_is_handed_out_when_it_is_due_and_not_again_while_it_is_under_way():
    timetable = table(stop("a"), stop("b", NOW + MINUTE))
    assert timetable.take(NOW) == ["a"]
    assert timetable.take(NOW + SECOND) == []
    timetable.put(stop("a", NOW + HOUR), NOW)
    timetable.ended("a", NOW)
    assert timetable.take(NOW + MINUTE) == ["b"]
    assert timetable.take(NOW + HOUR) == ["a"]


def test_what_is_planned_anew_counts_and_the_old_plan_does_not():
    timetable = table(stop("a"), stop("b", NOW + HOUR), stop("c"))
    timetable.put(stop("a", NOW + HOUR), NOW)
    timetable.put(stop("b", NOW), NOW)
    timetable.drop("c")
    assert timetable.take(NOW) == ["b"]
    assert (timetable.due("a"), timetable.due("c"), len(timetable)) == (NOW + HOUR, None, 2)


def test_a_plan_made_anew_counts_even_where_a_feed_waits_at_its_host():
    timetable = table(stop("a", host="h"), stop("b", host="h"))
    assert timetable.take(NOW) == ["a"]
    timetable.put(stop("b", NOW + HOUR, host="h"), NOW)
    timetable.ended("a", NOW)
    timetable.drop("a")
    assert timetable.take(NOW + MINUTE) == []
    assert timetable.take(NOW + HOUR) == ["b"]


def test_a_host_is_asked_for_one_feed_at_a_time_with_the_spacing_between():
    timetable = table(*(stop(f"f{n}", host="h") for n in range(3)), spacing=MINUTE)
    assert timetable.take(NOW) == ["f0"]
    timetable.put(stop("f0", NOW + HOUR, host="h"), NOW)
    assert timetable.take(NOW + MINUTE) == [], "the first has not ended"
    timetable.ended("f0", NOW + MINUTE)
    assert timetable.take(NOW + MINUTE) == ["f1"]
    timetable.put(stop("f1", NOW + HOUR, host="h"), NOW + MINUTE)
    timetable.ended("f1", NOW + MINUTE + SECOND)
    assert timetable.take(NOW + 2 * MINUTE - 2 * A_MOMENT) == []
    assert timetable.take(NOW + 2 * MINUTE - A_MOMENT) == ["f2"]


def test_five_thousand_feeds_of_one_host_hold_up_nobody():
    crowd = [stop(f"crowd-{n}", NOW - HOUR, host="crowd") for n in range(5000)]
    others = [stop(f"other-{n}") for n in range(300)]
    taken = table(*crowd, *others).take(NOW)
    assert len(taken) == 256
    assert sum(name.startswith("crowd") for name in taken) == 1


def test_feeds_that_failed_take_half_of_the_places_and_wait_for_nothing_else():
    dead = [stop(f"dead-{n}", NOW - HOUR, failing=True) for n in range(20)]
    alive = [stop(f"alive-{n}") for n in range(20)]
    timetable = table(*dead, *alive, places=8)
    taken = timetable.take(NOW)
    assert Counter(name.partition("-")[0] for name in taken) == {"dead": 4, "alive": 4}
    for name in [name for name in taken if name.startswith("alive")]:
        timetable.drop(name)
        timetable.ended(name, NOW)
    assert all(name.startswith("alive") for name in timetable.take(NOW))
    timetable.drop("dead-0")
    timetable.ended("dead-0", NOW)
    [name] = timetable.take(NOW)
    assert name.startswith("dead")


def test_a_host_whose_feeds_failed_is_still_asked_for_one_that_did_not():
    dead = [stop(f"dead-{n}", NOW - HOUR, failing=True) for n in range(3)]
    timetable = table(*dead, stop("bad", NOW - HOUR, host="h", failing=True), places=2)
    assert len(timetable.take(NOW)) == 1
    timetable.put(stop("good", NOW, host="h"), NOW)
    assert timetable.take(NOW) == ["good"]


def test_ten_thousand_feeds_due_at_once_are_all_asked_and_spread():  # D26
    timetable = table(*(stop(f"f{n}", NOW - HOUR, host=f"h{n // 5}") for n in range(10_000)), spacing=SECOND)
    now, asked = NOW, Counter()
    while len(asked) < 10_000:
        taken = timetable.take(now)
        assert len(taken) <= 256
        assert len({int(name[1:]) // 5 for name in taken}) == len(taken), "one feed a host"
        asked.update(taken)
        now += SECOND
        for name in taken:
            timetable.put(stop(name, now + HOUR, host=f"h{int(name[1:]) // 5}"), now)
            timetable.ended(name, now)
    assert set(asked.values()) == {1}
    assert now - NOW < MINUTE


def test_a_reload_keeps_what_is_under_way_and_forgets_who_is_gone():
    timetable = table(stop("a", host="h"), stop("b", host="h"), stop("c"))
    assert sorted(timetable.take(NOW)) == ["a", "c"]
    timetable.replan([stop("a", host="h"), stop("b", host="h"), stop("d")], NONE, NOW)
    assert timetable.take(NOW) == ["d"], "a is under way, and its host is busy"
    timetable.put(stop("a", NOW + HOUR, host="h"), NOW)
    timetable.ended("a", NOW)
    timetable.ended("c", NOW)
    assert timetable.take(NOW) == ["b"]
    assert timetable.due("c") is None


def test_a_clock_that_is_set_back_takes_the_plans_with_it():  # D19
    timetable = table(stop("a", NOW + 10 * MINUTE), stop("b", NOW + HOUR), spacing=MINUTE)
    timetable.take(NOW + SECOND)
    for back in (HOUR, timedelta(days=3650)):
        now = NOW - back
        assert timetable.take(now) == []
        assert abs(timetable.due("a") - now - 10 * MINUTE) <= SECOND
        then = now + 11 * MINUTE
        assert timetable.take(then) == ["a"]
        timetable.put(stop("a", then + 10 * MINUTE), then)
        timetable.ended("a", then)


def test_a_clock_that_goes_forward_drops_nothing():  # D20
    timetable = table(*(stop(f"f{n}", NOW + n * MINUTE) for n in range(10)))
    assert len(timetable.take(NOW + timedelta(days=3650))) == 10


@given(st.lists(st.timedeltas(-20 * timedelta(days=365), 20 * timedelta(days=365)), max_size=8))
def test_no_steps_of_the_clock_lose_a_feed(steps):  # D19-D22
    timetable, now = table(stop("a", NOW + MINUTE)), NOW
    for step in steps:
        now += step
        for name in timetable.take(now):
            timetable.put(stop(name, now + MINUTE), now)
            timetable.ended(name, now)
        assert now - A_STEP < timetable.due("a") <= now + MINUTE + A_STEP
    assert timetable.take(now + 2 * MINUTE + A_STEP) == ["a"]


class Days(RuleBasedStateMachine):
    """Whatever happens: places and hosts are kept, nothing is handed out early, and nothing is lost."""

    PLACES = 6

    @initialize()
    def begin(self):
        self.now, self.plans, self.away = NOW, {}, {}
        self.table = Timetable(self.PLACES)
        self.table.replan([], 10 * SECOND, self.now)

    @rule(number=st.integers(0, 30), wait=st.integers(-60, 60), failing=st.booleans())
    def plan(self, number, wait, failing):
        one = stop(f"f{number}", self.now + wait * SECOND, f"h{number % 7}", failing)
        self.plans[one.feed] = one
        self.table.put(one, self.now)

    @rule(number=st.integers(0, 30))
    def drop(self, number):
        self.plans.pop(f"f{number}", None)
        self.table.drop(f"f{number}")

    @rule(passed=st.integers(0, 40))
    def take(self, passed):
        self.now += passed * SECOND
        for name in self.table.take(self.now):
            assert self.plans[name].due <= self.now
            assert name not in self.away
            self.away[name] = self.plans[name]

    @rule(choice=st.integers(0, 100), wait=st.integers(1, 60), failing=st.booleans())
    def end(self, choice, wait, failing):
        if self.away:
            name = sorted(self.away)[choice % len(self.away)]
            host = self.away.pop(name).host
            if name in self.plans:
                self.plans[name] = Stop(self.now + wait * SECOND, name, host, failing)
                self.table.put(self.plans[name], self.now)
            self.table.ended(name, self.now)

    @rule()
    def reload(self):
        self.table.replan(self.plans.values(), 10 * SECOND, self.now)

    @invariant()
    def keeps_its_bounds(self):
        assert len(self.away) <= self.PLACES
        assert sum(one.failing for one in self.away.values()) <= self.PLACES // 2
        assert len({one.host for one in self.away.values()}) == len(self.away)

    def teardown(self):
        waiting = set(self.plans)
        for _ in range(60):
            self.now += 30 * SECOND
            for name in [*self.away, *self.table.take(self.now)]:
                self.table.drop(name)
                self.table.ended(name, self.now)
                waiting.discard(name)
            self.away = {}
        assert not waiting, "everyone had a turn"


TestDays = Days.TestCase
