"""Letters cut to a channel's room: nothing is lost, no link is broken, every part fits and says which it is."""

import re

import pytest
from digests.letters import a_letter, matched
from hypothesis import given
from hypothesis import strategies as st

from monitor.digests.parts import LEAST, TOO_LONG, Room, cut, fitted
from monitor.digests.render import render
from monitor.model import Part

STORY = "*IMF* releases tranche for Ukraine\n  BBC World, 15:00\n  https://a.test/story/{}"
SUBJECT = "Київ: 1 story, Wed 11 Sep 18:00"


def a_part(text: str, html: str = "<p>h</p>") -> Part:
    return Part(subject=SUBJECT, text=text, html=html)


def stories(count: int) -> str:
    return "\n\n".join(STORY.format(number) for number in range(count))


def words(text: str) -> list[str]:
    return text.split()


def test_a_letter_that_fits_stays_as_it_is():
    whole = (a_part(stories(3)),)
    assert fitted(whole, Room(size=2000)) == whole
    assert fitted(whole, None) == whole


def test_a_service_that_shows_the_html_gets_it_whole():
    whole = (a_part(stories(3000)),)
    assert fitted(whole, Room(size=40_000, html=40_000)) == whole
    assert len(fitted((a_part(stories(3000), "h" * 50_000),), Room(size=40_000, html=40_000))) > 1


def test_a_long_letter_is_cut_between_stories_and_each_part_says_which_it_is():
    parts = fitted((a_part(stories(40)),), Room(size=1000))
    assert len(parts) > 2
    assert [part.subject for part in parts] == [f"{SUBJECT} ({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert "\n\n".join(part.text for part in parts) == stories(40)
    assert all(part.text.startswith("*IMF* releases") for part in parts)
    assert {part.html for part in parts} == {""}


def test_a_letter_rendered_in_parts_is_numbered_anew():
    two = [Part(subject=f"s ({n}/2)", text=stories(20), html="h") for n in (1, 2)]
    parts = fitted(two, Room(size=1000))
    assert [part.subject for part in parts] == [f"s ({n}/{len(parts)})" for n in range(1, len(parts) + 1)]


def test_a_heading_is_not_left_alone_at_the_end_of_a_part():
    heading = "IMF and Ukraine\n" + "=" * 76
    parts = fitted((a_part("\n\n\n".join(f"{heading}\n\n{stories(3)}" for _ in range(9))),), Room(size=700))
    assert len(parts) > 3
    assert not any(part.text.endswith("=") for part in parts)


def test_a_link_is_never_cut_and_one_without_room_is_named():
    link = "https://a.test/" + "x" * 90
    parts = fitted((a_part(f"word {link} " * 20),), Room(size=260))
    assert len(re.findall(re.escape(link) + r"(?!\S)", "\n".join(p.text for p in parts))) == 20
    parts = fitted((a_part(f"word {link * 5} " * 3),), Room(size=260))
    assert [part.text.count(TOO_LONG) for part in parts if TOO_LONG in part.text] != []
    assert not any("https" in part.text for part in parts)


def test_marked_words_stay_together_even_across_lines():
    parts = fitted((a_part("some words *of the\n  marked kind* " * 40),), Room(size=200))
    assert len(parts) > 5
    assert all(part.text.count("*") % 2 == 0 for part in parts)


def test_a_letter_of_many_topics_loses_no_word_of_it():
    items = [matched(f"IMF releases tranche {n} for Ukraine", id=f"i{n}", url=f"https://a.test/{n}") for n in range(60)]
    (whole,) = render(a_letter(*items))
    for size in (380, 1000, 2000, 4096):
        parts = fitted((whole,), Room(size=size))
        assert words("\n".join(part.text for part in parts)) == words(whole.text)


@pytest.mark.parametrize("size", [0, 1, LEAST - 1])
def test_a_room_for_hardly_anything_is_left_to_the_door(size):
    whole = (a_part(stories(10)),)
    assert fitted(whole, Room(size=size)) == whole


TEXTS = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
        st.sampled_from(["\n", "\n\n", "*", "*IMF*", "中文" * 40, "https://a.test/" + "y" * 30, "😀" * 30]),
    ),
    max_size=60,
).map(" ".join)


@given(TEXTS, st.integers(LEAST, 400), st.sampled_from(["characters", "bytes", "markdown"]))
def test_every_part_fits_and_nothing_but_blanks_is_lost(text, size, counts):
    room = Room(size=max(size, 150) if counts == "bytes" else size, counts=counts)
    parts = fitted((a_part(text),), room)
    shown = "".join(part.text for part in parts)
    if TOO_LONG not in shown:
        assert "".join(shown.split()) == "".join(text.split())
    if len(parts) > 1:
        assert all(room.cost(f"{part.subject}\n\n{part.text}") <= room.size for part in parts)


@given(TEXTS)
def test_cutting_ends_even_where_nothing_fits(text):
    assert "".join("".join(cut(text, lambda piece: len(piece) <= 1)).split()) is not None
