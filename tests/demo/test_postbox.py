"""monitor/demo/postbox.py: what is sent arrives whole, and is kept where a person can open it."""

import asyncio
import smtplib
import sys
from email.message import EmailMessage

import pytest
from aiohttp import ClientSession

from monitor.demo.postbox import Hook, Postbox
from monitor.errors import UsageError


def letter(subject: str, *, html: bool = True) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "monitor@monitor.example", "desk@newsroom.example", subject
    message["Message-ID"] = "<1@monitor.example>"
    message.set_content("Новини: п’ять речей")
    if html:
        message.add_alternative("<h1>Новини</h1>", subtype="html")
    return message


def send(port: int, *messages: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        for message in messages:
            server.send_message(message, to_addrs=["desk@newsroom.example", "second@newsroom.example"])


async def test_a_letter_arrives_whole_and_is_kept(tmp_path):
    async with Postbox(tmp_path / "letters") as postbox:
        await asyncio.to_thread(send, postbox.port, letter("Kyiv desk — 13:00"))
        got = await postbox.next_letter()
    assert postbox.letters == [got]
    assert got.message["Subject"] == "Kyiv desk — 13:00"
    assert got.message["Message-ID"] == "<1@monitor.example>"
    assert (got.sender, got.recipients) == (
        "monitor@monitor.example",
        ("desk@newsroom.example", "second@newsroom.example"),
    )
    assert got.eml == tmp_path / "letters" / "letter-1.eml"
    assert b"Message-ID: <1@monitor.example>" in got.eml.read_bytes()
    assert got.html == tmp_path / "letters" / "letter-1.html"
    assert got.html.read_text(encoding="utf-8").strip() == "<h1>Новини</h1>"


async def test_letters_come_in_the_order_of_their_arrival_and_are_waited_for(tmp_path):
    async with Postbox(tmp_path) as postbox:
        waiting = asyncio.create_task(postbox.next_letter())
        await asyncio.to_thread(send, postbox.port, letter("one"), letter("two"))
        assert [(await waiting).message["Subject"], (await postbox.next_letter()).message["Subject"]] == ["one", "two"]
        assert [path.name for path in sorted(tmp_path.glob("*.eml"))] == ["letter-1.eml", "letter-2.eml"]


async def test_a_letter_without_html_leaves_no_page(tmp_path):
    async with Postbox(tmp_path) as postbox:
        await asyncio.to_thread(send, postbox.port, letter("plain", html=False))
        assert (await postbox.next_letter()).html is None
    assert list(tmp_path.glob("*.html")) == []


async def test_after_the_end_nobody_listens(tmp_path):
    async with Postbox(tmp_path) as postbox:
        port = postbox.port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.to_thread(send, port, letter("late"))


async def test_without_a_mail_server_installed_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "aiosmtpd", None)
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    with pytest.raises(UsageError, match="aiosmtpd") as refused:
        async with Postbox(tmp_path):
            pass
    assert refused.value.hint == "pip install 'news-monitor[demo]'"


async def test_what_is_posted_is_kept_with_its_headers():
    async with Hook() as hook, ClientSession() as client:
        headers = {"Idempotency-Key": "k1"}
        async with client.post(
            f"http://127.0.0.1:{hook.port}/digest", json={"title": "Київ"}, headers=headers
        ) as reply:
            assert reply.status == 200
        got = await hook.next_post()
    assert hook.posts == [got]
    assert (got.path, got.body, got.headers["idempotency-key"]) == ("/digest", {"title": "Київ"}, "k1")


async def test_what_is_no_json_is_kept_as_text():
    async with Hook() as hook, ClientSession() as client:
        async with client.post(f"http://127.0.0.1:{hook.port}/", data="hello") as reply:
            assert reply.status == 200
        assert (await hook.next_post()).body == "hello"
        async with client.get(f"http://127.0.0.1:{hook.port}/") as reply:
            assert reply.status == 405
