"""Documents to items: catalogue B, read by the real parser."""

from datetime import UTC, datetime

import pytest
from bench.bench_fuzz import OURS, spoilt
from feeds.documents import item, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.heard import Job
from monitor.feeds.parse import parse
from monitor.feeds.sandbox_child import answer, read

BASE = "https://bbc.example/feeds/world.xml"
ATOM = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"{}><link href="https://bbc.example/"/>{}</feed>'


def heard(body, lang="", content_type=""):
    body = body if isinstance(body, bytes) else body.encode()
    return read(Job(feed="bbc", base=BASE, lang=lang, content_type=content_type, body=body))


def items(*entries, head=""):
    return heard(rss("".join(f"<item>{entry}</item>" for entry in entries), head)).items


def only(entry, head=""):
    (found,) = items(entry, head=head)
    return found


def test_an_rss_item_whole():
    found = only(
        "<title>IMF releases $1.1bn</title><link>/news/1</link><guid isPermaLink='false'>tag:1</guid>"
        "<pubDate>Wed, 11 Sep 2024 12:00:00 +0300</pubDate><description>&lt;p&gt;The board&amp;nbsp;agreed.&lt;/p&gt;"
        "</description><author>Ann Lee</author><category>Economy</category><category>Ukraine</category>"
        "<language>en-GB</language>"
    )
    assert (found.guid, found.url) == ("tag:1", "https://bbc.example/news/1")
    assert (found.title, found.summary) == ("IMF releases $1.1bn", "The board agreed.")
    assert found.published == datetime(2024, 9, 11, 9, tzinfo=UTC)
    assert (found.author, found.tags, found.lang, found.feed) == ("Ann Lee", ("Economy", "Ukraine"), "en-gb", "bbc")


def test_an_atom_entry_whole():
    entry = (
        "<entry><id>urn:1</id><title type='html'>A &amp;lt; B</title><link href='a/1'/><updated>2024-09-12T00:00:00Z"
        "</updated><published>2024-09-11T09:00:00Z</published><content type='html'>&lt;p&gt;Body&lt;/p&gt;</content>"
        "<author><name>Ann</name></author><category term='x' label='World'/></entry>"
    )
    (found,) = heard(ATOM.format(" xml:lang='uk'", entry)).items
    assert (found.guid, found.url, found.title) == ("urn:1", "https://bbc.example/feeds/a/1", "A < B")
    assert (found.summary, found.author, found.tags, found.lang) == ("Body", "Ann", ("World",), "uk")
    assert found.published == datetime(2024, 9, 11, 9, tzinfo=UTC)


# -- identity --------------------------------------------------------------------------------------------------------


def test_an_id_outlives_changes_of_everything_but_the_guid():
    one = only("<guid>1</guid><title>Old</title><link>https://a.example/x</link>")
    two = only("<guid>1</guid><title>New</title><link>https://a.example/y?utm=z</link><description>More</description>")
    assert one.id == two.id


@pytest.mark.parametrize("guid", ["", "<guid></guid>", "<guid>  </guid>"])  # B01, B02
def test_without_a_guid_the_link_makes_the_item(guid):
    one, two = (
        only(f"{guid}<link>https://a.example/1</link>"),
        only(f"{guid}<link>https://a.example/1</link><title>T</title>"),
    )
    assert one.id == two.id
    assert only(f"{guid}<title>A</title>").id != only(f"{guid}<title>B</title>").id


def test_a_guid_that_two_items_share_makes_two_items():  # B03
    found = items("<guid>g</guid><link>/1</link><title>A</title>", "<guid>g</guid><link>/2</link><title>B</title>")
    assert len({one.id for one in found}) == 2


def test_an_item_listed_twice_is_one_and_the_first_counts():
    texts = ("first", "second", "third")
    found = items(
        *(f"<guid>g</guid><link>/1</link><title>A</title><description>{words}</description>" for words in texts)
    )
    assert [one.summary for one in found] == ["first"]


def test_a_vast_guid_still_makes_an_item():  # A36
    one, two = (only(f"<guid>{'g' * 10**6}{end}</guid><title>A</title>") for end in "ab")
    assert one.id != two.id
    assert len(one.guid.encode()) <= 2048


def test_a_relative_guid_is_the_same_wherever_the_feed_lives():  # B06
    body = rss(item("<guid>42</guid>"))
    ids = {
        read(Job(feed="bbc", base=base, lang="", content_type="", body=body)).items[0].id
        for base in ("http://a.example/f", "https://b.example/g/h")
    }
    assert len(ids) == 1


def test_an_entry_with_nothing_to_tell_is_no_item():
    assert items("", "<pubDate>Wed, 11 Sep 2024 12:00:00 GMT</pubDate>", "<title>A</title>")[0].title == "A"
    assert len(items("", "<title> </title>")) == 0


# -- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Fri, 11 Jan 2126 09:00:00 GMT", datetime(2126, 1, 11, 9, tzinfo=UTC)),  # B09
        ("--11", None),  # B12
        ("2024", None),
        ("Wed, 11 Sep 2024 12:00:00 +9999", None),  # B14
        ("Sat, 31 Feb 2024 00:00:00 GMT", None),  # B15
        ("", None),
    ],
)
def test_dates_are_certain_or_none(date, published):
    assert only(f"<title>A</title><pubDate>{date}</pubDate>").published == published


def test_the_next_date_stands_in_for_one_that_cannot_be_read():
    entry = "<title>A</title><pubDate>soon</pubDate><dc:date>2024-09-11</dc:date>"
    assert only(entry, "xmlns:dc='http://purl.org/dc/elements/1.1/'").published == datetime(2024, 9, 11, tzinfo=UTC)


def test_an_unknown_zone_is_noted():  # B13
    noted = heard(rss(item("<pubDate>Wed, 11 Sep 2024 12:00:00 IST</pubDate>"))).notes
    assert any("IST" in note for note in noted)


# -- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        (
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "<script>alert(1)</script>",
        ),  # B17: text, to be escaped by who shows it
        ("&amp;lt;script&amp;gt;", "<script>"),  # B18
        ("AT&amp;amp;T &amp;#8217;", "AT&T ’"),
        ("&lt;b&gt;Bold&lt;/b&gt; claim", "Bold claim"),
        ("Vec&lt;T&gt; &amp; co", "Vec<T> & co"),
        ("a&#155;[31m\u202egpj\u200b", "a›[31mgpj"),  # B20, B21, B22
        ("<![CDATA[ two\n lines ]]>", "two lines"),  # B23
        ("=cmd|'/c calc'!A1", "=cmd|'/c calc'!A1"),  # B24: prefixed by who writes CSV
    ],
)
def test_titles_are_plain(title, shown):
    assert only(f"<title>{title}</title>").title == shown


def test_turning_text_around_is_noted():  # B21
    assert heard(rss(item("", title="photo\u202egpj.exe"))).notes


def test_an_atom_title_that_says_it_is_text_is_text():
    (found,) = heard(ATOM.format("", "<entry><id>1</id><title>&lt;b&gt; &amp;amp;</title></entry>")).items
    assert found.title == "<b> &amp;"


def test_long_texts_are_capped_at_a_word():  # A35
    found = only(f"<title>{'word ' * 10**5}</title><description>{'слово ' * 10**5}</description>")
    assert (found.title[-5:], found.summary[-6:]) == ("word…", "слово…")
    assert 290 <= len(found.title) <= 300
    assert 1990 <= len(found.summary) <= 2000


def test_an_item_without_a_title_is_named_by_its_text():
    assert only(f"<description>{'Many words. ' * 20}</description>").title.startswith("Many words.")


def test_the_contents_stand_in_for_an_empty_summary():
    entry = "<title>A</title><description></description><content:encoded>&lt;p&gt;All of it</content:encoded>"
    assert only(entry, "xmlns:content='http://purl.org/rss/1.0/modules/content/'").summary == "All of it"


def test_tags_are_few_short_and_once():
    found = only(
        "<title>A</title>" + "<category>x</category>" * 3 + "".join(f"<category>{n}</category>" for n in range(50))
    )
    assert len(found.tags) == 20
    assert found.tags[:2] == ("x", "0")


@pytest.mark.parametrize(
    ("said", "lang"),
    [("en", "en"), ("en_US", "en-us"), ("", "uk"), ("English (US)", "uk"), ("<x>", "uk"), ("x" * 99, "uk")],
)
def test_the_language_is_the_feeds_or_else_the_configured(said, lang):
    body = rss(item("")).decode().replace("<title>t</title>", f"<language>{said}</language>")
    assert heard(body, lang="uk").items[0].lang == lang


# -- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://a.example/1", "https://a.example/1"),
        ("javascript:alert(1)", ""),  # B25
        ("jav&#9;ascript:alert(1)", ""),  # B26
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),  # B27
        ("smb://host/share", ""),
        ("http://bank.example@evil.example/", "http://evil.example/"),
        ("", ""),
    ],
)
def test_links_lead_somewhere_safe_or_nowhere(link, url):
    found = only(f"<title>A</title><link>{link}</link>")
    assert (found.title, found.url) == ("A", url)


@pytest.mark.parametrize(
    ("head", "channel", "url"),
    [
        ("", "", "https://bbc.example/feeds/1.html"),
        ("", "<link>https://site.example/a/</link>", "https://site.example/a/1.html"),
        ("", "<link>javascript:x</link>", "https://bbc.example/feeds/1.html"),
        ("xml:base='https://base.example/b/'", "", "https://base.example/b/1.html"),
    ],
)
def test_relative_links_begin_at_the_base_the_site_or_the_document(head, channel, url):
    body = rss(item("<link>1.html</link>"), head).decode().replace("<title>t</title>", channel)
    assert heard(body).items[0].url == url


# -- readings that are not what they seem ----------------------------------------------------------------------------


def test_elements_named_like_the_parsers_own_keys_do_no_harm():
    names = [
        "title_detail",
        "summary_detail",
        "tags_",
        "links",
        "content_",
        "authors",
        "published_parsed",
        "id_",
        "version",
    ]
    planted = "".join(f"<{name} type='x' value='y' term='z'/>" for name in names)
    assert only(f"{planted}<title>A</title><link>/1</link><description>B</description>{planted}").summary == "B"


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=20) | st.sampled_from(["text/html", "atom10", "http://a.example/"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "type", "term", "href", "name"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [
    *("id", "link", "title", "title_detail", "summary", "summary_detail", "content", "published", "author", "tags"),
    *("links", "authors", "media_credit", "media_content", "media_caption", "subtitle", "language", "a"),
]
ENTRY = st.dictionaries(st.sampled_from(FIELDS), VALUES) | VALUES
DOCUMENT = st.fixed_dictionaries({"version": VALUES, "feed": VALUES, "entries": st.lists(ENTRY, max_size=4)})


@settings(max_examples=200, deadline=None)
@given(DOCUMENT)
def test_no_reading_makes_parsing_fail_and_ids_are_stable(document):
    first = parse(document, feed="bbc", base=BASE)
    again = parse(document, feed="bbc", base="https://elsewhere.example/")
    assert [found.id for found in first.items] == [found.id for found in again.items]
    assert len({found.id for found in first.items}) == len(first.items)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_no_spoilt_document_finds_a_mistake_of_ours(number, later):
    first = answer(Job(feed="bbc", base=BASE, lang="", content_type="", body=spoilt(number, OURS)))
    again = answer(
        Job(feed="bbc", base=BASE, lang="", content_type="", body=spoilt(later, OURS), entries=first.entries)
    )
    assert "parser" not in [heard.trouble.code for heard in (first, again) if heard.trouble]
