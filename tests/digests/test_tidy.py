import sys
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.tidy import MOST_COMBINING, Marked, Run, cut, is_hidden, is_simple, line, tidy


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("two\nlines\tand   blanks ", "two lines and blanks"),
        ("red \x1b[31malert\x1b[0m", "red [31malert[0m"),
        ("title\x1b]0;pwned\x07 here", "title]0;pwned here"),
        ("C1 \x9b31m", "C1 31m"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("zero\u200bwidth\u2060join\ufeffer", "zerowidthjoiner"),
        ("tag\U000e0041\U000e0042", "tag"),
        ("soft\u00adhyphen and joiner\u200d", "softhyphen and joiner"),
        ("line\u2028separator", "line separator"),
        ("nul\x00 surrogate\ud800", "nul surrogate"),
        ("Z" + "\u0300" * 50 + "algo", "Z" + "\u0300" * MOST_COMBINING + "algo"),
        ("ціна 1\u00a0млрд", "ціна 1 млрд"),
        ("caf\u0065\u0301", "caf\u0065\u0301"),
    ],
)
def test_what_steers_or_hides_goes(written, shown):
    assert line(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("@everyone look", "@ everyone look"),
        ("@HERE", "@ HERE"),
        ("@room and @channel", "@ room and @ channel"),
        ("@all of us, @allison", "@ all of us, @allison"),
        ("@every\u200bone", "@ everyone"),
        ("<!channel> <!here>", "< !channel> < !here>"),
        ("<@U024BE7LH> <@&77> <#C024>", "< @U024BE7LH> < @&77> < #C024>"),
        ("[bank](https://evil.test)", "[bank] (https://evil.test)"),
        ("<https://evil.test|bank>", "< https://evil.test|bank>"),
        ("mail me@example.org or @someone, 3 < 4 [sic] (yes)", "mail me@example.org or @someone, 3 < 4 [sic] (yes)"),
    ],
)
def test_nothing_rings_bells_or_disguises_a_link(written, shown):
    assert line(written) == shown


def test_marks_stay_on_their_words():
    text = "  The \u202eIMF\n gives @everyone a\u200b tranche"
    words = ("IMF", "everyone", "tranche")
    marked = tidy(text, [(text.index(word), text.index(word) + len(word)) for word in words])
    assert tuple(marked.text[start:end] for start, end in marked.marks) == words


def test_marks_are_in_order_and_apart_and_within_the_text():
    assert tidy("one two three", [(8, 99), (0, 3), (2, 7), (5, 5), (-4, 1)]).marks == ((0, 7), (8, 13))
    assert tidy("a   b", [(1, 4)]).marks == ()


def test_runs_tell_the_whole_text():
    assert tidy("the IMF said", [(4, 7)]).runs == (Run("the ", False), Run("IMF", True), Run(" said", False))


def test_a_cut_ends_between_words_and_keeps_the_marks_that_are_left():
    short = cut(tidy("one two three four", [(4, 7), (8, 13)]), 10)
    assert short == Marked(text="one two…", marks=((4, 7),))
    assert cut(Marked(text="国" * 30), 10).text == "国" * 9 + "…"


nasty = st.lists(
    st.one_of(
        st.characters(),
        st.sampled_from("@<!#[](\u200b\u202e\x1b \n\u0300"),
        st.sampled_from(["everyone", "here", "@room", "<!channel>", "]("]),
    ),
    max_size=40,
).map("".join)


@settings(max_examples=300, deadline=None)
@given(nasty, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
def test_whatever_was_written_leaves_harmless_with_its_marks_inside(written, marks):
    marked = tidy(written, marks)
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in marked.text)
    assert "@everyone" not in marked.text
    assert "<!" not in marked.text
    assert "](" not in marked.text
    assert marked.text == marked.text.strip()
    ends = [0, *(edge for mark in marked.marks for edge in mark)]
    assert ends == sorted(ends)
    assert ends[-1] <= len(marked.text)
    assert "".join(run.text for run in marked.runs) == marked.text
    assert tidy(marked.text, marked.marks) == marked  # once is enough


def test_what_counts_as_simple_is_shown_as_it_is():
    shown = [char for char in map(chr, range(sys.maxunicode + 1)) if is_simple(char)]
    assert len(shown) > 1_000
    assert [char for char in shown if is_hidden(char) or unicodedata.category(char)[0] in "ZM"] == []
    assert not any(is_simple(text) for text in (" a", "a ", "a  b", "a\u200bb", "a\nb", "e\u0301"))
