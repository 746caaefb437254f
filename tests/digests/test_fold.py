import pytest
from digests.letters import matched

from monitor.digests.fold import canonical, folded, headline_key, shown_url


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://BBC.co.uk/news/1", "http://www.bbc.co.uk/news/1/"),
        ("https://bbc.test/1?utm_source=rss&utm_campaign=x", "https://bbc.test/1"),
        ("https://bbc.test/1?id=7&fbclid=abc", "https://bbc.test/1?id=7"),
        ("https://bbc.test/1?at_medium=RSS&at_campaign=rss", "https://bbc.test/1#comments"),
        ("https://bbc.test:443/1", "https://bbc.test/1"),
        ("https://user:secret@bbc.test/1", "https://bbc.test/1"),
        ("https://новини.укр/1", "https://xn--b1amarcd.xn--j1amh/1"),
    ],
)
def test_links_to_one_page_are_the_same(one, other):
    assert canonical(one) == canonical(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://bbc.test/1", "https://bbc.test/2"),
        ("https://bbc.test/?p=1", "https://bbc.test/?p=2"),
        ("https://bbc.test/A", "https://bbc.test/a"),
        ("https://bbc.test/1", "https://bbc.test:8080/1"),
    ],
)
def test_links_to_two_pages_are_not(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("front_page", ["https://bbc.test", "https://bbc.test/", "https://bbc.test/?utm_source=x", ""])
def test_a_front_page_tells_no_story(front_page):
    assert canonical(front_page) == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://bank.test@evil.test/", "https://evil.test/"),
        ("https://аррӏе.com/", "https://xn--80ak6aa92e.com/"),
        ("https://a.test/b?utm_medium=rss&id=3#top", "https://a.test/b?id=3#top"),
        ('https://a.test/"><script>', "https://a.test/%22%3E%3Cscript%3E"),
        ("https://a.test/@everyone", "https://a.test/%40everyone"),
        ("https://a.test/\u202egpj", "https://a.test/%E2%80%AEgpj"),
        ("https://a.test/новини", "https://a.test/новини"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x"),
        ("javascript:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("//a.test/x", ""),
        ("https://", ""),
        ("https://a.test:99999/", ""),
        ("http://[bad", ""),
        ("https://a b.test/", ""),
    ],
)
def test_only_a_link_that_a_browser_follows_is_shown_and_its_host_is_what_it_says(written, shown):
    assert shown_url(written) == shown


def test_a_headline_is_known_by_its_words():
    assert headline_key("IMF: «Ukraine» gets\u200b its tranche!") == headline_key("imf – UKRAINE gets its tranche")
    assert headline_key("Live updates") == ""
    assert headline_key("国际货币基金组织批准新一笔贷款") != ""


def test_one_link_or_one_headline_from_two_outlets_is_one_story():
    reuters = matched("IMF approves tranche for Ukraine", feed="reuters", url="https://reuters.test/1")
    bbc = matched("IMF approves tranche for Ukraine", feed="bbc", url="https://bbc.test/1")
    copy = matched("Another headline altogether here", feed="pravda", url="https://bbc.test/1?utm_source=x")
    other = matched("Grain deal talks resume in Istanbul", feed="bbc", url="https://bbc.test/2")
    assert folded([reuters, other, bbc, copy]) == ((reuters, bbc, copy), (other,))


def test_a_column_of_one_outlet_that_always_has_the_same_headline_is_not_folded():
    monday = matched("What the papers say today", feed="bbc", url="https://bbc.test/1")
    tuesday = matched("What the papers say today", feed="bbc", url="https://bbc.test/2")
    assert folded([monday, tuesday]) == ((monday,), (tuesday,))


def test_two_items_that_link_only_to_the_front_page_are_two_stories():
    one = matched("First story of the day here", url="https://bbc.test/")
    two = matched("Second story of the day here", url="https://bbc.test/")
    assert len(folded([one, two])) == 2
