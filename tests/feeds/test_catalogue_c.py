"""Catalogue C of hostile inputs: servers, names and certificates that lie. Each case stands here once, by its number.

What a poll makes of the answers (back-off, moves, feeds that are gone) is told in test_poll.py.
"""

import asyncio
import gzip
import itertools
import re
import ssl
import sys
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trustme
from feeds.wire import FEED, header, http, until_gone

from monitor.feeds import http_guard
from monitor.feeds.http_guard import MOST_ADDRESSES, Resolver

GOOD = "93.184.216.34"


def case(name, *values):
    return pytest.param(*values, id=name)


async def code_of(server, fetcher):
    """The code of the trouble that a server's answer is; nothing of the body is kept, nothing of the URL is told."""
    reply = await fetcher.fetch(server.url("/feed.xml?token=s3cret"))
    assert reply.body == b""
    assert "s3cret" not in reply.trouble.text
    return reply.trouble.code


def test_no_case_is_forgotten():
    assert {f"C{n:02}" for n in range(1, 49)} <= set(re.findall(r"C\d\d", Path(__file__).read_text()))


# -- servers that do not end ------------------------------------------------------------------------------------------


async def trickle(head, reader, writer):
    writer.write(head)
    gone = asyncio.ensure_future(reader.read())
    while not gone.done():
        writer.write(b"x")
        await asyncio.wait([gone], timeout=0.02)


@pytest.mark.parametrize(
    "talk",
    [
        case("C01 trickle_body", partial(trickle, b"HTTP/1.1 200 OK\r\n\r\n")),
        case("C01 trickle_chunk", partial(trickle, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n")),
        case("C02 trickle_header", partial(trickle, b"HTTP/1.1 200 OK\r\nX-Slow: ")),
        case("C03 silent", until_gone),
    ],
)
async def test_one_deadline_holds_for_everything(serve, fetching, talk):
    server = await serve(talk=talk)
    async with asyncio.timeout(10):
        assert await code_of(server, await fetching(timeout=0.2)) == "timeout"


async def test_redirects_share_the_deadline(serve, fetching):
    async def slow_hop(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.wait([asyncio.ensure_future(reader.read())], timeout=0.15)
        writer.write(http("302 Found", Location="/again"))

    server = await serve(talk=slow_hop)
    assert (await (await fetching(timeout=0.4)).fetch(server.url())).trouble.code == "timeout"
    assert server.visits == 3


async def test_a_flood_of_continue_is_no_answer_and_holds_up_nobody(serve, fetching):  # C18 continue_flood
    async def flood(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(50):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            await writer.drain()
        await reader.read()

    server, good = await serve(talk=flood), await serve(http(body=FEED), host="127.0.0.2")
    fetcher = await fetching(timeout=0.6, allow_hosts=("127.0.0.1", "127.0.0.2"))
    flooded = asyncio.ensure_future(code_of(server, fetcher))
    assert (await fetcher.fetch(good.url())).body == FEED
    assert not flooded.done()
    assert await flooded == "timeout"


async def endless(head, piece, reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(head)
    while True:
        writer.write(piece)
        await writer.drain()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "talk",
    [
        case("C04 infinite_chunked", partial(endless, CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n")),
        case("C05 infinite_eof", partial(endless, b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536)),
    ],
)
async def test_an_endless_body_is_too_long(serve, fetching, talk):
    assert await code_of(await serve(talk=talk), await fetching()) == "size"


# -- bombs ------------------------------------------------------------------------------------------------------------


def bomb():
    """1 GiB of zeros in 1 MB of gzip: whole blocks that can be repeated."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    blocks = [squeeze.compress(bytes(2**20)) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    return blocks[0] + blocks[1] * 1023


async def test_a_bomb_is_dropped_before_it_has_grown(serve):  # C06 gzip_bomb
    """Measured in a process of its own: 16 MiB more than a small feed needs, of the 1,024 in the bomb."""
    script = """if True:
        import asyncio, re, sys
        from datetime import timedelta
        from pathlib import Path
        from monitor.feeds.http import Fetcher

        def peak():
            return int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])

        async def main(small, large):
            manners = {"timeout": timedelta(seconds=20), "spacing": timedelta(0)}
            async with Fetcher(**manners, allow_hosts=frozenset({"127.0.0.1"})) as fetcher:
                assert (await fetcher.fetch(small)).trouble is None
                base = peak()
                reply = await fetcher.fetch(large)
                print(reply.trouble.code, peak() - base)

        asyncio.run(main(*sys.argv[1:]))
    """
    small = await serve(http(body=gzip.compress(FEED), Content_Encoding="gzip"))
    large = await serve(http(body=bomb(), Content_Encoding="gzip"))
    code, grown = await in_a_process(script, small.url(), large.url())
    assert code == "size"
    assert int(grown) <= 16 * 2**10  # KiB


async def in_a_process(script, *arguments):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return said.decode().split()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        case("C07 br_bomb", http(body=b"\xcf\xff\xff\x7f\xf8'\x00\xe2" * 100, Content_Encoding="br"), "encoding"),
        case("C08 zstd_bomb", http(body=b"\x28\xb5\x2f\xfd" + bytes(33_000), Content_Encoding="zstd"), "encoding"),
        case("C09 gzip_double", http(body=gzip.compress(bomb()), Content_Encoding="gzip, gzip"), "encoding"),
        case("C10 gzip_truncated", http(body=gzip.compress(FEED)[:-12], Content_Encoding="gzip"), "truncated"),
        case("C11 gzip_lie", http(body=FEED, Content_Encoding="gzip"), "encoding"),
        case("size said", http(body=FEED, Content_Length=6 * 2**20), "size"),
        case("size on the wire", CHUNKED + b"600000\r\n" + bytes(6 * 2**20) + b"\r\n0\r\n\r\n", "size"),
    ],
)
async def test_a_body_is_refused(serve, fetching, said, code):
    assert await code_of(await serve(said), await fetching()) == code


# -- servers that do not speak HTTP -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "code"),
    [
        case("C12 cl_short", http(body=FEED, Content_Length=20), "protocol"),
        case("C13 cl_long", http(body=FEED, Content_Length=len(FEED) + 1), "truncated"),
        case("C13 chunked", CHUNKED + b"5\r\nhello\r\n", "truncated"),
        case("C14 cl_negative", http(body=FEED, Content_Length=-5), "protocol"),
        case("C15 cl_two", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello", "protocol"),
        case("C15 cl_and_chunked", http(body=b"0\r\n\r\n", Content_Length=5, Transfer_Encoding="chunked"), "protocol"),
        case("C16 header_flood", b"HTTP/1.1 200 OK\r\n" + b"X-Filler: aaaaaaaa\r\n" * 100_000 + b"\r\n", "protocol"),
        case("C17 header_5MB", http(X_Filler="a" * 5_000_000), "protocol"),
        case("C19 not_http", b"SSH-2.0-OpenSSH_9.6\r\n", "protocol"),
        case("C20 bad_chunk", CHUNKED + b"ZZ\r\nhello\r\n", "protocol"),
        case("C21 status_999", http("999 Request denied"), "http_999"),
        case("C22 upgrade_101", http("101 Switching Protocols", Upgrade="h2c", Connection="upgrade"), "protocol"),
        case("C23 empty_reply", b"", "protocol"),
        case("C40 etag_1MB", http(body=FEED, ETag='"' + "x" * 2**20 + '"'), "protocol"),
        case("C42 304_without_validator", http("304 Not Modified"), "protocol"),
        case("C44 429_always", http("429 Too Many Requests", body=FEED), "http_429"),
        case("C44 503_flap", http("503 Service Unavailable", body=FEED), "http_503"),
        case("C46 410_once", http("410 Gone", body=FEED), "http_410"),
        case("C47 set_cookie_10MB", http(body=FEED, Set_Cookie="a=" + "a" * 10_000_000), "protocol"),
        case("404", http("404 Not Found", body=FEED), "http_404"),
        case("206", http("206 Partial Content", body=FEED), "http_206"),
        case("302 to nowhere", http("302 Found"), "http_302"),
    ],
)
async def test_an_answer_that_is_none_has_its_code(serve, fetching, said, code):
    assert await code_of(await serve(said), await fetching()) == code


@pytest.mark.parametrize(
    ("said", "status"),
    [
        case("C24 204", http("204 No Content", ETag='"2"'), 204),
        case("C42 304", http("304 Not Modified", ETag='"2"'), 304),
    ],
)
async def test_no_change_is_no_trouble(serve, fetching, said, status):
    reply = await (await fetching()).fetch((await serve(said)).url(), etag='"1"')
    assert (reply.status, reply.trouble, reply.etag, reply.body) == (status, None, '"2"', b"")


async def test_an_image_by_name_is_read_all_the_same(serve, fetching):  # C48 content_type_lie
    server = await serve(http(body=FEED, Content_Type="image/png"))
    assert (await (await fetching()).fetch(server.url())).body == FEED


async def test_cookies_are_not_kept(serve, fetching, name_server):  # C47
    server = await serve(http(body=FEED, Set_Cookie="id=1"))
    names = await name_server(lambda name: ["127.0.0.1"])  # a cookie jar keeps none of a bare address
    fetcher = await fetching(allow_hosts=("shop.example",), nameservers=[names])
    for _ in range(2):
        assert (await fetcher.fetch(server.url(host="shop.example"))).body == FEED
    assert header(server.requests[1], "Cookie") is None


# -- validators and wishes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "etag",
    [
        case("plain", '"abc"'),
        case("C40 etag_weak", 'W/"abc"'),
        case("C40 etag_unquoted", "unquoted"),
        case("C40 etag_utf8", '"é ☃"'),
        case("C40 etag_two", '"a,b", "c"'),
        case("C40 etag_quote", '"x"y'),
        case("C40 etag_8KiB", "x" * 8192),
        case("C40 etag_blank", "  "),
    ],
)
@pytest.mark.parametrize(
    "modified",
    [
        case("C41 lastmod_garbage", "Thu, 99 Foo, perhaps"),
        case("C41 lastmod_future", "Wed, 11 Sep 2126 10:00:00 GMT"),
    ],
)
async def test_validators_are_echoed_byte_for_byte(serve, fetching, etag, modified):
    server = await serve(http(body=FEED, ETag=etag, Last_Modified=modified))
    fetcher = await fetching()
    reply = await fetcher.fetch(server.url())
    await fetcher.fetch(server.url(), etag=reply.etag, last_modified=reply.last_modified)
    assert (header(server.requests[1], "If-None-Match") or "").strip() == etag.strip()
    assert header(server.requests[1], "If-Modified-Since") == modified


@pytest.mark.parametrize(
    "etag",
    [
        case("C40 etag_long", '"' + "x" * 8192 + '"'),
        case("C40 etag_CRLF", '"a\r\nHost: evil"'),
        case("C40 etag_NUL", '"a\x00"'),
        case("C40 etag_no_utf8", "\udc80"),
    ],
)
async def test_a_validator_that_cannot_be_echoed_is_not_sent(serve, fetching, etag):
    server = await serve(http(body=FEED))
    reply = await (await fetching()).fetch(server.url(), etag=etag, last_modified=etag)
    assert reply.body == FEED
    assert b"If-" not in server.requests[0]
    assert b"evil" not in server.requests[0]


async def test_a_validator_that_is_too_long_is_dropped_and_the_feed_is_read(serve, fetching):  # C40
    reply = await (await fetching()).fetch((await serve(http(body=FEED, ETag="x" * 60_000))).url())
    assert (reply.body, reply.etag) == (FEED, "")


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        case("C43 seconds", "120", 120),
        case("C43 zero", "0", 60),
        case("C43 negative", "-5", 60),
        case("C43 year", "31536000", 86400),
        case("C43 date", "Wed, 11 Sep 2024 10:05:00 GMT", 300),
        case("C43 date_far", "Wed, 11 Sep 2030 10:05:00 GMT", 86400),
        case("C43 date_past", "Wed, 11 Sep 2002 10:05:00 GMT", 60),
        case("C43 garbage", "when it suits", None),
    ],
)
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])  # C44
async def test_the_servers_wish_to_wait_is_heard(serve, fetching, status, said, seconds):
    answer = http(status, Retry_After=said, Date="Wed, 11 Sep 2024 10:00:00 GMT")
    reply = await (await fetching()).fetch((await serve(answer)).url())
    assert reply.trouble.code == f"http_{status[:3]}"
    assert reply.retry_after == (None if seconds is None else timedelta(seconds=seconds))


# -- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "code"),
    [
        case("C25 redirect_loop", "/feed.xml", "redirects"),
        case("C26 redirect_private", "http://10.0.0.1/", "address"),
        case("C26 redirect_loopback", "http://127.0.0.2/", "address"),
        case("C27 redirect_metadata", "http://169.254.169.254/latest/meta-data", "address"),
        case("C28 redirect_file", "file:///etc/passwd", "scheme"),
        case("C28 redirect_gopher", "gopher://127.0.0.1/", "scheme"),
        case("C31 redirect_NUL", "/a\x00b", "protocol"),
        case("C31 redirect_60KB", "/" + "a" * 60_000, "redirects"),
        case("C31 redirect_80KB", "/" + "a" * 80_000, "protocol"),
        case("C39 port_22", "http://example.org:22/", "port"),
        case("bad", "http://[bad", "protocol"),
    ],
)
async def test_a_redirect_is_refused(serve, fetching, location, code):
    assert await code_of(await serve(http("302 Found", Location=location)), await fetching()) == code


async def test_a_redirect_does_not_leave_tls(serve, fetching, authority):  # C29 https_to_http
    plain = await serve(http(body=FEED))
    server = await serve(http("301 Moved Permanently", Location=plain.url()), tls=certified(authority, "127.0.0.1"))
    assert await code_of(server, await fetching()) == "scheme"
    assert plain.visits == 0


async def test_a_user_in_a_redirect_is_stripped(serve, fetching):  # C30 redirect_with_userinfo
    other = await serve(http(body=FEED))
    server = await serve(http("302 Found", Location=other.url().replace("//", "//bank.example:x@")))
    reply = await (await fetching()).fetch(server.url())
    assert (reply.body, reply.url) == (FEED, other.url())
    assert header(other.requests[0], "Authorization") is None


@pytest.mark.parametrize("end", [b"\r\nX-Evil: 1", b"%0d%0aX-Evil:%201", b"%00", b"\nX-Evil: 1"])
async def test_a_redirect_splits_no_request(serve, fetching, end):  # C31 redirect_crlf
    first = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /there" + end + b"\r\n\r\n"
    server = await serve(lambda request: http(body=FEED) if b"/there" in request else first)
    await (await fetching()).fetch(server.url())
    assert not any(header(request, "X-Evil") for request in server.requests)


# -- addresses: test_canary.py tries all the spellings ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        case("C32 ip_decimal", "http://2130706433/", "address"),
        case("C32 ip_hex", "http://0x7f.1/", "address"),
        case("C32 ip_short", "http://127.1/", "address"),
        case("C32 ip_zero", "http://0/", "address"),
        case("C33 ip_fullwidth_dots", "http://127。0。0。1/", "address"),
        case("C34 ipv6_loopback", "http://[::1]/", "address"),
        case("C34 ipv6_mapped", "http://[::ffff:127.0.0.1]/", "address"),
        case("C34 ipv6_nat64", "http://[64:ff9b::7f00:1]/", "address"),
        case("C34 ipv6_6to4", "http://[2002:7f00:1::]/", "address"),
        case("C34 ipv6_scoped", "http://[fe80::1%25lo]/", "address"),
        case("C39 port_22", "http://example.org:22/", "port"),
        case("C39 port_0", "http://example.org:0/", "port"),
        case("C39 port_65536", "http://example.org:65536/", "address"),
    ],
)
async def test_a_url_is_refused_before_anyone_is_asked(fetching, url, code):
    assert (await (await fetching(allow_hosts=())).fetch(url)).trouble.code == code


# -- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        case("C36 good_first", [GOOD, "127.0.0.1"]),
        case("C36 good_last", ["127.0.0.1", GOOD]),
        case("C36 one_of_many", [GOOD] * 400 + ["10.0.0.1"]),
        case("C26 private", ["10.0.0.1"]),
        case("C27 metadata", ["169.254.169.254"]),
    ],
)
async def test_a_name_with_an_address_that_is_not_public_is_refused(fetching, name_server, answers):
    fetcher = await fetching(nameservers=[await name_server(lambda name: answers)])
    assert (await fetcher.fetch("http://mixed.example/")).trouble.code == "address"


async def answers_in_turn(times, serve, fetching, name_server):
    """Ask a name that is public and loopback in turn; what came of it, and how many got through to the canary."""
    canary = await serve(http(body=FEED), host="127.0.0.1")
    good = await serve(http(body=FEED), host="127.0.0.2", port=canary.port)
    turns = itertools.cycle([["127.0.0.2"], ["127.0.0.1"]])
    fetcher = await fetching(allow_hosts=(), nameservers=[await name_server(lambda name: next(turns))])
    codes = Counter()
    for n in range(times):
        reply = await fetcher.fetch(canary.url(host=f"host{n}.example"))
        codes[reply.trouble.code if reply.trouble else "good"] += 1
    return codes, good.visits, canary.visits


@pytest.mark.parametrize(
    "times", [case("C35 dns_rebinding", 300), pytest.param(10_000, marks=pytest.mark.slow, id="C35 10,000 times")]
)
async def test_a_name_that_changes_its_mind_leads_nowhere(serve, fetching, name_server, one_is_public, times):
    codes, good, leaks = await answers_in_turn(times, serve, fetching, name_server)
    assert (codes, good, leaks) == ({"good": times // 2, "address": times // 2}, times // 2, 0)


SERVFAIL, NXDOMAIN = 2, 3


@pytest.mark.parametrize(
    "answer",
    [
        case("C37 dns_timeout", None),
        case("C37 servfail", SERVFAIL),
        case("C37 nxdomain", NXDOMAIN),
        case("C37 no_address", []),
    ],
)
async def test_a_name_that_is_not_found_is_dns(fetching, name_server, monkeypatch, answer):
    assert http_guard.LOOKUP <= 3
    monkeypatch.setattr(http_guard, "LOOKUP", 0.3)
    fetcher = await fetching(nameservers=[await name_server(lambda name: answer)])
    async with asyncio.timeout(10):
        assert (await fetcher.fetch("http://lost.example/")).trouble.code == "dns"


async def test_of_many_addresses_a_few_are_tried(name_server):  # C37 10,000 A records; 4,000 are all an answer holds
    many = [f"93.184.{n // 250}.{1 + n % 250}" for n in range(4000)]
    resolver = Resolver(guarded=True, nameservers=[await name_server(lambda name: many)])
    assert len(await resolver.resolve("many.example", 80)) == MOST_ADDRESSES == 16
    await resolver.close()


# -- certificates -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authorities():
    return trustme.CA(), trustme.CA()


@pytest.fixture
def authority(authorities, tmp_path, monkeypatch):
    """One that is trusted, as an operator would have it: by SSL_CERT_FILE."""
    authorities[0].cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authorities[0]


def certified(authority, name, **dates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **dates).configure_cert(context)
    return context


async def test_a_certificate_of_an_authority_of_the_operators_own_is_good(serve, fetching, authority):
    server = await serve(http(body=FEED), tls=certified(authority, "127.0.0.1"))
    reply = await (await fetching()).fetch(server.url())
    assert (reply.body, reply.trouble) == (FEED, None)


LAST_YEAR, LAST_MONTH = datetime(2023, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "context",
    [
        case(
            "C38 tls_expired",
            lambda good, _: certified(good, "127.0.0.1", not_before=LAST_YEAR, not_after=LAST_MONTH),
        ),
        case("C38 self_signed", lambda _, unknown: certified(unknown, "127.0.0.1")),
        case("C38 wrong_host", lambda good, _: certified(good, "other.example")),
    ],
)
async def test_a_connection_that_is_not_safe_is_not_used(serve, fetching, authority, authorities, context):
    """No request is sent, not over TLS and not in the clear."""
    server = await serve(http(body=FEED), tls=context(*authorities))
    assert await code_of(server, await fetching()) == "tls"
    assert server.requests == []


ONLY_1_3_AND_1_2 = b"\0\x2b\0\5\4\3\4\3\3"  # the extension supported_versions of a ClientHello
OLD_HELLO = b"\x02\0\0\x26\3\1" + bytes(32) + b"\0\0\x2f\0"  # a ServerHello of TLS 1.0, AES128-SHA


@pytest.mark.parametrize(
    "hello",
    [
        case("C38 tls1.0", b"\x16\3\1" + len(OLD_HELLO).to_bytes(2) + OLD_HELLO),
        case("C38 tls1.0 or nothing", b"\x15\3\1\0\2\2\x46"),  # the alert "protocol version"
        case("C38 no tls", http(body=FEED)),
    ],
)
async def test_no_older_protocol_is_spoken(serve, fetching, hello):
    heard = []

    async def greet(reader, writer):
        heard.append(await reader.read(2**14))
        writer.write(hello)
        heard.append(await reader.read())

    server = await serve(talk=greet)
    server.scheme = "https"
    assert await code_of(server, await fetching()) == "tls"
    assert server.visits == 1
    assert b"GET" not in b"".join(heard)
    assert ONLY_1_3_AND_1_2 in heard[0]


# -- moves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "moved"),
    [
        case("C45 301", [301], True),
        case("C45 308_301", [308, 301], True),
        case("C45 301_302", [301, 302], False),
        case("C45 307_301", [307, 301], False),
        case("C45 303", [303], False),
        case("C45 none", [], False),
    ],
)
@pytest.mark.parametrize(("answer", "good"), [("200 OK", True), ("304 Not Modified", True), ("404 Not Found", False)])
async def test_a_move_is_one_if_every_redirect_was_for_good(serve, fetching, steps, moved, answer, good):
    def say(request):
        n = int(request.split()[1].strip(b"/"))
        return http(f"{steps[n]} Moved", Location=f"/{n + 1}#news") if n < len(steps) else http(answer)

    server = await serve(say)
    reply = await (await fetching()).fetch(server.url("/0"), etag='"1"')
    assert reply.moved_to == (server.url(f"/{len(steps)}") if moved and good else "")


async def test_a_move_holds_no_password_and_a_feed_that_needs_one_does_not_move(serve, fetching):  # C45
    other = await serve(http(body=FEED))
    server = await serve(http("301 Moved Permanently", Location=other.url().replace("//", "//me:secret@")))
    fetcher = await fetching()
    assert (await fetcher.fetch(server.url())).moved_to == other.url()
    reply = await fetcher.fetch(server.url().replace("//", "//user:secret@"))
    assert (reply.body, reply.moved_to) == (FEED, "")
