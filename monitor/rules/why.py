"""Why an item was not told: the sentence that a reader who missed it wants to hear. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from monitor.model import FeedStanding, Finding, MatchedItem, Verdict

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


def untold(found: MatchedItem, *, baseline: bool, told_in: Sequence[str], digests: Sequence[str]) -> tuple[str, ...]:
    """What became of an item that was seen.

    Args:
        found: the item and what caught it.
        baseline: it was old at first contact with its feed.
        told_in: the editions that told it.
        digests: the digests that it waits for.
    """
    said = [f"first seen {found.seen:%Y-%m-%d %H:%M} UTC in {found.item.feed}"]
    published: datetime | None = found.item.published
    if published is not None and found.seen - published > LATE:
        hours = (found.seen - published) / timedelta(hours=1)
        said.append(f"seen late: {hours:.0f} hours after it was published")
    if baseline:
        said.append("it was older than the backlog when its feed was first read: remembered, not told")
    if told_in:
        said += [f"told in {edition}" for edition in told_in]
    elif found.hits and digests:
        said.append(f"it waits for the next {', '.join(digests)}")
    elif found.hits:
        said.append("caught, and no digest takes it: see topics and priority in config.toml, digests in the rule")
    else:
        said.append("no rule caught it")
    return tuple(said)


def _site(host: str) -> str:
    return ".".join(host.lower().removeprefix("www.").split(".")[-2:])
