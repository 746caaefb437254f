"""An item is the same item at every poll."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.identity import Traits, item_id, keys

WORDS = st.sampled_from(["", "a", "b", "c"])
ENTRIES = st.lists(st.builds(Traits, guid=WORDS, link=WORDS, title=WORDS, opening=WORDS), max_size=8)


def entry(guid="", link="", title="", opening=""):
    return Traits(guid, link, title, opening)


def test_the_guid_is_the_key():
    assert keys([entry("g", "/1", "One")]) == keys([entry("g", "/2", "Other")])


def test_without_a_guid_the_link_is():  # B01, B02
    assert keys([entry("", "/1", "One")]) == keys([entry("", "/1", "Other")])


def test_without_either_title_and_text_are():  # B01
    assert keys([entry(title="One", opening="x")]) != keys([entry(title="One", opening="y")])


def test_two_items_with_one_guid_are_two():  # B03
    one, two = keys([entry("g", "/1", "One"), entry("g", "/2", "Two")])
    assert one != two
    assert len({*keys([entry("g", "", "One"), entry("g", "", "Two")])}) == 2


def test_one_item_shown_twice_is_one():
    one, again = keys([entry("g", "/1", "One"), entry("g", "/1", "One")])
    assert one == again


def test_items_that_all_link_to_the_front_page_are_told_apart():
    assert len({*keys([entry("", "/", "One"), entry("", "/", "Two"), entry("", "/a", "Three")])}) == 3


def test_a_guid_is_no_link_and_no_other_feeds_guid():
    assert keys([entry(guid="x")]) != keys([entry(link="x")])
    assert item_id("bbc", ("guid", "x")) != item_id("cnn", ("guid", "x"))
    assert len(item_id("bbc", ("guid", "x" * 10**6))) == 32


@given(ENTRIES, st.randoms())
def test_keys_do_not_depend_on_the_order(entries, dice):
    before = dict(zip(entries, keys(entries), strict=True))
    dice.shuffle(entries)
    assert dict(zip(entries, keys(entries), strict=True)) == before


@given(ENTRIES)
def test_entries_that_differ_in_their_title_never_share_a_key(entries):
    seen = {}
    for found, key in zip(entries, keys(entries), strict=True):
        assert seen.setdefault(key, found.title) == found.title
