"""Door: users' templates, seen from inside their cage: ``python -m monitor.digests.template_child CPU MEMORY``.

It limits itself, reads one ``Job`` from standard input, and writes an ``Answer`` to standard output.
"""

import signal
import sys
from types import TracebackType
from typing import Any, Never

import msgspec
from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.digests import render
from monitor.digests.letter import Letter
from monitor.digests.template import FOLDER, OUT_OF_MEMORY, Answer, Job
from monitor.digests.tidy import cut, tidy
from monitor.model import Part

LONGEST_COMPLAINT = 300  # characters
REFUSED = {"safe": "what a feed wrote is never markup", "pprint": "it shows what is no reader's concern"}


def answer(job: Job) -> Answer:
    """The letter by the templates, or what is wrong with them.

    Raises:
        MemoryError: they take too much.
    """
    html, text = (_environment(job.sources, escape=escape) for escape in (True, False))
    name = job.html or job.text
    try:
        for environment, own in ((html, job.html), (text, job.text)):
            if own:
                name = own
                environment.get_template(own)

        def part(letter: Letter) -> Part:
            ours, said = render.ours(letter), render.said(letter)
            return Part(
                subject=ours.subject,
                text=text.get_template(job.text).render(said) if job.text else ours.text,
                html=html.get_template(job.html).render(said) if job.html else ours.html,
            )

        return Answer(parts=render.render(job.letter, part))
    except TemplateSyntaxError as wrong:
        return Answer(failed=_complaint(wrong.filename or f"{FOLDER}/{name}", wrong.lineno, wrong.message or "wrong"))
    except MemoryError:
        raise
    except Exception as wrong:  # noqa: BLE001 - a template can raise anything; all of it is its writer's to know
        return Answer(failed=_complaint(*_place(wrong.__traceback__, f"{FOLDER}/{name}"), _said(wrong)))


def _environment(sources: dict[str, str], *, escape: bool) -> Environment:
    """The users' templates, with ours beside them as ``ours/letter.html.j2`` to be extended or included."""

    def load(name: str) -> tuple[str, str, None] | None:
        if name.startswith("ours/") and (ours := render.source(name.removeprefix("ours/"))):
            return ours, f"{FOLDER}/{name}", None
        return (sources[name], f"{FOLDER}/{name}", None) if name in sources else None

    environment = _Caged(
        loader=FunctionLoader(load),
        autoescape=escape,
        undefined=StrictUndefined,
        optimized=False,  # what is constant would be computed while it is compiled
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(render.FILTERS)
    for name in REFUSED:
        del environment.filters[name]
    return environment


class _Caged(ImmutableSandboxedEnvironment):
    """Autoescaping stays as it is."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for kind in (nodes.EvalContextModifier, nodes.ScopedEvalContextModifier):
            for modifier in tree.find_all(kind):
                raise TemplateSyntaxError("escaping cannot be turned off", modifier.lineno, name, filename)
        for used in tree.find_all(nodes.Filter):
            if used.name in REFUSED:
                why = f"there is no filter {used.name!r} here: {REFUSED[used.name]}"
                raise TemplateSyntaxError(why, used.lineno, name, filename)
        return tree


def _place(trace: TracebackType | None, default: str) -> tuple[str, int]:
    """The last line of a template that was at work."""
    found = default, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(f"{FOLDER}/"):
            found = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return found


def _said(wrong: Exception) -> str:
    if isinstance(wrong, RecursionError):
        return "it includes itself without end"
    return str(wrong) if isinstance(wrong, TemplateError) else f"{type(wrong).__name__}: {wrong}"


def _complaint(file: str, line: int, what: str) -> str:
    return f"{file}:{line or 1}: {cut(tidy(what), LONGEST_COMPLAINT).text}"


def _limit(cpu: int, memory: int) -> None:
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            if kind != resource.RLIMIT_AS or sys.platform != "darwin":  # macOS knows the limit and refuses to set it
                raise
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # which ends the process, whatever it is doing
    signal.setitimer(signal.ITIMER_PROF, cpu)


def main(cpu: str, memory: str) -> Never:
    """Answer one job and end."""
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    _limit(int(cpu), int(memory))
    try:
        said: Any = msgspec.msgpack.encode(answer(job))
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    sys.stdout.buffer.write(said)
    sys.exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
