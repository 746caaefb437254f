"""rules/sentences.py: where sentences end, and where they seem to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.sentences import split


@pytest.mark.parametrize(
    "written",
    [
        "One ends. |Another begins! |A third? |Yes.",
        "He met Mr. Blinken and J. Biden in the U.S. capital. |Then he left.",
        "Gen. Zaluzhny spoke at 5 p.m. on Tuesday.",
        "It costs 1.5 bn. |That is much.",
        "“Is it true?” he asked. |“No.” |She left…",
        "«Так!» — сказав він. |Потім пішов.",
        "Про це сказав ген. Залужний у м. Київ на вул. Хрещатик. |Далі.",
        "В 2024 г. он приехал. |Потом уехал.",
        "На зустрічі були І. Іваненко та ін. політики, т.зв. яструби.",
        "a line\n|another line\n\n|a third",
        "キーウ。|東京！|はい",
        "مرحبا؟ |نعم.",
        "See No. 5 of vol. 2. |No. |Yes.",
        "no end",
        "",
    ],
)
def test_sentences_end_where_a_reader_would_end_them(written):
    text = written.replace("|", "")
    shown = [text[start:end].strip() for start, end in split(text)]
    assert shown == [part.strip() for part in written.split("|") if part]


@given(st.text(st.sampled_from('aB .!?\n…»"(1іЇ。'), max_size=40))
def test_sentences_are_all_of_the_text(text):
    spans = split(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)
