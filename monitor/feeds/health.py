"""How feeds fare: what to do about a trouble, what the operator is due to be told, the past at a glance. Pure.

Whether a notice is due is a function of what is recorded and of ``now``. Four things are told: that a feed is *down*,
that it is *well* again (only if it was told down), that it is *gone* for good, that it is *silent*. What happens to
many at once is told once: no state is told of twice within ``APART``, and what comes meanwhile is told together; and
while many feeds are on their way to being down, the notice waits for them, at most ``GATHER``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias, get_args

from monitor.events import Event, FeedFailed, FeedRecovered, FeedsNoticed
from monitor.model import Feed, FeedId, FeedToTell

MANY_FAILURES = 3  # in a row: one is a hiccup, two a restart of the server; the third came after waits that had grown
DOWN_FOR = timedelta(hours=1)  # three polls of an eager feed are over in minutes, and most outages end within an hour
APART = timedelta(hours=1)  # between two notices of one kind
GATHER = timedelta(minutes=30)  # at most, for feeds that failed with the first: a network that is down stops all
QUIET = timedelta(hours=24)  # in which a feed that was told down or well is not told down again: some servers flap
FEW = 5  # feeds on their way to being down that no notice waits for: among thousands some always are
MOST_NAMED = 20  # in a notice

State: TypeAlias = Literal["down", "well", "gone", "silent"]
Stretch: TypeAlias = tuple[datetime, datetime]
STATES: tuple[State, ...] = get_args(State)

GOOD, FAILED, SILENT, UNKNOWN = "#", "x", "-", "."  # of a strip
LEGEND = f"{GOOD} good  {FAILED} failed  {SILENT} silent  {UNKNOWN} not watched"


# -- advice ----------------------------------------------------------------------------------------------------------

MOVED = "the feed may have moved: look for its new address on the site, or let `monitor feeds add SITE` look"
REFUSED = "the server refuses us: open the feed in a browser; if it is there, try another [service] user_agent"
LATER = "the server is in trouble; it is asked again by itself"
PAGE = "it may be a page that checks browsers, or the feed has moved: open it in a browser"
BROKEN = "the feed is broken: tell whoever makes it; it is asked again by itself"

ADVICE = {  # for each code of a trouble, what its reader can do
    "address": "the address is not on the public net: if it is meant, name the host in [service] allow_hosts",
    "connect": "the server is down or shuts us out; if it stays so, look whether the site has moved",
    "dns": "the name is not known: look for a slip in the url, or the site is gone; or our own name service is down",
    "empty": "the server sends an empty document; it is asked again by itself",
    "encoding": BROKEN,
    "entity": "the document defines entities, as attacks do and feeds need not: it is not read",
    "error_page": PAGE,
    "http_304": LATER,
    "http_400": MOVED,
    "http_401": "it wants a password: url = 'https://${NAME}:${PASSWORD}@...', the values in the secrets file",
    "http_402": "it wants to be paid: look for another feed of the outlet",
    "http_403": REFUSED,
    "http_404": MOVED,
    "http_405": REFUSED,
    "http_406": REFUSED,
    "http_410": "the server says that the feed is gone for good: remove it, or let `monitor feeds add SITE` look",
    "http_429": "it is asked too often: raise the feed's interval, or [service] spacing if its host has several feeds",
    "http_451": "withheld for legal reasons where we are; from another country it may be there",
    "malformed": "its document is cut off or ill-formed; whoever makes it may not know. It is asked again by itself",
    "not_a_feed": PAGE,
    "parse_budget": "its document takes more time or memory than any honest one; tell whoever makes it",
    "parser": "its document broke the parser; the rest goes on. Please report it with the feed's address",
    "port": "only usual ports are asked: if it is meant, name the host in [service] allow_hosts",
    "protocol": "the server does not speak proper HTTP; it is asked again by itself",
    "redirects": "it sends us round in circles or into nowhere: open it in a browser and take the last address",
    "scheme": "only http and https are asked: mend the url, or where it redirects to",
    "size": "it is longer than any feed should be: look for a shorter one of the outlet",
    "timeout": "the server is slow or unreachable; if it stays so, raise [service] timeout",
    "tls": "its certificate is wrong or has run out: open it in a browser; is our own clock right?",
    "truncated": "the connection breaks off half-way; it is asked again by itself",
}


def advice(code: str) -> str:
    """What the reader of a trouble can do about it: a plain sentence."""
    if code in ADVICE:
        return ADVICE[code]
    return LATER if code.startswith("http_5") else "it is asked again by itself; open it in a browser to see more"


# -- notices ---------------------------------------------------------------------------------------------------------


def due(
    feeds: Sequence[FeedToTell], *, on_their_way: int, last: Mapping[str, datetime], now: datetime
) -> list[FeedsNoticed]:
    """What the operator is to be told now, one event for each state.

    Args:
        feeds: those of which something may have to be told.
        on_their_way: how many feeds have begun to fail within the last ``DOWN_FOR`` and were not told of.
        last: when each state was last told of any feed.
        now: the instant.
    """
    found = []
    for state in STATES:
        of = [one for one in feeds if _is_due(one, state, now)]
        lately = last.get(state)
        held = lately is not None and lately <= now < lately + APART
        if state == "down" and of and on_their_way > max(FEW, len(of) // 100):
            first = min(one.down_since for one in of if one.down_since)
            held |= now < first + DOWN_FOR + GATHER
        if of and not held:
            found.append(FeedsNoticed(at=now, state=state, feeds=tuple(one.feed for one in of)))
    return found


def _is_due(one: FeedToTell, state: State, now: datetime) -> bool:
    match state:
        case "down":
            if one.gone_at or one.down_since is None or one.failures < MANY_FAILURES:
                return False
            told = one.told_at is not None and one.told == "down" and one.told_at >= one.down_since
            flaps = (
                one.told in ("down", "well") and one.told_at is not None and one.told_at <= now < one.told_at + QUIET
            )
            return now >= one.down_since + DOWN_FOR and not told and not flaps
        case "well":
            return one.told == "down" and not one.failures
        case "gone":
            return _untold(one.gone_at, one.told_at)
        case "silent":
            return _untold(one.silent_at, one.told_at) and not one.failures and not one.gone_at


def _untold(since: datetime | None, told_at: datetime | None) -> bool:
    return since is not None and (told_at is None or told_at < since)


def letter(
    notices: Sequence[FeedsNoticed], told: Mapping[FeedId, FeedToTell], feeds: Mapping[FeedId, Feed]
) -> tuple[str, str]:
    """Subject and text of the one notice that tells of these, in plain sentences; the first twenty of each named."""
    subject = ", ".join(_headline(notice.state, len(notice.feeds)) for notice in notices)
    if len(notices) == 1 and len(notices[0].feeds) == 1:
        title = feeds[notices[0].feeds[0]].title
        subject = f"{title} {VERBS[notices[0].state][0]}"
    paragraphs = []
    for notice in notices:
        paragraphs.append(_headline(notice.state, len(notice.feeds)).capitalize() + ".")
        paragraphs += [_said(notice.state, told[one], feeds[one]) for one in notice.feeds[:MOST_NAMED]]
        if more := len(notice.feeds) - MOST_NAMED:
            paragraphs += [f"... and {more} more: monitor feeds list --trouble"] if more > 0 else []
    return f"News monitor: {subject}", "\n\n".join(paragraphs)


VERBS: dict[State, tuple[str, str]] = {
    "down": ("is down", "are down"),
    "well": ("is well again", "are well again"),
    "gone": ("is gone", "are gone"),
    "silent": ("went silent", "went silent"),
}


def _headline(state: State, count: int) -> str:
    return f"{count} feed{'s' if count > 1 else ''} {VERBS[state][count > 1]}"


def _said(state: State, one: FeedToTell, feed: Feed) -> str:
    name, show = f"{feed.title} ({feed.id})", f"monitor feeds show {feed.id}"
    match state:
        case "down":
            what = one.trouble.text if one.trouble else "it was not understood"
            hint = advice(one.trouble.code if one.trouble else "")
            again = f" It is asked again {clock(one.retry_at)}." if one.retry_at else ""
            return (
                f"{name}: {what}. It has failed {one.failures} times in a row since {clock(one.down_since)}.{again}\n"
                f"  What to do: {hint}.\n  More: {show}"
            )
        case "well":
            return f"{name} is understood again. What it has shown since is judged as always."
        case "gone":
            return (
                f"{name}: its server says that it is gone for good. It is not asked again.\n"
                f"  What to do: remove it from config.toml, or give it another url (`monitor feeds add SITE` looks).\n"
                f"  More: {show}"
            )
        case "silent":
            return (
                f"{name} answers, and has brought nothing new since {clock(one.silent_since)}; by its own habit it "
                f"should have.\n  What to do: look at the site: the feed may have moved or stopped.\n  More: {show}"
            )


def clock(at: datetime | None) -> str:
    """An instant as a notice says it."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "an unknown time"


# -- the past --------------------------------------------------------------------------------------------------------


def outages(events: Iterable[Event], now: datetime) -> list[Stretch]:
    """The stretches in which a feed failed, from the events of its stream; one that lasts ends ``now``."""
    found: list[Stretch] = []
    began: datetime | None = None
    for event in events:
        match event:
            case FeedFailed(at=at):
                began = began or at
            case FeedRecovered(at=at):
                if began and at > began:
                    found.append((began, at))
                began = None
    return [*found, (began, now)] if began and began < now else found


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches in order and apart."""
    found: list[Stretch] = []
    for begin, end in sorted(stretches):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def strip(
    *,
    until: datetime,
    period: timedelta,
    periods: int,
    heard: datetime | None,
    failed: Sequence[Stretch],
    silent: Sequence[Stretch],
    unwatched: Sequence[Stretch],
) -> str:
    """A feed's past in one character a period, oldest first.

    A period is failed if the feed failed in any of it; not watched, if it or the service was not there for all of it.
    """
    shown = []
    for number in range(periods, 0, -1):
        begin, end = until - number * period, until - (number - 1) * period
        if _touches(failed, begin, end):
            shown.append(FAILED)
        elif heard is None or end <= heard or any(a <= begin and end <= b for a, b in unwatched):
            shown.append(UNKNOWN)
        else:
            shown.append(SILENT if _touches(silent, begin, end) else GOOD)
    return "".join(shown)


def _touches(stretches: Sequence[Stretch], begin: datetime, end: datetime) -> bool:
    return any(a < end and begin < b for a, b in stretches)
