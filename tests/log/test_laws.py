"""The five laws of monitor/log/__init__.py, for every backend of tests/log/backends.py; law 4 is in test_killed.py."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier, Event

import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.events import FeedGone, ItemSeen, Recorded, utc
from monitor.log import Log

AT = utc("2024-09-11T12:00:00Z")
laws = settings(max_examples=20, deadline=None)


def seen(name, title="") -> ItemSeen:
    return ItemSeen(at=AT, item=str(name), feed="wire", title=title)


def first_of_each_id(events):
    kept: dict[str, strategies.Event] = {}
    for event in events:
        kept.setdefault(event.id, event)
    return list(kept.values())


@st.composite
def tellings(draw):
    """Batches of events, of which some come again."""
    events = draw(st.lists(strategies.events(), min_size=1, max_size=8))
    return draw(st.lists(st.lists(st.sampled_from(events), max_size=6), max_size=6))


# -- 1. Idempotent ---------------------------------------------------------------------------------------------------


@laws
@given(batches=tellings())
def test_the_first_event_of_an_id_is_kept_and_every_other_changes_nothing(logs, batches):
    first = first_of_each_id([event for batch in batches for event in batch])
    with logs.open() as log:
        new = [recorded for batch in batches for recorded in log.append(batch)]
        head = log.head()
        assert [recorded.event for recorded in new] == first
        assert [recorded for batch in batches for recorded in log.append(batch)] == []
        assert list(log.read()) == new
        assert log.head() == head == log.verify()


def test_an_event_that_is_known_is_not_replaced_by_another_with_its_id(logs):
    with logs.open() as log:
        log.append([seen(1, "as it was")])
        assert log.append([seen(1, "as someone wants it"), seen(2)]) == [Recorded(2, seen(2))]
        assert [recorded.event.title for recorded in log.read()] == ["as it was", ""]


def test_of_many_who_say_the_same_at_once_one_is_first(logs):
    with logs.open() as log, ThreadPoolExecutor(16) as people:
        together = Barrier(16)

        def say(_):
            together.wait()
            return log.append([seen("one"), seen("two")])

        answers = list(people.map(say, range(16)))
        assert sorted(recorded.event.item for answer in answers for recorded in answer) == ["one", "two"]
        assert len(list(log.read())) == 2


# -- 2. No overtaking, and positions without holes -------------------------------------------------------------------


@laws
@given(history=strategies.histories())
def test_positions_count_from_one_in_the_order_of_the_telling(logs, history):
    with logs.open() as log:
        new = log.append(history)
        assert new == [Recorded(n, event) for n, event in enumerate(history, start=1)]
        assert list(log.read()) == new


def test_nothing_new_appears_at_or_below_what_a_reader_saw(logs):
    with logs.open() as log, ThreadPoolExecutor(9) as people:
        done = Event()

        def follow(log: Log) -> list[Recorded]:
            told: list[Recorded] = []
            while True:
                last_round = done.is_set()
                for recorded in log.read(len(told)):
                    assert recorded.position == len(told) + 1
                    told.append(recorded)
                if last_round:
                    return told

        def write(writer: int) -> list[Recorded]:
            return [new for n in range(40) for new in log.append([seen(f"{writer}-{n}-{m}") for m in range(n % 4)])]

        follower = people.submit(follow, log)
        writers = [people.submit(write, writer) for writer in range(8)]
        try:
            acknowledged = sorted(new for writer in writers for new in writer.result())
        finally:
            done.set()
        assert follower.result() == acknowledged == list(log.read())
        assert [recorded.position for recorded in acknowledged] == list(range(1, len(acknowledged) + 1))


def test_each_caller_is_answered_with_its_own_events_which_can_then_be_read(logs):
    with logs.open() as log, ThreadPoolExecutor(16) as people:

        def write(writer: int) -> None:
            for n in range(20):
                mine = [seen(f"{writer}-{n}-{m}") for m in range(3)]
                new = log.append(mine)
                assert [recorded.event for recorded in new] == mine
                assert list(log.read(new[0].position - 1))[:3] == new

        list(people.map(write, range(16)))
        assert log.verify().position == 16 * 20 * 3


@laws
@given(history=st.lists(strategies.events(), max_size=12), after=st.integers(0, 14))
def test_a_reader_is_told_what_is_behind_a_position_and_of_its_stream(logs, history, after):
    with logs.open() as log:
        new = log.append(history)
        assert list(log.read(after)) == new[after:]
        for stream in {recorded.event.stream for recorded in new} | {"feed/nobody"}:
            assert list(log.read(after, stream)) == [r for r in new[after:] if r.event.stream == stream]


# -- 3. Atomic -------------------------------------------------------------------------------------------------------


def test_no_reader_sees_a_part_of_a_batch(logs):
    with logs.open() as log, ThreadPoolExecutor(5) as people:
        done = Event()

        def follow() -> int:
            batches: Counter[str] = Counter()
            told = 0
            while True:
                last_round = done.is_set()
                for recorded in log.read(told):
                    told = recorded.position
                    batches[recorded.event.title] += 1
                assert set(batches.values()) <= {7}
                if last_round:
                    return told

        def write(writer: int) -> None:
            for n in range(30):
                log.append([seen(f"{writer}-{n}-{m}", title=f"{writer}-{n}") for m in range(7)])

        follower = people.submit(follow)
        try:
            list(people.map(write, range(4)))
        finally:
            done.set()
        assert follower.result() == 4 * 30 * 7


def test_of_a_batch_with_an_event_that_cannot_be_written_nothing_is_remembered(logs):
    half_a_letter = seen("bad", title="\ud83d")
    with logs.open() as log:
        with pytest.raises(UnicodeEncodeError):
            log.append([seen("good"), half_a_letter])
        assert log.head().position == 0
        assert log.append([seen("good")]) == [Recorded(1, seen("good"))]


# -- 5. Append-only: what was remembered stays, and the chain says so ------------------------------------------------


@laws
@given(history=strategies.histories(), cuts=st.lists(st.integers(0, 25), max_size=4))
def test_the_same_story_has_the_same_hash_however_it_was_batched(logs, history, cuts):
    edges = [0, *sorted(cuts), len(history)]
    with logs.open() as once, logs.open() as in_pieces:
        once.append(history)
        for start, end in pairwise(edges):
            in_pieces.append(history[start:end])
        assert once.head() == in_pieces.head()


def test_every_event_and_their_order_change_the_hash(logs):
    stories = ([], ["a"], ["b"], ["a", "b"], ["b", "a"], ["a", "b", "c"])
    heads = set()
    for story in stories:
        with logs.open() as log:
            log.append([seen(name) for name in story])
            assert log.head().position == len(story)
            heads.add(log.verify().hash)
    assert len(heads) == len(stories)


@laws
@given(history=strategies.histories(), more=strategies.histories())
def test_a_log_that_is_closed_and_opened_again_is_the_same_log(logs, history, more):
    folder = logs.new_folder()
    with logs.open(folder) as log:
        told = log.append(history)
        head = log.head()
    with logs.open(folder) as log:
        assert log.head() == head == log.verify()
        assert list(log.read()) == told
        told += log.append(more)
        assert list(log.read()) == told


# -- manners ---------------------------------------------------------------------------------------------------------


def test_an_empty_log_has_position_zero_and_the_founding_hash(logs):
    with logs.open() as log, logs.open() as other:
        assert log.head().position == 0
        assert log.head() == other.head() == log.verify()
        assert len(bytes.fromhex(log.head().hash)) == 32
        assert list(log.read()) == log.append([]) == []


def test_a_second_close_is_nothing(logs):
    with logs.open() as log:
        log.append([FeedGone(at=AT, feed="wire")])
        log.close()
        log.close()
