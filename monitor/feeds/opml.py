"""OPML: lists of feeds as other readers give and take them. Pure.

A list is a stranger's: at most 10 MiB, 20,000 feeds and 64 folders deep; a document type that declares anything is
refused, so there is no entity to grow or to read a file with.

Source: OPML 1.0 and 2.0, http://opml.org/spec2.opml
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import NoReturn
from xml.etree import ElementTree as ET
from xml.parsers import expat

from msgspec import Struct

from monitor.errors import MonitorError
from monitor.feeds.discover import address, group_word, language, plain_title
from monitor.feeds.encoding import to_utf8
from monitor.model import Trouble

LARGEST = 10 * 2**20  # bytes
MOST_FEEDS = 20_000
DEEPEST = 64  # folders in folders
BLANK = b" \t\r\n\f\v\0"
# An & that begins no reference of XML's own. Every second list in the wild has one in a title or an address.
LOOSE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")


class NotOpml(MonitorError):
    """A file is no list of feeds, or none that can be read; ``where`` is ``file:line:column``."""

    exit_code = 65  # EX_DATAERR


class Listed(Struct, frozen=True, kw_only=True):
    """A feed in a list."""

    url: str  # as the list has it, not yet checked
    title: str = ""
    group: str = ""  # its folders as one short word
    lang: str = ""
    line: int = 0  # where it stands; 0 if it stands in no file


def read(body: bytes, where: str) -> tuple[Listed, ...]:
    """The feeds of a list, in its order.

    Raises:
        NotOpml: it cannot be read; the error says where.
    """
    if len(body) > LARGEST:
        raise NotOpml(f"the list is longer than {LARGEST // 2**20} MiB", where=where, hint="is it the right file?")
    return _Reader(body, where).listed()


def write(feeds: Iterable[Listed], title: str) -> str:
    """A list in OPML 2.0; feeds of one group that follow each other share a folder, so the order stays."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = title
    body = ET.SubElement(root, "body")
    for group, members in groupby(feeds, key=lambda feed: feed.group):
        folder = ET.SubElement(body, "outline", text=group, title=group) if group else body
        for feed in members:
            name = feed.title or feed.url
            said = {"type": "rss", "text": name, "title": feed.title, "xmlUrl": feed.url, "language": feed.lang}
            ET.SubElement(folder, "outline", {key: value for key, value in said.items() if value})
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


class _Reader:
    """One reading of one list."""

    def __init__(self, body: bytes, where: str) -> None:
        read = to_utf8(body, "")
        if isinstance(read, Trouble):
            raise NotOpml(read.text, where=where, hint="save it as UTF-8")
        text = read.body.removeprefix(b"\xef\xbb\xbf")
        self.body = text.lstrip(BLANK)  # before the declaration XML allows no blank, and lists have some
        self.where, self.skipped = where, text[: len(text) - len(self.body)].count(b"\n")
        self.body = LOOSE.sub(b"&amp;", self.body)
        self.found: list[Listed] = []
        self.folders: list[str] = []
        self.open = 0  # elements
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.StartDoctypeDeclHandler = self.doctype

    def listed(self) -> tuple[Listed, ...]:
        if not self.body:
            raise NotOpml("the list is empty", where=self.where, hint="export it once more from where it came")
        try:
            self.parser.Parse(self.body, True)
        except expat.ExpatError as wrong:
            hint = 'inside quotes write " as &quot; and < as &lt;; close every tag'
            self.refuse(f"this is not well-formed XML: {expat.ErrorString(wrong.code)}", hint)
        return tuple(self.found)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.open += 1
        if self.open == 1 and name.lower() != "opml":
            self.refuse(f"this is a <{name[:40]}> document, not OPML", "a feed or a page: monitor feeds add URL")
        if name.lower() != "outline":
            return
        said = {key.lower(): value for key, value in attributes.items()}
        title = plain_title(said.get("title", "")) or plain_title(said.get("text", ""))
        url = said.get("xmlurl", "").strip()
        if url:
            self.listed_at(url, "" if title == url else title, said)
        self.folders.append("" if url else group_word(title))
        if len(self.folders) > DEEPEST:
            self.refuse(f"folders stand in each other more than {DEEPEST} deep", "put them side by side")

    def listed_at(self, url: str, title: str, said: dict[str, str]) -> None:
        if len(self.found) == MOST_FEEDS:
            self.refuse(f"the list names more than {MOST_FEEDS} feeds", "divide it")
        group = group_word(" ".join(folder for folder in self.folders if folder))
        line = self.parser.CurrentLineNumber + self.skipped
        lang = language(said.get("language", ""))
        self.found.append(Listed(url=address(url), title=title, group=group, lang=lang, line=line))

    def end(self, name: str) -> None:
        self.open -= 1
        if name.lower() == "outline":
            self.folders.pop()

    def doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        if has_internal_subset:
            self.refuse("the list declares a document type of its own, which no honest list does", "take it out")

    def refuse(self, message: str, hint: str) -> NoReturn:
        at = f"{self.parser.CurrentLineNumber + self.skipped}:{self.parser.CurrentColumnNumber + 1}"
        raise NotOpml(message, where=f"{self.where}:{at}", hint=hint) from None
