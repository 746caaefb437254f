import hashlib
import hmac
from datetime import timedelta

import msgspec
import pytest
from digests.doors import CANARY, HTML, SOON, TEXT, Desk, Scripted, a_message, listening, web_server

from monitor.digests import webhook
from monitor.errors import ConfigError


async def sent(port: int, path: str = "/hook", *, login: str = "", scheme: str = "json", deadline=webhook.DEADLINE):
    return await webhook.send(f"{scheme}://{login}127.0.0.1:{port}{path}", a_message(), deadline=deadline)


async def test_a_webhook_gets_the_letter_as_json_with_the_deliverys_key():
    desk = Desk(200, '{"ok": true}')
    async with web_server(desk) as port:
        receipt = await sent(port, "/hooks/news")
    assert (receipt.verdict, receipt.answer) == ("accepted", '200 {"ok": true}')
    (request,) = desk.requests
    assert (request.method, request.path) == ("POST", "/hooks/news")
    assert request.headers["Idempotency-Key"] == a_message().key
    assert request.headers["Content-Type"] == "application/json"
    assert "X-Monitor-Signature" not in request.headers
    assert msgspec.json.decode(desk.bodies[0]) == {
        "key": a_message().key,
        "digest": "kyiv",
        "edition": "kyiv@2024-09-11T18:00@Europe/Kyiv",
        "queued": "2024-09-11T12:00:00Z",
        "part": 1,
        "parts": 1,
        "subject": "Київ: 1 story, Wed 11 Sep 18:00",
        "text": TEXT,
        "html": HTML,
        "items": ["i1"],
    }


async def test_a_secret_signs_the_body_and_is_not_sent():
    desk = Desk()
    async with web_server(desk) as port:
        await sent(port, f"/hook?secret={CANARY}")
    (request,), (body,) = desk.requests, desk.bodies
    expected = hmac.new(CANARY.encode(), body, hashlib.sha256).hexdigest()
    assert request.headers["X-Monitor-Signature"] == f"sha256={expected}"
    assert CANARY not in f"{request.url}{request.headers}{body}"


async def test_the_url_may_add_a_login_headers_and_query_fields():
    desk = Desk()
    async with web_server(desk) as port:
        await sent(port, "/hook?+X-Token=a%20b&-team=news&%2BX-Other=c", login="user:p%40ss@")
    (request,) = desk.requests
    assert request.headers["Authorization"] == "Basic dXNlcjpwQHNz"
    assert (request.headers["X-Token"], request.headers["X-Other"]) == ("a b", "c")
    assert dict(request.query) == {"team": "news"}


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (201, "accepted"),
        (202, "accepted"),
        (204, "accepted"),
        (400, "refused"),
        (404, "failed"),
        (410, "failed"),
        (413, "refused"),
        (422, "refused"),
        (401, "failed"),
        (403, "failed"),
        (408, "failed"),
        (429, "failed"),
        (500, "failed"),
        (502, "failed"),
        (503, "failed"),
    ],
)
async def test_a_status_decides_between_taken_not_now_and_never(status, verdict):
    async with web_server(Desk(status, "" if status == 204 else "because")) as port:
        receipt = await sent(port)
    assert receipt.verdict == verdict
    if verdict != "accepted":
        assert receipt.trouble.code == f"http_{status}"
        assert receipt.trouble.text == f"the webhook answered {status}: because"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        (
            {"Retry-After": "Wed, 11 Sep 2024 12:05:00 GMT", "Date": "Wed, 11 Sep 2024 12:00:00 GMT"},
            timedelta(minutes=5),
        ),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 40}, timedelta(seconds=10**8)),
        ({}, None),
    ],
)
async def test_a_servers_wish_to_wait_is_passed_on(headers, wait):
    async with web_server(Desk(429, "slow down", headers)) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.retry_after) == ("failed", wait)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status):
    elsewhere = Desk()
    async with web_server(elsewhere) as other:
        desk = Desk(status, "", {"Location": f"http://127.0.0.1:{other}/"})
        async with web_server(desk) as port:
            receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == ("refused", "redirect")
    assert elsewhere.requests == []


async def test_a_server_that_takes_the_letter_and_stalls_leaves_it_unknown_and_a_repeat_has_the_same_key():
    desk = Desk()
    desk.stalls = True
    async with web_server(desk) as port:
        receipt = await sent(port, deadline=SOON)
        assert (receipt.verdict, receipt.trouble.code) == ("unknown", "timeout")
        desk.stalls = False
        assert (await sent(port)).verdict == "accepted"
    first, second = desk.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


async def test_a_server_that_takes_the_letter_and_hangs_up_leaves_it_unknown():
    desk = Desk()
    desk.hangs_up = True
    async with web_server(desk) as port:
        receipt = await sent(port)
    assert (receipt.verdict, receipt.trouble.code) == ("unknown", "connection")


async def test_what_answers_and_is_no_web_server_leaves_it_unknown():
    async with listening(lambda: Scripted(b"SSH-2.0-OpenSSH_9.2\r\n")) as port:
        receipt = await sent(port)
    assert receipt.verdict == "unknown"


async def test_nobody_there_is_a_failure(unused_tcp_port):
    receipt = await sent(unused_tcp_port)
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "connection")


async def test_a_certificate_that_nobody_vouches_for_is_not_used(tls):
    desk = Desk()
    async with web_server(desk, ssl_context=tls) as port:
        receipt = await sent(port, scheme="jsons")
        assert (receipt.verdict, receipt.trouble.code) == ("failed", "tls")
        assert desk.requests == []
        assert (await sent(port, "/hook?verify=no", scheme="jsons")).verdict == "accepted"


async def test_a_server_that_talks_plain_where_tls_was_asked_for_is_a_failure():
    desk = Desk()
    async with web_server(desk) as port:
        receipt = await sent(port, scheme="jsons")
    assert receipt.verdict == "failed"
    assert desk.requests == []


async def test_a_long_answer_is_not_kept_whole_and_says_no_secret_back():
    async with web_server(Desk(500, f"{CANARY} " + "x" * 10**6)) as port:
        receipt = await sent(port, f"/hook?secret={CANARY}")
    assert receipt.answer.startswith("*** xxx")
    assert len(receipt.answer) <= 200


@pytest.mark.parametrize(
    "made",
    [
        "json://",
        "json://127.0.0.1:99999/",
        "json://[bad/",
        "json://127.0.0.1/?optional=yes&secret={}",
        "json://127.0.0.1/?secrets={}",
        "json://127.0.0.1/?method=PUT&secret={}",
        "json://127.0.0.1/?+X-Token={}%0d%0aX: y",
        "json://127.0.0.1/?:message=text&secret={}",
    ],
)
async def test_a_url_that_cannot_be_used_is_complained_of_without_showing_it(made):
    made = made.format(CANARY)
    with pytest.raises(ConfigError) as complaint:
        webhook.recipients(made)
    assert CANARY not in str(complaint.value)
    receipt = await webhook.send(made, a_message())
    assert (receipt.verdict, receipt.trouble.code) == ("failed", "config")
    assert CANARY not in str(receipt)


def test_a_webhook_is_one_recipient():
    assert webhook.recipients("jsons://user:pass@example.test/hook?secret=x") == ("1",)
