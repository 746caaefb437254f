"""The rules in force: every file of the folder together, understood whole or refused whole. Pure."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType

import msgspec

from monitor import toml
from monitor.errors import Mistakes, RuleError
from monitor.model import Example, Hit, Item, RuleInfo
from monitor.rules import rulefile, terms
from monitor.rules.document import Document
from monitor.rules.match import Matcher
from monitor.rules.query import And, as_written
from monitor.rules.rulefile import Expected, Rule
from monitor.rules.terms import Lists

FILE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.toml")


def compile(sources: Mapping[str, str], *, where: str) -> "RuleSet":
    """Understand a folder of rule files.

    Args:
        sources: the text of each file by its name; ``terms.toml`` holds the lists.
        where: what complaints call the folder.

    Raises:
        Mistakes: everything that is wrong, in the order of the files.
    """
    documents = {name: Document(f"{where}/{name}", sources[name]) for name in sorted(sources)}
    lists = Lists(documents.get(terms.FILE) or Document(f"{where}/{terms.FILE}", ""))
    rules: list[Rule] = []
    mistakes: list[RuleError] = []
    for name, document in documents.items():
        if name != terms.FILE and not FILE_NAME.fullmatch(name):
            hint = "rename it: small letters, digits and hyphens, such as kyiv-visit.toml; the name is the rule's id"
            mistakes.append(RuleError(f"{name!r} is no name of a rule file", where=document.where, hint=hint))
        elif name != terms.FILE and (rule := rulefile.read(document, name.removesuffix(".toml"), lists)):
            rules.append(rule)
        mistakes += document.mistakes
    if mistakes:
        raise Mistakes(mistakes)
    return RuleSet(rules, sources, where)


class RuleSet:
    """Rules that were understood, ready to judge.

    Attributes:
        rules: what ``rules list`` shows, by id.
        sources: every file's text by its name.
        digest: 32 hex digits; another one for any other files.
        lints: what is no mistake and may still surprise its writer.
    """

    def __init__(self, rules: list[Rule], sources: Mapping[str, str], where: str) -> None:
        self._rules = rules
        self._where = where
        self._matcher = Matcher([rule.case for rule in rules])
        self.rules: tuple[RuleInfo, ...] = tuple(rule.info for rule in rules)
        self.sources: Mapping[str, str] = MappingProxyType(dict(sources))
        self.digest = blake2b(msgspec.json.encode(sorted(sources.items())), digest_size=16).hexdigest()
        self.lints = tuple(self._lints())

    def match(self, item: Item) -> tuple[Hit, ...]:
        """Every rule that catches the item, by id, with its evidence."""
        verdicts = self._matcher.match(item.title, item.summary)
        return tuple(
            Hit(
                rule=rule.info.id,
                version=rule.info.version,
                topic=rule.info.title,
                priority=rule.info.priority,
                digests=rule.info.digests,
                clause=rule.clauses[alternative],
                spans=spans,
            )
            for number, alternative, spans in verdicts
            if (rule := self._rules[number]).in_force_for(item)
        )

    def examples(self) -> tuple[Example, ...]:
        """Every example of every rule, tried."""
        return tuple(self._tried(rule, expected) for rule in self._rules for expected in rule.expected)

    def _tried(self, rule: Rule, expected: Expected) -> Example:
        verdicts = self._matcher.match(expected.title, expected.summary)
        found = next((verdict for verdict in verdicts if self._rules[verdict.case] is rule), None)
        held = expected.wanted == (found is not None)
        file = f"{rule.info.id}.toml"
        where, why = f"{self._where}/{file}", ""
        if not held:
            path = ("expect", expected.number, "match" if expected.wanted else "no_match")
            where = "{}:{}:{}".format(where, *toml.place_of_value(self.sources[file], path))
            why = f"caught by: {rule.clauses[found.alternative]}" if found else self._missing(rule, expected)
        return Example(
            rule=rule.info.id,
            title=expected.title,
            summary=expected.summary,
            wanted=expected.wanted,
            held=held,
            where=where,
            why=why,
        )

    def _missing(self, rule: Rule, expected: Expected) -> str:
        """What keeps a rule from catching an example: of its alternatives, the one that lacks the fewest parts."""
        lacking = []
        for alternative in rule.case.alternatives:
            parts = alternative.parts if isinstance(alternative, And) else (alternative,)
            unmet = [part for part in parts if not self._matcher.holds(part, expected.title, expected.summary)]
            lacking.append([as_written(part, rule.written) for part in unmet])
        least = min(lacking, key=len)
        return f"does not hold: {'; '.join(least)}" if least else f"left out by: {' '.join(rule.exclude.split())}"

    def _lints(self) -> list[str]:
        """Side by side means AND: said of the first file that has it."""
        first = next((rule for rule in self._rules if rule.unsaid), None)
        if first is None:
            return []
        return [f"{self._where}/{first.info.id}.toml: side by side means AND, not a phrase: {first.unsaid}"]
