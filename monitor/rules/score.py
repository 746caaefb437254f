"""How good the rules are, held against items that a person has labelled. Pure."""

from collections.abc import Iterable
from math import sqrt

import msgspec
from msgspec import Struct

from monitor.errors import ConfigError
from monitor.model import Item, RuleId, Utc

Z = 1.96  # standard deviations on either side of a 95 % interval


class Labelled(Struct, frozen=True, kw_only=True):
    """A labelled item: one line of JSON; what is not known of it is left out or null."""

    title: str
    summary: str | None = None
    published: str | None = None
    source: str | None = None
    lang: str | None = None
    link: str | None = None
    labels: tuple[str, ...] = ()  # rule ids, with - or _; others say what else the item is about
    uncertain: bool = False

    def item(self) -> Item:
        """The item as a feed would have shown it."""
        try:
            published = msgspec.convert(self.published, Utc) if self.published else None
        except msgspec.ValidationError:
            published = None
        return Item(
            id="",
            feed="",
            url=self.link or "",
            title=self.title,
            summary=self.summary or "",
            lang=self.lang or "",
            published=published,
        )


class Score(Struct, frozen=True, kw_only=True):
    """A topic's counts and what they come to; 1 where nothing was to be found or nothing was caught."""

    tp: int  # caught and labelled
    fp: int  # caught and not labelled
    fn: int  # labelled and not caught

    @property
    def precision(self) -> float:
        """Of what was caught, the share that was right."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        """Of what was to be caught, the share that was."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def precise(self) -> tuple[float, float]:
        """The 95 % interval of the precision."""
        return interval(self.tp, self.tp + self.fp)

    @property
    def recalled(self) -> tuple[float, float]:
        """The 95 % interval of the recall."""
        return interval(self.tp, self.tp + self.fn)

    def told(self) -> dict[str, float]:
        """The figures, for programs."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
        }


def read(line: str, where: str) -> Labelled:
    """One line of a file of labelled items; keys that are not known are passed over.

    Raises:
        ConfigError: the line is not such an item.
    """
    try:
        return msgspec.json.decode(line, type=Labelled)
    except (msgspec.DecodeError, msgspec.ValidationError) as wrong:
        hint = 'one JSON object a line: {"title": "...", "summary": "...", "labels": ["imf-tranche"]}'
        raise ConfigError(f"this is no labelled item: {wrong}", where=where, hint=hint) from None


def scores(told: Iterable[tuple[set[RuleId], Labelled]], rules: Iterable[RuleId]) -> dict[RuleId, Score]:
    """Each rule's score over items with the rules that caught them."""
    counts = {rule: [0, 0, 0] for rule in rules}
    for caught, labelled in told:
        meant = {label.replace("_", "-") for label in labelled.labels}
        for rule, count in counts.items():
            if rule in caught or rule in meant:
                count[0 if rule in caught and rule in meant else 1 if rule in caught else 2] += 1
    return {rule: Score(tp=tp, fp=fp, fn=fn) for rule, (tp, fp, fn) in counts.items()}


def interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a share; 0 to 1 if there is nothing to go by.

    Source: Wilson (1927), Journal of the American Statistical Association 22.
    """
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / of + spread / of / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
