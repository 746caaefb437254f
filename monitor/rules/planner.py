"""From trees to plans, and which words an item must have for a plan to be worth holding against it. Pure.

Every query needs something that is there, so nearly every query has *needs*: groups of terms and expressions of which
an item that it holds for has at least one each. The rarest group of a rule proposes it as a candidate; the next ones
dismiss it, before anything is worked out. How rare a word is, is guessed from its letters: longer words are rarer, and
so are longer phrases.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias, cast

from monitor.rules import plan, words
from monitor.rules.near import Near as NearPlan
from monitor.rules.plan import Placed, Plan, Term
from monitor.rules.query import (
    TEXT_FIELDS,
    And,
    AnyOf,
    AtLeast,
    InField,
    Lead,
    ListRef,
    Near,
    Not,
    Or,
    Query,
    Regex,
    Sentence,
    Source,
    children,
    walk,
)
from monitor.rules.query import Term as TermNode

MOST_WORK = 10_000  # steps of a NEAR within a NEAR (near.py)

# Short words say little by their letters; these are in every other item. Those of more letters than five need no list.
EVERYWHERE = """
    the and for with from that this will have been has are was were not its his her who what how why new says said year
    over after about more than into his out can may you all one two first last time day news amid
    для про від під над або але він вона вони його які що цей був було буде після через рік року
    как что это его она они для при про над или уже еще был было будет после через год года
    jest nie się dla oraz jak przez przed ale czy już por las los del una que con para por como más
    les des est dans pour qui sur une der die und das den von mit für auf ist
"""
COMMON = frozenset(EVERYWHERE.split())

Need: TypeAlias = frozenset[Term | str]  # terms, and expressions as texts
Terms: TypeAlias = Callable[[str], Sequence[Term]]  # of a list, by its name


class Planner:
    """Makes plans of queries that share lists."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._lists: dict[str, plan.Forms] = {}
        self._needs: dict[str, Need] = {}

    # -- plans ---------------------------------------------------------------------------------------------------------

    def plan(self, query: Query) -> Plan:
        """The plan of a query."""
        match query:
            case TermNode() | ListRef() | Near():
                return self.placed(query)
            case Or(parts=parts):
                return self.placed(query) if has_place(query) else plan.AnyOf(1, self._cheapest_first(parts))
            case And(parts=parts):
                return plan.All(self._cheapest_first(parts))
            case AnyOf(least=least, parts=parts):
                return plan.AnyOf(least, self._cheapest_first(parts))
            case Not(part=part):
                return plan.Absent(self.plan(part))
            case AtLeast(least=least, part=part):
                return plan.Often(least, self.placed(part))
            case Regex(pattern=pattern):
                return plan.Found(pattern)
            case InField(field="title" | "summary" | "body" as field, part=part):
                return plan.Field(field, self.plan(part))
            case InField(field="url" | "author" | "tag" as field, part=part):
                return plan.Elsewhere(field, self.plan(part))
            case Lead(words=number, part=part):
                return plan.First(number, self.plan(part))
            case Sentence(part=part):
                return plan.Together(self.plan(part))
            case Source(field=field, values=values):
                return plan.From(field, values)
        raise AssertionError(f"there is no plan for {query}")

    def placed(self, query: Query) -> Placed:
        """The plan of a query that has a place."""
        match query:
            case TermNode(words=term):
                return plan.Forms([term], rarest)
            case ListRef(name=name):
                if name not in self._lists:
                    self._lists[name] = plan.Forms(self._terms(name), rarest)
                return self._lists[name]
            case Or(parts=parts) if all(isinstance(part, TermNode | ListRef | Or) for part in walk(query)):
                return plan.Forms(self.terms(query), rarest)
            case Or(parts=parts):
                return plan.Either([self.placed(part) for part in parts])
            case Near(first=first, second=second, most=most, ordered=ordered, absent=absent):
                one, other = self.placed(first), self.placed(second)
                return NearPlan(one, other, most, ordered=ordered, absent=absent)
        raise AssertionError(f"this has no place: {query}")

    def _cheapest_first(self, parts: Iterable[Query]) -> list[Plan]:
        return [self.plan(part) for part in sorted(parts, key=cost)]

    def terms(self, query: Query) -> Iterator[Term]:
        """Every term of a query and of the lists that it names."""
        for part in walk(query):
            if isinstance(part, TermNode):
                yield part.words
            elif isinstance(part, ListRef):
                yield from self._terms(part.name)

    def too_wide(self, query: Query) -> Near | None:
        """A NEAR that is within another one and would take too many steps; None if there is none."""
        for part in walk(query):
            if not isinstance(part, Near | AtLeast):
                continue
            inner = children(part)
            for one in (one for side in inner for one in walk(side)):
                if isinstance(one, Near) and cast(NearPlan, self.placed(one)).work > MOST_WORK:
                    return one
        return None

    # -- needs ---------------------------------------------------------------------------------------------------------

    def needs(self, query: Query) -> list[Need]:
        """The groups that an item needs one each of, the rarest first; none if it may do without any."""
        return sorted(self._needed(query), key=commonness)

    def _needed(self, query: Query) -> list[Need]:
        match query:
            case TermNode(words=term):
                return [frozenset([term])]
            case ListRef(name=name):
                if name not in self._needs:
                    self._needs[name] = frozenset(self._terms(name))
                return [self._needs[name]] if self._needs[name] else []
            case Regex(pattern=pattern):
                return [frozenset([pattern])]
            case And(parts=parts):
                return [need for part in parts for need in self._needed(part)]
            case Near(first=first, second=second, absent=absent):
                return self._needed(first) + ([] if absent else self._needed(second))
            case Or(parts=parts):
                return _one_of([self._needed(part) for part in parts], 1)
            case AnyOf(least=least, parts=parts):
                return _one_of([self._needed(part) for part in parts], least)
            case InField(field=field) if field not in TEXT_FIELDS:
                return []
            case InField(part=part) | Lead(part=part) | Sentence(part=part) | AtLeast(part=part):
                return self._needed(part)
        return []


def _one_of(each: list[list[Need]], least: int) -> list[Need]:
    """What an item needs for which at least so many of several queries hold.

    Of any so many and one fewer than all others, one holds: so the needs of the rarest of them will do.
    """
    best = [min(needs, key=commonness) for needs in each if needs]
    enough = len(each) - least + 1
    if len(best) < enough:
        return []
    return [frozenset().union(*sorted(best, key=commonness)[:enough])]


def has_place(query: Query) -> bool:
    """Whether a query is found at words that can be counted."""
    match query:
        case TermNode() | ListRef() | Near():
            return True
        case Or(parts=parts):
            return all(map(has_place, parts))
    return False


def cost(query: Query) -> int:
    """What is worked out first among queries side by side: what costs least."""
    match query:
        case TermNode() | ListRef() | Source():
            return 0
        case Not(part=part):
            return cost(part) + 1
        case Near() | Lead() | InField():
            return 2
        case Sentence() | AnyOf() | AtLeast():
            return 3
        case Regex():
            return 4
        case And(parts=parts) | Or(parts=parts):
            return max(map(cost, parts))
    return 0


def rarest(term: Term) -> str:
    """The word of a term that is met least often."""
    return min(term, key=rarity)


@lru_cache(maxsize=2**14)
def commonness(need: Need) -> float:
    """A guess at how often one of a group is met, from its letters alone."""
    return sum(0.1 if isinstance(one, str) else _of_term(one) for one in need)


def _of_term(term: Term) -> float:
    return float(min(map(rarity, term)) / 4 ** (len(term) - 1))


@lru_cache(maxsize=2**16)
def rarity(form: str) -> float:
    """How often a form is met, as far as its letters tell: from little to 1."""
    if len(form) < 3 or form in COMMON:
        return 1.0
    beginning = words.beginning(form)
    return float(0.6 ** min(len(beginning), 14) * (4 if words.is_wild(form) else 1))
