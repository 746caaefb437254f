"""The score: pairs, B-cubed, and the look-alikes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigError
from monitor.stories.score import BCubed, Group, Score, Share, Told, measured, read, rounded


def group(name: str, members: str, confusable: str = "") -> Group:
    def told(ids: str) -> tuple[Told, ...]:
        return tuple(Told(id=one, title="x") for one in ids)

    return Group(group_id=name, members=told(members), confusable=told(confusable))


GROUPS = [group("dam", "abc", "x"), group("vote", "de")]


def test_all_is_right_when_each_group_is_a_story():
    perfect = measured(GROUPS, {"a": "a", "b": "a", "c": "a", "x": "x", "d": "d", "e": "d"})
    assert perfect == Score(
        pairwise=Share(precision=1.0, recall=1.0),
        bcubed=BCubed(precision=1.0, recall=1.0, f1=1.0),
        confusable_merged=0,
    )


def test_pairs_are_counted_among_the_groups_and_with_their_own_look_alikes():
    # together: a-b right; a-d and b-d wrong; x with a and with b wrong. Of four pairs that are one, one was found.
    found = measured(GROUPS, {"a": "1", "b": "1", "c": "2", "x": "1", "d": "1", "e": "3"})
    assert found.pairwise == Share(precision=1 / 5, recall=1 / 4)
    assert found.confusable_merged == 1
    assert found.bcubed.precision == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 / 3 + 1) / 5)
    assert found.bcubed.recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)


def test_the_figures_for_programs():
    alone = measured(GROUPS, {one: one for one in "abcdex"})
    assert rounded(alone) == {
        "pairwise": {"precision": 1.0, "recall": 0.0},
        "bcubed": {"precision": 1.0, "recall": 0.4, "f1": 0.5714},
        "confusable_merged": 0,
    }


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_every_share_is_a_share(stories):
    found = measured(GROUPS, dict(zip("abcdex", map(str, stories), strict=True)))
    for share in (*rounded(found)["pairwise"].values(), *rounded(found)["bcubed"].values()):
        assert 0 <= share <= 1


def test_a_line_that_is_no_group_is_named_with_its_place():
    with pytest.raises(ConfigError) as wrong:
        read('{"group_id": "dam"}', Group, "groups.jsonl:3")
    assert wrong.value.where == "groups.jsonl:3"


def test_a_date_that_is_none_is_no_mistake():
    assert read('{"id": "a", "title": null, "published": "yesterday"}', Told, "x:1").item().published is None
