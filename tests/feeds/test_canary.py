"""No connection to an address that is not public: a canary listens on loopback and counts who gets through.

127.0.0.2 is taken for public here, on the same port, so that the ways that are open are seen to be open.
"""

import asyncio
import errno
import ipaddress
import re
import socket

import aiohttp
import pytest
from feeds.wire import FEED, http

from monitor.feeds.http_guard import Refused, Resolver, public_socket

# Loopback, as the net's many readers of addresses spell it.
HERE = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.0.00.1 127.0.0.01 127.000.000.001 127.00000.1 127.1. 127.256 127.65536
2130706433 02130706433 2130706433. 4425673729 -2130706431 0x7f000001 0X7F000001 0x7f.1 0x7F.0.0.0x1 0x7f.0x0.0x0.0x1
0x7f.0.1 0x0007f.1 0x17f000001 017700000001 0177.0.0.1 0177.1 00177.0.0.0001 0177.0x0.0.1 0o177.0.0.1
0 0. 0.0 0.0.0.0 00 0x0 0x 000.000.000.000 127.255.255.254 127.0.0.3
127。0。0。1 127．0．0．1 127｡0｡0｡1 １２７.０.０.１ １２７．０．０．１ ①②⑦.⓪.⓪.① 127.0.0.¹ 𝟏𝟐𝟕.𝟎.𝟎.𝟏
0ｘ7f.1 ２１３０７０６４３３ 127.0.0.1。
127%2E0%2E0%2E1 %31%32%37.0.0.1 127.0.0.1%00 127.0.0.1%2f 127.0.0.1;x 127.0.0.1,127.0.0.2 127.0.0.1%23
[::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::0001] [::1%25lo] [::1%lo] [::1%251] [::127.0.0.1] [::7f00:1]
[::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:7F00:0001] [::ffff:0:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:0.0.0.0]
[64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:0001::1] [fe80::1%25lo]
[2001:0:7f00:1::80ff:fffe] [fec0::1] [fc00::1] [ff02::1] [ff01::1] [::ffff:127.0.0.1%25lo] [v1.127.0.0.1] [127.0.0.1]
localhost LOCALHOST LocalHost. localhost. localhost.. x.localhost a.b.localhost. ｌocalhost loｃalhoſt lOcalhost%2e
localhost.localdomain localhost6 ip6-localhost ip6-loopback
"""
# What a name server of the attacker's says; under v6.example also of IPv6.
NAMES = """
127.0.0.1.ip.example 127-0-0-1.ip.example www.127.0.0.1.ip.example 7f000001.ip.example xn--loop-.example
loop.example LOOP.EXAMPLE loop.example. mixed.example dexim.example zero.example
loop.v6.example mapped.v6.example nat64.v6.example any.v6.example
"""
ODD = r"""
http://127.0.0.2:PORT@127.0.0.1:PORT/ http://127.0.0.2#@127.0.0.1:PORT/ http://127.0.0.2?@127.0.0.1:PORT/
http://127.0.0.2\@127.0.0.1:PORT/ http://127.0.0.1:PORT\@127.0.0.2/ http://127.0.0.1:PORT#@127.0.0.2/
http:\\127.0.0.1:PORT/ http:/\127.0.0.1:PORT/ http:///127.0.0.1:PORT/ http:127.0.0.1:PORT/ http:////127.0.0.1:PORT/
//127.0.0.1:PORT/ \\127.0.0.1:PORT/ 127.0.0.1:PORT/ HTTP://127.0.0.1:PORT/ hTTp://127.1:PORT/ https://127.0.0.1:PORT/
HTTPS://[::1]:PORT/ http://127.0.0.1:PORT:80/ http://127.0.0.1:00PORT/ http://127.0.0.1:+PORT/ http://127.0.0.1:٨PORT/
ws://127.0.0.1:PORT/ ftp://127.0.0.1:PORT/ gopher://127.0.0.1:PORT/ dict://127.0.0.1:PORT/ tcp://127.0.0.1:PORT/
unix://127.0.0.1:PORT/ http+unix://127.0.0.1:PORT/ file://127.0.0.1:PORT/ jar:http://127.0.0.1:PORT/
url:http://127.0.0.1:PORT/ feed://127.0.0.1:PORT/ feed:http://127.0.0.1:PORT/ view-source:http://127.0.0.1:PORT/
"""
BLANKS = (
    *("http://127.0.0.2 @127.0.0.1:PORT/", "http://127.0.0.2\t@127.0.0.1:PORT/", " http://127.0.0.1:PORT/"),
    *("http://127.0.0.1:PORT/ ", "\thttp://127.0.0.1:PORT/", "ht\ntp://127.0.0.1:PORT/", "http://127.0.\t0.1:PORT/"),
    *(
        "http://127.0.\r\n0.1:PORT/",
        "http://127.0.0.1\0.example:PORT/",
        "http://127.0.0.1\u00a0:PORT/",
        "\ufeffhttp://127.1:PORT/",
    ),
)
USERS = ("user", "127.0.0.2", "127.0.0.2:80", "%40")
FORMS = (
    *(f"http://{host}:PORT/" for host in (HERE + NAMES).split()),
    *(f"http://{user}@{host}:PORT/" for user in USERS for host in HERE.split()[:6] + NAMES.split()[-6:]),
    *ODD.split(),
    *BLANKS,
)
REDIRECTS = (301, 302, 303, 307, 308)


def answers(name):
    """A name server that is up to no good."""
    name = name.lower()
    if found := re.search(r"(\d+)[.-](\d+)[.-](\d+)[.-](\d+)\.ip\.example$", name):
        return [".".join(found.groups())]
    return {
        "mixed.example": ["127.0.0.2", "127.0.0.1"],
        "dexim.example": ["127.0.0.1", "127.0.0.2"],
        "zero.example": ["0.0.0.0"],
        "loop.v6.example": ["::1"],
        "mapped.v6.example": ["::ffff:127.0.0.1"],
        "nat64.v6.example": ["64:ff9b::7f00:1"],
        "any.v6.example": ["::", "127.0.0.2"],
        "gate.example": ["127.0.0.2"],
        "good.example": ["127.0.0.2"],
    }.get(name, ["127.0.0.1"])


class Canary:
    """Servers on every loopback address but 127.0.0.2, all on one port; ``visits`` are the connections accepted."""

    def __init__(self, servers):
        self.servers = servers
        self.port = servers[0].port

    @property
    def visits(self):
        return sum(server.visits for server in self.servers)


@pytest.fixture
async def canary(serve):
    first = await serve(http(body=FEED))
    servers = [first, await serve(http(body=FEED), host="127.0.0.3", port=first.port)]
    try:
        servers.append(await serve(http(body=FEED), host="::1", port=first.port))
    except OSError as wrong:
        if wrong.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise  # only a machine without IPv6 may do without
    return Canary(servers)


@pytest.fixture
async def fetcher(fetching, name_server, one_is_public):
    return await fetching(allow_hosts=(), nameservers=[await name_server(answers)])


def test_two_hundred_forms_are_tried():
    assert len(set(FORMS)) >= 200


async def test_the_canary_can_be_reached_and_so_can_what_is_public(serve, fetching, fetcher, canary):
    """Were it out of reach, its silence would prove nothing."""
    good = await serve(http(body=FEED), host="127.0.0.2", port=canary.port)
    for host in ("127.0.0.2", "good.example", "127.0.0.2.ip.example"):
        assert (await fetcher.fetch(good.url(host=host))).body == FEED
    assert (good.visits, canary.visits) == (3, 0)
    hosts = [f"[{server.host}]" if ":" in server.host else server.host for server in canary.servers]
    careless = await fetching(allow_hosts=[host.strip("[]") for host in hosts])
    for host in hosts:
        assert (await careless.fetch(f"http://{host}:{canary.port}/")).body == FEED
    assert canary.visits == len(hosts)


async def test_no_url_reaches_it(fetcher, canary):
    for form in FORMS:
        reply = await fetcher.fetch(form.replace("PORT", str(canary.port)))
        assert reply.trouble is not None, form
    assert canary.visits == 0


async def test_no_redirect_reaches_it(serve, fetcher, canary):
    asked = []

    def say(request):
        n = int(request.split()[1].strip(b"/"))
        asked.append(n)
        location = FORMS[n].replace("PORT", str(canary.port)).encode()
        head = f"HTTP/1.1 {REDIRECTS[n % 5]} Moved\r\nContent-Length: 0\r\nRefresh: 0; url=".encode()
        return head + location + b"\r\nLocation: " + location + b"\r\n\r\n"

    gate = await serve(say, host="127.0.0.2", port=canary.port)
    for n, form in enumerate(FORMS):
        reply = await fetcher.fetch(gate.url(f"/{n}", host="gate.example"))
        assert reply.trouble is not None, form
    assert set(asked) == set(range(len(FORMS)))
    assert canary.visits == 0


@pytest.mark.parametrize("status", REDIRECTS)
async def test_no_chain_of_redirects_reaches_it(serve, fetcher, canary, status):
    def say(request):
        onward = f"http://good.example:{canary.port}/2" if b" /1 " in request else f"http://loop.example:{canary.port}/"
        return http(f"{status} Moved", Location=onward)

    gate = await serve(say, host="127.0.0.2", port=canary.port)
    assert (await fetcher.fetch(gate.url("/1", host="gate.example"))).trouble.code == "address"
    assert (gate.visits, canary.visits) == (2, 0)


async def test_the_last_wall_is_the_socket(name_server, canary):
    """Were a name let through by mistake, the connection itself would still be refused, at the very address it uses."""
    resolver = Resolver(guarded=False, nameservers=[await name_server(answers)])
    connector = aiohttp.TCPConnector(resolver=resolver, socket_factory=public_socket)
    async with aiohttp.ClientSession(connector=connector) as session:
        for host in ("loop.example", "mixed.example", "loop.v6.example", "127.0.0.1", "[::1]"):
            with pytest.raises(aiohttp.ClientConnectorError) as raised:
                await session.get(f"http://{host}:{canary.port}/")
            assert isinstance(raised.value.__cause__, Refused)
    await resolver.close()
    assert canary.visits == 0


def test_a_socket_is_made_for_what_is_public_only():
    for address in ("127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1", "64:ff9b::808:808"):
        family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
        with pytest.raises(Refused):
            public_socket((family, socket.SOCK_STREAM, 6, "", (address, 80)))
    public_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))).close()


async def test_an_allowed_name_may_lead_to_loopback_and_lends_that_to_no_other(fetching, name_server, canary):
    names = await name_server(answers)
    fetcher = await fetching(allow_hosts=("loop.example",), nameservers=[names])
    assert (await fetcher.fetch(f"http://loop.example:{canary.port}/")).body == FEED
    assert (await fetcher.fetch("http://x.loop.example/")).trouble.code == "address"
    assert (await asyncio.gather(fetcher.fetch(f"http://127.0.0.1:{canary.port}/")))[0].trouble is not None
    assert canary.visits == 1
