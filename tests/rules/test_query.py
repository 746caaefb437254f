"""rules/parser.py, levels.py, guard.py, slips.py, words.py: what a query means, and how what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.fault import Fault
from monitor.rules.guard import DEEPEST
from monitor.rules.parser import parse
from monitor.rules.query import (
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
    as_written,
    walk,
)
from monitor.rules.words import LONGEST_PHRASE


def meaning(query: Query) -> object:
    """The tree without its places."""
    match query:
        case Term(words=words):
            return " ".join(words)
        case ListRef(name=name):
            return f"${name}"
        case Not(part=part):
            return ("not", meaning(part))
        case InField(field=field, part=part):
            return (field, meaning(part))
        case Near(first=first, second=second, most=most):
            kind = "not near" if query.absent else "onear" if query.ordered else "near"
            return (f"{kind}/{most}", meaning(first), meaning(second))
        case Regex(pattern=pattern):
            return f"/{pattern}/"
        case Source(field=field, values=values):
            return f"{field}:{'|'.join(values)}"
        case Sentence(part=part):
            return ("sentence", meaning(part))
        case Lead(words=words, part=part):
            return (f"lead/{words}", meaning(part))
        case AtLeast(least=least, part=part):
            return (f"atleast/{least}", meaning(part))
        case AnyOf(least=least, parts=parts):
            return (f"anyof/{least}", *map(meaning, parts))
        case And(parts=parts):
            return ("and", *map(meaning, parts))
        case Or(parts=parts):
            return ("or", *map(meaning, parts))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Kyiv", "kyiv"),
        ("a AND b AND c", ("and", "a", "b", "c")),
        ("a b", ("and", "a", "b")),
        ("a OR b OR c", ("or", "a", "b", "c")),
        ("a AND NOT b", ("and", "a", ("not", "b"))),
        ("a NOT b", ("and", "a", ("not", "b"))),
        ("a AND NOT (b OR c)", ("and", "a", ("not", ("or", "b", "c")))),
        ("(a OR b) c", ("and", ("or", "a", "b"), "c")),
        ("((a))", "a"),
        ('"Storm Shadow*"', "storm shadow*"),
        ('"міжнародн* валютн* фонд*"', "міжнародн* валютн* фонд*"),
        ('"U.S., at last"', "u s at last"),
        ("long-range", "long range"),
        ("long‑rang*", "long rang*"),
        ("п’ят*", "п'ят*"),
        ("п`ять", "п'ять"),
        ("Kyiv's", "kyiv"),
        ("½*", "1 2*"),
        ("$KYIV AND $US_ELECTION", ("and", "$KYIV", "$US_ELECTION")),
        ("title:a", ("title", "a")),
        ('title:(a OR "b c") NOT title:$D', ("and", ("title", ("or", "a", "b c")), ("not", ("title", "$D")))),
        ("ANDES ORBIT NOTE", ("and", "andes", "orbit", "note")),
        ("AND-gate", "and gate"),
        ('"and" OR "NOT"', ("or", "and", "not")),
        ("a\u00a0AND\n\tb", ("and", "a", "b")),
        ("Київ АБО Kyiv", ("and", "київ", "або", "kyiv")),
        ("=IMF w?ld* ma*dle", ("and", "=IMF", "w?ld*", "ma*dle")),
        ('"=US aid*" OR =Long-Range', ("or", "=US aid*", "=Long =Range")),
        ("a NEAR/5 b AND c", ("and", ("near/5", "a", "b"), "c")),
        ("a NOT NEAR/5 b", ("not near/5", "a", "b")),
        ("a NOT\n NEAR/5 (b OR $C)", ("not near/5", "a", ("or", "b", "$C"))),
        ("x NOT a ONEAR/0 b", ("and", "x", ("not", ("onear/0", "a", "b")))),
        ("(a NEAR/1 b) NEAR/2 c", ("near/2", ("near/1", "a", "b"), "c")),
        ("lead/60(a OR b) /c d/", ("and", ("lead/60", ("or", "a", "b")), "/c d/")),
        ("sentence(a AND b) tier:(1 OR 2)", ("and", ("sentence", ("and", "a", "b")), "tier:1|2")),
        ("atleast/2($A)", ("atleast/2", "$A")),
        ("anyof/2(a, b AND c, d)", ("anyof/2", "a", ("and", "b", "c"), "d")),
        ('url:"sport" lang:UK', ("and", ("url", "sport"), "lang:uk")),
        ("lead OR sentence OR near", ("or", "lead", "sentence", "near")),
    ],
)
def test_a_query_means_one_thing(written, meant):
    assert meaning(parse(written)) == meant


@pytest.mark.parametrize("written", ["a AND b", "( a OR  b )", "x AND (a\n  OR b)", 'title:("a b" OR $C)'])
def test_each_part_knows_what_was_written(written):
    query = parse(written)
    assert as_written(query, written) == " ".join(written.split())
    for part in walk(query):
        assert meaning(parse(written[part.start : part.end])) == meaning(part)


def test_and_that_was_not_said_is_remembered():
    assert parse("a b").unsaid == 2
    assert parse("a AND b NOT c").unsaid == -1


REFUSED = [
    # -- operators
    ("imf AND tranche OR loan", "OR", "AND and OR are mixed without parentheses"),
    ("a b OR c", "OR", "AND and OR are mixed without parentheses"),
    ("a OR b c", "c", "AND and OR are mixed without parentheses"),
    ("x AND (a OR b AND c)", "AND c", "AND and OR are mixed without parentheses"),
    ("Kyiv and Lviv", "and", "'and' is no operator in this case of letters"),
    ("Kyiv Or Lviv", "Or", "'Or' is no operator in this case of letters"),
    ("not Kyiv", "not", "'not' is no operator in this case of letters"),
    ("a AND", "AND", "nothing stands behind AND"),
    ("(a OR) b", "OR", "nothing stands behind OR"),
    ("OR a", "OR", "nothing stands before OR"),
    ("a (AND b)", "AND", "nothing stands before AND"),
    ("a AND OR b", "OR", "OR stands right behind AND"),
    ("a AND NOT", "NOT", "nothing stands behind NOT"),
    ("a AND NOT NOT b", "NOT b", "NOT stands twice"),
    # -- negations alone
    ("NOT a", "NOT a", "a query of negations alone would catch nearly everything"),
    ("NOT a AND NOT (b OR c)", "NOT a AND NOT (b OR c)", "a query of negations alone would catch nearly everything"),
    ("lead/5(NOT a)", "lead/5(NOT a)", "a query of negations alone would catch nearly everything"),
    ("anyof/1(a, NOT b)", "NOT b", "an alternative that is only a negation would catch nearly everything"),
    ("AND NOT a", "AND", "nothing stands before AND"),
    ("a OR NOT b", "NOT b", "an alternative that is only a negation would catch nearly everything"),
    ("title:(NOT a)", "title:(NOT a)", "a query of negations alone would catch nearly everything"),
    # -- brackets and quotes
    ("(a OR b", "(", "this bracket is not closed"),
    ("a OR b)", ")", "this bracket closes nothing"),
    ("a AND ()", ")", "nothing stands between these brackets"),
    ('"storm shadow', '"storm', "this quote is not closed"),
    ('a OR "storm\nshadow"', '"storm', "this quote is not closed"),
    ("“storm shadow”", "“", "“ is a typographic quote"),
    ("«Крим» OR a", "«", "« is a typographic quote"),
    ("'storm shadow'", "'storm", "' means nothing here"),
    ("(" * 10_000 + "a" + ")" * 10_000, None, f"brackets within brackets, {DEEPEST} deep"),
    # -- words
    ("", None, "the query is empty"),
    (" \n ", None, "the query is empty"),
    ("*shadow", "*", "a word cannot begin with a *"),
    ("a AND *", "*", "a word cannot begin with a *"),
    ("a?? OR ?x", "?x", "a word cannot begin with a ?"),
    ("pre**", "*", "there are two * in a row"),
    ("=", "=", "= means nothing here"),
    ('"*a"', "*a", "a word cannot begin with a wildcard"),
    ('"a * b"', "* b", "a * stands within a word or at its end"),
    ('"..."', "...", "there is no word in this phrase"),
    (
        f'"{"a " * (LONGEST_PHRASE + 1)}"',
        None,
        f"a phrase of {LONGEST_PHRASE + 1} words; {LONGEST_PHRASE} are the most",
    ),
    ("U.S.", ".", ". means nothing here"),
    ("AT&T", "&", "& means nothing here"),
    ("Kyiv -football", "-", "- means nothing here"),
    ("+Kyiv", "+", "+ means nothing here"),
    ("a|b", "|", "| means nothing here"),
    ("a, b", ",", ", means nothing here"),
    ("10:30", ":", ": means nothing here"),
    ("a_b", "_", "_ means nothing here"),
    ("a–b", "–", "– is neither letter nor digit"),
    ("🚀", "🚀", "🚀 is neither letter nor digit"),
    ("Ky\u200biv", "\u200b", "ZERO WIDTH SPACE is neither letter nor digit"),
    ("a\x00b", "\x00", "U+0000 is neither letter nor digit"),
    ('"a"b', "b", '"a" and b touch'),
    ("$A$B", "$B", "$A and $B touch"),
    ("foo(bar)", "foo", "foo and the bracket behind it touch"),
    # -- lists and fields
    ("$kyiv", "$kyiv", "$kyiv is no name of a list"),
    ("$1.1", "$1", "$1 is no name of a list"),
    ("titel:a", "titel:", "there is no field 'titel'"),
    ("Kremlin: no comment", "Kremlin:", "there is no field 'Kremlin'"),
    ("title:", "title:", "nothing stands behind title:"),
    ("title:title:a", "title:a", "title: stands right behind title:"),
    ("title:NOT a", "NOT", "NOT stands behind title:"),
    # -- nearness and functions
    ("a NEAR b", "NEAR", "NEAR needs a number"),
    ("a NEAR/ b", "NEAR", "NEAR needs a number"),
    ("a NEAR/x b", "NEAR", "NEAR needs a number"),
    ("a NEAR/300 b", "NEAR/300", "NEAR/n takes a number from 0 to 255"),
    ("a near/5 b", "near", "near/5 means nothing here"),
    ("a w/5 b", "w", "w/5 means nothing here"),
    ("a w/5 b AND c w/3 d", "w", "w/5 means nothing here"),
    ("a W/S b", "W", "W/S means nothing here"),
    ("a pre/2 b", "pre", "pre/2 means nothing here"),
    ("a near5 b", "near5", "'near5' is no operator"),
    ("a ADJ3 b", "ADJ3", "'ADJ3' is no operator"),
    ("a NEAR(b)", "NEAR", "NEAR needs a number"),
    ("a within(b)", "within", "within(...) is not in the language"),
    ("NEAR/5 a", "NEAR/5", "nothing stands before NEAR/5"),
    ("a NEAR/5", "NEAR/5", "nothing stands behind NEAR/5"),
    ("a NEAR/5 NOT b", "NOT", "NOT stands behind NEAR/5"),
    ("a NEAR/5 b NEAR/5 c", "NEAR/5 c", "a second NEAR without parentheses"),
    ("a NEAR/5 (b AND c)", "(b AND c)", "AND has no place beside NEAR"),
    ("a NEAR/5 (b c)", "(b c)", "AND has no place beside NEAR"),
    ("a NEAR/5 (b OR NOT c)", "NOT c", "NOT has no place beside NEAR"),
    ("title:a NEAR/5 b", "title:a", "title: has no place beside NEAR"),
    ("a NEAR/5 /b/", "/b/", "a regular expression has no place beside NEAR"),
    ("a NEAR/5 sentence(b)", "sentence(b)", "this has no place beside NEAR"),
    ("atleast/2(a AND b)", "a AND b", "AND has no place in atleast"),
    ("lead(a)", "lead", "lead(...) is not written like this"),
    ("LEAD/60(a)", "LEAD", "LEAD/60 lacks its number or its bracket"),
    ("lead/60 (a)", "lead", "lead/60 lacks its number or its bracket"),
    ("lead/0(a)", "lead/0", "lead/n takes a number from 1 to 10000"),
    ("sentence (a AND b)", "sentence", "is sentence the word or sentence(...)?"),
    ("sentence()", ")", "nothing stands between these brackets"),
    ("atleast2(a)", "atleast2", "atleast2(...) is not written like this"),
    ("anyof/3(a, b)", "anyof/3", "anyof/3 of 2 clauses can never hold"),
    ("anyof/2(a, , b)", ",", "nothing stands between , and ,"),
    ("sentence(a, b)", ",", ", means nothing here"),
    ("sentence(sentence(a))", "sentence(a)", "a sentence within a sentence"),
    ("title:(summary:a)", "(summary:a", "summary: stands within title:"),
    ("url:lead/5(a)", "lead/5(a)", "this stands within url:"),
    # -- fields of the source
    ("lang:(en AND uk)", "(en AND uk)", "an item has one lang"),
    ("lang:(NOT en)", "(NOT en", "NOT stands within lang:(...)"),
    ("feed:bbc*", "bbc*", "feed: takes no wildcards"),
    ("tier:one", "one", "a tier is a number, not 'one'"),
    ("feed:$A", "$A", "this is no value of feed:"),
    # -- expressions
    (r"/(a)\1/", "\\1", "a back-reference needs a search that can stall"),
    ("/(?=a)b/", "(?=a)", "looking around needs a search that can stall"),
    ("a AND /(b/", "(", "this is no expression: missing )"),
    ("/x?/", "x?", "this expression is found in every text, since it may stand for nothing"),
    ("/unclosed", "/", "this expression is not closed"),
    (r"/[\W_]/", r"\W", r"\W within [ ] is not in the language"),
    ('"/a b/"', "/a b/", "a regular expression needs no quotes"),
    ('"$KYIV visit"', "$KYIV", "a phrase cannot hold a list"),
    # -- from a table
    ("Kyiv\tLviv", "\tLviv", "tabs stand between these terms, as if from a table"),
    ("Kyiv\nLviv\nOdesa", "Kyiv", "these terms stand below each other, as if from a table"),
]


@pytest.mark.parametrize(("written", "pointed_at", "message"), REFUSED)
def test_what_means_nothing_is_refused_and_pointed_at(written, pointed_at, message):
    with pytest.raises(Fault) as refused:
        parse(written)
    fault = refused.value
    assert fault.message == message
    assert fault.hint
    assert 0 <= fault.start <= fault.end <= len(written)
    if pointed_at is not None:
        assert written[fault.start :].startswith(pointed_at)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("imf AND tranche OR loan", "write (imf AND tranche) OR loan, or imf AND (tranche OR loan)"),
        ("a NOT b OR c", "write (a AND NOT b) OR c, or a AND (NOT b OR c)"),
        ("a OR (b\n c) d OR e", "write a OR ((b c) AND d) OR e, or (a OR (b c)) AND (d OR e)"),
        ("titel:a", "did you mean 'title'?"),
        ("$kyiv", "names of lists are in capitals: $KYIV"),
        ("Kyiv and b", 'the operator is written AND; to look for the word itself, quote it: "and"'),
    ],
)
def test_a_hint_says_how_to_write_it(written, hint):
    with pytest.raises(Fault) as refused:
        parse(written)
    assert refused.value.hint.split("\n")[0] == hint


def test_both_rewrites_of_a_long_query_stand_on_their_own_lines():
    with pytest.raises(Fault) as refused:
        parse('"international monetary fund" AND "next tranche of the loan" OR "staff-level agreement"')
    first, second = refused.value.hint.split("\n")[1::2]
    assert meaning(parse(first))[0] == "or"
    assert meaning(parse(second))[0] == "and"


def test_brackets_may_be_deep_up_to_the_limit():
    assert meaning(parse("(" * DEEPEST + "a" + ")" * DEEPEST)) == "a"


PIECES = ["a", "Київ", "b*", "*", '"', '"a b"', "(", ")", "AND", "OR", "NOT", "title:", "$A", "and", "NEAR/3", "/", "-"]
PIECES += ["NEAR/1", "sentence(", "lead/2(", "anyof/1(", ",", "=a", "/a/", "w?", "lang:", "\t"]
PIECES += ["=", "?", "’", "'", "“", "_", ".", "\n", "lead/2(", "title", ":", "½", "\u0301", "ﷺ", "\x00", "$", "ﹰ"]


def understood(written: str) -> Query | Fault:
    try:
        return parse(written)
    except Fault as fault:
        return fault


@given(st.lists(st.sampled_from(PIECES), max_size=9).flatmap(lambda p: st.sampled_from([" ".join(p), "".join(p)])))
def test_any_text_is_a_query_or_a_fault_within_it(written):
    match understood(written):
        case Fault() as fault:
            assert 0 <= fault.start <= fault.end <= len(written)
            assert fault.hint
        case query:
            assert all(part.words for part in walk(query) if isinstance(part, Term))


@given(st.text(max_size=30))
def test_any_characters_are_a_query_or_a_fault(written):
    assert isinstance(understood(written), Fault | Query)
