"""Asking servers, politely; what the hostile ones get is in test_catalogue_c.py and test_canary.py."""

import asyncio
import gzip
import zlib
from datetime import timedelta
from itertools import pairwise

import pytest
from feeds.wire import FEED, header, http, until_gone

from monitor.feeds import http as door
from monitor.feeds import http_guard
from monitor.feeds.http_pace import MOST_IDLE


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


async def test_an_article_is_asked_for_as_what_it_is(serve, fetching):
    server = await serve(http(body=b"<p>Rain.</p>"))
    fetcher = await fetching()
    await fetcher.fetch(server.url())
    await fetcher.fetch(server.url(), accept="text/html")
    assert "application/rss+xml" in header(server.requests[0], "Accept")
    assert header(server.requests[1], "Accept") == "text/html"


async def test_how_long_an_answer_is_fresh_is_heard(serve, fetching):
    server = await serve(
        http(body=FEED, Cache_Control="public", Age="100").replace(b"\r\n", b"\r\nCache-Control: max-age=900\r\n", 1)
    )
    assert (await (await fetching()).fetch(server.url())).max_age == timedelta(seconds=800)


async def test_a_connection_is_kept_for_the_next_poll(serve, fetching):
    server = await serve(http("304 Not Modified"), stays=True)
    fetcher = await fetching()
    for _ in range(3):
        assert (await fetcher.fetch(server.url(), etag="x")).trouble is None
    assert (server.visits, len(server.requests)) == (1, 3)


async def test_few_connections_are_left_open_and_not_for_long(serve, fetching, monkeypatch):
    def say(request):
        return http("304 Not Modified", Connection=header(request, "Connection") or "keep-alive")

    monkeypatch.setattr(door, "KEPT", 0.2)
    server = await serve(say, stays=True, host="0.0.0.0")
    hosts = [f"127.0.1.{n}" for n in range(1, 255)] + [f"127.0.2.{n}" for n in range(1, 47)]
    fetcher = await fetching(allow_hosts=hosts)
    replies = await asyncio.gather(*(fetcher.fetch(server.url(host=host), etag="x") for host in hosts))
    assert {reply.status for reply in replies} == {304}
    closing = [request for request in server.requests if header(request, "Connection") == "close"]
    assert len(closing) == len(hosts) - MOST_IDLE
    await asyncio.wait_for(asyncio.gather(*server.tasks), timeout=2)  # they end when the fetcher hangs up


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


async def test_no_one_is_told_where_we_come_from_or_who_we_were(serve, fetching, monkeypatch, tmp_path):
    """No Referer, no cookies, no passwords from a netrc: a request says what it must, and that it is we."""
    (tmp_path / ".netrc").write_text("default login me password secret")
    monkeypatch.setenv("HOME", str(tmp_path))
    server = await serve(
        lambda request: http("302 Found", Location="/b", Set_Cookie="a=1") if b" /a " in request else http()
    )
    await (await fetching()).fetch(server.url("/a"))
    names = [{line.split(b":")[0] for line in request.split(b"\r\n")[1:] if line} for request in server.requests]
    assert names == [{b"Host", b"User-Agent", b"Accept", b"Accept-Encoding"}] * 2


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


async def greet(reader, writer):
    writer.write(http(body=FEED))


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


async def test_names_that_hang_hold_up_no_other(serve, fetching, name_server, monkeypatch):
    monkeypatch.setattr(http_guard, "LOOKUP", 1.0)
    server = await serve(http(body=FEED))
    hosts = [f"good{n}.example" for n in range(20)]
    names = await name_server(lambda name: ["127.0.0.1"] if name.startswith("good") else None)
    fetcher = await fetching(allow_hosts=hosts, nameservers=[names])
    hanging = [asyncio.ensure_future(fetcher.fetch(f"http://lost{n}.example/")) for n in range(200)]
    replies = await asyncio.gather(*(fetcher.fetch(server.url(host=host)) for host in hosts))
    assert [reply.body for reply in replies] == [FEED] * 20
    assert not any(task.done() for task in hanging)
    async with asyncio.timeout(20):
        assert {reply.trouble.code for reply in await asyncio.gather(*hanging)} == {"dns"}
