"""Letters through a real homeserver into a real room: exactly one message, whenever the service stops."""

import pytest
from digests.doors import TEXT, a_message
from stopped import matrix

from monitor.digests import apprise
from monitor.digests.parts import fitted
from monitor.model import Part

pytestmark = pytest.mark.chat


async def test_a_letter_is_one_message_however_often_it_is_sent_and_across_a_restart_of_the_server(home):
    room = await home.room("news")
    for _ in range(2):
        assert (await apprise.send(home.address("news"), a_message(recipient="1"))).verdict == "accepted"
    home.stop()
    home.start()
    await home.answers()
    assert (await apprise.send(home.address("news"), a_message(recipient="1"))).verdict == "accepted"
    [message] = await home.messages(room)
    assert TEXT.strip() in message["body"].replace("\r\n", "\n")


async def test_a_letter_of_200_kb_arrives_in_parts_that_lose_nothing(home):
    room = await home.room("news")
    text = "\n\n".join(f"Новина {n} про транш МВФ, @ room\n  https://a.test/{n}" for n in range(3500))
    assert len(text.encode()) > 200_000
    parts = fitted((Part(subject="Київ", text=text, html="h"),), apprise.room(home.address("news")))
    for number, part in enumerate(parts):
        receipt = await apprise.send(home.address("news"), a_message(key=f"{number:032}", recipient="1", part=part))
        assert receipt.verdict == "accepted"
    messages = await home.messages(room)
    assert len(messages) == len(parts) > 4
    shown = " ".join(word for message in messages for word in message["body"].split())
    assert all(f"https://a.test/{n} " in f"{shown} " for n in range(3500))


async def test_no_letter_is_lost_and_none_comes_twice_whenever_the_service_stops_twice(home, tmp_path):
    rooms: list[str] = []

    async def address(n: int) -> str:
        rooms.append(await home.room(f"news{n}"))
        return home.address(f"news{n}")

    runs = await matrix(tmp_path, address)
    for room, run in zip(rooms, runs, strict=True):
        assert len(await home.messages(room)) == 1, f"stopped before {run.before}"
    assert len(runs) > 8
    assert max(run.in_the_window for run in runs) > 0, "no stop came between a message and its record"
