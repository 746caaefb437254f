"""One file of the rules folder: its values, and complaints that point at the very characters. Pure."""

from collections.abc import Iterable
from typing import Any

from monitor import toml
from monitor.errors import RuleError, did_you_mean
from monitor.rules.fault import Fault

LARGEST = 256 * 1024  # characters; no rule that a person keeps in mind is as long


class Document:
    """A TOML file while it is read; it collects mistakes instead of stopping at the first."""

    def __init__(self, where: str, text: str) -> None:
        self.where, self.text = where, text
        self._mistakes: list[tuple[toml.Place, RuleError]] = []
        self.values: dict[str, Any] = {}
        if len(text) > LARGEST:
            message = f"this file is larger than {LARGEST // 1024} KiB"
            hint = "one topic a file; is it a rule file at all?"
            self._mistakes.append((toml.Place(1, 1), RuleError(message, where=where, hint=hint)))
            return
        try:
            self.values = toml.read(text, where=where, kind=RuleError)
        except RuleError as wrong:
            self._mistakes.append((toml.Place(1, 1), wrong))

    def wrong(self, path: toml.Path, message: str, hint: str) -> None:
        """Complain of the value at ``path``."""
        self._add(toml.place_of_value(self.text, path), 1, message, hint)

    def wrong_key(self, path: toml.Path, message: str, hint: str) -> None:
        """Complain of the key at ``path``."""
        self._add(toml.place_of_key(self.text, path), len(str(path[-1])), message, hint)

    def wrong_part(self, path: toml.Path, fault: Fault) -> None:
        """Complain of some characters of the text at ``path``."""
        where, shown = self.shown(path, fault.start, fault.end)
        at = toml.place_in_value(self.text, path, fault.start)
        self._mistakes.append((at, RuleError(fault.message, where=where, hint=fault.hint, excerpt=shown)))

    def unknown_keys(self, table: dict[str, Any], known: Iterable[str], path: toml.Path = ()) -> None:
        """Complain of every key that means nothing here."""
        for key in table:
            if key not in known:
                self.wrong_key((*path, key), f"unknown key {key!r}", did_you_mean(key, known))

    def text_at(self, table: dict[str, Any], path: toml.Path, default: str = "") -> str:
        """The text under the last step of ``path``; a complaint if something else is there."""
        value = table.get(str(path[-1]), default)
        if isinstance(value, str):
            return value
        self.wrong(path, f"{path[-1]!r} is a text", f'in quotes: {path[-1]} = "..."')
        return default

    def shown(self, path: toml.Path, start: int, end: int) -> tuple[str, str]:
        """Where some characters of the text at ``path`` stand, and the line with carets under them."""
        at = toml.place_in_value(self.text, path, start)
        past = toml.place_in_value(self.text, path, end)
        return self._shown(at, past.column - at.column if past.line == at.line else LARGEST)

    @property
    def mistakes(self) -> list[RuleError]:
        """What was complained of, in the order of the file."""
        return [mistake for _, mistake in sorted(self._mistakes, key=lambda pair: pair[0])]

    def _add(self, at: toml.Place, width: int, message: str, hint: str) -> None:
        where, shown = self._shown(at, width)
        self._mistakes.append((at, RuleError(message, where=where, hint=hint, excerpt=shown)))

    def _shown(self, at: toml.Place, width: int) -> tuple[str, str]:
        # Carets end with the line: a fault may run on into the next ones.
        shown, carets = toml.excerpt(self.text, at, width).split("\n")
        carets = carets[: max(len(shown), carets.index("^") + 1)]
        return f"{self.where}:{at.line}:{at.column}", f"{shown}\n{carets}"
