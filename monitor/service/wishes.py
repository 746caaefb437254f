"""Wishes: silences and marks, checked and recorded; who is told what they keep from whom."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from monitor.digests import feedback, silence
from monitor.digests.feedback import Click, Links
from monitor.digests.tidy import line
from monitor.errors import NotFound, UsageError, did_you_mean
from monitor.events import ItemMarked, Silenced, SilenceLifted
from monitor.model import PRIORITIES, Digest, ItemId, MatchedItem, Silence
from monitor.service import places
from monitor.service.house import House

LONGEST = timedelta(days=365)
TRIED = timedelta(days=7)  # of the past a silence is held against before it is made
MOST_WORDS, MOST_COMMENT, MOST_WHO = 200, 500, 64  # characters

OPERATORS = re.compile(r"\b(?:AND|OR|NOT|O?NEAR(?:/\d+)?)\b")  # of the rule language: as words they would surprise
Scope: TypeAlias = Literal["topic", "feed", "story", "words"]
Judgement: TypeAlias = Literal["relevant", "noise"]


class Clicked(NamedTuple):
    """A link that holds, and the headline that it is about."""

    click: Click
    headline: str


class Wishes:
    """What people ask of the letters, beside config.toml and the rules."""

    def __init__(self, house: House) -> None:
        self.house = house

    # -- silences ----------------------------------------------------------------------------------------------------

    def checked(self, scope: str, target: str, *, until: datetime, comment: str, who: str) -> Silence:
        """The silence that is asked for; nothing is recorded.

        Raises:
            NotFound: there is no such topic, feed or item.
            UsageError: it holds no word, has no comment, or no end within a year.
        """
        now, until = self.house.clock(), until.astimezone(UTC)
        if until <= now:
            raise UsageError("this silence would be over already", hint="--for 2d, or --until with a time to come")
        if until > now + LONGEST:
            raise UsageError(f"a silence lasts {LONGEST.days} days at most", hint="for good: change the rule itself")
        comment, who = _said(comment, MOST_COMMENT, "comment"), _said(who, MOST_WHO, "name")
        kind = msgspec.convert(scope, Scope)
        target = self._target(kind, target)
        name = blake2b(msgspec.json.encode([kind, target, who, now]), digest_size=4).hexdigest()
        return Silence(id=name, scope=kind, target=target, who=who, since=now, until=until, comment=comment)

    def _target(self, scope: Scope, target: str) -> str:
        match scope:
            case "topic":
                places.rules_named(self.house.rules, [target])
            case "feed":
                known = {feed.id for feed in self.house.config.feeds}
                if target not in known:
                    raise NotFound(f"there is no feed {target!r}", hint=did_you_mean(target, known))
            case "story":
                found = self.house.views.item(target)
                return found.story or found.item.id
            case "words":
                target = _said(target, MOST_WORDS, "line of words")
                if operator := OPERATORS.search(target):
                    hint = "write the words alone, all of them must be there; for either, make two silences"
                    raise UsageError(f"{operator[0]} is no word of a silence but of a rule", hint=hint)
                if not silence.phrases(target):
                    hint = """words that all stand in a headline or summary: --words 'kyiv "storm shadow"'"""
                    raise UsageError(f"there is no word in {target!r}", hint=hint)
        return target

    async def silence(self, scope: str, target: str, *, until: datetime, comment: str, who: str) -> Silence:
        """Record a silence; see ``checked`` for what can be wrong."""
        wish = self.checked(scope, target, until=until, comment=comment, who=who)
        event = Silenced(
            at=wish.since,
            silence=wish.id,
            scope=wish.scope,
            target=wish.target,
            who=wish.who,
            until=wish.until,
            comment=wish.comment,
        )
        if not await self.house.record([event]):
            raise UsageError("the same silence has just been made", hint="monitor silence list")
        return wish

    async def lift(self, name: str, who: str) -> Silence:
        """End a silence before its time."""
        found, now = self.house.views.silence(name), self.house.clock()
        if not silence.holds(found, now):
            raise UsageError(f"the silence {found.id} has ended already", hint="monitor silence list --all")
        who = _said(who, MOST_WHO, "name")
        await self.house.record([SilenceLifted(at=now, silence=found.id, who=who)])
        return msgspec.structs.replace(found, lifted=now, lifted_by=who)

    def silences(self, *, every: bool = False) -> tuple[Silence, ...]:
        """The silences that count now; with ``every``, all that ever were."""
        return self.house.views.silences(None if every else self.house.clock())

    def would_withhold(self, wish: Silence) -> list[MatchedItem]:
        """What of the last days a silence would have kept out of some digest, newest first."""
        caught = self.house.views.caught(wish.since - TRIED)
        digests = self.house.config.digests
        return [one for one in caught if any(_kept_out(wish, one, digest) for digest in digests)]

    # -- marks -------------------------------------------------------------------------------------------------------

    async def mark(self, name: str, judgement: str, who: str) -> MatchedItem:
        """Record that an item was worth telling, or was not; to say the same again changes nothing."""
        found = self.house.views.item(name)
        mark = msgspec.convert(judgement, Judgement)
        who = _said(who, MOST_WHO, "name")
        if self.house.views.marks([found.item.id]).get(found.item.id, {}).get(who) != mark:
            await self.house.record([ItemMarked(at=self.house.clock(), item=found.item.id, who=who, mark=mark)])
        return found

    def links(self, item: ItemId, digest: str) -> Links:
        """The links by which a reader of a digest marks an item; empty where config.toml asks for none."""
        config = self.house.config
        return feedback.links(item, digest, base=config.public_url, key=config.feedback_key, now=self.house.clock())

    def clicked(self, path: str) -> Clicked | Literal["forged", "old"]:
        """What a link says, by its path behind ``/f/``, and the headline as its reader saw it."""
        click = feedback.understood(path, self.house.config.feedback_key, self.house.clock())
        if not isinstance(click, Click):
            return click
        try:
            found = self.house.views.item(click.item)
        except NotFound:
            return "old"  # the log that held it is gone
        return Clicked(click, line(found.item.title) or line(found.item.summary)[:80] or found.item.url)

    async def take(self, clicked: Clicked) -> None:
        """Record what a link says."""
        await self.mark(clicked.click.item, clicked.click.mark, clicked.click.who)


def _kept_out(wish: Silence, matched: MatchedItem, digest: Digest) -> bool:
    hits = tuple(
        hit
        for hit in matched.hits
        if (not digest.topics or hit.rule in digest.topics)
        and (not hit.digests or digest.name in hit.digests)
        and PRIORITIES.index(hit.priority) >= PRIORITIES.index(digest.priority)
    )
    return bool(hits) and silence.which(msgspec.structs.replace(matched, hits=hits), [wish], wish.since) is not None


def _said(text: str, most: int, what: str) -> str:
    """One line of a person's words, not empty and not too long."""
    plain = line(text)
    if not plain or len(plain) > most:
        raise UsageError(f"a {what} has 1 to {most} characters", hint=f"this one has {len(plain)}")
    return plain
