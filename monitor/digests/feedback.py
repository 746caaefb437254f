"""Links in letters by which a reader marks an item with one click, signed so that nobody else can make one. Pure.

A link is ``/f/ITEM/MARK/DIGEST/UNTIL/SIGNATURE``. One letter goes to all readers of a digest, so a mark by link is a
mark of them together. The signature is HMAC-SHA256 of the rest under ``feedback_key``, which stands nowhere in it.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

from msgspec.structs import replace

from monitor.digests.letter import Entry, Letter
from monitor.model import ItemId, Secret

VALID = timedelta(days=60)
SIGNATURE = 16  # bytes of the 32: 128 bits are more than anyone guesses, and a link is to be short
MARKS: tuple[Literal["relevant", "noise"], ...] = ("relevant", "noise")


class Click(NamedTuple):
    """What a link says."""

    item: ItemId
    mark: Literal["relevant", "noise"]
    digest: str

    @property
    def who(self) -> str:
        """Under which name the mark is kept; no login name has a blank in it."""
        return f"readers of {self.digest}"


class Links(NamedTuple):
    """The two links of an item; empty where config.toml asks for none."""

    relevant: str = ""
    noise: str = ""


def links(item: ItemId, digest: str, *, base: str, key: Secret, now: datetime) -> Links:
    """The links of an item in a letter of a digest.

    Args:
        item: the item.
        digest: the digest's name.
        base: ``public_url`` of config.toml, without a slash at its end.
        key: ``feedback_key`` of config.toml.
        now: when the letter is made; the links are good for 60 days.
    """
    if not base or not key:
        return Links()
    until = str(int((now + VALID).timestamp()))
    paths = ("/".join((item, mark, digest, until)) for mark in MARKS)
    return Links(*(f"{base}/f/{path}/{_signature(key, path)}" for path in paths))


def linked(letter: Letter, *, base: str, key: Secret) -> Letter:
    """The letter with the two links at each of its stories, where config.toml asks for them."""
    if not base or not key:
        return letter

    def with_links(entry: Entry) -> Entry:
        made = links(entry.item, letter.digest, base=base, key=key, now=letter.until)
        return replace(entry, relevant_url=made.relevant, noise_url=made.noise)

    sections = (replace(one, entries=tuple(map(with_links, one.entries))) for one in letter.sections)
    return replace(letter, sections=tuple(sections))


def understood(path: str, key: Secret, now: datetime) -> Click | Literal["forged", "old"]:
    """What the part of a link behind ``/f/`` says, if we signed it and its time has not run out."""
    said, _, signature = path.rpartition("/")
    if not key or not hmac.compare_digest(_signature(key, said).encode(), signature.encode("utf-8", "replace")):
        return "forged"
    item, written, digest, until = said.split("/")  # we signed it, so it has these parts
    if now > datetime.fromtimestamp(int(until), UTC):
        return "old"
    return Click(item, "relevant" if written == "relevant" else "noise", digest)


def _signature(key: Secret, said: str) -> str:
    """The purpose is signed too: the key may come to sign other things."""
    signed = f"monitor feedback 1\n{said}".encode("utf-8", "replace")
    return urlsafe_b64encode(hmac.new(key.encode(), signed, sha256).digest()[:SIGNATURE]).rstrip(b"=").decode()
