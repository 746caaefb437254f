"""Catalogue F of hostile inputs: channels that stall, refuse, redirect, and words that would ring their bells.

Each case stands here once, by its number; the servers are real ones on loopback.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from digests.doors import CANARY, SOON, Desk, Postman, Scripted, a_message, listening, post_office, web_server
from digests.editions import in_parts
from digests.letters import NOON, a_letter, matched
from digests.test_apprise import Homeserver
from digests.test_smtp import read, url
from service.test_deliver import OPERATOR, a_morning, with_lines
from world import BBC

from monitor.digests import apprise, outbox, smtp, webhook
from monitor.digests.outbox import LEASE, past
from monitor.digests.render import render
from monitor.errors import ConfigError
from monitor.events import DigestAttempted, DigestFailed
from monitor.model import Part

DOORS = {"smtp": smtp, "webhook": webhook, "apprise": apprise}
BELLS = re.compile(
    r"@(everyone|here|room|channel|all)\b|<[@!#&]|\]\("
    r"|[\x00-\x09\x0b-\x1f\u202a-\u202e\u200b-\u200f\u2066-\u2069]"
)


def case(name, *values):
    return pytest.param(*values, id=name)


def test_no_case_is_forgotten():
    assert {f"F{n:02}" for n in range(1, 16)} <= set(re.findall(r"F\d\d", Path(__file__).read_text()))


async def settled(address: str, *, deadline: timedelta = SOON) -> list[Any]:
    """Try a letter as the service does until it is sent, given up or held; every event of that."""
    events: list[Any] = []
    door = DOORS[outbox.door_for(address)]
    message = a_message(recipient=door.recipients(address)[0])
    for n in range(1, 20):
        attempt = DigestAttempted(at=NOON, edition="kyiv@x", delivery="d1", n=n, lease_until=NOON + LEASE)
        receipt = await door.send(address, message, deadline=deadline)
        events += [attempt, outbox.outcome(attempt, receipt, NOON, before=past(events, "d1"))]
        if getattr(events[-1], "retry_at", None) is None:
            return events
    raise AssertionError


# -- lost answers ------------------------------------------------------------------------------------------------------


async def test_f01_a_mail_server_that_takes_every_letter_and_stalls_gets_two_with_one_id():
    """F01 smtp_hang_after_data"""
    postman = Postman()
    postman.stalls = True
    async with post_office(postman) as port:
        events = await settled(url(port))
    assert [event.kind for event in events[1::2]] == ["DigestUnknown", "DigestUnknown"]
    assert [read(envelope)["Message-ID"] for envelope in postman.letters] == [f"<{a_message().key}@example.test>"] * 2


@pytest.mark.parametrize("made", ["json://127.0.0.1:%d/hook", "ntfy://127.0.0.1:%d/one"])
async def test_f04_a_web_server_that_takes_every_letter_and_stalls_gets_two_with_one_key(made):
    """F04 http_accept_then_stall"""
    desk = Desk()
    desk.stalls = True
    async with web_server(desk) as port:
        events = await settled(made % port)
    assert [event.kind for event in events[1::2]] == ["DigestUnknown", "DigestUnknown"]
    assert len(desk.requests) == 2
    assert desk.bodies[0] == desk.bodies[1]
    if made.startswith("json"):
        assert {request.headers["Idempotency-Key"] for request in desk.requests} == {a_message().key}


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind", "again", "letters"),
    [
        case("F02 smtp_451", "451 4.3.0 later", "failed", True, 1),
        case("F02 smtp_550", "550 5.7.1 no", "refused", False, 1),
        case("F02 smtp_552", "552 5.3.4 too big", "refused", False, 2),  # whole, then without its HTML
    ],
)
async def test_f02_a_code_says_whether_to_try_again(answer, kind, again, letters):
    postman = Postman(answer)
    async with post_office(postman) as port:
        receipt = await smtp.send(url(port), a_message())
    attempt = DigestAttempted(at=NOON, edition="e", delivery="d1", n=1, lease_until=NOON + LEASE)
    ended = outbox.outcome(attempt, receipt, NOON)
    assert receipt.verdict == kind
    assert isinstance(ended, DigestFailed)
    assert (ended.retry_at is not None) is again
    assert len(postman.letters) == letters
    assert len({read(envelope)["Message-ID"] for envelope in postman.letters}) == 1


async def test_f03_a_banner_that_never_comes_is_a_time_out():
    """F03 smtp_banner_tarpit"""
    async with listening(lambda: Scripted(b"")) as port:
        receipt = await smtp.send(url(port), a_message(), deadline=SOON)
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "timeout")


async def test_f03_no_letter_and_no_password_goes_out_in_the_clear_where_tls_was_asked_for():
    """F03 no_starttls"""
    postman = Postman()
    async with post_office(postman) as port:
        receipt = await smtp.send(url(port, scheme="mailtos", login=f"desk:{CANARY}@"), a_message())
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "tls")
    assert postman.letters == []


@pytest.mark.parametrize("made", ["json://127.0.0.1:%d/hook", "ntfy://127.0.0.1:%d/one"])
async def test_f05_a_letter_is_not_sent_on_to_another_address(made):
    """F05 http_307_redirect"""
    elsewhere = Desk()
    async with (
        web_server(elsewhere) as other,
        web_server(Desk(307, "", {"Location": f"http://127.0.0.1:{other}/"})) as port,
    ):
        door = DOORS[outbox.door_for(made)]
        receipt = await door.send(made % port, a_message(recipient="1"))
    assert receipt.verdict in ("refused", "failed")
    assert elsewhere.requests == []


@pytest.mark.parametrize("made", ["json://127.0.0.1:%d/hook", "ntfy://127.0.0.1:%d/one?retry=2"])
async def test_f06_a_busy_server_is_asked_once_an_attempt_and_its_wish_is_kept(made):
    """F06 http_429_with_retry_after"""
    desk = Desk(429, "{}", {"Retry-After": "7200"})
    async with web_server(desk) as port:
        receipt = await DOORS[outbox.door_for(made)].send(made % port, a_message(recipient="1"))
    assert (receipt.verdict, receipt.trouble.code, len(desk.requests)) == ("failed", "http_429", 1)
    attempt = DigestAttempted(at=NOON, edition="e", delivery="d1", n=1, lease_until=NOON + LEASE)
    wait = outbox.outcome(attempt, receipt, NOON).retry_at - NOON
    assert wait == (timedelta(hours=2) if made.startswith("json") else outbox.WAITS[0])


async def test_f07_what_a_service_calls_success_makes_no_channel_verified(world):
    """F07 xmpp_wrong_password: Apprise says SUCCESS; only a person's word counts."""
    await a_morning(world)
    assert len(world.letters) == 1
    [channel] = world.service.channels.standings()
    assert channel.state == "unverified"


@pytest.mark.parametrize(
    "made", ["ntfy://127.0.0.1:9/one?optional=yes", "mailto://u:p@127.0.0.1:9?to=a@b.test&from=a@b.test&optional=yes"]
)
def test_f08_a_channel_that_would_lie_about_a_dead_port_is_refused(made):
    """F08 optional_yes on a dead port"""
    with pytest.raises(ConfigError, match="optional"):
        DOORS[outbox.door_for(made)].recipients(made)


async def test_f13_a_revoked_token_is_one_notice_on_another_channel(world):
    """F13 token_revoked_401"""
    await with_lines(world, OPERATOR.replace("/hook", "/alarm"))
    world.refuses(*[401] * 30)
    await a_morning(world)
    for hour in range(12):
        world.says(BBC, f"IMF speaks of tranche {hour} for Ukraine")
        await world.polls(BBC)
        await world.later(hours=3)
    assert len(world.events("DigestFailed")) > 3
    refused = [notice for notice in world.alarms if "refuses us" in notice["subject"]]
    assert len(refused) == 1
    assert "monitor channels test desk-hook" in refused[0]["text"]


# -- long letters, and letters sent twice ------------------------------------------------------------------------------


async def test_f09_a_letter_of_200_kb_is_split_by_us_into_a_row_for_each_part():
    """F09 body_200KB"""
    home = Homeserver()
    whole = Part(subject="s", text="\n\n".join(f"Новина {n} про транш МВФ" for n in range(5000)), html="h")
    assert len(whole.text.encode()) > 190_000
    async with web_server(home) as port:
        address = f"matrix://{CANARY}@127.0.0.1:{port}/!news:example.test"
        event = outbox.queued(
            a_letter(matched()),
            slot="request x",
            reason="requested",
            through="",
            parts=[whole],
            recipients={"chat": apprise.recipients(address)},
            rooms={"chat": apprise.room(address)},
            now=NOON,
        )
        for delivery in event.deliveries:
            assert (await apprise.send(address, outbox.message(event, delivery))).verdict == "accepted"
    assert len(home.messages) == len(event.deliveries) > 3
    shown = " ".join(message["body"] for message in home.messages.values())
    assert all(f"Новина {n} про" in shown for n in range(5000))


async def test_f14_after_a_crash_between_parts_the_next_unsent_part_is_the_next(world):
    """F14 crash_between_parts"""
    texts = await in_parts(world, 5)
    rows = world.service.house.views.letters("request@x")
    for _ in range(2):
        [row] = [row for row in world.service.house.views.outbox_due(world.now) if row.edition == rows[0].edition]
        await world.service.delivering._deliver(row)
    await world.dies()
    await world.boots()
    await world.later(seconds=1)
    assert [letter["text"] for letter in world.letters] == texts


async def test_f15_two_sends_have_one_key_and_are_one_message_where_the_server_knows_that():
    """F15 two_sends_same_key"""
    home, desk, postman = Homeserver(), Desk(), Postman()
    async with web_server(home) as chat, web_server(desk) as hook, post_office(postman) as mail:
        for _ in range(2):
            await apprise.send(f"matrix://{CANARY}@127.0.0.1:{chat}/!news:example.test", a_message(recipient="1"))
            await webhook.send(f"json://127.0.0.1:{hook}/", a_message(recipient="1"))
            await smtp.send(url(mail), a_message())
    assert len(home.messages) == 1
    assert {request.headers["Idempotency-Key"] for request in desk.requests} == {a_message().key}
    assert len({read(envelope)["Message-ID"] for envelope in postman.letters}) == 1
    assert len(postman.letters) == len(desk.requests) == 2


# -- words that ring bells ---------------------------------------------------------------------------------------------

LOUD = (
    "IMF @everyone @here @room @channel <!channel> <@U123> <#C9> [pay](javascript:alert(1)) "
    "\u202etxet\u200b \x1b[31m \x00end"
)


def loud_part() -> Part:
    item = matched(LOUD, url="https://a.test/1", summary=LOUD)
    [part] = render(a_letter(item))
    return part


@pytest.mark.parametrize(
    "made",
    [
        "json://127.0.0.1:%d/hook",
        "ntfy://127.0.0.1:%d/one",
        "mmost://127.0.0.1:%d/" + "k" * 26,
        "gotify://127.0.0.1:%d/abcdefghijklmno",
        "rocket://" + "a" * 20 + "/" + "b" * 24 + "@127.0.0.1:%d/#news",
    ],
)
async def test_f10_f11_f12_nothing_that_calls_hides_or_disguises_leaves_by_a_web_service(made):
    """F10 subject_crlf, NUL, bidi. F11 ping_everyone, here, room, channel, user id. F12 markdown_js_link."""
    desk = Desk(200, '{"success": true}')
    part = msgspec.structs.replace(loud_part(), subject=f"Kyiv\r\nBcc: x@evil.test \x00\u202e {LOUD}")
    async with web_server(desk) as port:
        door = DOORS[outbox.door_for(made)]
        assert (await door.send(made % port, a_message(recipient="1", part=part))).verdict == "accepted"
    said = msgspec.json.decode(desk.bodies[0])
    for name in ("subject", "title", "text", "message", "body"):
        shown = str(said.get(name, "")).replace("\r\n", "\n")
        assert not BELLS.search(shown), (name, shown)
    assert "everyone" in str(said)


async def test_f10_f11_f12_nor_by_matrix_nor_by_mail():
    part = msgspec.structs.replace(loud_part(), subject=f"Kyiv\r\nBcc: x@evil.test \x00\u202e {LOUD}")
    home, postman = Homeserver(), Postman()
    async with web_server(home) as chat, post_office(postman) as mail:
        await apprise.send(f"matrix://{CANARY}@127.0.0.1:{chat}/!n:example.test", a_message(recipient="1", part=part))
        await smtp.send(url(mail), a_message(part=part))
    [message], letter = home.messages.values(), read(postman.letters[0])
    bodies = [letter.get_body((kind,)).get_content() for kind in ("plain", "html")]
    for shown in (message["body"], str(message.get("m.mentions", "")), str(letter["Subject"]), *bodies):
        text = re.sub(r"<!doctype|<!--", "", shown.replace("\r\n", "\n"), flags=re.IGNORECASE)
        assert not BELLS.search(text), text
    assert "Bcc" not in letter
    assert 'href="javascript' not in bodies[1]


def test_f12_only_links_to_the_web_are_links():
    item = matched("IMF releases tranche", url="javascript:alert(1)")
    [part] = render(a_letter(item))
    assert "javascript" not in part.text + part.html
