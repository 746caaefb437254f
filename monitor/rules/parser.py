"""From what an analyst wrote to a tree that means one thing only. Pure."""

from functools import cache
from importlib import resources
from typing import NoReturn, cast

from lark import Lark, Token, Tree
from msgspec.structs import replace

from monitor.rules import regexes, words
from monitor.rules.fault import Fault
from monitor.rules.guard import Guard, fault
from monitor.rules.levels import level
from monitor.rules.query import (
    SOURCE_FIELDS,
    And,
    AnyOf,
    AtLeast,
    InField,
    Lead,
    ListRef,
    Near,
    Not,
    Or,
    Query,
    Regex,
    Sentence,
    Source,
    Term,
    children,
)
from monitor.rules.slips import CALLS

LONGEST = 64 * 1024  # characters of a query
WIDEST = 255  # words of NEAR/n
MOST_COUNTED = 100  # spans of atleast/n
FURTHEST = 10_000  # words of lead/n


def parse(written: str) -> Query:
    """Read a query.

    Raises:
        Fault: it is no query, or it means nothing that can be looked for; the fault names the characters.
    """
    if not written.strip():
        raise Fault("the query is empty", 0, len(written), 'write what to look for: query = "Kyiv AND visit*"')
    if len(written) > LONGEST:
        message = f"a query of {len(written)} characters; {LONGEST} are the most"
        raise Fault(message, 0, len(written), "write long lists of words in terms.toml: $NAME")
    tree = _grammar().parse(written)  # the guard has complained of all that the grammar would not take
    query = _built(cast(Tree[Token], tree.children[0]), written)
    if (loose := unanchored(query)) is not None:
        what = "a query of negations alone" if loose is query else "an alternative that is only a negation"
        message = f"{what} would catch nearly everything"
        raise Fault(message, loose.start, loose.end, "say what to look for as well: Ukraine AND NOT football")
    _check_nesting(query)
    return query


def unanchored(query: Query) -> Query | None:
    """The part that could hold for an item without anything of the query; None if there is no such part."""
    match query:
        case Not():
            return query
        case InField(part=part) | Lead(part=part) | Sentence(part=part):
            loose = unanchored(part)
            return query if loose is part else loose
        case And(parts=parts):
            return query if all(unanchored(part) for part in parts) else None
        case Or(parts=parts) | AnyOf(parts=parts):
            return next((loose for part in parts if (loose := unanchored(part)) is not None), None)
    return None


@cache
def _grammar() -> Lark:
    """The grammar, compiled once. The basic lexer reads AND as AND wherever it stands; a contextual one would not."""
    grammar = resources.files("monitor.rules").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, start="query", parser="lalr", lexer="basic", postlex=Guard())


# -- from the grammar's tree -------------------------------------------------------------------------------------------


def _built(tree: Tree[Token], written: str) -> Query:
    first = tree.children[0]
    match tree.data, first:
        case "level", _:
            parts = [child if isinstance(child, Token) else _built(child, written) for child in tree.children]
            return level(parts, written)
        case "chain", _:
            return _near(tree, written)
        case "group", Token():
            inner = _built(cast(Tree[Token], tree.children[1]), written)
            return replace(inner, start=_start(first), end=_end(cast(Token, tree.children[2])))
        case "call", Token():
            return _call(tree, first, written)
        case "negation", Token():
            part = _built(cast(Tree[Token], tree.children[1]), written)
            return Not(start=_start(first), end=part.end, part=part)
        case "within", Token():
            return _within(first, _built(cast(Tree[Token], tree.children[1]), written), written)
        case _, Token():
            return _leaf(tree.data, first)
    raise AssertionError(f"the grammar has a rule that nothing is built from: {tree.data}")


def _leaf(kind: str, token: Token) -> Query:
    start, end = _start(token), _end(token)
    match kind:
        case "list":
            return ListRef(start=start, end=end, name=token[1:])
        case "word":
            return Term(start=start, end=end, words=words.forms(token, start, what="word"))
        case "phrase":
            return Term(start=start, end=end, words=words.forms(token[1:-1], start + 1))
        case "regex":
            regexes.check(token[1:-1], start + 1)
            return Regex(start=start, end=end, pattern=token[1:-1])
    raise AssertionError(f"the grammar has a rule that nothing is built from: {kind}")


def _near(tree: Tree[Token], written: str) -> Query:
    first, sign, second, *more = tree.children
    sign = cast(Token, sign)
    sides = [_built(cast(Tree[Token], side), written) for side in (first, second, *more[1::2])]
    if more:
        texts = [written[side.start : side.end] for side in sides[:3]]
        hint = f"write ({texts[0]} {sign!s} {texts[1]}) {more[0]!s} {texts[2]},"
        hint += f"\nor {texts[0]} {sign!s} ({texts[1]} {more[0]!s} {texts[2]})"
        raise fault(cast(Token, more[0]), "a second NEAR without parentheses", hint)
    for side in sides:
        check_place(side, "beside NEAR")
    most = _number(sign, least=0, most=WIDEST)
    kind = sign.split("/")[0].split()
    return Near(
        start=sides[0].start,
        end=sides[1].end,
        first=sides[0],
        second=sides[1],
        most=most,
        ordered=kind == ["ONEAR"],
        absent=len(kind) == 2,
    )


def check_place(query: Query, where: str) -> None:
    """Refuse what is not found at words that can be counted."""
    match query:
        case Term() | ListRef() | Near():
            return  # what stands beside a NEAR was looked at when that one was built
        case Or(parts=parts):
            for part in parts:
                check_place(part, where)
            return
        case And():
            what, hint = "AND", "put AND outside: (a NEAR/5 b) AND c; or one NEAR within another: a NEAR/5 (b NEAR/5 c)"
        case Not():
            what, hint = "NOT", "put NOT outside: (a NEAR/5 b) NOT c; or write a NOT NEAR/5 c"
        case InField(field=field):
            what, hint = f"{field}:", f"put the field outside: {field}:(a NEAR/5 b)"
        case Regex():
            what, hint = "a regular expression", "it finds characters, not words: write words and lists, or AND"
        case _:
            what, hint = "this", "words, phrases, lists, OR of those, NEAR of those have a place in the text"
    raise Fault(f"{what} has no place {where}", query.start, query.end, hint)


def _call(tree: Tree[Token], name: Token, written: str) -> Query:
    parts = tuple(_built(child, written) for child in tree.children if isinstance(child, Tree))
    start, end = _start(name), _end(cast(Token, tree.children[-1]))
    match name.split("/")[0]:
        case "sentence":
            return Sentence(start=start, end=end, part=parts[0])
        case "lead":
            return Lead(start=start, end=end, words=_number(name, least=1, most=FURTHEST), part=parts[0])
        case "atleast":
            check_place(parts[0], "in atleast")
            return AtLeast(start=start, end=end, least=_number(name, least=1, most=MOST_COUNTED), part=parts[0])
        case "anyof":
            least = _number(name, least=1, most=MOST_COUNTED)
            if least > len(parts):
                hint = f"write commas between the clauses: {CALLS['anyof']}"
                raise fault(name, f"{name!s} of {len(parts)} clause{'s' * (len(parts) > 1)} can never hold", hint)
            return AnyOf(start=start, end=end, least=least, parts=parts)
    raise AssertionError(f"the grammar has a function that nothing is built from: {name}")


def _number(token: Token, *, least: int, most: int) -> int:
    written = token.split("/")[1]
    if len(written) <= 6 and least <= int(written) <= most:
        return int(written)
    kind = token.split("/")[0]
    hint = f"write {kind}/{most if int(written[:9]) else 1}"
    raise fault(token, f"{kind}/n takes a number from {least} to {most}", hint)


# -- fields ------------------------------------------------------------------------------------------------------------


def _within(token: Token, part: Query, written: str) -> Query:
    field, start = token[:-1], _start(token)
    for known in SOURCE_FIELDS:
        if field == known:
            values = tuple(_values(token, part, written))
            return Source(start=start, end=part.end, field=known, values=values)
    return InField(start=start, end=part.end, field=field, part=part)  # type: ignore[arg-type]  # the guard knows it


def _values(token: Token, part: Query, written: str) -> list[str]:  # noqa: RET503  # _never never returns
    """What a source may be: one value, or several with OR between."""
    match part:
        case Or(parts=parts):
            return [value for one in parts for value in _values(token, one, written)]
        case Term(start=start, end=end):
            value = written[start:end].strip('()" ').casefold()
            if "*" in value or "?" in value or value.startswith("="):
                raise Fault(f"{token!s} takes no wildcards", start, end, f"write the values out: {token!s}(a OR b)")
            if token[:-1] == "tier" and not value.isdecimal():
                raise Fault(f"a tier is a number, not {value!r}", start, end, "1 is the most trusted: tier:1")
            return [value]
        case And():
            _never(part, f"an item has one {token[:-1]}", f"write OR: {token!s}(a OR b)")
        case Not():
            _never(part, f"NOT stands within {token!s}(...)", f"write NOT before it: NOT {token!s}word")
    _never(part, f"this is no value of {token!s}", f"write {token!s}name, or {token!s}(a OR b)")


def _never(part: Query, message: str, hint: str) -> NoReturn:
    raise Fault(message, part.start, part.end, hint)


def _check_nesting(query: Query, inside: Query | None = None, sentence: bool = False) -> None:
    """Refuse a field within a field and a sentence within a sentence, which could only be misread."""
    match query:
        case InField(field=field) if isinstance(inside, InField):
            message = f"{field}: stands within {inside.field}:"
            raise Fault(message, query.start, query.end, "one field is enough; join two by AND outside of both")
        case Sentence() | Lead() if isinstance(inside, InField) and inside.field not in ("title", "summary", "body"):
            hint = f"sentence(...) and lead/n(...) are about title, summary and body: write {inside.field}:word"
            raise Fault(f"this stands within {inside.field}:", query.start, query.end, hint)
        case Sentence() if sentence:
            raise Fault("a sentence within a sentence", query.start, query.end, "once is enough")
        case InField():
            inside = query
        case Sentence():
            sentence = True
    for part in children(query):
        _check_nesting(part, inside, sentence)


def _start(token: Token) -> int:
    return token.start_pos or 0


def _end(token: Token) -> int:
    return _start(token) + len(token)
