"""What readers know already, and what a letter accounts for without showing it."""

from datetime import timedelta

import msgspec
from digests.letters import EVENING, KYIV, MORNING, NOON, a_hit, a_letter, matched, told
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.before import MOST_CORRECTIONS
from monitor.digests.compose import MOST_ALERTED, MOST_IN_SECTION
from monitor.digests.render import render
from monitor.digests.volume import BLOCKS, MOST, heights, of, sparkline
from monitor.model import Silence

HOUR = timedelta(hours=1)
YESTERDAY = NOON - timedelta(days=1)


def why(letter) -> dict[str, tuple[str, str]]:
    return {one.item: (one.why, one.by) for one in letter.withheld}


def kept(letter) -> dict[str, str]:
    return dict(zip(letter.items, letter.headlines, strict=True))


# -- stories ---------------------------------------------------------------------------------------------------------


def test_items_of_one_story_are_one_entry_and_each_outlet_says_when_it_had_it():
    first = matched("Board to meet", id="a", feed="bbc", seen=NOON - HOUR)
    then = matched("Fund says yes", id="b", feed="reuters", story="a")
    letter = a_letter(then, first)
    [entry] = letter.sections[0].entries
    assert [(one.outlet, one.at) for one in entry.shown] == [("BBC World", NOON - HOUR), ("Reuters", NOON)]
    assert (entry.story, letter.copies, letter.stories) == ("a", 1, ("a", "a"))
    assert kept(letter) == {"b": "Fund says yes", "a": ""}
    assert "first seen: BBC World 14:00, Reuters 15:00" in render(letter)[0].text


def test_a_story_that_was_told_before_is_developing():
    letter = a_letter(
        matched("Fund says yes", id="b", story="a"),
        matched("Another one", id="c"),
        told=[told("a", "Board to meet", at=YESTERDAY), told("c", "x", digest="moscow")],
    )
    entries = {entry.item: entry for entry in letter.sections[0].entries}
    assert entries["b"].before.headline == "Board to meet"
    assert entries["c"].before is None
    assert letter.developing == 1
    text = render(letter)[0].text
    assert "2 stories in 1 topic since 07:00, 1 developing" in text
    assert "developing, told Tue 10 Sep, 15:00: Board to meet" in text


def test_a_headline_that_changed_before_it_was_told_says_from_what():
    letter = a_letter(
        matched("Nobody hurt", id="a", revision=1, first_title="Four hurt"),
        matched("Same words", id="b", revision=1, first_title="Same: words!"),
    )
    assert {entry.item: entry.was for entry in letter.sections[0].entries} == {"a": "Four hurt", "b": ""}
    text = render(letter)[0].text
    assert "headline changed from: Four hurt" in text
    assert text.count("(revised)") == 1


# -- alerts ----------------------------------------------------------------------------------------------------------


def test_a_story_sent_as_an_alert_is_a_line_and_not_told_again():
    letter = a_letter(
        matched("Nine ships pass", id="a", url="https://bbc.test/1", first_title="Eight ships pass", revision=1),
        matched("Ships pass, says harbour", id="b", story="a", feed="reuters"),
        matched("Something else", id="c"),
        told=[told("a", "Eight ships pass", digest="flash")],
        alerts={"flash"},
    )
    [known] = letter.sections[0].alerted
    assert (known.headline, known.now, known.url) == ("Eight ships pass", "Nine ships pass", "https://bbc.test/1")
    assert why(letter) == {"a": ("alerted", "flash@11.1200"), "b": ("alerted", "flash@11.1200")}
    assert letter.entries == 1
    (part,) = render(letter)
    assert "Sent as an alert at 15:00: Eight ships pass; now: Nine ships pass" in part.text
    assert "Not shown: 2 sent as an alert" in part.text
    assert part.html.count("Eight ships pass") == 1


def test_an_alert_before_the_last_letter_makes_a_story_developing_and_one_for_others_nothing():
    items = matched("Nine ships pass", id="b", story="a"), matched("Rate goes up", id="c")
    known = [told("a", "Eight ships pass", digest="flash", at=MORNING - HOUR), told("c", "Rate", digest="elsewhere")]
    letter = a_letter(*items, told=known, alerts={"flash"})
    assert {entry.item: bool(entry.before) for entry in letter.sections[0].entries} == {"b": True, "c": False}


def test_an_alert_tells_what_another_alert_told():
    alert = msgspec.structs.replace(KYIV, cron="")
    letter = a_letter(matched(id="a"), digest=alert, slot="alert 1", told=[told("a", "x", digest="f")], alerts={"f"})
    assert letter.entries == 1
    assert render(letter)[0].subject == "Kyiv evening: IMF releases tranche for Ukraine"
    assert "An alert, made 18:00" in render(letter)[0].text


def test_a_day_of_alerts_names_some_and_accounts_for_all():
    many = [matched(f"Ship number {n} passes", id=f"{n}") for n in range(MOST_ALERTED + 5)]
    letter = a_letter(*many, told=[told(one.item.id, "", digest="flash") for one in many], alerts={"flash"})
    assert (len(letter.sections[0].alerted), letter.sections[0].more_alerted) == (MOST_ALERTED, 5)
    assert len(letter.withheld) == len(many)
    assert "and 5 more sent as alerts" in render(letter)[0].text
    assert "Ship number 3 passes" in render(letter)[0].text  # an alert that kept no headline


# -- corrections -----------------------------------------------------------------------------------------------------


def reworded(n: int = 1, new: str = "Nobody hurt"):
    item = msgspec.structs.replace(matched(new, id=f"z{n}", url="https://bbc.test/z"), hits=(), revision=1)
    return told(f"z{n}", "Four hurt", at=MORNING - n * HOUR), item


def test_a_headline_that_changed_after_it_was_told_is_corrected_and_the_new_one_kept():
    letter = a_letter(matched(id="a"), reworded=[reworded()])
    [correction] = letter.corrections
    assert (correction.old, correction.new) == ("Four hurt", "Nobody hurt")
    assert kept(letter)["z1"] == "Nobody hurt"
    assert why(letter) == {}
    text = render(letter)[0].text
    assert "1 story in 1 topic since 07:00; 1 correction" in text
    assert "Corrected since\n" + "=" * 76 + "\n\nwas: Four hurt\nnow: Nobody hurt\n  BBC World, told 06:00\n" in text


def test_a_correction_of_marks_and_case_alone_is_none():
    assert a_letter(reworded=[reworded(new="FOUR hurt!")]).corrections == ()


def test_a_correction_alone_is_worth_a_letter_and_many_go_in_several():
    letter = a_letter(reworded=[reworded(n) for n in range(MOST_CORRECTIONS + 3)])
    assert letter.is_sent
    assert len(letter.corrections) == len(letter.items) == MOST_CORRECTIONS
    assert render(letter)[0].subject == "Kyiv evening: 20 corrections, Wed 11 Sep 18:00"


# -- withheld --------------------------------------------------------------------------------------------------------


def silence(scope: str, target: str) -> Silence:
    until = EVENING + timedelta(days=1)
    return Silence(id="b6d0", scope=scope, target=target, who="olena", since=MORNING, until=until, comment="")


def test_what_is_silenced_is_accounted_for_and_not_shown():
    waiting = matched("Loud one", id="a", feed="bbc"), matched("Quiet one", id="b", feed="reuters")
    letter = a_letter(*waiting, silences=[silence("feed", "reuters")])
    assert letter.items == ("a", "b")
    assert why(letter) == {"b": ("silence", "b6d0")}
    (part,) = render(letter)
    assert "Not shown: 1 by silence b6d0 of olena until Thu 12 Sep, 18:00" in part.text
    assert "Quiet one" not in part.text + part.html


def test_a_letter_whose_items_are_all_silenced_is_not_sent():
    letter = a_letter(matched(id="b", feed="reuters"), silences=[silence("feed", "reuters")])
    assert (letter.is_sent, letter.items) == (False, ("b",))


def test_a_correction_of_what_is_silenced_waits():
    assert a_letter(reworded=[reworded()], silences=[silence("feed", "bbc")]).corrections == ()


def test_what_there_was_no_room_for_and_what_is_below_priority_is_counted():
    many = [matched(f"Story number {n} of the flood", id=f"{n}") for n in range(MOST_IN_SECTION + 2)]
    low = matched("Small", id="low", hits=(a_hit(priority="low"),))
    letter = a_letter(*many, low, digest=msgspec.structs.replace(KYIV, priority="normal"))
    assert [reason for reason, _ in why(letter).values()] == ["cap", "cap"]
    assert letter.below == 1
    assert "low" not in letter.items
    assert "Not shown: 1 below priority" in render(letter)[0].text


def test_an_empty_day_is_sent_to_those_who_want_to_know():
    assert not a_letter().is_sent
    note = a_letter(digest=msgspec.structs.replace(KYIV, empty="note"))
    assert note.is_sent
    assert len(render(note)[0].text.splitlines()) < 12


def test_why_a_letter_covers_more_than_its_slot_stands_under_the_date():
    letter = a_letter(matched(), reason="scheduled; covers 3 slots; the service was down 20:41-12:03")
    assert "18:00 Europe/Kyiv\n(covers 3 slots; the service was down 20:41-12:03)\n" in render(letter)[0].text
    assert "scheduled" not in render(a_letter(matched(), reason="scheduled"))[0].text


STORIES = {"b": "a", "d": "a", "f": "e"}  # the rest are their own
items = st.builds(
    lambda title, item: matched(title, id=item, story=STORIES.get(item, ""), feed="bbc" if item < "c" else "reuters"),
    st.sampled_from(["Ships pass the strait", "Rate goes up again", "Nobody hurt in Halden"]),
    st.sampled_from("abcdef"),
)
tellings = st.builds(told, st.sampled_from("abcdef"), st.just("Told so"), digest=st.sampled_from(["kyiv", "flash"]))


@settings(max_examples=100, deadline=None)
@given(st.lists(items, max_size=8, unique_by=lambda one: one.item.id), st.lists(tellings, max_size=4), st.booleans())
def test_every_item_is_shown_or_withheld_and_never_both(waiting, known, quiet):
    silences = [silence("feed", "bbc")] if quiet else []
    letter = a_letter(*waiting, told=known, alerts={"flash"}, silences=silences)
    shown = {item for section in letter.sections for entry in section.entries for item in entry.items}
    assert shown | set(why(letter)) == set(letter.items) == {one.item.id for one in waiting}
    assert not shown & set(why(letter))


# -- volume ----------------------------------------------------------------------------------------------------------


def test_bars_grow_with_the_days_and_a_quiet_day_is_none():
    assert sparkline((0, 1, 4, 8)) == "·" + BLOCKS[0] + BLOCKS[3] + BLOCKS[7]
    assert sparkline((0, 0)) == "··"
    assert heights((0, 1, 1500)) == [1, 1, 18]


def test_the_topics_that_brought_most_are_drawn_in_the_order_of_the_digest():
    brought = [(f"t{n}", f"Topic {n}", (0, n)) for n in range(MOST + 3)]
    assert [one.title for one in of(KYIV, brought)][:2] == ["Topic 14", "Topic 13"]
    listed = msgspec.structs.replace(KYIV, topics=tuple(rule for rule, *_ in brought))
    assert next(one.title for one in of(listed, brought)) == "Topic 3"
    letter = a_letter(matched(), volume=of(KYIV, [("imf", "国" * 90, (0, 1200))]))
    [bars] = [line for line in render(letter)[0].text.splitlines() if "today" in line]
    assert bars.startswith("国" * 17 + "…")
    assert bars.endswith("·█  1,200 today, 1,200 in all")
