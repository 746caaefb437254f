"""Door: the parser's cage, seen from inside: ``python -m monitor.feeds.sandbox_child CPU MEMORY PATIENCE NICE``.

It limits itself before it reads a byte, then answers jobs from standard input on standard output until there are no
more. A frame is four bytes of length, most significant first, and a MessagePack: of a ``Job`` or a ``Page``, or of the
seconds of CPU it took and the ``Heard`` or ``Prose`` that came of it, if anything was in time.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Collection, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, BinaryIO, NamedTuple
from xml.parsers.expat import ExpatError

import msgspec

from monitor.feeds import cut, error_items, head, json_feed, sandbox_article, sandbox_feedparser, sitemap
from monitor.feeds.heard import Heard, Job, Page, Prose
from monitor.feeds.parse import parse
from monitor.feeds.prefilter import Document, describe, prefilter
from monitor.model import Trouble

LENGTH_BYTES = 4  # of a frame; sandbox.py counts alike
OUT_OF_MEMORY = 71  # exit status, EX_OSERR; sandbox.py knows it
LONGEST_NOTE = 200  # characters


class Reading(NamedTuple):
    """A document in the shape that parse.py reads, with those of its entries that were not seen before."""

    parsed: Mapping[str, Any] | None  # None: it is no feed
    notes: tuple[str, ...] = ()
    new: tuple[bytes, ...] = ()  # hashes of the entries in it
    entries: tuple[bytes, ...] = ()  # hashes of all entries; none if they are not known


def read(job: Job) -> Heard:
    """Read one document, without limits of time or memory: those are the process's.

    Raises:
        MemoryError, RecursionError: it is too large or too deep.
    """
    document = prefilter(job.body, job.content_type)
    if isinstance(document, Trouble):
        return Heard(trouble=document)
    heard = _read(job, document, job.entries)
    if heard is None:
        heard = _read(job, document, b"")
        assert heard is not None  # nothing was left out
    if heard.trouble is not None:
        return heard
    heard = msgspec.structs.replace(heard, notes=document.notes + heard.notes, **head.read(document.body)._asdict())
    trouble = error_items.page(heard)
    return Heard(trouble=trouble) if trouble else heard


def _read(job: Job, document: Document, before: bytes) -> Heard | None:
    """What the document says beyond ``before``; None if that cannot be known without reading the whole."""
    seen = cut.seen(before)
    try:
        reading = _listed(document.body, seen) if _is_list(document.body) else _fed(document.body, seen)
    except (MemoryError, RecursionError):
        raise
    except Exception as wrong:  # noqa: BLE001 - feedparser raises nearly anything on hostile bytes
        return Heard(trouble=Trouble(code="malformed", text=f"the parser gave up: {_named(wrong)}"))
    if reading is None:
        return None
    parsed, notes, new, entries = reading
    if parsed is None or not (parsed.get("version") or parsed.get("entries") or entries):
        return Heard(trouble=Trouble(code="not_a_feed", text=f"this is {describe(document.body)}"))
    heard = parse(parsed, feed=job.feed, base=job.base, lang=job.lang, hashes=new)
    if notes and not (entries or heard.items or heard.quarantined):  # a feed without items is one only if it is whole
        return Heard(trouble=Trouble(code="malformed", text=f"no item can be read: {notes[0]}"))
    heard = msgspec.structs.replace(heard, notes=notes + heard.notes)
    if len(new) == len(entries):
        return heard
    records = cut.merge(entries, before, cut.unpack(heard.entries))
    return None if records is None else msgspec.structs.replace(heard, entries=cut.pack(records))


def _is_list(body: bytes) -> bool:
    """Whether it is read by us: a JSON Feed or a sitemap."""
    return body[:1] in (b"{", b"[") or bool(sitemap.root(body))


def _listed(body: bytes, seen: Collection[bytes]) -> Reading:
    listed = json_feed.read(body) if body[:1] in (b"{", b"[") else sitemap.read(body)
    if listed is None:
        return Reading(None)
    wrong = listed.get("bozo_exception")
    notes = _noted(wrong) if wrong else ()
    if len(listed["entries"]) > cut.MOST_ENTRIES:
        return Reading(listed, notes)
    told = [(entry, cut.hash_of(entry)) for entry in listed["entries"]]
    new = [(entry, hashed) for entry, hashed in told if hashed not in seen]
    parsed = {**listed, "entries": [entry for entry, _ in new]}
    return Reading(parsed, notes, tuple(hashed for _, hashed in new), tuple(hashed for _, hashed in told))


def _fed(body: bytes, seen: Collection[bytes]) -> Reading | None:
    """What feedparser makes of it; None if what is new in it does not stand by itself."""
    body = sandbox_feedparser.declared(body)
    try:
        found = cut.scan(body)
        if found is None:  # without its document type it may be ill-formed
            return Reading(sandbox_feedparser.read(body, well_formed=True).parsed)
    except ExpatError as wrong:
        return Reading(sandbox_feedparser.read(body, well_formed=False).parsed, _noted(wrong))
    rest = cut.leave_out(body, found, seen)
    parsed, apart = sandbox_feedparser.read(rest.document, well_formed=True, entries=rest.starts)
    if apart:
        return Reading(parsed, (), rest.hashes, found.hashes)
    return Reading(parsed) if len(rest.hashes) == len(found.hashes) else None


def _noted(wrong: Exception) -> tuple[str, ...]:
    return (f"ill-formed, read as far as possible: {_named(wrong)}",)


def _named(wrong: Exception) -> str:
    return " ".join(f"{type(wrong).__name__}: {wrong}".split())[:LONGEST_NOTE]


def limit_process(memory: int) -> None:
    """Take away what a parser never needs: memory beyond ``memory`` bytes, writing files, core dumps."""
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            # macOS knows RLIMIT_AS and refuses to set it: there the limits of time alone hold a parse.
            if kind != resource.RLIMIT_AS or sys.platform != "darwin":
                raise


def allow_cpu(seconds: int) -> None:
    """Let the process use ``seconds`` more of CPU before the kernel kills it; the limit counts from its birth."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds, hard))


class OutOfPatience(BaseException):
    """A parse took longer than others should wait for; no ``except Exception`` on its way may stop this."""


def serve(jobs: BinaryIO, answers: BinaryIO, cpu: int, patience: float) -> None:
    """Answer jobs until there are no more; a first empty frame says that the parser is ready.

    What uses more than ``patience`` seconds of CPU (0: as much as it likes) is answered with nothing.
    """
    _put(answers, b"")
    decode, encode = msgspec.msgpack.Decoder(Job | Page).decode, msgspec.msgpack.Encoder().encode
    while length := jobs.read(LENGTH_BYTES):
        job = decode(jobs.read(int.from_bytes(length)))
        allow_cpu(cpu)
        began = time.process_time()
        heard = _within(patience, job)
        _put(answers, encode((time.process_time() - began, heard)))


def _within(patience: float, job: Job | Page) -> Heard | Prose | None:
    """The answer; None if it is not there after so many seconds of CPU. Regular expressions hear signals, too."""
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, patience, patience)  # again and again, if somebody stops the first
            return answer(job)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except OutOfPatience:
        signal.setitimer(signal.ITIMER_PROF, 0)  # it may have come before the line above
        return None


def _give_up(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfPatience


def answer(job: Job | Page) -> Heard | Prose:
    """What the document says; a mistake of ours is trouble ``parser``, and its traceback goes to the journal."""
    kind = Heard if isinstance(job, Job) else Prose
    try:
        return read(job) if isinstance(job, Job) else sandbox_article.read(job)
    except (MemoryError, RecursionError) as wrong:
        return kind(trouble=Trouble(code="parse_budget", text=f"too much to parse ({type(wrong).__name__})"))
    except Exception as wrong:  # noqa: BLE001 - one feed must not stop the others, not even by a bug
        traceback.print_exc()
        return kind(trouble=Trouble(code="parser", text=f"a mistake in the parser: {_named(wrong)}"))


def _put(answers: BinaryIO, frame: bytes) -> None:
    answers.write(len(frame).to_bytes(LENGTH_BYTES) + frame)
    answers.flush()


if __name__ == "__main__":
    _cpu, _memory, _patience, _nice = sys.argv[1:]
    if int(_nice):
        with suppress(PermissionError):  # the unit's filter of system calls forbids it; the lane is slow all the same
            os.nice(int(_nice))
    limit_process(int(_memory))
    signal.signal(signal.SIGPROF, _give_up)
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, int(_cpu), float(_patience))
    except MemoryError:  # there was not even room to answer; nothing that needs more may run now
        os._exit(OUT_OF_MEMORY)
