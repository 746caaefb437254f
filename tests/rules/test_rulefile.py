"""rules/rulefile.py: the keys of a rule file, checked strictly."""

from datetime import UTC, datetime

import pytest

from monitor.model import Item
from monitor.rules import rulefile
from monitor.rules.document import Document
from monitor.rules.rulefile import Rule
from monitor.rules.terms import Lists

TERMS = 'KYIV = ["Kyiv"]\nLVIV = ["Lviv"]\nCITY = ["$KYIV", "$LVIV"]'
LEAST = "title = 'T'\nquery = 'Kyiv'\n"


def read(text: str, terms: str = TERMS) -> tuple[Rule | None, Document]:
    document = Document("rules/t.toml", text)
    return rulefile.read(document, "t", Lists(Document("rules/terms.toml", terms))), document


def rule(text: str, terms: str = TERMS) -> Rule:
    found, document = read(text, terms)
    assert document.mistakes == []
    assert found is not None
    return found


def test_the_least_rule_goes_to_every_digest():
    info = rule(LEAST).info
    assert (info.id, info.title, info.query, info.exclude) == ("t", "T", "Kyiv", "")
    assert (info.priority, info.digests, info.examples) == ("normal", (), 0)


def test_every_key_is_understood():
    found = rule(
        LEAST + "priority = 'high'\ndigests = ['desk', 'night']\nexclude = '''\n  football\n  OR chess\n'''\n"
        "from = 2024-09-01\nuntil = 2026-12-31\nnotes = 'N'\n"
        "[[expect]]\nmatch = 'Kyiv'\nsummary = 'S'\n[[expect]]\nno_match = 'Lviv'\n"
    )
    assert (found.info.priority, found.info.digests, found.info.notes) == ("high", ("desk", "night"), "N")
    assert found.info.exclude == "football\nOR chess"
    assert [(e.wanted, e.title, e.summary) for e in found.expected] == [(True, "Kyiv", "S"), (False, "Lviv", "")]


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("query = 'a'", "1:1", "a rule needs the key 'title'"),
        ("title = 'a'", "1:1", "a rule needs the key 'query'"),
        ("title = ' '\nquery = 'a'", "1:9", "the title is empty"),
        ("title = 'a'\nquery = ''", "2:10", "the query is empty"),
        ("title = 5\nquery = 'a'", "1:9", "'title' is a text"),
        ("title = 'a'\nquery = ['a']", "2:9", "'query' is a text"),
        (LEAST + "qeury = 'x'", "3:1", "unknown key 'qeury'"),
        (LEAST + "priority = 'urgent'", "3:12", "unknown priority 'urgent'"),
        (LEAST + "digests = 'desk'", "3:11", "'digests' is a list of names"),
        (LEAST + "digests = ['']", "3:11", "'digests' is a list of names"),
        (LEAST + "digests = []", "3:11", "no digest is named"),
        (LEAST + "from = '2024-09-01'", "3:8", "'from' is a day"),
        (LEAST + "until = 2024-09-01T10:00:00", "3:9", "'until' is a day"),
        (LEAST + "from = 2024-09-02\nuntil = 2024-09-01", "4:9", "'until' comes before 'from'"),
        (LEAST + "expect = ['x']", "3:10", "'expect' is a list of tables"),
        (LEAST + "[expect]\nmatch = 'x'", "3:1", "'expect' is a list of tables"),
        (LEAST + "[[expect]]\nmatch = 'x'\nno_match = 'x'", "3:1", "an example is either match or no_match"),
        (LEAST + "[[expect]]\nsummary = 'x'", "3:1", "an example is either match or no_match"),
        (LEAST + "[[expect]]\nmatch = 'x'\nsumary = 'x'", "5:1", "unknown key 'sumary'"),
        (LEAST + "[[expect]]\nmatch = ['x']", "4:9", "'match' is a text"),
        (LEAST + "[[expect]]\nmatch = ' '", "4:9", "the example is empty"),
        (LEAST + "exclude = 'NOT a'", "3:12", "a query of negations alone would catch nearly everything"),
        (LEAST + "exclude = ''", "3:12", "the query is empty"),
        ("title = 'a'\nquery = '''\n Kyiv\n AND $KIYV\n'''", "4:6", "there is no list $KIYV"),
        ("title = 'a'\nquery = '''\n a AND\n   b OR c'''", "4:6", "AND and OR are mixed without parentheses"),
        ('title = "a"\nquery = "\\"x\\" AND\\tpre**"', "2:25", "there are two * in a row"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(text, where, message):
    found, document = read(text)
    assert found is None
    assert (document.mistakes[0].where, document.mistakes[0].message) == (f"rules/t.toml:{where}", message)
    assert document.mistakes[0].hint
    assert document.mistakes[0].exit_code == 78


def test_one_reading_names_every_mistake():
    text = "titel = 'x'\nquery = '$A AND $B'\nexclude = '*x'\npriority = 'x'\n[[expect]]\nmach = 'x'\n"
    _, document = read(text)
    lines = [mistake.where.split(":")[1] for mistake in document.mistakes]
    assert lines == ["1", "1", "2", "2", "3", "4", "5", "6"]


def test_lists_are_not_called_unknown_while_terms_cannot_be_read():
    _, document = read("title = 'x'\nquery = '$KYIV'", terms="KYIV = [")
    assert document.mistakes == []


@pytest.mark.parametrize(
    ("published", "holds"),
    [
        (None, True),
        (datetime(2024, 9, 10, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2024, 9, 11, tzinfo=UTC), True),
        (datetime(2024, 9, 12, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2024, 9, 13, tzinfo=UTC), False),
    ],
)
def test_a_rule_is_in_force_on_its_days_both_included(published, holds):
    found = rule(LEAST + "from = 2024-09-11\nuntil = 2024-09-12")
    assert found.in_force_for(Item(id="i", feed="f", published=published)) is holds


def test_the_version_is_of_the_file_and_of_the_lists_that_it_uses():
    text = "title = 'T'\nquery = '$CITY'\n"
    version = rule(text).info.version
    assert rule(text).info.version == version
    assert rule(text + "# a thought").info.version != version
    assert rule(text, TERMS.replace('"Lviv"', '"Lviv", "Львів"')).info.version != version
    assert rule(text, TERMS + '\nRIGA = ["Riga"]').info.version == version
