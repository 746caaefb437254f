"""Where an entry's link and authors stand, which feeds say in many ways. Pure.

An entry is a mapping such as feedparser's; nothing in it is trusted to be of its type.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

NO_ARTICLE = frozenset({"self", "edit", "hub", "enclosure", "replies", "license", "next", "previous", "first", "last"})
WRITERS = frozenset({"author", "writer", "reporter", "journalist"})  # of media:credit's roles; most are photographers
MOST_AUTHORS = 10
LONGEST_AUTHOR = 500  # characters
PERSON = re.compile(r"[^\s@]+@[^\s@]+ ?\((?P<behind>[^()@]+)\)|(?P<before>[^<>()@]+)[<(][^\s@]+@[^\s@]+[>)]")


def text(value: Any) -> str:
    """The value if it is a text, else empty."""
    return value if isinstance(value, str) else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Those of the values that are mappings."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def link(entry: Mapping[str, Any]) -> str:
    """The link to the article as the feed has it; to a sound or a film only where there is nothing else.

    Of several alternates it is the first that is not marked as a translation: a feed that adds them puts its own first.
    """
    return next((found.strip() for found in _links(entry) if found.strip()), "")


def _links(entry: Mapping[str, Any]) -> Iterator[str]:
    yield text(entry.get("feedburner_origlink"))  # what the link was before a service counted the clicks on it
    links = mappings(entry.get("links"))
    alternates = [one for one in links if one.get("rel", "alternate") == "alternate"]
    pages = [one for one in alternates if "html" in text(one.get("type", "html"))]
    for some in ([one for one in pages if not one.get("hreflang")], pages):
        yield from (text(one.get("href")) for one in some)
    yield text(entry.get("link"))
    yield from (text(one.get("href")) for one in alternates)
    yield text(mapping(entry.get("a")).get("href"))  # Microsoft's channels (CDF)
    guid = text(entry.get("id")).strip()
    yield guid if guid.startswith(("http://", "https://")) else ""
    yield from (text(one.get("href")) for one in links if one.get("rel") not in NO_ARTICLE)
    yield from (text(one.get("href")) for one in links if one.get("rel") == "enclosure")
    yield from (text(one.get("url")) for one in mappings(entry.get("media_content")))


def authors(entry: Mapping[str, Any]) -> list[str]:
    """The names of an entry's authors, each once, in its order."""
    people, whole = mappings(entry.get("authors")), text(entry.get("author"))[:LONGEST_AUTHOR].strip()
    if len(people) < 2 and whole:  # feedparser cuts long domains in two when it takes "desk@herald.example (Ann)" apart
        found = PERSON.fullmatch(whole)
        return [(found["before"] or found["behind"]).strip() if found else whole]
    names = _once(text(one.get("name")) or text(one.get("email")) for one in people)
    credits = [one for one in mappings(entry.get("media_credit")) if text(one.get("role")).lower() in WRITERS]
    return names or _once(text(one.get("content")) for one in credits)


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))[:MOST_AUTHORS]
