"""Silences and marks as a person makes them: what is asked for, what is refused, what is said."""

import json
from datetime import timedelta

import pytest
from click.testing import Result
from world import BBC, IMF


@pytest.fixture
async def told(world):
    world.today()
    world.says(BBC, "IMF releases tranche for Ukraine")
    world.says(IMF, "A tranche of news: the IMF mission ends")
    world.says(IMF, "Rain expected in the west")
    await world.polls()
    return world


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


WHY = ("--comment", "we are there ourselves", "--who", "olena")


async def test_a_silence_is_made_listed_and_lifted(told, run):
    made = await run("silence", "add", "--topic", "imf-tranche", "--for", "2d", *WHY)
    assert "topic imf-tranche until" in made.output
    [said] = lines(await run("silence", "list", "--json"))
    assert (said["scope"], said["target"], said["who"]) == ("topic", "imf-tranche", "olena")
    assert said["comment"] == "we are there ourselves"
    assert said["id"] in made.output
    listed = await run("silence", "list")
    assert "olena" in listed.output
    assert said["id"] in listed.output
    await run("silence", "lift", said["id"][:4], "--who", "taras")
    assert "nothing is silenced" in (await run("silence", "list")).output
    assert "lifted" in (await run("silence", "list", "--all")).output
    assert "ended already" in (await run("silence", "lift", said["id"], code=64)).stderr


async def test_a_silence_may_be_of_a_feed_a_story_or_words(told, run):
    await run("silence", "add", "--feed", BBC, "--until", "2999-01-01", *WHY, code=64)
    tomorrow = (told.now + timedelta(days=1)).date().isoformat()
    await run("silence", "add", "--feed", BBC, "--until", f"{tomorrow}T23:00", *WHY)
    await run("silence", "add", "--story", "https://bbc.example/bbc-0", "--for", "1w", *WHY)
    await run("silence", "add", "--words", 'mission "IMF mission"', "--for", "30m", *WHY)
    found = lines(await run("silence", "list", "--json"))
    assert [one["scope"] for one in found] == ["feed", "story", "words"]
    assert len(found[1]["target"]) == 32  # the item's id, whatever it was named by


REFUSED = [
    (("--topic", "imf-tranch", "--for", "2d"), 66, "did you mean 'imf-tranche'?"),
    (("--feed", "bbcc", "--for", "2d"), 66, "did you mean 'bbc'?"),
    (("--story", "https://nowhere.example/x", "--for", "2d"), 66, "there is no item"),
    (("--words", ' -- "" ', "--for", "2d"), 64, "there is no word"),
    (("--words", "x" * 201, "--for", "2d"), 64, "1 to 200 characters"),
    (("--feed", "bbc"), 64, "has an end"),
    (("--feed", "bbc", "--for", "2d", "--until", "2999-01-01"), 64, "has an end"),
    (("--feed", "bbc", "--for", "0m"), 64, "would be over already"),
    (("--feed", "bbc", "--until", "2024-01-01"), 64, "would be over already"),
    (("--feed", "bbc", "--for", "366d"), 64, "365 days at most"),
    (("--feed", "bbc", "--for", "soon"), 64, "is no time"),
    (("--feed", "bbc", "--topic", "imf-tranche", "--for", "2d"), 64, "about one thing"),
    (("--for", "2d"), 64, "about one thing"),
    (("--feed", "bbc", "--for", "2d", "--comment", "  "), 64, "a comment has 1 to 500 characters"),
    (("--feed", "bbc", "--for", "2d", "--who", "x" * 65), 64, "a name has 1 to 64 characters"),
]


async def test_a_silence_that_makes_no_sense_is_refused(told, run):
    for words, code, says in REFUSED:
        refused = await run("silence", "add", *WHY, *words, code=code)
        assert says in refused.stderr, words
        assert "hint:" in refused.stderr
    assert "hint:" in (await run("silence", "add", *WHY, "--feed", "bbcc", "--for", "2d", "--dry-run", code=66)).stderr
    assert lines(await run("silence", "list", "--all", "--json")) == []


async def test_a_silence_that_does_not_exist_is_not_lifted(run):
    for name in ("beef", "", "%"):
        assert "there is no silence" in (await run("silence", "lift", name, code=66)).stderr


async def test_a_silence_can_be_tried_before_it_is_made(told, run):
    tried = await run("silence", "add", "--words", "mission", "--for", "2d", "--dry-run", *WHY)
    assert "1 of the items of the last 7 days" in tried.output
    assert "the IMF mission ends" in tried.output
    assert "releases" not in tried.output
    none = await run("silence", "add", "--words", "rain", "--for", "2d", "--dry-run", *WHY)
    assert "0 of the items" in none.output  # nobody was going to be told of rain
    assert lines(await run("silence", "list", "--all", "--json")) == []


async def test_an_item_is_marked_by_people_and_the_newest_word_of_each_counts(told, run):
    item = "https://bbc.example/bbc-0"
    assert "is noise" in (await run("mark", item, "noise", "--who", "olena")).output
    await run("mark", item, "relevant", "--who", "olena")
    assert len(lines(await run("items", "--marked", "relevant", "--json"))) == 1
    assert lines(await run("items", "--marked", "noise", "--json")) == []
    await run("mark", "ffff", "noise", code=66)
    await run("mark", item, "boring", code=2)


async def test_the_report_says_how_precise_people_find_rules_and_terms(told, run):
    await run("mark", "https://bbc.example/bbc-0", "relevant", "--who", "olena")
    await run("mark", "https://imf.example/imf-0", "noise", "--who", "olena")
    said = " ".join((await run("rules", "report")).output.split())
    assert "of what people marked, relevant:" in said
    assert "50% of 2 2 1 1 imf-tranche" in said
    assert "50% of 2 2 1 1 imf-tranche tranche" in said
    [report] = lines(await run("rules", "report", "--json"))
    whole = {"rule": "imf-tranche", "term": "", "hits": 2, "relevant": 1, "noise": 1, "precision": 0.5}
    assert report["precision"][0] == whole


async def test_no_comment_can_write_into_a_terminal(told, run):
    await run("silence", "add", "--feed", BBC, "--for", "2d", "--comment", "\x1b[31mred\x07", "--who", "o\x1b[0m")
    assert "\x1b" not in (await run("silence", "list")).output
    assert "\x1b" not in (await run("status")).output


async def test_status_says_what_is_silenced_and_what_ends_soon(told, run):
    await run("silence", "add", "--feed", BBC, "--for", "2h", *WHY)
    await run("silence", "add", "--feed", IMF, "--for", "9d", *WHY)
    said = (await run("status")).output
    assert "2 silences, 1 ends within a day" in " ".join(said.split())
    [told_of] = lines(await run("status", "--json"))
    assert [one["target"] for one in told_of["silences"]] == [BBC, IMF]


@pytest.mark.parametrize("words", ["harbour AND strike", "harbour OR strike", "harbour NEAR/3 strike", "NOT strike"])
async def test_what_a_rule_would_understand_and_a_silence_does_not_is_refused(told, run, words):
    refused = await run("silence", "add", "--words", words, "--for", "1h", *WHY, code=64)
    assert "is no word of a silence but of a rule" in refused.stderr
    assert "make two silences" in refused.stderr
