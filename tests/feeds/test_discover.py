"""From what a person pastes to a feed: addresses, links on pages however they are written, names."""

import pytest
from hang import no_hang
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import NAME
from monitor.feeds import discover
from monitor.feeds.discover import About, about, address, group_word, guesses, links, refusal, short_name

HERE = "https://harbour.example/news/today"


def declared(html: str, url: str = HERE) -> tuple[str, ...]:
    return links(html.encode(), "text/html", url).declared


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("harbour.example", "https://harbour.example"),
        (" harbour.example/feed \n", "https://harbour.example/feed"),
        ("harbour.example:8080/feed", "https://harbour.example:8080/feed"),
        ("http://harbour.example", "http://harbour.example"),
        ("feed://harbour.example/rss", "https://harbour.example/rss"),
        ("feed:http://harbour.example/rss", "http://harbour.example/rss"),
        ("//harbour.example/rss", "https://harbour.example/rss"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("javascript:alert(1)", "javascript:alert(1)"),
    ],
)
def test_what_is_pasted_becomes_an_address(pasted, url):
    assert address(pasted) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://harbour.example/feed", ""),
        ("https://harbour.example:22/feed", "port 22"),
        ("https://harbour.example:0/feed", "port 0"),
        ("https://harbour.example:65536/feed", "cannot be understood"),
        ("http://10.0.0.1/feed", "not public"),
        ("http://169.254.169.254/latest", "not public"),
        ("http://2130706433/", "odd spelling"),
        ("http://localhost/", "not public"),
        ("file:///etc/passwd", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("https://me:secret@harbour.example/feed", "password"),
        ("https://harbour.example/a b", "blanks"),
        ("https://harbour.example/" + "a" * 3000, "2048"),
        ("https://harbour.example/\udcff", "plain line"),
    ],
)
def test_what_would_never_be_polled_is_refused(url, why):
    assert why in refusal(url, frozenset())
    assert bool(refusal(url, frozenset())) == bool(why)


def test_a_host_that_the_configuration_allows_may_be_private():
    assert refusal("http://10.0.0.1:8000/feed", {"10.0.0.1"}) == ""


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', ("https://harbour.example/rss",)),
        ("<LINK HREF=/rss TYPE=Application/RSS+XML REL=Alternate>", ("https://harbour.example/rss",)),
        ("<link href='f?a=1&amp;b=2' rel='home alternate' type='application/atom+xml; charset=utf-8' />",
         ("https://harbour.example/news/f?a=1&b=2",)),
        ('<link rel=alternate type="application/feed+json" href="//cdn.example/f.json">', ("https://cdn.example/f.json",)),
        ('<base href="https://other.example/x/"><link rel=alternate type=application/rss+xml href=f>',
         ("https://other.example/x/f",)),
        ('<base href="javascript:alert(1)"><link rel=alternate type=application/rss+xml href=f>',
         ("https://harbour.example/news/f",)),
        ('<base href="/a/"><base href="/b/"><link rel=alternate type=application/rss+xml href=f>',
         ("https://harbour.example/a/f",)),
        ('<link rel=alternate type=application/rss+xml href="javascript:alert(1)">', ()),
        ('<link rel=alternate type=application/rss+xml href="file:///etc/passwd">', ()),
        ("<link rel=alternate type=application/rss+xml href>", ()),
        ("<link rel=stylesheet type=application/rss+xml href=f>", ()),
        ("<link rel=alternate hreflang=uk href=/uk>", ()),
        ("<!-- <link rel=alternate type=application/rss+xml href=f> -->", ()),
        ("<!-- <link rel=alternate type=application/rss+xml href=f>", ()),
        ("<script>'<link rel=alternate type=application/rss+xml href=f>'</script>", ()),
        ("<iframe><iframe><link rel=alternate type=application/rss+xml href=f></iframe>", ()),
        ('<link rel=alternate type=application/rss+xml href=f title="Post">'
         '<link rel=alternate type=application/rss+xml href=g title="Post: comments feed">',
         ("https://harbour.example/news/f",)),
        ('<link rel=alternate type=application/rss+xml href=/comments/feed>', ("https://harbour.example/comments/feed",)),
        ('<link rel=alternate type=application/rss+xml href="/f?${SECRET}">', ("https://harbour.example/f?$%7BSECRET%7D",)),
    ],
)  # fmt: skip
def test_a_page_names_its_feeds_however_it_is_written(html, found):
    assert declared(html) == found


def test_links_that_look_like_feeds_are_the_second_choice():
    html = b"""<a href="/about">us</a><a href='/rss'>RSS</a><A HREF="https://x.example/world.xml#top">x</A>
        <a href="/sitemap.xml">map</a><a href="?feed=rss2">r</a><a href="mailto:feed@x.example">m</a>
        <a href="/feeds/">f</a>"""
    assert links(html, "", HERE).pointed == (
        "https://harbour.example/rss",
        "https://x.example/world.xml",
        "https://harbour.example/news/today?feed=rss2",
        "https://harbour.example/feeds/",
    )


def test_where_a_site_may_keep_its_feed_is_tried_last():
    tried = guesses("https://harbour.example/blog/")
    assert tried[:2] == ("https://harbour.example/blog/feed", "https://harbour.example/feed")
    assert "https://harbour.example/feeds/posts/default" in tried
    assert len(tried) <= 10


@pytest.mark.parametrize(
    "page",
    [
        b"<p>" + b"x" * 10 * 2**20,
        b"<link rel=alternate type=application/rss+xml href=/a>" * 100_000,
        b"".join(b"<link rel=alternate type=application/rss+xml href=/%d>" % n for n in range(100_000)),
        b"<a " * 700_000,
        b"<a href='" * 230_000,
        b"<!--" * 500_000,
        b"<iframe>" * 260_000,
        b"<a href=/feed " + b"x='" * 700_000,
        b"<a" + b" x=&amp" * 250_000,
        b"\0<" * 1_000_000,
    ],
    ids=[
        "10 MB",
        "one link 100,000 times",
        "100,000 links",
        "open",
        "quotes",
        "comments",
        "frames",
        "long",
        "ref",
        "nul",
    ],
)
def test_a_hostile_page_costs_a_moment(page):
    with no_hang():
        found = links(page, "text/html", HERE)
    assert len(found.declared) <= discover.MOST_LINKS
    assert len(found.pointed) <= discover.MOST_LINKS


@given(st.text("<>!-/\"'= \nlinkabsehrf:x&;", max_size=200), st.binary(max_size=50))
def test_no_page_makes_it_fail(html, noise):
    links(html.encode() + noise, "", HERE)
    about(html.encode() + noise, "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'<rss version="2.0"><channel><title>A &amp;amp; B</title><language>en_GB</language><item><title>No</title>',
         About("RSS 2.0", "A & B", "en-gb")),
        (b'<feed xmlns="x" xml:lang="uk"><title>\xd0\x9f\xd0\xbe\xd1\x88\xd1\x82\xd0\xb0</title><entry/></feed>',
         About("Atom", "Пошта", "uk")),
        (b"<rdf:RDF><channel><title>Old</title></channel><item/></rdf:RDF>", About("RSS 1.0", "Old", "")),
        (b"<rss version='0.91'><channel><image><title>No</title></image><title>Yes</title><title>No</title>",
         About("RSS 0.91", "Yes", "")),
        (b'{"version": "https://jsonfeed.org/version/1.1", "title": "J"}', About("JSON Feed", "J")),
        (b'{"title": "J", "language": "de"}', About("JSON Feed", "J", "de")),
        (b'{"title": 7}', About("JSON Feed")),
        (b"<rss><channel><title>Broken & so on", About("RSS", "Broken")),
        (b"<!DOCTYPE r [<!ENTITY x 'y'>]><rss>", About()),
    ],
)  # fmt: skip
def test_a_feed_says_what_it_is(body, said):
    assert about(body, "") == said


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("Harbour Post", HERE, "harbour-post"),
        ("Le Café d’Europe", HERE, "le-cafe-deurope"),
        ("Українська правда", "https://www.pravda.com.ua/rss/", "pravda"),
        ("Вести.Ru", "https://feeds.vesti.ru/x", "vesti"),
        ("", "https://feeds.bbci.co.uk/x", "bbci"),
        ("RSS", "https://harbour.example/x", "harbour"),
        ("!!!", "http://127.0.0.1:8000/", "127-0-0-1"),
        (
            "A very long title that goes on and on without any end in sight",
            HERE,
            "a-very-long-title-that-goes-on-and-on",
        ),
    ],
)
def test_an_id_is_made_of_the_title_or_the_host(title, url, name):
    assert short_name(title, url, ()) == name


@given(st.text(max_size=60), st.text("abc.-:0123", max_size=30), st.integers(0, 9))
def test_an_id_is_always_a_short_name_and_new(title, host, others):
    taken: set[str] = set()
    for _ in range(others + 1):
        name = short_name(title, f"https://h{host}.example/", taken)
        assert NAME.fullmatch(name)
        assert name not in taken
        taken.add(name)


def test_a_folder_becomes_one_word():
    assert group_word("Myanmar (Burma)") == "myanmar-burma"
    assert group_word("Новини_Києва") == "новини-києва"
