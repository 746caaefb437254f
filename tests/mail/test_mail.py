"""Letters through a real mail server into a real mailbox: what arrives, and how often, whenever the service stops."""

import pytest
from digests.doors import HTML, TEXT, a_message
from stopped import matrix
from world import until

from monitor.digests import smtp
from monitor.model import Part

pytestmark = pytest.mark.mail


def address(office, reader: str) -> str:
    return f"mailto://127.0.0.1:{office.port}?from=desk@example.test&to={reader}@example.test"


async def sent(office, reader: str, **changes):
    receipt = await smtp.send(address(office, reader), a_message(recipient=f"{reader}@example.test", **changes))
    await until(office.is_quiet)
    return receipt


async def test_a_letter_arrives_as_it_was_written(mail_server):
    out = "https://example.test/out?" + "token=0123456789abcdef&" * 9
    assert (await sent(mail_server, "whole", unsubscribe=out)).verdict == "accepted"
    [letter] = mail_server.letters("whole@example.test")
    assert letter["Message-ID"] == f"<{a_message().key}@example.test>"
    assert letter["Subject"] == a_message().part.subject
    assert letter["List-Unsubscribe"] == f"<{out}>"
    assert letter.get_body(("plain",)).get_content().replace("\r\n", "\n") == TEXT
    assert letter.get_body(("html",)).get_content().strip() == HTML


async def test_nobody_beyond_the_house_is_written_to(mail_server):
    url = address(mail_server, "x").replace("x@example.test", "x@elsewhere.test")
    assert (await smtp.send(url, a_message(recipient="x@elsewhere.test"))).verdict in ("refused", "accepted")
    await until(mail_server.is_quiet)
    assert mail_server.letters("x@elsewhere.test") == []


async def test_a_letter_that_is_too_big_arrives_without_its_html(mail_server):
    part = Part(subject="big", text=TEXT, html="<p>much</p>" * 30_000)
    assert (await sent(mail_server, "big", part=part)).verdict == "accepted"
    [letter] = mail_server.letters("big@example.test")
    assert letter.get_content_type() == "text/plain"
    huge = Part(subject="huge", text="much\n" * 60_000, html="<p>h</p>")
    receipt = await sent(mail_server, "huge", part=huge)
    assert (receipt.verdict, receipt.trouble.code) == ("refused", "size")


async def test_no_letter_is_lost_whenever_the_service_stops_twice_and_a_copy_has_the_same_id(mail_server, tmp_path):
    async def reader(n: int) -> str:
        return address(mail_server, f"reader{n}")

    runs = await matrix(tmp_path, reader)
    await until(mail_server.is_quiet)
    for n, run in enumerate(runs, start=1):
        letters = mail_server.letters(f"reader{n}@example.test")
        assert letters, f"lost when stopped before {run.before}"
        assert len({letter["Message-ID"] for letter in letters}) == 1
        assert len(letters) <= 1 + run.in_the_window, run.before
    assert len(runs) > 8
    assert max(run.in_the_window for run in runs) > 0, "no stop came between a letter and its record"
