import asyncio
import json

from click.testing import CliRunner
from test_alerts import ALERT
from world import BBC

from monitor.cli.main import cli

QUIET = 'quiet = "00:00-23:59"\n'


async def run(world, *words: str, code: int = 0) -> str:
    await world.dies()
    config = str(world.folder / "config.toml")
    result = await asyncio.to_thread(CliRunner().invoke, cli, ["--config", config, "digest", "simulate", *words])
    assert result.exit_code == code, result.output + str(result.exception)
    return result.output


async def heard(world):
    world.today()
    for number in range(3):
        world.says(BBC, f"IMF tranche, news {number}")
    await world.hears()


async def test_it_says_what_todays_digests_would_have_sent_instead_of_a_message_an_item(world):
    await heard(world)
    said = await run(world, "--since", "30d")
    assert "desk: 0 messages instead of 3, 3 still waiting" in said


async def test_it_plays_another_configuration_and_gives_its_messages_as_lines(world):
    await heard(world)
    changed = world.folder / "changed.toml"
    text = (world.folder / "config.toml").read_text().split("[[digest]]")[0]
    changed.write_text(text + ALERT + 'group_wait = "0s"\n')
    said = await run(world, "now", "--since", "1d", "--config", str(changed))
    assert "now: 1 message instead of 3" in said
    [message] = [json.loads(line) for line in (await run(world, "--config", str(changed), "--json")).splitlines()]
    assert message["digest"] == "now"
    assert len(message["items"]) == 3
    changed.write_text(text + ALERT + 'group_wait = "0s"\n' + QUIET)
    assert "instead of 3" in await run(world, "--config", str(changed))
    assert "did you mean" in await run(world, "nov", "--config", str(changed), code=66)


async def test_nothing_caught_is_said_plainly(world):
    said = await run(world)
    assert "nothing since" in said
    assert "desk: 0 messages instead of 0" in said
