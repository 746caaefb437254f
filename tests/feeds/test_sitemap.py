"""News sitemaps, and sitemaps that are none."""

from datetime import UTC, datetime

import pytest

from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read

NEWS = (
    '<?xml version="1.0"?>\n<!-- made by hand -->\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{}</urlset>'
)
PAGE = (
    "<url><loc> https://herald.example/news/1 </loc><lastmod>2024-09-12</lastmod><news:news><news:publication>"
    "<news:name>The Herald</news:name><news:language>uk</news:language></news:publication>"
    "<news:publication_date>2024-09-11T12:00:00+03:00</news:publication_date>"
    "<news:title>Grain &amp; &lt;steel&gt; leave Odesa</news:title><news:keywords>grain, ports,</news:keywords>"
    "</news:news><image:image><image:loc>https://herald.example/1.jpg</image:loc><image:title>A ship</image:title>"
    "</image:image></url>"
)


def heard(body):
    return read(Job(feed="herald", base="https://herald.example/s.xml", lang="", content_type="", body=body.encode()))


def test_a_news_sitemap_is_a_feed():
    (found,) = heard(NEWS.format(PAGE)).items
    assert (found.url, found.title) == ("https://herald.example/news/1", "Grain & <steel> leave Odesa")
    assert found.published == datetime(2024, 9, 11, 9, tzinfo=UTC)
    assert (found.lang, found.tags) == ("uk", ("grain", "ports"))


def test_pages_that_are_no_news_are_left_out():
    assert len(heard(NEWS.format("<url><loc>https://herald.example/about</loc></url>" + PAGE)).items) == 1


def test_a_news_sitemap_may_be_empty_on_a_quiet_day():
    assert heard(NEWS.format("")).trouble is None


@pytest.mark.parametrize("spoilt", ["", "<bad", "&nbsp;</urlset>"])
def test_an_ill_formed_sitemap_is_read_as_far_as_possible(spoilt):
    answer = heard(NEWS.format(PAGE + PAGE.replace("/1 ", "/2 ")).replace("</urlset>", spoilt))
    assert [found.url[-1] for found in answer.items] == ["1", "2"]
    assert "ill-formed" in answer.notes[0]


def test_a_prefix_that_was_not_declared_is_understood():
    bare = f"<urlset>{PAGE}</urlset>"
    assert heard(bare).items == heard(NEWS.format(PAGE)).items


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "<sitemapindex xmlns='x'><sitemap><loc>https://a.example/s1.xml</loc></sitemap></sitemapindex>",
            "list of sitemaps",
        ),
        ("<urlset xmlns='x'><url><loc>https://a.example/</loc></url></urlset>", "lists pages and no news"),
    ],
)
def test_other_sitemaps_are_no_feeds_and_the_reader_is_told_what_to_ask_for(body, said):
    trouble = heard(f"<?xml version='1.0'?>{body}").trouble
    assert trouble.code == "not_a_feed"
    assert said in trouble.text
    assert "ask for" in trouble.text
