"""Articles: fetched where config.toml asks for them, read in the cage, judged, and asked for once."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from world import BBC, IMF, World, until

from monitor.errors import StorageError
from monitor.events import ItemMatched

pytest.importorskip("trafilatura")

ALWAYS, MATCH = "full_text = true", 'full_text = "match"'
RULE = """
title = "Grain corridor"
query = 'body:"grain corridor"'
"""
PARAGRAPH = "Ministers met in Odesa on Wednesday and spoke for three hours about the harvest, insurers and the port. "


def page(*paragraphs: str) -> str:
    """An article among what usually stands around one."""
    menu = "".join(f"<li><a href='/s{n}'>Section {n}</a></li>" for n in range(20))
    told = "".join(f"<p>{paragraph}</p>" for paragraph in (PARAGRAPH, *paragraphs, PARAGRAPH.replace("three", "two")))
    return (
        "<!doctype html><html><head><title>t</title></head><body>"
        f"<nav><ul>{menu}</ul></nav><article><h1>h</h1>{told}</article></body></html>"
    )


CORRIDOR = page("They agreed to open the grain corridor again before the winter, the minister said afterwards.")


@pytest.fixture
async def world(tmp_path):
    """BBC's articles are read, the IMF's where a rule has caught the headline."""
    async with World(tmp_path, keys={BBC: ALWAYS, IMF: MATCH}) as one:
        one.rule("corridor", RULE)
        await one.service.judging.reload()
        yield one


async def test_a_word_that_only_the_article_has_is_caught_and_shown_in_the_letter(world):
    world.says(BBC, "Ministers meet in Odesa", link=world.writes("odesa", CORRIDOR), summary="Talks about the harvest.")
    await world.hears()
    assert world.events("ItemMatched") == []
    await world.reads()
    [read], [match] = world.events("ItemTextRead"), world.events("ItemMatched")
    assert read.text.count("grain corridor") == 1
    assert "Section" not in read.text
    assert (match.rule, match.spans[0].field) == ("corridor", "body")
    await world.at("07:00")
    [letter] = world.letters
    assert "open the *grain corridor* again" in " ".join(letter["text"].split())


async def test_an_article_is_asked_for_once(world):
    world.says(BBC, "Ministers meet in Odesa", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    await world.reads()
    await world.hears()
    await world.reads()
    await world.dies()
    await world.boots()
    await world.hears()
    await world.reads()
    assert world.asked["odesa"] == 1
    assert len(world.events("ItemMatched")) == 1


async def test_a_tick_of_the_daemon_reads_and_the_end_of_the_service_breaks_it_off(world):
    world.says(BBC, "Ministers meet in Odesa", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    await world.service.tell()
    await until(lambda: world.events("ItemTextRead"))
    world.says(BBC, "Ministers meet in Kyiv", link=world.writes("kyiv", CORRIDOR))
    await world.hears()
    await world.service.tell()
    await world.service.stop("the test is over", 1)
    assert len(world.events("ItemTextRead")) == 1


async def test_where_only_matches_are_wanted_only_what_a_rule_caught_is_asked_for(world):
    world.says(IMF, "IMF pays tranche", link=world.writes("tranche", CORRIDOR))
    world.says(IMF, "Ministers meet in Odesa", guid="odesa", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    await world.reads()
    assert (world.asked["tranche"], world.asked["odesa"]) == (1, 0)
    assert [event.rule for event in world.events("ItemMatched")] == ["imf-tranche", "corridor"]
    world.revises(IMF, "odesa", "IMF tranche on the table as ministers meet in Odesa")
    await world.hears()
    await world.reads()
    assert world.asked["odesa"] == 1
    assert len(world.events("ItemMatched")) == 4


async def test_a_rule_that_caught_the_headline_does_not_catch_the_article_again_even_if_it_was_changed_since(world):
    world.says(BBC, "IMF pays tranche", link=world.writes("tranche", page("The IMF paid the tranche.")))
    await world.hears()
    world.rule("imf-tranche", 'title = "IMF"\nquery = "IMF AND tranche"\npriority = "high"')
    await world.service.judging.reload()
    await world.reads()
    [match] = world.events("ItemMatched")
    assert (match.topic, match.spans[0].field) == ("IMF tranche", "title")


async def test_a_revision_is_judged_with_the_text_that_was_read(world):
    guid = world.says(BBC, "Ministers meet in Odesa", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    await world.reads()
    world.revises(BBC, guid, "Ministers have met in Odesa")
    await world.hears()
    await world.reads()
    assert [(event.rule, event.revision) for event in world.events("ItemMatched")] == [("corridor", 0), ("corridor", 1)]
    assert world.asked["odesa"] == 1


async def test_a_page_without_an_article_is_trouble_and_told_once(world):
    said = {
        "http_403": {"body": "robots keep out", "status": 403},
        "not_html": {"body": b"%PDF-1.7 ...", "content_type": "application/pdf"},
        "no_text": {"body": "<!doctype html><html><body><form><input name=user></form></body></html>"},
    }
    for name, page in said.items():
        world.says(BBC, f"Story with {name}", guid=name, link=world.writes(name, **page))
    await world.hears()
    await world.reads()
    await world.dies()
    await world.boots()
    await world.reads()
    read = world.events("ItemTextRead")
    assert sorted((event.trouble.code, event.text) for event in read) == sorted((code, "") for code in said)
    assert [world.asked[name] for name in said] == [1, 1, 1]


async def test_a_busy_server_is_asked_again_and_at_last_no_more(world):
    for name in ("stays", "recovers"):
        world.says(BBC, f"{name} busy", link=world.writes(name, "busy", status=503))
    await world.hears()
    for minutes, asked in ((0, 1), (1, 1), (1, 2), (15, 3), (60, 4), (23 * 60, 4)):
        await world.later(minutes=minutes)
        await world.reads()
        assert world.asked["stays"] == asked
        world.writes("recovers", CORRIDOR)
    assert world.asked["recovers"] == 2
    assert {event.trouble and event.trouble.code for event in world.events("ItemTextRead")} == {None, "http_503"}
    assert len(world.events("ItemMatched")) == 1


async def test_what_was_old_at_first_contact_or_names_no_page_is_not_asked_for(world):
    world.says(BBC, "Old news", link=world.writes("old", CORRIDOR), age=48)
    world.says(BBC, "No link", link="mailto:desk@bbc.example")
    await world.hears()
    assert world.service.reading.start_due(world.now) == []


async def test_an_article_that_could_not_be_asked_for_within_a_day_is_left(world):
    world.says(BBC, "Ministers meet", link=world.writes("page", CORRIDOR))
    await world.hears()
    await world.later(hours=25)
    assert world.service.reading.start_due(world.now) == []


async def test_no_article_is_asked_for_at_an_address_that_is_not_public(world):
    world.says(BBC, "Ministers meet", link="http://127.0.0.2/admin")
    await world.hears()
    await world.reads()
    [read] = world.events("ItemTextRead")
    assert read.trouble.code == "address"


async def test_a_crash_before_recording_costs_one_more_request_and_no_match_is_told_twice(world, monkeypatch):
    class PowerCut(BaseException):
        """The machine is off."""

    def off(_events):
        raise PowerCut

    world.says(BBC, "IMF pays tranche", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    with monkeypatch.context() as cut:
        cut.setattr(world.service.house.log, "append", off)
        with pytest.raises(PowerCut):
            await world.reads()
    assert world.events("ItemTextRead") == []
    await world.dies()
    await world.boots()
    await world.reads()
    assert world.asked["odesa"] == 2
    assert len(world.events("ItemTextRead")) == 1
    assert [event.rule for event in world.events("ItemMatched")] == ["imf-tranche", "corridor"]


async def test_a_feed_that_is_switched_off_is_read_no_more_and_one_that_is_switched_on_from_then(world):
    world.says(BBC, "Ministers meet", link=world.writes("first", CORRIDOR))
    world.says(IMF, "Ministers meet", link=world.writes("second", CORRIDOR))
    await world.hears()
    world.configures({IMF: ALWAYS})
    await world.service.judging.reload()
    await world.reads()
    assert (world.asked["first"], world.asked["second"]) == (0, 1)


async def test_where_no_feed_asks_for_articles_nothing_is_looked_for(world, monkeypatch):
    world.configures({})
    await world.service.judging.reload()
    monkeypatch.setattr(world.service.house.views, "unread", None)  # to ask it would be a mistake
    world.says(BBC, "Ministers meet", link=world.writes("first", CORRIDOR))
    await world.hears()
    await world.reads()
    assert world.asked["first"] == 0


async def test_one_host_is_asked_for_one_article_at_a_time_and_four_at_most_are_under_way(world):
    for n in range(6):
        world.says(BBC, f"Story {n}", link=f"https://h{n // 2}.example/{n}")
        world.says(IMF, f"IMF tranche {n}", link=f"https://i{n}.example/{n}")
    await world.hears()
    tasks = world.service.reading.start_due(world.now)
    started = {task.get_name().removeprefix("read ") for task in tasks}
    hosts = {urlsplit(world.service.house.views.item(item).item.url).hostname for item in started}
    assert (len(tasks), len(hosts)) == (4, 4)
    assert world.service.reading.start_due(world.now) == []
    await world.service.reading.stop()  # before any of them has gone anywhere


async def test_a_log_that_cannot_be_written_costs_a_minute_and_another_request(world, monkeypatch):
    def full(_events):
        raise StorageError("the disk is full")

    world.says(BBC, "Ministers meet in Odesa", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    with monkeypatch.context() as cut:
        cut.setattr(world.service.house.log, "append", full)
        await world.reads()
        await world.reads()
    assert (world.asked["odesa"], world.events("ItemTextRead")) == (1, [])
    world.now += timedelta(minutes=1)
    await world.reads()
    assert (world.asked["odesa"], len(world.events("ItemTextRead"))) == (2, 1)


async def test_the_past_is_held_against_rules_with_its_articles(world):
    world.says(BBC, "Ministers meet in Odesa", link=world.writes("odesa", CORRIDOR))
    await world.hears()
    await world.reads()
    world.rule("harvest", 'title = "Harvest"\nquery = "body:(insurers AND port)"')
    await world.service.judging.reload()
    since = world.now - timedelta(days=1)
    workshop = world.service.workshop
    [found] = workshop.try_file(world.folder / "rules" / "harvest.toml", since, lambda _done, _of: None)
    assert found.hits[0].spans[0].field == "body"
    assert await workshop.rematch(since) == 1
    assert [event.rule for event in world.events(ItemMatched.kind)] == ["corridor", "harvest"]
    held = {verdict.rule: verdict.held for verdict in workshop.explain(found.item.id)[1]}
    assert held == {"corridor": True, "harvest": True, "imf-tranche": False}
