"""Whether one query can only hold where another does, as far as their shapes prove it. Pure."""

from collections.abc import Callable, Sequence

from monitor.rules import text, words
from monitor.rules.query import (
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
    Term,
    walk,
)

Forms = tuple[str, ...]


class Implication:
    """``terms``: the forms of a list, by its name. No answer is wrong; ``False`` may mean that nothing was proved."""

    def __init__(self, terms: Callable[[str], Sequence[Forms]]) -> None:
        self._terms = terms

    def proves(self, one: Query, other: Query) -> bool:
        """Whether ``other`` holds wherever ``one`` does."""
        return self._by_parts_of_one(one, other) or self._by_parts_of_other(one, other) or self._alike(one, other)

    def _by_parts_of_one(self, one: Query, other: Query) -> bool:
        match one:
            case Or(parts=parts):
                return all(self.proves(part, other) for part in parts)
            case And(parts=parts):
                return any(self.proves(part, other) for part in parts)
            case AnyOf(least=least, parts=parts):
                return sum(not self.proves(part, other) for part in parts) < least
            case ListRef(name=name):
                forms = self._terms(name)
                terms = (Term(start=one.start, end=one.end, words=form) for form in forms)
                return bool(forms) and all(self.proves(term, other) for term in terms)
            case InField(field="title" | "summary" | "body", part=part) | Lead(part=part) | Sentence(part=part):
                return positive(part) and self.proves(part, other)
            case AtLeast(part=part):
                return self.proves(part, other)
            case Near(first=first, second=second, absent=absent):
                return self.proves(first, other) or (not absent and self.proves(second, other))
        return False

    def _by_parts_of_other(self, one: Query, other: Query) -> bool:
        match other:
            case Or(parts=parts):
                return any(self.proves(one, part) for part in parts)
            case And(parts=parts):
                return all(self.proves(one, part) for part in parts)
            case AnyOf(least=least, parts=parts):
                return sum(self.proves(one, part) for part in parts) >= least
            case ListRef(name=name) if isinstance(one, Term):
                return any(holds_within(one.words, form) for form in self._terms(name))
        return False

    def _alike(self, one: Query, other: Query) -> bool:
        match one, other:
            case Term(words=longer), Term(words=shorter):
                return holds_within(longer, shorter)
            case ListRef(name=name), ListRef(name=also):
                return name == also
            case Regex(pattern=pattern), Regex(pattern=also):
                return pattern == also
            case Source(field=field, values=values), Source(field=also, values=wider):
                return field == also and set(values) <= set(wider)
            case Not(part=part), Not(part=wider):
                return self.proves(wider, part)
            case InField(field=field, part=part), InField(field=also, part=wider):
                return field == also and self.proves(part, wider)
            case InField(field="title", part=part), Lead(part=wider):
                return self.proves(part, wider) and positive(wider)
            case Lead(words=number, part=part), Lead(words=further, part=wider):
                return (number == further or (number < further and positive(wider))) and self.proves(part, wider)
            case Sentence(part=part), Sentence(part=wider):
                return self.proves(part, wider)
            case AtLeast(least=least, part=part), AtLeast(least=fewer, part=wider):
                return least >= fewer and self._same_spans(part, wider)
            case Near(), Near():
                return self._nearer(one, other)
        return False

    def _nearer(self, one: Near, other: Near) -> bool:
        if one.absent is not other.absent:
            return False
        same = self._same_spans(one.first, other.first)
        if one.absent:
            return same and one.most >= other.most and self._same_spans(other.second, one.second)
        turned = not other.ordered and self._same_spans(one.first, other.second)
        same = same and self._same_spans(one.second, other.second)
        turned = turned and self._same_spans(one.second, other.first)
        return one.most <= other.most and ((same and one.ordered >= other.ordered) or turned)

    def _same_spans(self, one: Query, other: Query) -> bool:
        """Whether each span of the one is a span of the other, word for word."""
        wider = set(self._forms(other))
        forms = self._forms(one)
        return bool(forms) and all(
            any(len(form) == len(some) and all(map(covers, some, form)) for some in wider) for form in forms
        )

    def _forms(self, query: Query) -> list[Forms]:
        """The terms of what is nothing but terms; none of anything else."""
        if not all(isinstance(part, Term | ListRef | Or) for part in walk(query)):
            return []
        found: list[Forms] = []
        for part in walk(query):
            if isinstance(part, Term):
                found.append(part.words)
            elif isinstance(part, ListRef):
                found += self._terms(part.name)
        return found


def positive(query: Query) -> bool:
    """Whether a query holds for more wherever more is looked at."""
    return not any(isinstance(part, Not) or (isinstance(part, Near) and part.absent) for part in walk(query))


def holds_within(longer: Forms, shorter: Forms) -> bool:
    """Whether the second term is found wherever the first is."""
    return any(all(map(covers, shorter, longer[at:])) for at in range(len(longer) - len(shorter) + 1))


def covers(wide: str, narrow: str) -> bool:
    """Whether each word of the second form is one of the first."""
    if wide == narrow:
        return True
    if wide.startswith(words.EXACT):
        return False
    if narrow.startswith(words.EXACT):
        if words.is_wild(narrow):
            return False
        narrow = text.fold(narrow.removeprefix(words.EXACT))
        if wide == narrow:
            return True
    if wide.endswith("*") and not words.is_wild(wide[:-1]):
        return words.beginning(narrow).startswith(wide[:-1])
    return words.is_wild(wide) and not words.is_wild(narrow) and words.pattern(wide).fullmatch(narrow) is not None
