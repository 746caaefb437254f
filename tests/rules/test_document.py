"""rules/document.py: complaints stand in the order of the file and point at the very characters."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import toml
from monitor.rules.document import LARGEST, Document
from monitor.rules.fault import Fault


def pointed_at(text: str, place: toml.Place) -> str:
    return text.split("\n")[place.line - 1][place.column - 1 :]


# Each character with the ways to write it: in quotes, in three quotes, in apostrophes, in three apostrophes.
CHARACTERS = st.sampled_from("ab є😀\t\n\"'\\")
ESCAPES = {"\t": "\\t", "\n": "\\n", '"': '\\"', "\\": "\\\\"}


@given(st.data(), st.lists(CHARACTERS, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_every_character_of_a_text_is_found_again(data, characters, newline):
    quotes = data.draw(st.sampled_from(['"', '"""', "'", "'''"]))
    file = f"# є{newline}x = [1,{newline}  {quotes}"
    file += newline if len(quotes) == 3 and data.draw(st.booleans()) else ""
    expected, value = [], ""
    for character in characters:
        written = character
        if quotes.startswith("'"):
            if character == "'" or (character == "\n" and len(quotes) == 1):
                continue
            written = newline if character == "\n" else character
        elif character in '"\\' or (character == "\n" and len(quotes) == 1) or data.draw(st.booleans()):
            written = ESCAPES.get(character) or f"\\U{ord(character):08x}"
        elif character == "\n":
            written = newline
        if quotes == '"""' and data.draw(st.booleans()):
            file += f"\\{newline}   {newline} "
            written = written if written.strip() else f"\\u{ord(character):04x}"
        if not value and len(quotes) == 3 and written == newline:
            continue  # it would be the newline that TOML drops
        expected.append(len(file))
        file += written
        value += character
    expected.append(len(file))
    file += f"{quotes}]{newline}"
    assert tomllib.loads(file)["x"][1] == value
    for offset, at in enumerate(expected):
        assert toml.place_in_value(file, ("x", 1), offset) == toml.place(file, at)


def test_a_fault_is_shown_with_carets_under_all_of_it():
    document = Document("rules/x.toml", "title = 'x'\nquery = '''\n  Kyiv AND\n  ($KIYV)\n'''\n")
    document.wrong_part(("query",), Fault("there is no list $KIYV", 14, 19, "did you mean KYIV?"))
    (mistake,) = document.mistakes
    assert mistake.where == "rules/x.toml:4:4"
    assert str(mistake).split("\n")[1:3] == ["      ($KIYV)", "       ^^^^^"]


def test_carets_end_with_the_line():
    document = Document("rules/x.toml", "query = '''\nKyiv\nOR Kiev'''\n")
    document.wrong_part(("query",), Fault("x", 0, 12, ""))
    assert document.mistakes[0].excerpt == "Kyiv\n^^^^"


def test_mistakes_stand_in_the_order_of_the_file():
    document = Document("rules/x.toml", "a = 1\nb = 2\nc = 3\n")
    document.wrong(("c",), "third", "")
    document.wrong_key(("a",), "first", "")
    document.wrong(("b",), "second", "")
    assert [mistake.message for mistake in document.mistakes] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x", "this is not TOML"),
        ("title = 'x\x00'", "this is not TOML"),
        ("title = = 1", "this is not TOML"),
        ("x = " + "[" * 20_000, "this is not TOML"),
        ("#" * (LARGEST + 1), "this file is larger than 256 KiB"),
    ],
)
def test_what_cannot_be_read_is_one_complaint(text, message):
    document = Document("rules/x.toml", text)
    assert len(document.mistakes) == 1
    assert message in document.mistakes[0].message
    assert document.values == {}
