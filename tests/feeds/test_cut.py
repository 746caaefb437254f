"""What was seen of a feed is not read twice, and what is read is what would have been read of the whole."""

import json

import pytest
from feeds.documents import item, rss
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds import cut, sandbox_feedparser
from monitor.feeds.cut import Entry
from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read

# -- records ---------------------------------------------------------------------------------------------------------

records = st.builds(
    Entry,
    st.binary(min_size=8, max_size=8),
    st.sampled_from(["", "0f" * 16, "a1" * 16]),
    st.binary(min_size=8, max_size=8),
)


@given(st.lists(records))
def test_records_are_read_as_they_were_written(entries):
    assert cut.unpack(cut.pack(entries)) == entries


def test_bytes_that_are_no_records_say_nothing():
    assert cut.unpack(b"short") == []


def test_items_are_named_once_and_in_order():
    entries = [Entry(bytes(8), item, bytes(8)) for item in ("bb" * 16, "", "aa" * 16, "bb" * 16)]
    assert cut.items_of(cut.pack(entries)) == ("bb" * 16, "aa" * 16)


# -- the law ---------------------------------------------------------------------------------------------------------

INSIDE = (  # of an entry, in every format
    "<!-- <item><title>Not here</title></item> -->",
    "<description><![CDATA[<item>Harbour</item> ]]>&amp; quay</description>",
    "<description>&lt;b&gt;Dredgers&lt;/b&gt; at work &#8212; until May</description>",
    "<summary>A tug, a crane</summary>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Salt <b>and</b> rust</div></content>",
    "<content type='html' xml:base='https://quay.example/base/'>Ropes</content><id>left/behind</id>",
    "<dc:creator>Ada Pike</dc:creator><dc:date>2024-05-0{n}</dc:date>",
    "<pubDate>Mon, 06 May 2024 10:0{n}:00 GMT</pubDate><published>2024-05-06T10:0{n}:00Z</published>",
    "<category>ports</category><category term='tides'/>",
    "<x:note xmlns:x='urn:quay'>a</x:note>",
    "<y:note xmlns:y='urn:quay'>a</y:note>",
    "<dc:title xmlns:dc='urn:not-dublin'>b</dc:title>",
    "<m:title xmlns:m='http://search.yahoo.com/mrss/'>Clip</m:title>",
    "<title xmlns='urn:quay'>Its own title</title>",
    "<image><title>Lamp</title><url>lamp.png</url></image>",
    "<source><title>Elsewhere</title></source>",
    "<language>uk</language>",
    "<link rel='self' href='self{n}.html'/>",
    "<item><title>Within</title></item>",
    "<title/>",
    "<svg xmlns='http://www.w3.org/2000/svg'><title>drawn</title></svg>",
    "<description><p>bare <i>markup</i></p></description>",
)
BETWEEN = ("", "\n", "<!-- </item> -->", "<language>de</language>", "<image><url>a.png</url></image>", "<ttl>9</ttl>")
GUIDS = ("", "<{id}>g1</{id}>", "<{id}>g2</{id}>", "<{id} isPermaLink='false'>g{n}</{id}>")
LINKS = (
    "",
    "<link>l1.html</link>",
    "<link href='l{n}.html'/>",
    "<link>https://quay.example/{n}</link>",
)
HEADS = {
    "rss": ("<rss version='2.0' {ns}><channel><title>Q</title>", "</channel></rss>", "item", "guid"),
    "bare": ("<channel {ns}><title>Q</title>", "</channel>", "item", "guid"),
    "rdf": (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' {ns}>"
        "<channel><title>Q</title></channel>",
        "</rdf:RDF>",
        "item",
        "dc:identifier",
    ),
    "atom": (
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en' {ns}><title>Q</title>",
        "</feed>",
        "entry",
        "id",
    ),
    "prefixed": (
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom' {ns}><a:title>Q</a:title>",
        "</a:feed>",
        "a:entry",
        "a:id",
    ),
    "unclosed": ("<rss {ns}><channel><title>Q", "</channel></rss>", "item", "guid"),
}
NAMESPACES = "xmlns:dc='http://purl.org/dc/elements/1.1/'"

entries = st.tuples(
    st.integers(0, 5),
    st.sampled_from(GUIDS),
    st.sampled_from(LINKS),
    st.lists(st.sampled_from(INSIDE), max_size=3),
    st.sampled_from(BETWEEN),
)
polls = st.tuples(st.lists(entries, max_size=6), st.lists(entries, max_size=3), st.randoms(use_true_random=False))


def feed(kind, told):
    head, foot, name, guid = HEADS[kind]
    body = "".join(
        f"<{name}><title>Tide {n // 2}</title>{(key + link + ''.join(inside)).replace('{id}', guid)}</{name}>".replace(
            "{n}", str(n)
        )
        + between
        for n, key, link, inside, between in told
    )
    return (head.replace("{ns}", NAMESPACES) + body + foot).encode()


def listed(told):
    items = [
        {"id": n, "url": f"l{n}.html", "content_html": "".join(inside)} if key else {"title": link, "summary": between}
        for n, key, link, inside, between in told
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Q", "items": items}).encode()


def heard(body, before=b""):
    return read(Job(feed="quay", base="https://quay.example/", lang="", content_type="", body=body, entries=before))


def shown(item):
    return item.id, item.title, item.summary


def upheld(first, second):
    """The law: entries seen are accounted for as if they had been read, and what is left out was told before."""
    before, whole = heard(first), heard(second)
    rest = heard(second, before.entries)
    assert (rest.trouble, rest.entries, rest.pace) == (whole.trouble, whole.entries, whole.pace)
    assert list(rest.items) == [item for item in whole.items if item in rest.items]
    left_out = {shown(item) for item in whole.items} - {shown(item) for item in rest.items}
    assert left_out <= {shown(item) for item in before.items}
    return rest


def second_poll(old, new, dice):
    kept = [entry for entry in old if dice.random() < 0.8]
    told = new + kept
    if dice.random() < 0.2:
        dice.shuffle(told)
    return told


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(HEADS)), polls)
def test_what_is_new_is_read_as_it_is_read_in_the_whole(kind, poll):
    old, new, dice = poll
    upheld(feed(kind, old), feed(kind, second_poll(old, new, dice)))


@settings(max_examples=50, deadline=None)
@given(polls)
def test_what_is_new_in_a_json_feed_is_read_as_it_is_read_in_the_whole(poll):
    old, new, dice = poll
    upheld(listed(old), listed(second_poll(old, new, dice)))


# -- examples --------------------------------------------------------------------------------------------------------


def titles(heard):
    return [found.title for found in heard.items]


@pytest.mark.parametrize("kind", ["rss", "rdf", "atom", "prefixed"])
def test_only_what_is_new_is_read(kind):
    old = [(n, GUIDS[3], "", [INSIDE[2], INSIDE[6]], "\n") for n in (0, 2, 4)]
    new = (6, GUIDS[3], "", [INSIDE[1]], "")
    rest = upheld(feed(kind, old), feed(kind, [new, *old]))
    assert titles(rest) == ["Tide 3"]
    assert len(cut.items_of(rest.entries)) == 4


def test_where_nothing_is_new_nothing_is_read():
    first = rss(item("") + item("", "Two"))
    assert titles(upheld(first, first + b"\n<!-- 12:05 -->")) == []


def test_an_entry_that_says_something_else_is_new():
    assert titles(upheld(rss(item("") + item("", "Two")), rss(item("<author>x</author>") + item("", "Two")))) == ["One"]


def test_an_item_that_says_nothing_within_its_tag_is_found():
    document = b"<rss version='2.0'><channel><item/><item ></item ><item><title>a</title></item></channel></rss>"
    found = cut.scan(document)
    assert [document[begin:end] for begin, end in found.spans] == [
        b"<item/>",
        b"<item ></item >",
        b"<item><title>a</title></item>",
    ]


@pytest.mark.parametrize(
    "second",
    [
        rss(item("<link>b</link>") + item("<link>a</link>")),  # its guid is another's, too
        rss(item("<link>b</link>", "One") + item("", "Two") + item("<link>a</link>")),
    ],
)
def test_a_guid_that_is_used_again_is_seen_in_the_whole(second):
    upheld(rss(item("<link>a</link>") + item("", "Two")), second)


@pytest.mark.parametrize(
    "document",
    [
        rss("<item><item><title>a</title></item></item>"),
        rss("<other><item><title>a</title></item></other><item/>"),
        rss(item(""), top="<!DOCTYPE rss>"),
        rss(""),
        rss("".join(item("", str(n)) for n in range(2001))),
        rss("<item><a:b xmlns:a='urn:1'/></item><item><a:b xmlns:a='urn:2'/></item>"),
    ],
)
def test_what_is_not_plain_is_not_cut(document):
    assert cut.scan(document) is None


def test_a_feed_of_another_version_is_read_anew():
    first = rss(item("<description>1 &lt;b&gt; 2</description>"))
    assert titles(heard(first.replace(b'version="2.0"', b'version="0.91"'), heard(first).entries)) == ["One"]


def test_what_one_entry_leaves_behind_for_the_next_is_noticed():
    document = sandbox_feedparser.declared(
        b"<channel><item xmlns='http://purl.org/rss/1.0/'><title>a</title></item><item/></channel>"
    )
    starts = [begin for begin, _ in cut.scan(document).spans]
    assert not sandbox_feedparser.read(document, well_formed=True, entries=starts).apart


# -- feedparser's private face -----------------------------------------------------------------------------------------


def test_feedparser_is_as_we_know_it():
    """Without these the public call is made, which takes three times as long."""
    assert set(sandbox_feedparser.PRIVATE) == {
        "StrictFeedParser",
        "LooseFeedParser",
        "replace_doctype",
        "FeedParserDict",
        "_date_handlers",
    }
    parser = sandbox_feedparser.PRIVATE["StrictFeedParser"]("", None, "utf-8")
    for name in ("startElementNS", "endElementNS", "startPrefixMapping", "handle_data", "decode_entities"):
        assert callable(getattr(parser, name))
    assert (parser.entries, parser.feeddata, parser.version, parser.baseuri, parser.namespacemap) == (
        [],
        {},
        "",
        "",
        {},
    )


@given(st.sampled_from(sorted(HEADS)), st.lists(entries, max_size=4), st.sampled_from(["", "<bad", "&x;"]))
@settings(max_examples=100, deadline=None)
def test_our_way_of_calling_feedparser_gives_what_its_own_gives(kind, told, spoilt):
    body = feed(kind, [entry for entry in told if INSIDE[5] not in entry[3]]) + spoilt.encode()
    ours = heard(body)
    known, sandbox_feedparser.PRIVATE = sandbox_feedparser.PRIVATE, {}
    try:
        public = heard(body)
    finally:
        sandbox_feedparser.PRIVATE = known
    assert (ours.items, ours.trouble) == (public.items, public.trouble)
