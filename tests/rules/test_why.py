"""Why an item was not told, in sentences."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import FeedStanding, Finding, Hit, Item, MatchedItem, Silence, Trouble, Verdict, Withheld
from monitor.rules import why

NOW = datetime(2024, 9, 11, 9, 0, tzinfo=UTC)
FAR, FEW = {"distance": 7, "limit": 3}, {"distance": 1, "limit": 2}
HIT = Hit(rule="imf-tranche", version="v", topic="IMF", clause="imf")
SILENCE = Silence(
    id="b6d0",
    scope="topic",
    target="kyiv-visit",
    who="olena",
    since=NOW,
    until=datetime(2024, 9, 13, 12, 0, tzinfo=UTC),
    comment="we are there",
)


def finding(clause: str, held: bool, *parts: Finding, **more: object) -> Finding:
    return Finding(clause=clause, held=held, parts=parts, **more)


def verdict(query: Finding, exclude: Finding | None = None, note: str = "") -> Verdict:
    held = query.held and not (exclude and exclude.held)
    return Verdict(rule="imf-tranche", version="v", held=held, query=query, exclude=exclude, note=note)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (verdict(finding("imf", True)), "caught"),
        (verdict(finding("imf", False)), "no imf"),
        (verdict(finding("a AND b", False, finding("a", True), finding("b", False))), "no b"),
        (verdict(finding("a OR b", False, finding("a", False), finding("b", False))), "no a OR b"),
        (
            verdict(
                finding(
                    "(a AND b) OR (c AND d)",
                    False,
                    finding("a AND b", False, finding("a", False), finding("b", False)),
                    finding("c AND d", False, finding("c", True), finding("d", False)),
                )
            ),
            "no d",
        ),
        (
            verdict(finding("a AND b NEAR/3 c", False, finding("a", True), finding("b NEAR/3 c", False, **FAR))),
            "no b NEAR/3 c (7, limit 3)",
        ),
        (verdict(finding("atleast/2(a)", False, finding("a", True), **FEW)), "no atleast/2(a) (1, limit 2)"),
        (
            verdict(finding("a", True), finding("b OR c", True, finding("b", False), finding("c", True))),
            "excluded by c",
        ),
        (verdict(finding("a", True), note="not valid on 2024-08-01"), "not valid on 2024-08-01"),
    ],
)  # fmt: skip
def test_a_verdict_in_a_line(said, expected):
    assert why.sentence(said) == expected


def matched(*hits: Hit, published: datetime | None = NOW, seen: datetime = NOW) -> MatchedItem:
    item = Item(id="a" * 32, feed="outlet", title="x", published=published)
    return MatchedItem(item=item, revision=0, seen=seen, hits=hits)


def test_an_item_that_was_told_names_its_editions():
    said = why.untold(matched(HIT), baseline=False, accounts=[why.Account("desk@s1")], digests=[])
    assert "told in desk@s1" in said


def test_an_item_that_was_seen_late_says_by_how_much():
    said = why.untold(matched(seen=NOW + timedelta(hours=5)), baseline=False, accounts=[], digests=[])
    assert "seen late: 5 hours after it was published" in said
    assert "no rule caught it" in said


def test_an_item_that_waits_says_for_what():
    assert "it waits for the next desk" in why.untold(matched(HIT), baseline=False, accounts=[], digests=["desk"])
    assert any("no digest takes it" in s for s in why.untold(matched(HIT), baseline=False, accounts=[], digests=[]))


def test_a_baseline_item_says_that_it_was_old():
    assert any("backlog" in s for s in why.untold(matched(), baseline=True, accounts=[], digests=[]))


def test_an_address_that_no_feed_showed_names_the_feeds_of_its_site():
    standings = [
        FeedStanding(feed="a", last_good=NOW),
        FeedStanding(feed="b", failures=1, down_since=NOW, trouble=Trouble(code="timeout", text="slow")),
        FeedStanding(feed="c"),
        FeedStanding(feed="d", last_good=NOW),
    ]
    hosts = {"a": "feeds.outlet.example", "b": "www.outlet.example", "c": "outlet.example", "d": "other.test"}
    said = "\n".join(why.unseen("https://www.outlet.example/x", standings, hosts))
    assert "no feed has shown this address; 4 feeds are read" in said
    assert "a was last heard 2024-09-11 09:00 UTC and did not hold it" in said
    assert "b is in trouble since 2024-09-11 09:00 UTC: timeout: slow" in said
    assert "c has not been heard yet" in said
    assert "d was" not in said
    assert "none of them is of nowhere.test" in "\n".join(why.unseen("https://nowhere.test/x", standings, hosts))


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (why.Account("desk@s1"), "told in desk@s1"),
        (why.Account("desk@s1", lead="IMF pays"), "folded into a story told in desk@s1: IMF pays"),
        (
            why.Account("desk@s1", Withheld(item="i", why="silence", by="b6d0"), SILENCE),
            "not told in desk@s1: suppressed by silence b6d0 (topic kyiv-visit) of olena until 2024-09-13 12:00 UTC: "
            "we are there",
        ),
        (why.Account("desk@s1", Withheld(item="i", why="silence", by="b6d0")), "suppressed by silence b6d0"),
        (why.Account("desk@s1", Withheld(item="i", why="alerted", by="now@a")), "already sent as alert now@a"),
        (why.Account("desk@s1", Withheld(item="i", why="repeat", by="now@a")), "story had been told in now@a"),
        (why.Account("desk@s1", Withheld(item="i", why="cap")), "there was no room"),
    ],
)
def test_an_edition_says_what_it_made_of_an_item(account, said):
    assert said in why.became(account)
    assert why.became(account) in why.untold(matched(HIT), baseline=False, accounts=[account], digests=[])


def test_what_a_silence_will_withhold_is_said_while_it_waits():
    said = why.untold(matched(HIT), baseline=False, accounts=[], digests=["desk"], silence=SILENCE)
    assert "it waits for the next desk" in said
    assert any(line.startswith("as things stand it will be suppressed by silence b6d0") for line in said)
