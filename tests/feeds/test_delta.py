"""Nothing new is known before anything is parsed."""

import pytest

from monitor.feeds.delta import body_hash, unchanged
from monitor.feeds.heard import Reply
from monitor.model import PollState, Trouble

BEFORE = PollState(feed="bbc", body_hash=body_hash(b"<rss/>"))


@pytest.mark.parametrize(
    ("reply", "same"),
    [
        (Reply(url="", status=304), True),
        (Reply(url="", status=204), True),
        (Reply(url="", status=200, body=b"<rss/>"), True),
        (Reply(url="", status=200, body=b"<rss />"), False),
        (Reply(url="", status=304, trouble=Trouble(code="protocol", text="")), False),
    ],
)
def test_nothing_new(reply, same):
    assert unchanged(BEFORE, reply) is same


def test_a_feed_never_heard_has_everything_new():
    assert not unchanged(PollState(feed="bbc"), Reply(url="", status=200, body=b""))
