"""Users' templates: what they may say, and that they can neither reach, nor stall, nor grow."""

import pytest
from digests.letters import KYIV, a_letter, matched

from monitor.digests import sample, template
from monitor.digests.template_child import answer

LETTER = a_letter(matched("Ships <b>pass", url="https://bbc.test/1"))
SSTI = [  # expressions that reach for what a letter is not
    "''.__class__.__mro__[1].__subclasses__()",
    "''['__class__']",
    "''|attr('__class__')",
    "''|attr('\\x5f\\x5fclass\\x5f\\x5f')",
    "''|attr(['__cl','ass__']|join)",
    "letter.__class__.__init__.__globals__",
    "letter.__struct_fields__",
    "words.summary.__class__",
    "words.when.__globals__['__builtins__']",
    "words.when.__func__.__code__",
    "words.__init__.__globals__",
    "count.__globals__.__builtins__.open('/etc/passwd').read()",
    "cycler.__init__.__globals__.os.popen('id').read()",
    "joiner.__init__.__globals__.os.system('id')",
    "namespace.__init__.__globals__.os",
    "lipsum.__globals__['os'].popen('id').read()",
    "lipsum.__globals__.__builtins__.__import__('os')",
    "self.__init__.__globals__",
    "self._TemplateReference__context",
    "self.__class__.__mro__",
    "request.application.__globals__",
    "config.items()",
    "get_flashed_messages.__globals__",
    "(1).__class__.__base__",
    "().__class__.__bases__[0]",
    "{}.__class__.__mro__[1].__subclasses__()[40]('/etc/passwd').read()",
    "[].__reduce_ex__(2)",
    "'%s'.__mod__",
    "'{0.__class__.__init__.__globals__}'.format(words)",
    "'{x.__class__}'.format_map({'x': letter})",
    "(letter.sections|map(attribute='__class__')|list)[0]",
    "letter.sections|sum(attribute='__class__')",
    "(letter.items|map('attr','__class__')|list)[0]",
    "[1].append(2)",
    "{}.update({'a': 1})",
]


def rendered(html: str = "", text: str = "", **more: str) -> template.Answer:
    """In this process, without its limits of time and memory."""
    sources = {"kyiv.html.j2": html} if html else {}
    sources |= {"kyiv.txt.j2": text} if text else {}
    job = template.Job(
        letter=LETTER,
        sources={**sources, **more},
        html="kyiv.html.j2" if html else "",
        text="kyiv.txt.j2" if text else "",
    )
    return answer(job)


# -- what they say ---------------------------------------------------------------------------------------------------


def test_a_digest_has_its_own_template_or_that_of_all_or_ours():
    assert template.chosen("kyiv", {}) == ("", "")
    assert template.chosen("kyiv", {"letter.html.j2": "", "kyiv.txt.j2": ""}) == ("letter.html.j2", "kyiv.txt.j2")
    assert template.chosen("kyiv", {"letter.html.j2": "", "kyiv.html.j2": ""})[0] == "kyiv.html.j2"


def test_a_template_tells_the_letter_and_what_it_does_not_tell_is_ours():
    [part] = rendered("<h1>{{ letter.title }}</h1>{{ letter.sections[0].entries[0].headline.text }}").parts
    assert part.html == "<h1>Kyiv evening</h1>Ships &lt;b&gt;pass"
    assert part.text.startswith("Kyiv evening\nWednesday")
    assert part.subject == "Kyiv evening: 1 story, Wed 11 Sep 18:00"


def test_a_template_may_build_on_ours_and_on_others():
    [part] = rendered(
        text="{% include 'head.j2' %}\n{% include 'ours/letter.txt.j2' %}", **{"head.j2": "Dear desk,"}
    ).parts
    assert part.text.startswith("Dear desk,Kyiv evening")


def test_the_child_says_what_this_process_says():
    sources = {"letter.html.j2": "{{ words.summary }}", "letter.txt.j2": "{{ letter.volume | list }}"}
    [part] = template.render(LETTER, sources).parts
    assert part.html == "1 story in 1 topic since 07:00"
    assert part.text == "[]"


def test_our_own_templates_work_with_a_letter_of_everything():
    [part] = answer(
        template.Job(
            letter=sample.letter(KYIV),
            sources={"a.j2": "{% extends 'ours/letter.html.j2' %}", "b.j2": "{% include 'ours/letter.txt.j2' %}"},
            html="a.j2",
            text="b.j2",
        )
    ).parts
    assert "reopens</a>" in part.html
    assert "A *port* reopens" in part.text


# -- what is wrong with them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("\n{{ lettr.title }}", "templates/kyiv.html.j2:2: 'lettr' is undefined"),
        ("a\nb\n{{ letter.titel }}", "templates/kyiv.html.j2:3: 'monitor.digests.letter.Letter object' has no"),
        ("\n\n{% if %}", "templates/kyiv.html.j2:3: Expected an expression"),
        ("{% for x in letter.items %}", "templates/kyiv.html.j2:1: Unexpected end of template"),
        ("{{ letter.items[99].x }}", "templates/kyiv.html.j2:1: "),
        ("{{ letter.at | nothing }}", "templates/kyiv.html.j2:1: No filter named 'nothing'"),
        ("\n{{ 1 // 0 }}", "templates/kyiv.html.j2:2: ZeroDivisionError"),
        ("{% include 'none.j2' %}", "templates/kyiv.html.j2:1: none.j2"),
        ("{% include 'kyiv.html.j2' %}", "it includes itself without end"),
        ("\n{{ letter.title | safe }}", "templates/kyiv.html.j2:2: there is no filter 'safe' here"),
        ("{% autoescape false %}{{ letter.title }}{% endautoescape %}", "1: escaping cannot be turned off"),
    ],
)
def test_a_mistake_is_named_with_its_place(source, complaint):
    found = rendered(source)
    assert complaint in found.failed
    assert found.parts == ()


def test_a_mistake_in_what_is_included_is_named_where_it_stands():
    assert (
        "templates/head.j2:2: 'x' is undefined"
        in rendered("{% include 'head.j2' %}", **{"head.j2": "\n{{ x }}"}).failed
    )


@pytest.mark.parametrize("expression", SSTI)
def test_nothing_but_the_letter_is_within_reach(expression):
    source = f"{{{{ {expression} }}}}"
    for found in (rendered(source), rendered(text=source)):
        assert found.failed, found.parts


def test_what_a_feed_wrote_is_never_markup():
    tricks = [
        "{{ letter.sections[0].entries[0].headline.text }}",
        "{{ letter.sections[0].entries[0].headline.text | upper }}",
        "{% set x %}{{ letter.sections[0].entries[0].headline.text }}{% endset %}{{ x }}",
        "{{ (('<b>' | escape) ~ letter.sections[0].entries[0].headline.text) }}",
        "{{ ('%s' | escape) | format(letter.sections[0].entries[0].headline.text) }}",
        "{{ letter.sections[0].entries[0].headline.text | urlize }}",
        "{{ letter.sections[0].entries[0].headline.text | tojson }}",
        "{{ {'a': letter.sections[0].entries[0].headline.text} | xmlattr }}",
        "{{ [letter.sections[0].entries[0].headline.text] | join('<b>' | escape) }}",
        "{{ (letter.sections[0].entries[0].headline.text | escape).unescape() }}",
    ]
    for trick in tricks:
        [part] = rendered(trick).parts
        assert "<b>" not in part.html, trick


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "it took more than 1 s"),
        ("{{ 'a' * 10**9 }}", "it took more than 256 MiB"),
    ],
)
def test_what_takes_too_much_is_ended(source, complaint):
    assert complaint in template.render(LETTER, {"kyiv.html.j2": source}, cpu=1).failed


def test_what_is_constant_is_not_computed_while_it_is_looked_at():
    assert rendered("{% if false %}{{ 'a' * 10**12 }}{% endif %}").parts
