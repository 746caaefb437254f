"""Hypothesis strategies for the words every room speaks.

``events()`` gives any event there can be, fields and all, for what must hold of every event (codecs, hashes).
``histories()`` gives stories that make sense: what a log can hold when the service told it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from msgspec import Struct

from monitor import events as ev
from monitor.events import KINDS, Event
from monitor.model import Delivery, Part, Span, Trouble, Withheld

FEEDS = ("bbc-world", "pravda-eng", "meduza")
RULES = ("imf-tranche", "grain-corridor")
DIGESTS = ("morning", "alerts")
PEOPLE = ("olena", "sam")
TITLES = (
    "IMF board approves $1.1 billion for Ukraine",
    "Рада ухвалила бюджет у першому читанні",
    "Пожар на складе под Воронежем",
    "Grain ship reaches Constanța — “all well”, says crew",
    "",
)
FIRST = datetime(2024, 9, 11, 5, 0, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8"), max_size=20)
instants = st.datetimes(timezones=st.just(UTC))


def of_type(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of a field's type."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return of_type(args[0])
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(of_type(args[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(of_type(args[0]), of_type(args[1]), max_size=3)
    if origin in (Union, UnionType):
        return st.one_of(*map(of_type, args))
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        fields = {name: of_type(kind) for name, kind in ev.fields(annotation).items()}  # type: ignore[arg-type]
        return st.builds(annotation, **fields)
    return SIMPLE[annotation]


SIMPLE: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(0, 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    datetime: instants,
    NoneType: st.none(),
}


def events(*kinds: type[Event]) -> st.SearchStrategy[Event]:
    """Any event, of any registered kind or of those given."""
    return st.one_of(*map(of_type, kinds or KINDS.values()))


# -- histories -------------------------------------------------------------------------------------------------------


class _Teller:
    """Draws one step of a story after another; every step is something the service could have recorded next."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw, self.now = draw, FIRST
        self.told: list[Event] = []
        self.down: dict[str, datetime] = {}
        self.failures: dict[str, int] = {}
        self.items: dict[str, int] = {}  # item -> its revision
        self.joined: set[str] = set()  # items that were said to be part of a story
        self.articles: set[str] = set()  # items whose article was fetched
        self.declared: set[str] = set()
        self.queued = 0
        self.through = ""
        self.editions: dict[str, str] = {}  # delivery -> edition
        self.attempts: dict[str, int] = {}
        self.open: dict[str, int] = {}  # delivery -> the attempt whose outcome is not known yet
        self.silences: dict[str, bool] = {}  # silence -> whether it lasts

    def pick(self, choices: Any) -> Any:
        return self.draw(st.sampled_from(tuple(choices)))

    def step(self) -> None:
        self.now += timedelta(minutes=self.draw(st.integers(1, 90)))
        possible = [self.see]
        possible += [self.match, self.queue, self.revise, self.mark] if self.items else []
        possible += [self.join] if len(self.items.keys() - self.joined) > 1 else []
        possible += [self.part] if self.joined else []
        possible += [self.read] if self.items.keys() - self.articles else []
        possible += [self.attempt, self.attempt, self.revive] if self.editions.keys() - self.open.keys() else []
        possible += [self.outcome] * 4 if self.open else []
        possible += [self.recover] * 2 if self.down else []
        possible += [self.feed, self.set_aside, self.silence, self.rules, self.service, self.verify]
        possible += [self.lift] if any(self.silences.values()) else []
        self.pick(possible)()

    def say(self, kind: type[Event], **fields: Any) -> None:
        self.told.append(kind(at=self.now, **fields))

    def service(self) -> None:
        if self.draw(st.booleans()):
            self.say(ev.ServiceStarted, release="0.1.0")
        else:
            self.say(ev.ServiceStopped, reason="asked to")

    def rules(self) -> None:
        digest = f"{len(self.told):032x}"
        if self.draw(st.booleans()):
            self.say(ev.RulesChanged, digest=digest, sources={f"{rule}.toml": 'query = "imf"\n' for rule in RULES})
        else:
            self.say(ev.RulesRefused, digest=digest, mistakes=("imf-tranche.toml:1:9: unknown word",))

    def feed(self) -> None:
        feed = self.pick(FEEDS)
        match self.pick(("failed", "moved", "gone", "gap", "silent", "noticed")):
            case "failed":
                self.down.setdefault(feed, self.now)
                self.failures[feed] = self.failures.get(feed, 0) + 1
                trouble = Trouble(code=self.pick(("timeout", "http_503", "not_a_feed")), text="it did not answer well")
                later = self.now + timedelta(minutes=15)
                self.say(ev.FeedFailed, feed=feed, trouble=trouble, failures=self.failures[feed], retry_at=later)
            case "moved":
                self.say(ev.FeedMoved, feed=feed, target=f"https://example.org/{feed}.xml", source=f"hash of {feed}")
            case "gone":
                self.say(ev.FeedGone, feed=feed, source=f"hash of {feed}")
            case "silent":
                self.say(ev.FeedWentSilent, feed=feed, since=self.now - timedelta(days=1), expected=12.5, chance=3.7e-6)
            case "noticed":
                self.say(ev.FeedsNoticed, state=self.pick(("down", "well", "gone", "silent")), feeds=(feed,))
            case "gap":
                self.say(ev.FeedGapSuspected, feed=feed, since=self.now - timedelta(hours=1), until=self.now)

    def recover(self) -> None:
        feed = self.pick(self.down)
        self.say(ev.FeedRecovered, feed=feed, down_since=self.down.pop(feed))
        del self.failures[feed]

    def see(self) -> None:
        item = f"{len(self.items) + 1:032x}"
        self.items[item] = 0
        self.say(
            ev.ItemSeen,
            item=item,
            feed=self.pick(FEEDS),
            guid=f"guid-{len(self.items)}",
            url=f"https://example.org/{len(self.items)}",
            title=self.pick(TITLES),
            summary=self.pick(TITLES),
            published=self.pick((None, self.now - timedelta(minutes=7), self.now + timedelta(days=36_500))),
            lang=self.pick(("en", "uk", "ru", "")),
            baseline=self.draw(st.booleans()),
        )

    def set_aside(self) -> None:
        self.say(
            ev.ItemQuarantined,
            item=f"{len(self.told) + 10**6:032x}",
            feed=self.pick(FEEDS),
            url="https://example.org/error",
            title="Just a moment...",
            why="a page that checks browsers",
        )

    def read(self) -> None:
        item = self.pick(sorted(self.items.keys() - self.articles))
        self.articles.add(item)
        if self.draw(st.booleans()):
            self.say(ev.ItemTextRead, item=item, text="The board met on Wednesday.")
        else:
            self.say(ev.ItemTextRead, item=item, trouble=Trouble(code="http_403", text="it answered 403"))

    def join(self) -> None:
        item, other = sorted(self.items.keys() - self.joined)[-1:] + sorted(self.items)[:1]
        if item != other:
            self.joined.add(item)
            reason = self.pick(("same page", "same words", "same event"))
            self.say(ev.StoryJoined, item=item, story=other, other=other, reason=reason, terms=("imf",), score=0.75)

    def part(self) -> None:
        item = self.pick(sorted(self.joined))
        if self.draw(st.booleans()):
            self.say(ev.StorySplit, item=item, who=self.pick(PEOPLE))
        else:
            self.say(ev.StoriesMerged, story=item, into=min(self.items), items=(item,), who=self.pick(PEOPLE))

    def revise(self) -> None:
        item = self.pick(self.items)
        self.items[item] += 1
        self.say(
            ev.ItemRevised,
            item=item,
            revision=self.items[item],
            title=self.pick(TITLES),
            summary=self.pick(TITLES),
        )

    def match(self) -> None:
        item, rule = self.pick(self.items), self.pick(RULES)
        match = ev.ItemMatched(
            at=self.now,
            item=item,
            revision=self.draw(st.integers(0, self.items[item])),
            rule=rule,
            rule_version=self.pick(("v1", "v2")),
            topic=rule.replace("-", " ").title(),
            priority=self.pick(("low", "normal", "high")),
            digests=self.pick(((), ("alerts",))),
            clause="imf AND tranche",
            spans=self.pick(((), (Span(field="title", start=0, end=3),))),
        )
        if match.id not in {event.id for event in self.told}:
            self.told.append(match)
            self.through = match.id

    def mark(self) -> None:
        self.say(
            ev.ItemMarked, item=self.pick(self.items), who=self.pick(PEOPLE), mark=self.pick(("relevant", "noise"))
        )

    def queue(self) -> None:
        digest = self.pick(DIGESTS)
        if digest not in self.declared:
            self.declared.add(digest)
            self.say(ev.DigestDeclared, digest=digest)
        self.queued += 1
        slot = self.pick(
            (f"{self.now:%Y-%m-%dT%H:%M} Europe/Kyiv", f"request {self.queued}", f"alert {self.queued:032x}")
        )
        items = tuple(self.items)[: self.draw(st.integers(0, len(self.items)))]
        parts = tuple(Part(subject=f"{digest} {n}", text="…", html="<p>…</p>") for n in range(1, 2 if items else 1))
        deliveries = tuple(
            Delivery(id=f"delivery-{self.queued}-{person}", channel="mail", recipient=f"{person}@example.org", part=0)
            for person in PEOPLE
            if parts
        )
        letter = ev.DigestQueued(
            at=self.now,
            digest=digest,
            slot=slot,
            reason="its time has come",
            items=items,
            through=self.through,
            parts=parts,
            deliveries=deliveries,
            headlines=tuple(self.pick(TITLES) for _ in items),
            stories=items,
            withheld=tuple(Withheld(item=item, why="silence", by="b6d0e2f4") for item in items[:1]),
        )
        self.told.append(letter)
        self.editions |= {delivery.id: letter.edition for delivery in deliveries}

    def attempt(self) -> None:
        delivery = self.pick(sorted(self.editions.keys() - self.open.keys()))
        n = self.attempts[delivery] = self.open[delivery] = self.attempts.get(delivery, 0) + 1
        lease = self.now + timedelta(minutes=5)
        self.say(ev.DigestAttempted, edition=self.editions[delivery], delivery=delivery, n=n, lease_until=lease)

    def revive(self) -> None:
        delivery = self.pick(sorted(self.editions.keys() - self.open.keys()))
        self.say(ev.DeliveryRevived, edition=self.editions[delivery], delivery=delivery, who=self.pick(PEOPLE))

    def verify(self) -> None:
        arrived, who = self.draw(st.booleans()), self.pick(PEOPLE)
        self.say(ev.ChannelVerified, channel="mail", source="1f0c9a64e2b7d853", arrived=arrived, who=who)

    def outcome(self) -> None:
        delivery = self.pick(self.open)
        known = {"edition": self.editions[delivery], "delivery": delivery, "n": self.open.pop(delivery)}
        trouble = Trouble(code="smtp_451", text="try again later")
        retry_at = self.pick((None, self.now + timedelta(minutes=10)))
        match self.pick(("sent", "failed", "unknown")):
            case "sent":
                self.say(ev.DigestSent, **known, answer="250 2.0.0 accepted")
                del self.editions[delivery]
            case "failed":
                self.say(ev.DigestFailed, **known, trouble=trouble, retry_at=retry_at)
            case _:
                self.say(ev.DigestUnknown, **known, trouble=trouble, retry_at=retry_at)
        if retry_at is None:
            self.editions.pop(delivery, None)

    def silence(self) -> None:
        silence = f"silence-{len(self.silences) + 1}"
        self.silences[silence] = True
        self.say(
            ev.Silenced,
            silence=silence,
            scope="topic",
            target=self.pick(RULES),
            who=self.pick(PEOPLE),
            until=self.now + timedelta(hours=12),
            comment="enough for today",
        )

    def lift(self) -> None:
        silence = self.pick(sorted(name for name, lasts in self.silences.items() if lasts))
        self.silences[silence] = False
        self.say(ev.SilenceLifted, silence=silence, who=self.pick(PEOPLE))


@st.composite
def histories(draw: Any, max_size: int = 25) -> list[Event]:
    """A story in the order of its telling: every id once, times rising, nothing revised, matched or sent unheard of."""
    teller = _Teller(draw)
    for _ in range(draw(st.integers(0, max_size))):
        teller.step()
    return teller.told
