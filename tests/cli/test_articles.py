"""What commands show of articles, and what they say where the library that reads them is not installed."""

import asyncio
import json
import sys

import pytest
from click.testing import CliRunner
from world import BBC, World

from monitor.cli.main import cli


async def run(world: World, *words: str, code: int = 0) -> str:
    config = str(world.folder / "config.toml")
    result = await asyncio.to_thread(CliRunner().invoke, cli, ["--config", config, *words])
    assert result.exit_code == code, result.output
    return result.output


async def test_evidence_in_an_article_is_shown_with_the_words_around_it(tmp_path):
    pytest.importorskip("trafilatura")
    told = "Ministers met in Odesa for hours. They agreed to open the grain corridor again before winter. " * 3
    async with World(tmp_path, feeds=(BBC,), keys={BBC: "full_text = true"}) as world:
        world.rule("corridor", """title = "Corridor"\nquery = 'body:"grain corridor"'""")
        await world.service.judging.reload()
        page = world.writes("odesa", f"<!doctype html><html><body><article><p>{told}</p></article></body></html>")
        world.says(BBC, "Ministers meet in Odesa", link=page)
        await world.hears()
        await world.reads()
        await world.dies()
        item = json.loads(await run(world, "items", "--since", "2024-01-01", "--json"))
        assert item["item"]["body"].startswith("Ministers met in Odesa")
        assert "open the grain corridor" in " ".join((await run(world, "items", "--since", "2024-01-01")).split())
        assert "open the grain corridor" in await run(world, "rules", "explain", page)
        assert "ItemTextRead" in await run(world, "log", "show", f"item/{item['item']['id']}")


async def test_full_text_without_the_library_that_reads_it_is_a_mistake_with_its_place_and_the_way_out(
    world, monkeypatch
):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    await run(world, "check")
    world.configures({BBC: 'full_text = "match"'})
    for command in ("check", "poll"):
        said = await run(world, command, code=78)
        assert "config.toml:12:1: to read articles, trafilatura must be installed" in said
        assert "hint: pip install '.[fulltext]'" in said
