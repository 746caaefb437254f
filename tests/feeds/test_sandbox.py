"""The parser's cage: whatever a document is, the answer is a value, in time, and the next feed is heard."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from feeds.documents import SLOW, item, rss

from monitor.feeds import sandbox_child
from monitor.feeds.heard import Heard, Job, Reply
from monitor.feeds.sandbox import Sandbox
from monitor.model import Feed, Trouble

GOOD = Reply(url="https://bbc.example/feed.xml", status=200, body=rss(item("")))


def reply(body, url="https://bbc.example/feed.xml"):
    return Reply(url=url, status=200, body=body)


def named(name):
    return Feed(id=name, url="https://bbc.example/feed.xml", title=name, interval=timedelta(minutes=15))


def worker_of(sandbox):
    """The idle child of a sandbox with one."""
    (worker,) = sandbox._fast_lane.idle
    return worker


async def test_a_feed_is_read_in_a_child(sandbox, feed):
    heard = await sandbox.parse(feed, GOOD)
    assert [(found.title, found.feed) for found in heard.items] == [("One", "bbc")]


@pytest.mark.parametrize("body", [b"<rss version='2.0'><channel><item><title>Broken & <b>strike harbour", b"<feed><ti"])
async def test_a_document_that_is_cut_off_before_an_item_can_be_read_is_no_healthy_feed(sandbox, feed, body):
    heard = await sandbox.parse(feed, reply(body))
    assert heard.trouble.code == "malformed"


async def test_a_feed_that_is_whole_and_has_no_item_yet_is_well(sandbox, feed):
    heard = await sandbox.parse(feed, reply(b"<rss version='2.0'><channel><title>New</title></channel></rss>"))
    assert (heard.items, heard.trouble) == ((), None)


async def test_a_child_is_used_again(sandbox, feed):
    await sandbox.parse(feed, GOOD)
    first = worker_of(sandbox).pid
    await sandbox.parse(feed, GOOD)
    assert worker_of(sandbox).pid == first


async def test_a_reply_that_is_trouble_starts_no_child(sandbox, feed):
    trouble = Trouble(code="dns", text="no such host")
    assert await sandbox.parse(feed, Reply(url="", trouble=trouble)) == Heard()
    assert sandbox._fast_lane.idle == []


async def test_a_document_that_takes_too_much_cpu_is_killed():  # P16
    async with Sandbox(workers=1, cpu=1, patience=timedelta(seconds=8)) as sandbox:
        heard = await sandbox.parse(named("slow"), reply(SLOW[0].make()))
        assert (heard.trouble.code, "CPU" in heard.trouble.text) == ("parse_budget", True)
        assert len((await sandbox.parse(named("good"), GOOD)).items) == 1


async def test_hostile_feeds_do_not_hold_up_good_ones():  # P16
    ended: list[str] = []

    async def hear(name, said):
        heard = await sandbox.parse(named(name), said)
        ended.append("good" if heard.items else heard.trouble.code)

    patience = timedelta(seconds=0.1)
    async with Sandbox(workers=2, wall=timedelta(seconds=0.5), patience=patience) as sandbox:
        hostile = [hear(f"slow-{n}", reply(SLOW[n % 2].make())) for n in range(3)]
        await asyncio.gather(*hostile, *(hear(f"good-{n}", GOOD) for n in range(20)))
        assert ended == ["good"] * 20 + ["parse_budget"] * 3
        assert sandbox._slow == {f"slow-{n}" for n in range(3)}
        await hear("slow-0", GOOD)  # which has come to its senses
        assert "slow-0" not in sandbox._slow


async def test_a_child_that_hangs_is_killed_and_another_hears_the_feed(feed):  # D30
    async with Sandbox(workers=1, patience=timedelta(seconds=0.3)) as sandbox:
        await sandbox.parse(feed, GOOD)
        first = worker_of(sandbox)
        os.kill(first.pid, signal.SIGSTOP)  # deaf to SIGTERM too
        assert len((await sandbox.parse(feed, GOOD)).items) == 1
        assert first.returncode == -signal.SIGKILL
        assert [other.pid for other in sandbox._slow_lane.idle] != [first.pid]
        assert sandbox._fast_lane.idle == []


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not limit a process's memory")
async def test_a_document_that_takes_too_much_memory_ends_its_child_only(feed):
    async with Sandbox(workers=1, memory=64 * 2**20) as sandbox:
        heard = await sandbox.parse(feed, reply(rss(item(f"<description>{'я' * 4_800_000}</description>"))))
        assert heard.trouble.code == "parse_budget"
        assert sandbox._fast_lane.idle == sandbox._slow_lane.idle == []
        assert len((await sandbox.parse(feed, GOOD)).items) == 1


async def test_a_child_that_was_killed_between_two_feeds_is_no_feeds_fault(sandbox, feed):
    await sandbox.parse(feed, GOOD)
    first = worker_of(sandbox)
    first.kill()
    await first.wait()
    assert len((await sandbox.parse(feed, GOOD)).items) == 1


async def test_a_poll_that_is_broken_off_leaves_a_sound_sandbox(sandbox, feed):
    task = asyncio.ensure_future(sandbox.parse(feed, reply(SLOW[0].make())))
    while not sandbox._fast_lane.free.locked():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sandbox._fast_lane.idle == []
    assert len((await sandbox.parse(feed, GOOD)).items) == 1


async def test_a_parser_that_cannot_start_is_trouble_and_no_crash(sandbox, feed, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert (await sandbox.parse(feed, GOOD)).trouble.code == "parser"
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert (await sandbox.parse(feed, GOOD)).trouble.code == "parser"


async def test_the_children_are_gone_when_the_sandbox_is(feed):
    async with Sandbox() as sandbox:
        await asyncio.gather(*(sandbox.parse(feed, GOOD) for _ in range(5)))
        workers = list(sandbox._fast_lane.idle)
        assert 1 <= len(workers) <= 2
    assert all(worker.returncode is not None for worker in workers)


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="reads limits where Linux shows them")
async def test_the_cage_is_locked(sandbox, feed, monkeypatch):
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    await sandbox.parse(feed, GOOD)
    child = Path(f"/proc/{worker_of(sandbox).pid}")
    limits = {line[:26].strip(): line[26:].split()[0] for line in (child / "limits").read_text().splitlines()}
    assert limits["Max address space"] == str(400 * 2**20)
    assert limits["Max file size"] == limits["Max core file size"] == "0"
    assert 4 <= int(limits["Max cpu time"]) <= 7
    assert b"hunter2" not in (child / "environ").read_bytes()
    assert os.getpgid(worker_of(sandbox).pid) == worker_of(sandbox).pid


async def test_nothing_a_document_names_is_fetched(sandbox, feed, serve):  # A10
    canary = await serve(b"HTTP/1.1 200 OK\r\n\r\n")
    top = f'<?xml version="1.0"?><?xml-stylesheet href="{canary.url()}"?><!DOCTYPE rss SYSTEM "{canary.url()}">'
    heard = await sandbox.parse(feed, reply(rss(item(f"<link>{canary.url()}</link>"), top=top)))
    assert len(heard.items) == 1
    bare = await sandbox.parse(feed, reply(canary.url().encode()))
    assert bare.trouble.code == "not_a_feed"
    assert canary.visits == 0


async def test_a_relative_link_begins_at_the_feed_and_shows_no_secret(sandbox, feed):
    url = "https://user:hunter2@bbc.example/feeds/world.xml?key=s3cret#x"
    heard = await sandbox.parse(
        feed, reply(rss(item("<link>a.html</link>") + item("<link>?q</link>", title="Two")), url)
    )
    assert [found.url for found in heard.items] == [
        "https://bbc.example/feeds/a.html",
        "https://bbc.example/feeds/world.xml?q",
    ]


def test_a_mistake_of_ours_is_trouble_and_keeps_its_traceback(monkeypatch, capsys):
    def broken(*args, **kwargs):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(sandbox_child, "parse", broken)
    job = Job(feed="bbc", base="", lang="", content_type="", body=GOOD.body)
    heard = sandbox_child.answer(job)
    assert heard.trouble == Trouble(code="parser", text="a mistake in the parser: ZeroDivisionError: ours")
    assert "Traceback" in capsys.readouterr().err


async def test_what_was_seen_before_is_not_told_again(sandbox, feed):
    first = await sandbox.parse(feed, GOOD)
    second = await sandbox.parse(feed, reply(rss(item("", "Two") + item(""))), first.entries)
    assert [found.title for found in second.items] == ["Two"]
    assert len(second.entries) == 2 * len(first.entries)


async def test_a_slow_feed_goes_to_a_nice_child_of_its_own_and_takes_no_other_with_it(feed):
    async with Sandbox(workers=1, cpu=1, patience=timedelta(seconds=0.05)) as sandbox:
        await sandbox.parse(feed, GOOD)
        first = worker_of(sandbox).pid
        assert (await sandbox.parse(named("slow"), reply(SLOW[0].make()))).trouble.code == "parse_budget"
        assert worker_of(sandbox).pid == first  # it gave up, and lives
        assert len((await sandbox.parse(named("slow"), GOOD)).items) == 1
        (nice,) = sandbox._slow_lane.idle
        assert os.getpriority(os.PRIO_PROCESS, nice.pid) > os.getpriority(os.PRIO_PROCESS, first)
        assert "slow" not in sandbox._slow
