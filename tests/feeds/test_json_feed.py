"""JSON Feed 1.0 and 1.1, and what people take for it."""

import json
from datetime import UTC, datetime

import pytest

from monitor.feeds.heard import Job
from monitor.feeds.json_feed import read as read_json
from monitor.feeds.sandbox_child import read


def heard(**told):
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", **told}).encode()
    return read(Job(feed="bbc", base="https://bbc.example/feeds/f.json", lang="", content_type="", body=body))


def only(item, **told):
    (found,) = heard(items=[item], **told).items
    return found


def test_a_json_feed_whole():
    found = only(
        {
            "id": 7,
            "url": "/news/7",
            "external_url": "https://elsewhere.example/",
            "title": "A <b> & B",
            "content_html": "<p>Body</p>",
            "tags": ["x", 4, None],
            "date_published": "2024-09-11T09:00:00Z",
            "authors": [{"name": "Ann"}, {"url": "https://b.example/"}, {"name": "Bob"}],
            "attachments": [{"url": "https://bbc.example/a.mp3", "mime_type": "audio/mpeg"}],
        },
        home_page_url="https://bbc.example/",
        language="pl",
        next_url="https://bbc.example/2.json",
    )
    assert (found.guid, found.url) == ("7", "https://bbc.example/news/7")
    assert (found.title, found.summary) == ("A <b> & B", "Body")
    assert (found.lang, found.author, found.tags) == ("pl", "Ann, Bob", ("x",))
    assert found.published == datetime(2024, 9, 11, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("item", "field", "value"),
    [
        ({"content_text": "1 < 2 &amp; <b>"}, "summary", "1 < 2 &amp; <b>"),
        ({"summary": "Short", "content_html": "<p>Long</p>"}, "summary", "Short"),
        ({"external_url": "https://a.example/x"}, "url", "https://a.example/x"),
        ({"id": "https://a.example/y"}, "url", "https://a.example/y"),
        ({"date_modified": "2024-09-11"}, "published", datetime(2024, 9, 11, tzinfo=UTC)),
        ({"author": {"name": "Cy"}}, "author", "Cy"),
        ({}, "author", "The desk"),
        ({"language": "de"}, "lang", "de"),
        ({"id": 0}, "guid", "0"),
        ({"id": 2.0}, "guid", "2"),
        ({"id": 1e300}, "guid", ""),
        ({"id": True}, "guid", ""),
        ({"id": ["a"]}, "guid", ""),
    ],
)
def test_every_field_has_its_stand_in(item, field, value):
    assert getattr(only({"title": "T", **item}, author={"name": "The desk"}), field) == value


@pytest.mark.parametrize(
    "version", ["https://jsonfeed.org/version/1", "http://www.jsonfeed.org/version/1.1/", "1.1", "", 1, None]
)
def test_a_version_may_be_odd_where_the_rest_is_a_feed(version):
    assert heard(version=version, feed_url="https://bbc.example/f.json", items=[{"id": "1"}]).items


@pytest.mark.parametrize(
    "told", [{"version": "2"}, {"version": None, "items": [{"id": 1}]}, {"version": "x", "feed_url": "x", "items": {}}]
)
def test_other_json_is_no_feed(told):
    assert heard(**told).trouble.code == "not_a_feed"


@pytest.mark.parametrize("items", [None, {}, "x", [], [1, None, "x", [], {}]])
def test_items_that_are_no_objects_are_passed_over(items):
    answer = heard(items=items)
    assert (answer.items, answer.trouble) == ((), None)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b'{"version": ' + b"9" * 5000 + b"}", b'{"a": "\\ud800"}'])
def test_what_is_no_json_is_none(body):
    assert read_json(body) is None


def test_a_text_that_was_cut_within_an_emoji_is_a_text():
    body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "\\ud83d", "url": "/\\ud83d",'
    body += b' "title": "Ha \\ud83d", "tags": ["\\udc00"], "summary": "\\ud83d\\ude00"}]}'
    (found,) = read(Job(feed="bbc", base="https://bbc.example/", lang="", content_type="", body=body)).items
    assert (found.title, found.summary, found.tags) == ("Ha", "😀", ())
    assert found.url.startswith("https://bbc.example/")
