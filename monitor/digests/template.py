"""Door: a letter by the users' own templates, rendered in a child process that may neither stall nor grow nor write.

A template is a program that its writer did not mean to write: a loop too many, a name that is not there, a line copied
from somewhere. So templates never run in the service. The child knows the letter and nothing else, the templates reach
no attribute that begins with an underscore and change nothing they are given, and HTML is always escaped. A rendering
may use 2 s of CPU and 256 MiB; whatever fails comes back as a sentence with its place in the file.
"""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

import monitor
from monitor.digests.letter import Letter
from monitor.model import Part

CPU = 2  # seconds
MEMORY = 256 * 2**20  # bytes
WALL = 40.0  # seconds, with the start of Python on a busy machine
OUT_OF_MEMORY = 71  # exit status of the child
LONGEST = 16 * 2**20  # bytes of an answer
FOLDER = "templates"  # beside config.toml; templates are named from there
SHARED = "letter"  # the template of every digest that has none of its own


class Job(Struct, frozen=True, kw_only=True):
    """A letter to render; without one, the templates are only looked at."""

    letter: Letter
    sources: dict[str, str]  # every template by its file's name
    html: str = ""  # the one to use; empty: ours
    text: str = ""


class Answer(Struct, frozen=True, kw_only=True):
    """What came of it."""

    parts: tuple[Part, ...] = ()
    failed: str = ""  # what is wrong, and where: templates/NAME:LINE: ...


def chosen(digest: str, sources: Mapping[str, str]) -> tuple[str, str]:
    """The names of a digest's own HTML and text templates; empty where it has none."""

    def named(kind: str) -> str:
        return next((name for stem in (digest, SHARED) if (name := f"{stem}.{kind}.j2") in sources), "")

    return named("html"), named("txt")


def render(
    letter: Letter,
    sources: Mapping[str, str],
    names: tuple[str, str] | None = None,
    *,
    cpu: int = CPU,
    memory: int = MEMORY,
) -> Answer:
    """The letter by the digest's own templates; whatever goes wrong is the answer's ``failed``.

    Args:
        letter: what it says.
        sources: every template by its file's name.
        names: those to use for HTML and text, in place of the digest's.
        cpu, memory: what it may take: whole seconds, bytes.
    """
    html, text = names or chosen(letter.digest, sources)
    named = " and ".join(f"{FOLDER}/{name}" for name in (html, text) if name)
    job = msgspec.msgpack.encode(Job(letter=letter, sources=dict(sources), html=html, text=text))
    try:
        done = subprocess.run(  # noqa: S603 - our own module, and no shell
            [sys.executable, "-m", "monitor.digests.template_child", str(cpu), str(memory)],
            input=job,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(monitor.__file__).parent.parent,  # so that -m finds this very package
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONUTF8": "1"},
            start_new_session=True,
            timeout=WALL,
            check=False,
        )
        if done.returncode == 0 and len(done.stdout) <= LONGEST:
            return msgspec.msgpack.decode(done.stdout, type=Answer)
    except subprocess.TimeoutExpired:
        return Answer(failed=f"{named}: it took longer than {WALL:g} s")
    except (OSError, msgspec.DecodeError) as wrong:
        return Answer(failed=f"{named}: it could not be rendered: {wrong}")
    return Answer(failed=f"{named}: {_obituary(done.returncode, cpu, memory)}")


def _obituary(status: int, cpu: int, memory: int) -> str:
    if status in (-signal.SIGPROF, -signal.SIGXCPU):
        return f"it took more than {cpu} s"
    if status in (OUT_OF_MEMORY, -signal.SIGKILL):
        return f"it took more than {memory // 2**20} MiB"
    return "it became too long" if status == 0 else f"the renderer ended without an answer (status {status})"
