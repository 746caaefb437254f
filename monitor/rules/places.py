"""Sets of places, each an integer: bit n stands for the n-th word of a text. Pure.

A word that is found 30,000 times is one integer of 4 KB, and what takes a loop over places in other engines is one
operation here, whatever a text repeats. *Spans* are sets of first words by their length in words: ``{2: 0b101}`` are
the words 0 and 1, and the words 2 and 3.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

Spans: TypeAlias = dict[int, int]

FEW = 64  # places that are set one by one; more of them are written into bytes, or each would copy all


def of(numbers: Sequence[int]) -> int:
    """The set of these places."""
    if len(numbers) < FEW:
        found = 0
        for number in numbers:
            found |= 1 << number
        return found
    marks = bytearray(max(numbers) // 8 + 1)
    for number in numbers:
        marks[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(marks, "little")


def numbers(places: int) -> Iterator[int]:
    """The places of a set, in order."""
    if places.bit_count() < FEW:
        while places:
            lowest = places & -places
            yield lowest.bit_length() - 1
            places ^= lowest
        return
    for at, byte in enumerate(places.to_bytes(places.bit_length() // 8 + 1, "little")):
        if byte:
            yield from (at * 8 + bit for bit in range(8) if byte >> bit & 1)


def down(places: int, far: int, walls: int = 0) -> int:
    """Every place from which a place of the set is at most ``far`` further on, without a step onto a wall."""
    if not walls:
        reached, done = places, 0
        while done < far:
            step = min(done + 1, far - done)
            reached |= reached >> step
            done += step
        return reached
    return _stepwise(places, far, ~walls, lambda bits, step: bits >> step)


def up(places: int, far: int, walls: int = 0) -> int:
    """Every place from which a place of the set is at most ``far`` back, without a step onto a wall."""
    if not walls:
        reached, done = places, 0
        while done < far:
            step = min(done + 1, far - done)
            reached |= reached << step
            done += step
        return reached
    return _stepwise(places, far, ~walls, lambda bits, step: bits << step)


def _stepwise(places: int, far: int, free: int, shifted: Callable[[int, int], int]) -> int:
    """Steps in one direction onto free places; each round goes as far again as all before it."""
    runs = [free]  # the n-th: places that a walk of 2**n steps may end on
    reached, done = places, 0
    while done < far:
        step = min(done + 1, far - done)
        power = step.bit_length() - 1
        while len(runs) <= power:
            runs.append(runs[-1] & shifted(runs[-1], 1 << (len(runs) - 1)))
        rest = step - (1 << power)
        run = runs[power] & shifted(runs[power], rest) if rest else runs[power]
        reached |= shifted(reached, step) & run
        done += step
    return reached


# -- spans -------------------------------------------------------------------------------------------------------------


def firsts(spans: Spans) -> int:
    """The first words of all spans."""
    found = 0
    for starts in spans.values():
        found |= starts
    return found


def lasts(spans: Spans) -> int:
    """The last words of all spans."""
    found = 0
    for length, starts in spans.items():
        found |= starts << (length - 1)
    return found


def covered(spans: Spans) -> int:
    """All words of all spans."""
    found = 0
    for length, starts in spans.items():
        found |= up(starts, length - 1)
    return found


def joined(many: Iterable[Spans]) -> Spans:
    """The spans of all of these."""
    found: Spans = {}
    for spans in many:
        for length, starts in spans.items():
            found[length] = found.get(length, 0) | starts
    return found


def common(some: Spans, others: Spans) -> Spans:
    """The spans that are in both."""
    both = {length: starts & others.get(length, 0) for length, starts in some.items()}
    return {length: starts for length, starts in both.items() if starts}


def apart(spans: Spans) -> Iterator[tuple[int, int]]:
    """Runs of words, from the first up to the second: spans that share a word are one run."""
    words = covered(spans)
    glued = covered({length - 1: starts for length, starts in spans.items() if length > 1})  # with the word behind
    return zip(numbers(words & ~(glued << 1)), (last + 1 for last in numbers(words & ~glued)), strict=True)


def separate(spans: Spans) -> Iterator[tuple[int, int]]:
    """As many spans as there can be without a word in common: always the one that ends first."""
    least = _least(spans)
    ends = sorted((start + length, start) for length, starts in least.items() for start in numbers(starts))
    past = 0
    for end, start in ends:
        if start >= past:
            yield start, end
            past = end


def _least(spans: Spans) -> Spans:
    """The spans that hold no other span: no word is the end of two of them."""
    if len(spans) < 2:
        return spans
    found: Spans = {}
    holding = 0  # where so many words hold a span
    for length in range(1, max(spans) + 1):
        holding |= holding >> 1
        if starts := spans.get(length, 0) & ~holding:
            found[length] = starts
            holding |= starts
    return found
