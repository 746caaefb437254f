"""Which hosts on the net may be asked: an explicit table of what is not public, and the odd spellings of hosts. Pure.

Python's ``ipaddress.is_global`` is not used: it approves NAT64, 6to4 and multicast, and changes between releases.

Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6890; the URL standard's "ends in a number" check.
"""

import re
import unicodedata
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's platform service, reachable from inside only
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
PUBLIC_6 = IPv6Network("2000::/3")  # all that is handed out; leaves out loopback, NAT64, ULA, link-local, multicast
NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: leads to any IPv4 address
        "3fff::/20",  # documentation
    )
)
NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
DOTS = str.maketrans("。．｡", "...")  # what IDNA takes for a dot
LONGEST_NAME = 253  # characters


def is_public(address: str) -> bool:
    """Whether an address, in its plain spelling, belongs to the public net; what is no address does not."""
    try:
        if ":" not in address:
            return not any(IPv4Address(address) in block for block in NOT_PUBLIC_4)
        six = IPv6Address(address)
    except AddressValueError:
        return False
    if six.scope_id is not None:
        return False
    if six.ipv4_mapped:
        return is_public(str(six.ipv4_mapped))
    return six in PUBLIC_6 and not any(six in block for block in NOT_PUBLIC_6)


def plain_host(host: str) -> str:
    """The host as the net would read it: compatibility forms and other dots made plain, small, no final dot."""
    return unicodedata.normalize("NFKC", host.translate(DOTS)).translate(DOTS).lower().removesuffix(".")


def refusal(host: str) -> str:
    """Why a URL's host may not be asked; empty if it may, or is a name that only its addresses can judge.

    A number in any spelling but the plain one (``2130706433``, ``0x7f.1``, ``127.1``) is refused whatever it stands
    for: nobody writes a feed's host so.
    """
    name = plain_host(host.strip("[]"))
    if not name or len(name) > LONGEST_NAME:
        return "the URL names no usable host"
    if ":" in name or "%" in name:
        return "" if is_public(name) else "the address is not public"
    if NUMBER.fullmatch(name.rpartition(".")[2]):
        try:
            IPv4Address(name)
        except AddressValueError:
            return "the host is a number in an odd spelling"
        return "" if is_public(name) else "the address is not public"
    if name == "localhost" or name.endswith(".localhost"):
        return "the address is not public"
    return ""
