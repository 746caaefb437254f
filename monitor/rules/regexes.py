"""Regular expressions of queries: RE2's, with classes that know every script. Pure.

RE2 runs in time linear in the text, whatever the expression; it has no back-references and no look-around for that
reason. Its ``\\w``, ``\\b``, ``\\s`` and ``\\d`` know ASCII only, so an expression is read piece by piece and written
anew:

    \\w \\s \\d and their opposites   the Unicode classes; a no-break space is a blank
    \\b                             RE2 cannot be told; so the border of a word is marked in the text that it searches:
                                   every piece may then pass marks, and \\b needs one
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, pairwise

import re2

from monitor.rules import text
from monitor.rules.fault import Fault

LONGEST = 1000  # characters of an expression
MOST_MATCHES = 1000  # in one field; more of them say nothing new, and a text of 64 KiB can hold that many
MEMORY = 4 * 2**20  # bytes that one compiled expression may take
SET_MEMORY = 64 * 2**20  # bytes, for all expressions of a rule set together
BORDER = "\ufdd0"  # no character; stands where a word begins or ends, as often as \b can be asked in one place
BORDERS = BORDER * 4
LETTER = rf"[\w{text.MARKS}]"
EDGE = re.compile(rf"(?<!{LETTER})(?={LETTER})|(?<={LETTER})(?!{LETTER})")
SURROGATES = re.compile("[\ud800-\udfff]")

WORDLY, BLANK, DIGIT = r"\p{L}\p{M}\p{N}_", r"\t-\r\x1c-\x20\x{85}\p{Z}", r"\p{Nd}"
CLASSES = {"w": WORDLY, "s": BLANK, "d": DIGIT}
PIECE = re.compile(
    r"\\[pP](?:\{\^?\w+\}|\w)|\\x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|\\[0-7]{3}|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\(\?[^)(:]*[:)]"
    r"|\(\?P?<\w+>|[()|^$]|\{\d+(?:,\d*)?\}\??|[*+?]\??|.",
    re.DOTALL,
)
REFUSED = (
    (re.compile(r"\\[1-9k]"), "a back-reference needs a search that can stall", "write the text out twice"),
    (re.compile(r"\(\?<?[=!]"), "looking around needs a search that can stall", "say it with AND, NOT or NEAR/n"),
    (re.compile(r"\\[BQE]"), "this sign is not in the language", "write what stands there; \\b is a word's border"),
)
STARTS, ENDS = ("^", r"\A"), ("$", r"\z")
MULTILINE = re.compile(r"\(\?[a-zU]*m")  # ^ and $ are for every line
INNER = re.compile(r"\\[WSDP]|\[:\^")


class Pattern:
    """An expression, compiled: ``search`` it in a text, ``loose`` is for the set that proposes candidates."""

    def __init__(self, written: str) -> None:
        pieces = _in_order(PIECE.findall(written))
        self._bordered = r"\b" in pieces
        self.loose = "".join(_plain(piece) for piece in pieces if piece != r"\b")
        source = "".join(_marked(pieces)) if self._bordered else self.loose
        self._compiled = re2.compile(source, _options(MEMORY))

    def search(self, field: str) -> list[tuple[int, int]]:
        """Where the expression is found: characters from the first number up to the second; never nothing at all."""
        sought = SURROGATES.sub("\ufffd", field)
        if not self._bordered:
            found = (match.span() for match in self._compiled.finditer(sought))
            return [(start, end) for start, end in islice(found, MOST_MATCHES) if start < end]
        marked = EDGE.sub(BORDERS, sought.replace(BORDER, "\ufffd"))
        spans = islice((match.span() for match in self._compiled.finditer(marked)), MOST_MATCHES)
        return [(start, end) for start, end in _unmarked(spans, marked) if start < end]

    def may_be_nothing(self) -> bool:
        """Whether a text without a single character is enough for it."""
        return self._compiled.search("") is not None


class Candidates:
    """Expressions of many rules, searched at once; what it proposes may turn out not to be there, never the reverse."""

    def __init__(self, patterns: list[str]) -> None:
        self._patterns = patterns
        self._set = re2.Set.SearchSet(_options(SET_MEMORY))
        for written in patterns:
            self._set.Add(compiled(written).loose)
        if patterns:
            self._set.Compile()

    def within(self, field: str) -> list[str]:
        """The expressions that may be found in a text."""
        if not self._patterns or not field:
            return []
        return [self._patterns[number] for number in self._set.Match(SURROGATES.sub("\ufffd", field)) or ()]


@lru_cache(maxsize=4096)
def compiled(written: str) -> Pattern:
    """The expression between the slashes, compiled once."""
    return Pattern(written)


def check(written: str, start: int) -> None:
    """Refuse what RE2 does not take and what would be found everywhere; ``start``: where the expression begins.

    Raises:
        Fault: with the place of the very piece, where RE2 names it.
    """
    if len(written) > LONGEST:
        raise Fault(f"an expression of {len(written)} characters; {LONGEST} are the most", start, start, "write two")
    at, before = start, ""
    lines = MULTILINE.search(written) is not None
    for piece in PIECE.findall(written):
        if not lines and before in ENDS and piece not in (*ENDS, ")", "|", r"\b"):
            raise Fault(f"nothing can stand behind {before}", at, at + len(piece), f"leave {before} out")
        if not lines and piece in STARTS and before not in (*STARTS, "", "(", "|", r"\b") and before[:2] != "(?":
            raise Fault(f"nothing can stand before {piece}", at, at + len(piece), f"leave {piece} out")
        for refused, message, hint in REFUSED:
            if refused.match(piece) or (piece == "(" and refused.match(written, at - start)):
                raise Fault(message, at, at + max(2, len(piece)), hint)
        if piece.startswith("[") and (inner := INNER.search(piece)):
            hint = r"write it beside the brackets: (?:\W|[0-9])"
            raise Fault(f"{inner[0]} within [ ] is not in the language", at + inner.start(), at + inner.end(), hint)
        at, before = at + len(piece), piece
    try:
        pattern = compiled(written)
    except re2.error as wrong:
        reason = wrong.args[0].decode() if isinstance(wrong.args[0], bytes) else str(wrong)
        what, _, piece = reason.partition(": ")
        at = max(0, written.find(piece)) if piece else 0
        hint = r"signs that mean themselves have a \ before them: /\(a\)/"
        raise Fault(f"this is no expression: {what}", start + at, start + at + max(1, len(piece)), hint) from None
    if pattern.may_be_nothing():
        message = "this expression is found in every text, since it may stand for nothing"
        raise Fault(message, start, start + len(written), "write + where * stands, or leave out the ?")


# -- writing an expression anew ----------------------------------------------------------------------------------------


def _options(memory: int) -> re2.Options:
    options = re2.Options()
    options.max_mem = memory
    options.log_errors = False
    return options


def _in_order(pieces: list[str]) -> list[str]:
    """The pieces with \\b next to what it is the border of: it passes a mark, and there is none beyond ^ and $."""
    turned = True
    while turned:
        turned = False
        for at, (one, other) in enumerate(pairwise(pieces)):
            if (one in ENDS and other == r"\b") or (one == r"\b" and other in STARTS):
                pieces[at : at + 2] = other, one
                turned = True
                break
    return pieces


def _plain(piece: str) -> str:
    """A piece with classes that know every script."""
    if piece.startswith("[") and len(piece) > 1:
        return INSIDE.sub(lambda found: CLASSES[found[0][1]] if found[0][1] in CLASSES else found[0], piece)
    if len(piece) == 2 and piece[0] == "\\" and piece[1].lower() in CLASSES:
        return f"[{'^' if piece[1].isupper() else ''}{CLASSES[piece[1].lower()]}]"
    return piece


INSIDE = re.compile(r"\\.", re.DOTALL)


def _marked(pieces: list[str]) -> Iterator[str]:
    """The same expression for a text with marks: they may stand before each piece, which takes none for a sign."""
    dots = r"[^\x{FDD0}]" if any(re.match(r"\(\?[a-zU]*s", piece) for piece in pieces) else r"[^\n\x{FDD0}]"
    for piece in pieces:
        if piece == r"\b":
            yield r"\x{FDD0}"
        elif piece in ENDS:
            yield rf"\x{{FDD0}}*{piece}"
        elif piece in ("(", ")", "|", "^", r"\A") or piece.startswith("(?") or QUANTIFIER.fullmatch(piece):
            yield piece
        else:
            signs = dots if piece == "." else _plain(piece)
            signs = rf"[^\{piece[1:]}\x{{FDD0}}]".replace(r"\P", r"\p") if piece.startswith(r"\P") else signs
            if signs.startswith("[^") and "FDD0" not in signs:
                signs = rf"{signs[:-1]}\x{{FDD0}}]"
            yield rf"(?:\x{{FDD0}}*{signs})"


QUANTIFIER = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")


def _unmarked(spans: Iterator[tuple[int, int]], marked: str) -> Iterator[tuple[int, int]]:
    """The spans, counted in characters of the text without its marks."""
    seen = marks = 0
    for span in spans:
        start, end = span
        marks += marked.count(BORDER, seen, start)
        first = start - marks
        marks += marked.count(BORDER, start, end)
        seen = end
        yield first, end - marks
