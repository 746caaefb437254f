"""Where a request and its redirects may go."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.target import Target, first, hop

NOBODY = frozenset()


def code(answer):
    return "" if isinstance(answer, Target) else answer.code


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/feed", ""),
        ("http://example.org:8080/feed", ""),
        ("https://example.org:8443/", ""),
        ("ftp://example.org/", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("example.org/feed", "scheme"),
        ("https:///feed", "address"),
        ("http://[bad/", "address"),
        ("http://example.org:22/", "port"),  # C39
        ("http://example.org:0/", "port"),
        ("http://example.org:65536/", "address"),
        ("http://2130706433/", "address"),  # C32
        ("http://0x7f.1/", "address"),
        ("http://127.1/", "address"),
        ("http://0/", "address"),
        ("http://127。0。0。1/", "address"),  # C33
        ("http://[::1]/", "address"),  # C34
        ("http://[::ffff:7f00:1]/", "address"),
        ("http://[64:ff9b::7f00:1]/", "address"),
        ("http://[2002:7f00:1::]/", "address"),
        ("http://[fe80::1%25eth0]/", "address"),
        ("http://user@127.0.0.1/", "address"),
        ("http://example.org@127.0.0.1/", "address"),
        ("http://localhost/", "address"),
    ],
)
def test_a_url_is_checked_before_anyone_is_asked(url, expected):
    assert code(first(url, NOBODY)) == expected


def test_allowed_hosts_may_have_any_address_and_port():
    assert code(first("http://127.0.0.1:1234/", frozenset({"127.0.0.1"}))) == ""
    assert code(first("http://intranet:1234/", frozenset({"127.0.0.1"}))) == "port"
    assert code(hop(first("http://example.org/", NOBODY), "http://127.0.0.1:9/", frozenset({"127.0.0.1"}))) == ""


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/other", "https://example.org/other"),
        ("//example.net/x", "https://example.net/x"),
        ("https://user:pass@example.net/", "https://example.net/"),
        ("https://пример.рф/", "https://xn--e1afmkfd.xn--p1ai/"),
        ("?q=1#part", "https://example.org/feed?q=1"),
        ("http://example.org/", "scheme"),  # C29
        ("gopher://example.org/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("https://10.0.0.1/", "address"),
        ("https://0177.0.0.1/", "address"),
        ("https://example.org:25/", "port"),
        ("/a\r\nX-Header: 1", "protocol"),  # C31
        ("/a\0b", "protocol"),
        ("https://[bad", "protocol"),
        ("https://[]@", "protocol"),
        ("https://xn--a/", "address"),
    ],
)
def test_each_redirect_is_checked_like_the_first_url(location, expected):
    answer = hop(first("https://example.org/feed", NOBODY), location, NOBODY)
    assert (str(answer.url) if isinstance(answer, Target) else answer.code) == expected


def test_a_password_stays_with_its_origin():
    start = first("https://me:secret@example.org/feed", NOBODY)
    assert start.authorization == "Basic bWU6c2VjcmV0"
    assert "secret" not in repr(start) + str(start.url)
    assert hop(start, "/there", NOBODY).authorization == start.authorization
    assert hop(start, "https://example.org:8443/", NOBODY).authorization == ""
    assert hop(start, "https://www.example.org/", NOBODY).authorization == ""
    assert hop(start, "https://other:pair@example.org/", NOBODY).authorization == start.authorization


ODD = st.text(max_size=30) | st.text("htps:/@[]?#%.0x1:\\\udcffї ", max_size=30)
URLS = st.builds(
    "{}{}".format, st.sampled_from(["", "http://", "https://", "//", "http://[", "https://a.example/"]), ODD
)


@settings(deadline=None)
@given(URLS)
def test_no_url_makes_the_check_fail_and_none_that_passes_holds_a_password(url):
    for answer in (first(url, NOBODY), hop(first("https://example.org/", NOBODY), url, NOBODY)):
        if isinstance(answer, Target):
            assert answer.url.scheme in ("http", "https")
            assert answer.url.user is None
            assert answer.url.password is None
            assert answer.host
