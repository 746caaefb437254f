"""Stories: the whole service in a small world, told in sentences."""

from world import BBC, IMF

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
    world.says(IMF, "Staff mission: tranche agreed, says IMF")
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
    """The second service is another Telling over the same house: its look at the views is as old as can be."""
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
    await world.service.telling.deliver_due()
    for row in rows:
        await other._deliver(row)  # what a service does that looked before the other had delivered
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
    await world.service.telling.deliver_due()
    assert world.letters == []
    world.now = claim.lease_until
    await world.service.telling.deliver_due()
    assert len(world.letters) == 1
    assert [event.n for event in world.events("DigestAttempted") if isinstance(event, DigestAttempted)] == [1, 2]
