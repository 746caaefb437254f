"""Scoring: the rules as they are on the disk, held against items that a person has labelled."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from monitor.model import RuleId
from monitor.rules import score
from monitor.rules.score import Score
from monitor.service import places


class Scores(NamedTuple):
    """Each rule's score over the items that are certain, and over all."""

    certain: dict[RuleId, Score]
    every: dict[RuleId, Score]


def scored(path: Path, lines: Iterable[str], where: str) -> Scores:
    """The rules of the configuration at ``path`` against labelled items, one JSON object a line.

    Raises:
        ConfigError: a line is no labelled item.
        Mistakes: the rules cannot be understood.
    """
    rules = places.check(path, examples=False).rules
    labelled = [score.read(line, f"{where}:{n}") for n, line in enumerate(lines, start=1) if line.strip()]
    told = [({hit.rule for hit in rules.match(one.item())}, one) for one in labelled]
    ids = [rule.id for rule in rules.rules]
    return Scores(score.scores((t for t in told if not t[1].uncertain), ids), score.scores(told, ids))
