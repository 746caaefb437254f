"""Door: the parser's cage, seen from inside: ``python -m monitor.feeds.sandbox_child CPU MEMORY``.

It limits itself before it reads a byte, then answers jobs from standard input on standard output until there are no
more. A frame is four bytes of length, most significant first, and a MessagePack of a ``Job`` or a ``Heard``.
"""

import io
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any, BinaryIO

import feedparser
import msgspec

from monitor.feeds import error_items, head, json_feed, sitemap
from monitor.feeds.heard import Heard, Job
from monitor.feeds.parse import parse
from monitor.feeds.prefilter import Document, describe, prefilter
from monitor.model import Trouble

LENGTH_BYTES = 4  # of a frame; sandbox.py counts alike
OUT_OF_MEMORY = 71  # exit status, EX_OSERR; sandbox.py knows it
LONGEST_NOTE = 200  # characters


def read(job: Job) -> Heard:
    """Read one document, without limits of time or memory: those are the process's.

    Raises:
        MemoryError, RecursionError: it is too large or too deep.
    """
    document = prefilter(job.body, job.content_type)
    if isinstance(document, Trouble):
        return Heard(trouble=document)
    try:
        parsed, notes = _parsed(document)
    except (MemoryError, RecursionError):
        raise
    except Exception as wrong:  # noqa: BLE001 - feedparser raises nearly anything on hostile bytes
        return Heard(trouble=Trouble(code="malformed", text=f"the parser gave up: {_named(wrong)}"))
    if parsed is None or not (parsed.get("version") or parsed.get("entries")):
        return Heard(trouble=Trouble(code="not_a_feed", text=f"this is {describe(document.body)}"))
    heard = parse(parsed, feed=job.feed, base=job.base, lang=job.lang)
    heard = msgspec.structs.replace(
        heard, notes=document.notes + notes + heard.notes, **head.read(document.body)._asdict()
    )
    trouble = error_items.page(heard)
    return Heard(trouble=trouble) if trouble else heard


def _parsed(document: Document) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """The parser's reading, and a note if the document is ill-formed."""
    if document.body[:1] in (b"{", b"["):
        return json_feed.read(document.body), ()
    if sitemap.root(document.body):
        listed = sitemap.read(document.body)
        return listed, _noted(listed or {})
    parsed = feedparser.parse(
        io.BytesIO(document.body),  # never a string: it would fetch one that looks like an address
        response_headers={"content-type": "application/xml; charset=utf-8"},  # which the prefilter has made true
        sanitize_html=False,  # texts are made plain by us; both are slow, and can be made to take minutes
        resolve_relative_uris=False,
    )
    return parsed, _noted(parsed)


def _noted(parsed: Mapping[str, Any]) -> tuple[str, ...]:
    wrong = parsed.get("bozo_exception") if parsed.get("bozo") else None
    return (f"ill-formed, read as far as possible: {_named(wrong)}",) if isinstance(wrong, Exception) else ()


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


def serve(jobs: BinaryIO, answers: BinaryIO, cpu: int) -> None:
    """Answer jobs until there are no more; a first empty frame says that the parser is ready."""
    _put(answers, b"")
    decode, encode = msgspec.msgpack.Decoder(Job).decode, msgspec.msgpack.Encoder().encode
    while length := jobs.read(LENGTH_BYTES):
        job = decode(jobs.read(int.from_bytes(length)))
        allow_cpu(cpu)
        _put(answers, encode(answer(job)))


def answer(job: Job) -> Heard:
    """What the document says; a mistake of ours is trouble ``parser``, and its traceback goes to the journal."""
    try:
        return read(job)
    except (MemoryError, RecursionError) as wrong:
        return Heard(trouble=Trouble(code="parse_budget", text=f"too much to parse ({type(wrong).__name__})"))
    except Exception as wrong:  # noqa: BLE001 - one feed must not stop the others, not even by a bug
        traceback.print_exc()
        return Heard(trouble=Trouble(code="parser", text=f"a mistake in the parser: {_named(wrong)}"))


def _put(answers: BinaryIO, frame: bytes) -> None:
    answers.write(len(frame).to_bytes(LENGTH_BYTES) + frame)
    answers.flush()


if __name__ == "__main__":
    limit_process(int(sys.argv[2]))
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, int(sys.argv[1]))
    except MemoryError:  # there was not even room to answer; nothing that needs more may run now
        os._exit(OUT_OF_MEMORY)
