"""Why an item was not told: the sentence that a reader who missed it wants to hear. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from monitor.model import FeedStanding, Finding, MatchedItem, Silence, Verdict, Withheld

LATE = timedelta(hours=2)  # between publication and first sight


def decided_by(verdict: Verdict) -> tuple[str, Finding]:
    """What kept a rule from catching an item: how it stands in the query, and the clause."""
    if verdict.exclude is not None and verdict.query.held and verdict.exclude.held:
        return "excluded by", _held(verdict.exclude)
    return "no", _failed(verdict.query)


def _failed(finding: Finding) -> Finding:
    """The clause that was missing: of an AND the first part that fails, of an OR what fails in the nearest part.

    What has a measure of its own (NEAR, atleast, anyof) is the clause; so is what had nothing of it found.
    """
    failed = [part for part in finding.parts if not part.held]
    if finding.limit is not None or not failed:
        return finding
    if len(finding.parts) == 1 or any(part.held for part in finding.parts):
        return _failed(failed[0])
    nearest = max(failed, key=_found)  # an OR, or an AND of which nothing holds
    return _failed(nearest) if _found(nearest) else finding


def _found(finding: Finding) -> int:
    """How many parts hold, at any depth."""
    return sum(part.held + _found(part) for part in finding.parts)


def _held(finding: Finding) -> Finding:
    """The first part that holds."""
    held = [part for part in finding.parts if part.held]
    return _held(held[0]) if held else finding


def sentence(verdict: Verdict) -> str:
    """A verdict in one line: caught, or the clause that decided, with its measure."""
    if verdict.note:
        return verdict.note
    if verdict.held:
        return "caught"
    how, finding = decided_by(verdict)
    measure = ""
    if finding.limit is not None:
        measure = f" ({finding.distance if finding.distance is not None else 'none'}, limit {finding.limit})"
    return f"{how} {finding.clause}{measure}{': ' + finding.note if finding.note else ''}"


def unseen(url: str, standings: Sequence[FeedStanding], hosts: dict[str, str]) -> tuple[str, ...]:
    """Why an address may be in no feed.

    Args:
        url: the address that was asked for.
        standings: how the feeds fare.
        hosts: each feed's host.
    """
    host = _site(urlsplit(url).hostname or "")
    of_site = [s for s in standings if host and _site(hosts.get(s.feed, "")) == host]
    said = [f"no feed has shown this address; {len(standings)} feeds are read"]
    if host and not of_site:
        said.append(f"none of them is of {host}")
    for standing in of_site:
        if standing.trouble:
            since = f"{standing.down_since:%Y-%m-%d %H:%M} UTC"
            said.append(f"{standing.feed} is in trouble since {since}: {standing.trouble}")
        elif standing.last_good is None:
            said.append(f"{standing.feed} has not been heard yet")
        else:
            said.append(f"{standing.feed} was last heard {standing.last_good:%Y-%m-%d %H:%M} UTC and did not hold it")
    return tuple(said)


class Account(NamedTuple):
    """What an edition made of an item that it accounted for."""

    edition: str
    withheld: Withheld | None = None
    silence: Silence | None = None  # the one that withheld it, if one did
    lead: str = ""  # the headline that stood for it, if it was told as one copy of a story


def untold(
    found: MatchedItem,
    *,
    baseline: bool,
    accounts: Sequence[Account],
    digests: Sequence[str],
    silence: Silence | None = None,
) -> tuple[str, ...]:
    """What became of an item that was seen.

    Args:
        found: the item and what caught it.
        baseline: it was old at first contact with its feed.
        accounts: what editions made of it.
        digests: the digests that it waits for.
        silence: the one that would withhold it now.
    """
    said = [f"first seen {found.seen:%Y-%m-%d %H:%M} UTC in {found.item.feed}"]
    published: datetime | None = found.item.published
    if published is not None and found.seen - published > LATE:
        hours = (found.seen - published) / timedelta(hours=1)
        said.append(f"seen late: {hours:.0f} hours after it was published")
    if baseline:
        said.append("it was older than the backlog when its feed was first read: remembered, not told")
    said += [became(account) for account in accounts]
    if found.hits and digests:
        said.append(f"it waits for the next {', '.join(digests)}")
        said += [f"as things stand it will be {suppressed(silence)}"] if silence else []
    elif found.hits and not accounts:
        said.append("caught, and no digest takes it: see topics and priority in config.toml, digests in the rule")
    elif not found.hits:
        said.append("no rule caught it")
    return tuple(said)


def became(account: Account) -> str:
    """What an edition made of an item, in a line."""
    edition, withheld = account.edition, account.withheld
    if withheld is None:
        return f"folded into a story told in {edition}: {account.lead}" if account.lead else f"told in {edition}"
    match withheld.why:
        case "silence":
            by = suppressed(account.silence) if account.silence else f"suppressed by silence {withheld.by}"
            return f"not told in {edition}: {by}"
        case "alerted":
            return f"not told in {edition}: already sent as alert {withheld.by}"
        case "repeat":
            return f"not told in {edition}: its story had been told in {withheld.by}"
        case "cap":
            return f"not told in {edition}: there was no room, it counts among those that are more"


def suppressed(silence: Silence) -> str:
    """By which silence, whose, till when, and why."""
    about = f"silence {silence.id} ({silence.scope} {silence.target}) of {silence.who}"
    return f"suppressed by {about} until {silence.until:%Y-%m-%d %H:%M} UTC: {silence.comment}"


def _site(host: str) -> str:
    return ".".join(host.lower().removeprefix("www.").split(".")[-2:])
