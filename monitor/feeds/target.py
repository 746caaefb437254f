"""Where a request may go: each hop of a redirect is checked like the first URL. Pure."""

import re
from base64 import b64encode
from collections.abc import Set
from typing import NamedTuple

from yarl import URL

from monitor.feeds.address import refusal
from monitor.model import Secret, Trouble

PORTS = frozenset({80, 443, 8080, 8443})
UNREADABLE = (ValueError, IndexError)  # what yarl raises for what is no URL; the second for http://[]@
CONTROL = re.compile("[\x00-\x20\x7f]")


class Target(NamedTuple):
    """A URL that may be asked; it holds no user and no password."""

    url: URL
    host: str
    trusted: bool  # allowed by config: may have any address and port
    authorization: Secret  # for this origin only; empty if there is none


def first(url: str, allow_hosts: Set[str]) -> Target | Trouble:
    """The target of a feed's URL; its user and password become a header."""
    return _checked(url, allow_hosts, Secret(""))


def hop(last: Target, location: str, allow_hosts: Set[str]) -> Target | Trouble:
    """The target of a redirect: never from https to http; the password goes no further than its origin."""
    if CONTROL.search(location):
        return Trouble(code="protocol", text=f"{last.host} redirects to what is no URL")
    try:
        url = last.url.join(URL(location))
        url = url.with_user(None) if url.raw_host else url
    except UNREADABLE:
        return Trouble(code="protocol", text=f"{last.host} redirects to what is no URL")
    if last.url.scheme == "https" and url.scheme == "http":
        return Trouble(code="scheme", text=f"{last.host} redirects from https to http")
    authorization = last.authorization if url.absolute and url.origin() == last.url.origin() else Secret("")
    return _checked(str(url), allow_hosts, authorization)


def _checked(address: str, allow_hosts: Set[str], authorization: Secret) -> Target | Trouble:
    try:
        url = URL(address)
        host, decoded, port = url.raw_host or "", url.host or "", url.port
    except UNREADABLE:
        return Trouble(code="address", text="the URL cannot be understood")
    if url.scheme not in ("http", "https"):
        return Trouble(code="scheme", text="only http and https are asked")
    trusted = host in allow_hosts
    if not trusted:
        if why := refusal(decoded) or refusal(host):
            return Trouble(code="address", text=why)
        if port not in PORTS:
            return Trouble(code="port", text=f"port {port} is not asked; allow_hosts in config.toml can allow it")
    if url.user is not None or url.password is not None:
        pair = f"{url.user or ''}:{url.password or ''}"
        authorization = Secret("Basic " + b64encode(pair.encode()).decode())
    return Target(url.with_user(None).with_fragment(None), host, trusted, authorization)
