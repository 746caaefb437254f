"""What a document says of its own pace."""

from datetime import timedelta

import pytest
from feeds.documents import item, rss
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.head import DAYS, Manner, read
from monitor.feeds.heard import Job
from monitor.feeds.sandbox_child import read as hear

SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


@pytest.mark.parametrize(
    ("said", "pace"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl> <![CDATA[5]]> </ttl>", timedelta(minutes=5)),
        ("<ttl>99999999</ttl>", timedelta(days=7)),
        ("<ttl>0</ttl>", None),
        ("<ttl>-5</ttl><ttl>soon</ttl>", None),
        (f"<ttl>{'9' * 400}</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1)),
        ("<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", timedelta(hours=6)),
        ("<sy:updateFrequency>2</sy:updateFrequency>", timedelta(hours=12)),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1000</sy:updateFrequency>",
            timedelta(minutes=1),
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", None),
        ("<sy:updatePeriod>yearly</sy:updatePeriod>", timedelta(days=7)),
        ("<sy:updatePeriod>often</sy:updatePeriod>", None),
        ("<ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod>", timedelta(minutes=30)),
        ("", None),
    ],
)
def test_the_pace_is_the_time_to_live_or_the_period(said, pace):
    assert read(rss(said + item(""), SY)).pace == pace


@pytest.mark.parametrize(
    ("said", "hours", "days"),
    [
        ("<skipHours><hour>0</hour><hour> 23</hour><hour>24</hour><hour>7</hour></skipHours>", (0, 7, 23), ()),
        ("<skipHours><hour>25</hour><hour>-1</hour><hour>x</hour></skipHours>", (), ()),
        ("<skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>", (), (0, 6)),
        ("<skipHours><hour>1</hour>", (), ()),
        ("<hour>1</hour><day>Monday</day>", (), ()),
        ("<skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(24)) + "</skipHours>", (), ()),
        ("<skipDays>" + "".join(f"<day>{day.decode()}</day>" for day in DAYS) + "</skipDays>", (), ()),
    ],
)
def test_hours_and_days_are_skipped_unless_it_is_all_of_them(said, hours, days):
    assert read(rss(said + item(""))) == Manner(None, hours, days)


def test_it_may_stand_behind_the_items_and_counts_not_within_them():
    assert read(rss(item("<ttl>5</ttl>"))) == Manner()
    assert read(rss(item("") + "<ttl>5</ttl>")).pace == timedelta(minutes=5)


def test_it_is_heard():
    document = rss(
        "<ttl>90</ttl><skipHours><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>" + item("")
    )
    heard = hear(Job(feed="bbc", base="https://bbc.example/", lang="", content_type="", body=document))
    assert (heard.pace, heard.skip_hours, heard.skip_days) == (timedelta(minutes=90), (3,), (6,))


PIECES = ["<ttl>", "</ttl>", "<skipHours>", "<hour>", "</hour>", "</skipHours>", "<item>", "</item>", "<item/>", "24"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4)).map("".join))
def test_no_document_makes_it_fail(said):
    manner = read(said.encode("utf-8", "replace"))
    assert manner.pace is None or timedelta(minutes=1) <= manner.pace <= timedelta(days=7)
