"""The rules in force: every file of the folder together, understood whole or refused whole. Pure."""

import re
from collections.abc import Mapping
from functools import cached_property
from hashlib import blake2b
from types import MappingProxyType

import msgspec

from monitor import toml
from monitor.errors import Mistakes, RuleError
from monitor.model import Example, Feed, Finding, Hit, Item, RuleId, RuleInfo, Span, Verdict
from monitor.rules import rulefile, terms
from monitor.rules.document import Document
from monitor.rules.explain import Explainer
from monitor.rules.lint import Lint
from monitor.rules.linter import lints
from monitor.rules.match import Matcher, span_of, spans_of
from monitor.rules.query import And, ListRef, Query, Regex, Term, as_written, wanted
from monitor.rules.rulefile import Expected, Rule
from monitor.rules.scope import Scope
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
    return RuleSet(rules, lists, sources, where)


class RuleSet:
    """Rules that were understood, ready to judge.

    Attributes:
        rules: what ``rules list`` shows, by id.
        sources: every file's text by its name.
        digest: 32 hex digits; another one for any other files.
        scans: the rules that must be held against every item, since no word of theirs must be there.
    """

    def __init__(self, rules: list[Rule], lists: Lists, sources: Mapping[str, str], where: str) -> None:
        self._rules, self._lists, self._where = rules, lists, where
        self._matcher = Matcher([rule.case for rule in rules], lists.forms)
        self.rules: tuple[RuleInfo, ...] = tuple(rule.info for rule in rules)
        self.sources: Mapping[str, str] = MappingProxyType(dict(sources))
        self.digest = blake2b(msgspec.json.encode(sorted(sources.items())), digest_size=16).hexdigest()
        self.scans: tuple[RuleId, ...] = tuple(rules[number].info.id for number in self._matcher.scans)

    @cached_property
    def lints(self) -> tuple[Lint, ...]:
        """What is no mistake and may still surprise its writer, in the order of the files."""
        return tuple(lints(self._rules, self._lists, self._matcher.planner))

    def match(self, item: Item, feed: Feed | None = None) -> tuple[Hit, ...]:
        """Every rule that catches the item, by id, with its evidence.

        Args:
            item: what is judged.
            feed: where it comes from; without it ``group:`` and ``tier:`` hold for nothing.
        """
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
            for number, alternative, spans in self._matcher.match(item, feed)
            if (rule := self._rules[number]).in_force_for(item)
        )

    def explain(self, item: Item, feed: Feed | None = None) -> tuple[Verdict, ...]:
        """What every rule says of the item, clause by clause, by id."""
        scope = self._matcher.read(item, feed)
        return tuple(self._verdict(rule, item, scope) for rule in self._rules)

    def forms(self) -> Mapping[RuleId, tuple[str, ...]]:
        """The words, phrases and expressions that each rule looks for, as written; not those it keeps away."""
        return {rule.info.id: tuple(dict.fromkeys(self._written(rule).values())) for rule in self._rules}

    def found(self, item: Item, feed: Feed | None = None) -> tuple[tuple[RuleId, str, Span], ...]:
        """The evidence of every rule that catches the item, with the form (``forms``) that each span was found by."""
        scope = self._matcher.read(item, feed)
        found: list[tuple[RuleId, str, Span]] = []
        for number, rule in enumerate(self._rules):
            if not rule.in_force_for(item) or not self._matcher.holds(number, scope):
                continue
            written = self._written(rule)
            evidence = self._matcher.evidence(number, scope)
            for term, starts in evidence.terms:
                found += [(rule.info.id, written[term], span) for span in spans_of(term, starts, scope.words)]
            found += [(rule.info.id, written[pattern], span_of(match)) for pattern, match in evidence.matches]
        order = {"title": 0, "summary": 1, "body": 2}
        unique = dict.fromkeys(found)
        return tuple(sorted(unique, key=lambda one: (one[0], order[one[2].field], one[2].start, one[2].end, one[1])))

    def _written(self, rule: Rule) -> dict[tuple[str, ...] | str, str]:
        found: dict[tuple[str, ...] | str, str] = {}
        for part in wanted(rule.case.query):
            match part:
                case ListRef(name=name):
                    found |= {form: text for form, text in self._lists.as_written(name).items() if form not in found}
                case Term(words=words):
                    found.setdefault(words, as_written(part, rule.written))
                case Regex(pattern=pattern):
                    found.setdefault(pattern, f"/{pattern}/")
        return found

    # -- verdicts ------------------------------------------------------------------------------------------------------

    def _verdict(self, rule: Rule, item: Item, scope: Scope) -> Verdict:
        query = self._finding(rule.case.query, rule.written, scope)
        exclude = self._finding(rule.case.exclude, rule.exclude, scope) if rule.case.exclude else None
        in_force = rule.in_force_for(item)
        note = "" if in_force or item.published is None else f"not valid on {item.published.date()}"
        held = query.held and not (exclude and exclude.held) and in_force
        return Verdict(rule=rule.info.id, version=rule.info.version, held=held, query=query, exclude=exclude, note=note)

    def _finding(self, query: Query, written: str, scope: Scope) -> Finding:
        return Explainer(self._matcher.planner, written).finding(query, scope)

    # -- examples ------------------------------------------------------------------------------------------------------

    def examples(self) -> tuple[Example, ...]:
        """Every example of every rule, tried."""
        return tuple(
            self._tried(number, rule, expected) for number, rule in enumerate(self._rules) for expected in rule.expected
        )

    def _tried(self, number: int, rule: Rule, expected: Expected) -> Example:
        item = Item(id="", feed="", title=expected.title, summary=expected.summary)
        scope = self._matcher.read(item, None)
        caught = self._matcher.holds(number, scope)
        held = expected.wanted == caught
        file = f"{rule.info.id}.toml"
        where, why = f"{self._where}/{file}", ""
        if not held:
            path = ("expect", expected.number, "match" if expected.wanted else "no_match")
            where = "{}:{}:{}".format(where, *toml.place_of_value(self.sources[file], path))
            why = self._why(number, rule, scope)
        return Example(
            rule=rule.info.id,
            title=expected.title,
            summary=expected.summary,
            wanted=expected.wanted,
            held=held,
            where=where,
            why=why,
        )

    def _why(self, number: int, rule: Rule, scope: Scope) -> str:
        """What decides about an example: an alternative that holds, the exclusion, or what is lacking.

        Of alternatives that do not hold, the one that lacks the fewest parts.
        """
        tried = self._matcher.plans(number)
        for plan, clause in zip(tried.alternatives, rule.clauses, strict=True):
            if plan.truth(scope):
                excluded = tried.exclude is not None and tried.exclude.truth(scope)
                return f"left out by: {' '.join(rule.exclude.split())}" if excluded else f"caught by: {clause}"
        lacking: list[list[str]] = []
        for alternative in rule.case.alternatives:
            finding = self._finding(alternative, rule.written, scope)
            parts = finding.parts if isinstance(alternative, And) else (finding,)
            lacking.append([part.clause for part in parts if not part.held])
        least = min(lacking, key=lambda clauses: len(clauses))
        return f"does not hold: {'; '.join(least)}"
