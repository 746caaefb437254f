"""Letters of the whole service: what they remember of the letters before."""

import pytest
from world import BBC, IMF

from monitor.errors import Mistakes
from monitor.service import places

ALARM = '\n[[channel]]\nname = "operator"\nurl = "json://127.0.0.1:{port}/alarm"\n'
FLASH = """
[[digest]]
name = "flash"
channels = ["desk-hook"]
when = "now"
group_wait = "0s"
"""


def text(letter) -> str:
    return letter["text"]


async def test_a_headline_that_changes_after_its_letter_is_corrected_once_in_the_next(world):
    guid = world.says(BBC, "IMF tranche: four hurt")
    await world.polls()
    await world.at("07:00")
    world.revises(BBC, guid, "IMF tranche: nobody hurt")
    await world.polls()
    await world.at("18:00")
    assert "was: IMF tranche: four hurt\nnow: IMF tranche: nobody hurt" in text(world.letters[1])
    await world.at("07:00")
    assert len(world.letters) == 2
    world.revises(BBC, guid, "IMF tranche: four hurt")
    await world.polls()
    await world.at("18:00")
    assert "was: IMF tranche: nobody hurt\nnow: IMF tranche: four hurt" in text(world.letters[2])


async def test_what_was_an_alert_is_a_line_in_the_digest(world):
    world.config((world.folder / "config.toml").read_text() + FLASH)
    await world.dies()
    await world.boots()
    await world.later(minutes=1)
    world.says(BBC, "IMF tranche for Ukraine")
    await world.polls()
    await world.later(minutes=5)
    assert [letter["subject"] for letter in world.letters] == ["flash: IMF tranche for Ukraine"]
    world.says(IMF, "Another IMF tranche")
    await world.hears()
    await world.at("07:00")
    digest = next(text(letter) for letter in world.letters if letter["subject"].startswith("desk"))
    assert "Sent as an alert at 06:0" in digest
    queued = [event for event in world.events("DigestQueued") if event.digest == "desk"][-1]
    assert {one.why for one in queued.withheld} == {"alerted"}
    assert len(queued.items) == len(queued.headlines) == len(queued.stories)


async def test_the_digest_of_a_week_draws_what_each_day_brought(world):
    for day in range(3):
        for n in range(day + 1):
            world.says(BBC, f"IMF tranche {day} {n}")
        await world.polls()
        await world.at("18:00")
    assert "IMF tranche" + " " * 27 + "···········▅▅·  0 today, 6 in all" in text(world.letters[-1])


async def test_a_digest_looks_as_it_would_have_looked_then(world):
    world.says(BBC, "IMF tranche, morning")
    await world.polls()
    before = world.now
    await world.at("07:00")
    await world.later(hours=5)
    world.says(BBC, "IMF tranche, noon")
    await world.polls()
    [now] = world.service.telling.preview("desk")
    [then] = world.service.telling.preview("desk", before)
    assert ("noon" in now.text, "morning" in now.text) == (True, False)
    assert ("noon" in then.text, "morning" in then.text) == (False, True)
    [sent] = world.events("DigestQueued")
    [at_its_time] = world.service.telling.preview("desk", sent.at)
    assert at_its_time.subject == "desk: nothing new, Wed 11 Sep 07:00"


async def test_a_template_of_ones_own_makes_the_letter_and_one_that_fails_is_told_of(world):
    folder = world.folder / "templates"
    folder.mkdir()
    (folder / "desk.txt.j2").write_text("Dear desk, {{ letter.entries }} today.")
    world.config((world.folder / "config.toml").read_text() + ALARM.format(port=world.port))
    await world.dies()
    await world.boots()
    world.says(BBC, "IMF tranche, morning")
    await world.polls()
    await world.at("07:00")
    assert text(world.letters[0]) == "Dear desk, 1 today."
    (folder / "desk.txt.j2").write_text("\n{{ letter.entires }}")
    with pytest.raises(Mistakes, match="has no attribute 'entires'") as wrong:
        places.check(world.folder / "config.toml")
    assert wrong.value.mistakes[0].where == "templates/desk.txt.j2:2"
    world.says(BBC, "IMF tranche, noon")
    await world.polls()
    await world.at("18:00")
    assert "The template of this digest failed" in text(world.letters[1])
    assert "templates/desk.txt.j2:2:" in text(world.letters[1])
    await world.ticks()
    assert [alarm["subject"] for alarm in world.alarms] == ["The template of the digest desk failed"]


async def test_a_template_that_cannot_be_read_is_a_mistake_and_no_reason_to_be_silent(world):
    (world.folder / "templates").mkdir()
    (world.folder / "templates" / "letter.html.j2").write_bytes(b"\xff\xfe")
    with pytest.raises(Exception, match="a template cannot be read"):
        places.check(world.folder / "config.toml")
    world.says(BBC, "IMF tranche, morning")
    await world.polls()
    await world.at("07:00")
    assert "a template cannot be read" in text(world.letters[0])
