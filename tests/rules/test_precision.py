"""What marks say of rules and of their terms."""

from collections import Counter

import pytest

from monitor.rules.precision import Precision, note, table, verdict


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ([], None),
        (["noise"], "noise"),
        (["relevant", "noise"], None),
        (["relevant", "noise", "relevant"], "relevant"),
        (["relevant", "noise", "noise", "noise"], "noise"),
    ],
)
def test_an_item_is_what_most_of_those_who_marked_it_say(marks, said):
    assert verdict(marks) == said


def test_a_term_is_as_precise_as_the_items_that_hold_it():
    tally = Counter()
    note(tally, "imf", ["tranche", "loan"], "relevant")
    note(tally, "imf", ["loan"], "noise")
    note(tally, "imf", ["loan"], "noise")
    note(tally, "imf", ["grant"], None)
    assert table(tally) == [
        Precision("imf", "", 4, 1, 2),
        Precision("imf", "loan", 3, 1, 2),
        Precision("imf", "tranche", 1, 1, 0),
        Precision("imf", "grant", 1, 0, 0),
    ]
    assert [one.precision for one in table(tally)] == [1 / 3, 1 / 3, 1.0, None]
