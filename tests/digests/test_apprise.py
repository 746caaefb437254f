import asyncio
from urllib.parse import unquote

import msgspec
import pytest
from aiohttp import web
from digests.doors import CANARY, SOON, TEXT, Desk, a_message, web_server

from monitor.digests import apprise
from monitor.digests.parts import Room, fitted
from monitor.errors import ConfigError
from monitor.model import Part

SUBJECT = "Київ: 1 story, Wed 11 Sep 18:00"


def said(desk: Desk) -> list[dict]:
    return [msgspec.json.decode(body) for body in desk.bodies]


async def sent(url: str, recipient: str = "1", *, deadline=apprise.DEADLINE, **changes):
    return await apprise.send(url, a_message(recipient=recipient, **changes), deadline=deadline)


# -- targets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "numbers"),
    [
        ("ntfy://127.0.0.1/one", ("1",)),
        ("ntfy://127.0.0.1/one/two/three", ("1", "2", "3")),
        ("gotify://127.0.0.1/abcdefghijklmno", ("1",)),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/1987654321", ("1", "2")),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#news/#desk", ("1", "2")),
        ("matrix://token@127.0.0.1/!news:example.test", ("1",)),
        ("https://discord.com/api/webhooks/0123456789/abcdefghijklmnopqrstuvwxyz", ("1",)),
    ],
)
def test_every_target_of_a_url_is_a_recipient_by_its_number(url, numbers):
    assert apprise.recipients(url) == numbers


async def test_a_letter_goes_to_its_target_alone():
    desk = Desk()
    async with web_server(desk) as port:
        url = f"ntfy://127.0.0.1:{port}/one/two/three"
        receipts = [await sent(url, number) for number in ("1", "3")]
    assert [receipt.verdict for receipt in receipts] == ["accepted", "accepted"]
    assert [one["topic"] for one in said(desk)] == ["one", "three"]


async def test_a_target_that_was_taken_out_of_the_url_gets_nothing():
    receipt = await sent("ntfy://127.0.0.1/one/two", "3")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "config")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense://{}@127.0.0.1",
        "ntfi://{}@127.0.0.1/one",
        "no url {}",
        "tgram://{}",
        "ntfy://user:{}@127.0.0.1/one?optional=yes",
        "matrix://user:{}@127.0.0.1/#news:example.test",
    ],
)
async def test_a_url_that_cannot_be_used_is_complained_of_without_showing_it(url):
    with pytest.raises(ConfigError) as complaint:
        apprise.recipients(url.format(CANARY))
    assert CANARY not in str(complaint.value)
    receipt = await sent(url.format(CANARY))
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "config")
    assert CANARY not in str(receipt)


def test_a_misspelt_service_is_guessed():
    with pytest.raises(ConfigError) as complaint:
        apprise.recipients("ntfi://127.0.0.1/one")
    assert "ntfy" in complaint.value.hint


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_plain_text_goes_where_text_is_taken():
    desk = Desk()
    async with web_server(desk) as port:
        receipt = await sent(f"ntfy://127.0.0.1:{port}/one")
    assert (receipt.verdict, receipt.answer) == ("accepted", "ntfy took it")
    assert said(desk) == [{"topic": "one", "title": SUBJECT, "message": TEXT.rstrip()}]
    assert "X-Icon" not in desk.requests[0].headers  # a picture from elsewhere that the reader's app would load


async def test_a_service_that_reads_markdown_is_sent_no_markup_of_a_feeds():
    desk = Desk(200, '{"success": true}')
    text = "*МВФ* [bank] (x) `code`\n  https://a.test/a_b_c\n"
    async with web_server(desk) as port:
        url = f"rocket://{'a' * 20}/{'b' * 24}@127.0.0.1:{port}/#news"
        assert (await sent(url, part=Part(subject=SUBJECT, text=text, html=""))).verdict == "accepted"
    whole = unquote(str(said(desk)))
    assert "\\\\*МВФ\\\\* \\\\[bank\\\\]" in whole
    assert "https://a.test/a_b_c" in whole


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("mailgun://user@example.test/" + "a" * 32 + "-" + "b" * 8 + "-" + "c" * 8, "html"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", "text"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#news", "text"),
        ("gchat://workspace/key/token", "markdown"),
        ("ntfy://127.0.0.1/one", "text"),
    ],
)
def test_a_service_gets_the_form_that_it_shows_best(url, form):
    assert apprise.body(apprise.service(url), a_message())[1] == form


@pytest.mark.parametrize("room", [0, 1, 50, 140, 160, 400])
def test_a_service_with_hardly_any_room_gets_what_fits(room):
    plugin = apprise.service("gotify://127.0.0.1/abcdefghijklmno")
    plugin.body_maxlen = room
    text, _ = apprise.body(plugin, a_message(part=Part(subject=SUBJECT, text="word " * 500, html="h")))
    assert len(text) <= max(room, 1)


@pytest.mark.parametrize(
    ("url", "room"),
    [
        ("https://discord.com/api/webhooks/0123456789/abcdefghijklmnopqrstuvwxyz", Room(size=2000, counts="markdown")),
        ("tgram://123456789:abcdefg_hijklmnop/12315544", Room(size=4096, counts="markdown")),
        ("ntfy://127.0.0.1/one", Room(size=7800)),
        ("matrix://token@127.0.0.1/!news:example.test", Room(size=48_000, counts="bytes")),
        ("gchat://workspace/key/token", Room(size=4000, counts="markdown")),
    ],
)
def test_a_services_room_is_the_one_that_apprise_knows(url, room):
    assert apprise.room(url) == room


async def test_a_part_of_a_letter_goes_out_as_it_was_queued():
    desk = Desk(200, '{"success": true}')
    text = "\n\n".join(f"A story [{n}] of *many*\n  https://a.test/a_b_c/{n}" for n in range(60))
    async with web_server(desk) as port:
        url = f"rocket://{'a' * 20}/{'b' * 24}@127.0.0.1:{port}/#news"
        parts = fitted((Part(subject=SUBJECT, text=text, html="h"),), apprise.room(url))
        assert len(parts) > 3
        assert [(await sent(url, part=part)).verdict for part in parts] == ["accepted"] * len(parts)
    shown = "\n\n".join(one["text"].split("\n", 1)[1].replace("\r", "").strip("\n") for one in said(desk))
    assert shown.replace("\\", "") == text
    assert all(len(one["text"]) <= 1000 for one in said(desk))


async def test_a_letter_that_a_service_cannot_hold_is_cut_between_stories_and_says_where_the_rest_is():
    desk = Desk()
    story = "A headline of a story\n  BBC World, 15:00\n  https://a.test/1"
    text = "\n\n".join([story] * 400)
    async with web_server(desk) as port:
        await sent(f"mmost://127.0.0.1:{port}/{'k' * 26}", part=Part(subject=SUBJECT, text=text, html="h"))
    (one,) = said(desk)
    assert len(one["text"]) <= 4000
    first, *stories, note = one["text"].replace("\r\n", "\n").split("\n\n")
    assert first == f"{SUBJECT}\n{story}"
    assert set(stories) == {story}
    assert note == "… (more; the whole letter: monitor digest show kyiv@2024-09-11T18:00@Europe/Kyiv)"


# -- what may go wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_a_service_that_does_not_take_it_has_failed_and_is_asked_once(status):
    desk = Desk(status, '{"error": "no"}')
    async with web_server(desk) as port:
        receipt = await sent(f"ntfy://127.0.0.1:{port}/one?retry=3&wait=0")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", f"http_{status}")
    assert len(desk.requests) == 1


async def test_a_refused_login_is_said_in_words():
    async with web_server(Desk(401, "{}")) as port:
        receipt = await sent(f"ntfy://127.0.0.1:{port}/one")
    assert receipt.trouble.text == "ntfy answered 401: it refused our credentials"


async def test_a_redirect_is_not_followed_even_if_the_url_asks_for_it():
    elsewhere = Desk()
    async with web_server(elsewhere) as other:
        desk = Desk(307, "", {"Location": f"http://127.0.0.1:{other}/"})
        async with web_server(desk) as port:
            receipt = await sent(f"ntfy://127.0.0.1:{port}/one?redirect=yes")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "http_307")
    assert elsewhere.requests == []


async def test_a_service_that_takes_the_letter_and_stalls_leaves_it_unknown():
    desk = Desk()
    desk.stalls = True
    async with web_server(desk) as port:
        receipt = await sent(f"ntfy://127.0.0.1:{port}/one?rto=0.01", deadline=SOON)
    assert (receipt.verdict, receipt.trouble.code) == ("unknown", "timeout")
    assert len(desk.requests) == 1


async def test_a_service_that_takes_the_letter_and_hangs_up_leaves_it_unknown():
    desk = Desk()
    desk.hangs_up = True
    async with web_server(desk) as port:
        receipt = await sent(f"ntfy://127.0.0.1:{port}/one")
    assert (receipt.verdict, receipt.trouble.code) == ("unknown", "lost")


async def test_nobody_there_is_a_failure(unused_tcp_port):
    receipt = await sent(f"gotify://127.0.0.1:{unused_tcp_port}/abcdefghijklmno")
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "service")


# -- Matrix ------------------------------------------------------------------------------------------------------------


class Homeserver:
    """As much of a Matrix server as a message needs; it keeps one message of a transaction, like a real one."""

    def __init__(self) -> None:
        self.messages: dict[str, dict] = {}
        self.tokens: set[str] = set()
        self.stalls: asyncio.Event | None = None

    async def __call__(self, request: web.Request) -> web.Response:
        self.tokens.add(request.headers.get("Authorization", ""))
        if request.method == "PUT":
            assert "/send/m.room.message/" in request.path
            self.messages.setdefault(request.path.rpartition("/")[2], await request.json())
            if self.stalls:
                await self.stalls.wait()
            return web.json_response({"event_id": "$1"})
        if "/join/" in request.path:
            return web.json_response({"room_id": "!news:example.test"})
        return web.json_response({}, status=404)


async def test_matrix_gets_one_message_however_often_it_is_sent():
    home = Homeserver()
    async with web_server(home) as port:
        url = f"matrix://{CANARY}@127.0.0.1:{port}/!news:example.test"
        home.stalls = asyncio.Event()
        assert (await sent(url, deadline=SOON)).verdict == "unknown"
        home.stalls.set()
        assert (await sent(url)).verdict == "accepted"
        assert (await sent(url)).verdict == "accepted"
        assert len(home.messages) == 1
        ((transaction, message),) = home.messages.items()
        assert transaction.startswith(a_message().key)
        assert "*МВФ* схвалив транш" in message["body"]
        assert (await sent(url, part=Part(subject="s", text="other", html="h"))).verdict == "accepted"
        assert len(home.messages) == 2
    assert f"Bearer {CANARY}" in home.tokens


async def test_a_letter_too_long_for_a_matrix_event_is_cut_to_one():
    home = Homeserver()
    text = "Новина про транш МВФ\n\n" * 6000
    async with web_server(home) as port:
        url = f"matrix://{CANARY}@127.0.0.1:{port}/!news:example.test"
        receipt = await sent(url, part=Part(subject=SUBJECT, text=text, html="h"))
    assert receipt.verdict == "accepted"
    (message,) = home.messages.values()
    assert "monitor digest show" in message["body"]
    assert len(msgspec.json.encode(message)) < 65536 - 4000
