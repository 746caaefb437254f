"""What must not pass for a query: every token is looked at before the grammar sees it. Pure.

A rule that is understood in another way than its writer meant it is worse than one that is refused: so whatever has no
meaning, and whatever has none yet, is named here with its place and with the way to write it.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from lark import Token

from monitor.errors import did_you_mean
from monitor.rules import text

DEEPEST = 50  # brackets within brackets; deeper is no query that a person wrote
LONGEST_PHRASE = 16  # words
FIELDS = ("title",)
FIELDS_TO_COME = ("summary", "body", "url", "author", "tag", "feed", "group", "lang", "tier")
CALLS_TO_COME = {
    "lead": "for now write title:(...)",
    "sentence": "for now write x AND y: both anywhere in title and summary",
    "atleast": "for now write the words alone: once is enough",
    "anyof": "for now write (x AND y) OR (x AND z) OR (y AND z)",
}
EXACT_TO_COME = "words in exact case (=IMF) are not in the language yet"
LETTER_TO_COME = "a ? for any letter is not in the language yet"
REGEX_TO_COME = "regular expressions are not in the language yet"
NEARNESS = ("NEAR", "ONEAR")
HYPHENS = ("-", "\u2010", "\u2011")
SMART_QUOTES = "“”„«»‟＂"
LIST_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
QUOTED = "text with signs in it stands in double quotes; there they only part words"
SIGNS = {
    "=": "for now leave the = out: a word is found in any case",
    "?": "for now write both spellings: (word OR ward), or end the word with a *",
    "-": "to leave items out, write NOT before the word; a hyphen stands between two words: long-range",
    "+": "write AND between words that must all be there",
    "&": 'write AND; a sign within a name stands in quotes: "AT&T"',
    "|": "write OR",
    "!": "write NOT before a word, or * at the end of one",
    "'": 'a phrase stands in double quotes: "storm shadow"',
    "`": 'a phrase stands in double quotes: "storm shadow"',
    ",": "write AND or OR between words; " + QUOTED,
    ":": "a field stands right before its colon: title:Kyiv; " + QUOTED,
    ".": 'points stand in quotes: "U.S."',
    "_": "a list begins with a $: $LONG_RANGE; " + QUOTED,
}


class Fault(Exception):
    """A mistake in characters ``start`` up to ``end`` of a query; whoever knows the file makes it a RuleError."""

    def __init__(self, message: str, start: int, end: int, hint: str) -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.hint = message, start, end, hint


class Guard:
    """Stands between lexer and parser: lets through what means something and raises a Fault for the rest."""

    always_accept = ("STRAY",)  # no rule of the grammar knows it, yet the lexer must

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Look at each token and at the one before it."""
        opened: list[Token] = []
        before = Token("START", "", start_pos=-1, end_pos=-1)
        for token in stream:
            _check(token, before)
            _check_order(token, before)
            if token.type == "OPEN":
                opened.append(token)
                if len(opened) > DEEPEST:
                    raise fault(token, f"brackets within brackets, {DEEPEST} deep", "write the rule as two rules")
            elif token.type == "CLOSE" and not opened:
                raise fault(token, "this bracket closes nothing", "take it out, or write the ( that it belongs to")
            elif token.type == "CLOSE":
                opened.pop()
            before = token
            yield token
        if opened:
            raise fault(opened[-1], "this bracket is not closed", "write the ) that it needs")
        _check_order(Token("END", ""), before)


def fault(token: Token, message: str, hint: str) -> Fault:
    """A Fault that points at a whole token."""
    start = token.start_pos or 0
    return Fault(message, start, start + len(token), hint)


def _check(token: Token, before: Token) -> None:
    touching = token.start_pos == before.end_pos
    match token.type:
        case "STRAY":
            raise _stray(token, before if touching else None)
        case "OPEN" if before.type in ("WORD", "LIST", "PHRASE") and (touching or before in CALLS_TO_COME):
            raise _call(before, touching)
        case "FIELD":
            _check_field(token)
        case "LIST" if not LIST_NAME.fullmatch(token[1:]):
            name = token[1:].upper()
            hint = f"names of lists are in capitals: ${name}" if LIST_NAME.fullmatch(name) else QUOTED
            raise fault(token, f"{token!s} is no name of a list", hint)
        case "WORD":
            _check_word(token)
    if touching and token.type in ("WORD", "PHRASE", "LIST", "FIELD") and before.type in ("WORD", "PHRASE", "LIST"):
        if before.endswith("*") and before.type == "WORD":
            raise fault(before, "a * stands at the end of a word only", f"write {before!s}, or both spellings with OR")
        raise fault(token, f"{before!s} and {token!s} touch", "write AND or OR between them, or at least a blank")


def _check_order(token: Token, before: Token) -> None:
    """Whether a token may stand behind the one before it."""
    match before.type, token.type:
        case "OPEN", "CLOSE":
            raise fault(token, "nothing stands between these brackets", "write a word in them, or take them out")
        case (("START" | "OPEN"), ("AND" | "OR")):
            raise fault(token, f"nothing stands before {token!s}", f"write what comes before it, or take {token!s} out")
        case (("AND" | "OR" | "NOT" | "FIELD"), ("CLOSE" | "END")):
            raise fault(before, f"nothing stands behind {before!s}", f"write what follows it, or take {before!s} out")
        case (("AND" | "OR" | "NOT" | "FIELD"), ("AND" | "OR")):
            raise fault(token, f"{token!s} stands right behind {before!s}", "write a word or a bracket between them")
        case "NOT", "NOT":
            raise fault(token, "NOT stands twice", "two of them undo each other: take both out")
        case "FIELD", "NOT":
            raise fault(token, f"NOT stands behind {before!s}", f"write NOT before it: NOT {before!s}word")
        case "FIELD", "FIELD":
            raise fault(token, f"{token!s} stands right behind {before!s}", "one field is enough")


def _stray(token: Token, touched: Token | None) -> Fault:
    sign = str(token)
    calls = touched is not None and (touched.upper() in NEARNESS or touched.lower() in CALLS_TO_COME)
    if sign == "/" and touched is not None and calls:
        return _to_come(touched, f"{touched!s}/n")
    if sign == "/":
        return fault(token, REGEX_TO_COME, 'for now write words, phrases and endings: "1.1 billion" OR tranche*')
    if sign == '"':
        return fault(token, "this quote is not closed", "a phrase begins and ends with a double quote, on one line")
    if sign == "*" and touched is not None and touched.type == "WORD":
        return fault(token, "there are two * in a row", "one is enough")
    if sign == "*":
        hint = "write the forms that you mean; a * stands at the end of a word: pre*"
        return fault(token, "a word cannot begin with a *", hint)
    if sign in "=?":
        return fault(token, EXACT_TO_COME if sign == "=" else LETTER_TO_COME, SIGNS[sign])
    return fault(token, f"{sign} means nothing here", SIGNS.get(sign, QUOTED))


def _call(name: Token, touching: bool) -> Fault:
    if not touching:
        return fault(name, f"is {name!s} the word or {name!s}(...)?", f'to look for the word, quote it: "{name!s}"')
    if name.lower() in CALLS_TO_COME or name in NEARNESS:
        return _to_come(name, f"{name!s}(...)")
    return fault(name, f"{name!s} and the bracket behind it touch", "write AND or OR between them, or at least a blank")


def _to_come(name: Token, shown: str) -> Fault:
    hint = CALLS_TO_COME.get(name.lower(), "for now write x AND y: both anywhere in title and summary")
    return fault(name, f"{shown} is not in the language yet", hint)


def _check_field(token: Token) -> None:
    name = token[:-1]
    if name in FIELDS:
        return
    if name in FIELDS_TO_COME:
        hint = "for now there is title:; a word without a field is looked for in title and summary"
        raise fault(token, f"the field {token!s} is not in the language yet", hint)
    known = (*FIELDS, *FIELDS_TO_COME)
    raise fault(token, f"there is no field {name!r}", f"{did_you_mean(name, known)}\n{QUOTED}")


def _check_word(token: Token) -> None:
    word = token.removesuffix("*")
    if word.upper() in ("AND", "OR", "NOT"):
        hint = f'the operator is written {word.upper()}; to look for the word itself, quote it: "{word}"'
        raise fault(token, f"{word!r} is no operator in this case of letters", hint)
    if word in NEARNESS:
        raise _to_come(token, str(token))
    odd = _odd_sign(word)
    if odd is None:
        return
    sign = word[odd]
    start = (token.start_pos or 0) + odd
    if sign in SMART_QUOTES:
        hint = 'editors for letters make them; write straight ones: "storm shadow"'
        raise Fault(f"{sign} is a typographic quote", start, start + 1, hint)
    name = sign if sign.isprintable() else unicodedata.name(sign, f"U+{ord(sign):04X}")
    raise Fault(f"{name} is neither letter nor digit", start, start + 1, SIGNS.get(sign, QUOTED))


def _odd_sign(word: str) -> int | None:
    """Where in a word the first sign stands that no word holds."""
    at = 0
    for part in text.tokenise(word):
        if part.start > at and (at == 0 or word[at : part.start] not in HYPHENS):
            return at
        at = part.end
    return at if at < len(word) else None


# -- phrases and forms -------------------------------------------------------------------------------------------------


def phrase(content: str, start: int, *, what: str = "phrase") -> tuple[str, ...]:
    """The compared words of a phrase or a bare word, ``*`` behind those that stand for any ending.

    Args:
        content: what stands between the quotes; signs part words.
        start: where it begins in the query.
        what: how complaints call it.
    """
    found = text.tokenise(content)
    starred = {word.end for word in found if re.match(r"\*(?![\w*])", content[word.end :])}
    if content.count("*") > len(starred):
        at = _misplaced_star(content)
        raise Fault("a * stands at the end of a word only", start + at, start + at + 1, "for instance: storm shadow*")
    for pattern, message, hint in PHRASE_REFUSALS:
        if refused := pattern.search(content):
            raise Fault(message, start + refused.start(), start + refused.end(), hint)
    if not found:
        raise Fault(f"there is no word in this {what}", start, start + len(content), "write at least one word")
    if len(found) > LONGEST_PHRASE:
        message = f"a {what} of {len(found)} words; {LONGEST_PHRASE} are the most"
        raise Fault(message, start, start + len(content), "the first few words find it as well")
    # A sign such as ½ is several words in one place: only the last of them can have an ending.
    last = {word.end: number for number, word in enumerate(found)}
    return tuple(w.form + "*" if w.end in starred and last[w.end] == n else w.form for n, w in enumerate(found))


PHRASE_REFUSALS: Iterable[tuple[re.Pattern[str], str, str]] = (
    (re.compile(r"(?<=\w)\?|\?(?=\w)"), LETTER_TO_COME, "leave it out: signs are not compared"),
    (re.compile(r"(?<!\S)=(?=\w)"), EXACT_TO_COME, SIGNS["="]),
    (re.compile(r"\$[A-Z]\w*"), "a phrase cannot hold a list", "write $A AND $B outside of quotes"),
    (re.compile(r"^/.*/$"), REGEX_TO_COME, "for now write words, phrases and endings"),
)


def _misplaced_star(content: str) -> int:
    """The first * that is not the only one behind a word."""
    found = re.search(r"(?<!\w)\*|\*(?=[\w*])", content)
    return found.start() if found else content.rindex("*")
