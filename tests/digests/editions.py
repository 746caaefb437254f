"""An edition of several parts, put into the outbox of a world."""

from typing import Any

from digests.letters import a_letter

from monitor.digests import outbox, parts
from monitor.model import Part


async def in_parts(world: Any, count: int = 3) -> list[str]:
    """Queue a letter that a small channel gets in about so many parts; answers with their texts."""
    whole = Part(subject="s", text="\n\n".join(f"story {n}" for n in range(40)), html="h")
    pieces = parts.fitted((whole,), parts.Room(size=len(whole.text) // count + 60))
    event = outbox.queued(
        a_letter(),
        slot="request x",
        reason="requested",
        through="",
        parts=pieces,
        recipients={"desk-hook": ("1",)},
        now=world.now,
    )
    await world.service.house.record([event])
    return [part.text for part in pieces]
