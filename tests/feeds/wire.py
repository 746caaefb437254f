"""What goes over the wire between a test's server and the fetcher."""

import re

FEED = b"<rss version='2.0'><channel><item><title>One</title></item></channel></rss>"


def http(status="200 OK", body=b"", **headers):
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    if not any(name.lower() in ("content_length", "transfer_encoding") for name in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def header(request, name):
    found = re.search(rf"^{name}: (.*)\r$".encode(), request, re.MULTILINE | re.IGNORECASE)
    return found[1].decode() if found else None


async def until_gone(reader, writer):
    await reader.read()
