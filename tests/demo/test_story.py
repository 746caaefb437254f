"""monitor/demo/story.py: the bundled day is as it is meant to be; one that contradicts itself is refused."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.demo import story as stories
from monitor.demo.story import MOST_ITEMS, bundled, outage, read, visible, worded
from monitor.errors import ConfigError, Mistakes

STORY = bundled()
REPORTS = [(outlet.about.id, report) for outlet in STORY.outlets for report in outlet.reports]
BEGINS, ENDS = STORY.frame.begins, STORY.frame.ends
OUTLETS = [outlet.about.id for outlet in STORY.outlets]

FRAME = '[story]\ntitle = "A day"\nbegins = 2024-09-11T05:00:00Z\nends = 2024-09-11T17:00:00Z\n'
OUTLET = '[outlet]\nid = "a"\ntitle = "A"\nabout = "x"\nformat = "rss"\nlang = "en"\ngroup = "g"\ntier = 1\n'
ITEM = '[[item]]\nid = "i"\nat = 2024-09-11T06:00:00Z\ntitle = "t"\nsummary = "s"\nlink = "/i"\ntopics = []\n'


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2024, 9, 11, hour, minute, tzinfo=UTC)


class TestTheBundledDay:
    def test_five_outlets_report_in_three_languages_and_both_formats(self):
        assert len(STORY.outlets) == 5
        assert {outlet.about.lang for outlet in STORY.outlets} == {"en", "uk", "ru"}
        assert {outlet.about.format for outlet in STORY.outlets} == {"rss", "atom"}
        assert len({outlet.about.group for outlet in STORY.outlets}) == 5
        assert 40 <= len(REPORTS) <= 60

    def test_it_happens_within_its_frame_but_for_what_was_there_before(self):
        older = [report.at for _, report in REPORTS if report.at < BEGINS]
        assert all(BEGINS <= report.at <= ENDS for _, report in REPORTS if report.at >= BEGINS)
        assert len(older) >= 5
        assert all(timedelta(days=1) < BEGINS - moment <= timedelta(days=6) for moment in older)

    def test_every_topic_comes_up_in_several_outlets_and_two_languages(self):
        langs = {outlet.about.id: outlet.about.lang for outlet in STORY.outlets}
        told: dict[str, set[str]] = {}
        for name, report in REPORTS:
            for topic in report.topics:
                told.setdefault(topic, set()).add(name)
        assert set(told) == {
            *("kyiv-visit", "long-range-weapons", "iran-missiles"),
            *("kremlin-reaction", "imf-tranche", "us-politics-aid"),
        }
        assert all(len(names) >= 3 and len({langs[name] for name in names}) >= 2 for names in told.values())

    @pytest.mark.parametrize(
        "words",
        [
            "Dynamo Kyiv .* away match",
            "Chicken Kiev",
            "Pakistan .* IMF",
            "Storm Shadow собрал",
            "Israel .* Iranian missiles",
            "Kremlin palace museum",
            "Кремлёвскому дворцу",
            "Котлета по-київськи",
            "«Динамо»",
            "Long-range forecast",
        ],
    )
    def test_look_alikes_are_expected_to_be_let_pass(self, words):
        [report] = [report for _, report in REPORTS if re.search(words, report.title)]
        assert report.topics == ()

    def test_a_wire_story_is_passed_on_with_its_title_and_other_tracking_parameters(self):
        passed = [(name, report) for name, report in REPORTS if report.site]
        assert passed
        for name, report in passed:
            [source] = [one for owner, one in REPORTS if owner == report.site and one.path == report.path]
            assert name != report.site
            assert report.title == source.title
            assert report.link != source.link
            assert "utm_" in report.link

    def test_one_title_is_there_twice_with_pages_of_its_own(self):
        titles = Counter(report.title for _, report in REPORTS if not report.site)
        assert max(titles.values()) >= 2

    def test_a_headline_is_changed_on_the_same_day_under_the_same_guid(self):
        [(name, report)] = [(name, report) for name, report in REPORTS if report.revised_at]
        before, after = worded(name, report, report.at), worded(name, report, ENDS)
        assert report.guid == before.guid == after.guid
        assert before.title == report.title
        assert after.title == report.revised_title
        assert after.summary == report.summary
        assert (before.updated, after.updated) == (report.at, report.revised_at)
        assert before.published == after.published == report.at

    def test_one_outlet_fails_for_a_while_during_the_day_with_news_in_between(self):
        failing = [(outlet.about.id, one) for outlet in STORY.outlets for one in outlet.outages]
        [(name, one)] = failing
        assert BEGINS < one.since < one.until < ENDS
        assert any(one.since <= report.at < one.until for report in STORY.outlet(name).reports)
        assert outage(STORY, name, one.since - timedelta(seconds=1)) is None
        assert outage(STORY, name, one.since) == one
        assert outage(STORY, name, one.until) is None

    def test_summaries_hold_html_and_all_three_apostrophes(self):
        summaries = " ".join(report.title + report.summary for _, report in REPORTS)
        assert {"<p>", "<b>", "<img ", "<a href="} <= set(re.findall(r"<p>|<b>|<img |<a href=", summaries))
        assert all(f"п{apostrophe}я" in summaries.lower() for apostrophe in "'’ʼ")

    def test_it_names_no_real_host(self):
        hosts = re.findall(r"https?://([^/\"]+)", " ".join(report.summary + report.link for _, report in REPORTS))
        assert all(host.endswith(".example") for host in hosts)


class TestWhatIsVisible:
    @given(st.sampled_from(OUTLETS), st.datetimes(datetime(2024, 9, 5), datetime(2024, 9, 12), timezones=st.just(UTC)))
    def test_the_newest_comes_first_and_nothing_from_the_future(self, name, now):
        shown = visible(STORY, name, now)
        published = [entry.published for entry in shown]
        assert published == sorted(published, reverse=True)
        assert len(shown) <= MOST_ITEMS
        assert all(entry.published <= now and entry.updated <= now for entry in shown)
        assert len({entry.guid for entry in shown}) == len(shown)
        gone = [report for report in STORY.outlet(name).reports if report.at <= now]
        assert len(shown) == min(len(gone), MOST_ITEMS)

    def test_a_busy_outlet_shows_only_its_fifteen_newest(self):
        items = "".join(
            ITEM.replace('"i"', f'"i{n}"').replace("06:00", f"06:{n:02}").replace("/i", f"/i{n}") for n in range(20)
        )
        story = read({"storyline.toml": FRAME, "a.toml": OUTLET + items})
        assert [entry.report.id for entry in visible(story, "a", at(7))] == [f"i{n}" for n in range(19, 4, -1)]

    def test_without_a_guid_of_its_own_an_item_is_called_by_outlet_and_id(self):
        story = read({"storyline.toml": FRAME, "a.toml": OUTLET + ITEM})
        assert visible(story, "a", at(7))[0].guid == "a:i"


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("outlet", "where", "message"),
        [
            (OUTLET.replace("tier = 1", "tier = 9"), "a.toml:8:8", "'tier' is at most 5"),
            (OUTLET.replace('"rss"', '"xml"'), "a.toml:5:10", "'format' does not fit"),
            (OUTLET + ITEM.replace('title = "t"\n', ""), "a.toml:9:1", "[[item]] needs the key 'title'"),
            (OUTLET + ITEM.replace("06:00:00Z", "06:00:00"), "a.toml:11:6", "'at' does not fit"),
            (OUTLET + ITEM + "topic = []", "a.toml:16:1", "unknown key 'topic' in [[item]]"),
            (OUTLET + ITEM + ITEM, "a:i", "this id is there twice"),
            (OUTLET + ITEM.replace("06:00", "18:00"), "a:i", "after the day has ended"),
            (OUTLET + ITEM + 'site = "b"', "a:i", "links to a page that no outlet has"),
            (OUTLET + ITEM + 'revised_title = "u"', "a:i", "needs both its time and its title"),
            (
                OUTLET + ITEM + 'revised_title = "u"\nrevised_at = 2024-09-11T05:00:00Z',
                *("a:i", "revised before it appears"),
            ),
            (
                OUTLET + "[[outage]]\nsince = 2024-09-11T06:00:00Z\nuntil = 2024-09-11T05:00:00Z",
                *("a", "ends before it begins"),
            ),
        ],
    )
    def test_a_mistake_in_an_outlets_file(self, outlet, where, message):
        with pytest.raises(Mistakes) as refused:
            read({"storyline.toml": FRAME, "a.toml": outlet})
        [wrong] = refused.value.mistakes
        assert wrong.where == where
        assert message in wrong.message

    def test_a_day_without_a_frame(self):
        with pytest.raises(Mistakes, match=r"1 mistake|there is no \[story\]"):
            read({"a.toml": OUTLET})

    def test_two_outlets_of_one_name(self):
        with pytest.raises(Mistakes) as refused:
            read({"storyline.toml": FRAME, "a.toml": OUTLET, "b.toml": OUTLET})
        assert [str(wrong.message) for wrong in refused.value.mistakes] == ["two outlets have this id"]

    def test_what_is_no_toml(self):
        with pytest.raises(ConfigError, match="this is not TOML"):
            read({"storyline.toml": FRAME, "a.toml": "="})


def test_the_story_is_package_data():
    """What ``bundled`` reads is what pyproject.toml puts into the package."""
    from importlib import resources

    assert sorted(f.name for f in resources.files(stories.__package__).iterdir() if f.name.endswith(".toml")) == [
        *("dalny-svet.toml", "halden-brief.toml", "kurier.toml", "ledger-quay.toml"),
        *("meridian-wire.toml", "storyline.toml"),
    ]
