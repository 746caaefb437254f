"""When a feed that answers well is silent for too long, measured by its own habit. Pure.

*Arrivals* are the instants at which a feed brought something new: a poll that brought five items is one arrival, so a
burst counts once. Time in which the feed was not watched (the service was down, the feed failed) counts neither for
its habit nor against it, and a silence lasts only as far as the feed's last good answer.

The habit is learned from at most eight weeks before the silence began, so that nothing in the silence changes it:

- a rate for each of the 168 hours of a week, smoothed over the two hours before and behind (which also covers a change
  to summer time), so that nights and weekends off are no silence;
- lowered, never raised, to what the last two weeks brought of it: a feed that has slowed down is not held to its past;
- the dispersion of its days: how much more its daily counts vary about the habit than dice would have them. News comes
  in waves; an index of 4 says that four arrivals tell no more than one would of a feed that keeps time;
- the longest silence there was.

``expected`` is the integral of the rate over the silent hours. For a Poisson process of that rate the chance of no
arrival would be exp(-expected). The rate is an estimate of n arrivals, which makes it (1 + expected / n) ** -n, and
with dispersion D there are n / D of them that count: chance = (1 + expected / n) ** (-n / D).

There is an alarm when the chance is below 1 in 10,000 and the silence more than half as long again as the longest
there was; without two weeks and 20 arrivals of history there is none. All of it is a function of the arrivals and the
unwatched stretches: ``replay`` gives the alarms that the past would have raised.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from monitor.events import FeedWentSilent
from monitor.model import FeedId

WINDOW = timedelta(weeks=8)  # of history that a habit is learned from
LEAST_HISTORY = timedelta(days=14)
LEAST_ARRIVALS = 20
RECENT = timedelta(days=14)  # in which a feed may have slowed down
LEAST_CHANCE = 1e-4
LONGER = 1.5  # times the longest silence there was
AROUND = (1, 2, 3, 2, 1)  # what the hours before and behind count for in an hour's rate
HOUR, DAY = 3600.0, 86_400.0  # seconds
WEEK = 168  # hours

Stretch: TypeAlias = tuple[datetime, datetime]


class Habit(Struct, frozen=True, kw_only=True):
    """When a feed brings something new."""

    rates: tuple[float, ...]  # arrivals an hour, for each hour of the week; the first is Thursday's (1970 began on one)
    arrivals: int  # that it was learned from
    dispersion: float  # of the daily counts; 1 is that of dice
    longest: float  # seconds of the longest silence

    def expected(self, stretches: Sequence[tuple[float, float]]) -> float:
        """How many arrivals the habit promises for these stretches."""
        return sum(self.rates[hour % WEEK] * part for hour, part in _hours(stretches))

    def chance(self, expected: float) -> float:
        """The chance that none of as many as were expected came."""
        return float((1 + expected / self.arrivals) ** (-self.arrivals / self.dispersion))


def judge(
    feed: FeedId, arrivals: Sequence[datetime], unwatched: Sequence[Stretch], now: datetime
) -> FeedWentSilent | None:
    """The alarm, if the silence since the last arrival is longer than the feed's habit allows.

    Args:
        feed: whose silence it is.
        arrivals: when it brought something new, over the last eight weeks or more, in order.
        unwatched: stretches in which it was not watched, in order and apart.
        now: until when it is known to be silent: its last good answer.
    """
    times, spans = [at.timestamp() for at in arrivals], _seconds(unwatched)
    if len(times) <= LEAST_ARRIVALS or now <= arrivals[-1]:
        return None
    learned = habit(times, spans)
    return _judged(feed, learned, times[-1], spans, now.timestamp()) if learned else None


def replay(
    feed: FeedId, arrivals: Sequence[datetime], unwatched: Sequence[Stretch], now: datetime
) -> Iterator[FeedWentSilent]:
    """The alarms that the past would have raised, each at the first full hour of its silence at which it was due."""
    times, spans = [at.timestamp() for at in arrivals], _seconds(unwatched)
    lengths = [_length(_watched(begin, end, spans)) for begin, end in pairwise(times)]
    lengths.append(_length(_watched(times[-1], now.timestamp(), spans)) if times else 0.0)
    for place in range(LEAST_ARRIVALS, len(times)):
        begin = times[place]
        if lengths[place] <= LONGER * max(lengths[place - LEAST_ARRIVALS + 1 : place]):
            continue  # as ``_judged`` would say, at less cost
        first = max(0, bisect_left(times, begin - WINDOW.total_seconds()) - 1)
        learned = habit(times[first : place + 1], spans)
        end = times[place + 1] if place + 1 < len(times) else now.timestamp()
        if learned and (alarm := _judged(feed, learned, begin, spans, end)):
            hours = [begin + hour * HOUR for hour in range(1, int((end - begin) / HOUR) + 1)]
            due = bisect_left(hours, True, key=lambda at: _judged(feed, learned, begin, spans, at) is not None)
            yield (_judged(feed, learned, begin, spans, hours[due]) if due < len(hours) else None) or alarm


def awaited(arrivals: Sequence[datetime], unwatched: Sequence[Stretch]) -> datetime | None:
    """When the habit promises the next arrival: the hour in which one is expected since the last. None without one."""
    times = [at.timestamp() for at in arrivals]
    learned = habit(times, _seconds(unwatched)) if len(times) > LEAST_ARRIVALS else None
    if learned is None:
        return None
    promised = 0.0
    for hour, part in _hours([(times[-1], times[-1] + WINDOW.total_seconds())]):
        promised += learned.rates[hour % WEEK] * part
        if promised >= 1:
            return datetime.fromtimestamp(max(times[-1], hour * HOUR), UTC)
    return None


def _judged(
    feed: FeedId, learned: Habit, since: float, unwatched: Sequence[tuple[float, float]], now: float
) -> FeedWentSilent | None:
    silence = _watched(since, now, unwatched)
    expected = learned.expected(silence)
    chance = learned.chance(expected)
    if chance >= LEAST_CHANCE or _length(silence) <= LONGER * learned.longest:
        return None
    begin, at = datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(now, UTC)
    return FeedWentSilent(at=at, feed=feed, since=begin, expected=round(expected, 2), chance=float(f"{chance:.2g}"))


def habit(arrivals: Sequence[float], unwatched: Sequence[tuple[float, float]]) -> Habit | None:
    """What the arrivals (seconds since 1970, in order) teach of the eight weeks that end with the last of them.

    None if there is too little to learn from. The first arrival of all begins the watch and counts for nothing.
    """
    end = arrivals[-1]
    begin = max(arrivals[0], end - WINDOW.total_seconds())
    times = sorted(set(arrivals[bisect_right(arrivals, begin) :]))
    watched = _watched(begin, end, unwatched)
    if len(times) < LEAST_ARRIVALS or _length(watched) < LEAST_HISTORY.total_seconds():
        return None
    hours = list(_hours(watched))
    rates = _rates(times, hours)
    recent = end - RECENT.total_seconds()
    promised = sum(rates[hour % WEEK] * part for hour, part in hours if hour * HOUR >= recent)
    came = len(times) - bisect_left(times, recent)
    slowed = min(1.0, (came + 1) / (promised + 1))
    return Habit(
        rates=tuple(rate * slowed for rate in rates),
        arrivals=len(times),
        dispersion=_dispersion(times, hours, rates),
        longest=max(_length(_watched(one, other, unwatched)) for one, other in pairwise([begin, *times])),
    )


def _rates(times: Sequence[float], hours: Sequence[tuple[int, float]]) -> list[float]:
    """Arrivals for each watched hour, smoothed, around the week."""
    counts, watched = [0.0] * WEEK, [0.0] * WEEK
    for time in times:
        counts[int(time // HOUR) % WEEK] += 1
    for hour, part in hours:
        watched[hour % WEEK] += part
    rates = []
    for cell in range(WEEK):
        cells = [(cell + offset - len(AROUND) // 2) % WEEK for offset in range(len(AROUND))]
        of = sum(weight * watched[near] for weight, near in zip(AROUND, cells, strict=True))
        came = sum(weight * counts[near] for weight, near in zip(AROUND, cells, strict=True))
        rates.append(came / of if of else 0.0)
    return rates


def _dispersion(times: Sequence[float], hours: Sequence[tuple[int, float]], rates: Sequence[float]) -> float:
    """Pearson's index of the daily counts about the habit; seven days' worth of it was learned from themselves."""
    came: dict[int, float] = {}
    for hour, part in hours:
        came[hour // 24] = came.get(hour // 24, 0.0) - rates[hour % WEEK] * part
    promised = sum(rates[hour % WEEK] * part for hour, part in hours)
    for time in times:
        day = int(time // DAY)
        came[day] = came.get(day, 0.0) + 1
    days = len(came)
    index = sum(off * off for off in came.values()) / promised
    return max(1.0, index * days / (days - 7))


# -- stretches of time -----------------------------------------------------------------------------------------------


def _seconds(stretches: Sequence[Stretch]) -> list[tuple[float, float]]:
    return [(begin.timestamp(), end.timestamp()) for begin, end in stretches]


def _watched(begin: float, end: float, unwatched: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """What is left of ``begin`` to ``end``."""
    left = []
    for start, stop in unwatched:
        if start >= end:
            break
        if stop > begin:
            if start > begin:
                left.append((begin, start))
            begin = max(begin, stop)
    return [*left, (begin, end)] if begin < end else left


def _length(stretches: Sequence[tuple[float, float]]) -> float:
    return sum(end - begin for begin, end in stretches)


def _hours(stretches: Sequence[tuple[float, float]]) -> Iterator[tuple[int, float]]:
    """The hours (counted since 1970) that the stretches touch, and how much of each they cover."""
    for begin, end in stretches:
        for hour in range(int(begin // HOUR), -int(-end // HOUR)):
            yield hour, (min(end, (hour + 1) * HOUR) - max(begin, hour * HOUR)) / HOUR
