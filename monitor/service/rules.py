"""Judging: which rules are in force, and what became of a change to them."""

import structlog

from monitor.errors import ConfigError, Mistakes, MonitorError
from monitor.events import RulesChanged, RulesRefused
from monitor.model import RuleInfo
from monitor.service import places
from monitor.service.house import House
from monitor.service.places import Checked
from monitor.service.poll import Polling
from monitor.service.tell import Telling

journal = structlog.get_logger()


class Judging:
    """Keeps the rules in force, and the log told of them.

    The folder is watched by asking for its files' times once a tick: a dozen ``stat`` calls cost less than a wake-up,
    need no library, and see what network file systems do not announce.
    """

    def __init__(self, house: House, telling: Telling, polling: Polling) -> None:
        self.house, self.telling, self.polling = house, telling, polling
        self._settled = self._seen = places.signature(house.path, house.config)

    async def remember(self) -> None:
        """Record the rules in force, if they are not those the log last heard of; every tick asks."""
        rules = self.house.rules
        if rules.digest != self.house.views.rules_digest():  # look, decide
            changed = RulesChanged(at=self.house.clock(), digest=rules.digest, sources=dict(rules.sources))
            await self.house.record([changed])  # record
            journal.info("rules in force", rules=len(rules.rules), digest=rules.digest[:12])

    async def watch(self) -> None:
        """Take up changed rule files once two looks in a row find the same: a file half written is still changing."""
        before, self._seen = self._seen, places.signature(self.house.path, self.house.config)
        if self._seen == self._settled or self._seen != before:
            return
        self._settled = self._seen
        try:
            checked = places.check_rules(self.house.path, self.house.config)
        except MonitorError as wrong:
            await self._refuse(wrong, "rules")
        else:
            await self._take(checked)

    async def reload(self) -> None:
        """Read configuration and rules again; if either is wrong, both stay as they were.

        Raises:
            MonitorError: what is wrong; the log and the operator have been told.
        """
        self._settled = self._seen = places.signature(self.house.path, self.house.config)
        try:
            checked = places.check(self.house.path)
            self._stays(checked)
        except MonitorError as wrong:
            await self._refuse(wrong, "configuration and rules")
            raise
        await self._take(checked)

    def _stays(self, checked: Checked) -> None:
        if places.data_folder(self.house.path, checked.config) != self.house.data:
            hint = "restart the service, or set [service] data back"
            raise ConfigError(
                "the data folder cannot change while the service runs", where=str(self.house.path), hint=hint
            )

    async def _take(self, checked: Checked) -> None:
        """Put in force; what cannot be recorded now is recorded by a later tick."""
        self.house.config, self.house.rules = checked.config, checked.rules
        self.polling.plan()
        await self.remember()

    async def _refuse(self, wrong: MonitorError, what: str) -> None:
        said = tuple(str(mistake) for mistake in (wrong.mistakes if isinstance(wrong, Mistakes) else [wrong]))
        journal.error(f"changed {what} refused: the old ones stay in force", mistakes=said)
        refused = RulesRefused(at=self.house.clock(), digest=self.house.rules.digest, mistakes=said)
        await self.house.record([refused])
        text = "\n\n".join(said) + "\n\nThe old ones stay in force. To see this again: monitor check"
        await self.telling.notify(f"News monitor: changed {what} refused", text, refused.id)

    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules in force."""
        return self.house.rules.rules
