"""rules/query.py, guard.py, grammar.lark: what is a query, what it means, and how what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.guard import DEEPEST, LONGEST_PHRASE, Fault
from monitor.rules.query import And, InField, ListRef, Not, Or, Query, Term, as_written, parse, walk


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
    ("sh*dow", "sh*", "a * stands at the end of a word only"),
    ("pre**", "*", "there are two * in a row"),
    ('"*a"', "*a", "a * stands at the end of a word only"),
    ('"a*b"', "*b", "a * stands at the end of a word only"),
    ('"a * b"', "* b", "a * stands at the end of a word only"),
    ('"..."', "...", "there is no word in this phrase"),
    (
        f'"{"a " * (LONGEST_PHRASE + 1)}"',
        None,
        f"a phrase of {LONGEST_PHRASE + 1} words; {LONGEST_PHRASE} are the most",
    ),
    ("U.S.", ".", ". means nothing here"),
    ("AT&T", "&", "& means nothing here"),
    ("Kyiv -football", "-", "- means nothing here"),
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
    # -- what is still to come is refused, never ignored
    ("a NEAR/5 b", "NEAR", "NEAR is not in the language yet"),
    ("a NOT NEAR/5 b", "NEAR", "NEAR is not in the language yet"),
    ("a ONEAR/5 b", "ONEAR", "ONEAR is not in the language yet"),
    ("a near/5 b", "near", "near/n is not in the language yet"),
    ("lead/60(a)", "lead", "lead/n is not in the language yet"),
    ("sentence(a AND b)", "sentence", "sentence(...) is not in the language yet"),
    ("sentence (a AND b)", "sentence", "is sentence the word or sentence(...)?"),
    ("atleast/2(a)", "atleast", "atleast/n is not in the language yet"),
    ("anyof/2(a, b, c)", "anyof", "anyof/n is not in the language yet"),
    ("=IMF", "=", "words in exact case (=IMF) are not in the language yet"),
    ('"=IMF board"', "=", "words in exact case (=IMF) are not in the language yet"),
    ("/(a+)+$/", "/", "regular expressions are not in the language yet"),
    ('"/a b/"', "/a b/", "regular expressions are not in the language yet"),
    ("w?ld", "?", "a ? for any letter is not in the language yet"),
    ('"w?ld card"', "?", "a ? for any letter is not in the language yet"),
    ('"$KYIV visit"', "$KYIV", "a phrase cannot hold a list"),
    ("lang:(en OR uk)", "lang:", "the field lang: is not in the language yet"),
    ("body:a", "body:", "the field body: is not in the language yet"),
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
