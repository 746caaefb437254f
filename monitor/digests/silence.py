"""Silences: which wish, if any, keeps an item out of a letter. Pure.

A silence counts when letters are made and never when rules are asked: what matched stays recorded, an edition accounts
for what it withholds, and so nothing comes late when the silence ends. It holds for every priority, high ones too.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from monitor.digests.tidy import is_hidden
from monitor.model import MatchedItem, RuleId, Silence

# Typed, typeset and modifier-letter apostrophes; the last are letters to Unicode and would join two words.
APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u02b9\u02bb\u0060\u00b4\u2032]")
LATIN_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")  # й and ї are letters of their own and keep their marks
NO_SPACES = 0x2E80  # from here on scripts that write no blanks between words, where a word may stand anywhere
PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')


def which(matched: MatchedItem, silences: Sequence[Silence], now: datetime) -> Silence | None:
    """The silence that keeps an item out of a digest's letter; None if none does.

    Args:
        matched: the item with those hits alone that the digest tells: a topic is silenced for an item only if every one
            of them is of a silenced topic, for what another topic wants to tell is told.
        silences: in any order; those that have ended or were lifted do not count.
        now: when the letter is made.
    """
    valid = [one for one in silences if holds(one, now)]
    for one in valid:
        if one.scope != "topic" and concerns(one, matched):
            return one
    topics: dict[RuleId, Silence] = {}
    for one in valid:
        if one.scope == "topic":
            topics.setdefault(one.target, one)
    if matched.hits and all(hit.rule in topics for hit in matched.hits):
        return topics[matched.hits[0].rule]
    return None


def holds(silence: Silence, now: datetime) -> bool:
    """Whether a silence counts at an instant."""
    return silence.since <= now < silence.until and (silence.lifted is None or now < silence.lifted)


def concerns(silence: Silence, matched: MatchedItem) -> bool:
    """Whether an item is of what a silence is about, whenever that was."""
    match silence.scope:
        case "topic":
            return any(hit.rule == silence.target for hit in matched.hits)
        case "feed":
            return matched.item.feed == silence.target
        case "story":
            return silence.target in (matched.item.id, matched.story)
        case "words":
            wanted = phrases(silence.target)
            return bool(wanted) and all(_stands(phrase, _texts(matched)) for phrase in wanted)


@lru_cache(maxsize=256)
def phrases(target: str) -> tuple[str, ...]:
    """What every silenced item must hold, in its compared form: each word, and each phrase that stands in quotes.

    A word that ends in ``*`` is the beginning of one.
    """
    found = ("".join(pair) for pair in PHRASE.findall(re.sub("[“”„«»]", '"', target)))
    return tuple(plain + "*" * one.endswith("*") for one in found if (plain := _plain(one)))


def _stands(phrase: str, texts: Sequence[str]) -> bool:
    wanted = phrase.removesuffix("*")
    before = "" if ord(wanted[0]) >= NO_SPACES else " "
    after = "" if phrase.endswith("*") or ord(wanted[-1]) >= NO_SPACES else " "
    return any(f"{before}{wanted}{after}" in text for text in texts)


def _texts(matched: MatchedItem) -> tuple[str, str]:
    return f" {_plain(matched.item.title)} ", f" {_plain(matched.item.summary)} "


@lru_cache(maxsize=2_048)  # a letter asks every silence of words about the same items
def _plain(text: str) -> str:
    """The words of a text and nothing else, a blank between two; case, accents and kinds of apostrophe do not count."""
    bare = unicodedata.normalize("NFKD", "".join(char for char in text if not is_hidden(char))).casefold()
    bare = unicodedata.normalize("NFC", LATIN_ACCENTS.sub("", APOSTROPHES.sub("'", bare)))
    return " ".join(re.findall(r"\w+", bare))
