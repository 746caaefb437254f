"""Door: the questions about letters and channels that views.db answers."""

from datetime import datetime

from monitor.errors import NotFound
from monitor.model import ChannelWord, OutboxRow
from monitor.views.project import iso
from monitor.views.sqlite_items import ItemQuestions
from monitor.views.sqlite_rows import outbox_row, when

# A part waits for those before it, that a chat shows them in order; one that was given up or is held holds up none.
EARLIER = """
    select 1 from outbox e where e.edition = o.edition and e.channel = o.channel and e.recipient = o.recipient
    and e.part < o.part and e.sent_at is null and e.due is not null"""
DUE = f"select * from outbox o where o.sent_at is null and o.due <= :now and not exists ({EARLIER})"  # noqa: S608


class OutboxQuestions(ItemQuestions):
    """What can be asked of letters on their way; safe in one thread at a time."""

    def outbox_due(self, now: datetime) -> list[OutboxRow]:
        """The deliveries whose time has come, oldest first; of a letter in parts the first that was not settled."""
        return [outbox_row(row) for row in self._rows(f"{DUE} order by o.due, o.part", {"now": iso(now)})]

    def outbox_next(self, last: OutboxRow, now: datetime) -> OutboxRow | None:
        """What is due next of the same letter for the same recipient."""
        sql = f"{DUE} and o.edition = :edition and o.channel = :channel and o.recipient = :recipient"
        to = {"edition": last.edition, "channel": last.delivery.channel, "recipient": last.delivery.recipient}
        rows = self._rows(sql, {"now": iso(now), **to})
        return outbox_row(rows[0]) if rows else None

    def outbox(self, *, everything: bool = False, limit: int = 1000) -> list[OutboxRow]:
        """The letters that were not accepted, newest first: those that wait, are held, were given up; or simply all."""
        sql = """
            select o.* from outbox o join editions e on e.id = o.edition
            where :everything or o.sent_at is null
            order by e.position desc, o.channel, o.recipient, o.part limit :limit"""
        return [outbox_row(row) for row in self._rows(sql, {"everything": everything, "limit": limit})]

    def letters(self, name: str) -> list[OutboxRow]:
        """The deliveries of an edition or of a delivery's id, either in part if it is unique.

        Raises:
            NotFound: none, or several.
        """
        found = self._rows("select distinct edition from outbox where edition = ?", (name,))
        if not found:
            one = self._rows("select * from outbox where delivery >= ? and delivery < ?", (name, f"{name}g"))
            if len(one) == 1:
                return [outbox_row(one[0])]
            found = self._rows("select distinct edition from outbox where instr(edition, ?)", (name,))
        if len(found) == 1:
            sql = "select * from outbox where edition = ? order by channel, recipient, part"
            return [outbox_row(row) for row in self._rows(sql, (found[0]["edition"],))]
        if found:
            raise NotFound(f"{name!r} means {len(found)} editions", hint="monitor digest outbox --all shows them")
        raise NotFound(f"there is no letter {name!r}", hint="monitor digest outbox shows those that were not accepted")

    def last_accepted(self, channel: str) -> datetime | None:
        """When a letter was last accepted by the channel."""
        return when(self._rows("select max(sent_at) from outbox where channel = ?", (channel,))[0][0])

    def channel_words(self) -> dict[str, ChannelWord]:
        """What people last said of each channel: whether a test message arrived."""
        return {
            row["name"]: ChannelWord(
                source=row["source"], arrived=bool(row["arrived"]), at=datetime.fromisoformat(row["at"]), who=row["who"]
            )
            for row in self._rows("select * from channels")
        }
