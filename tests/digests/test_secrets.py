"""Wherever a letter goes and whatever is answered, the secrets of its URL stay in the URL."""

import logging
import traceback

import pytest
from aiosmtpd.smtp import AuthResult
from digests.doors import CANARY, SOON, Desk, Postman, a_message, post_office, web_server
from service.test_deliver import a_morning

from monitor.digests import apprise, smtp, webhook
from monitor.digests.outbox import door_for
from monitor.errors import ConfigError

DOORS = {"smtp": smtp, "webhook": webhook, "apprise": apprise}
TRACE = 1
URLS = [
    f"json://user:{CANARY}@127.0.0.1:%d/hook",
    f"json://127.0.0.1:%d/hook/{CANARY}-in-the-path?secret={CANARY}&+X-Token={CANARY}&-key={CANARY}",
    f"ntfy://user:{CANARY}@127.0.0.1:%d/topic",
    f"ntfy://127.0.0.1:%d/topic?auth=token&token={CANARY}",
    f"gotify://127.0.0.1:%d/{CANARY}abcd",
    f"matrix://{CANARY}@127.0.0.1:%d/!news:example.test",
    f"mmost://127.0.0.1:%d/{CANARY.replace('-', '')}abcdefghijk",
]


@pytest.fixture
def everything_said(caplog):
    """All that is logged while a test runs, by whomever, at whatever level."""
    caplog.set_level(TRACE)
    for name in ("apprise", "urllib3", "requests", "aiohttp", "asyncio", "monitor"):
        logging.getLogger(name).setLevel(TRACE)

    def said() -> str:
        ours = [record for record in caplog.records if record.name != "mail.log"]  # that is the server's own
        return "\n".join(record.getMessage() + str(record.args) for record in ours)

    yield said
    for name in ("urllib3", "requests", "aiohttp", "asyncio"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("answer", [200, 401, 429, 500, "stalls", "hangs up"])
@pytest.mark.parametrize("made", URLS)
async def test_no_secret_leaves_by_a_receipt_or_a_log(made, answer, everything_said, capfd):
    desk = Desk(answer if isinstance(answer, int) else 200, f'{{"error": "{CANARY}"}}')
    desk.stalls, desk.hangs_up = answer == "stalls", answer == "hangs up"
    async with web_server(desk) as port:
        url = made % port
        door = DOORS[door_for(url)]
        deadline = SOON if desk.stalls else door.DEADLINE
        receipt = await door.send(url, a_message(recipient=door.recipients(url)[0]), deadline=deadline)
    assert desk.requests or "matrix" in made
    token = CANARY.replace("-", "")
    for leak in (str(receipt), repr(receipt), everything_said(), *capfd.readouterr()):
        assert CANARY not in leak
        assert token not in leak


@pytest.mark.parametrize("answer", ["250 OK", f"451 {CANARY}", f"550 {CANARY}", f"552 {CANARY}", "stalls", "hangs up"])
async def test_no_password_of_a_mail_server_leaves_by_a_receipt_or_a_log(answer, everything_said, capfd, tls, trusted):
    postman = Postman(answer)
    postman.stalls, postman.hangs_up = answer == "stalls", answer == "hangs up"
    accept = AuthResult(success=True)
    async with post_office(postman, tls_context=tls, authenticator=lambda *_: accept) as port:
        url = f"mailtos://desk:{CANARY}@127.0.0.1:{port}?user=desk&from=desk@example.test&to=reader@example.test"
        receipt = await smtp.send(url, a_message(), deadline=SOON if postman.stalls else smtp.DEADLINE)
    assert postman.letters
    for leak in (str(receipt), repr(receipt), everything_said(), *capfd.readouterr()):
        assert CANARY not in leak


def test_a_url_understood_shows_no_password_when_it_is_printed():
    made = [
        smtp.account(f"mailtos://desk:{CANARY}@example.test?to=reader@example.test"),
        webhook.hook(f"jsons://desk:{CANARY}@example.test/{CANARY}?secret={CANARY}&+X-Token={CANARY}"),
    ]
    assert CANARY not in repr(made)


@pytest.mark.parametrize("url", ["mailto://u:{}@", "json://u:{}@", "tgram://{}", "matrix://u:{}@127.0.0.1/#x"])
def test_a_complaints_whole_traceback_shows_no_secret(url):
    door = DOORS[door_for(url)]
    with pytest.raises(ConfigError) as complaint:
        door.recipients(url.format(CANARY))
    assert CANARY not in "".join(traceback.format_exception(complaint.value))


OPERATOR = """
[[channel]]
name = "operator"
url = "json://127.0.0.1:{port}/alarm?secret=${{HOOK_SECRET}}"
"""


@pytest.mark.parametrize("unknown", ["resend", "hold"])
async def test_no_secret_leaves_by_a_letter_that_is_held_given_up_or_sent_again_nor_by_the_notices(
    world, unknown, everything_said, capfd, monkeypatch
):
    monkeypatch.setenv("HOOK_SECRET", CANARY)
    config = (world.folder / "config.toml").read_text(encoding="utf-8")
    config = config.replace("/hook", "/hook?secret=${HOOK_SECRET}&+X-Token=${HOOK_SECRET}")
    config = config.replace('name = "desk-hook"', f'name = "desk-hook"\nunknown = "{unknown}"')
    world.config(config + OPERATOR.format(port=world.port))
    await world.service.judging.reload()
    world.loses(3)
    await a_morning(world)
    await world.later(minutes=2)
    world.refuses(401, 400)
    for _ in range(3):
        await world.service.delivering.resend(world.events("DigestQueued")[0].edition, who="ann")
        world.loses(0)
        if world.events("DigestSent"):
            break
    answers = await world.service.channels.test("desk-hook")
    said = await world.service.channels.word("desk-hook", arrived=True, who="ann")
    await world.later(minutes=2)
    assert world.alarms
    everything = [str(event) for event in world.events()]
    files = [path.read_bytes() for path in (world.folder / "data").iterdir() if path.is_file()]
    assert CANARY.encode() not in b"".join(files)
    for leak in (*everything, str(answers), str(said), str(world.alarms), everything_said(), *capfd.readouterr()):
        assert CANARY not in leak
