"""No connection to an address that is not public: a canary on loopback counts who gets through."""

import aiohttp
import pytest

from monitor.feeds import http_guard, target
from monitor.feeds.http_guard import MOST_ADDRESSES, Refused, Resolver, public_socket

GOOD = "93.184.216.34"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
HOSTS = (
    *(
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0x7F.0.0.0x1",
        "0177.0.0.1",
        "017700000001",
    ),
    *(
        "0",
        "0.0.0.0",
        "127。0。0。1",
        "127．0．0．1",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
    ),
    *("[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1%25lo]"),
    *("localhost", "LOCALHOST", "localhost.", "x.localhost", "127.0.0.1.", "user@127.0.0.1", "example.org@127.0.0.1"),
)


@pytest.fixture
def any_port(monkeypatch):
    """Let every port through, so that the address alone decides."""
    monkeypatch.setattr(target, "PORTS", frozenset(range(2**16)))


async def test_no_spelling_of_loopback_reaches_it(serve, fetching, any_port):  # P17, C32-C34
    canary = await serve(ANSWER)
    fetcher = await fetching(allow_hosts=())
    for host in HOSTS:
        reply = await fetcher.fetch(canary.url(host=host))
        assert reply.trouble.code == "address", host
    assert canary.visits == 0


async def test_no_redirect_reaches_it(serve, fetching, name_server, any_port):  # C26
    canary = await serve(ANSWER)
    gate = await name_server(lambda name: ["127.0.0.1"])
    fetcher = await fetching(allow_hosts=("gate.example",), nameservers=[gate])
    for host in HOSTS:
        location = canary.url(host=host).encode()
        server = await serve(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
        reply = await fetcher.fetch(server.url(host="gate.example"))
        assert reply.trouble.code == "address", host
        assert server.visits == 1
    assert canary.visits == 0


@pytest.mark.parametrize(
    "answers",
    [
        [["127.0.0.1"]],
        [["10.0.0.1"]],
        [["169.254.169.254"]],
        [[GOOD, "127.0.0.1"]],  # C36
        [["127.0.0.1", GOOD]],
        [[GOOD] * 40 + ["127.0.0.1"]],
    ],
)
async def test_a_name_with_an_address_that_is_not_public_is_refused(serve, fetching, name_server, any_port, answers):
    canary = await serve(ANSWER)
    fetcher = await fetching(allow_hosts=(), nameservers=[await name_server(lambda name: answers[0])])
    assert (await fetcher.fetch(canary.url(host="mixed.example"))).trouble.code == "address"
    assert canary.visits == 0


async def test_a_name_that_changes_its_mind_leads_nowhere(serve, name_server):  # C35
    canary = await serve(ANSWER)
    turns = []

    def rebind(name):
        turns.append(name)
        return [GOOD] if len(turns) % 2 else ["127.0.0.1"]

    server = await name_server(rebind)
    refused = 0
    for n in range(20):
        resolver = Resolver(guarded=True, nameservers=[server])
        try:
            found = await resolver.resolve(f"host{n}.example", canary.port)
            assert [address["host"] for address in found] == [GOOD]
        except Refused as wrong:
            refused += wrong.trouble.code == "address"
        finally:
            await resolver.close()
    assert refused == 10
    assert canary.visits == 0


async def test_the_last_wall_is_the_socket(serve, name_server):
    """Were a name let through by mistake, the connection itself would still be refused."""
    canary = await serve(ANSWER)
    resolver = Resolver(guarded=False, nameservers=[await name_server(lambda name: ["127.0.0.1"])])
    connector = aiohttp.TCPConnector(resolver=resolver, socket_factory=public_socket)
    async with aiohttp.ClientSession(connector=connector) as session:
        for host in ("name.example", "127.0.0.1"):
            with pytest.raises(Refused):
                await session.get(canary.url(host=host))
    await resolver.close()
    assert canary.visits == 0


async def test_an_allowed_name_may_lead_to_loopback(serve, fetching, name_server):
    server = await serve(ANSWER)
    names = await name_server(lambda name: ["127.0.0.1"])
    fetcher = await fetching(allow_hosts=("intranet.example",), nameservers=[names])
    assert (await fetcher.fetch(server.url(host="intranet.example"))).body == b"hi"


async def test_many_addresses_are_cut_to_a_few(name_server):  # C37
    resolver = Resolver(
        guarded=True, nameservers=[await name_server(lambda name: [f"93.184.216.{n}" for n in range(60)])]
    )
    assert len(await resolver.resolve("many.example", 80)) == MOST_ADDRESSES
    await resolver.close()


@pytest.mark.parametrize("answer", [None, []])  # silence; a name without addresses
async def test_a_name_that_is_not_found_is_dns(fetching, name_server, monkeypatch, answer):  # C37
    monkeypatch.setattr(http_guard, "LOOKUP", 0.2)
    fetcher = await fetching(allow_hosts=(), nameservers=[await name_server(lambda name: answer)])
    assert (await fetcher.fetch("http://lost.example/")).trouble.code == "dns"
