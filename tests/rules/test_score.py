"""Scores: counts, shares and intervals over labelled items."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.rules.score import Score, interval, read, scores


def line(*labels: str, uncertain: bool = False) -> str:
    said = ", ".join(f'"{label}"' for label in labels)
    return f'{{"title": "x", "labels": [{said}], "uncertain": {str(uncertain).lower()}, "pool": "random"}}'


def test_what_was_caught_is_counted_against_what_was_meant():
    told = [
        ({"imf-tranche"}, read(line("imf_tranche"), "f:1")),
        ({"imf-tranche", "kyiv-visit"}, read(line("imf-tranche", "unrelated"), "f:2")),
        (set(), read(line("kyiv_visit"), "f:3")),
        (set(), read(line("unrelated"), "f:4")),
    ]
    assert scores(told, ["imf-tranche", "kyiv-visit", "iran-missiles"]) == {
        "imf-tranche": Score(tp=2, fp=0, fn=0),
        "kyiv-visit": Score(tp=0, fp=1, fn=1),
        "iran-missiles": Score(tp=0, fp=0, fn=0),
    }


def test_the_figures_for_programs():
    assert Score(tp=2, fp=1, fn=2).told() == {"precision": 0.6667, "recall": 0.5, "tp": 2, "fp": 1, "fn": 2}
    assert Score(tp=0, fp=0, fn=0).told() == {"precision": 1.0, "recall": 1.0, "tp": 0, "fp": 0, "fn": 0}


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", "[]", '{"labels": []}', '{"title": 3}', '{"title": "x", "labels": 3}']
)
def test_a_line_that_is_no_labelled_item_is_named(wrong):
    with pytest.raises(ConfigError) as refused:
        read(wrong, "labelled.jsonl:7")
    assert refused.value.where == "labelled.jsonl:7"


def test_a_date_that_nobody_can_read_does_not_lose_the_item():
    assert read('{"title": "x", "published": "yesterday"}', "f:1").item().published is None
    assert read('{"title": "x", "published": "2024-09-11T10:00:00Z"}', "f:1").item().published is not None


def test_what_is_not_known_of_an_item_may_be_null():
    item = read('{"title": "x", "summary": null, "published": null, "lang": null, "link": null}', "f:1").item()
    assert (item.summary, item.published, item.lang, item.url) == ("", None, "", "")


def test_wilsons_interval_is_that_of_the_textbook():
    low, high = interval(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert interval(0, 0) == (0.0, 1.0)


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_holds_its_share(hits, misses):
    low, high = interval(hits, hits + misses)
    assert 0 <= low <= high <= 1
    if hits + misses:
        assert low <= hits / (hits + misses) + 1e-9
        assert high >= hits / (hits + misses) - 1e-9
