"""Words that every part of the model uses: names, instants, secrets, troubles. Pure."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

FeedId: TypeAlias = str
ItemId: TypeAlias = str  # 32 hex digits
RuleId: TypeAlias = str  # the rule file's name without .toml
Utc: TypeAlias = Annotated[datetime, Meta(tz=True)]
Priority: TypeAlias = Literal["low", "normal", "high"]
FullText: TypeAlias = Literal["never", "match", "always"]

OPERATOR = "operator"  # the channel that notices about the service itself go to, and the digest they are kept under
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high")  # from least to most


class Secret(str):
    """A text that must not leave its slot: it prints as stars and is itself only where it is used as a str."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('***')"


class Trouble(Struct, frozen=True, kw_only=True):
    """What went wrong in the world: a stable code for machines and a sentence for people, without secrets."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"
