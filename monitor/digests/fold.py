"""Which items a letter tells as one story, what is the same but for marks, and links that may be shown. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, urlsplit, urlunsplit

from monitor.canonical import without_tracking
from monitor.digests.tidy import BELL, is_hidden, is_simple
from monitor.model import ItemId, MatchedItem

HARMLESS = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # ASCII that stands in a link as it is


def shown_url(url: str) -> str:
    """The link as it may be shown and followed; empty if it is none for a browser.

    Only http and https; no user:password in front of the host, the host in its ASCII form (look-alike letters show as
    ``xn--``), no tracking parameters, nothing in it that a terminal or a chat service would act on.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9._:%-]+", host):
        return ""
    place = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    return _harmless(urlunsplit((parts.scheme, place, parts.path, without_tracking(parts.query), parts.fragment)))


def bare(text: str) -> list[str]:
    """The words of a text and nothing else, in one case and one spelling of each letter."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not is_simple(plain):
        plain = "".join(char for char in plain if not is_hidden(char))
    return re.findall(r"\w+", plain)


def folded(waiting: Iterable[MatchedItem]) -> tuple[tuple[MatchedItem, ...], ...]:
    """The items in groups of one story, in the order of each group's first item."""
    groups: dict[ItemId, list[MatchedItem]] = {}
    for matched in waiting:
        groups.setdefault(matched.story or matched.item.id, []).append(matched)
    return tuple(tuple(group) for group in groups.values())


def _harmless(url: str) -> str:
    """Percent-encode what is not to be seen in a link: blanks, brackets, hidden characters, ``@everyone``."""
    plain = (
        url
        if HARMLESS.fullmatch(url)
        else "".join(
            char
            if char.isprintable() and char not in ' <>"`\\^{|}' and not is_hidden(char)
            else quote(char, safe="", errors="replace")
            for char in url
        )
    )
    return BELL.sub(lambda found: quote(found[0], safe=""), plain)
