"""Lints: what is no mistake in a rule and may still surprise its writer. Pure."""

from msgspec import Struct


class Lint(Struct, frozen=True, kw_only=True):
    """A warning: ``where`` is ``file:line:column``, ``excerpt`` the line with carets under the part that is meant."""

    where: str
    message: str
    hint: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}; {self.hint}"
