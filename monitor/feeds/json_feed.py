"""A JSON Feed in the shape that parse.py reads; feedparser 6.0 knows none. Pure.

Source: JSON Feed 1.0 and 1.1, https://www.jsonfeed.org/version/1.1/
"""

import re
from typing import Any

import msgspec

VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1")


def read(body: bytes) -> dict[str, Any] | None:
    """The document; None if it is no JSON Feed.

    Raises:
        RecursionError: it is nested too deeply to be read.
    """
    try:
        raw = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    if not isinstance(raw, dict) or not VERSION.match(str(raw.get("version"))):
        return None
    items = raw.get("items")
    return {
        "version": "json",
        "feed": {"link": raw.get("home_page_url"), "language": raw.get("language")},
        "entries": [_entry(item) for item in (items if isinstance(items, list) else ()) if isinstance(item, dict)],
    }


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    authors = item.get("authors") or [item.get("author")]
    author = authors[0] if isinstance(authors, list) and isinstance(authors[0], dict) else {}
    tags = item.get("tags")
    return {
        "id": str(item.get("id") or ""),  # the standard asks readers to take a number for a text
        "link": item.get("url") or item.get("external_url"),
        "title": item.get("title"),
        "title_detail": {"type": "text/plain"},
        "summary": item.get("summary"),
        "summary_detail": {"type": "text/plain"},
        "content": [
            {"type": "text/plain", "value": item.get("content_text")},
            {"type": "text/html", "value": item.get("content_html")},
        ],
        "published": item.get("date_published"),
        "updated": item.get("date_modified"),
        "language": item.get("language"),
        "author": author.get("name"),
        "tags": [{"term": tag} for tag in (tags if isinstance(tags, list) else ())],
    }
