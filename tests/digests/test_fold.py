import pytest
from digests.letters import matched

from monitor.canonical import canonical
from monitor.digests.fold import folded, shown_url


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


def test_items_of_one_story_go_together_and_an_item_without_one_is_its_own():
    first, then = matched("IMF approves tranche", id="a", story="a"), matched("A tranche at last", id="c", story="a")
    other = matched("IMF approves tranche", id="b")
    assert folded([first, other, then]) == ((first, then), (other,))
