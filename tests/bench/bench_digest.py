"""What it costs to compose and render a letter of 1,000 items, beside Jinja2 rendering the same letter.

    python tests/bench/bench_digest.py

The measure is Jinja2 alone: the same two templates, compiled before, given the finished letter, with filters that do
nothing. It cannot be less, for somebody must write the page. Ours is the whole way from 1,000 matched items, half of
them copies of others, with evidence to mark, past tellings to look up and headlines to clean: compose, render, and in
the last line render again in parts where mail would hide the end. The caps on stories are raised: none is left out.
"""

import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import msgspec
from digests.letters import KYIV, NOON, a_hit, a_letter, found, matched, told
from jinja2 import DictLoader, Environment

from monitor.digests import compose, render, volume

ITEMS = 1_000
ROUNDS = 7
SUMMARY = " ".join(
    ["The harbour board met on Wednesday and said that grain ships may leave the roads at dawn, in pairs."] * 3
)


def waiting() -> list[Any]:
    """1,000 items: 500 stories of 20 topics, each from two outlets."""
    items = []
    for number in range(ITEMS):
        story = number // 2
        title = f"Convoy {story} of the grain fleet passes the outer lighthouse before noon"
        hit = a_hit(f"t{story % 20}", topic=f"Topic {story % 20}", title=found(title, "grain"))
        hit = msgspec.structs.replace(hit, spans=(*hit.spans, *a_hit(summary=found(SUMMARY, "grain ships")).spans))
        items.append(
            matched(
                title,
                id=f"i{number}",
                story=f"i{story * 2}",
                feed=("bbc", "reuters")[number % 2],
                url=f"https://outlet.example/{number}?utm_source=rss",
                summary=SUMMARY,
                seen=NOON - timedelta(minutes=number % 600),
                hits=(hit,),
            )
        )
    return items


def bare(name: str) -> Any:
    """Our template in a plain Jinja2, where our filters do nothing."""
    environment = Environment(
        loader=DictLoader({name: render.source(name)}), autoescape=".html" in name, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(dict.fromkeys(render.FILTERS, lambda value, *_: value))
    return environment.get_template(name)


def best(work: Callable[[], Any]) -> float:
    """Seconds of the best of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Measure and print."""
    compose.MOST_ENTRIES = compose.MOST_IN_SECTION = ITEMS
    items = waiting()
    past = [told(f"i{number}", "Convoy leaves port") for number in range(0, ITEMS, 10)]
    bars = volume.of(KYIV, [(f"t{n}", f"Topic {n}", range(14)) for n in range(20)])

    def composed() -> Any:
        return a_letter(*items, told=past, volume=bars)

    letter = composed()
    assert sum(len(section.entries) for section in letter.sections) == ITEMS // 2
    parts = render.render(letter)
    html, text = (bare(name) for name in ("letter.html.j2", "letter.txt.j2"))
    known = render.said(letter)

    def plain() -> None:
        html.render(known)
        text.render(known)

    alone, compose_only = best(plain), best(composed)
    whole = best(lambda: render.render(composed()))
    once = best(lambda: render.ours(composed()))
    size = sum(len(part.html.encode()) + len(part.text.encode()) for part in parts)
    print(f"{ITEMS} items, {ITEMS // 2} stories, {len(parts)} parts, {size / 1e6:.1f} MB")
    print(f"Jinja2 alone           {alone * 1e3:7.1f} ms")
    print(f"compose                {compose_only * 1e3:7.1f} ms")
    print(f"compose and render     {once * 1e3:7.1f} ms  {once / alone:.1f} times Jinja2 alone")
    print(f"the same, cut in parts {whole * 1e3:7.1f} ms  {whole / alone:.1f} times Jinja2 alone")


if __name__ == "__main__":
    main()
