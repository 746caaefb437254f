"""Stories of what once went wrong: each was seen on a running service before it was mended."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from world import BBC, IMF

from monitor.errors import ConfigError, Mistakes, StorageError, ViewsMissing
from monitor.feeds import moves, poll
from monitor.model import Feed, PollState
from monitor.service import places

DIGEST = """
[[digest]]
name = "broken"
channels = ["broken"]
cron = "0 7 * * *"
zone = "Europe/Kyiv"

[[channel]]
name = "broken"
url = "{url}"
"""


def add(world, text: str) -> None:
    config = world.folder / "config.toml"
    config.write_text(config.read_text() + text)


def swap(world, old: str, new: str) -> None:
    config = world.folder / "config.toml"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))


def test_a_channel_that_its_door_cannot_use_is_named_by_check_with_its_place(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "x.toml").write_text("title = 'x'\nquery = 'x'\n")
    (tmp_path / "config.toml").write_text(DIGEST.format(url="jsons://h.example/?secrt=1"))
    with pytest.raises(Mistakes) as refused:
        places.check(tmp_path / "config.toml")
    [mistake] = refused.value.mistakes
    assert mistake.where.endswith("config.toml:10:7")
    assert "channel 'broken'" in mistake.message


async def test_a_reload_refuses_a_channel_that_its_door_cannot_use(world):
    add(world, DIGEST.format(url="jsons://h.example/?secrt=1"))
    with pytest.raises(Mistakes):
        await world.service.judging.reload()
    assert len(world.service.house.config.channels) == 1


async def test_one_digest_that_cannot_be_composed_does_not_hold_up_another(world):
    add(world, DIGEST.format(url=f"json://127.0.0.1:{world.port}/hook"))
    await world.service.judging.reload()
    await world.service.settle()
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    original = world.service.telling._recipients

    def recipients(name):
        if name == "broken":
            raise RuntimeError("a mistake of ours")
        return original(name)

    world.service.telling._recipients = recipients
    await world.at("07:00")
    assert len(world.letters) == 1


async def test_a_reload_that_cannot_be_recorded_is_in_force_whole_and_recorded_later(world):
    append = world.service.house.log.append

    def full(_events):
        raise StorageError("the disk is full")

    world.service.house.log.append = full
    swap(world, 'id = "imf"', 'id = "imf-news"')
    world.rule("loans", "title = 'Loans'\nquery = 'loan'\n")
    with pytest.raises(StorageError):
        await world.service.judging.reload()
    assert world.service.polling.start_due(world.now) >= 0, "no feed is without its page"
    await world.service.polling.stop()
    world.service.house.log.append = append
    await world.service.tell()
    assert len(world.events("RulesChanged")) == 2


async def test_what_comes_while_the_views_are_lost_is_news_and_not_baseline(world):
    world.says(BBC, "Something else")
    await world.polls(BBC)
    await world.dies()
    for path in (world.folder / "data").glob("views.db*"):
        path.unlink()
    world.says(BBC, "IMF tranche of the day before yesterday", age=40)
    await world.boots()
    await world.polls(BBC)
    assert [event.baseline for event in world.events("ItemSeen")] == [False, False]
    assert len(world.events("ItemMatched")) == 1


async def test_a_feed_at_another_address_is_read_anew_at_once(world):
    world.fails(BBC, 404)
    await world.polls(BBC)
    world.says(IMF, "IMF releases tranche")
    swap(world, f"/{BBC}", f"/{IMF}")
    await world.service.judging.reload()
    feed = next(feed for feed in world.service.house.config.feeds if feed.id == BBC)
    page = poll.page(feed, world.service.house.views.poll_state(BBC))
    assert page.next_due is None
    assert (page.etag, page.body_hash) == ("", "")
    await world.service.polling.poll(feed)
    assert [event.feed for event in world.events("ItemSeen")] == [BBC]


async def test_a_shorter_interval_counts_at_once(world):
    await world.polls(BBC)
    assert world.service.polling.due(BBC) > world.now + timedelta(minutes=14)
    swap(world, 'interval = "15m"', 'interval = "5m"')
    await world.service.judging.reload()
    assert world.service.polling.due(BBC) <= world.now + timedelta(minutes=1)


async def test_allow_hosts_is_taken_up_by_a_reload(world):
    await world.polls(BBC)
    before = world.service.polling._fetcher
    swap(world, 'allow_hosts = ["127.0.0.1"]', "allow_hosts = []")
    await world.service.judging.reload()
    trouble = await world.service.polling.poll(world.service.house.config.feeds[0])
    assert trouble is not None
    assert trouble.code == "address"
    assert world.service.polling._fetcher is not before


async def test_the_data_folder_cannot_change_under_a_running_service(world):
    swap(world, "[service]", "[service]\ndata = 'elsewhere'")
    with pytest.raises(ConfigError, match="data folder"):
        await world.service.judging.reload()


async def test_views_that_were_taken_away_are_folded_anew(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    for path in (world.folder / "data").glob("views.db*"):
        path.unlink()
    await world.service.tell()
    assert (world.folder / "data" / "views.db").exists()
    await world.at("07:00")
    assert len(world.letters) == 1


async def test_views_that_are_damaged_are_folded_anew(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.dies()
    path = world.folder / "data" / "views.db"
    body = path.read_bytes()
    path.write_bytes(body[:4096] + b"\xff" * (len(body) - 4096))
    await world.boots()
    await world.ticks()
    await world.at("07:00")
    assert len(world.letters) == 1


async def test_the_views_of_a_log_that_is_gone_keep_nothing_of_it(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.dies()
    for path in (world.folder / "data").glob("log.db*"):
        path.unlink()
    await world.boots()
    await world.polls(BBC)
    assert len(world.events("ItemMatched")) == 1


async def test_who_only_asks_needs_neither_secret_nor_rule(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    await world.dies()
    swap(world, "[[digest]]", '[[channel]]\nname = "x"\nurl = "${NOT_SET_ANYWHERE}"\n\n[[digest]]')
    world.rule("imf-tranche", "nonsense")
    from monitor.service.service import Service

    with Service.open(world.folder / "config.toml", write=False) as service:
        assert service.history.counts()["matches"] == 1
        with pytest.raises(Mistakes):
            service.judging.rules()
    with pytest.raises(Mistakes):
        Service.open(world.folder / "config.toml", write=True)


async def test_a_letter_whose_answer_did_not_come_before_the_end_is_unknown_at_once(world):
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.polls(BBC)
    world.now = world.now.replace(hour=4, minute=0)
    await world.service.telling.queue_due()
    asked, answer = asyncio.Event(), world.service.delivering._hand_over

    async def stalls(*_):
        asked.set()
        await asyncio.Event().wait()

    world.service.delivering._hand_over = stalls
    world.service.delivering.start_due()
    await asked.wait()
    await world.service.delivering.finish(0.01)
    [unknown] = world.events("DigestUnknown")
    assert unknown.trouble.code == "stopped"
    world.service.delivering._hand_over = answer
    await world.later(minutes=2)
    assert len(world.letters) == 1


def test_another_url_is_another_page_and_what_was_seen_is_still_seen():
    now = datetime(2024, 9, 11, tzinfo=UTC)
    feed = Feed(id="a", url="https://a.example/feed", title="A", interval=timedelta(minutes=15))
    before = PollState(
        feed="a", etag="e", body_hash="h", next_due=now, last_good=now, source=moves.source(feed), interval=900.0
    )
    assert poll.page(feed, before) == before
    moved = poll.page(msgspec.structs.replace(feed, url="https://b.example/feed"), before)
    assert (moved.etag, moved.body_hash, moved.next_due, moved.last_good) == ("", "", None, now)
    failing = msgspec.structs.replace(before, failures=3)
    assert poll.page(msgspec.structs.replace(feed, interval=timedelta(minutes=5)), failing).next_due == now


def test_a_damaged_file_is_no_riddle_to_who_reads(tmp_path):
    from monitor.views.sqlite import Views

    (tmp_path / "views.db").write_bytes(b"junk" * 1000)
    with pytest.raises(ViewsMissing):
        Views(tmp_path / "views.db", write=False)
