import re
from datetime import timedelta
from html.parser import HTMLParser

import msgspec
import pytest
from digests.letters import EVENING, KYIV, NOON, a_hit, a_letter, everywhere, found, in_trouble, matched
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.digests.plain import COLUMNS, columns, wrapped
from monitor.digests.render import LONGEST_HTML, render
from monitor.digests.tidy import tidy
from monitor.model import FeedStanding

TITLE = "IMF approves tranche for Ukraine"
SUMMARY = (
    "The executive board of the International Monetary Fund on Wednesday completed its review. "
    "The IMF said Kyiv could draw the tranche at once."
)

GOLDEN = """\
Kyiv evening
Wednesday, 11 September 2024, 18:00 Europe/Kyiv
(made late, at 20:00)
3 stories in 2 topics since 07:00


Policy rate (urgent)
============================================================================

Нацбанк підвищив *облікову ставку* до 13,5%
  Українська правда, Mon 9 Sep, 15:00
  https://pravda.test/rate


IMF and Ukraine
============================================================================

*IMF* approves *tranche* for Ukraine
  Reuters, 14:30
  first seen: Reuters 15:00, BBC World 15:00
  also on: War
  The executive board of the International Monetary Fund on Wednesday
  completed its review. The *IMF* said Kyiv could draw the *tranche* at
  once.
  https://reuters.test/1

Dated tomorrow, and without a link
  BBC World, seen 14:00 (its own date is in the future)


----------------------------------------------------------------------------
3 of 4 feeds heard; in trouble:
  الجزيرة: the server did not answer within 30 s (since 07:00)
3 stories from 4 items
Not shown: 1 copy
Due 2024-09-11T18:00 Europe/Kyiv, made 20:00
Log: 1,234 events, head 3fa29c0d5be8
3fa29c0d5be811aa3fa29c0d5be811aa3fa29c0d5be811aa3fa29c0d5be811aa
"""


def an_evening():
    rate = "Нацбанк підвищив облікову ставку до 13,5%"
    imf = a_hit(title=found(TITLE, "IMF", "tranche"), summary=found(SUMMARY, "IMF", "tranche"))
    urgent = a_hit("rate", topic="Policy rate", priority="high", title=found(rate, "облікову ставку"))
    return a_letter(
        matched(TITLE, feed="bbc", url="https://bbc.test/1?utm_source=rss", hits=(imf,), story="s"),
        matched(
            TITLE,
            feed="reuters",
            story="s",
            url="https://reuters.test/1",
            summary=SUMMARY,
            published=NOON - timedelta(minutes=30),
            hits=(imf, a_hit("war", topic="War")),
        ),
        matched(
            rate, feed="pravda", url="https://pravda.test/rate", published=NOON - timedelta(days=2), hits=(urgent,)
        ),
        matched(
            "Dated tomorrow, and without a link",
            seen=NOON - timedelta(hours=1),
            published=NOON + timedelta(days=1),
        ),
        standing=(
            *(FeedStanding(feed=feed, last_good=EVENING) for feed in ("reuters", "bbc", "pravda")),
            in_trouble("jazeera", "the server did not answer within 30 s"),
        ),
        until=EVENING + timedelta(hours=2),
    )


class Reader(HTMLParser):
    """What a mail client finds in a letter."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data):
        if self.tags[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


# -- text ------------------------------------------------------------------------------------------------------------


def test_a_letter_in_plain_text():
    (part,) = render(an_evening())
    assert part.text == GOLDEN
    assert part.subject == "Kyiv evening: 3 stories, Wed 11 Sep 18:00"


def test_an_empty_day_says_that_the_monitor_is_there():
    (part,) = render(a_letter())
    assert part.subject == "Kyiv evening: nothing new, Wed 11 Sep 18:00"
    assert "Nothing new since 07:00" in part.text
    assert "4 of 4 feeds heard" in part.text
    assert "4 of 4 feeds heard" in Reader(part.html).text


def test_a_letter_that_somebody_asked_for_says_so():
    (part,) = render(a_letter(slot="request 3f2a"))
    assert "Asked for by request 3f2a" in part.text


def test_times_are_those_of_the_zone_and_another_year_is_named():
    tokyo = msgspec.structs.replace(KYIV, zone="Asia/Tokyo")
    old = matched(published=NOON - timedelta(days=400))
    (part,) = render(a_letter(old, digest=tokyo, slot="2024-09-12T00:00 Asia/Tokyo"))
    assert "Thursday, 12 September 2024, 00:00 Asia/Tokyo" in part.text
    assert "BBC World, Tue 8 Aug 2023, 21:00" in part.text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.text(max_size=600))
def test_no_line_of_text_is_wider_than_a_terminal_unless_it_is_one_word(title, summary):
    (part,) = render(a_letter(matched(title, summary=summary)))
    for line in part.text.splitlines():
        assert columns(line) <= COLUMNS or len(line.split()) == 1


def test_chinese_breaks_anywhere_and_counts_double():
    lines = wrapped("国" * 100, "  ").splitlines()
    assert [columns(line) for line in lines] == [76, 76, 54]
    assert wrapped("https://a.test/" + "x" * 100, "  ").count("\n") == 0


# -- html ------------------------------------------------------------------------------------------------------------


def test_html_says_what_the_text_says():
    (part,) = render(an_evening())
    said = Reader(part.html).text
    for words in (
        "Kyiv evening",
        "3 stories in 2 topics since 07:00",
        "Нацбанк підвищив облікову ставку до 13,5%",
        "first seen: Reuters 15:00, BBC World 15:00",
        "also on War",
        "its own date is in the future",
        "3 stories from 4 items",
        "Not shown: 1 copy",
        "the server did not answer within 30 s (since 07:00)",
        "Log: 1,234 events, head 3fa29c0d5be8",
    ):
        assert words in said.replace(" ,", ",")


def test_html_loads_nothing_and_links_only_to_the_stories():
    (part,) = render(an_evening())
    reader = Reader(part.html)
    assert not {"img", "script", "link", "iframe", "object", "embed", "form", "svg", "base", "video"} & set(reader.tags)
    names = [name for name, _ in reader.attributes]
    assert not [name for name in names if name.startswith("on") or name in ("src", "srcset", "background", "ping")]
    assert "url(" not in part.html
    assert "@import" not in part.html
    assert [value for name, value in reader.attributes if name == "href"] == [
        "https://pravda.test/rate",
        "https://reuters.test/1",
    ]


def test_html_marks_the_words_that_matched():
    (part,) = render(an_evening())
    assert re.findall(r"<mark [^>]*>([^<]*)</mark>", part.html) == [
        "облікову ставку",
        "IMF",
        "tranche",
        "IMF",
        "tranche",
    ]


def test_html_says_languages_and_lets_each_story_have_its_direction():
    (part,) = render(a_letter(matched("صندوق النقد الدولي", feed="jazeera")))
    assert '<html lang="en">' in part.html
    assert re.search(r'<div class="story" dir="auto">\s*<h3 lang="ar">صندوق', part.html)


@pytest.mark.parametrize(
    "payload",
    [
        "<script>alert(1)</script>",
        "<svg/onload=alert(1)>",
        '"><img src=x onerror=alert(1)>',
        "</style><script>alert(1)</script>",
        "{{ cycler.__init__.__globals__ }}{% raw %}",
        "<mark onclick=alert(1)>",
        "<img onerror=alert(1) src=x",
    ],
)
def test_markup_from_a_feed_is_text_wherever_it_stands(payload):
    digest = msgspec.structs.replace(KYIV, title=payload)
    hostile = matched(
        f"{payload} four words here",
        summary=f"Summary {payload}",
        url=f"https://a.test/{payload}",
        lang=payload,
        hits=(a_hit(topic=payload), a_hit("other", topic=payload)),
    )
    (part,) = render(a_letter(hostile, digest=digest, standing=(in_trouble("bbc", payload),)))
    reader = Reader(part.html)
    harmless = {"html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "h3", "p", "br", "a", "b", "bdi"}
    assert set(reader.tags) <= harmless | {"ul", "li", "span", "mark"}
    assert not [name for name, _ in reader.attributes if name.startswith("on")]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "jav\tascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"]
)
def test_a_link_that_is_none_is_text(url):
    (part,) = render(a_letter(matched(url=url)))
    assert "href" not in part.html
    assert url not in part.text


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.characters(),
            st.sampled_from(
                ["@everyone", "@here", "@room", "<!channel>", "\u202e", "\u200b", "\x1b[2J", "\r\n", "\x9b"]
            ),
        ),
        max_size=30,
    ).map("".join)
)
def test_no_mention_no_hidden_text_and_no_escape_leaves_in_any_form(nasty):
    letter = everywhere(nasty)
    for failed in ("", tidy(nasty).text):
        (part,) = render(msgspec.structs.replace(letter, failed=failed))
        assert len(part.subject.splitlines()) == 1
        for form in (part.subject, part.text, part.html, *letter.headlines):
            for banned in ("@everyone", "@here", "@room", "<!channel>", "\u202e", "\u200b", "\x1b", "\x9b", "\r"):
                assert banned not in form


def test_that_letter_has_words_in_every_place():
    letter = everywhere("nasty")
    assert letter.corrections
    assert letter.silenced
    assert letter.volume
    assert [one.why for one in letter.withheld] == ["alerted", "silence"]
    [section] = letter.sections
    assert section.alerted[0].now
    assert section.entries[0].before
    assert section.entries[0].was
    (part,) = render(letter)
    for form in (part.text, Reader(part.html).text):
        assert form.count("nasty") >= 24


def test_markup_is_text_in_every_place():
    payload = "<img src=x onerror=alert(1)><script>"
    (part,) = render(msgspec.structs.replace(everywhere(payload), failed=payload))
    reader = Reader(part.html)
    assert not {"img", "script"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]


# -- parts -----------------------------------------------------------------------------------------------------------


def a_long_letter(stories: int = 200):
    return a_letter(
        *(
            matched(
                f"Story number {n} about the Fund and what it means",
                summary="Слово " * 60,
                url=f"https://bbc.test/{'x' * 300}/{n}",
                hits=(a_hit(f"t{n % 4}", topic=f"Topic {n % 4}"),),
            )
            for n in range(stories)
        )
    )


def test_a_long_letter_comes_in_parts_that_mail_shows_whole():
    letter = a_long_letter()
    parts = render(letter)
    assert len(parts) > 1
    assert all(len(part.html.encode()) <= LONGEST_HTML for part in parts)
    assert [part.subject for part in parts] == [
        f"Kyiv evening: 200 stories, Wed 11 Sep 18:00 ({n + 1}/{len(parts)})" for n in range(len(parts))
    ]
    told = re.findall(r"Story number (\d+) ", "".join(part.text for part in parts))
    assert sorted(told, key=int) == [str(n) for n in range(200)]
    assert [("Continued in part" in part.text, "Log: 1,234" in part.text) for part in parts] == [
        *[(True, False)] * (len(parts) - 1),
        (False, True),
    ]
    assert "200 stories in 4 topics" in parts[1].text


def test_a_topic_that_is_cut_is_continued():
    parts = render(a_long_letter())
    assert any(", continued" in part.text for part in parts[1:])
    assert ", continued" not in parts[0].text


def test_what_there_was_no_room_for_is_counted_in_the_last_part_of_its_topic():
    letter = a_letter(*(matched(f"Story number {n} of the flood", summary="Слово " * 60) for n in range(2000)))
    parts = render(letter)
    assert [part.text.count("+1,950 more stories") for part in parts] == [*[0] * (len(parts) - 1), 1]


def test_the_same_letter_renders_to_the_same_bytes():
    assert render(an_evening()) == render(an_evening())


def test_the_footer_names_silent_feeds_and_possible_gaps_in_a_line_each():
    silent = tuple(
        FeedStanding(feed=feed, last_good=EVENING, silent_since=NOON, gap=NOON) for feed in ("reuters", "bbc")
    )
    (part,) = render(a_letter(matched(), standing=silent))
    for said in (
        "Silent against their habit: Reuters (since 15:00), BBC World (since 15:00)",
        "Items may have been missed of: Reuters, BBC World",
    ):
        assert said in part.text
        assert said in part.html
    (quiet,) = render(a_letter(matched()))
    assert "ilent" not in quiet.text
    assert "missed" not in quiet.text


def test_of_many_silent_feeds_a_few_are_named():
    many = tuple(FeedStanding(feed=f"f{n}", last_good=EVENING, silent_since=NOON) for n in range(40))
    (part,) = render(a_letter(matched(), standing=many))
    assert "and 34 more" in part.text
    assert max(columns(line) for line in part.text.splitlines()) <= COLUMNS
