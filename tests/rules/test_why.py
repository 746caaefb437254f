"""Why an item was not told, in sentences."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import FeedStanding, Finding, Hit, Item, MatchedItem, Trouble, Verdict
from monitor.rules import why

NOW = datetime(2024, 9, 11, 9, 0, tzinfo=UTC)
FAR, FEW = {"distance": 7, "limit": 3}, {"distance": 1, "limit": 2}
HIT = Hit(rule="imf-tranche", version="v", topic="IMF", clause="imf")


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
    said = why.untold(matched(HIT), baseline=False, told_in=["desk@s1"], digests=[])
    assert "told in desk@s1" in said


def test_an_item_that_was_seen_late_says_by_how_much():
    said = why.untold(matched(seen=NOW + timedelta(hours=5)), baseline=False, told_in=[], digests=[])
    assert "seen late: 5 hours after it was published" in said
    assert "no rule caught it" in said


def test_an_item_that_waits_says_for_what():
    assert "it waits for the next desk" in why.untold(matched(HIT), baseline=False, told_in=[], digests=["desk"])
    assert any("no digest takes it" in s for s in why.untold(matched(HIT), baseline=False, told_in=[], digests=[]))


def test_a_baseline_item_says_that_it_was_old():
    assert any("backlog" in s for s in why.untold(matched(), baseline=True, told_in=[], digests=[]))


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
