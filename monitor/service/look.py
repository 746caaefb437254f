"""Looking: what feeds are at an address that a person gives, and what the rules would have made of them."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from monitor.config import NAME
from monitor.errors import NotFound, Unreachable, UsageError
from monitor.feeds import discover
from monitor.feeds.heard import Reply
from monitor.feeds.http import Fetcher
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed, FeedId, Hit, Item
from monitor.rules.ruleset import RuleSet
from monitor.service import edit, places
from monitor.service.edit import Row, Subscribed
from monitor.service.subscribe import place, row, shown, subscribed_as
from monitor.values import VARIABLE

NO_PAGE = ("not_a_feed", "empty", "malformed", "entity")  # what a page is to the parser of feeds
HINT = "look for an RSS sign on the page, or ask its outlet; an address that is no feed's is never polled"


class Unheard(Unreachable):
    """An address does not answer, or not with what can be read."""


class Wishes(Struct, frozen=True, kw_only=True):
    """What a person says of a feed beside its address; empty: what the feed says, or nothing."""

    id: str = ""
    title: str = ""
    group: str = ""
    tier: int = 2
    lang: str = ""
    interval: str = ""


class Found(Struct, frozen=True, kw_only=True):
    """A feed, heard once, not yet subscribed to."""

    url: str  # as it will be written
    kind: str
    title: str
    lang: str
    items: tuple[Item, ...]
    caught: tuple[tuple[Item, Hit], ...]  # what the rules would have made of the items that it holds
    known_as: FeedId = ""  # it is subscribed to already

    @property
    def dates(self) -> list[datetime]:
        """When its items were published, oldest first; only those that say it."""
        return sorted(item.published for item in self.items if item.published)


def check_wishes(path: Path, wishes: Wishes) -> Wishes:
    """The wishes as they will be written.

    Raises:
        UsageError: one of them cannot stand in the file.
    """
    if wishes.id and not NAME.fullmatch(wishes.id):
        raise UsageError(f"{wishes.id!r} is no short name", hint="small letters, digits and hyphens, at most 64")
    if wishes.id and wishes.id in {feed.id for feed in edit.read(path).feeds}:
        raise UsageError(f"there is a feed {wishes.id!r} already", hint="choose another --id")
    if wishes.lang and not discover.language(wishes.lang):
        raise UsageError(f"{wishes.lang!r} is no language code", hint="such as en, uk or pt-br")
    return Wishes(
        id=wishes.id,
        title=discover.plain_title(wishes.title),
        group=discover.plain_title(wishes.group),
        tier=wishes.tier,
        lang=discover.language(wishes.lang),
        interval=wishes.interval,
    )


async def look(
    path: Path, pasted: str, wishes: Wishes, *, asking: Callable[[str], None] = lambda _: None
) -> tuple[Found, ...]:
    """The feeds at an address: itself, or those that the page there names, points to, or keeps where sites do.

    Args:
        path: config.toml.
        pasted: the address, perhaps without a scheme, perhaps with ``${NAME}``.
        wishes: what is known of the feed; its group and tier count for the rules.
        asking: told each address before it is asked.

    Raises:
        UsageError: the address would never be polled.
        NotFound: there is no feed.
        Unheard: there is no answer.
    """
    here = edit.read(path)
    written = discover.address(pasted)
    url = _filled(written)
    if why := discover.refusal(url if url == written else shown(url), here.config.allow_hosts):
        said = why if "password" in why else f"this address would never be polled: {why}"
        raise UsageError(said, hint=_advice(why))
    if name := subscribed_as(here.feeds, written):
        return (Found(url=written, kind="", title="", lang="", items=(), caught=(), known_as=name),)
    config = here.config
    async with (
        Fetcher(
            timeout=config.timeout,
            spacing=config.spacing,
            user_agent=config.user_agent,
            allow_hosts=config.allow_hosts,
        ) as fetcher,
        Sandbox() as sandbox,
    ):
        looking = _Looking(fetcher, sandbox, here, places.read_rules(path, config), wishes, asking)
        return await looking.at(url, written)


def _filled(url: str) -> str:
    """The address with its secrets."""
    secrets = places.secrets()
    for name in VARIABLE.findall(url):
        if not secrets.get(name):
            raise UsageError(f"the secret ${{{name}}} is not set", hint=f"export {name}=..., then try again")
    return VARIABLE.sub(lambda found: secrets[found[1]], url)


def _advice(why: str) -> str:
    if "password" in why:
        return (
            "write ${NAME} for the secret, in single quotes: 'https://${NAME}@example.org/feed'; export NAME=user:word"
        )
    return "a feed's address begins with https:// or http:// and names a public host, or one of [service] allow_hosts"


class _Looking:
    """One look at an address, and at others that it leads to."""

    def __init__(
        self,
        fetcher: Fetcher,
        sandbox: Sandbox,
        here: Subscribed,
        rules: RuleSet,
        wishes: Wishes,
        asking: Callable[[str], None],
    ) -> None:
        self.fetcher, self.sandbox, self.here, self.rules = fetcher, sandbox, here, rules
        self.wishes, self.asking = wishes, asking

    async def at(self, url: str, written: str) -> tuple[Found, ...]:
        """The feeds at the first address, or those that it leads to."""
        self.asking(written)
        reply = await self.fetcher.fetch(url)
        if reply.trouble:
            raise Unheard(f"{shown(written)}: {reply.trouble.text}", hint="is it the right address?")
        found = await self.feed(reply, written)
        if isinstance(found, Found):
            return (found,)
        if url != written or not found:
            raise NotFound(f"{shown(written)} is no feed: {found or 'it cannot be read as one'}", hint=HINT)
        page = discover.links(reply.body, reply.content_type, reply.url)
        for links in (page.declared, page.pointed, discover.guesses(reply.url)):
            if several := [one async for one in self.feeds(links)]:
                return tuple(several)
        raise NotFound(f"there is no feed at {shown(written)}, nor where sites keep theirs: {found}", hint=HINT)

    async def feeds(self, links: Sequence[str]) -> AsyncIterator[Found]:
        """Those of the addresses that are feeds, each place once."""
        seen: set[str] = set()
        for link in links:
            if "${" in link or discover.refusal(link, self.here.config.allow_hosts):
                continue
            self.asking(link)
            reply = await self.fetcher.fetch(link)
            found = None if reply.trouble else await self.feed(reply, link)
            if isinstance(found, Found) and place(found.url) not in seen:
                seen.add(place(found.url))
                yield found

    async def feed(self, reply: Reply, written: str) -> Found | str:
        """The feed that a reply holds; else what it is instead."""
        wishes = self.wishes
        moved = reply.moved_to
        if moved and "${" not in written + moved and not discover.refusal(moved, self.here.config.allow_hosts):
            written = moved
        feed = Feed(
            id=wishes.id or "new",
            url=reply.url,
            title=wishes.title,
            group=wishes.group,
            tier=wishes.tier,
            lang=wishes.lang,
            interval=timedelta(0),
        )
        heard = await self.sandbox.parse(feed, reply)
        if heard.trouble:
            if heard.trouble.code in NO_PAGE:
                return heard.trouble.text
            raise Unheard(f"{shown(written)}: {heard.trouble.text}", hint="such a document is never taken in")
        about = discover.about(reply.body, reply.content_type)
        spoken = Counter(item.lang for item in heard.items if item.lang).most_common(1)
        return Found(
            url=written,
            kind=about.kind,
            title=wishes.title or about.title,
            lang=about.lang or (spoken[0][0] if spoken else ""),
            items=heard.items,
            caught=tuple((item, hit) for item in heard.items for hit in self.rules.match(item, feed)),
            known_as=subscribed_as(self.here.feeds, written),
        )


def rows(path: Path, found: Sequence[Found], wishes: Wishes) -> tuple[Row, ...]:
    """The tables that would be written for these feeds."""
    taken = {feed.id for feed in edit.read(path).feeds}
    made: list[Row] = []
    for one in found:
        name = wishes.id or discover.short_name(one.title, one.url, taken)
        taken.add(name)
        made.append(row(name, one.url, one.title, wishes.group, wishes.lang, wishes.tier, wishes.interval))
    return tuple(made)
