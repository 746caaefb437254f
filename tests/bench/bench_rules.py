"""What judging an item costs: rules of the whole language, beside the bare words and one ``re`` a rule.

    .venv/bin/python tests/bench/bench_rules.py [FILE.jsonl.zst]

The items are those of FILE (title and summary on each line, as in the shared data set), else made up: 40,000 words, a
few of them in every item and most in few. Rules are made of one half of the items, which also warms up; items of the
other half are measured.

The rules are made from what the items speak of, as an analyst would pick it: *names* (capital letters, more than two
items and at most 2 % of them), *phrases* (two such words in a row) and *words* (small letters, at least five of them,
at most 4 % of the items). Of 100 rules, 60 are booleans of names, phrases and words, such as
`("international monetary fund" OR imf) AND tranche*`; 25 have a NEAR or ONEAR; 10 a lead, sentence, atleast or anyof;
5 an expression, of which 2 have no word beside it. Read the ratios: machines differ, and are busy.
"""

import json
import multiprocessing
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from monitor.model import Item
from monitor.rules import ruleset, text

ITEMS = 40_000  # of which rules are made; MEASURED of them are judged
MEASURED = 4_000
SHORTEST = 200  # characters of title and summary; shorter items cost less
SIZES = (100, 1_000, 10_000)
SEED = 20240911


def items(file: Path | None) -> list[Item]:
    texts = _read(file) if file else _made_up()
    return [Item(id=str(n), feed="f", title=title, summary=summary) for n, (title, summary) in enumerate(texts)]


def _read(file: Path) -> Iterator[tuple[str, str]]:
    """Items from all over a file."""
    shown = subprocess.run(["zstd", "-dcq", "--long=27", file], stdout=subprocess.PIPE, check=True).stdout
    lines = shown.split(b"\n")
    for line in lines[:: max(1, len(lines) // (3 * ITEMS))]:
        if line:
            row = json.loads(line)
            title, summary = row.get("title") or "", (row.get("summary") or "")[:4000]
            if len(title) + len(summary) >= SHORTEST:
                yield title, summary


def _made_up() -> Iterator[tuple[str, str]]:
    """Items of which every third word is a name, and the n-th word of a kind is met as often as 1/n says."""
    dice = Random(SEED)
    syllables = ["ka", "lo", "vi", "mer", "tan", "sho", "du", "pri", "est", "won", "gra", "бе", "ро", "сто", "ні", "ди"]
    made = list(dict.fromkeys("".join(dice.choices(syllables, k=dice.randint(2, 5))) for _ in range(60_000)))[:40_000]
    words, names = made[:25_000], [name.capitalize() for name in made[25_000:]]
    little, rare = [1 / (rank + 3) for rank in range(len(words))], [1 / (rank + 30) for rank in range(len(names))]
    for _ in range(ITEMS // 2):
        found = dice.choices(words, little, k=28)
        for place, name in enumerate(dice.choices(names, rare, k=14)):
            found.insert(place // 2 * 5, name)  # two by two
        yield " ".join(found[:10]), " ".join(found[10:]) + "."


class Maker:
    """Makes rules from what items speak of; the same ones every time."""

    def __init__(self, heard: list[Item]) -> None:
        self.dice = Random(SEED)
        names: Counter[str] = Counter()
        phrases: Counter[str] = Counter()
        words: Counter[str] = Counter()
        for item in heard:
            found = text.raw(f"{item.title} {item.summary}")
            names.update({word for word in found if word[0].isupper() and len(word) > 2 and word.isalpha()})
            words.update({word for word in found if word.islower() and len(word) > 4 and word.isalpha()})
            pairs = pairwise(found)
            phrases.update({f"{a} {b}" for a, b in pairs if a[0].isupper() and b[0].isupper() and (a + b).isalpha()})
        most = len(heard) // 50
        small = words.keys()
        operators = {"and", "or", "not"}
        self.names = sorted(w for w, n in names.items() if 2 < n <= most and w.lower() not in small | operators)
        self.words = sorted(word for word, n in words.items() if 2 < n <= 2 * most)
        self.phrases = sorted(phrase for phrase, n in phrases.items() if 2 < n <= most) or ["Storm Shadow"]

    def rules(self, number: int) -> list[str]:
        kinds = [self.boolean] * 60 + [self.near] * 25 + [self.window] * 10 + [self.regex] * 3 + [self.only_regex] * 2
        self.dice.seed(SEED)
        return [kinds[n % 100]() for n in range(number)]

    def name(self) -> str:
        return self.dice.choice(self.names)

    def word(self) -> str:
        word = self.dice.choice(self.words)
        return f"{word[: max(5, len(word) - 2)]}*" if self.dice.random() < 0.4 else word

    def phrase(self) -> str:
        return f'"{self.dice.choice(self.phrases)}"'

    def any_of(self) -> str:
        parts = [self.phrase(), self.name(), self.name()] if self.dice.random() < 0.5 else [self.name(), self.phrase()]
        return f"({' OR '.join(parts)})"

    def boolean(self) -> str:
        tail = f" NOT title:{self.name()}" if self.dice.random() < 0.2 else ""
        return f"{self.any_of()} AND ({self.word()} OR {self.word()} OR {self.phrase()}){tail}"

    def near(self) -> str:
        sign = self.dice.choice(["NEAR/10", "NEAR/25", "ONEAR/6"])
        return f"({self.any_of()} {sign} ({self.word()} OR {self.word()})) AND ({self.name()} OR {self.word()})"

    def window(self) -> str:
        part = f"{self.any_of()} AND {self.word()}"
        return self.dice.choice(
            [
                f"sentence({part})",
                f"lead/60({self.any_of()}) AND {self.word()}",
                f"atleast/2{self.any_of()} AND {self.word()}",
                f"anyof/2({self.name()}, {self.phrase()}, {self.name()} NEAR/10 {self.word()})",
            ]
        )

    def regex(self) -> str:
        return f"{self.any_of()} AND /\\d+([.,]\\d+)?\\s?(bn|billion|million|млрд)/"

    def only_regex(self) -> str:
        return f"/\\b{self.name()}\\s(\\w+\\s)?{self.dice.choice(self.words)}/"


def compiled(queries: list[str]) -> ruleset.RuleSet:
    return ruleset.compile(sources(queries), where="rules")


def sources(queries: list[str]) -> dict[str, str]:
    return {f"r{n}.toml": f"title = 'R{n}'\nquery = '''{query}'''\n" for n, query in enumerate(queries)}


def cost(job: Callable[[Item], object], heard: list[Item]) -> float:
    """Microseconds of CPU an item, the best of three runs."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        for item in heard:
            job(item)
        best = min(best, time.process_time() - begun)
    return best / len(heard) * 1e6


def beside(queries: list[str], heard: list[Item]) -> float:
    """One ``re`` a rule, which looks for the rule's words alone: less than the rule asks for."""
    words = [map(re.escape, re.findall(r"\w{4,}", query)[:4]) for query in queries]
    patterns = [re.compile("|".join(some), re.IGNORECASE) for some in words]

    def job(item: Item) -> None:
        shown = f"{item.title} {item.summary}"
        for pattern in patterns:
            pattern.search(shown)

    return cost(job, heard[:500])


def build(queries: list[str]) -> tuple[float, float]:
    """Seconds and MB that compiling takes, in a process of its own; the grammar and the libraries are there before."""
    compiled(queries[:1])
    texts = sources(queries)
    before = memory()
    begun = time.process_time()
    rules = ruleset.compile(texts, where="rules")
    rules.match(Item(id="i", feed="f", title="x"))
    return time.process_time() - begun, memory() - before


def memory() -> float:
    """MB that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def in_its_own_process(job: Callable[[Any], Any], given: object) -> Any:
    """What a job answers when nothing else is in memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(job, (given,))


# What is meant to hurt: 64 KiB that say one thing over and over, and rules that this suits.
WORST_TEXTS = {
    "a a a ...": "a " * 32_768,
    "a. A. a. ...": "aa. Aa. " * 8_192,
    "a b a b ...": "a b " * 16_384,
    "13,000 words": " ".join(f"a{n:x}b" for n in range(13_000))[: 64 * 1024],
    "digits": "1,5 bn " * 9_000,
    "one word": "a" * 65_536,
}
NESTED = " OR ".join('"' + "a " * n + '"' for n in range(1, 17))
WORST_RULES = {
    "16-word phrase": f'"{"a " * 16}"',
    "nested phrases": NESTED,
    "wildcard phrases": '"a* a* a* a*" OR "a* a*" OR "aa* a* aa*" OR "a? a*"',
    "a* OR b*": "a* OR b*",
    "20 wildcards": " OR ".join(f"a{'?' * n}*{c}" for n in range(5) for c in "abcd"),
    "NEAR/255": "a* NEAR/255 zebra",
    "NEAR in NEAR": "((a* NEAR/30 b*) NEAR/30 a*) NEAR/255 (zebra OR a*)",
    "NOT NEAR": "a* NOT NEAR/20 zebra",
    "atleast": f"atleast/100({NESTED})",
    "sentence": "sentence(a* AND NOT b* AND (zebra OR a))",
    "sentence, NEAR": "sentence(a* NEAR/20 aa* OR atleast/2(a*))",
    "lead": "lead/10000(a* AND b*)",
    "expression": r"/\b\w+[,.]?\d*\s?(bn|a|b)\b/",
    "slow expression": r"/(\w{1,12}){1,6}z/",
}


def worst(rule: str) -> float:
    """Milliseconds of the slowest text, met for the first time and again."""
    slowest = 0.0
    for shown in WORST_TEXTS.values():
        rules = compiled([rule])
        item = Item(id="i", feed="f", title="x", summary=shown)
        for _ in range(2):
            begun = time.process_time()
            rules.match(item)
            slowest = max(slowest, time.process_time() - begun)
    return slowest * 1000


def main() -> None:
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    heard = items(given)
    warm, measured = heard[1::2][:MEASURED], heard[::2][:MEASURED]
    maker = Maker(heard[1::2])
    length = sum(len(item.title) + len(item.summary) for item in measured) // len(measured)
    print(f"{len(measured)} items of {length} characters, {given or 'made up'}")
    print(f"{len(maker.names)} names, {len(maker.phrases)} phrases, {len(maker.words)} words to make rules of\n")
    bare = cost(lambda item: (text.words(item.title), text.words(item.summary)), measured)
    print(f"{'':24}us an item   x tokenise   hits an item")
    print(f"{'tokenise only':24}{bare:10.1f}{1:13.1f}")
    costs = {}
    for size in SIZES:
        rules = compiled(maker.rules(size))
        for item in warm:
            rules.match(item)
        costs[size] = cost(rules.match, measured)
        hits = sum(len(rules.match(item)) for item in measured) / len(measured)
        print(f"{f'{size:,} rules':24}{costs[size]:10.1f}{costs[size] / bare:13.1f}{hits:15.2f}")
    one_each = beside(maker.rules(SIZES[0]), measured)
    print(f"{'one re a rule, 100 rules':24}{one_each:10.1f}{one_each / bare:13.1f}\n")
    print(f"10,000 rules cost {costs[SIZES[2]] / costs[SIZES[0]]:.1f} times what 100 cost (aim: 4) ")
    seconds, megabytes = in_its_own_process(build, maker.rules(SIZES[2]))
    print(f"10,000 rules are compiled in {seconds:.1f} s (aim: 3) and take {megabytes:.0f} MB (aim: 150)\n")
    print("worst of 64 KiB texts made to hurt, ms an item (aim: 50)")
    for name, rule in WORST_RULES.items():
        print(f"{name:24}{in_its_own_process(worst, rule):10.1f}")


if __name__ == "__main__":
    main()
