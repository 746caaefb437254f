"""rules/regexes.py: RE2's expressions, with classes that know every script."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.rules.fault import Fault
from monitor.rules.regexes import Candidates, check, compiled


def found(written: str, text: str) -> list[str]:
    check(written, 0)
    return [text[start:end] for start, end in compiled(written).search(text)]


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        (r"\d+\s?млрд", "5 млрд, 7\u00a0млрд, 9\u202fмлрд, ٣ млрд", ["5 млрд", "7\u00a0млрд", "9\u202fмлрд", "٣ млрд"]),
        (r"\bмлрд\b", "5 млрд, млрдів, 5млрд", ["млрд"]),
        (r"\b\w+\b", "Київ's дім", ["Київ", "s", "дім"]),
        (r"\w+", "Київ_2 é", ["Київ_2", "é"]),
        (r"[\w-]+", "long-range Ї", ["long-range", "Ї"]),
        (r"\W+", "а — б", [" — "]),
        (r"[^\s]+", "а\u00a0б", ["а", "б"]),
        (r"\D+", "а1б", ["а", "б"]),
        (r"(?i)київ", "КИЇВ Київ", ["КИЇВ", "Київ"]),
        (r"(?i)\bкиїв\b", "КИЇВ Київська", ["КИЇВ"]),
        (r"^Kyiv\b.*\bLviv$", "Kyiv and Lviv", ["Kyiv and Lviv"]),
        (r"\b[a-z]{2,3}?\b", "ab abcd", ["ab"]),
        (r"(?:\b|x)bn", "xbn bn", ["xbn", "bn"]),
        (r"a.b", "a\nb a.b", ["a.b"]),
        (r"\$\d+|\/", "$5 /", ["$5", "/"]),
        (r"\x{456}\p{Lu}", "іЇ", ["іЇ"]),
        (r"\P{L}\b\p{L}", "1 a", [" a"]),
        (r"x\b", "x\ud800", ["x"]),
        (r"\b^a$\b\b", "a", ["a"]),
        (r"\b", "a", []),
    ],
)
def test_an_expression_finds_what_it_says_in_every_script(written, text, expected):
    assert found(written, text) == expected
    if expected:
        assert Candidates([written]).within(text) == [written]


PIECES = st.sampled_from(["a", "б", ".", r"\w", r"\s", r"\d", r"\b", "[аб]", r"[\w ]", "(a|б)", "(?:б )", "^", "$"])
TIMES = st.sampled_from(["", "", "+", "*", "?", "{1,2}"])
BARE = {"^", "$", r"\b"}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(PIECES, TIMES), min_size=1, max_size=5),
    st.text(st.sampled_from("aаб1 _.\n"), max_size=12),
)
def test_the_first_match_is_that_of_the_standard_library(pieces, text):
    written = "".join(piece if piece in BARE else piece + times for piece, times in pieces)
    try:
        check(written, 0)
    except Fault:
        return
    expected = next((match.span() for match in re.finditer(written.replace("$", r"\Z"), text) if match[0]), None)
    spans = compiled(written).search(text)
    if expected is None or re.search(written.replace("$", r"\Z"), text).end() == expected[0]:
        assert (expected is None) <= (not spans)
    elif re.search(written.replace("$", r"\Z"), text)[0]:
        assert spans[0] == expected
        assert Candidates([written]).within(text) == [written]


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        (r"(a)\1", 3, 5),
        (r"a\b(?=b)", 3, 8),
        (r"(?<!a)b", 0, 6),
        ("ab(c", 0, 4),
        ("x[9-0]", 2, 5),
        (r"a[\W]", 2, 4),
        ("a$b", 2, 3),
        ("a^", 1, 2),
        ("a?", 0, 2),
        ("(?:a|b*)", 0, 8),
    ],
)
def test_what_cannot_be_is_refused_at_its_place(written, start, end):
    with pytest.raises(Fault) as refused:
        check(written, 10)
    assert (refused.value.start - 10, refused.value.end - 10) == (start, end)
    assert refused.value.hint
