"""What two links to one page have in common, whichever feed, campaign or scheme they came by. Pure."""

import re
from urllib.parse import urlsplit

# Parameters that say where a reader came from and nothing of the page; each is some analytics product's own.
TRACKING = re.compile(
    r"utm_\w+|hsa_\w+|mtm_\w+|pk_(?:campaign|kwd|source|medium|content)|mc_[ce]id|_hs(?:enc|mi)|at_(?:medium|campaign|"
    r"custom\d*|link_\w+|format|ptr_name|bbc_team)|(?:fb|g|d|y|ys|ms|tw|tt|igs?)cl(?:id|src)|[gw]braid|igshid|igsh|"
    r"mkt_tok|cmpid|cmp|ncid|ocid|smid|xtor|wt_mc|ns_(?:mchannel|source|campaign|linkname|fee)|guccounter|guce_\w+|"
    r"sr_share|ref_src|ref_url|traffic_source|taid|ftag|vero_id|oly_(?:anon|enc)_id|__twitter_impression",
    re.IGNORECASE,
)


def without_tracking(query: str) -> str:
    """A URL's query without the fields that only say where its reader came from."""
    return "&".join(field for field in query.split("&") if not TRACKING.fullmatch(field.partition("=")[0]))


def canonical(url: str) -> str:
    """What links to one page share: host and path and query; empty for no link and for a front page.

    Left out: the scheme, ``www.``, user and password, an ordinary port, a final slash, tracking, the fragment.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host = (host if host.isascii() else host.encode("idna").decode()).removeprefix("www.")
    except ValueError:  # UnicodeError is one: a host that cannot be written in ASCII
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    path, query = parts.path.rstrip("/"), without_tracking(parts.query)
    place = host + (f":{port}" if port not in (None, 80, 443) else "")
    return f"{place}{path}" + (f"?{query}" if query else "") if path or query else ""
