"""Asking servers: politely, and whatever they answer. Catalogue C of hostile inputs, against real sockets."""

import asyncio
import gzip
import re
import tracemalloc
import zlib
from datetime import timedelta
from itertools import pairwise

import pytest

FEED = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"


def http(status="200 OK", body=b"", **headers):
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if not any(name.lower() in ("content_length", "transfer_encoding") for name in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def until_gone(reader, writer):
    await reader.read()


def header(request, name):
    found = re.search(rf"^{name}: (.*)\r$".encode(), request, re.MULTILINE | re.IGNORECASE)
    return found[1].decode() if found else None


async def test_a_feed_is_fetched(serve, fetching):
    server = await serve(http(body=FEED, ETag='W/"1"', Last_Modified="yesterday", Content_Type="text/xml"))
    reply = await (await fetching()).fetch(server.url())
    assert (reply.status, reply.body, reply.trouble) == (200, FEED, None)
    assert (reply.etag, reply.last_modified, reply.content_type) == ('W/"1"', "yesterday", "text/xml")
    assert reply.url == server.url()
    assert header(server.requests[0], "User-Agent").startswith("news-monitor/")
    assert header(server.requests[0], "Accept-Encoding") == "gzip, deflate"
    assert header(server.requests[0], "If-None-Match") is None


async def test_the_service_can_name_itself_otherwise(serve, fetching):
    server = await serve(http())
    await (await fetching(user_agent="desk@paper.example")).fetch(server.url())
    assert header(server.requests[0], "User-Agent") == "desk@paper.example"


async def test_a_connection_is_kept_for_the_next_poll(serve, fetching):
    server = await serve(http("304 Not Modified"), stays=True)
    fetcher = await fetching()
    for _ in range(3):
        assert (await fetcher.fetch(server.url(), etag="x")).trouble is None
    assert (server.visits, len(server.requests)) == (1, 3)


# -- conditional requests --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "unquoted", '"é ☃"', '"a,b"', "  ", '"x"y'])  # C40
async def test_validators_are_echoed_byte_for_byte(serve, fetching, etag):
    server = await serve(http(ETag=etag, Last_Modified="Thu, 99 Foo 2126, perhaps"))  # C41
    fetcher = await fetching()
    reply = await fetcher.fetch(server.url())
    await fetcher.fetch(server.url(), etag=reply.etag, last_modified=reply.last_modified)
    assert (header(server.requests[1], "If-None-Match") or "").strip() == etag.strip()
    assert header(server.requests[1], "If-Modified-Since") == "Thu, 99 Foo 2126, perhaps"


@pytest.mark.parametrize("etag", ['"' + "x" * 8192 + '"', '"a\r\nHost: evil"', '"a\x00"', "\udc80"])  # C40
async def test_a_validator_that_cannot_be_echoed_is_not_sent(serve, fetching, etag):
    server = await serve(http(body=FEED))
    reply = await (await fetching()).fetch(server.url(), etag=etag, last_modified=etag)
    assert reply.trouble is None
    assert b"If-" not in server.requests[0]


async def test_not_modified_and_no_content_are_no_trouble(serve, fetching):
    fetcher = await fetching()
    for status in ("304 Not Modified", "204 No Content"):  # C24
        server = await serve(http(status, ETag='"2"'))
        reply = await fetcher.fetch(server.url(), etag='"1"')
        assert (reply.status, reply.trouble, reply.etag) == (int(status[:3]), None, '"2"')


async def test_not_modified_out_of_the_blue_is_trouble(serve, fetching):  # C42
    server = await serve(http("304 Not Modified"))
    assert (await (await fetching()).fetch(server.url())).trouble.code == "protocol"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 60),
        ("-5", 60),
        ("99999999", 86400),
        ("Wed, 11 Sep 2024 10:05:00 GMT", 300),
        ("Wed, 11 Sep 2030 10:05:00 GMT", 86400),
        ("Wed, 11 Sep 2002 10:05:00 GMT", 60),
    ],
)  # C43
async def test_the_servers_wish_to_wait_is_heard(serve, fetching, said, seconds):
    answer = http("429 Too Many Requests", Retry_After=said, Date="Wed, 11 Sep 2024 10:00:00 GMT")
    reply = await (await fetching()).fetch((await serve(answer)).url())
    assert (reply.trouble.code, reply.retry_after) == ("http_429", timedelta(seconds=seconds))


# -- what servers say wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),  # C19
        (b"", "protocol"),  # C23
        (http(body=b"x" * 10, Content_Length=100), "truncated"),  # C13
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "protocol"),  # C14
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello", "protocol"),  # C15
        (b"HTTP/1.1 200 OK\r\n" + b"X-Filler: aaaaaaaa\r\n" * 100_000 + b"\r\n", "protocol"),  # C16
        (b"HTTP/1.1 200 OK\r\nX-Filler: " + b"a" * 5_000_000 + b"\r\n\r\n", "protocol"),  # C17
        (b"HTTP/1.1 200 OK\r\nSet-Cookie: a=" + b"a" * 10_000_000 + b"\r\n\r\n", "protocol"),  # C47
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n", "protocol"),  # C20
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "truncated"),
        (http("999 Request denied"), "http_999"),  # C21
        (http("101 Switching Protocols", Upgrade="h2c", Connection="upgrade"), "protocol"),  # C22
        (http("500 Internal Server Error"), "http_500"),
        (http("404 Not Found", body=FEED), "http_404"),
        (http("206 Partial Content", body=FEED), "http_206"),
        (http(body=b"x", Content_Encoding="br"), "encoding"),  # C07
        (http(body=b"x", Content_Encoding="zstd"), "encoding"),  # C08
        (http(body=gzip.compress(gzip.compress(FEED)), Content_Encoding="gzip, gzip"), "encoding"),  # C09
        (http(body=gzip.compress(FEED)[:-12], Content_Encoding="gzip"), "truncated"),  # C10
        (http(body=FEED, Content_Encoding="gzip"), "encoding"),  # C11
        (http(body=FEED, Content_Length=6 * 2**20), "size"),
        (http("302 Found"), "http_302"),
        (http("302 Found", Location="http://[bad"), "protocol"),
        (b"HTTP/1.1 302 Found\r\nLocation: /a\x00b\r\nContent-Length: 0\r\n\r\n", "protocol"),  # C31
        (http("302 Found", Location="/" + "a" * 60_000), "protocol"),  # C31
        (http("302 Found", Location="file:///etc/passwd"), "scheme"),  # C28
        (http("302 Found", Location="gopher://127.0.0.1/"), "scheme"),  # C28
        (http("302 Found", Location="http://10.0.0.1/"), "address"),  # C26
        (http("302 Found", Location="http://169.254.169.254/latest/meta-data"), "address"),  # C27
        (http("302 Found", Location="http://example.org:22/"), "port"),
        (http("302 Found", Location="/feed.xml"), "redirects"),  # C25
    ],
)
async def test_each_trouble_has_its_code(serve, fetching, said, code):
    server = await serve(said)
    reply = await (await fetching()).fetch(server.url("/feed.xml?token=s3cret"))
    assert reply.trouble.code == code
    assert reply.body == b""
    assert "s3cret" not in reply.trouble.text


async def endless(piece, head, reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(head)
    while True:
        writer.write(piece)
        await writer.drain()


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"),  # C04
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),  # C05
    ],
)
async def test_an_endless_body_is_too_long(serve, fetching, head, piece):
    server = await serve(talk=lambda reader, writer: endless(piece, head, reader, writer))
    assert (await (await fetching()).fetch(server.url())).trouble.code == "size"


async def test_a_body_is_too_long_on_the_wire_before_it_is_inflated(serve, fetching):
    body = b"600000\r\n" + bytes(6 * 2**20) + b"\r\n0\r\n\r\n"
    server = await serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert (await (await fetching()).fetch(server.url())).trouble.code == "size"


async def test_a_bomb_is_dropped_before_it_has_grown(serve, fetching):  # C06: 1 GiB of zeros in 1 MB
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    server = await serve(http(body=head + block * 1023, Content_Encoding="gzip"))
    fetcher = await fetching()
    tracemalloc.start()
    try:
        reply = await fetcher.fetch(server.url())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert reply.trouble.code == "size"
    assert peak < 16 * 2**20


async def trickle(head, reader, writer):
    writer.write(head)
    gone = asyncio.ensure_future(reader.read())
    while not gone.done():
        writer.write(b"x")
        await asyncio.wait([gone], timeout=0.02)


@pytest.mark.parametrize(
    "talk",
    [
        lambda reader, writer: trickle(b"HTTP/1.1 200 OK\r\n\r\n", reader, writer),  # C01
        lambda reader, writer: trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", reader, writer),  # C02
        until_gone,  # C03
    ],
)
async def test_one_deadline_holds_for_everything(serve, fetching, talk):
    server = await serve(talk=talk)
    assert (await (await fetching(timeout=0.2)).fetch(server.url())).trouble.code == "timeout"


async def test_redirects_share_the_deadline(serve, fetching):
    async def slow_hop(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.wait([asyncio.ensure_future(reader.read())], timeout=0.15)
        writer.write(http("302 Found", Location="/again"))

    server = await serve(talk=slow_hop)
    assert (await (await fetching(timeout=0.4)).fetch(server.url())).trouble.code == "timeout"
    assert server.visits == 3


async def greet(reader, writer):
    writer.write(http(body=FEED))


async def test_plain_http_where_tls_was_asked_for_is_not_spoken_with(serve, fetching):
    server = await serve(talk=greet)
    reply = await (await fetching()).fetch(server.url().replace("http:", "https:"))
    assert reply.trouble.code == "tls"


async def test_nobody_listening_is_no_connection(serve, fetching):
    server = await serve(b"")
    await server.stop()
    assert (await (await fetching()).fetch(server.url())).trouble.code == "connect"


# -- what servers say right, in their own way ------------------------------------------------------------------------


def raw_deflate(data):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(data) + squeeze.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(FEED)),
        ("x-gzip", gzip.compress(FEED[:20]) + gzip.compress(FEED[20:])),
        ("GZIP", gzip.compress(FEED) + b"\0\0\0padding"),
        ("deflate", zlib.compress(FEED)),
        ("deflate", raw_deflate(FEED)),
        ("identity", FEED),
    ],
)
async def test_encodings_that_were_asked_for_are_read(serve, fetching, encoding, body):
    server = await serve(http(body=body, Content_Encoding=encoding))
    assert (await (await fetching()).fetch(server.url())).body == FEED


async def test_an_image_by_name_is_read_all_the_same(serve, fetching):  # C48
    server = await serve(http(body=FEED, Content_Type="image/png"))
    assert (await (await fetching()).fetch(server.url())).body == FEED


async def test_cookies_are_not_kept(serve, fetching, name_server):  # C47
    server = await serve(http(body=FEED, Set_Cookie="id=1"))
    names = await name_server(lambda name: ["127.0.0.1"])  # a cookie jar keeps none of a bare address
    fetcher = await fetching(allow_hosts=("shop.example",), nameservers=[names])
    await fetcher.fetch(server.url(host="shop.example"))
    await fetcher.fetch(server.url(host="shop.example"))
    assert header(server.requests[1], "Cookie") is None


async def test_proxies_from_the_environment_are_not_used(serve, fetching, monkeypatch):
    server, proxy = await serve(http(body=FEED)), await serve(http(body=b"proxied"))
    monkeypatch.setenv("http_proxy", proxy.url("/"))
    monkeypatch.setenv("ALL_PROXY", proxy.url("/"))
    assert (await (await fetching()).fetch(server.url())).body == FEED
    assert proxy.visits == 0


async def test_redirects_are_followed_up_to_five(serve, fetching):
    def steps(left):
        def say(request):
            n = int(request.split()[1].strip(b"/"))
            return http("301 Moved Permanently", Location=f"/{n + 1}") if n < left else http(body=FEED)

        return say

    fetcher = await fetching()
    server = await serve(steps(5))
    reply = await fetcher.fetch(server.url("/0"))
    assert (reply.body, reply.url) == (FEED, server.url("/5"))
    assert (await fetcher.fetch((await serve(steps(6))).url("/0"))).trouble.code == "redirects"


# -- passwords -------------------------------------------------------------------------------------------------------


async def test_the_password_of_a_feed_goes_to_its_origin_and_nowhere_else(serve, fetching):
    other = await serve(http(body=FEED))
    first = await serve(lambda request: http("302 Found", Location=other.url() if b"/two" in request else "/two"))
    reply = await (await fetching()).fetch(first.url().replace("//", "//user:p%40ss@"))
    assert [header(request, "Authorization") for request in first.requests] == ["Basic dXNlcjpwQHNz"] * 2
    assert header(other.requests[0], "Authorization") is None
    assert "p%40ss" not in reply.url + first.url()


async def test_a_user_in_a_redirect_is_stripped(serve, fetching):  # C30
    other = await serve(http(body=FEED))
    server = await serve(http("302 Found", Location=other.url().replace("//", "//bank.example:x@")))
    reply = await (await fetching()).fetch(server.url())
    assert reply.body == FEED
    assert header(other.requests[0], "Authorization") is None


async def test_a_password_is_in_no_trouble(serve, fetching):
    server, other = await serve(http("401 Unauthorized")), await serve(talk=greet)
    fetcher = await fetching()
    for url in (server.url(), other.url().replace("http:", "https:"), server.url(host="10.0.0.1"), "http://a b/"):
        reply = await fetcher.fetch(url.replace("//", "//user:hunter2@"))
        assert reply.trouble is not None
        assert "hunter2" not in repr(reply)


# -- politeness ------------------------------------------------------------------------------------------------------


async def test_a_host_is_asked_one_request_at_a_time_with_pauses(serve, fetching):  # P15
    clock = asyncio.get_running_loop().time
    began: list[float] = []
    busy = most = 0

    async def watch(reader, writer):
        nonlocal busy, most
        await reader.readuntil(b"\r\n\r\n")
        began.append(clock())
        busy += 1
        most = max(most, busy)
        await asyncio.wait([asyncio.ensure_future(reader.read())], timeout=0.01)
        busy -= 1
        writer.write(http(body=FEED))

    server = await serve(talk=watch)
    fetcher = await fetching(spacing=0.1)
    replies = await asyncio.gather(*(fetcher.fetch(server.url(f"/{n}")) for n in range(4)))
    assert [reply.trouble for reply in replies] == [None] * 4
    assert most == 1
    assert all(later - earlier > 0.09 for earlier, later in pairwise(began))


async def test_waiting_for_a_turn_is_not_counted_against_the_deadline(serve, fetching):
    server = await serve(http(body=FEED))
    fetcher = await fetching(spacing=0.15, timeout=0.2)
    replies = await asyncio.gather(*(fetcher.fetch(server.url()) for _ in range(4)))
    assert [reply.trouble for reply in replies] == [None] * 4


async def test_a_host_that_hangs_holds_up_no_other(serve, fetching):
    hanging, good = await serve(talk=until_gone), await serve(http(body=FEED))
    fetcher = await fetching(timeout=0.5, allow_hosts=("127.0.0.1", "localhost"))
    slow = asyncio.ensure_future(fetcher.fetch(hanging.url()))
    reply = await fetcher.fetch(good.url(host="localhost"))
    assert reply.body == FEED
    assert not slow.done()
    assert (await slow).trouble.code == "timeout"
