"""Terms: one name is one term."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.terms import LONGEST, common, terms, words


@pytest.mark.parametrize(
    "spellings",
    [
        "Zelensky Zelenskyy ZELENSKIY Зеленський Зеленского Зеленському Zełenski Zełenskim Zelensky’s",
        "Putin Путин Путіна Путину Putina",
        "Kharkiv Харків",
        "tank tanks",
        "ракета ракети ракетою ракету",
        "Orbán Орбан Orban's",
        "1,85 1.85",
    ],
)
def test_a_name_is_one_term_in_its_cases_spellings_and_scripts(spellings):
    assert len({terms(word) for word in spellings.split()}) == 1


def test_different_numbers_and_names_are_different_terms():
    different = ["Kharkiv", "Kherson", "103", "10", "Odesa", "Оdesa2"]
    assert len({terms(word) for word in different}) == len(different)


def test_a_text_without_blanks_gives_every_two_letters():
    assert terms("北京大学") == ("北京", "京大", "大学")


@given(st.text())
def test_every_word_of_every_text_has_terms_that_are_short_and_without_blanks(text):
    for word in words(text, 50):
        assert len(word) <= LONGEST
        for term in terms(word):
            assert term
            assert not any(sign.isspace() for sign in term)


def test_the_common_terms_are_terms_and_their_shares_are_shares():
    shares = common()
    assert len(shares) > 1_000
    assert all(0 < share <= 1 for share in shares.values())
    assert {"the", "presid", "ukrain"} <= shares.keys()
