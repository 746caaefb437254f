"""The shape of views.db: tables, their columns and keys, indexes. Pure."""

VERSION = 9  # of the shape below; a file of another version is thrown away and folded anew

TABLES: dict[str, tuple[dict[str, type], tuple[str, ...]]] = {  # name: (columns, primary key)
    "service": ({"at": str, "what": str}, ("at", "what")),
    "rulesets": ({"at": str, "digest": str}, ("at",)),
    "feeds": (
        {
            "id": str,
            "failures": int,
            "down_since": str,
            "code": str,
            "text": str,
            "retry_at": str,
            "gap": str,
            "silent_since": str,
            "silent_at": str,  # when that was noticed
            "moved_to": str,
            "moved_from": str,
            "gone_from": str,
            "gone_at": str,
            "noticed": str,  # what the operator was last told of it
            "noticed_at": str,
        },
        ("id",),
    ),
    "items": (
        {
            "id": str,
            "feed": str,
            "guid": str,
            "url": str,
            "canonical": str,
            "title": str,
            "first_title": str,  # as it was first seen
            "summary": str,
            "body": str,
            "published": str,
            "lang": str,
            "author": str,
            "tags": str,
            "seen": str,
            "baseline": int,
            "revision": int,
            "story": str,  # the id of its first item
            "alone": int,  # set apart by hand
        },
        ("id",),
    ),
    "joins": (  # why an item is where it is; those that begin a story have none
        {"item": str, "at": str, "story": str, "other": str, "reason": str, "terms": str, "score": float, "who": str},
        ("item",),
    ),
    "texts": ({"item": str, "at": str, "code": str}, ("item",)),  # articles that were fetched, or could not be
    "quarantine": ({"item": str, "feed": str, "at": str, "title": str, "url": str, "why": str}, ("item",)),
    "matches": (
        {
            "event": str,
            "position": int,
            "at": str,
            "item": str,
            "revision": int,
            "rule": str,
            "version": str,
            "topic": str,
            "priority": str,
            "digests": str,
            "clause": str,
            "spans": str,
        },
        ("event",),
    ),
    "digests": ({"name": str, "declared": str}, ("name",)),
    "editions": (
        {
            "id": str,
            "position": int,
            "digest": str,
            "slot": str,
            "at": str,
            "reason": str,
            "items": str,
            "through": str,
        },
        ("id",),
    ),
    "shown": (
        {"digest": str, "item": str, "edition": str, "at": str, "story": str, "headline": str, "why": str, "by": str},
        ("digest", "item"),
    ),  # every item that an edition accounted for; ``why`` where it was withheld
    "silences": (
        {
            "id": str,
            "scope": str,
            "target": str,
            "who": str,
            "since": str,
            "until": str,
            "comment": str,
            "lifted": str,
            "lifted_by": str,
        },
        ("id",),
    ),
    "marks": ({"item": str, "who": str, "mark": str, "at": str}, ("item", "who")),
    "channels": ({"name": str, "source": str, "arrived": int, "at": str, "who": str}, ("name",)),
    "outbox": (
        {
            "delivery": str,
            "edition": str,
            "channel": str,
            "recipient": str,
            "part": int,
            "state": str,
            "n": int,
            "due": str,
            "code": str,
            "text": str,
            "sent_at": str,  # once sent, always sent: a late outcome of another attempt does not undo it
        },
        ("delivery",),
    ),
}

INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "feeds": (("failures",), ("noticed", "noticed_at"), ("gone_at",), ("silent_at",)),  # few of ten thousand
    "items": (("feed", "seen"), ("seen",), ("url",), ("canonical", "feed"), ("story",)),
    "quarantine": (("feed", "at"),),
    "matches": (("position",), ("item",), ("rule", "at")),
    "editions": (("digest", "position"),),
    "outbox": (("due",), ("edition",)),
    "shown": (("story",), ("item",), ("edition",)),
}
