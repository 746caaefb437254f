"""Stories: the whole service in a small world, told in sentences."""

from datetime import timedelta

from world import BBC, IMF, until

from monitor.events import DigestAttempted


async def test_a_story_is_heard_judged_remembered_and_told(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    world.says(BBC, "Rain expected in the west")
    await world.polls(BBC)
    assert world.letters == []
    await world.at("07:00")
    [letter] = world.letters
    assert "IMF releases tranche for Ukraine" in letter["text"].replace("*", "")
    assert "Rain" not in letter["text"]
    told = [event.kind for event in world.events("ItemMatched", "DigestQueued", "DigestAttempted", "DigestSent")]
    assert told == ["ItemMatched", "DigestQueued", "DigestAttempted", "DigestSent"]


async def test_a_refused_letter_is_tried_again(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    world.refuses(503)
    await world.at("07:00")
    assert world.letters == []
    await world.later(minutes=2)
    assert len(world.letters) == 1


async def test_a_letter_is_told_once_however_often_the_clock_ticks_and_the_feed_is_polled(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.at("07:00")
    for _ in range(3):
        await world.polls()
        await world.later(hours=1)
    await world.at("18:00")
    await world.at("07:00")
    assert len(world.letters) == 1


async def test_an_item_that_arrives_after_the_slot_waits_for_the_next(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.at("07:00")
    world.says(IMF, "Staff mission leaves Odesa, silent on gas tariffs", summary="The IMF names no date for a tranche.")
    await world.polls(IMF)
    assert len(world.letters) == 1
    await world.at("18:00")
    assert len(world.letters) == 2
    assert "Staff mission" in world.letters[1]["text"].replace("*", "")
    assert "releases" not in world.letters[1]["text"]


async def test_an_empty_slot_sends_nothing_and_the_log_says_why(world):
    await world.at("07:00")
    assert world.letters == []
    [queued] = world.events("DigestQueued")
    assert queued.items == ()
    assert queued.deliveries == ()


async def test_what_is_older_than_the_backlog_is_remembered_and_not_told(world):
    world.says(BBC, "IMF tranche of last month", age=30 * 24)
    world.says(BBC, "IMF tranche of today", age=1)
    await world.polls(BBC)
    await world.at("07:00")
    assert {event.title: event.baseline for event in world.events("ItemSeen")} == {
        "IMF tranche of last month": True,
        "IMF tranche of today": False,
    }
    [letter] = world.letters
    assert "last month" not in letter["text"]


async def test_a_slot_that_was_slept_through_is_told_at_the_next_boot(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.dies()
    world.now = world.now.replace(hour=9)
    await world.boots()
    await world.ticks()
    assert len(world.letters) == 1
    assert world.events("DigestQueued")[0].slot.startswith("2024-09-11T07:00")


async def test_several_slots_slept_through_come_as_one_letter(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.dies()
    world.now = world.now.replace(day=14)
    await world.boots()
    await world.ticks()
    assert len(world.letters) == 1
    [queued] = world.events("DigestQueued")
    assert "covers" in queued.reason


async def test_a_feed_fails_and_recovers_and_the_log_tells_both(world):
    world.says(BBC, "Something else")
    await world.polls(BBC)
    world.fails(BBC, 503)
    await world.polls(BBC)
    await world.later(hours=1)
    await world.polls(BBC)
    world.recovers(BBC)
    await world.later(hours=1)
    await world.polls(BBC)
    kinds = [event.kind for event in world.events("FeedFailed", "FeedRecovered")]
    assert kinds == ["FeedFailed", "FeedFailed", "FeedRecovered"]
    assert [event.failures for event in world.events("FeedFailed")] == [1, 2]


async def test_two_services_on_one_log_queue_one_digest_a_slot(world):
    """The second service has the same house: its look at the views is as old as can be."""
    from monitor.service.deliver import Delivering
    from monitor.service.tell import Telling

    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    other = Telling(world.service.house)
    await world.at("06:59")
    world.now = world.now.replace(minute=0, hour=4)
    first = await world.service.telling.queue_due()
    second = await other.queue_due()
    assert len(first) + len(second) == 1
    rows = world.service.house.views.outbox_due(world.now)
    await world.service.delivering.deliver_due()
    for row in rows:
        await Delivering(world.service.house, other)._deliver(
            row
        )  # as a service does that looked before the other delivered
    assert len(world.letters) == 1
    assert len(world.events("DigestAttempted")) == 1


async def test_a_claim_of_another_service_is_respected_until_its_lease_runs_out(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    world.now = world.now.replace(hour=4, minute=0)
    await world.service.telling.queue_due()
    [row] = world.service.house.views.outbox_due(world.now)
    from monitor.digests import outbox

    claim = outbox.claim(row, world.now)
    await world.service.house.record([claim])
    await world.service.delivering.deliver_due()
    assert world.letters == []
    world.now = claim.lease_until
    await world.service.delivering.deliver_due()
    assert len(world.letters) == 1
    assert [event.n for event in world.events("DigestAttempted") if isinstance(event, DigestAttempted)] == [1, 2]


# -- when and where feeds are asked ----------------------------------------------------------------------------------


async def asks_due(world, **passed):
    """Let time pass and ask who is due, one after the other, for they have one host; answers how many were asked."""
    world.now += timedelta(**passed)
    polling, before = world.service.polling, world.asked.total()
    polling.start_due(world.now)
    await until(lambda: not polling._under_way)
    return world.asked.total() - before


async def test_feeds_are_asked_when_they_are_due_and_a_restart_asks_nobody_early(world):
    assert await asks_due(world, minutes=1) == 2
    assert await asks_due(world, minutes=14) == 0
    await world.dies()
    await world.boots()
    assert await asks_due(world, seconds=30) == 0
    assert await asks_due(world, minutes=3) == 2
    assert world.asked == {BBC: 2, IMF: 2}


async def test_a_reload_keeps_what_is_under_way(world):
    world.now += timedelta(minutes=1)
    assert world.service.polling.start_due(world.now) == 1, "the other waits for their host"
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace('interval = "15m"', 'interval = "20m"'))
    await world.service.judging.reload()
    assert world.service.polling.start_due(world.now) == 0, "the host is busy still"
    await until(lambda: not world.service.polling._under_way)
    assert await asks_due(world, minutes=1) == 1
    assert world.asked == {BBC: 1, IMF: 1}
    assert world.service.polling.due(BBC) >= world.now + timedelta(minutes=20)


async def test_no_step_of_the_clock_stops_polling_and_none_hurries_it(world):  # D19-D22, D26
    await asks_due(world, minutes=1)
    for count, step in enumerate(({"hours": 8}, {"hours": -1}, {"days": -3650}, {"days": 7300}), start=2):
        early = await asks_due(world, **step)
        assert early == (2 if timedelta(**step) > timedelta() else 0)
        await asks_due(world, hours=7)
        assert min(world.asked.values()) >= count
    assert max(world.asked.values()) <= 7


async def test_a_clock_that_is_set_back_in_the_middle_of_a_poll_puts_the_next_one_off_by_nothing(world):
    record = world.service.stories.record

    async def and_the_clock_is_set(events, state=None):
        new = await record(events, state)
        world.now -= timedelta(hours=1)
        return new

    await asks_due(world, minutes=1)
    world.service.stories.record = and_the_clock_is_set
    world.now += timedelta(hours=7)
    asked = world.now
    await world.service.polling.poll(world.service.polling.chosen([BBC])[0])
    world.service.stories.record = record
    planned = world.service.house.views.poll_state(BBC).next_due
    assert world.service.polling.due(BBC) - world.now == planned - asked


async def test_a_feed_that_moved_is_asked_at_its_new_place_after_a_day_and_three_polls(world):  # C45
    world.moves(BBC, to="new-home")
    world.items["new-home"] = []
    world.says("new-home", "IMF releases tranche for Ukraine")
    for _ in range(4):
        await world.hears(BBC)
        world.now += timedelta(hours=12)
    [moved] = world.events("FeedMoved")
    assert moved.target.endswith("/new-home")
    asked = world.asked[BBC]
    await world.dies()
    await world.boots()
    await world.hears(BBC)
    assert (world.asked[BBC], world.asked["new-home"]) == (asked, 5)
    assert len(world.events("ItemSeen")) == 1


async def test_a_wrong_move_is_not_for_ever(world):  # C45
    world.moves(BBC, to=IMF)
    for _ in range(3):
        await world.hears(BBC)
        world.now += timedelta(hours=12)
    del world.moving[BBC]
    world.fails(IMF, 404)
    for _ in range(8):
        await world.hears(BBC)
        world.now += timedelta(hours=1)
    assert [event.target[-4:] for event in world.events("FeedMoved")] == ["/imf", ""]
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    assert len(world.events("ItemMatched")) == 1


async def test_a_move_whose_target_repeats_a_secret_is_followed_and_not_written_down(world, monkeypatch):
    monkeypatch.setenv("BBC_KEY", "hunter2/hunter2")
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace(f"/{BBC}", f"/{BBC}?key=${{BBC_KEY}}"))
    await world.service.judging.reload()
    world.moves(BBC, to=f"{IMF}?key=hunter2%2Fhunter2")
    world.says(IMF, "IMF releases tranche for Ukraine")
    for _ in range(4):
        await world.hears(BBC)
        world.now += timedelta(hours=12)
    assert world.events("FeedMoved") == []
    assert len(world.events("ItemMatched")) == 1
    assert "hunter2" not in "".join(world.service.history.export())
    assert b"hunter2" not in (world.folder / "data" / "views.db-wal").read_bytes()


async def test_a_feed_that_says_twice_it_is_gone_is_asked_no_more_until_a_person_does(world):  # C46
    await world.hears()
    world.fails(BBC, 410)
    await world.hears(BBC)
    world.now += timedelta(hours=25)
    assert world.events("FeedGone") == []
    await world.hears(BBC)
    await world.hears(BBC)
    assert len(world.events("FeedGone")) == 1
    await world.dies()
    await world.boots()
    assert world.service.polling.due(BBC) is None
    asked = world.asked[BBC]
    await asks_due(world, days=30)
    assert world.asked[BBC] == asked
    world.recovers(BBC)
    await world.hears(BBC)
    assert world.asked[BBC] == asked + 1
    assert len(world.events("FeedRecovered")) == 1
    assert world.service.polling.due(BBC) is not None


async def test_a_feed_that_is_gone_is_asked_again_when_the_configuration_names_another_place(world):
    world.fails(BBC, 410)
    await world.hears(BBC)
    world.now += timedelta(hours=25)
    await world.hears(BBC)
    assert world.service.polling.due(BBC) is None
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace(f"/{BBC}", "/bbc-2"))
    world.items["bbc-2"] = []
    await world.service.judging.reload()
    await asks_due(world, minutes=1)
    assert world.asked["bbc-2"] == 1
    await world.dies()
    await world.boots()
    assert world.service.polling.due(BBC) is not None


# -- what is the same, and what is not -------------------------------------------------------------------------------


async def test_guids_made_anew_at_each_poll_repeat_nothing(world):  # B04
    for n in range(8):
        world.says(BBC, f"IMF tranche number {n}", age=n)
    for poll in range(5):
        for item in world.items[BBC]:
            item["guid"] = f"{item['link']}-{poll}"
        await world.hears(BBC)
        world.now += timedelta(minutes=20)
    world.says(BBC, "IMF tranche number 9")
    await world.hears(BBC)
    assert len(world.events("ItemSeen")) == len(world.events("ItemMatched")) == 9
    assert world.events("FeedGapSuspected", "ItemRevised") == []


async def test_a_guid_that_is_used_for_a_new_story_hides_nothing(world):  # B05
    world.says(BBC, "IMF agrees on a tranche for Ukraine", guid="top", link="https://bbc.example/1")
    await world.hears(BBC)
    story = world.items[BBC][0]
    story |= {"title": "Second IMF tranche delayed by a strike", "link": "https://bbc.example/2"}
    await world.hears(BBC)
    story["title"] = "Second IMF tranche delayed by a long strike"
    await world.hears(BBC)
    assert [event.title for event in world.events("ItemSeen")] == [
        "IMF agrees on a tranche for Ukraine",
        "Second IMF tranche delayed by a strike",
    ]
    assert [event.title for event in world.events("ItemRevised")] == [story["title"]]
    await world.at("07:00")
    [letter] = world.letters
    assert "agrees" in letter["text"]
    assert "delayed" in letter["text"]


async def test_tracking_case_and_scheme_make_no_new_item(world):  # B06
    world.says(BBC, "IMF tranche", guid="https://bbc.example/1?utm_source=a", link="https://bbc.example/1?utm_source=a")
    await world.hears(BBC)
    for link in ("https://BBC.example/1?utm_source=b", "http://www.bbc.example/1/", "HTTPS://bbc.example/1#top"):
        world.items[BBC][0] |= {"guid": link, "link": link}
        await world.hears(BBC)
    assert len(world.events("ItemSeen")) == 1


async def test_an_archive_that_is_replayed_under_new_guids_tells_nothing(world):  # B07
    for n in range(500):
        world.says(BBC, f"IMF tranche number {n}", age=n / 24)
    archive, world.items[BBC] = world.items[BBC], world.items[BBC][:5]
    await world.hears(BBC)
    world.items[BBC] = archive
    await world.hears(BBC)
    before = len(world.events())
    world.items[BBC] = archive[:1]
    world.now += timedelta(days=60)
    await world.hears(BBC)
    world.items[BBC] = [item | {"guid": f"new-{item['guid']}"} for item in archive]
    await world.hears(BBC)
    assert len(world.events()) == before
