"""Links that may be shown: http or https, absolute, without a user, in plain ASCII, at most 2 KB. Pure."""

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

LONGEST = 2048  # bytes; what is longer is dropped, for half an address leads elsewhere
LONGEST_RAW = 16 * 2**10  # characters that are looked at
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")  # browsers skip or hide it
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
KEPT = "%/:?#[]@!$&()*+,;=~"  # characters that mean something in a URL; the rest is written as %XX


def web_link(raw: str, base: str) -> str:
    """The link as it may be shown and followed; empty if it is none.

    Args:
        raw: as the feed has it.
        base: what a relative link is relative to.
    """
    raw = UNSEEN.sub("", raw).strip()
    if not raw or len(raw) > LONGEST_RAW:
        return ""
    try:
        parts = urlsplit(urljoin(base, raw))
        host, port = parts.hostname or "", parts.port
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # UnicodeError is one: a host that cannot be written in ASCII
        return ""
    if parts.scheme not in ("http", "https") or not HOST.fullmatch(ascii_host):
        return ""
    place = f"[{ascii_host}]" if ":" in ascii_host else ascii_host
    if port is not None:
        place += f":{port}"
    link = urlunsplit(
        (parts.scheme, place, *(quote(part, safe=KEPT) for part in (parts.path, parts.query, parts.fragment)))
    )
    return link if len(link) <= LONGEST else ""
