"""Which items are error pages in disguise: what bridges, caches and feed services put where news should stand. Pure.

News writes about errors too ("Access denied: how a ban works", "404 Media raises money"), so a title counts only if it
is the error's and nothing else; where people might write the same, the item must give itself away in another place.

Source: RSS-Bridge's display action; the error pages of Cloudflare, Akamai, nginx, Apache, WordPress, Google.
"""

import re
from collections.abc import Mapping

from monitor.feeds import cut
from monitor.feeds.heard import Heard
from monitor.model import Item, Trouble

LOOKED_AT = 600  # characters of a summary

BRIDGE = "an error of the bridge that makes the feed"
WALL = "a page that keeps robots out"
SERVER = "a server's error page"
SERVICE = "a notice of the service that makes the feed"
MOVED = "a notice that the feed has moved or ended"

PHRASES = (
    r"bad request|(?:page |file )?not found|method not allowed|request time-?out|too many requests"
    r"|internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out"
)
STATUS = rf"{PHRASES}|unauthorized|payment required|forbidden|gone"
FEED = r"(?:this|your|the)(?: [\w.-]+)? (?:rss )?feed"
ENDED = r"disabled|deactivated|suspended|expired|discontinued|removed|deleted|blocked|paused|retired"

CERTAIN = {  # titles that nobody gives to an article
    BRIDGE: (
        r"bridge returned error -?\d+!?(?: \(\d+\))?",
        r".{0,80}bridge\b.{0,40} failed with error -?\d+",
        r"(?:rss-?bridge|rsshub|morss)\W{1,3}(?:error|exception)\b.{0,80}",
    ),
    WALL: (
        r"just a moment(?:\.{3}|…)|pardon our interruption(?:\.{3}|…)?|ddos-guard",
        r"attention required! \| cloudflare|access denied \| \S+ used cloudflare to restrict access",
        r"checking your browser(?: before accessing.{0,80})?|please complete the security check.{0,60}",
        r"(?:security check(?: required)?|one more step) \| \S+|\S+ \| 5\d\d: .{1,60}|error 1[01]\d\d ray id: .{0,60}",
    ),
    SERVER: (
        rf"(?:http )?(?:error )?[45]\d\d[ :–-]{{1,3}}(?:{STATUS})[.!]?",
        r"(?:http )?error [45]\d\d[.!]?|http(?:/[12](?:\.[01])?)? [45]\d\d|(?:http )?status(?: code)? [45]\d\d",
        r"error establishing a database connection|.{1,60} › error|(?:fatal|parse) error: .{0,200} on line \d+",
    ),
    SERVICE: (
        rf"{FEED} (?:is|was|has been) (?:temporarily )?(?:{ENDED}|unavailable)[.!]?.{{0,40}}",
        rf"{FEED} is no longer (?:available|active|supported|maintained|updated|working)[.!]?.{{0,40}}",
        rf"{FEED} could not be (?:generated|found|loaded)[.!]?.{{0,40}}",
        r"(?:rss\.app|fetchrss|polite(?:pol|paul)|feed43|feedburner|open ?rss)\W{1,3}(?:error|notice)\b.{0,80}",
    ),
    MOVED: (rf"{FEED} (?:has (?:been )?moved|url has changed)(?: to .{{0,120}})?[.!]?", r"feed (?:has )?moved[.!]?"),
}
POSSIBLE = {  # titles that somebody might
    WALL: (
        r"access (?:to this page has been )?denied[.!]?|you have been blocked|please wait(?:\.{3}|…)?|robot check",
        r"are you (?:a )?(?:robot|human)\?|(?:verify (?:that )?you are (?:a )?human|human verification)[.!]?",
        r"rate limit(?:ed)?(?: exceeded| reached)?[.!]?|unusual traffic(?: detected)?",
        r"доступ (?:запрещ[её]н|заборонено)|подождите(?:\.{3}|…)",
    ),
    SERVER: (
        rf"(?:{PHRASES}|(?:database )?error|page unavailable|site (?:is )?unavailable|something went wrong)[.!…]*",
        r"(?:site |website )?(?:is )?(?:(?:down |closed )?for |under )(?:scheduled )?(?:maintenance|construction)[.!]?",
        r"account suspended|domain (?:parked|expired|for sale)|welcome to nginx!|index of /",
        r"(?:страница не найдена|сторінку не знайдено|ошибка 404|помилка 404)[.!]?",
    ),
    SERVICE: (
        r"(?:please )?upgrade (?:your )?(?:plan|account|subscription)(?: to .{0,80})?[.!]?",
        r"(?:upgrade|renew) to (?:continue|keep|see|view) .{1,80}",
        r"your (?:free )?(?:trial|plan|subscription) (?:has )?(?:expired|ended)[.!]?",
        r"feed (?:disabled|expired|error|not found|(?:un|not )available|limit reached)[.!]?",
    ),
}
TELLTALES = {  # how an error page begins
    BRIDGE: (
        r"(?:.{0,60}\W)?was unable to (?:receive or )?process the remote website'?s content",
        r"(?:details )?type: \w*exception\b|rss-?bridge (?:tried to fetch|encountered|was unable)",
    ),
    WALL: (
        r"enable javascript and cookies to continue|(?:\S+ )?needs to review the security of your connection",
        r"checking (?:if the site connection is secure|your browser before accessing)",
        r"verifying you are human\. this may take|sorry, you have been blocked you are unable",
        r"(?:google sorry\W{0,5})?our systems have detected unusual traffic from your computer network",
        r"you don'?t have permission to access (?:\"|'|/|this (?:resource|server))",
    ),
    SERVER: (
        r"the requested (?:url|resource)\b.{0,200} (?:was|could) not (?:be )?found on this server",
        r"the server is temporarily unable to service your request|this page is (?:currently )?offline",
    ),
}
MAKERS = re.compile(r"https?://(?:www\.)?(?:rss\.app|fetchrss\.com|polite(?:pol|paul)\.com|feed43\.com|openrss\.org)/")
BRIDGE_CALL = re.compile(r"https?://[^?#]*\?(?:[^#]*&)?action=display&(?:[^#]*&)?bridge=")


def _any(forms: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((what, re.compile("|".join(some), re.IGNORECASE)) for what, some in forms.items())


_CERTAIN, _POSSIBLE, _TELLTALES = _any(CERTAIN), _any(POSSIBLE), _any(TELLTALES)


def why(item: Item) -> str:
    """What the item is in truth; empty if it is news."""
    title, summary = item.title.strip(), item.summary[:LOOKED_AT].strip()
    for what, form in _CERTAIN:
        if form.fullmatch(title):
            return what
    for what, form in _TELLTALES:
        if form.match(summary):
            return what
    for what, form in _POSSIBLE:
        if form.fullmatch(title) and _gives_itself_away(item, title, summary):
            return what
    return ""


def page(heard: Heard) -> Trouble | None:
    """Why a document is no feed but an error page, if errors are all it has."""
    if not heard.quarantined or cut.items_of(heard.entries):
        return None
    first = heard.quarantined[0]
    return Trouble(code="error_page", text=f"in the place of news stands {why(first)}: {first.title!r}")


def _gives_itself_away(item: Item, title: str, summary: str) -> bool:
    """Whether an item with a title that an article might have says nothing, or leads to who makes the feed."""
    silent = not summary or summary.rstrip(".!…").casefold() == title.rstrip(".!…").casefold()
    made = MAKERS.match(item.url) or BRIDGE_CALL.match(item.url) or BRIDGE_CALL.match(item.guid)
    return bool(made) or (silent and not item.tags and not item.author)
