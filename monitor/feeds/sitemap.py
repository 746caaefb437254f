"""A news sitemap in the shape that parse.py reads; feedparser knows none. Pure.

Source: sitemaps.org 0.9; Google's news extension (news:news with title, publication, publication_date, keywords).
"""

import re
from typing import Any
from xml.parsers import expat

MOST_ENTRIES = 2000
ROOT = re.compile(
    rb"(?:\s|<\?.{0,2000}?\?>|<!--(?:(?!-->).){0,2000}-->)*+<(?:\w{1,20}:)?(urlset|sitemapindex)[\s>/]", re.DOTALL
)
NEWS = re.compile(rb"<news:news[\s>]|schemas/sitemap-news")
FIELDS = {  # an element and the one around it: what parse.py calls it
    ("url", "loc"): "link",
    ("url", "lastmod"): "updated",
    ("news", "title"): "title",
    ("news", "publication_date"): "published",
    ("news", "keywords"): "keywords",
    ("publication", "language"): "language",
}


def root(body: bytes) -> str:
    """``urlset`` or ``sitemapindex`` if the document is one of these; else empty."""
    found = ROOT.match(body)
    return found[1].decode() if found else ""


def read(body: bytes) -> dict[str, Any] | None:
    """The document; None if it is no sitemap, or one that lists other sitemaps or pages that are no news.

    An ill-formed one is read as far as possible. A page that is not marked as news is left out.
    """
    if root(body) != "urlset" or not NEWS.search(body):
        return None
    reading = _Reading()
    wrong: Exception | None = None
    try:
        reading.parser.Parse(body, True)
    except expat.ExpatError as broken:
        wrong = broken
    return {"version": "sitemap", "feed": {}, "entries": reading.entries, "bozo_exception": wrong, "bozo": bool(wrong)}


class _Reading:
    """Elements go by their names without prefix, and by what they stand in."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.path: list[str] = ["", ""]
        self.told: dict[str, str] = {}  # of the page that is being read
        self.is_news = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text

    def start(self, name: str, _: dict[str, str]) -> None:
        self.path.append(name.rpartition(":")[2])
        if self.path[-1] == "url":
            self.told, self.is_news = {}, False
        self.is_news = self.is_news or self.path[-1] == "news"

    def text(self, words: str) -> None:
        field = FIELDS.get((self.path[-2], self.path[-1]))
        if field:
            self.told[field] = self.told.get(field, "") + words

    def end(self, _: str) -> None:
        if self.path.pop() == "url" and self.is_news and len(self.entries) < MOST_ENTRIES:
            self.entries.append(_entry({name: words.strip() for name, words in self.told.items()}))


def _entry(told: dict[str, str]) -> dict[str, Any]:
    keywords = told.pop("keywords", "").split(",")
    return {
        **told,
        "title_detail": {"type": "text/plain"},
        "tags": [{"term": word.strip()} for word in keywords if word.strip()],
    }
