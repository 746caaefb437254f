"""The shared groups, gathered: floors well below what is measured, so that a slip is noticed and chance is not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.service.stories import scored

DATA = Path(__file__).parents[3] / "shared" / "data"
GROUPS, ITEMS = DATA / "labelled" / "groups.jsonl", DATA / "items" / "items.jsonl.zst"
pytestmark = [pytest.mark.data, pytest.mark.skipif(not GROUPS.exists(), reason="the shared data set is not here")]


def stream() -> Iterator[str]:
    with subprocess.Popen(["zstd", "-dcq", "--long=27", ITEMS], stdout=subprocess.PIPE, text=True) as shown:
        yield from shown.stdout or ()


@pytest.mark.parametrize("items", [list, stream], ids=["the groups alone", "among everything else"])
def test_groups_are_stories_and_look_alikes_are_not(items):
    found = scored(GROUPS.read_text(encoding="utf-8").splitlines(), items(), ("groups", "items"))
    assert found["pairwise"]["precision"] >= 0.95
    assert found["pairwise"]["recall"] >= 0.85
    assert found["bcubed"]["f1"] >= 0.93
    assert found["confusable_merged"] <= 4
