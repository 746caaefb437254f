"""Commands, run as a person runs them."""

import asyncio

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import cli


@pytest.fixture
def run(world):
    """Run a command line on the world's folder, beside a loop that serves its feeds; the service has gone."""

    async def one(*words: str, code: int = 0) -> Result:
        await world.dies()
        config = str(world.folder / "config.toml")
        result = await asyncio.to_thread(CliRunner().invoke, cli, ["--config", config, *words])
        assert result.exit_code == code, result.output + str(result.exception)
        assert "Traceback" not in result.output
        assert "\x1b" not in result.output
        return result

    return one
