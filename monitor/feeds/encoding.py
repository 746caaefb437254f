"""A feed's bytes as UTF-8: one place decides what they are written in, before anything else reads them. Pure.

The order of trust: a byte order mark, or the first characters of an XML declaration; being valid UTF-8 with letters
beyond ASCII (no other encoding is that by accident); what the document says of itself; what the server says; a guess.

Source: XML 1.0 appendix F; RFC 7303, of which the wild knows little.
"""

import codecs
import re
from typing import NamedTuple

from monitor.model import Trouble

MARKS = (  # longest first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # <?xm in EBCDIC
)
DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{0,100})["']""")
CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
}  # what is meant by the narrower
REFUSED = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
HEAD = 400  # characters; a document of any kind has begun by then
BELOW_LETTERS = bytes(range(0xC0))  # in UTF-8 a byte above these begins a letter beyond ASCII
DAMAGE = 0.02  # of the letters beyond ASCII may be broken, and a document is still called UTF-8


class Utf8(NamedTuple):
    """A document in UTF-8, and a note if it had to be read otherwise than it asked."""

    body: bytes
    note: str = ""


def to_utf8(body: bytes, content_type: str) -> Utf8 | Trouble:
    """The document in UTF-8; trouble ``encoding`` if it names an encoding that is a program's and not a feed's."""
    for mark, name in MARKS:
        if body.startswith(mark):
            return Utf8(body.decode(name, "replace").encode("utf-8", "replace"))
    declared = _declared(body, content_type)
    if "\0" in declared:
        return Trouble(code="encoding", text="the document names an encoding that is no name")
    codec = _codec(declared)
    if codec in REFUSED:
        return Trouble(code="encoding", text=f"the document says it is written in {codec}, which no feed is")
    if not body.isascii() and _is_utf8(body):
        return Utf8(body, "" if codec in ("", "utf-8") else f"said to be in {declared}, but it is UTF-8")
    if codec in ("", "utf-8"):
        return _guessed(body)
    text = body.decode(codec, "replace")
    if "<" not in text[:HEAD] and "{" not in text[:HEAD]:
        return _guessed(body)  # UTF-16 or EBCDIC by a name that stands in ASCII
    note = f"said to be in {declared}, but not all of it is" if "\ufffd" in text else ""
    return Utf8(text.encode("utf-8", "replace"), note)


def _declared(body: bytes, content_type: str) -> str:
    found = DECLARED.match(body)
    if found:
        return found[1].decode("ascii", "replace").strip()
    charset = CHARSET.search(content_type)
    return charset[1] if charset else ""


def _codec(name: str) -> str:
    """Python's name of a text encoding; empty if it knows none of that name."""
    if name.lower().replace("-", "_") in REFUSED:
        return name.lower().replace("-", "_")
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return ""
    if not getattr(codec, "_is_text_encoding", True):  # rot13 and zlib turn texts to texts and bytes to bytes
        return ""
    return WIDER.get(codec.name, codec.name)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _guessed(body: bytes) -> Utf8:
    """Bytes that should be UTF-8 and may not be: UTF-8 with a few holes, or else Windows-1252."""
    text = body.decode("utf-8", "replace")
    holes = text.count("\ufffd")
    if holes == 0:
        return Utf8(body)
    beyond = len(body.translate(None, BELOW_LETTERS))
    if holes <= beyond * DAMAGE:
        return Utf8(text.encode(), f"{holes} broken characters")
    return Utf8(body.decode("cp1252", "replace").encode(), "not in UTF-8; read as Windows-1252")
