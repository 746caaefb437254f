from datetime import timedelta

import msgspec
import pytest
from digests.letters import EVENING, KYIV, MORNING, NOON, a_hit, a_letter, found, in_trouble, matched
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.compose import MOST_ENTRIES, MOST_IN_SECTION
from monitor.digests.entries import EXCERPT, HEADLINE
from monitor.digests.footer import MOST_TROUBLED
from monitor.model import FeedStanding

HOUR = timedelta(hours=1)


def headlines(letter) -> list[list[str]]:
    return [[entry.headline.text for entry in section.entries] for section in letter.sections]


def marked_words(marked) -> list[str]:
    return [run.text for run in marked.runs if run.marked]


# -- topics ----------------------------------------------------------------------------------------------------------


def test_urgent_topics_come_first_then_as_the_digest_lists_them():
    waiting = [
        matched("Grain one two three", hits=(a_hit("grain", topic="Grain"),)),
        matched("Rate one two three", hits=(a_hit("rate", topic="Rate", priority="high"),)),
        matched("Imf one two three", hits=(a_hit("imf", topic="IMF"),)),
    ]
    by_title = a_letter(*waiting)
    assert [section.title for section in by_title.sections] == ["Rate", "Grain", "IMF"]
    listed = msgspec.structs.replace(KYIV, topics=("imf", "grain", "rate"))
    assert [section.title for section in a_letter(*waiting, digest=listed).sections] == ["Rate", "IMF", "Grain"]


def test_a_digest_tells_only_what_concerns_it():
    waiting = [
        matched("Low one two three", hits=(a_hit("low", priority="low"),)),
        matched("Other one two three", hits=(a_hit("imf", digests=("moscow",)),)),
        matched("Mine one two three", hits=(a_hit("imf", digests=("kyiv", "moscow")),)),
        matched("Unlisted one two three", hits=(a_hit("grain"),)),
    ]
    picky = msgspec.structs.replace(KYIV, topics=("imf", "low"), priority="normal")
    letter = a_letter(*waiting, digest=picky)
    assert headlines(letter) == [["Mine one two three"]]
    assert len(letter.items) == 1


def test_a_story_of_several_topics_is_told_once_under_the_first_and_names_the_others():
    story = matched(hits=(a_hit("imf", topic="IMF"), a_hit("grain", topic="Grain"), a_hit("war", topic="War")))
    letter = a_letter(story)
    assert [section.title for section in letter.sections] == ["Grain"]
    assert letter.sections[0].entries[0].also_on == ("IMF", "War")


def test_newest_first():
    waiting = [matched(f"Story number {n} of the day", published=NOON - n * HOUR) for n in (3, 1, 2)]
    assert headlines(a_letter(*waiting)) == [[f"Story number {n} of the day" for n in (1, 2, 3)]]


# -- copies ----------------------------------------------------------------------------------------------------------


def test_the_same_story_from_three_outlets_is_one_entry_in_the_words_of_the_most_trusted():
    waiting = [
        matched("IMF approves tranche for Ukraine", feed="bbc", url="https://bbc.test/1", seen=NOON - HOUR, story="s"),
        matched("IMF approves tranche for Ukraine", feed="reuters", url="https://reuters.test/1", seen=NOON, story="s"),
        matched("A tranche at last", feed="pravda", url="https://www.bbc.test/1?utm_source=rss", seen=NOON, story="s"),
    ]
    letter = a_letter(*waiting)
    (entry,) = letter.sections[0].entries
    assert (entry.outlet, entry.also_in) == ("Reuters", ("BBC World", "Українська правда"))
    assert (letter.entries, len(letter.items), len(entry.items)) == (1, 3, 3)


def test_topics_of_copies_are_topics_of_the_story():
    waiting = [
        matched("IMF approves tranche for Ukraine", feed="reuters", hits=(a_hit("war", topic="War"),), story="s"),
        matched("IMF approves tranche for Ukraine", feed="bbc", hits=(a_hit("imf", topic="IMF"),), story="s"),
    ]
    letter = a_letter(*waiting)
    assert headlines(letter) == [["IMF approves tranche for Ukraine"]]
    assert letter.sections[0].title == "IMF"
    assert letter.sections[0].entries[0].also_on == ("War",)


def test_an_item_that_waits_with_two_revisions_is_told_once_as_it_now_reads():
    first, revised = matched("Tranche expected soon", id="x"), matched("Tranche denied", id="x", revision=1)
    letter = a_letter(revised, first)
    assert headlines(letter) == [["Tranche denied"]]
    assert letter.items == ("x",)
    assert letter.sections[0].entries[0].revised


# -- an entry --------------------------------------------------------------------------------------------------------


def test_the_words_that_matched_are_marked_wherever_cleaning_has_moved_them():
    title, summary = "The\u202e IMF @everyone  tranche", "Kyiv\u200b got\n\nthe tranche"
    hit = a_hit(title=found(title, "IMF", "tranche"), summary=found(summary, "tranche"))
    (entry,) = a_letter(matched(title, summary=summary, hits=(hit,))).sections[0].entries
    assert entry.headline.text == "The IMF @ everyone tranche"
    assert marked_words(entry.headline) == ["IMF", "tranche"]
    assert marked_words(entry.excerpt) == ["tranche"]


def test_evidence_that_only_the_article_has_is_shown_where_it_stands():
    body = f"{'before ' * 100}the grain CORRIDOR opens {'after ' * 100}"
    hit = a_hit(body=found(body, "CORRIDOR"))
    [entry] = a_letter(matched(summary="Ministers met.", body=body, hits=(hit,))).sections[0].entries
    assert entry.excerpt.text.startswith("… before")
    assert marked_words(entry.excerpt) == ["CORRIDOR"]
    both = a_hit(summary=found("Ministers met.", "met"), body=found(body, "CORRIDOR"))
    [entry] = a_letter(matched(summary="Ministers met.", body=body, hits=(both,))).sections[0].entries
    assert entry.excerpt.text == "Ministers met."


def test_an_excerpt_is_cut_around_its_evidence():
    summary = f"{'before ' * 200}TRANCHE {'after ' * 200}"
    hit = a_hit(summary=found(summary, "TRANCHE"))
    (entry,) = a_letter(matched(summary=summary, hits=(hit,))).sections[0].entries
    assert entry.excerpt.text.startswith("… before")
    assert entry.excerpt.text.endswith("after…")
    assert marked_words(entry.excerpt) == ["TRANCHE"]
    assert len(entry.excerpt.text) <= EXCERPT


def test_evidence_near_the_beginning_leaves_the_beginning():
    summary = "The board of the Fund met. " * 4 + "A tranche. " + "More. " * 100
    hit = a_hit(summary=found(summary, "tranche"))
    (entry,) = a_letter(matched(summary=summary, hits=(hit,))).sections[0].entries
    assert entry.excerpt.text.startswith("The board")


def test_a_summary_that_only_says_the_headline_again_is_left_out():
    (entry,) = a_letter(matched("IMF: tranche!", summary="IMF tranche")).sections[0].entries
    assert entry.excerpt.text == ""
    (entry,) = a_letter(matched("Live", summary="Now")).sections[0].entries
    assert entry.excerpt.text == "Now"


def test_a_story_is_from_when_it_was_published():
    (entry,) = a_letter(matched(published=NOON - HOUR)).sections[0].entries
    assert (entry.at, entry.from_the_future) == (NOON - HOUR, False)
    (entry,) = a_letter(matched()).sections[0].entries
    assert entry.at == NOON


@pytest.mark.parametrize("ahead", [HOUR, timedelta(days=36500)])
def test_a_story_dated_in_the_future_is_told_now_and_says_so(ahead):
    (entry,) = a_letter(matched(published=NOON + ahead)).sections[0].entries
    assert (entry.at, entry.from_the_future) == (NOON, True)


def test_a_clock_that_is_a_little_fast_is_forgiven():
    (entry,) = a_letter(matched(published=NOON + timedelta(minutes=5))).sections[0].entries
    assert not entry.from_the_future


def test_a_headline_is_at_most_so_long_and_never_empty():
    (entry,) = a_letter(matched("word " * 200)).sections[0].entries
    assert len(entry.headline.text) <= HEADLINE
    (entry,) = a_letter(matched("\u200b ", url="https://bbc.test/1")).sections[0].entries
    assert entry.headline.text == "https://bbc.test/1"
    (entry,) = a_letter(matched("")).sections[0].entries
    assert entry.headline.text == "(no headline)"


def test_a_language_is_the_items_or_the_feeds_and_only_a_real_one():
    told = [
        a_letter(matched(feed="jazeera")),
        a_letter(matched(feed="jazeera", lang="en-GB")),
        a_letter(matched(lang='"><script>')),
    ]
    assert [letter.sections[0].entries[0].lang for letter in told] == ["ar", "en-GB", ""]


def test_a_feed_that_config_no_longer_names_goes_by_its_id():
    assert a_letter(matched(feed="gone")).sections[0].entries[0].outlet == "gone"


# -- how much --------------------------------------------------------------------------------------------------------


def test_two_thousand_new_items_of_one_topic_are_one_letter_that_counts_the_rest():
    letter = a_letter(*(matched(f"Story number {n} of the flood") for n in range(2000)))
    assert len(letter.sections[0].entries) == MOST_IN_SECTION
    assert letter.sections[0].more == 2000 - MOST_IN_SECTION == 1950
    assert (letter.entries, len(letter.items)) == (2000, 2000)


def test_a_letter_is_full_at_some_point_and_later_topics_are_counted():
    topics = MOST_ENTRIES // MOST_IN_SECTION + 1
    waiting = [
        matched(f"Story {n} of topic {topic} here", hits=(a_hit(f"t{topic}", topic=f"Topic {topic}"),))
        for topic in range(topics)
        for n in range(MOST_IN_SECTION)
    ]
    letter = a_letter(*waiting)
    assert sum(len(section.entries) for section in letter.sections) == MOST_ENTRIES
    assert (letter.sections[-1].entries, letter.sections[-1].more) == ((), MOST_IN_SECTION)
    assert letter.topics == topics


# -- the monitor itself ----------------------------------------------------------------------------------------------


def test_feeds_in_trouble_are_named_with_the_sentence_and_since_when():
    standing = (
        FeedStanding(feed="reuters", last_good=EVENING),
        in_trouble("bbc", "the server did not answer\nwithin 30 s"),
        FeedStanding(feed="pravda"),
    )
    letter = a_letter(standing=standing)
    assert (letter.heard, letter.feeds, letter.in_trouble) == (1, 3, 1)
    (trouble,) = letter.troubled
    assert (trouble.outlet, trouble.text, trouble.since) == (
        "BBC World",
        "the server did not answer within 30 s",
        MORNING,
    )


def test_a_feed_that_is_gone_is_named_so_and_one_that_is_silent_stands_apart():
    standing = (
        FeedStanding(feed="reuters", last_good=EVENING, silent_since=MORNING),
        FeedStanding(feed="bbc", last_good=MORNING, failures=4, gone=True, silent_since=MORNING),
    )
    letter = a_letter(standing=standing)
    assert (letter.heard, letter.in_trouble) == (1, 1)
    assert [(one.outlet, one.text) for one in letter.troubled] == [("BBC World", "gone for good, and not asked again")]
    assert [(one.outlet, one.since) for one in letter.silent] == [("Reuters", MORNING)]


def test_a_possible_gap_is_told_in_the_letter_behind_it_and_no_more():
    standing = (
        FeedStanding(feed="reuters", last_good=EVENING, gap=NOON),
        FeedStanding(feed="bbc", last_good=EVENING, gap=MORNING - HOUR),
    )
    assert a_letter(standing=standing).gaps == ("Reuters",)


def test_when_everything_is_down_only_some_are_named():
    letter = a_letter(standing=tuple(in_trouble(f"f{n}", "no network") for n in range(300)))
    assert (len(letter.troubled), letter.in_trouble) == (MOST_TROUBLED, 300)


def test_a_letter_knows_its_slot_and_when_it_was_made():
    late = a_letter(until=EVENING + HOUR)
    assert (late.at, late.until) == (EVENING, EVENING + HOUR)
    asked = a_letter(slot="request 3f2a", until=NOON)
    assert (asked.at, asked.slot) == (NOON, "request 3f2a")


# -- the law ---------------------------------------------------------------------------------------------------------

rules = st.sampled_from(["imf", "grain", "war"])
hits = st.lists(st.builds(a_hit, rules, priority=st.sampled_from(["low", "normal", "high"])), min_size=1, max_size=3)
items = st.builds(
    matched,
    st.sampled_from([f"Story number {n} of today" for n in range(6)]),
    feed=st.sampled_from(["reuters", "bbc", "pravda"]),
    url=st.sampled_from(["", "https://a.test/1", "https://a.test/1?utm_source=x", "https://a.test/2"]),
    hits=hits.map(tuple),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(items, max_size=12), st.randoms(use_true_random=False))
def test_every_item_is_in_exactly_one_entry_whatever_order_they_wait_in(waiting, chance):
    letter = a_letter(*waiting)
    told = [item for section in letter.sections for entry in section.entries for item in entry.items]
    assert sorted(told) == sorted(letter.items) == sorted({one.item.id for one in waiting})
    shuffled = chance.sample(waiting, len(waiting))
    again = a_letter(*shuffled)
    assert [section.rule for section in again.sections] == [section.rule for section in letter.sections]
    assert {frozenset(e.items) for s in again.sections for e in s.entries} == {
        frozenset(e.items) for s in letter.sections for e in s.entries
    }
