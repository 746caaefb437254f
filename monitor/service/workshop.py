"""The workshop around the rules: try them on history, compare versions, explain verdicts, wake the past."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import structs

from monitor.digests import silence
from monitor.errors import NotFound
from monitor.events import ItemMatched
from monitor.model import Feed, FeedId, Hit, ItemId, MatchedItem, RuleId, Verdict
from monitor.rules import files, precision, ruleset, terms, why
from monitor.rules.precision import Precision
from monitor.rules.why import Account
from monitor.service import backtest, places
from monitor.service.backtest import Caught, Counts, Progress, Rules
from monitor.service.house import House
from monitor.service.timing import Timing

REMATCHED_AT_ONCE = 1_000  # events in one append


class Difference(NamedTuple):
    """An item that one version of the rules catches and the other does not."""

    item: MatchedItem
    rule: RuleId
    gained: bool
    because: str  # the clause that decided


class WhyNot(NamedTuple):
    """What became of an item, or of an address that no feed showed."""

    item: MatchedItem | None
    said: tuple[str, ...]
    rules: tuple[tuple[RuleId, str], ...]  # each rule and its verdict in a line


class Report(NamedTuple):
    """How often rules, clauses and forms were found, which forms never were, and how precise people find them."""

    counts: Counts
    dead: tuple[tuple[RuleId, str], ...]
    precision: tuple[Precision, ...]


class Workshop:
    """Nothing here changes anything, but ``rematch``."""

    def __init__(self, house: House) -> None:
        self.house = house

    @property
    def feeds(self) -> dict[FeedId, Feed]:
        """The feeds of the configuration in force."""
        return {feed.id: feed for feed in self.house.config.feeds}

    # -- one item ----------------------------------------------------------------------------------------------------

    def explain(self, name: str, rules: Sequence[RuleId] = ()) -> tuple[MatchedItem, tuple[Verdict, ...]]:
        """An item by id or address, and for each rule a tree of clauses."""
        places.rules_named(self.house.rules, rules)
        found = self.house.views.item(name)
        verdicts = self.house.rules.explain(found.item, self.feeds.get(found.item.feed))
        return found, tuple(verdict for verdict in verdicts if not rules or verdict.rule in rules)

    def why_not(self, name: str) -> WhyNot:
        """Why an item, by address or id, was not told; or that it was."""
        try:
            found, verdicts = self.explain(name)
        except NotFound:
            if "://" not in name:
                raise
            hosts = {feed.id: urlsplit(feed.url).hostname or "" for feed in self.house.config.feeds}
            return WhyNot(None, why.unseen(name, self.house.views.standings(self.feeds), hosts), ())
        known = self.house.views.known([found.item.id])[found.item.id]
        waits = [digest.name for digest in self.house.config.digests if self._waits(digest.name, found.item.id)]
        accounts, now = self._accounts(found.item.id), self.house.clock()
        silenced = silence.which(found, self.house.views.silences(now), now)
        said = why.untold(found, baseline=known.baseline, accounts=accounts, digests=waits, silence=silenced)
        timing = Timing(self.house)
        said += tuple(timing.outlook(digest) for digest in self.house.config.digests if digest.name in waits)
        return WhyNot(found, said, tuple((verdict.rule, why.sentence(verdict)) for verdict in verdicts))

    def became(self, item: ItemId) -> tuple[str, ...]:
        """What each edition that accounted for an item made of it."""
        return tuple(why.became(account) for account in self._accounts(item))

    def _accounts(self, item: ItemId) -> list[Account]:
        views = self.house.views
        silences = {one.id: one for one in views.silences()}
        newest = {told.edition: (told, withheld) for told, withheld in views.accounted(item)}
        accounts = []
        for edition in views.told_in(item):
            if edition not in newest:  # a later one corrected its headline; this one told it
                accounts.append(Account(edition))
                continue
            told, withheld = newest[edition]
            folded = not told.headline and not withheld
            lead = views.lead(told.story, edition) if folded else ""
            accounts.append(Account(edition, withheld, silences.get(withheld.by) if withheld else None, lead))
        return accounts

    def _waits(self, name: str, item: ItemId) -> bool:
        digest = next(digest for digest in self.house.config.digests if digest.name == name)
        since = self.house.views.declared(name) or self.house.clock()
        waiting, _ = self.house.views.waiting(digest, since=since)
        return any(one.item.id == item for one in waiting)

    # -- history -----------------------------------------------------------------------------------------------------

    def try_file(self, path: Path, since: datetime, progress: Progress) -> list[MatchedItem]:
        """What a rule file would have caught, newest first, with the lists of the rules folder."""
        sources = {name: text for name, text in self.house.rules.sources.items() if name == terms.FILE}
        sources |= {path.name: files.read_one(path)}
        rules = ruleset.compile(sources, where=str(path.parent))
        found = {one.item: one.hits for one in self._caught(Rules.of(rules, str(path.parent)), since, progress)}
        return [structs.replace(item, hits=found[item.item.id]) for item in self._items(found)]

    def differences(self, revision: str, since: datetime, progress: Progress) -> list[Difference]:
        """What today's rules catch and those of a git revision or a folder do not, and the other way round."""
        before = ruleset.compile(places.sources_at(self.house.path, self.house.config, revision), where=revision)
        old = self._hits(Rules.of(before, revision), since, lambda done, of: progress(done, 2 * of))
        new = self._hits(self._rules(), since, lambda done, of: progress(of + done, 2 * of))
        changed = sorted(old.keys() ^ new.keys())
        items = {one.item.id: one for one in self._items({item for item, _ in changed})}
        return [
            Difference(items[item], rule, (item, rule) in new, self._because(items[item], rule, old, new))
            for item, rule in changed
        ]

    def _because(
        self,
        found: MatchedItem,
        rule: RuleId,
        old: dict[tuple[ItemId, RuleId], Hit],
        new: dict[tuple[ItemId, RuleId], Hit],
    ) -> str:
        """For what was gained, the clause that catches it now; for what was lost, the clause that does not."""
        if hit := new.get((found.item.id, rule)):
            return hit.clause
        verdicts = self.house.rules.explain(found.item, self.feeds.get(found.item.feed))
        lost = [why.sentence(verdict) for verdict in verdicts if verdict.rule == rule]
        return lost[0] if lost else f"the rule is gone; it had caught by {old[found.item.id, rule].clause}"

    def report(self, since: datetime, progress: Progress) -> Report:
        """Count rules, clauses and forms in what was seen since then."""
        total = Counts.none()
        for counts in backtest.over(backtest.counted, self._pieces(self._rules(), since), progress):
            total = total.plus(counts)
        forms = self.house.rules.forms()
        dead = [(rule, form) for rule, some in forms.items() for form in some if (rule, form) not in total.forms]
        return Report(total, tuple(dead), tuple(precision.table(total.marks)))

    # -- waking the past ---------------------------------------------------------------------------------------------

    def to_rematch(self, since: datetime, progress: Progress) -> list[Caught]:
        """What today's rules catch in history and had not caught."""
        return self._fresh(self._caught(self._rules(), since, progress))

    def _fresh(self, found: list[Caught]) -> list[Caught]:
        known = self.house.views.matched_rules(one.item for one in found)
        fresh = []
        for one in found:
            hits = tuple(hit for hit in one.hits if (one.item, one.revision, hit.rule) not in known)
            if hits:
                fresh.append(one._replace(hits=hits))
        return fresh

    async def rematch(self, since: datetime) -> int:
        """Record what today's rules catch in history; the next digests tell it. Answers how many matches were new."""
        pieces = self._pieces(self._rules(), since)
        # The thread only waits for the processes; the views are asked here, where everyone asks them.
        found = await asyncio.to_thread(
            lambda: [one for some in backtest.over(backtest.caught, pieces) for one in some]
        )
        fresh, now = self._fresh(found), self.house.clock()
        events = [ItemMatched.of(one.item, one.revision, hit, now) for one in fresh for hit in one.hits]
        new = 0
        for start in range(0, len(events), REMATCHED_AT_ONCE):
            new += len(await self.house.record(events[start : start + REMATCHED_AT_ONCE]))
        return new

    # -- how ---------------------------------------------------------------------------------------------------------

    def _rules(self) -> Rules:
        return Rules.of(self.house.rules, self.house.config.rules)

    def _caught(self, rules: Rules, since: datetime, progress: Progress) -> list[Caught]:
        return [one for some in backtest.over(backtest.caught, self._pieces(rules, since), progress) for one in some]

    def _hits(self, rules: Rules, since: datetime, progress: Progress) -> dict[tuple[ItemId, RuleId], Hit]:
        return {(one.item, hit.rule): hit for one in self._caught(rules, since, progress) for hit in one.hits}

    def _pieces(self, rules: Rules, since: datetime) -> list[backtest.Piece]:
        return backtest.pieces(self.house.views, self.house.data / "views.db", since, rules, self.feeds)

    def _items(self, ids: Iterable[ItemId]) -> list[MatchedItem]:
        return self.house.views.some_items(list(ids))
