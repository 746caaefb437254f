from hashlib import blake2b

import strategies
from hypothesis import given
from hypothesis import strategies as st

from monitor.log.chain import FOUNDING, START, Link, Row, draft, fault, is_whole, row_after


def chained(events) -> list[Row]:
    before, rows = START, []
    for event in events:
        rows.append(row_after(before, draft(event)))
        before = Link(rows[-1].position, rows[-1].hash)
    return rows


def first_fault(rows) -> str:
    before = START
    for row in rows:
        if found := fault(before, row):
            return found
        before = Link(row.position, row.hash)
    return ""


chains = st.lists(strategies.events(), min_size=2, max_size=6).map(chained)
places = st.integers(0, 10**6)


def test_the_seal_is_what_its_docstring_says():
    (row,) = chained([strategies.ev.FeedGone(at=strategies.FIRST, feed="wire")])
    content = f'[1,"{row.id}","FeedGone",2,"feed/wire","2024-09-11T05:00:00Z"]'
    body = b'{"at":"2024-09-11T05:00:00Z","feed":"wire","source":""}'
    assert row.hash == blake2b(FOUNDING + content.encode() + b"\n" + body, digest_size=32).digest()


@given(chains)
def test_a_chain_as_it_was_made_is_whole(rows):
    assert first_fault(rows) == ""
    assert all(map(is_whole, rows))


@given(chains, places, st.sampled_from(Row._fields[1:]), places)
def test_a_flipped_bit_in_any_column_is_named_with_its_position(rows, place, column, bit):
    at = place % len(rows)
    was = getattr(rows[at], column)
    match was:
        case int():
            now = was ^ (1 << bit % 62)
        case str():
            raw = bytearray(was.encode() or b" ")
            raw[bit // 8 % len(raw)] ^= 1 << bit % 8
            now = raw.decode("utf-8", "replace")
        case _:
            raw = bytearray(was)
            raw[bit // 8 % len(raw)] ^= 1 << bit % 8
            now = bytes(raw)
    rows[at] = rows[at]._replace(**{column: now})
    assert first_fault(rows) == f"event {at + 1} was changed"


@given(chains, places, st.sampled_from(["kind", "body", "at", "hash", "prev"]))
def test_a_column_of_another_type_is_named_though_its_bytes_are_the_same(rows, place, column):
    at = place % len(rows)
    was = getattr(rows[at], column)
    now = was.encode() if isinstance(was, str) else was.decode("latin-1")
    rows[at] = rows[at]._replace(**{column: now})
    assert first_fault(rows) == f"event {at + 1} was changed"


@given(chains, places)
def test_a_row_that_was_taken_out_is_named(rows, place):
    at = place % (len(rows) - 1)
    del rows[at]
    assert first_fault(rows) == f"event {at + 1} is missing"


@given(chains, places)
def test_a_row_that_stands_twice_is_named(rows, place):
    at = place % len(rows)
    rows.insert(at, rows[at])
    assert first_fault(rows) == f"event {at + 2} is missing: event {at + 1} stands in its place"


@given(chains, places, strategies.events())
def test_a_row_that_was_replaced_and_sealed_anew_does_not_fit_the_next(rows, place, other):
    at = place % (len(rows) - 1)
    forged = row_after(Link(at, rows[at].prev), draft(other))
    changed = forged != rows[at]
    rows[at] = forged
    named = f"event {at + 2} does not follow event {at + 1}: one of them was replaced"
    assert first_fault(rows) == (named if changed else "")


@given(chains, places)
def test_a_tail_that_was_cut_off_cannot_be_seen_in_the_chain_but_in_its_head(rows, place):
    at = 1 + place % (len(rows) - 1)
    assert first_fault(rows[:at]) == ""
    assert rows[at - 1].hash != rows[-1].hash
