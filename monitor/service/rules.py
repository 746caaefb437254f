"""Judging: which rules are in force, and what became of a change to them."""

import structlog

from monitor.errors import Mistakes, MonitorError
from monitor.events import RulesChanged, RulesRefused
from monitor.model import RuleInfo
from monitor.service import places
from monitor.service.house import House

journal = structlog.get_logger()


class Judging:
    """Keeps the rules in force, and the log told of them."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def remember(self) -> None:
        """Record the rules in force, if they are not those the log last heard of."""
        rules = self.house.rules
        if rules.digest != self.house.views.rules_digest():  # look, decide
            changed = RulesChanged(at=self.house.clock(), digest=rules.digest, sources=dict(rules.sources))
            await self.house.record([changed])  # record
            journal.info("rules in force", rules=len(rules.rules), digest=rules.digest[:12])

    async def reload(self) -> None:
        """Read configuration and rules again; if either is wrong, both stay as they were.

        Raises:
            MonitorError: what is wrong; the log has been told.
        """
        try:
            checked = places.check(self.house.path)  # look
        except MonitorError as wrong:
            said = tuple(str(mistake) for mistake in (wrong.mistakes if isinstance(wrong, Mistakes) else [wrong]))
            refused = RulesRefused(at=self.house.clock(), digest=self.house.rules.digest, mistakes=said)
            await self.house.record([refused])
            raise
        self.house.config, self.house.rules = checked.config, checked.rules
        await self.remember()

    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules in force."""
        return self.house.rules.rules
