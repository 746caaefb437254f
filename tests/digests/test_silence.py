"""Which wish keeps an item out of a letter."""

from datetime import UTC, datetime, timedelta

import pytest

from monitor.digests.silence import phrases, which
from monitor.model import Hit, Item, MatchedItem, Silence

NOW = datetime(2024, 9, 11, 12, 0, tzinfo=UTC)


def silence(scope, target, **values):
    given = {"id": "b6d0", "who": "olena", "since": NOW - timedelta(hours=1), "until": NOW + timedelta(days=2)}
    return Silence(scope=scope, target=target, **{**given, "comment": "enough", **values})


def hit(rule, priority="normal"):
    return Hit(rule=rule, version="1", topic=rule.title(), priority=priority, digests=(), clause="x", spans=())


def item(title="A minister visits Kyiv", summary="", *, rules=("kyiv-visit",), story="", priority="normal"):
    one = Item(id="1f2e3d", feed="meridian", url="https://meridian.example/1", title=title, summary=summary)
    return MatchedItem(item=one, revision=0, seen=NOW, hits=tuple(hit(rule, priority) for rule in rules), story=story)


@pytest.mark.parametrize(
    "wish",
    [
        silence("topic", "kyiv-visit"),
        silence("feed", "meridian"),
        silence("story", "1f2e3d"),
        silence("words", "minister visits"),
    ],
    ids=lambda wish: wish.scope,
)
@pytest.mark.parametrize("priority", ["low", "normal", "high"])
def test_a_silence_keeps_what_it_is_about_out_whatever_its_priority(wish, priority):
    assert which(item(priority=priority), [wish], NOW) is wish


@pytest.mark.parametrize(
    "wish", [silence("topic", "kyiv"), silence("feed", "mer"), silence("story", "1f2e"), silence("words", "visit")]
)
def test_a_silence_is_about_nothing_else(wish):
    assert which(item(), [wish], NOW) is None


def test_a_later_item_of_a_silenced_story_is_kept_out():
    assert which(item(story="aa00"), [silence("story", "aa00")], NOW)


def test_what_another_topic_wants_to_tell_is_told():
    both = item(rules=("kyiv-visit", "grain"))
    assert which(both, [silence("topic", "kyiv-visit")], NOW) is None
    assert which(both, [silence("topic", "grain"), silence("topic", "kyiv-visit", id="c0")], NOW).id == "c0"


def test_a_silence_ends_at_its_time_or_when_it_is_lifted():
    wish = silence("feed", "meridian", lifted=NOW + timedelta(hours=1))
    assert which(item(), [wish], NOW)
    assert which(item(), [wish], NOW + timedelta(hours=1)) is None
    assert which(item(), [silence("feed", "meridian")], NOW + timedelta(days=2)) is None
    assert which(item(), [silence("feed", "meridian")], NOW - timedelta(hours=2)) is None  # it had not begun


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("ministro garcia", "Ministro GARCÍA renuncia"),
        ('"storm shadow"', "Storm-Shadow missiles reach the front"),
        ("“storm shadow” front", "Storm Shadow at the front"),
        ("п'ятниця", "Перша Пʼятниця місяця"),
        ("візит*", "Два візити за тиждень"),
        ("straße", "STRASSE gesperrt"),
        ("北京", "代表团抵达北京访问"),
        ("c++", "The C standard"),
    ],
)
def test_words_are_the_same_in_any_case_and_accent(target, title):
    assert which(item(title), [silence("words", target)], NOW)


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("visit", "Visitors welcome"),
        ('"shadow storm"', "Storm Shadow"),
        ("мир", "Мирный план"),
        ("їжа", "Іжа"),
        ("storm rain", "Storm, and no more"),
        ("*", "Anything"),
        ('""', "Anything"),
    ],
)
def test_words_are_whole_and_all_of_them_stand_there(target, title):
    assert which(item(title), [silence("words", target)], NOW) is None


def test_one_word_may_stand_in_the_title_and_another_in_the_summary():
    assert which(item("Storm", "with rain"), [silence("words", "storm rain")], NOW)


def test_what_holds_no_word_is_no_wish():
    assert phrases(' * -- "" ') == ()
