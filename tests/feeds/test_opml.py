"""Lists of feeds: read whatever other readers write, refuse what no honest one would."""

from pathlib import Path

import pytest
from hang import no_hang
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from monitor.feeds import discover, opml
from monitor.feeds.opml import Listed, NotOpml, read, write

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "opml"


def outline(**said: str) -> str:
    return "<outline " + " ".join(f'{key}="{value}"' for key, value in said.items()) + "/>"


def opml_of(inside: str, top: str = '<?xml version="1.0" encoding="UTF-8"?>\n', version: str = "2.0") -> bytes:
    return f'{top}<opml version="{version}"><head><title>x</title></head>\n<body>{inside}</body></opml>'.encode()


def urls(body: bytes) -> list[str]:
    return [feed.url for feed in read(body, "list.opml")]


def test_folders_become_groups_and_titles_stay():
    inside = (
        '<outline text="World &amp; Europe"><outline text="East">'
        + outline(text="Short", title="The Harbour Post", type="rss", xmlUrl="https://h.example/rss", language="en-US")
        + "</outline>"
        + outline(text="Second", XMLURL="feed://s.example/rss")
        + "</outline>"
        + outline(text="https://t.example/", xmlUrl="https://t.example/")
        + outline(text="a note", type="link", url="https://page.example/")
    )
    assert read(opml_of(inside, version="1.0"), "list.opml") == (
        Listed(url="https://h.example/rss", title="The Harbour Post", group="world-europe-east", lang="en-us", line=3),
        Listed(url="https://s.example/rss", title="Second", group="world-europe", line=3),
        Listed(url="https://t.example/", line=3),
    )


@pytest.mark.parametrize(
    "body",
    [
        opml_of(outline(text="Пошта", xmlUrl="https://h.example/")).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + opml_of(outline(text="Пошта", xmlUrl="https://h.example/")),
        b"\n \n" + opml_of(outline(text="Пошта", xmlUrl="https://h.example/")),
        opml_of(outline(text="Пошта", xmlUrl="https://h.example/"), '<?xml version="1.0" encoding="windows-1251"?>')
        .decode()
        .encode("cp1251"),
        opml_of(outline(text="Пошта", xmlUrl="https://h.example/"), '<?xml version="1.0" encoding="ascii"?>'),
        opml_of(outline(text="Пошта", xmlUrl="https://h.example/"), "<!DOCTYPE opml>"),
    ],
    ids=["utf-16", "bom", "blank before", "cp1251", "not what it says", "doctype"],
)
def test_odd_encodings_are_read(body):
    [feed] = read(body, "list.opml")
    assert (feed.url, feed.title) == ("https://h.example/", "Пошта")


def test_a_loose_ampersand_is_read_as_what_it_means():
    [feed] = read(opml_of(outline(text="Q&A &nbsp; &amp; &#8212;", xmlUrl="https://h.example/?a=1&lt=2&b;=3")), "x")
    assert feed.url == "https://h.example/?a=1&lt=2&b;=3"
    assert feed.title == "Q&A & —"


@pytest.mark.parametrize(
    ("body", "says", "at"),
    [
        (b"", "empty", ""),
        (b" \n", "empty", ""),
        (opml_of("<outline text='x'>"), "mismatched tag", ":3:27"),
        (opml_of('<outline text="a "b" c" xmlUrl="https://h.example/"/>'), "not well-formed", ":3:"),
        (b"<rss version='2.0'/>", "<rss>", ":1:1"),
        (b"no xml at all", "syntax error", ":1:1"),
        (b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n' + opml_of("&x;", ""), "document type", ":1:"),
        (b'<!DOCTYPE opml [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + opml_of("&b;", ""), "document type", ":1:"),
        (b'<?xml version="1.0" encoding="punycode"?><opml/>', "punycode", ""),
        (opml_of('<outline text="x">' * 100), "deep", ":3:"),
        (opml_of(outline(xmlUrl="https://h.example/") * 20_001), "20000", ":3:"),
        (b" " * (opml.LARGEST + 1), "10 MiB", ""),
    ],
    ids=["empty", "blank", "open", "quote", "rss", "text", "xxe", "laughs", "codec", "deep", "many", "large"],
)
def test_what_is_no_list_is_refused_with_its_place(body, says, at):
    with pytest.raises(NotOpml) as caught:
        read(body, "list.opml")
    assert says in caught.value.message
    assert f"list.opml{at}" in caught.value.where
    assert caught.value.hint
    assert caught.value.exit_code == 65


def test_an_external_entity_is_never_read(tmp_path):
    (tmp_path / "secret.dtd").write_text("<!ENTITY x 'leaked'>")
    body = f'<!DOCTYPE opml SYSTEM "file://{tmp_path}/secret.dtd">'.encode() + opml_of(
        outline(text="&x;", xmlUrl="u"), ""
    )
    assert "leaked" not in str(read(body, "x"))


def test_ten_thousand_feeds_are_read_in_a_moment():
    body = opml_of("".join(outline(text=f"Feed {n}", xmlUrl=f"https://h{n}.example/rss") for n in range(10_000)))
    with no_hang():
        assert len(read(body, "x")) == 10_000


words = st.text(st.characters(codec="utf-8"), max_size=30)
feeds = st.builds(
    Listed,
    url=st.from_regex(r"https?://[a-z]{1,8}\.example/[a-z?=&+;%\"'<>]{0,20}", fullmatch=True).map(str.strip),
    title=words.map(discover.plain_title),
    group=words.map(discover.group_word).filter(lambda word: discover.group_word(word) == word),
    lang=st.sampled_from(["", "en", "uk", "pt-br"]),
)


@given(st.lists(feeds, max_size=8))
def test_what_was_written_is_read_again(listed):
    again = [structs.replace(feed, line=0) for feed in read(write(listed, "x").encode(), "x")]
    assert again == [structs.replace(feed, title="" if feed.title == feed.url else feed.title) for feed in listed]


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(noise):
    for body in (noise, opml_of("") + noise, opml_of(noise.decode("latin-1"))):
        try:
            read(body, "x")
        except NotOpml as wrong:
            assert wrong.where.startswith("x")  # noqa: PT017 - either is right


@pytest.mark.data
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data set is not here")
def test_every_real_list_is_read_or_refused_with_a_reason():
    known, refused, count = 0, 0, set()
    for path in sorted(SHARED.rglob("*.opml")):
        try:
            count |= {feed.url for feed in read(path.read_bytes(), path.name)}
            known += 1
        except NotOpml:
            refused += 1
    print(f"\n{known} read, {refused} refused, {len(count)} addresses")
    assert known > refused * 5
