"""rules/terms.py: the lists that queries name."""

import pytest

from monitor.rules.document import Document
from monitor.rules.terms import Lists


def lists(text: str) -> Lists:
    document = Document("rules/terms.toml", text)
    found = Lists(document)
    assert document.mistakes == []
    return found


def complaints(text: str) -> list[tuple[str, str, str]]:
    document = Document("rules/terms.toml", text)
    Lists(document)
    assert all(mistake.hint for mistake in document.mistakes)
    return [(m.where.removeprefix("rules/terms.toml:"), m.message, m.hint) for m in document.mistakes]


def test_a_form_is_a_word_or_a_phrase_with_any_endings():
    found = lists('IMF = ["IMF", "International Monetary Fund", "міжнародн* валютн* фонд*", "long-range"]')
    assert found.forms("IMF") == (
        ("imf",),
        ("international", "monetary", "fund"),
        ("міжнародн*", "валютн*", "фонд*"),
        ("long", "range"),
    )


def test_a_list_may_hold_another_one():
    found = lists('KYIV = ["Kyiv", "Київ"]\nUKRAINE = ["$KYIV", "Ukrain*", "kyiv"]\nALL = ["$UKRAINE", "$KYIV"]')
    assert set(found.forms("ALL")) == {("kyiv",), ("київ",), ("ukrain*",)}
    assert found.with_named(["ALL"]) == ["ALL", "KYIV", "UKRAINE"]
    assert found.with_named(["KYIV"]) == ["KYIV"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("KYIV = []", [("1:8", "the list $KYIV is empty")]),
        ('KYIV = "Kyiv"', [("1:8", "a list stands in brackets")]),
        ("KYIV = [1991]", [("1:9", "a form is a text")]),
        ('kyiv = ["Kyiv"]', [("1:1", "'kyiv' is no name of a list")]),
        ('[KYIV]\nforms = ["Kyiv"]', [("1:1", "a list stands in brackets")]),
        ('A = ["x", "*y"]', [("1:12", "a word cannot begin with a wildcard")]),
        ('A = ["..."]', [("1:7", "there is no word in this form")]),
        ('A = ["= IMF"]', [("1:7", "= stands right before a word")]),
        ('A = ["/a.*b/"]', [("1:7", "a list holds no regular expressions")]),
        ('A = ["Kyiv\\tKiev"]', [("1:11", "a tab stands within a form")]),
        ('A = ["Kyiv OR Kiev"]', [("1:12", "a list holds words and phrases, not queries")]),
        ('A = ["a NEAR/5 b"]', [("1:9", "a list holds words and phrases, not queries")]),
        ('A = ["(Kyiv)"]', [("1:7", "a list holds words and phrases, not queries")]),
        ("A = ['\"Kyiv\"']", [("1:7", "a form needs no quotes of its own")]),
        ('A = ["title:Kyiv"]', [("1:7", "a form has no field")]),
        ('A = ["$B", "$A1"]\nA1 = ["x"]', [("1:7", "there is no list $B")]),
        ('A = ["$B visit"]\nB = ["x"]', [("1:7", "a phrase cannot hold a list")]),
        ('A = ["$A"]', [("1:7", "$A holds itself")]),
        ('A = ["$B"]\nB = ["x", "$C"]\nC = ["$A"]', [("1:7", "$A holds itself, by way of $B")]),
        ('A = ["*x", "y**"]\nB = []', [("1:7", "a word"), ("1:15", "there"), ("2:5", "the list $B is empty")]),
    ],
)
def test_what_is_no_list_is_complained_of_once(text, expected):
    found = complaints(text)
    assert [(where, message[: len(e[1])]) for (where, message, _), e in zip(found, expected, strict=True)] == expected


def test_the_nearest_list_is_named():
    assert complaints('KYIV = ["x"]\nA = ["$KIYV"]')[0][2] == "did you mean 'KYIV'?"


def test_a_list_that_holds_itself_ends_all_the_same():
    document = Document("rules/terms.toml", 'A = ["$B", "x"]\nB = ["$A", "y"]')
    assert set(Lists(document).forms("A")) == {("x",), ("y",)}
