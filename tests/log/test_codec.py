import json
from pathlib import Path

import pytest
import strategies
from hypothesis import given, settings

from monitor.errors import LogDamaged, LogRefused
from monitor.events import KINDS, Event, FeedGone, event, utc
from monitor.log.codec import UPCASTS, decode, encode, from_line, to_line

GOLDEN = Path(__file__).with_name("golden.jsonl").read_text(encoding="utf-8").splitlines()
GONE = FeedGone(at=utc("2024-09-11T12:00:00Z"), feed="bbc-world")


# -- there and back --------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(strategies.events())
def test_an_event_comes_back_as_it_went(event):
    assert decode(event.kind, event.version, encode(event)) == event
    assert from_line(to_line(event), "here") == event
    assert "\n" not in to_line(event)


def test_a_line_begins_with_what_it_is():
    assert to_line(GONE) == (
        f'{{"id":"{GONE.id}","kind":"FeedGone","version":2,"at":"2024-09-11T12:00:00Z","feed":"bbc-world","source":""}}'
    )


# -- what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "version"), [("FeedSang", 1), ("FeedGone", 3)])
def test_the_future_is_refused_never_skipped(kind, version):
    with pytest.raises(LogRefused) as refused:
        decode(kind, version, encode(GONE))
    assert "a later version of monitor wrote this; upgrade" in refused.value.hint
    with pytest.raises(LogRefused) as refused:
        from_line(json.dumps(json.loads(to_line(GONE)) | {"kind": kind, "version": version}), "export.jsonl:7")
    assert str(refused.value).startswith("export.jsonl:7: ")
    assert refused.value.exit_code == 78


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (1, b""),
        (1, b"{"),
        (1, b"\xff"),
        (1, b"[]"),
        (1, b"[" * 100_000),
        (1, b'{"at":"2024-09-11T12:00:00Z"}'),
        (1, b'{"at":"2024-09-11T12:00:00","feed":"no zone"}'),
        (0, encode(GONE)),
        (-1, encode(GONE)),
    ],
)
def test_a_body_that_is_no_such_event_is_damage(version, body):
    with pytest.raises(LogDamaged):
        decode("FeedGone", version, body)


@pytest.mark.parametrize("line", ["", "{}", "null", "FeedGone", to_line(GONE)[:-9], '{"kind":"\ud800"}', "[" * 100_000])
def test_a_line_that_is_no_event_is_named_with_its_place(line):
    with pytest.raises(LogDamaged) as damaged:
        from_line(line, "export.jsonl:3")
    assert damaged.value.where == "export.jsonl:3"
    assert damaged.value.hint


def test_a_line_whose_content_was_changed_is_noticed_by_its_id():
    with pytest.raises(LogDamaged, match=f"the line says id {GONE.id}, its content gives"):
        from_line(to_line(GONE).replace("bbc-world", "bbc-sport"), "export.jsonl:1")


# -- old shapes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shipped(monkeypatch):
    """An invented kind in its third shape, for the length of one test: what was ``name`` and ``tons`` is ``cargo``."""
    known = dict(KINDS)

    @event(stream="ship/{ship}", key=("ship", "at"), version=3)
    class ShipSailed(Event, frozen=True, kw_only=True):
        ship: str
        cargo: str

    monkeypatch.setitem(UPCASTS, ("ShipSailed", 1), lambda old: {**old, "ship": old["name"]})
    monkeypatch.setitem(UPCASTS, ("ShipSailed", 2), lambda old: {**old, "cargo": f"{old['tons']} t of grain"})
    yield ShipSailed(at=GONE.at, ship="Odesa Star", cargo="30 t of grain")
    KINDS.clear()
    KINDS.update(known)


OLD_SHAPES = {
    1: b'{"at":"2024-09-11T12:00:00Z","name":"Odesa Star","tons":30}',
    2: b'{"at":"2024-09-11T12:00:00Z","ship":"Odesa Star","tons":30}',
    3: b'{"at":"2024-09-11T12:00:00Z","ship":"Odesa Star","cargo":"30 t of grain"}',
}


@pytest.mark.parametrize("version", OLD_SHAPES)
def test_an_old_shape_is_told_in_todays_step_by_step(shipped, version):
    assert decode("ShipSailed", version, OLD_SHAPES[version]) == shipped
    line = f'{{"id":"{shipped.id}","kind":"ShipSailed","version":{version},{OLD_SHAPES[version][1:].decode()}'
    assert from_line(line, "here") == shipped


def test_an_old_shape_that_does_not_come_out_as_todays_is_damage(shipped):
    with pytest.raises(LogDamaged):
        decode("ShipSailed", 2, b'{"at":"yesterday","ship":"Odesa Star","tons":30}')


def test_every_kind_can_be_told_from_its_first_shape_on():
    needed = {(name, version) for name, kind in KINDS.items() for version in range(1, kind.version)}
    assert UPCASTS.keys() == needed


# -- golden lines: add one for each new kind or version; never change or remove one ----------------------------------


@pytest.mark.parametrize("line", GOLDEN, ids=lambda line: "{kind}-{version}".format(**json.loads(line)))
def test_what_was_written_once_can_be_read_for_ever(line):
    told = json.loads(line)
    event = from_line(line, "golden.jsonl")
    assert (event.kind, event.id) == (told["kind"], told["id"])
    if told["version"] == event.version:
        assert to_line(event) == line  # a shape that changes needs a new version


def test_every_kind_and_version_has_a_golden_line():
    golden = [(told["kind"], told["version"]) for told in map(json.loads, GOLDEN)]
    assert len(golden) == len(set(golden))
    assert set(golden) == {(name, version) for name, kind in KINDS.items() for version in range(1, kind.version + 1)}
