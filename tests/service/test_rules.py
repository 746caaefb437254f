"""Changed rule files are taken up once they have settled, or refused whole with one notice."""

from world import BBC, RULE

OPERATOR = """
[[channel]]
name = "operator"
url = "json://127.0.0.1:{port}/hook"
"""


async def looks(world, times=3):
    """What the daemon's ticks do about the rules folder."""
    for _ in range(times):
        await world.service.judging.watch()


async def rings(world):
    """A world with a channel for its operator."""
    config = world.folder / "config.toml"
    config.write_text(config.read_text() + OPERATOR.format(port=world.port))
    await world.service.judging.reload()


async def test_a_changed_rule_is_in_force_without_a_signal(world):
    world.rule("imf-tranche", RULE.replace("tranche", "loan"))
    await looks(world)
    assert len(world.events("RulesChanged")) == 2
    world.says(BBC, "IMF loan for Ukraine")
    await world.polls(BBC)
    assert len(world.events("ItemMatched")) == 1


async def test_a_file_that_is_still_being_written_is_left_alone(world):
    world.rule("imf-tranche", RULE[:-5])
    await looks(world, 1)
    world.rule("imf-tranche", RULE.replace("tranche", "loan"))
    await looks(world, 1)
    assert world.events("RulesRefused") == []
    assert len(world.events("RulesChanged")) == 1
    await looks(world, 1)
    assert len(world.events("RulesChanged")) == 2


async def test_a_wrong_rule_is_refused_and_the_operator_told_once(world):
    await rings(world)
    for title in ("IMF tranche", "IMF tranche again"):
        world.rule("imf-tranche", RULE.replace("imf AND tranche", "imf AND tranche OR loan").replace("IMF", title))
        await looks(world)
        await world.later(minutes=1)
        await looks(world)
    refused = world.events("RulesRefused")
    assert len(refused) == 2
    assert "AND and OR are mixed" in refused[0].mistakes[0]
    assert len(world.letters) == 2
    assert "refused" in world.letters[0]["subject"]
    assert "imf-tranche.toml:3:" in world.letters[0]["text"]
    world.says(BBC, "IMF releases tranche")
    await world.polls(BBC)
    assert len(world.events("ItemMatched")) == 1, "the old rules are still in force"


async def test_rules_that_fail_their_own_example_are_refused(world):
    world.rule("imf-tranche", RULE + '[[expect]]\nmatch = "rain"\n')
    await looks(world)
    assert len(world.events("RulesRefused")) == 1


async def test_without_an_operator_the_log_is_told_and_nobody_is_written_to(world):
    world.rule("imf-tranche", "nonsense")
    await looks(world)
    await world.ticks()
    assert len(world.events("RulesRefused")) == 1
    assert world.letters == []


async def test_a_touched_file_that_says_the_same_is_no_event(world):
    world.rule("imf-tranche", RULE)
    await looks(world)
    assert len(world.events("RulesChanged")) == 1


async def test_an_empty_folder_is_refused_too(world):
    (world.folder / "rules" / "imf-tranche.toml").unlink()
    await looks(world)
    assert len(world.events("RulesRefused")) == 1
