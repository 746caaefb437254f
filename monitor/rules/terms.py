"""rules/terms.toml: the lists of words that every query can name. Pure."""

import re
from collections.abc import Iterable, Iterator

from monitor.errors import did_you_mean
from monitor.rules import words
from monitor.rules.document import Document
from monitor.rules.fault import Fault
from monitor.rules.guard import LIST_NAME

FILE = "terms.toml"
NO_FORM = (
    (re.compile(r'"'), "a form needs no quotes of its own", "its words follow each other in any case, as in a phrase"),
    (
        re.compile(r"[()]|(?<!\S)(?:AND|OR|NOT|O?NEAR(?:/\w*)?)(?!\S)"),
        "a list holds words and phrases, not queries",
        'write each form by itself: ["Kyiv", "Kiev"]',
    ),
    (re.compile(r"(?<!\S)[A-Za-z]+:(?=\S)"), "a form has no field", "write the field in the query: title:$NAME"),
    (re.compile(r"^/.*/$"), "a list holds no regular expressions", "write it in the query: $NAME OR /.../"),
    (re.compile(r"\t"), "a tab stands within a form", 'write each form by itself: ["Kyiv", "Kiev"]'),
)


class Lists:
    """The lists by name; a list that is wrong is known and empty, so that it is complained of once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.unreadable = bool(document.mistakes)  # then no name can be called unknown
        self.written: dict[str, tuple[str, ...]] = {}
        self._phrases: dict[str, dict[tuple[str, ...], str]] = {}  # with the form as it is written
        self._forms: dict[str, tuple[tuple[str, ...], ...]] = {}
        self._named: dict[str, list[str]] = {}  # the other lists that a list holds
        self._circling: set[str] = set()  # lists that a complaint about holding themselves was made for
        for name, value in document.values.items():
            self._read(name, value)
        for name in self.written:
            self._check_named(name)

    def forms(self, name: str) -> tuple[tuple[str, ...], ...]:
        """The forms of a list and of the lists that it holds, each once."""
        if name not in self._forms:
            self._forms[name] = tuple(self.as_written(name))
        return self._forms[name]

    def as_written(self, name: str) -> dict[tuple[str, ...], str]:
        """The same, with each form as it is written."""
        return {form: written for each in self.with_named([name]) for form, written in self._phrases[each].items()}

    def every_form(self) -> Iterator[tuple[str, int, str, tuple[str, ...]]]:
        """Each form of each list: the list's name, the form's number, as it is written and as it is compared."""
        for name, forms in self.written.items():
            numbers = {form: number for number, form in reversed(list(enumerate(forms)))}
            for form, written in self._phrases[name].items():
                yield name, numbers[written], written, form

    def with_named(self, names: Iterable[str]) -> list[str]:
        """These lists and those that they hold, sorted."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name in self.written and name not in found:
                found.add(name)
                waiting += self._named[name]
        return sorted(found)

    def unknown(self, name: str, start: int, end: int) -> Fault:
        """The complaint about a name that is no list."""
        hint = did_you_mean(name, self.written) or f'write it in {FILE}: {name} = ["..."]'
        return Fault(f"there is no list ${name}", start, end, hint)

    # -- reading -------------------------------------------------------------------------------------------------------

    def _read(self, name: str, value: object) -> None:
        self.written[name], self._phrases[name], self._named[name] = (), {}, []
        if not LIST_NAME.fullmatch(name):
            hint = f"capitals, digits and _: {re.sub(r'[^A-Z0-9_]', '_', name.upper())}"
            self.document.wrong_key((name,), f"{name!r} is no name of a list", hint)
            return
        if not isinstance(value, list):
            self.document.wrong((name,), "a list stands in brackets", f'{name} = ["one form", "another"]')
            return
        if not value:
            self.document.wrong((name,), f"the list ${name} is empty", "a rule that names it would never hold")
        for number, form in enumerate(value):
            if not isinstance(form, str):
                self.document.wrong((name, number), "a form is a text", 'in quotes: "1991"')
                continue
            try:
                self._form(name, form)
            except Fault as fault:
                self.document.wrong_part((name, number), fault)
        self.written[name] = tuple(form for form in value if isinstance(form, str))

    def _form(self, name: str, form: str) -> None:
        if form.startswith("$") and LIST_NAME.fullmatch(form[1:]):
            self._named[name].append(form[1:])
            return
        for pattern, message, hint in NO_FORM:
            if found := pattern.search(form):
                raise Fault(message, found.start(), found.end(), hint)
        self._phrases[name].setdefault(words.forms(form, 0, what="form"), form)

    def _check_named(self, name: str) -> None:
        """Complain of names in a list that are no lists, or that lead back to it."""
        for other in self._named[name]:
            path = (name, self.document.values[name].index(f"${other}"))
            if other not in self.written:
                self.document.wrong_part(path, self.unknown(other, 0, len(other) + 1))
            elif name in (held := self.with_named([other])) and not self._circling.intersection(held):
                self._circling.update(held)
                message = f"${name} holds itself" if other == name else f"${name} holds itself, by way of ${other}"
                self.document.wrong_part(path, Fault(message, 0, len(other) + 1, "take the name out of one of them"))
