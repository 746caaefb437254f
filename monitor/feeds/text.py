"""Plain text out of whatever a feed calls text: no markup, no control or hidden characters, capped. Pure.

Every step is linear in its input, whatever the input: feeds are written by strangers.
"""

import html
import re
import unicodedata

FIELD_LIMIT = 64 * 2**10  # characters of one field that are looked at
LONGEST_TAIL = 64  # characters at the end of an unfinished text that what follows may still change: half an entity
READ_AHEAD = 4  # times the visible characters that are needed, before it is looked whether they are there
MARKS_LIMIT = 4  # combining marks on one letter; more is there to smear over its neighbours

TAG = re.compile(r"</?([a-zA-Z][^\s/>]*+)(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
SILENT = frozenset({"script", "style", "iframe", "noembed", "noframes", "noscript", "template"})  # content is not text
BREAK = re.compile(  # elements that end a word
    r"address|article|aside|blockquote|br|d[dlt]|div|fieldset|fig(?:caption|ure)|footer|form|h[1-6]|header|hr|legend|li"
    r"|main|nav|ol|option|p|pre|section|t(?:able|body|[dhr]|foot|head)|ul"
)
MARKUP = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|div|em|font|h[1-6]|i|img|ins|li|mark|p|q|s|small|span|strike|strong|sub|sup"
    r"|tt|u|ul|wbr)(?:\s[^<>]*)?/?>|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
)
VAST_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")  # beyond Unicode, and too long for int()
TERMINAL = re.compile(  # what a terminal would obey: CSI and OSC sequences, and the rest of the escapes
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\x9d]*(?:\x07|\x1b\\\\|\x9c)|\x1b[ -/]*[0-~]"
)
HIDDEN = re.compile(  # controls, soft hyphen, fillers, directions, zero widths, surrogates, variation selectors, tags
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
TRICK = re.compile("[\x1b\x9b\x9d\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")  # nobody writes these by accident
UNUSUAL_RUN = re.compile(r"[^\w\s!-~]{5,}")  # the only places where more than four marks can stand in a row


def from_html(source: str, needed: int = 0) -> str:
    """The text of an HTML fragment; entities are read once, so that what was escaped twice is shown as it was written.

    Follows the HTML standard where it matters for text: an unclosed comment, tag or script swallows the rest.

    Args:
        source: the fragment.
        needed: the text may end behind so many visible characters (0: nowhere before its end).
    """
    pieces: list[str] = []
    quotes_pair, at, ahead = True, 0, READ_AHEAD * needed
    while True:
        opening = source.find("<", at)
        if opening < 0:
            pieces.append(source[at:])
            break
        pieces.append(source[at:opening])
        if needed and opening > ahead:
            text = _unescaped(pieces)
            if not TRICK.search(text) and len(tidy(text, len(text))) > needed:
                return text
            ahead = max(opening, ahead) * 2
        after = source[opening + 1 : opening + 2]
        if source.startswith("<![CDATA[", opening):
            at = opening + len("<![CDATA[")
        elif source.startswith("<!--", opening):
            at = _behind("-->", source, opening + 2)
        elif after in ("!", "?"):
            at = _behind(">", source, opening)
        elif after == "/" or (after.isascii() and after.isalpha()):
            tag = TAG.match(source, opening) if quotes_pair else None
            quotes_pair = quotes_pair and tag is not None  # one stray quote: look for the next > alone from here on
            name = (tag[1] if tag else source[opening + 1 : opening + 16]).lower()
            at = tag.end() if tag else _behind(">", source, opening)
            if name in SILENT and after != "/":
                closing = re.compile(rf"</{name}", re.IGNORECASE).search(source, at)
                at = closing.start() if closing else len(source)
            elif BREAK.fullmatch(name):
                pieces.append(" ")
        else:
            pieces.append("<")
            at = opening + 1
    return _unescaped(pieces)


def _unescaped(pieces: list[str]) -> str:
    return html.unescape(VAST_REFERENCE.sub("\ufffd", "".join(pieces).replace("]]>", " ")))


def _behind(mark: str, source: str, start: int) -> int:
    found = source.find(mark, start)
    return found + len(mark) if found >= 0 else len(source)


def looks_marked_up(source: str) -> bool:
    """Whether a text that may be plain or HTML (RSS leaves it open) holds a common tag or an entity."""
    return MARKUP.search(source) is not None


def tidy(text: str, limit: int) -> str:
    """One line of visible characters, composed (NFC), at most ``limit`` of them, cut at a word's end."""
    text = HIDDEN.sub("", TERMINAL.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", UNUSUAL_RUN.sub(_fewer_marks, text))
    return shorten(" ".join(text.split()), limit)


def shorten(text: str, limit: int) -> str:
    """The text, or as many whole words of it as fit before an ellipsis."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut).rstrip(" ,;:–—-") + "…"


def _fewer_marks(run: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MARKS_LIMIT:
            kept.append(character)
    return "".join(kept)
