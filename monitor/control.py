"""Speaks with a running daemon over its unix socket; without one, does the same work here.

A request is one JSON line, ``{"do": verb, ...}``. The answer is any number of lines of progress and one last line,
``{"done": ...}`` or ``{"error": {...}}``. The socket lies in the state folder and only its owner may use it.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
import structlog

from monitor.errors import Mistakes, MonitorError, Unreachable, UsageError
from monitor.journal import keep_out
from monitor.service.service import Service

NAME = "control.sock"
LINE = 16 * 2**20  # bytes; an import sends a thousand events in a line
LONGEST_PATH = 100  # bytes; AF_UNIX takes at most 107

record = structlog.get_logger()

Json: TypeAlias = dict[str, Any]


class Refused(MonitorError):
    """What the daemon complained of, as it said it; the exit code is the daemon's."""

    def __init__(self, said: Json) -> None:
        super().__init__(said["message"], where=said["where"], hint=said["hint"], excerpt=said["excerpt"])
        self.exit_code = said["exit_code"]


# -- the work, the same here and there -----------------------------------------------------------------------------


async def perform(service: Service, request: Json) -> AsyncIterator[Json]:
    """Do what a request asks; yields its progress, then ``{"done": ...}``.

    Raises:
        MonitorError: whatever the work complains of.
    """
    match request:
        case {"do": "poll", "feeds": list(names)}:
            async for step in _poll(service, names):
                yield step
        case {"do": "send" | "resend" | "channels" | "test" | "word"}:
            yield {"done": msgspec.to_builtins(await _letters(service, request))}
        case {
            "do": "silence",
            "scope": str(scope),
            "target": str(target),
            "until": str(until),
            "comment": str(why),
            "who": str(who),
        }:
            ends = datetime.fromisoformat(until)
            wish = await service.wishes.silence(scope, target, until=ends, comment=why, who=who)
            yield {"done": msgspec.to_builtins(wish)}
        case {"do": "lift", "silence": str(name), "who": str(who)}:
            yield {"done": msgspec.to_builtins(await service.wishes.lift(name, who))}
        case {"do": "mark", "item": str(name), "mark": str(mark), "who": str(who)}:
            yield {"done": msgspec.to_builtins((await service.wishes.mark(name, mark, who)).item)}
        case {"do": "import", "lines": list(lines), "where": str(where), "first": int(first)}:
            yield {"done": {"new": await service.history.take(lines, where, first)}}
        case {"do": "rematch", "since": str(since)}:
            yield {"done": {"new": await service.workshop.rematch(datetime.fromisoformat(since))}}
        case {"do": "rebuild"}:
            yield {"done": {"position": await service.history.rebuild()}}
        case {"do": "reload"}:
            await service.judging.reload()
            keep_out(service.house.config.secrets)
            yield {"done": {"feeds": len(service.house.config.feeds)}}
        case {"do": "split", "item": str(item), "who": str(who)}:
            yield {"done": {"item": await service.stories.split(item, who)}}
        case {"do": "merge", "story": str(story), "into": str(into), "who": str(who)}:
            target, count = await service.stories.merge(story, into, who)
            yield {"done": {"story": target, "items": count}}
        case {"do": "ping"}:
            channels = msgspec.to_builtins(service.channels.standings())  # who only asks lacks the secrets for that
            yield {"done": {"pid": os.getpid(), "position": await service.house.pulse(), "channels": channels}}
        case _:
            raise UsageError(f"unknown request {request.get('do')!r}", hint="command and daemon differ in version?")


async def _letters(service: Service, request: Json) -> Any:
    """What concerns letters and the ways they go."""
    match request:
        case {"do": "send", "digest": str(name)}:
            queued = await service.telling.send_now(name)
            await service.delivering.deliver_due()
            return service.house.views.edition(queued.edition) if queued else None
        case {"do": "resend", "name": str(name), "channel": str(channel), "who": str(who)}:
            return await service.delivering.resend(name, channel=channel, who=who)
        case {"do": "channels"}:
            return service.channels.standings()
        case {"do": "test", "channel": str(name)}:
            return await service.channels.test(name)
        case {"do": "word", "channel": str(name), "arrived": bool(arrived), "who": str(who)}:
            return await service.channels.word(name, arrived=arrived, who=who)
    raise UsageError(f"the request {request.get('do')!r} lacks something", hint="command and daemon differ in version?")


async def _poll(service: Service, names: list[str]) -> AsyncIterator[Json]:
    feeds = service.polling.chosen(names)
    count = 0
    async for feed, trouble in service.polling.poll_now(feeds):
        count += 1
        yield {"feed": feed.id, "trouble": str(trouble) if trouble else "", "count": count, "of": len(feeds)}
    yield {"done": {"polled": count}}


# -- the daemon's end ------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def listening(service: Service) -> AsyncIterator[None]:
    """Answer requests on the socket in the data folder for as long as the block lasts."""
    path = service.house.data / NAME
    path.unlink(missing_ok=True)  # the log's lock says that no other daemon is here; this is left from a crash
    before = os.umask(0o177)
    try:
        with _short(path) as short:
            server = await asyncio.start_unix_server(lambda r, w: _answer(service, r, w), short, limit=LINE)
    finally:
        os.umask(before)
    try:
        async with server:
            yield
    finally:
        path.unlink(missing_ok=True)


async def _answer(service: Service, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async def say(line: Json) -> None:
        writer.write(msgspec.json.encode(line) + b"\n")
        await writer.drain()

    try:
        request = msgspec.json.decode(await reader.readline(), type=dict[str, Any])
        async for line in perform(service, request):
            await say(line)
    except MonitorError as wrong:
        await say({"error": _told(wrong)})
    except (msgspec.DecodeError, ValueError):
        await say({"error": _told(UsageError("the request is not one JSON line"))})
    except ConnectionError:
        return  # the asker went away; what was begun has been done
    except Exception as bug:  # noqa: BLE001 - who asked must hear of it; the journal keeps the traceback
        record.exception("a request met a mistake of ours")
        await say({"error": _told(MonitorError(f"a mistake of ours: {type(bug).__name__}", hint="see the journal"))})
    finally:
        writer.close()


def _told(wrong: MonitorError) -> Json:
    return {
        "message": str(wrong) if isinstance(wrong, Mistakes) else wrong.message,
        "where": wrong.where,
        "hint": wrong.hint,
        "excerpt": wrong.excerpt,
        "exit_code": wrong.exit_code,
    }


# -- the command's end -----------------------------------------------------------------------------------------------


async def ping(data: Path) -> Json:
    """The pid of the daemon that runs on ``data`` and the log's position; raises Unreachable if none runs."""
    said: Json | None = await tell(data, {"do": "ping"})
    if said is None:
        raise Unreachable("no daemon runs here", hint="monitor run")
    return said


async def tell(data: Path, request: Json) -> Any:
    """Have a request done by the daemon that runs on ``data``; None if none runs, for then there is nobody to tell.

    Raises:
        MonitorError: what the daemon complained of; Unreachable if it went away half-way.
    """
    try:
        with _short(data / NAME) as short:
            reader, writer = await asyncio.open_unix_connection(short, limit=LINE)
    except OSError:
        return None
    return await _spoken(reader, writer, request, lambda _: None)


async def ask(path: Path, data: Path, request: Json, progress: Callable[[Json], None] = lambda _: None) -> Any:
    """Have a request done: by the daemon if one runs on ``data``, else here by a service opened for it.

    Raises:
        MonitorError: what the work complained of; Unreachable if the daemon went away half-way.
    """
    try:
        with _short(data / NAME) as short:
            reader, writer = await asyncio.open_unix_connection(short, limit=LINE)
    except OSError:
        return await _here(path, request, progress)
    return await _spoken(reader, writer, request, progress)


async def _spoken(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Json, progress: Callable[[Json], None]
) -> Any:
    """Put a request to the daemon and hear it out."""
    try:
        writer.write(msgspec.json.encode(request) + b"\n")
        await writer.drain()
        while line := await reader.readline():
            said = msgspec.json.decode(line, type=dict[str, Any])
            if "error" in said:
                raise Refused(said["error"])
            if "done" in said:
                return said["done"]
            progress(said)
    except ConnectionError:
        pass
    finally:
        writer.close()
    raise Unreachable("the daemon stopped before it answered", hint="journalctl -u monitor; then try again")


async def _here(path: Path, request: Json, progress: Callable[[Json], None]) -> Any:
    with Service.open(path, write=True) as service:
        keep_out(service.house.config.secrets)
        try:
            async for said in perform(service, request):
                if "done" in said:
                    return said["done"]
                progress(said)
        finally:
            await service.polling.stop()
    raise AssertionError("every request ends with done")


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of the socket that fits AF_UNIX, through the folder's descriptor where the path is too long."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
