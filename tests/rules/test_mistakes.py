"""Wrong rule files, as analysts write them: each is refused with file, line, column, a caret line and what to write."""

import pytest

from monitor.errors import Mistakes
from monitor.rules import ruleset

TERMS = 'KYIV = ["Kyiv", "Київ"]\nUS_ELECTION = ["election*"]\n'
TOPICS = [f"word{n}" for n in range(5)]

# What is written as the query, the words that the carets stand under, and what the hint says.
QUERIES = [
    # -- quotes of editors, and signs of other tools
    ("“storm shadow” AND Kyiv", "“", 'write straight ones: "storm shadow"'),
    ("„storm shadow“", "„", 'write straight ones: "storm shadow"'),
    ("«Storm Shadow» OR Kyiv", "«", 'write straight ones: "storm shadow"'),
    ("‘storm’", "‘", 'write straight ones: "storm shadow"'),
    ("'storm shadow'", "'", 'a phrase stands in double quotes: "storm shadow"'),
    ('"storm shadow', '"', "a phrase begins and ends with a double quote, on one line"),
    ("Kyiv -football", "-", "write NOT before the word"),
    ("+Kyiv +visit", "+", "write AND between words that must all be there"),
    ("Kyiv & visit", "&", "write AND"),
    ("Kyiv && visit", "&", "write AND"),
    ("Kyiv | Lviv", "|", "write OR"),
    ("!Kyiv", "!", "write NOT before a word, or * at the end of one"),
    ("Kyiv, Lviv, Odesa", ",", "write AND or OR between words"),
    ("Kyiv; Lviv", ";", "write OR between words"),
    ("Kyiv~5", "~", "write NEAR/5 between two words"),
    ('"Kyiv visit"~5', "~", "write NEAR/5 between two words"),
    ("Kyiv^2", "^", "a rule has a priority"),
    ("[Kyiv OR Lviv]", "[", "brackets are round: (a OR b)"),
    ("{Kyiv}", "{", "brackets are round: (a OR b)"),
    ("#Ukraine", "#", "write the word alone"),
    ("@ZelenskyyUa", "@", "stands in double quotes"),
    ("U.S. AND Kyiv", ".", 'points stand in quotes: "U.S."'),
    ("AT&T", "&", '"AT&T"'),
    ("10:30", ":", "a field stands right before its colon: title:Kyiv"),
    ("$1.1 billion", "$1", "stands in double quotes"),
    ("Kyiv\\nvisit", "\\", "signs need no backslash here"),
    ("Kyiv – visit", "–", "stands in double quotes"),
    # -- operators
    ("Kyiv and Lviv", "and", 'the operator is written AND; to look for the word itself, quote it: "and"'),
    ("Kyiv or Lviv", "or", "the operator is written OR"),
    ("Kyiv And Not Lviv", "And", "the operator is written AND"),
    ("Kyiv ANDNOT Lviv", "ANDNOT", "write AND NOT"),
    ("Kyiv XOR Lviv", "XOR", "write (a OR b) NOT (a AND b)"),
    ("AND NOT Kyiv", "AND", "a query begins with what to look for: Ukraine AND NOT football"),
    ("NOT Kyiv", "NOT Kyiv", "say what to look for as well: Ukraine AND NOT football"),
    ("Kyiv OR NOT Lviv", "NOT Lviv", "say what to look for as well"),
    ("Kyiv AND", "AND", "write what follows it, or take AND out"),
    ("Kyiv AND OR Lviv", "OR", "write a word or a bracket between them"),
    ("Kyiv AND Lviv OR Odesa", "OR", "write (Kyiv AND Lviv) OR Odesa, or Kyiv AND (Lviv OR Odesa)"),
    ("Kyiv Lviv OR Odesa", "OR", "write (Kyiv AND Lviv) OR Odesa, or Kyiv AND (Lviv OR Odesa)"),
    ("(Kyiv OR Lviv", "(", "write the ) that it needs"),
    ("Kyiv OR Lviv)", ")", "take it out, or write the ( that it belongs to"),
    ("Kyiv AND ()", ")", "write a word there"),
    ("(" * 10_000 + "Kyiv" + ")" * 10_000, "(", "write the rule as two rules"),
    # -- nearness
    ("Kyiv NEAR Lviv", "NEAR", "write NEAR/5"),
    ("Kyiv ONEAR Lviv", "ONEAR", "write ONEAR/5"),
    ("Kyiv NOT NEAR Lviv", "NEAR", "write NEAR/5"),
    ("Kyiv NEAR/ 5 Lviv", "NEAR", "write NEAR/5"),
    ("Kyiv near5 Lviv", "near5", "write NEAR/5: at most 5 words between, in either order"),
    ("Kyiv NEAR5 Lviv", "NEAR5", "write NEAR/5"),
    ("Kyiv near/5 Lviv", "near", "write NEAR/5"),
    ("Kyiv adj5 Lviv", "adj5", "write ONEAR/5: at most 5 words between, the first one first"),
    ("Kyiv w/5 Lviv", "w", "write NEAR/5"),
    ("Kyiv W/12 Lviv AND Odesa W/3 port", "W", "write NEAR/12"),
    ("Kyiv within/5 Lviv", "within", "write NEAR/5"),
    ("Kyiv pre/2 Lviv", "pre", "write ONEAR/2: at most 2 words between, the first one first"),
    ("Kyiv w/s Lviv", "w", "write sentence(a AND b): both in one sentence"),
    ("Kyiv w/p Lviv", "w", "write sentence(a AND b): both in one sentence"),
    ("Kyiv NEAR/999 Lviv", "NEAR/999", "write NEAR/255"),
    ("Kyiv NEAR/5 Lviv NEAR/5 Odesa", "NEAR/5 Odesa", "write (Kyiv NEAR/5 Lviv) NEAR/5 Odesa,"),
    ("Kyiv NEAR/5 (Lviv AND Odesa)", "(Lviv AND Odesa)", "put AND outside: (a NEAR/5 b) AND c"),
    ("Kyiv NEAR/5 NOT Lviv", "NOT", "AND and NOT stand outside: (a NEAR/5 b) NOT c"),
    ("title:Kyiv NEAR/5 Lviv", "title:Kyiv", "put the field outside: title:(a NEAR/5 b)"),
    ("Kyiv NEAR/5 /[0-9]+/", "/[0-9]+/", "it finds characters, not words"),
    # -- functions
    ("lead(Kyiv)", "lead", "write lead/60(a OR b): in the title or the first 60 words of the text"),
    ("lead60(Kyiv)", "lead60", "write lead/60(...)"),
    ("ATLEAST5(Kyiv)", "ATLEAST5", "write atleast/5(...)"),
    ("atleast/2 (Kyiv)", "atleast", "write atleast/2(a OR b): at least two of them"),
    ("atleast/2(Kyiv AND Lviv)", "Kyiv AND Lviv", "put AND outside"),
    ("atleast/0(Kyiv)", "atleast/0", "write atleast/1"),
    ("anyof/4(Kyiv, Lviv)", "anyof/4", "write commas between the clauses: anyof/2(a, b, c)"),
    ("sentence(Kyiv, Lviv)", ",", "commas part the clauses of anyof/2(a, b, c)"),
    ("Sentence(Kyiv AND Lviv)", "Sentence", "write sentence(a AND b): both in one sentence"),
    ("sentence(Kyiv AND sentence(Lviv))", "sentence(Lviv)", "once is enough"),
    # -- fields and lists
    ("titel:Kyiv", "titel:", "did you mean 'title'?"),
    ("Title:Kyiv", "Title:", "fields are in small letters: title:"),
    ("headline:Kyiv", "headline:", "write title:"),
    ("hd=Kyiv", "hd", "write title:Kyiv"),
    ("site:bbc AND Kyiv", "site:", "write url:"),
    ("title: AND Kyiv", "AND", "write a word or a bracket between them"),
    ("title:NOT Kyiv", "NOT", "write NOT before it: NOT title:word"),
    ("title:(Kyiv AND body:Lviv)", "body:Lviv", "one field is enough"),
    ("lang:(en AND uk)", "(en AND uk)", "write OR: lang:(a OR b)"),
    ("feed:bbc*", "bbc*", "write the values out: feed:(a OR b)"),
    ("tier:first", "first", "1 is the most trusted: tier:1"),
    ("$KIYV", "$KIYV", "did you mean 'KYIV'?"),
    ("$ELECTION", "$ELECTION", "did you mean 'US_ELECTION'?"),
    ("$kyiv", "$kyiv", "names of lists are in capitals: $KYIV"),
    ('"$KYIV visit"', "$KYIV", "write $A NEAR/1 $B outside of quotes"),
    # -- wildcards and words
    ("*kyiv", "*", "wildcards stand within a word or at its end"),
    ("?yiv", "?", "wildcards stand within a word or at its end"),
    ("kyiv**", "*", "one is enough"),
    ('"*shadow"', "*", "for instance: storm shadow*"),
    ("= IMF", "=", "=IMF finds IMF and not imf"),
    ("Ky\u200biv", "\u200b", "stands in double quotes"),
    # -- expressions
    ("/(a/", "(", "signs that mean themselves have a"),
    ("/[0-9/", "[", "signs that mean themselves have a"),
    (r"/(\w+) \1/", r"\1", "write the text out twice"),
    ("/Kyiv(?!v)/", "(?!v)", "say it with AND, NOT or NEAR/n"),
    ("/x*/", "x*", "write + where * stands"),
    ("/[0-9]+ bn", "/", "an expression stands between two slashes on one line"),
    ('"/[0-9]+/"', "/", "in a query write it bare"),
    # -- tables
    ("Kyiv\tLviv\tOdesa", "\tLviv", "write Kyiv OR Lviv OR Odesa, or a list in terms.toml"),
    ('"storm shadow"\tATACMS', "\tATACMS", 'write "storm shadow" OR ATACMS'),
    ("\n".join(TOPICS), "word0", "write word0 OR word1 OR word2 OR word3 OR word4"),
]


@pytest.mark.parametrize(("query", "pointed_at", "hint"), QUERIES)
def test_a_wrong_query_is_refused_at_its_place_with_what_to_write(query, pointed_at, hint):
    (mistake,) = mistakes({"terms.toml": TERMS, "wrong.toml": f"title = 'Wrong'\nquery = '''\n  {query}\n'''\n"})
    file, line, column = mistake.where.rsplit(":", 2)
    assert file == "rules/wrong.toml"
    lines = ["title = 'Wrong'", "query = '''", *f"  {query}".split("\n")]
    assert lines[int(line) - 1][int(column) - 1 :].startswith(pointed_at.split("\n")[0])
    assert hint in mistake.hint
    shown, carets = mistake.excerpt.split("\n")
    assert shown.strip()
    assert carets.strip().strip("^") == ""
    assert carets.strip() or pointed_at == "\u200b"
    assert mistake.exit_code == 78


FILES = [
    ({"w.toml": "query = 'a'"}, "w.toml:1:1", 'add: title = "..."'),
    ({"w.toml": "title = 'a'"}, "w.toml:1:1", 'add: query = "..."'),
    ({"w.toml": "title = 'a'\nqeury = 'a'\nquery = 'a'"}, "w.toml:2:1", "did you mean 'query'?"),
    ({"w.toml": "title = “a”\nquery = 'a'"}, "w.toml:1:9", "text stands in straight quotes"),
    ({"w.toml": "title = 'a'\nquery = 'a'\npriority = 'hgih'"}, "w.toml:3:12", "did you mean 'high'?"),
    ({"w.toml": "title = 'a'\nquery = 'a'\nfrom = '2024'"}, "w.toml:3:8", "from = 2024-09-11"),
    ({"w.toml": "title = 'a'\nquery = 'a'\nexclude = 'b AND c OR d'"}, "w.toml:3:20", "write (b AND c) OR d"),
    ({"w.toml": "title = 'a'\nquery = 'a'\n[[expect]]\nmach = 'a'"}, "w.toml:4:1", "did you mean 'match'?"),
    ({"My rule.toml": "title = 'a'\nquery = 'a'"}, "My rule.toml", "rename it"),
    ({"terms.toml": "KYIV = 'Kyiv'"}, "terms.toml:1:8", 'KYIV = ["one form", "another"]'),
    ({"terms.toml": "kyiv = ['Kyiv']"}, "terms.toml:1:1", "capitals, digits and _: KYIV"),
    ({"terms.toml": "A = ['Kyiv OR Lviv']"}, "terms.toml:1:12", "write each form by itself"),
    ({"terms.toml": "A = ['Kyiv\tLviv']"}, "terms.toml:1:11", "write each form by itself"),
    ({"terms.toml": "A = ['*yiv']"}, "terms.toml:1:7", "* is any letters"),
    ({"terms.toml": "A = ['/x/']"}, "terms.toml:1:7", "write it in the query"),
    ({"terms.toml": "A = ['$B']\nB = ['$A']"}, "terms.toml:1:7", "take the name out of one of them"),
    ({"terms.toml": "A = ['$KYVI']\nKYIV = ['Kyiv']"}, "terms.toml:1:7", "did you mean 'KYIV'?"),
]


@pytest.mark.parametrize(("sources", "where", "hint"), FILES)
def test_a_wrong_file_is_refused_at_its_place_with_what_to_write(sources, where, hint):
    found = mistakes(sources)
    assert any(one.where == f"rules/{where}" and hint in one.hint for one in found), [str(one) for one in found]


def mistakes(sources: dict[str, str]) -> tuple:
    with pytest.raises(Mistakes) as refused:
        ruleset.compile(sources, where="rules")
    return refused.value.mistakes


def test_the_table_is_long_enough():
    assert len(QUERIES) + len(FILES) >= 60


def test_a_near_that_cannot_be_measured_is_refused():
    query = "((a NEAR/200 b) NEAR/200 c) NEAR/5 d"
    (mistake,) = mistakes({"w.toml": f"title = 'a'\nquery = '{query}'"})
    assert mistake.where == "rules/w.toml:2:10"
    assert "make the numbers smaller" in mistake.hint
