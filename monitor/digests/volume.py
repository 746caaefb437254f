"""How much each topic brought, day by day, as bars that any mail client and any terminal shows. Pure."""

from collections.abc import Iterable, Sequence

from monitor.digests.letter import Volume
from monitor.digests.tidy import cut, tidy
from monitor.model import Digest, RuleId

MOST = 12  # topics
TITLE = 60  # characters
BLOCKS = "▁▂▃▄▅▆▇█"
NONE = "·"
TALLEST = 18  # pixels
LEAST = 5  # items that the tallest bar stands for, so that one item a fortnight is no tower


def of(digest: Digest, brought: Iterable[tuple[RuleId, str, Sequence[int]]]) -> tuple[Volume, ...]:
    """The topics that brought most, in the digest's order, or else most first.

    Args:
        digest: whose letter it is.
        brought: for each topic its title and how many items each day brought, the oldest day first.
    """
    listed = {rule: place for place, rule in enumerate(digest.topics)}
    most = sorted((one for one in brought if any(one[2])), key=lambda one: (-sum(one[2]), one[1].casefold(), one[0]))
    chosen = sorted(most[:MOST], key=lambda one: listed.get(one[0], 0))
    return tuple(Volume(title=cut(tidy(title), TITLE).text, days=tuple(days)) for _, title, days in chosen)


def sparkline(days: Sequence[int]) -> str:
    """One character a day, the tallest for the day that brought most: ``·▁▁▃█``."""
    return "".join(BLOCKS[step - 1] if (step := _step(day, days, len(BLOCKS))) else NONE for day in days)


def heights(days: Sequence[int]) -> list[int]:
    """Pixels of a bar a day."""
    return [max(_step(day, days, TALLEST), 1) for day in days]


def _step(day: int, days: Sequence[int], steps: int) -> int:
    """How many of so many steps the day takes; a day that brought anything takes one at least."""
    return -(-day * steps // max(*days, LEAST)) if day else 0
