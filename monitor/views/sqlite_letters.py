"""Door: the questions about what letters have told that views.db answers."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.model import Digest, ItemId, MatchedItem, RuleId, Told
from monitor.views.project import iso, packed
from monitor.views.sqlite_items import ItemQuestions
from monitor.views.sqlite_rows import goes_to, matched, told_of


class Matches(NamedTuple):
    """How many items a rule caught on each day that it caught any."""

    rule: RuleId
    topic: str  # its newest title
    days: Counter[date]


class LetterQuestions(ItemQuestions):
    """What can be asked of what was told; safe in one thread at a time."""

    def told(self, stories: Iterable[ItemId]) -> list[Told]:
        """What any digest told of these stories, oldest first; what it withheld was not told.

        Stories grow together after they were told of: an item counts to the story that it is in now.
        """
        sql = """
            select s.digest, s.item, s.edition, s.at, s.headline, i.story
            from items i join shown s on s.item = i.id and s.why = ''
            where i.story in (select value from json_each(?)) order by s.at, s.edition, s.item"""
        return [told_of(row) for row in self._rows(sql, (packed(list(stories)),))]

    def reworded(self, digest: str, since: datetime) -> list[tuple[Told, MatchedItem]]:
        """What the digest told since then under a headline that is not the item's any more, the oldest telling first.

        Items that were told as copies, under another's headline, are not among them.
        """
        sql = """
            select s.* from shown s join items i on i.id = s.item
            where s.digest = ? and s.at >= ? and s.why = '' and s.headline <> '' and i.revision > 0
                and s.headline <> i.title
            order by s.at, s.edition, s.item"""
        told = [told_of(row) for row in self._rows(sql, (digest, iso(since)))]
        items = {row["id"]: row for row in self._items([one.item for one in told])}
        return [(one, matched(items[one.item], ())) for one in told]

    def volume(self, digest: Digest, since: datetime, zone: ZoneInfo) -> list[Matches]:
        """How many items each topic of the digest brought since then, by the days of a zone."""
        sql = """
            select rule, topic, priority, digests, substr(first, 1, 16) as minute, count(*) as items,
                max(position) as last
            from (
                select m.rule, m.topic, m.priority, m.digests, m.position, min(m.at) as first
                from (select distinct rule from matches) r join matches m on m.rule = r.rule and m.at >= ?
                group by m.rule, m.item)
            group by rule, priority, digests, minute order by last"""
        found: dict[RuleId, Matches] = {}
        for row in self._rows(sql, (iso(since),)):
            if goes_to(digest, row):
                days = found[row["rule"]].days if row["rule"] in found else Counter[date]()
                days[datetime.fromisoformat(f"{row['minute']}+00:00").astimezone(zone).date()] += row["items"]
                found[row["rule"]] = Matches(row["rule"], row["topic"], days)
        return list(found.values())
