"""What each entry of a document was, byte for byte, and what it became: what was read once is not read again. Pure.

Three things must hold, or the whole document is read: its entries can be told apart for sure (``scan``), what one entry
says does not hang on another (the parser watches that), and no id of theirs hangs on another entry (``merge``).

``Heard.entries``, ``PollState.entries`` and ``Job.entries`` hold one record for each entry of a document, in document
order: 8 bytes hash of the entry, 16 bytes item id, 8 bytes hash of its clash key.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple
from xml.parsers import expat

from monitor.model import ItemId

HASH = 8  # bytes, of an entry and of a clash key
ID = 16  # bytes of an item id, which is 32 hex digits
RECORD = HASH + ID + HASH  # bytes
NO_HASH = bytes(HASH)
NAMES = ("item", "entry")  # what feedparser takes for one, in whatever case and namespace
MOST_ENTRIES = 2000
DEEPEST = 8  # elements around an entry; two are usual
READING = b"1"  # to be raised when entries that were read before should be read anew


class Entry(NamedTuple):
    """One entry of a document."""

    hash: bytes  # of its bytes and of what they stand in; zeros: not known, it is read at every poll
    item: ItemId  # what it became; empty if it is no item
    clash: bytes  # hash of its guid, or else its link: what others must share to change its id; zeros without either


def pack(entries: Iterable[Entry]) -> bytes:
    """The records as one run of bytes."""
    return b"".join(entry.hash + (bytes.fromhex(entry.item) or bytes(ID)) + entry.clash for entry in entries)


def unpack(entries: bytes) -> list[Entry]:
    """The records of ``pack``; none if the bytes are not records."""
    if len(entries) % RECORD:
        return []
    return [
        Entry(
            entries[at : at + HASH],
            entries[at + HASH : at + HASH + ID].hex() if any(entries[at + HASH : at + HASH + ID]) else "",
            entries[at + HASH + ID : at + RECORD],
        )
        for at in range(0, len(entries), RECORD)
    ]


def items_of(entries: bytes) -> tuple[ItemId, ...]:
    """The items of a document in its order, each once."""
    return tuple(dict.fromkeys(entry.item for entry in unpack(entries) if entry.item))


def clash(guid: str, link: str) -> bytes:
    """Hash of the key that an entry's id hangs on together with others that bear it."""
    if not guid and not link:
        return NO_HASH
    return blake2b((f"guid {guid}" if guid else f"link {link}").encode(), digest_size=HASH).digest()


# -- where the entries are -------------------------------------------------------------------------------------------


class Cut(NamedTuple):
    """The entries of a document: where each begins and ends, and its hash."""

    spans: tuple[tuple[int, int], ...]
    hashes: tuple[bytes, ...]


def scan(document: bytes) -> Cut | None:
    """Where the entries of a well-formed UTF-8 document are; None if that is not as plain as it should be.

    The hash is of an entry's bytes, and of the elements that it stands in: they bear names, namespaces and bases.

    Raises:
        ExpatError: the document is not well-formed, or a prefix is bound to no namespace.
    """
    return _Scan(document).cut()


class _Scan:
    def __init__(self, document: bytes) -> None:
        self.document = document
        self.expat = expat.ParserCreate("utf-8", " ")
        self.expat.StartElementHandler = self.start
        self.expat.EndElementHandler = self.end
        self.expat.StartNamespaceDeclHandler = self.bind
        self.expat.StartDoctypeDeclHandler = self.doctype
        self.path: list[tuple[str, dict[str, str]]] = []  # the elements that are open
        self.place: list[tuple[str, dict[str, str]]] = []  # those around the first entry
        self.depth = 0  # of the entry that is open
        self.spans: list[tuple[int, int]] = []
        self.begin = 0
        self.fresh: list[tuple[str | None, str]] = []  # bindings of the element that is about to start
        self.outside: set[tuple[str | None, str]] = set()
        self.inside: set[tuple[str | None, str]] = set()  # of entries
        self.plain = True

    def cut(self) -> Cut | None:
        self.expat.Parse(self.document, True)
        if not self.plain or not 0 < len(self.spans) <= MOST_ENTRIES or self.entangled():
            return None
        about = blake2b(repr((READING, self.place, sorted(map(repr, self.outside)))).encode(), digest_size=32).digest()
        hashes = (_hash(self.document[begin:end], about) for begin, end in self.spans)
        return Cut(tuple(self.spans), tuple(hashes))

    def doctype(self, *_declared: object) -> None:
        self.plain = False

    def bind(self, prefix: str | None, uri: str) -> None:
        self.fresh.append((prefix, uri))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2].lower() in NAMES:
            if not self.spans and not self.depth:
                self.place = list(self.path)
            if self.depth or len(self.path) > DEEPEST or self.path != self.place:  # within another, or elsewhere
                self.plain = False
            else:
                self.begin, self.depth = self.expat.CurrentByteIndex, len(self.path) + 1
        if self.fresh:
            (self.inside if self.depth else self.outside).update(self.fresh)
            self.fresh.clear()
        self.path.append((name, attributes))

    def end(self, _name: str) -> None:
        if len(self.path) == self.depth:
            at = self.expat.CurrentByteIndex  # of the end tag, or behind a tag that is both
            closes = self.document.startswith(b"</", at) and at > self.begin
            self.spans.append((self.begin, self.document.index(b">", at) + 1 if closes else at))
            self.depth = 0
        self.path.pop()

    def entangled(self) -> bool:
        """Whether a name bound within an entry stands for something else elsewhere: feedparser forgets no binding."""
        bound = self.inside | self.outside
        prefixes, uris = defaultdict(set), defaultdict(set)
        for prefix, uri in bound:
            prefixes[prefix].add(uri)
            uris[uri].add(prefix)
        return any(len(uris[uri]) > 1 or (prefix and len(prefixes[prefix]) > 1) for prefix, uri in self.inside)


def _hash(entry: bytes, about: bytes) -> bytes:
    return blake2b(entry, digest_size=HASH, key=about).digest()


def hash_of(entry: object) -> bytes:
    """Hash of an entry that did not come as XML."""
    try:
        return _hash(repr(entry).encode("utf-8", "replace"), READING)
    except ValueError:
        return NO_HASH  # a number so long that Python does not write it


class Rest(NamedTuple):
    """A document without the entries that were seen before: those that are left, where they begin, and their hashes."""

    document: bytes
    starts: tuple[int, ...]
    hashes: tuple[bytes, ...]


def leave_out(document: bytes, cut: Cut, seen: Collection[bytes]) -> Rest:
    """The document without the entries of these hashes."""
    pieces, starts, hashes = [], [], []
    at = left_out = 0
    for (begin, end), hashed in zip(cut.spans, cut.hashes, strict=True):
        if hashed in seen:
            pieces.append(document[at:begin])
            left_out += end - begin
            at = end
        else:
            starts.append(begin - left_out)
            hashes.append(hashed)
    return Rest(b"".join([*pieces, document[at:]]), tuple(starts), tuple(hashes))


# -- old and new -----------------------------------------------------------------------------------------------------


def seen(entries: bytes) -> dict[bytes, Entry]:
    """The entries of the document that was read last, by hash; without those that are to be read at every poll."""
    return {entry.hash: entry for entry in unpack(entries) if entry.hash != NO_HASH}


def merge(hashes: Sequence[bytes], before: bytes, new: Iterable[Entry]) -> list[Entry] | None:
    """The records of a document of which only the new entries were read; None if an id hangs on more than those.

    Args:
        hashes: of all its entries.
        before: the records of the document that was read last.
        new: the records of those entries whose hashes are not among these.
    """
    old, fresh = seen(before), iter(new)
    now = [old.get(hashed) or next(fresh) for hashed in hashes]
    kept = old.keys() & set(hashes)
    bearers: dict[object, set[bytes]] = defaultdict(set)
    for entry in now:
        for mark in _marks(entry):
            bearers[mark].add(entry.hash)
    gone = {mark for entry in unpack(before) if entry.hash not in kept for mark in _marks(entry)}
    for mark, hashed in bearers.items():
        if not hashed.isdisjoint(kept) and (len(hashed) > 1 or mark in gone):
            return None
    return now


def _marks(entry: Entry) -> list[object]:
    """What entries must share to have a say in each other's ids."""
    return [mark for mark in (entry.item, entry.clash) if mark and mark != NO_HASH]
