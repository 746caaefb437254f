"""The window: what is one story, what is not, and what the window promises."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories.telling import FIRST, item, stories, told

from monitor.stories.window import LENGTH, Window

DAM = "Halden dam bursts after record rain, three villages evacuated"


# -- one story -------------------------------------------------------------------------------------------------------


def test_two_feeds_that_link_to_one_page_tell_one_story():
    page = "https://www.courier.example/world/7?utm_source=rss"
    one = item("a", "Ferry service resumes", url=page)
    other = item("b", "What we know this morning", url="http://courier.example/world/7/", hours=3)
    [_, join] = told(one, other)
    assert (join.reason, join.story, join.other) == ("same page", "a", "a")


def test_a_link_that_one_feed_gives_to_many_items_joins_nothing():
    board = "https://board.example/notices"
    items = [item(str(n), title, outlet="board", url=board) for n, title in enumerate(("Road closed", "Fair opens"))]
    items.append(item("c", "Library hours change", outlet="other", url=board, hours=1))
    assert set(stories(*items)) == set(stories(*items).values())


def test_the_same_title_and_opening_are_the_same_words_whatever_their_case_and_signs():
    one = item("a", "Bridge at Lowen reopens", summary="The bridge was shut in May, when ice broke a pier.")
    other = item(
        "b", "BRIDGE AT LOWEN REOPENS!", summary="The bridge was shut in May - when ice broke a pier.", hours=20
    )
    [_, join] = told(one, other)
    assert (join.reason, join.other) == ("same words", "a")


@pytest.mark.parametrize(
    ("title", "summary"),
    [
        ("Three villages evacuated as Halden dam bursts", ""),
        ("Record rain bursts dam at Halden; villages evacuated", "Rescuers took 400 people out of three villages."),
        ("Rescuers race upriver", "The Halden dam burst after record rain and three villages were evacuated."),
        ("Halden dam burst forces evacuation of three villages - Meridian Wire", "By our staff Meridian Wire"),
    ],
)
def test_an_event_in_other_words_is_one_story(title, summary):
    [_, join] = told(item("a", DAM), item("b", title, summary=summary, hours=2))
    assert join is not None
    assert (join.reason, join.story) == ("same event", "a")
    assert "Halden" in join.terms
    assert 0.4 <= join.score <= 1


def test_the_case_of_a_slavic_name_and_its_script_do_not_matter():
    one = item("a", "Президент Гаваї зустрівся з Орестом Заливчим у Вістергемі", summary="Говорили про порт.")
    other = item("b", "Орест Заливчий прибув до Вістергема на зустріч із президентом Гаваї", hours=1)
    [_, join] = told(one, other)
    assert join is not None


# -- and what is not -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "Orlin dam inspected after dry summer",
        "Three villages vote on a school",
        "Parliament adopts budget at third reading",
        "",
    ],
)
def test_another_event_is_another_story(title):
    assert told(item("a", DAM), item("b", title, hours=1)) == [None, None]


def test_one_outlets_mould_does_not_make_one_story_of_two():
    mould = "Exchange rates today: how much the {} costs, sum by sum"
    items = [item(coin, mould.format(coin), outlet="ledger", hours=n) for n, coin in enumerate(("koruna", "dinar"))]
    assert told(*items) == [None, None]


def test_a_headline_that_returns_after_two_days_is_not_told_by_its_few_words():
    assert told(item("a", "Live updates"), item("b", "Live updates", hours=48)) == [None, None]


def test_a_story_does_not_drift_away_by_small_steps():
    steps = [
        "Halden dam bursts, three villages evacuated, governor flies in",
        "Governor flies in to Halden, villages evacuated, army promises tents",
        "Governor promises tents, army flies in, president Orlin speaks",
        "President Orlin speaks, army promises parade, singer Mirel arrives",
        "Singer Mirel arrives, president speaks, parade through Lowen",
    ]
    found = stories(*(item(str(n), step, hours=n) for n, step in enumerate(steps)))
    assert found["4"] != found["0"]


# -- the window ------------------------------------------------------------------------------------------------------


def test_what_is_older_than_the_window_is_forgotten():
    window = Window()
    told(item("a", DAM), window=window)
    assert told(item("b", DAM + " overnight", hours=73), window=window) == [None]
    assert len(window) == 1


def test_an_item_that_was_old_when_it_was_seen_joins_nothing_and_is_not_kept():
    window = Window()
    window.add(item("a", DAM), FIRST)
    assert window.add(item("b", DAM, hours=-80), FIRST) is None
    assert len(window) == 1


def test_a_known_item_is_not_decided_again():
    window = Window()
    told(item("a", DAM), item("b", DAM + " today", hours=1), window=window)
    assert told(item("b", "Entirely other words", hours=2), window=window) == [None]
    assert len(window) == 2


def test_a_restored_window_decides_like_the_one_before():
    before, after = Window(), Window()
    first = [item("a", DAM), item("b", "Three villages evacuated as Halden dam bursts", hours=1)]
    for one, join in zip(first, told(*first, window=before), strict=True):
        after.restore(one, one.published, story=join.story if join else one.id)
    third = item("c", "Halden dam: three villages evacuated after it bursts in rain", hours=2)
    assert told(third, window=after) == told(third, window=before) != [None]


def test_what_was_split_off_stays_alone_for_good():
    window = Window()
    told(item("a", DAM), item("b", "Three villages evacuated as Halden dam bursts", hours=1), window=window)
    window.split("b")
    [join] = told(item("c", "Three villages evacuated as Halden dam bursts", hours=1.5), window=window)
    assert (join.story, join.other) == ("a", "a")


def test_what_was_moved_by_hand_is_part_of_the_story():
    window = Window()
    told(item("a", DAM), item("b", "Army puts up tents at Lowen for the homeless", hours=1), window=window)
    window.move(["b"], "a")
    [join] = told(item("c", "Army puts up tents for the homeless of Lowen", hours=2), window=window)
    assert (join.other, join.story) == ("b", "a")


# -- laws ------------------------------------------------------------------------------------------------------------

WORDS = (
    "dam",
    "Halden",
    "bursts",
    "villages",
    "evacuated",
    "rain",
    "army",
    "tents",
    "Lowen",
    "40",
    "400",
    "Mirel",
    "parade",
)
titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
histories = st.lists(
    st.tuples(titles, titles, st.sampled_from(("courier", "wire", "ledger")), st.floats(0, 200)), max_size=25
).map(
    lambda drawn: [
        item(f"i{n}", title, summary=summary, outlet=outlet, hours=hours)
        for n, (title, summary, outlet, hours) in enumerate(sorted(drawn, key=lambda one: one[3]))
    ]
)


@settings(max_examples=60, deadline=None)
@given(histories)
def test_the_same_items_in_the_same_order_give_the_same_joins(history):
    assert told(*history) == told(*history)


@settings(max_examples=60, deadline=None)
@given(histories)
def test_a_join_is_to_an_earlier_item_of_its_story_and_never_across_the_window(history):
    found, by_id = told(*history), {one.id: one for one in history}
    story = {}
    for one, join in zip(history, found, strict=True):
        story[one.id] = join.story if join else one.id
        if join:
            assert join.item == one.id
            assert join.story == story[join.other]
            assert abs(one.published - by_id[join.other].published) <= LENGTH
            assert 0 <= join.score <= 1 or join.reason != "same event"


@settings(max_examples=60, deadline=None)
@given(histories, st.data())
def test_a_window_holds_what_is_young_enough_and_nothing_of_the_rest(history, data):
    window = Window()
    told(*history, window=window)
    if history and data.draw(st.booleans()):
        window.split(data.draw(st.sampled_from(history)).id)
    last = history[-1].published if history else FIRST
    assert len(window) == sum(last - one.published <= LENGTH for one in history)
    window.add(item("last", "Nothing in common", hours=1_000), FIRST + timedelta(hours=1_000))
    assert len(window) == 1
    assert len(window._by_term) <= 3
    assert window._stories == {}
    assert len(window._by_key) == 1


def test_two_words_of_a_beat_are_no_story():
    short = item("a", "IMF releases tranche for Ukraine")
    long = item("b", "Strike over a tranche of wages: what the IMF wrote in spring")
    assert told(short, long) == [None, None]
