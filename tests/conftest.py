"""What every test may ask for."""

import pytest


@pytest.fixture
async def world(tmp_path):
    """The whole service with two feeds, one rule, one digest at 07:00 and 18:00 in Kyiv."""
    from world import World  # the whole service: only for tests that ask for it

    async with World(tmp_path) as one:
        yield one
