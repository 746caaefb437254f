"""What must not pass for a query: every token is looked at before the grammar sees it. Pure.

A rule that is understood in another way than its writer meant it is worse than one that is refused: so whatever has no
meaning is named here with its place and with the way to write it. slips.py knows what other tools call it.
"""

import re
import unicodedata
from collections.abc import Iterator

from lark import Token

from monitor.errors import did_you_mean
from monitor.rules import slips, text
from monitor.rules.fault import Fault
from monitor.rules.slips import CALLS, FIELDS, HYPHENS, QUOTED, SIGNS, SMART_QUOTES
from monitor.rules.words import EXACT, WILD

DEEPEST = 50  # brackets within brackets; deeper is no query that a person wrote
LIST_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
OPERANDS = ("WORD", "EXACT", "PHRASE", "LIST", "REGEX")
BEGINNINGS = ("START", "OPEN", "COMMA")
JOINTS = ("AND", "OR", "NEAR")
MEETINGS = frozenset(  # of two tokens, that need a second look
    (before, token)
    for before in (*BEGINNINGS, *JOINTS, "NOT", "FIELD")
    for token in (*JOINTS, "NOT", "FIELD", "CLOSE", "COMMA", "END")
)


class Guard:
    """Stands between lexer and parser: lets through what means something and raises a Fault for the rest."""

    always_accept = ("STRAY", "SLASHED")  # no rule of the grammar knows them, yet the lexer must

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Look at each token and at the one before it."""
        opened: list[tuple[Token, str]] = []  # with the name of the call that it belongs to
        before = Token("START", "", start_pos=-1, end_pos=-1)
        for token in stream:
            _check(token, before)
            if (before.type, token.type) in MEETINGS:
                _check_order(token, before)
            match token.type:
                case "OPEN":
                    opened.append((token, str(before).split("/")[0] if before.type == "CALL" else ""))
                    if len(opened) > DEEPEST:
                        raise fault(token, f"brackets within brackets, {DEEPEST} deep", "write the rule as two rules")
                case "CLOSE" if not opened:
                    raise fault(token, "this bracket closes nothing", "take it out, or write the ( that it belongs to")
                case "CLOSE":
                    opened.pop()
                case "COMMA" if not opened or opened[-1][1] != "anyof":
                    raise fault(token, ", means nothing here", SIGNS[","])
            before = token
            yield token
        if opened:
            raise fault(opened[-1][0], "this bracket is not closed", "write the ) that it needs")
        if (before.type, "END") in MEETINGS:
            _check_order(Token("END", ""), before)


def fault(token: Token, message: str, hint: str) -> Fault:
    """A Fault that points at a whole token."""
    start = token.start_pos or 0
    return Fault(message, start, start + len(token), hint)


def _check(token: Token, before: Token) -> None:
    touching = token.start_pos == before.end_pos
    match token.type:
        case "SLASHED":
            raise _slashed(token)
        case "EXACT" if touching and before.type == "WORD":
            raise _assigned(before, token)
        case "STRAY":
            raise _stray(token)
        case "OPEN" if before.type in OPERANDS and (touching or before.lower() in CALLS):
            raise _call(before, touching)
        case "FIELD":
            _check_field(token)
        case "LIST" if not LIST_NAME.fullmatch(token[1:]):
            name = token[1:].upper()
            hint = f"names of lists are in capitals: ${name}" if LIST_NAME.fullmatch(name) else QUOTED
            raise fault(token, f"{token!s} is no name of a list", hint)
        case "WORD" | "EXACT":
            _check_word(token)
    if touching and token.type in (*OPERANDS, "FIELD", "CALL") and before.type in OPERANDS:
        raise fault(token, f"{before!s} and {token!s} touch", "write AND or OR between them, or at least a blank")
    if touching and token.type in ("OPEN", "CALL", *OPERANDS) and before.type == "CLOSE":
        raise fault(token, f") and {token!s} touch", "write AND or OR between them, or at least a blank")


def _check_order(token: Token, before: Token) -> None:
    """Whether a token may stand behind the one before it."""
    match before.type, token.type:
        case (("OPEN" | "COMMA"), ("CLOSE" | "COMMA")):
            what = "between these brackets" if before.type == "OPEN" else f"between {before!s} and {token!s}"
            raise fault(token, f"nothing stands {what}", "write a word there, or take the sign out")
        case "START", "AND":
            hint = "a query begins with what to look for: Ukraine AND NOT football"
            raise fault(token, f"nothing stands before {token!s}", hint)
        case (("START" | "OPEN" | "COMMA"), ("AND" | "OR" | "NEAR")):
            raise fault(token, f"nothing stands before {token!s}", f"write what comes before it, or take {token!s} out")
        case (("AND" | "OR" | "NOT" | "NEAR" | "FIELD"), ("CLOSE" | "END" | "COMMA")):
            raise fault(before, f"nothing stands behind {before!s}", f"write what follows it, or take {before!s} out")
        case (("AND" | "OR" | "NOT" | "NEAR" | "FIELD"), ("AND" | "OR" | "NEAR")):
            raise fault(token, f"{token!s} stands right behind {before!s}", "write a word or a bracket between them")
        case "NOT", "NOT":
            raise fault(token, "NOT stands twice", "two of them undo each other: take both out")
        case "NEAR", "NOT":
            hint = f"AND and NOT stand outside: (a {before!s} b) NOT c"
            raise fault(token, f"NOT stands behind {before!s}", hint)
        case "FIELD", "NOT":
            raise fault(token, f"NOT stands behind {before!s}", f"write NOT before it: NOT {before!s}word")
        case "FIELD", "FIELD":
            raise fault(token, f"{token!s} stands right behind {before!s}", "one field is enough")


def _stray(token: Token) -> Fault:
    sign = str(token)
    if sign == '"':
        return fault(token, "this quote is not closed", "a phrase begins and ends with a double quote, on one line")
    if sign in "*?":
        hint = "write the forms that you mean; wildcards stand within a word or at its end: pre* or w?ld"
        return fault(token, f"a word cannot begin with a {sign}", hint)
    if sign == "/":
        return fault(token, "this expression is not closed", SIGNS["/"])
    return fault(token, f"{sign} means nothing here", SIGNS.get(sign, QUOTED))


def _slashed(token: Token) -> Fault:
    """A word that a slash follows: a function without brackets, or nearness by another name."""
    word, rest = token.split("/")
    if word in ("NEAR", "ONEAR"):
        return fault(token, f"{word} needs a number", f"write {word}/5: at most 5 words between")
    if hint := slips.nearness(word, rest if rest.isdecimal() else ""):
        hint = slips.SAME if rest.lower() in ("s", "p", "seg") else hint
        return fault(token, f"{token!s} means nothing here", hint)
    if hint := CALLS.get(word.lower(), ""):
        return fault(token, f"{token!s} lacks its number or its bracket", f"write {hint}")
    return fault(token, f"{word!s} and the / behind it touch", f"write AND or OR between words; {QUOTED}")


def _assigned(word: Token, value: Token) -> Fault:
    """A word that = touches from behind: a field by another name."""
    field = slips.FOREIGN_FIELDS.get(word.lower(), word.lower())
    if field in FIELDS:
        return fault(word, f"{word!s}= is no field", f"write {field}:{value[1:]}")
    return fault(value, f"{word!s} and {value!s} touch", SIGNS["="])


def _call(name: Token, touching: bool) -> Fault:
    if hint := CALLS.get(name.lower()):
        if not touching:
            message = f"is {name!s} the word or {name!s}(...)?"
            return fault(name, message, f'to look for the word, quote it: "{name!s}"; else write {hint}')
        return fault(name, f"{name!s}(...) is not written like this", f"write {hint}")
    if counted := slips.COUNTED.fullmatch(name):
        return fault(name, f"{name!s}(...) is not written like this", f"write {counted[1].lower()}/{counted[2]}(...)")
    if hint := slips.nearness(name, ""):
        return fault(name, f"{name!s}(...) is not in the language", f"{hint}: a NEAR/5 b")
    return fault(name, f"{name!s} and the bracket behind it touch", "write AND or OR between them, or at least a blank")


def _check_field(token: Token) -> None:
    name = token[:-1]
    if name in FIELDS:
        return
    if name.lower() in FIELDS:
        raise fault(token, f"there is no field {name!r}", f"fields are in small letters: {name.lower()}:")
    if foreign := slips.FOREIGN_FIELDS.get(name.lower()):
        raise fault(token, f"there is no field {name!r}", f"write {foreign}{'' if '(' in foreign else ':'}")
    raise fault(token, f"there is no field {name!r}", f"{did_you_mean(name, FIELDS)}\n{QUOTED}")


def _check_word(token: Token) -> None:
    word = token.removeprefix(EXACT)
    shift = len(token) - len(word)
    if word.upper() in ("AND", "OR", "NOT") and not shift:
        hint = f'the operator is written {word.upper()}; to look for the word itself, quote it: "{word}"'
        raise fault(token, f"{word!r} is no operator in this case of letters", hint)
    if word in slips.JOINED:
        raise fault(token, f"{word} is no operator", f"write {slips.JOINED[word]}")
    if word in ("NEAR", "ONEAR"):
        raise fault(token, f"{word} needs a number", f"write {word}/5: at most 5 words between")
    if numbered := slips.NUMBERED.fullmatch(word):
        hint = f'{slips.nearness(numbered[1], numbered[2])}; to look for the word itself, quote it: "{word}"'
        raise fault(token, f"{word!r} is no operator", hint)
    if word.replace("*", "").replace("?", "").isalnum():
        return
    odd = _odd_sign(word.translate(WILD))
    if odd is None:
        return
    sign = word[odd]
    start = (token.start_pos or 0) + odd + shift
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
