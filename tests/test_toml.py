"""monitor/toml.py: a complaint points at the very character, however the file is written."""

import tomllib
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta, Struct

from monitor import toml
from monitor.errors import ConfigError, RuleError
from monitor.toml import Misfit, Place

FEEDS = """\
# what we read
[service]
data = "state"

[[feed]]
id  = "bbc"
url = "https://bbc.example/rss"

[[digest]]
name     = "desk"
channels = [
    "mail",  # the desk
    'chat',
]

[[feed]]   # added later, far from the first
id    = "dw"
title = "DW"
"""


def pointed_at(text: str, place: Place) -> str:
    """The rest of the line behind a place, as an editor counts lines and columns."""
    lines = text.removeprefix("\ufeff").split("\n")
    return lines[place.line - 1][place.column - 1 :].removesuffix("\r")


# -- reading -----------------------------------------------------------------------------------------------------------


def test_a_text_is_read_as_plain_values():
    assert toml.read("a = 1\n[b]\nc = ['x']\n", where="x.toml", kind=ConfigError) == {"a": 1, "b": {"c": ["x"]}}


@pytest.mark.parametrize("text", ["\ufeffa = 1\n", "a = 1\r\n", "\ufeffa = 1\r\n", "a\t=\t1\n", "a = 1"])
def test_an_editor_from_windows_is_welcome(text):
    assert toml.read(text, where="x.toml", kind=ConfigError) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "at", "message", "hint"),
    [
        ("a = 1\nb = yes\n", "2:5", "this is not TOML: invalid value", "straight quotes"),
        ("a = 1\nb = “x”\n", "2:5", "this is not TOML: invalid value", "straight quotes"),
        ("a = 'x\n", "1:7", "this is not TOML", "quotes"),
        ("a = [1,\n  2\n", "2:4", "this is not TOML: unclosed array", "brackets"),
        ("\r\na = = 1\r\n", "2:5", "this is not TOML", "quotes"),
        ("\ufeffa = = 1\n", "1:5", "this is not TOML", "quotes"),
        ("\t\tb = ?\n", "1:7", "this is not TOML", "quotes"),
        ("[feed]\nid = 'a'\n[feed]\n", "3:6", "[feed] is there twice", "[[feed]]"),
        ("[a.b]\n[a.b]\n", "2:5", "[a.b] is there twice", "[[a.b]]"),
        ("[[feed]]\n[feed]\n", "2:6", "[feed] is there twice", "[[feed]]"),
        ("a = 1\na = 2\n", "2:6", "this key is there twice", "keep one"),
        ("a = { b = 1, b = 2 }\n", "1:19", "'b' is there twice", "keep one"),
        ("a = 'x\x00'\n", "1:7", "this is not TOML", "quotes"),
    ],
)
def test_what_is_no_toml_is_refused_with_its_place(text, at, message, hint):
    with pytest.raises(ConfigError) as refused:
        toml.read(text, where="x.toml", kind=ConfigError)
    assert refused.value.where == f"x.toml:{at}"
    assert message in refused.value.message
    assert hint in refused.value.hint
    assert "^" in refused.value.excerpt


def test_the_caller_says_which_kind_of_error_it_is():
    with pytest.raises(RuleError):
        toml.read("a =", where="r.toml", kind=RuleError)


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "[" * 5000 + "]" * 5000, "x = " + "1" * 5000])
def test_a_text_made_to_break_the_reader_is_a_mistake_not_a_crash(text):
    with pytest.raises(ConfigError, match="this is not TOML"):
        toml.read(text, where="x.toml", kind=ConfigError)


# -- places ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "at", "text"),
    [
        (("service", "data"), (3, 8), '"state"'),
        (("feed", 0, "url"), (7, 7), '"https://bbc.example/rss"'),
        (("digest", 0, "channels"), (11, 12), "["),
        (("digest", 0, "channels", 1), (13, 5), "'chat',"),
        (("feed", 1, "id"), (17, 9), '"dw"'),
        (("service",), (2, 1), "[service]"),
        (("feed",), (5, 1), "[[feed]]"),
        (("feed", 0), (5, 1), "[[feed]]"),
        (("feed", 1), (16, 1), "[[feed]]   # added later, far from the first"),
    ],
)
def test_a_value_is_found_where_it_begins(path, at, text):
    found = toml.place_of_value(FEEDS, path)
    assert found == at
    assert pointed_at(FEEDS, found) == text


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("feed", 1, "title"), (18, 1)),
        (("digest", 0, "channels"), (11, 1)),
        (("service",), (2, 2)),
        (("feed",), (5, 3)),
    ],
)
def test_a_key_is_found_where_it_begins(path, at):
    assert toml.place_of_key(FEEDS, path) == at


@pytest.mark.parametrize(
    ("text", "path", "value", "key"),
    [
        ("a.b . c = 1", ("a", "b", "c"), "1", "c = 1"),
        ("a.b.c = 1", ("a", "b"), "b.c = 1", "b.c = 1"),
        ("x = { y = [1, { z = 'v' }] }", ("x", "y", 1, "z"), "'v' }] }", "z = 'v' }] }"),
        ("[a]\n  [ a . 'b c' ]\n  d=1", ("a", "b c"), "[ a . 'b c' ]", "'b c' ]"),
        ("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\n[[a.b]]\nc=7", ("a", 1, "b", 1, "c"), "7", "c=7"),
        ("[[a]]\n[a.b]\nc=1\n[[a]]\n[a.b]\nc=2", ("a", 1, "b", "c"), "2", "c=2"),
        ("a = '''\n[[b]]\nc = 1\n'''\n[[b]]\nc = 2", ("b", 0, "c"), "2", "c = 2"),
        ('a = """x\n"" \\""" # y\n"""""\nb = 3', ("b",), "3", "b = 3"),
        ('"a\\u0062" = 3', ("ab",), "3", '"a\\u0062" = 3'),
        ("a = 1979-05-27 07:32:00 # d\nb = 4", ("b",), "4", "b = 4"),
        ("a = [ # one ] two\n 1979-05-27 07:32:00,\n -inf,]\nb = 4", ("a", 1), "-inf,]", None),
        ("# \u2028 \x0b \x85\na = 1".replace("\x0b", "\t"), ("a",), "1", "a = 1"),
        ("a = 'title' # a\ntitle = 'x'", ("title",), "'x'", "title = 'x'"),
        ("\ufeffa = 1", ("a",), "1", "a = 1"),
        ("a = 1\r\nb = 2\r\n", ("b",), "2", "b = 2"),
        ("\ta\t=\t1", ("a",), "1", "a\t=\t1"),
        ("[a.b]\n[a]\nc = 1", ("a",), "[a]", "a]"),
    ],
)
def test_every_way_to_write_it_is_understood(text, path, value, key):
    tomllib.loads(text.removeprefix("\ufeff"))  # the example is TOML
    assert pointed_at(text, toml.place_of_value(text, path)) == value
    if key is not None:
        assert pointed_at(text, toml.place_of_key(text, path)).startswith(key)


@pytest.mark.parametrize("path", [("nothing",), ("feed", 7), ("feed", 0, "nothing"), ("digest", 0, "channels", 9)])
def test_what_is_not_there_is_placed_at_what_would_hold_it(path):
    holder = path[:-1]
    assert toml.place_of_value(FEEDS, path) == (toml.place_of_value(FEEDS, holder) if holder else Place(1, 1))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path, value


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A TOML text in which every key and every scalar is there once, so that its place is known by looking."""
    number = count()
    gap = st.sampled_from(["", " ", "\t", "  "])
    comment = st.sampled_from(["", " # c", '\t# [[t0]] = \'x\' """'])
    end = st.sampled_from(["\n", "\r\n", "\n\n", "\r\n\t\r\n"])

    def scalar() -> str:
        quote = draw(st.sampled_from(['"', "'", '"""', "'''", '"""\n', "'''\n", ""]))
        noise = draw(st.sampled_from(["", " ", "Київ", "#", "]", "}", ","])) if quote else ""
        return f"{quote}v{next(number)}v{noise}{quote.strip()}" if quote else f"{7_000_000 + next(number)}"

    def value(depth: int) -> str:
        kind = draw(st.sampled_from(["scalar", "scalar", "array", "inline"] if depth else ["scalar"]))
        if kind == "scalar":
            return scalar()
        if kind == "array":
            inner = [value(depth - 1) for _ in range(draw(st.integers(0, 3)))]
            return "[" + "".join(f"{draw(gap)}{i}{draw(gap)},{draw(comment)}\n" for i in inner) + draw(gap) + "]"
        inner = [pair(0) for _ in range(draw(st.integers(0, 3)))]
        return "{" + ", ".join(inner) + "}"

    def key() -> str:
        name = f"k{next(number)}k"
        return draw(st.sampled_from([name, name, f'"{name} ."', f"'{name}'", f"k{next(number)}k{draw(gap)}.{name}"]))

    def pair(depth: int) -> str:
        return f"{key()}{draw(gap)}={draw(gap)}{value(depth)}"

    def body() -> str:
        return "".join(f"{draw(gap)}{pair(2)}{draw(comment)}{draw(end)}" for _ in range(draw(st.integers(0, 3))))

    text = draw(st.sampled_from(["", "\ufeff"])) + body()
    for _ in range(draw(st.integers(0, 6))):
        header = draw(st.sampled_from(["[[a]]", "[[b]]", "[ [c] ]".replace(" ", ""), "[[a.d]]", f"[t{next(number)}]"]))
        if header == "[[a.d]]" and "[[a]]" not in text:
            header = "[[a]]"
        text += f"{draw(gap)}{header}{draw(comment)}{draw(end)}{body()}" if header != "[c]" or "[c]" not in text else ""
    return text


@settings(max_examples=150, deadline=None)
@given(documents())
def test_every_value_and_key_of_any_document_is_found(text):
    shown = text.removeprefix("\ufeff")
    for path, value in leaves(toml.read(text, where="x.toml", kind=ConfigError)):
        token = str(value).strip().split("v")[1] if isinstance(value, str) else str(value)
        offset = shown.index(f"v{token}v" if isinstance(value, str) else token)
        found = toml.place_of_value(text, path)
        assert pointed_at(text, found)[:1] in ('"', "'", "7")
        between = shown.split("\n")[found.line - 1][found.column - 1 :] + "\n" + shown.split("\n", found.line)[-1]
        assert between.lstrip("\"'\n\r").startswith(shown[offset : offset + len(token)])
        if isinstance(path[-1], str):
            name = path[-1].removesuffix(" .")
            assert pointed_at(text, toml.place_of_key(text, path)).lstrip("\"'").startswith(name)
            assert toml.place_of_key(text, path) <= found


# -- excerpts ----------------------------------------------------------------------------------------------------------


def test_the_caret_stands_under_the_place():
    assert toml.excerpt("a = 1\n\tb = 2\n", Place(2, 6)) == " b = 2\n     ^"


def test_a_long_line_is_cut_around_the_place():
    line, caret = toml.excerpt("x" * 500 + "?" + "y" * 500, Place(1, 501)).split("\n")
    assert len(line) <= 72
    assert line[len(caret) - 1] == "?"


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x0c", "\x1c"])
def test_only_a_newline_ends_a_line(separator):
    text = f"# a{separator}b\nc = 1\n"
    assert toml.excerpt(text, Place(2, 1)) == "c = 1\n^"


def test_a_place_outside_the_text_shows_nothing():
    assert toml.excerpt("a = 1", Place(9, 1)) == "\n^"


@pytest.mark.parametrize(
    "line",
    [
        "url = 'mailtos://desk:hunter2@mail.example'",
        'url = "tgram://hunter2/12345"',
        'url = "https://desk:hunter2@feeds.example/rss"',
        'url = "http://desk:h@hunter2@feeds.example/rss"',
        "url = 'mailtos://desk:hunter2@mail.example",
    ],
)
def test_an_excerpt_shows_no_password(line):
    shown = toml.excerpt(line, Place(1, 7))
    assert "hunter2" not in shown
    assert shown.startswith("url = ")
    assert len(shown.split("\n")[0]) == len(line)


def test_an_excerpt_shows_an_ordinary_address():
    assert "https://feeds.example/rss?a=b@c" in toml.excerpt('url = "https://feeds.example/rss?a=b@c"', Place(1, 1))


# -- shapes ------------------------------------------------------------------------------------------------------------


class Shape(Struct, frozen=True, kw_only=True):
    name: Annotated[str, Meta(description="what it is called")]
    size: Annotated[int, Meta(ge=1)] = 1
    kind: Literal["a", "b"] = "a"
    at: Annotated[datetime, Meta(tz=True)] | None = None
    tags: tuple[str, ...] = ()


def test_a_table_that_fits_is_built():
    assert toml.fit(Shape, {"name": "x", "tags": ["y"]}, ("shape", 0)) == (Shape(name="x", tags=("y",)), [])


@pytest.mark.parametrize(
    ("row", "path", "message", "hint"),
    [
        ({}, ("shape", 0), "[[shape]] needs the key 'name'", "what it is called"),
        ({"name": 1}, ("shape", 0, "name"), "'name' is a text, not a whole number", "what it is called"),
        ({"name": "x", "size": 0}, ("shape", 0, "size"), "'size' is at least 1", ""),
        ({"name": "x", "tags": [1]}, ("shape", 0, "tags", 0), "'tags' holds texts, not a whole number", ""),
        ({"name": "x", "tags": "y"}, ("shape", 0, "tags"), "'tags' is a list, not a text", 'write tags = ["y"]'),
        ({"name": "x", "kind": "c"}, ("shape", 0, "kind"), "'kind' does not fit: invalid enum value 'c'", ""),
        ({"name": "x", "at": datetime(2024, 9, 11)}, ("shape", 0, "at"), "'at' does not fit: expected `datetime`", ""),
    ],
)
def test_what_does_not_fit_is_named_in_plain_words(row, path, message, hint):
    table, [misfit] = toml.fit(Shape, row, ("shape", 0))
    assert table is None
    assert misfit.path == path
    assert message in misfit.message
    assert hint in misfit.hint


def test_an_unknown_key_is_named_and_keeps_nothing_from_being_built():
    table, [misfit] = toml.fit(Shape, {"name": "x", "sise": 2}, ("shape",))
    assert table == Shape(name="x")
    assert misfit == Misfit(("shape", "sise"), "unknown key 'sise' in [shape]", "did you mean 'size'?", key=True)
