"""rules/text.py: what counts as a word, which words are the same, and where they stand."""

import sys
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.text import fold, tokenise, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Storm Shadow, at last!", ["storm", "shadow", "at", "last"]),
        ("1.1 billion, 300km, F-16", ["1", "1", "billion", "300km", "f", "16"]),
        ("U.S. AT&T a_b", ["u", "s", "at", "t", "a", "b"]),
        ("long-range long‑range long–range", ["long", "range"] * 3),
        ("", []),
        (" — … ", []),
        ("Київ, Києва; їжак", ["київ", "києва", "їжак"]),
        ("Москва́ ёлка", ["москва́", "ёлка"]),
        ("ΑΘΉΝΑ Οδυσσεύς", ["αθήνα", "οδυσσεύσ"]),
        ("كييف ٣٠٠", ["كييف", "٣٠٠"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("キーウ 基輔", ["キーウ", "基輔"]),
    ],
)
def test_words_are_letters_and_digits_of_any_script(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("KYIV", "kyiv"),
        ("Kijów", "kijow"),
        ("Ångström", "ANGSTROM"),
        ("e\u0301te\u0301", "été"),
        ("Straße", "STRASSE"),
        ("ﬁnal oﬃce", "final office"),
        ("Ｋｙｉｖ", "Kyiv"),
        ("İstanbul", "istanbul"),
        ("km²", "km2"),
        ("Ⅳ", "IV"),
        ("и\u0306", "й"),
        ("і\u0308", "ї"),
        ("е\u0308", "Ё"),
        ("sol\u00addat", "soldat"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﷺ", "صلى الله عليه وسلم"),
        ("½", "1 2"),
    ],
)
def test_one_word_has_many_looks(one, other):
    assert words(one) == words(other)


@pytest.mark.parametrize(("one", "other"), [("й", "и"), ("ї", "і"), ("ё", "е"), ("ή", "η"), ("ў", "у"), ("ł", "l")])
def test_letters_of_their_own_are_not_accents(one, other):
    assert words(one) != words(other)


@pytest.mark.parametrize("apostrophe", "'’‘ʼʹʻʽˈ`´′‵＇՚׳ꞌ‛")
def test_every_apostrophe_is_one_apostrophe(apostrophe):
    assert words(f"п{apostrophe}ять") == ["п'ять"]
    assert words(f"{apostrophe}quoted{apostrophe} words{apostrophe}") == ["quoted", "words"]
    assert words(f"Kyiv{apostrophe}s KYIV{apostrophe}S") == ["kyiv", "kyiv"]


def test_only_the_possessive_is_cut():
    assert words("O'Brien's boss's it's Moses' '90s") == ["o'brien", "boss", "it", "moses", "90s"]


def test_marks_belong_to_the_letter_before_them_and_to_nothing_else():
    assert words("❤\ufe0f 1\ufe0f\u20e3 🇺🇦 👨\u200d👩 \u0301 kyiv") == ["1", "kyiv"]


def test_halves_of_surrogate_pairs_part_words():
    assert words("Kyiv\ud800visit\udfff") == ["kyiv", "visit"]


def test_places_count_characters_of_the_text_as_it_came():
    text = "😀 “Kyiv’s” е\u0308лка ﬁnal ½"
    assert [(form, text[start:end]) for form, start, end in tokenise(text)] == [
        ("kyiv", "Kyiv’s"),
        ("ёлка", "е\u0308лка"),
        ("final", "ﬁnal"),
        ("1", "½"),
        ("2", "½"),
    ]


MIXED = st.text(
    st.sampled_from("aZé ßİʼ’'s-_½ﷺﬁйїи\u0306\u0301\ufe0f\u00ad😀\ud800كَΣς１２\n") | st.characters(), max_size=40
)


@given(MIXED)
def test_places_are_in_order_and_within_the_text(text):
    found = tokenise(text)
    assert [word.form for word in found] == words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert all(a.end <= b.start or a[1:] == b[1:] for a, b in pairwise(found))


@given(MIXED)
def test_a_word_cut_out_of_its_text_is_the_same_word(text):
    for word in tokenise(text):
        assert word.form in words(text[word.start : word.end])


def test_folding_twice_changes_nothing_for_any_character_there_is():
    signs = (chr(code) for code in range(sys.maxunicode + 1))
    letters = [sign for sign in signs if unicodedata.category(sign)[0] in "LNM"]
    for letter in letters:
        for form in words(f"a{letter}"):
            assert words(form) == [form]


@given(st.text(st.characters(categories=["L", "M", "Nd"]), min_size=1, max_size=8))
def test_folding_twice_changes_nothing(text):
    for form in words(text):
        if not form.endswith("'s"):
            assert words(form) == [form]


def test_a_fold_is_remembered():
    fold.cache_clear()
    words("Kyiv kyiv Kyiv")
    assert fold.cache_info().hits == 1
