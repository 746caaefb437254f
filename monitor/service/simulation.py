"""What today's digests, or those of another configuration, would have sent of what the log holds."""

from datetime import datetime
from pathlib import Path

import msgspec

from monitor.digests.simulate import Simulation as Simulation
from monitor.digests.simulate import simulate
from monitor.errors import NotFound, did_you_mean
from monitor.model import Digest
from monitor.service import places
from monitor.service.house import House


def simulated(house: House, name: str, since: datetime, config: Path | None) -> list[Simulation]:
    """What each digest would have sent since then.

    Args:
        house: whose log and views are asked.
        name: only this digest; empty: all.
        since: when the play begins.
        config: a configuration whose digests are played instead of those in force.

    Raises:
        NotFound: there is no digest of that name.
        MonitorError: whatever is wrong with ``config``.
    """
    digests = (places.read_config(config, asking=True) if config else house.config).digests
    if name and name not in {digest.name for digest in digests}:
        raise NotFound(f"there is no digest {name!r}", hint=did_you_mean(name, [digest.name for digest in digests]))
    return [_played(house, digest, since) for digest in digests if name in ("", digest.name)]


def _played(house: House, digest: Digest, since: datetime) -> Simulation:
    matches = house.views.matches(digest, since)
    stories = {one.item.id: one.story for one in house.views.some_items(list({match.item for match in matches}))}
    told = [msgspec.structs.replace(match, story=stories.get(match.item) or match.item) for match in matches]
    return simulate(digest, told, since, house.clock())
