"""Every format and module that a feed may come in, read by the real parser."""

from datetime import UTC, datetime

import pytest
from feeds.documents import item, rss

from monitor.feeds.entry import authors, link
from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read

SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
}
MODULES = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in SPACES.items())
RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{}">{}</rdf:RDF>'
ITEM = "<item rdf:about='https://a.example/1'><title>T</title><link>https://a.example/1</link></item>"
NOON = datetime(2024, 9, 11, 12, tzinfo=UTC)


def heard(body):
    return read(Job(feed="bbc", base="https://bbc.example/feeds/f.xml", lang="", content_type="", body=body.encode()))


def only(entry, head="", channel=""):
    (found,) = heard(rss(f"{channel}<item>{entry}</item>", f"{MODULES} {head}").decode()).items
    return found


@pytest.mark.parametrize(
    "body",
    [
        RDF.format("http://my.netscape.com/rdf/simple/0.9/", "<channel><title>C</title></channel>" + ITEM),
        RDF.format("http://purl.org/rss/1.0/", "<channel rdf:about='x'><title>C</title></channel>" + ITEM),
        *(
            f"<rss version='{version}'><channel><title>C</title><item><title>T</title><link>https://a.example/1</link>"
            "</item></channel></rss>"
            for version in ("0.91", "0.92", "0.93", "0.94", "2.0", "2.0.1", "")
        ),
        "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://my.netscape.com/publish/formats/"
        "rss-0.91.dtd'><rss version='0.91'><channel><item><title>T</title><link>https://a.example/1</link></item>"
        "</channel></rss>",
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>T</title><link rel='alternate'"
        " type='text/html' href='https://a.example/1'/><id>x</id></entry></feed>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><link href='https://a.example/1'/></entry></feed>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>T</a:title><a:link href='https://a.example/1'/>"
        "</a:entry></a:feed>",
        "<CHANNEL HREF='https://a.example/'><TITLE>C</TITLE><ITEM HREF='https://a.example/1'><TITLE>T</TITLE></ITEM>"
        "</CHANNEL>",
        "<Channel><Item><Title>T</Title><A Href='https://a.example/1'>more</A></Item></Channel>",
    ],
)
def test_every_version_of_every_format_gives_its_item(body):
    (found,) = heard(body).items
    assert (found.title, found.url) == ("T", "https://a.example/1")


FEED = f'<?xml version="1.0"?>\n<rss version="2.0"><channel>{ITEM}</channel></rss>'


@pytest.mark.parametrize(
    "body",
    [
        "\n\n " + FEED,
        "Warning: fopen(x) in /cache.php on line 3\n" + FEED,
        "<br />\n<b>Notice</b>: x in <b>/a.php</b>\n" + FEED,
        "<!-- cached -->" + FEED,
        '<?xml version="1.0"?>' + FEED,
        FEED.replace("</channel></rss>", ""),
        FEED.replace("rss", "RSS"),
        FEED.replace("</title>", " & more</title>"),
        FEED.replace("</title>", "\x0b</title>"),
        FEED.replace("\n", "\r"),
    ],
)
def test_a_feed_that_its_server_spoilt_a_little_is_read(body):
    (found,) = heard(body).items
    assert found.url == "https://a.example/1"


def test_an_entity_of_a_document_type_that_is_not_fetched_is_htmls():
    top = "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://a.example/rss-0.91.dtd'>"
    (found,) = heard(
        f"<?xml version='1.0'?>{top}<rss><channel><item><title>Caf&eacute;</title></item></channel></rss>"
    ).items
    assert found.title == "Café"


def test_a_channel_of_microsofts_with_its_channels_and_dates():
    found = heard(
        "<?XML VERSION='1.0'?><CHANNEL HREF='https://a.example/'><ITEM HREF='https://a.example/1'"
        " LASTMOD='2024-09-11T12:00Z'><TITLE>One</TITLE><ABSTRACT>What it says</ABSTRACT></ITEM><CHANNEL>"
        "<TITLE>More</TITLE><ITEM HREF='https://a.example/2'><TITLE>Two</TITLE></ITEM></CHANNEL></CHANNEL>"
    ).items
    assert [(one.title, one.summary, one.published) for one in found] == [
        ("One", "What it says", NOON),
        ("Two", "", None),
    ]


# -- links -----------------------------------------------------------------------------------------------------------

PAGE = "<link>https://a.example/1</link>"
SOUND = "<enclosure url='https://a.example/1.mp3' type='audio/mpeg' length='-5'/>"


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        (PAGE + "<atom:link rel='self' href='https://a.example/self'/>" + SOUND, "https://a.example/1"),
        (PAGE + "<atom:link rel='alternate' hreflang='fr' href='https://a.example/fr'/>", "https://a.example/1"),
        ("<atom:link rel='alternate' hreflang='fr' href='https://a.example/fr'/>" + PAGE, "https://a.example/1"),
        ("<atom:link hreflang='fr' href='https://a.example/fr'/>", "https://a.example/fr"),
        (PAGE + "<feedburner:origLink>https://b.example/x</feedburner:origLink>", "https://b.example/x"),
        ("<atom:link type='application/json' href='https://a.example/j'/>" + PAGE, "https://a.example/1"),
        ("<link/><guid>https://a.example/g</guid>", "https://a.example/g"),
        ("<guid isPermaLink='false'>https://a.example/g</guid>" + SOUND, "https://a.example/g"),
        ("<guid isPermaLink='false'>urn:1</guid>" + SOUND, "https://a.example/1.mp3"),
        ("<atom:link rel='self' href='https://a.example/self'/>", ""),
        ("<atom:link rel='via' href='https://a.example/via'/>" + SOUND, "https://a.example/via"),
        ("<media:content url='https://a.example/1.mp4'/>", "https://a.example/1.mp4"),
        ("<enclosure url='file:///etc/passwd' length='-1'/>", ""),  # B42
    ],
)
def test_of_many_links_it_is_the_articles(entry, url):
    assert only("<title>T</title>" + entry).url == url


@pytest.mark.parametrize(
    ("head", "entry", "url"),
    [
        ("xml:base='https://c.example/a/'", "<link>1</link>", "https://c.example/a/1"),
        ("xml:base='/a/'", "<link>1</link>", "https://bbc.example/a/1"),
        ("xml:base='https://c.example/'", "<atom:link xml:base='b/' href='1'/>", "https://c.example/b/1"),
        ("xml:base='javascript:x'", "<link>1</link>", "https://bbc.example/feeds/1"),
        ("xml:base='http://[bad'", "<link>1</link>", ""),
    ],
)
def test_a_relative_link_begins_where_the_document_says(head, entry, url):
    assert only("<title>T</title>" + entry, head).url == url


def test_an_entrys_own_base_is_its_own_alone():
    entries = (
        f"<entry{base}><id>{name}</id><title>T</title><link href='{name}'/></entry>"
        for name, base in (("a", " xml:base='https://c.example/x/'"), ("b", ""))
    )
    head = "xmlns='http://www.w3.org/2005/Atom' xml:base='https://d.example/y/'"
    found = heard(f"<feed {head}>{''.join(entries)}</feed>").items
    assert [one.url for one in found] == ["https://c.example/x/a", "https://d.example/y/b"]


# -- words -----------------------------------------------------------------------------------------------------------

CAPTION = (
    "<media:content url='x'><media:title>Picture</media:title><media:description type='plain'>A ship"
    "</media:description></media:content>"
)


@pytest.mark.parametrize(
    ("entry", "title", "summary"),
    [
        (f"{CAPTION}<title>T</title><description>Text</description>", "T", "Text"),
        (f"<title>T</title><description>Text</description>{CAPTION}", "T", "Text"),
        (f"<title>T</title>{CAPTION}", "T", "A ship"),
        (CAPTION, "Picture", "A ship"),
        ("<title>T</title><media:description/><description>Text</description>", "T", "Text"),
        ("<title>T</title><description>Short</description><content:encoded>Long</content:encoded>", "T", "Short"),
        ("<title>T</title><content:encoded>&lt;p>Long&lt;/p></content:encoded>", "T", "Long"),
        ("<title>T</title><description/><itunes:summary>Sound</itunes:summary>", "T", "Sound"),
        ("<title>T</title><itunes:subtitle>In short</itunes:subtitle>", "T", "In short"),
        ("<dc:title>T</dc:title><dc:description>D</dc:description>", "T", "D"),
    ],
)
def test_titles_and_summaries_are_the_articles_and_not_a_pictures(entry, title, summary):
    found = only(entry)
    assert (found.title, found.summary) == (title, summary)


@pytest.mark.parametrize(
    ("entry", "author"),
    [
        ("<author>desk@a.example (Ann Lee)</author>", "Ann Lee"),
        ("<author>Ann Lee &lt;ann@a.example&gt;</author>", "Ann Lee"),
        ("<author>desk@a.example</author>", "desk@a.example"),
        ("<atom:author><atom:name>Zed</atom:name><atom:email>z@a.example</atom:email></atom:author>", "Zed"),
        ("<author>Ann Lee</author>", "Ann Lee"),
        ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:creator>Ann</dc:creator>", "Ann, Bob"),
        ("<itunes:author>Cy</itunes:author>", "Cy"),
        ("<atom:author><atom:name>Zed</atom:name></atom:author>", "Zed"),
        ("<media:credit role='author'>Eve</media:credit><media:credit role='photographer'>X</media:credit>", "Eve"),
        ("<media:credit>Agency</media:credit>", ""),
        ("<author/><dc:creator> </dc:creator>", ""),
    ],
)
def test_authors_are_all_named_once(entry, author):
    assert only("<title>T</title>" + entry).author == author


def test_an_entry_without_an_author_is_by_the_feeds_where_atom_says_so():
    feed = "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>Desk</name></author>{}</feed>"
    own = "<entry><title>A</title><author><name>Ann</name></author></entry>"
    assert [one.author for one in heard(feed.format(own + "<entry><title>B</title></entry>")).items] == ["Ann", "Desk"]


def test_tags_come_from_every_module():
    found = only(
        "<title>T</title><category>a</category><dc:subject>b</dc:subject><media:keywords>c, d</media:keywords>"
        "<itunes:keywords>e,f</itunes:keywords><media:category>g</media:category><atom:category term='h' label='H'/>"
    )
    assert found.tags == ("a", "b", "c", "d", "e", "f", "g", "H")


@pytest.mark.parametrize(
    ("head", "channel", "entry", "lang"),
    [
        ("", "", "<dc:language>pl</dc:language>", "pl"),
        ("", "<dc:language>uk</dc:language>", "", "uk"),
        ("xml:lang='de'", "", "", "de"),
        ("xml:lang='de'", "", "<description xml:lang='fr'>x</description>", "de"),
        ("", "", "<description xml:lang='fr'>x</description>", "fr"),
        ("", "<language>en-us</language>", "<title xml:lang='ro'>T</title>", "ro"),
    ],
)
def test_the_language_is_the_nearest_that_is_said(head, channel, entry, lang):
    title = "" if "<title" in entry else "<title>T</title>"
    assert only(title + entry, head, channel).lang == lang


@pytest.mark.parametrize(
    "date",
    [
        "<pubDate>Wed, 11 Sep 2024 12:00:00 GMT</pubDate><dc:date>2020-01-01</dc:date>",
        "<dc:date>2024-09-11T12:00:00Z</dc:date>",
        "<dcterms:issued>2024-09-11T12:00:00Z</dcterms:issued><dcterms:modified>2024-09-12</dcterms:modified>",
        "<atom:updated>2024-09-11T12:00:00Z</atom:updated>",
        "<atom:published>2024-09-11T12:00:00Z</atom:published><atom:updated>2024-09-12T12:00:00Z</atom:updated>",
        "<pubDate>whenever</pubDate><dcterms:modified>2024-09-11T12:00:00Z</dcterms:modified>",
    ],
)
def test_the_date_is_that_of_publication(date):
    assert only(f"<title>T</title>{date}").published == NOON


def test_a_date_that_cannot_be_read_is_told_apart_from_none():
    entries = [item(date, title) for title, date in (("A", "<pubDate>soon</pubDate>"), ("B", "<pubDate/>"), ("C", ""))]
    dated = item("<pubDate>soon</pubDate><dc:date>2024-09-11</dc:date>", "D")
    answer = heard(rss("".join([*entries, dated]), MODULES).decode())
    assert answer.unreadable == (answer.items[0].id,)


@pytest.mark.parametrize(
    "entry", [{}, {"links": {"href": "x"}, "authors": "Ann", "a": "x", "id": 7}, {"links": [1, None]}]
)
def test_what_is_not_of_its_type_is_nothing(entry):
    assert (link(entry), authors(entry)) == ("", [])
