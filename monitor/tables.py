"""The tables of config.toml as they are written: keys, types and what each is for. Pure."""

from typing import Annotated

from msgspec import Meta, Struct


class ServiceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The [service] table, as written."""

    data: Annotated[str, Meta(description="folder of log.db and views.db; $STATE_DIRECTORY goes before it")] = "data"
    rules: Annotated[str, Meta(description="folder of the rule files")] = "rules"
    interval: Annotated[
        str, Meta(description="least time between two polls of a feed: 90s, 15m, 2h, 1d; of a feed of tier 1 a third")
    ] = "15m"
    longest: Annotated[
        str, Meta(description="most time between two polls of a feed that writes little, if it has no interval itself")
    ] = "6h"
    backlog: Annotated[str, Meta(description="items older than this at first contact are not told")] = "24h"
    spacing: Annotated[str, Meta(description="least time between two requests to one host")] = "1s"
    timeout: Annotated[str, Meta(description="the whole of one poll, redirects included")] = "30s"
    heartbeat_url: Annotated[
        str, Meta(description="asked after every good cycle, once a minute: who watches the watcher; may hold ${NAME}")
    ] = ""
    listen: Annotated[
        str, Meta(description="address and port for one-click feedback, such as 127.0.0.1:8080; none: no page")
    ] = ""
    public_url: Annotated[str, Meta(description="where readers reach that page, such as https://news.example.org")] = ""
    feedback_key: Annotated[
        str, Meta(description="secret that signs feedback links: ${NAME}, 16 characters or more")
    ] = ""
    user_agent: Annotated[str, Meta(description="how the service names itself to feeds")] = ""
    allow_hosts: Annotated[
        tuple[str, ...], Meta(description="hosts that may have a private address and any port, such as 127.0.0.1")
    ] = ()


class FeedTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A [[feed]] table, as written."""

    id: Annotated[str, Meta(description="a short name: small letters, digits, hyphens")]
    url: Annotated[str, Meta(description="http or https; may hold ${NAME}")]
    title: Annotated[str, Meta(description="how the outlet is named in digests")] = ""
    group: Annotated[str, Meta(description="a word that feeds share")] = ""
    tier: Annotated[int, Meta(ge=1, le=5, description="1 is the most trusted")] = 2
    lang: Annotated[str, Meta(description="language code, where the feed does not say its own")] = ""
    interval: Annotated[str, Meta(description="time between two polls, always the same; else by the feed's rhythm")] = (
        ""
    )
    full_text: Annotated[
        bool | str, Meta(description='fetch the articles too: true, or "match" for those that a rule caught')
    ] = False


class ChannelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A [[channel]] table, as written."""

    name: Annotated[str, Meta(description="what digests call it")]
    url: Annotated[str, Meta(description="an Apprise URL; secrets as ${NAME}, from the environment or a credential")]
    unknown: Annotated[
        str, Meta(description="of a letter that may have arrived: resend (with the same key) or hold (and tell)")
    ] = "resend"


class DigestTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A [[digest]] table, as written."""

    name: Annotated[str, Meta(description="a short name: small letters, digits, hyphens")]
    title: Annotated[str, Meta(description="the heading of the letter")] = ""
    channels: Annotated[tuple[str, ...], Meta(description="where it goes; none: it is only kept in the log")] = ()
    topics: Annotated[tuple[str, ...], Meta(description="rule ids; none: every rule")] = ()
    cron: Annotated[str, Meta(description="minute hour day month weekday, in the zone's local time")] = ""
    when: Annotated[str, Meta(description='"now" in the place of cron: an alert, as soon as something matched')] = ""
    zone: Annotated[str, Meta(description="an IANA time zone, such as Europe/Kyiv")] = "UTC"
    priority: Annotated[str, Meta(description="the least that is shown: low, normal or high")] = "low"
    group_wait: Annotated[str, Meta(description="of an alert: what comes so soon after the first goes with it")] = "2m"
    min_gap: Annotated[str, Meta(description="of an alert: least time between two")] = "15m"
    repeat: Annotated[str, Meta(description="of an alert: a story that goes on is told again after so long")] = "6h"
    quiet: Annotated[
        str, Meta(description="hours in which nothing is sent, such as 22:00-07:00; what waits comes as one at the end")
    ] = ""
    quiet_breaks: Annotated[str, Meta(description="of an alert: priority that is sent in quiet hours too")] = ""
    empty: Annotated[str, Meta(description="if there is nothing to tell: skip, or note (one line)")] = "skip"
    unsubscribe: Annotated[str, Meta(description="mailto: or https: address for mail's List-Unsubscribe")] = ""


TABLES: dict[str, type[Struct]] = {
    "service": ServiceTable,
    "feed": FeedTable,
    "channel": ChannelTable,
    "digest": DigestTable,
}
