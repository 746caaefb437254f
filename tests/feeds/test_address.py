"""Which addresses and hosts may be asked."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.address import is_public, refusal

PUBLIC = (
    *("93.184.216.34", "1.1.1.1", "198.17.0.1", "172.32.0.1"),
    *("2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"),
)
NOT_PUBLIC = (
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "168.63.129.16"),
    *("169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2001:20::1"),
    *("2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
    *("2606:4700::1%lo", "", "example.org", "1.2.3", "0x7f.0.0.1", "01.1.1.1"),
)
ODD = (
    *("2130706433", "0x7f.1", "0x7f000001", "127.1", "127.0.1", "0", "0.0", "0x", "017700000001", "0177.0.0.1"),
    *("127.0.0.1.", "127。0。0。1", "127．0．0．1", "①②⑦.0.0.1", "１２７.0.0.1", "1.2.3.4.5", "256.1.1.1", "[::1]"),
    *("[::ffff:127.0.0.1]", "[::1%25lo]", "[fe80::1%25eth0]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "localhost"),
    *("LOCALHOST", "localhost.", "a.localhost", "", ".", "x" * 254, "134744072", "8.8.2056", "[::127.0.0.1]"),
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(address)
    assert refusal(address) == ""


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_addresses_are_not(address):
    assert not is_public(address)


@pytest.mark.parametrize("host", ODD)  # C32, C33, C34
def test_hosts_in_odd_spellings_are_refused(host):
    assert refusal(host)


@pytest.mark.parametrize(
    "host", ["bbc.co.uk", "xn--e1aybc.xn--p1ai", "тест.рф", "1.fm", "127.0.0.1.nip.io", "a-1", "0x.org"]
)
def test_names_are_judged_by_their_addresses(host):
    assert refusal(host) == ""


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_public(address: IPv4Address):
    assert not (is_public(str(address)) and (address.is_private or address.is_multicast or address.is_reserved))
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_outside_the_table_is_public(address: IPv6Address):
    if is_public(str(address)) and address.ipv4_mapped is None:
        assert int(address) >> 125 == 0b001
        assert address.sixtofour is None
        assert address.teredo is None
