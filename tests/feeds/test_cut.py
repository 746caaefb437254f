"""What was seen of a feed is not read twice, and what is read is what would have been read of the whole."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import cut
from monitor.feeds.cut import Entry

records = st.builds(
    Entry,
    st.binary(min_size=8, max_size=8),
    st.sampled_from(["", "0f" * 16, "a1" * 16]),
    st.binary(min_size=8, max_size=8),
)


@given(st.lists(records))
def test_records_are_read_as_they_were_written(entries):
    assert cut.unpack(cut.pack(entries)) == entries


def test_bytes_that_are_no_records_say_nothing():
    assert cut.unpack(b"short") == []


def test_items_are_named_once_and_in_order():
    entries = [Entry(bytes(8), item, bytes(8)) for item in ("bb" * 16, "", "aa" * 16, "bb" * 16)]
    assert cut.items_of(cut.pack(entries)) == ("bb" * 16, "aa" * 16)
