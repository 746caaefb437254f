"""Guids that change, and guids that are used twice."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds import cut
from monitor.feeds.again import ALWAYS, RECENT, ids, second_id, settled, strangers
from monitor.feeds.heard import Heard
from monitor.model import Item, KnownItem

NOW = datetime(2024, 9, 11, 12, tzinfo=UTC)
LINK = "https://herald.example/storm"
OLD, NEW, OTHER = (f"{n}" * 32 for n in "123")


def item(name=NEW, title="Storm closes the harbour", url=LINK, published=NOW):
    return Item(id=name, feed="herald", title=title, url=url, published=published)


def known(name=OLD, title="Storm closes the harbour", url=LINK):
    return KnownItem(id=name, revision=0, title=title, summary="", url=url)


def entries(*names):
    return cut.pack(cut.Entry(n.to_bytes(8), name, bytes(8)) for n, name in enumerate(names, start=1))


def heard(*items, shown=()):
    return Heard(items=items, entries=entries(*(one.id for one in items), *shown))


def found(told):
    return [one.id for one in told.items]


# -- guids that change -----------------------------------------------------------------------------------------------


def test_an_item_under_a_new_guid_is_the_item_of_its_link_and_title():  # B04
    told = settled(heard(item()), {}, {NEW: known()})
    assert found(told) == [OLD]
    assert cut.items_of(told.entries) == (OLD,)


def test_where_both_guids_are_shown_both_are_items():
    told = heard(item(), shown=(OLD,))
    assert settled(told, {}, {NEW: known()}) == told


def test_one_item_under_two_new_guids_is_one():
    told = settled(heard(item(), item(OTHER)), {}, {NEW: known(), OTHER: known()})
    assert found(told) == [OLD]
    assert cut.items_of(told.entries) == (OLD,)


def test_only_what_is_unknown_and_has_a_link_is_looked_up():
    assert strangers([item()], {}, NOW) == [(item(), NOW - RECENT)]
    assert strangers([item()], {NEW: known(NEW)}, NOW) == []
    assert strangers([item(url=""), item(url="https://herald.example/")], {}, NOW) == []


def test_what_calls_itself_old_is_looked_up_however_long_ago_it_was_seen():  # B07
    old = item(published=NOW - timedelta(days=15))
    assert strangers([old, item(published=None)], {}, NOW) == [(old, ALWAYS), (item(published=None), NOW - RECENT)]


# -- guids that are used twice ---------------------------------------------------------------------------------------


def test_a_guid_under_which_another_story_stands_is_another_item():  # B05
    other = item(OLD, title="Parliament votes on the budget", url="https://herald.example/budget")
    told = settled(heard(other), {OLD: known()}, {})
    assert found(told) == [second_id(other)]
    assert second_id(other) in ids([other])
    assert settled(heard(other), {OLD: known()}, {}) == told, "it is the same at the next poll"
    assert second_id(item(OLD, title="The budget is through", url=other.url)) == second_id(other)


def test_a_story_whose_link_or_title_stays_is_the_same_story():
    for same in (
        item(OLD, title="Parliament votes on the budget"),
        item(OLD, url="https://herald.example/storm-2"),
        item(OLD, title="Storm closes the old harbour", url="https://herald.example/storm-2"),
        item(OLD, title="Parliament votes", url="http://www.herald.example/storm/?utm_source=x"),
        item(OLD, title="Parliament votes", url=""),
    ):
        told = heard(same)
        assert settled(told, {OLD: known()}, {}) == told


def test_items_stay_in_the_order_of_the_document():
    a, b, c = item("a" * 32), item("b" * 32), item("c" * 32)
    told = settled(heard(a, b, c), {}, {"b" * 32: known(OTHER), "c" * 32: known("a" * 32)})
    assert found(told) == ["a" * 32, OTHER, "c" * 32]


def test_an_unreadable_date_stays_with_its_item():
    told = Heard(items=(item(),), entries=entries(NEW), unreadable=(NEW,))
    assert settled(told, {}, {NEW: known()}).unreadable == (OLD,)


NAMES = st.sampled_from(["a" * 32, "b" * 32, "c" * 32, "d" * 32])
ITEMS = st.builds(item, NAMES, st.sampled_from(["Storm", "Budget"]), st.sampled_from([LINK, f"{LINK}/2", ""]))
KNOWN = st.builds(known, NAMES, st.sampled_from(["Storm", "Budget"]), st.sampled_from([LINK, f"{LINK}/2", ""]))


@given(st.lists(ITEMS, unique_by=lambda one: one.id), st.lists(KNOWN), st.dictionaries(NAMES, KNOWN))
def test_no_item_is_lost_but_to_one_that_is_told_and_each_is_told_once(items, remembered, alike):
    told = settled(heard(*items), {one.id: one for one in remembered}, alike)
    assert len(set(found(told))) == len(told.items)
    assert set(cut.items_of(told.entries)) == set(found(told))
    assert {(one.title, one.url) for one in told.items} <= {(one.title, one.url) for one in items}
    adopted = {one.id for one in alike.values()}
    assert len(told.items) == len(items) or adopted & set(found(told))
