"""Catalogue A: hostile documents through the real cage, one after the other.

Elsewhere: A10 (nothing a document names is fetched) in test_sandbox.py; the limits themselves there too.
"""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio
from feeds.documents import HOSTILE, SLOW, item, rss

from monitor.feeds.heard import Reply
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed

GOOD = rss(item(""))
WITHIN_A_SECOND = {"A14", "A18", "A21", "A29", "A30"}


def reply(body):
    return Reply(url="https://bbc.example/feed.xml", status=200, body=body)


def named(name):
    return Feed(id=name, url="https://bbc.example/feed.xml", title=name, interval=timedelta(minutes=15))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cage():
    """One sandbox with one child that lives through it all."""
    async with Sandbox(workers=1) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hurried():
    """The like, whose documents may take no more than a second of CPU."""
    async with Sandbox(workers=1, cpu=1) as started:
        yield started


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("name", "make", "lot"), HOSTILE, ids=[hostile.name for hostile in HOSTILE])
async def test_a_hostile_document_gets_what_it_deserves_and_the_next_feed_is_heard(cage, hurried, name, make, lot):
    if name[:3] in WITHIN_A_SECOND:
        cage = hurried
    heard = await cage.parse(named(name), reply(make()))
    assert (heard.trouble.code if heard.trouble else len(heard.items)) == lot, heard.trouble
    assert all(len(found.title) <= 300 and len(found.summary) <= 2000 for found in heard.items)
    assert all(len(found.guid.encode()) <= 2048 and len(found.tags) <= 20 for found in heard.items)
    assert len((await cage.parse(named("good"), reply(GOOD))).items) == 1


def test_every_case_of_the_catalogue_has_its_document():
    cases = {hostile.name[:3] for hostile in HOSTILE + SLOW if hostile.name[0] == "A"}
    assert cases | {"A10"} == {f"A{n:02}" for n in range(1, 61)}


async def test_what_the_parser_would_take_minutes_for_is_killed_and_a_good_feed_heard_meanwhile():
    patience, wall = timedelta(seconds=0.1), timedelta(seconds=0.2)
    async with Sandbox(workers=2, patience=patience, wall=wall) as sandbox:
        hostile = [sandbox.parse(named(slow.name), reply(slow.make())) for slow in SLOW]
        *killed, good = await asyncio.gather(*hostile, sandbox.parse(named("good"), reply(GOOD)))
    assert [heard.trouble.code for heard in killed] == [slow.lot for slow in SLOW]
    assert len(good.items) == 1
