"""A JSON Feed in the shape that parse.py reads; feedparser 6.0 knows none. Pure.

Attachments, images and next_url say nothing that is matched or told, and are left alone.

Source: JSON Feed 1.0 and 1.1, https://www.jsonfeed.org/version/1.1/
"""

import json
import re
from typing import Any

import msgspec

VERSION = re.compile(r"(?:https?://)?(?:www\.)?jsonfeed\.org/version/1|1(?:\.[01])?$", re.IGNORECASE)
HEAD = ("home_page_url", "feed_url")
HALF = re.compile(rb"\\u[dD][89a-fA-F]")  # of a character; msgspec reads it only where the other half follows
LONGEST_NUMBER = 2**64  # a number beyond is nobody's id, and Python may refuse to write it


def read(body: bytes) -> dict[str, Any] | None:
    """The document; None if it is no JSON Feed.

    One whose version is missing or odd is a feed if it has items and says where it is from.

    Raises:
        RecursionError: it is nested too deeply to be read.
    """
    raw = _decoded(body)
    if not isinstance(raw, dict):
        return None
    items = raw.get("items")
    known = VERSION.match(_text(raw.get("version"))) is not None
    if not known and not (isinstance(items, list) and any(raw.get(name) for name in HEAD)):
        return None
    return {
        "version": "json",
        "feed": {
            "link": raw.get("home_page_url"),
            "language": raw.get("language"),
            "authors": _authors(raw),
        },
        "entries": [_entry(item) for item in (items if isinstance(items, list) else ()) if isinstance(item, dict)],
    }


def _decoded(body: bytes) -> Any:
    """The value; None if the bytes are no JSON. A text that was cut in the middle of an emoji is JSON."""
    try:
        return msgspec.json.decode(body)
    except ValueError:  # DecodeError is one
        if HALF.search(body) is None:
            return None
    try:
        return json.loads(body)
    except ValueError:
        return None


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    tags = item.get("tags")
    return {
        "id": _text(item.get("id")),
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
        "authors": _authors(item),
        "tags": [{"term": tag} for tag in (tags if isinstance(tags, list) else ())],
    }


def _authors(told: dict[str, Any]) -> list[Any]:
    """The authors of 1.1, or else the author of 1.0."""
    authors = told.get("authors") or [told.get("author")]
    return authors if isinstance(authors, list) else []


def _text(value: Any) -> str:
    """A text, or a number as one: the standard asks readers to take an id that is a number for a text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < LONGEST_NUMBER:
        value = int(value)
    return str(value) if isinstance(value, str) or abs(value) < LONGEST_NUMBER else ""
