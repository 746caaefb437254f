"""The commands as a person meets them: what they print, what they exit with, and what no feed can make them print."""

import json
import sqlite3

import click
import pytest
from click.testing import CliRunner, Result
from world import BBC, IMF

from monitor.cli.main import cli
from monitor.events import ItemMatched, ItemSeen
from monitor.log import codec

EVIL = "\x1b[31mIMF\x1b]0;title\x07 tranche ‮gpj.exe​\u0085 news"


async def told(world):
    world.says(BBC, "IMF releases tranche for Ukraine", summary="The IMF says the tranche is on its way.")
    world.says(BBC, "Rain expected in the west")
    world.says(IMF, "A tranche of news: the IMF mission ends")
    await world.polls()
    await world.at("07:00")


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def every_command(group=cli, path=()):
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        yield (*path, name)


@pytest.mark.parametrize("path", list(every_command()), ids=" ".join)
def test_every_command_explains_itself_in_80_columns(path):
    result = CliRunner().invoke(cli, [*path, "--help"], terminal_width=80)
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.output.splitlines()), result.output
    assert len(result.output.splitlines()) > 3


async def test_check_says_that_all_is_in_order(run):
    result = await run("check")
    assert "2 feeds, 1 rules" in result.output
    assert "all in order" in result.output


async def test_check_names_every_mistake_with_its_place(world, run):
    (world.folder / "rules" / "imf-tranche.toml").write_text("title = 'x'\nquery = 'imf AND tranche OR loan'\n")
    result = await run("check", code=78)
    assert "imf-tranche.toml:2:" in result.stderr
    assert "^" in result.stderr
    assert "hint:" in result.stderr
    [said] = lines(await run("check", "--json", code=78))
    assert said["line"] == 2
    assert said["file"].endswith("imf-tranche.toml")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.unlink(), "there is no configuration here"),
        (lambda path: path.write_bytes(b"[service]\n# \xff\n"), "is not UTF-8"),
        (lambda path: path.write_text("[service\n"), "not TOML"),
        (lambda path: path.write_text("[service]\nrules = 'nowhere'\n"), "nowhere"),
        (
            lambda path: path.write_text("[[digest]]\nname='d'\ncron='0 7 * * *'\ntopics=['imf-tranch']\n"),
            "imf-tranche",
        ),
        (lambda path: path.write_text("[[channel]]\nname='m'\nurl='${NOT_SET}'\n"), "NOT_SET"),
    ],
)
async def test_a_configuration_that_cannot_be_used_is_a_clear_complaint(world, run, spoil, says):
    spoil(world.folder / "config.toml")
    for command in ("check", "run", "poll"):
        result = await run(command, code=78)
        assert says in result.stderr
        assert "hint:" in result.stderr


async def test_a_data_folder_that_cannot_be_made_is_a_clear_complaint(world, run):
    (world.folder / "file").write_text("")
    config = world.folder / "config.toml"
    config.write_text(config.read_text().replace("[service]", "[service]\ndata = 'file/data'"))
    result = await run("poll", code=74)
    assert "file/data" in result.stderr
    assert "hint:" in result.stderr


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda path: path.write_bytes(b"no database at all, only words" * 200), 78),
        (lambda path: _foreign(path), 78),
        (lambda path: _newer(path), 78),
    ],
)
async def test_a_log_that_is_not_ours_is_refused_and_left_as_it_is(world, run, spoil, code):
    await world.dies()
    for path in (world.folder / "data").iterdir():
        path.unlink()
    log = world.folder / "data" / "log.db"
    spoil(log)
    before = log.read_bytes()
    for command in (["poll"], ["log", "verify"]):
        result = await run(*command, code=code)
        assert "log.db" in result.stderr
        assert "hint:" in result.stderr
    assert log.read_bytes() == before


def _foreign(path):
    with sqlite3.connect(path) as db:
        db.execute("create table recipes (name text)")
    db.close()


def _newer(path):
    from monitor.log.sqlite import SqliteLog

    SqliteLog.open(path).close()
    with sqlite3.connect(path) as db:
        db.execute("pragma journal_mode=delete")
        db.execute("pragma user_version=99")
    db.close()


async def test_before_the_first_poll_the_log_is_missing_and_that_is_said(world, run):
    await world.dies()
    for path in (world.folder / "data").iterdir():
        path.unlink()
    result = await run("items", code=66)
    assert "hint:" in result.stderr


async def test_poll_hears_the_feeds_and_names_those_in_trouble(world, run):
    world.says(BBC, "IMF releases tranche for Ukraine")
    world.fails(IMF, 503)
    result = await run("poll")
    assert "2 feeds polled, 1 in trouble" in result.output
    assert "imf: http_503" in result.output
    assert "IMF releases tranche" in (await run("items")).output
    steps = lines(await run("poll", "--json", BBC))
    assert [step["feed"] for step in steps] == [BBC]
    result = await run("poll", "bbx", code=66)
    assert "did you mean 'bbc'" in result.stderr


async def test_items_shows_what_was_seen_and_what_caught_it(world, run):
    await told(world)
    result = await run("items", "--since", "2024-09-01")
    assert "IMF releases tranche" in " ".join(result.output.split())
    assert "imf-tranche" in result.output
    assert all(len(line) <= 80 for line in result.output.splitlines())
    caught = lines(await run("items", "--since", "2024-09-01", "--topic", "imf-tranche", "--json"))
    assert len(caught) == 2
    assert caught[0]["hits"][0]["rule"] == "imf-tranche"
    assert "did you mean 'imf-tranche'" in (await run("items", "--topic", "imf", code=66)).stderr
    assert "is no time" in (await run("items", "--since", "soon", code=64)).stderr


async def test_items_can_be_searched_for_words(world, run):
    await told(world)
    since = ["--since", "2024-09-01", "--search"]
    assert len(lines(await run("items", "--json", *since, "tranche releases"))) == 1
    assert len(lines(await run("items", "--json", *since, "tranch* OR rain"))) == 3
    assert "nothing since" in (await run("items", *since, "snow")).output
    assert "cannot be searched for" in (await run("items", *since, '"', code=64)).stderr
    assert "stands alone" in (await run("items", "--topic", "imf-tranche", *since, "x", code=64)).stderr


async def test_no_feed_can_write_into_the_terminal(world, run):
    seen = ItemSeen(at=world.now, item="e" * 32, feed=BBC, title=EVIL, summary=EVIL, guid=EVIL, url="https://x.example")
    caught = ItemMatched(
        at=world.now, item="e" * 32, revision=0, rule="imf-tranche", rule_version="v", topic=EVIL, priority="high",
        clause=EVIL,
    )  # fmt: skip
    await world.service.house.record([seen, caught])
    await world.at("07:00")
    commands = (
        ["items", "--since", "2024-09-01"],
        ["log", "tail"],
        ["log", "show", f"item/{'e' * 32}"],
        ["digest", "preview", "desk"],
        ["digest", "show", "desk"],
        ["status"],
        ["feeds", "list"],
    )
    for command in commands:
        output = (await run(*command)).output
        assert output
        for evil in "\x1b\x07‮​\u0085":
            assert evil not in output, command


async def test_the_log_can_be_read_verified_exported_and_imported_twice(world, run):
    await told(world)
    assert "ItemMatched" in (await run("log", "tail", "-n", "100")).output
    assert [e["kind"] for e in lines(await run("log", "show", "service", "--json"))] == ["ServiceStarted"]
    assert "no stream" in (await run("log", "show", "feed/bbc", code=66)).stderr
    assert "every one as it was recorded" in (await run("log", "verify")).output
    exported = (await run("log", "export")).stdout
    assert len(exported.splitlines()) == len(lines(await run("log", "tail", "-n", "1000", "--json")))
    copy = world.folder / "copy.jsonl"
    copy.write_text(exported)
    head = json.loads((await run("status", "--json")).stdout)["head"]
    assert "0 events new" in (await run("log", "import", str(copy))).stderr
    assert json.loads((await run("status", "--json")).stdout)["head"] == head
    for path in (world.folder / "data").iterdir():
        path.unlink()
    count = len(exported.splitlines())
    assert f"{count} events new" in (await run("log", "import", str(copy))).stderr
    assert (await run("log", "export")).stdout == exported
    copy.write_text(exported.splitlines()[0] + "\nnonsense\n")
    result = await run("log", "import", str(copy), code=65)
    assert "copy.jsonl:2" in result.stderr


async def test_an_event_that_was_changed_is_named(world, run):
    await told(world)
    await world.dies()
    with sqlite3.connect(world.folder / "data" / "log.db") as db:
        guards = db.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
        for name, _ in guards:
            db.execute(f"drop trigger {name}")
        where = "where cast(body as text) like '%Rain%'"
        changed = db.execute(f"select position from events {where}").fetchone()[0]
        db.execute(f"update events set body = cast(replace(cast(body as text), 'Rain', 'Snow') as blob) {where}")
        for _, sql in guards:
            db.execute(sql)
    db.close()
    result = await run("log", "verify", code=65)
    assert f"event {changed} was changed" in result.stderr


async def test_digests_can_be_previewed_sent_listed_and_shown(world, run):
    world.today()
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.hears()
    page = world.folder / "digest.html"
    assert "releases" in (await run("digest", "preview", "desk")).output
    await run("digest", "preview", "desk", "--html", str(page))
    assert "<html" in page.read_text()
    assert "Nothing new" in (await run("digest", "preview", "desk", "--at", "1h")).output
    assert world.letters == []
    result = await run("digest", "send", "desk")
    assert "sent" in result.output
    assert len(world.letters) == 1
    listed = lines(await run("digest", "list", "--json"))
    assert [edition["digest"] for edition in listed] == ["desk"]
    assert "1 sent" in (await run("digest", "list")).output
    shown = await run("digest", "show", listed[0]["id"])
    assert world.letters[0]["text"].splitlines()[0] in shown.output
    assert "nothing waits" in (await run("digest", "send", "desk")).output
    assert "did you mean 'desk'" in (await run("digest", "send", "desc", code=66)).stderr
    assert (await run("digest", "show", "no-such", code=66)).stderr


async def test_a_letter_that_is_not_accepted_makes_send_exit_69(world, run):
    world.today()
    world.says(BBC, "IMF releases tranche for Ukraine")
    await world.hears()
    world.refuses(503)
    result = await run("digest", "send", "desk", code=69)
    assert "failed" in result.output


async def test_status_and_feeds_say_how_it_fares(world, run):
    await told(world)
    world.fails(IMF, 404)
    await world.polls(IMF)
    result = await run("status")
    for word in ("not running", "2 matches", "1 in trouble", "imf: http_404", "desk: next"):
        assert word in result.output, result.output
    assert json.loads((await run("status", "--json")).stdout)["counts"]["items"] == 3
    listed = (await run("feeds", "list")).output
    assert "http_404 x1" in listed
    assert "well" in listed
    assert len(lines(await run("feeds", "list", "--json"))) == 2


async def test_views_come_back_after_they_were_deleted(world, run):
    await told(world)
    before = lines(await run("items", "--since", "2024-09-01", "--json"))
    for path in (world.folder / "data").glob("views.db*"):
        path.unlink()
    assert lines(await run("items", "--since", "2024-09-01", "--json")) == before
    assert "folded from" in (await run("views", "rebuild")).output


async def test_rules_are_listed_and_their_examples_tried(world, run):
    rule = world.folder / "rules" / "imf-tranche.toml"
    assert "imf-tranche" in (await run("rules", "list")).output
    rule.write_text(rule.read_text() + '\n[[expect]]\nmatch = "IMF tranche"\n')
    assert "1 of 1 examples hold" in (await run("rules", "test")).output
    rule.write_text(rule.read_text() + '\n[[expect]]\nmatch = "rain"\n')
    result = await run("rules", "test", code=78)
    assert "1 of 2 examples hold" in result.output
    assert "imf-tranche.toml" in result.stderr
    await run("check", code=78)
    assert "did you mean" in (await run("rules", "test", "imf", code=66)).stderr


def test_a_line_of_the_log_is_what_the_codec_says():
    """The export is the codec's, so that a log can be read without us."""
    from datetime import UTC, datetime

    event = ItemSeen(at=datetime(2024, 9, 11, tzinfo=UTC), item="a" * 32, feed=BBC, title="x")
    assert codec.from_line(codec.to_line(event), "here:1") == event


async def test_a_labelled_file_is_scored(world, run):
    path = world.folder / "labelled.jsonl"
    path.write_text(
        '{"title": "IMF tranche", "labels": ["imf_tranche"]}\n'
        '{"title": "IMF tranche", "labels": ["unrelated"]}\n'
        '{"title": "IMF loan", "labels": ["imf-tranche"], "uncertain": true}\n'
    )
    [said] = lines(await run("rules", "score", str(path), "--json"))
    assert said == {"topics": {"imf-tranche": {"precision": 0.5, "recall": 1.0, "tp": 1, "fp": 1, "fn": 0}}}
    shown = (await run("rules", "score", str(path))).output
    assert "0.50 (0.09-0.91)" in shown
    assert "0.50 0.50" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    path.write_text("nonsense\n")
    assert "labelled.jsonl:1" in (await run("rules", "score", str(path), code=78)).stderr


async def test_the_workshop_speaks_on_the_terminal_and_to_programs(world, run):
    await told(world)
    since = ["--since", "2024-09-01"]
    rule = world.folder / "rules" / "imf-tranche.toml"
    copy = world.folder / "copy"
    copy.mkdir()
    (copy / "imf-tranche.toml").write_text(rule.read_text().replace("imf AND tranche", "rain"))
    for words, expected in (
        (["try", str(rule), *since], "2 items since"),
        (["diff", str(copy), *since], "2 gained, 1 lost"),
        (["explain", "https://bbc.example/bbc-0"], "caught"),
        (["whynot", "https://bbc.example/bbc-1"], "no rule caught it"),
        (["whynot", "https://elsewhere.example/"], "no feed has shown"),
        (["report", *since], "3 items since"),
        (["show", "imf-tranche"], "IMF tranche"),
        (["check"], "all in order"),
    ):
        result = await run("rules", *words)
        assert expected in result.output, result.output
        assert all(len(line) <= 80 for line in result.output.splitlines()), result.output
        if words[0] != "check":
            assert lines(await run("rules", *words, "--json"))


async def test_check_with_history_names_terms_that_nothing_matched(world, run):
    world.today()
    rule = world.folder / "rules" / "imf-tranche.toml"
    rule.write_text(rule.read_text().replace("imf AND tranche", "imf AND (tranche OR unheard*)"))
    assert "holds no items" in (await run("check", "--history")).output
    await world.boots()
    world.says(BBC, "IMF releases tranche")
    await world.hears()
    said = (await run("check", "--history")).output
    assert "nothing in 90d matched unheard*" in said
    assert "holds no items" not in said


async def test_rematch_counts_first_and_asks(world, run):
    await told(world)
    rule = world.folder / "rules" / "imf-tranche.toml"
    (world.folder / "rules" / "rain.toml").write_text(rule.read_text().replace("imf AND tranche", "rain"))
    said = (await run("rules", "rematch", "--since", "2024-09-01", code=1)).output
    assert "1 new matches in 1 items" in said
    said = (await run("rules", "rematch", "--since", "2024-09-01", "--yes")).output
    assert "1 recorded" in said
    assert "0 new matches" in (await run("rules", "rematch", "--since", "2024-09-01", "--yes")).output


# -- stories ---------------------------------------------------------------------------------------------------------


async def test_stories_are_listed_shown_split_and_merged(world, run):
    world.says(BBC, "Halden dam bursts after record rain, three villages evacuated")
    world.says(IMF, "Three villages evacuated as Halden dam bursts")
    await world.polls()
    [story] = lines(await run("stories", "list", "--since", "2024-01-01", "--json"))
    assert (story["items"], story["feeds"]) == (2, 2)
    assert "Halden" in (await run("stories", "list", "--since", "2024-01-01")).stdout
    first, second = lines(await run("stories", "show", story["id"], "--json"))
    shown = (await run("stories", "show", second["item"]["item"]["id"][:8])).stdout
    assert "begins the story" in shown
    assert "same event as" in shown
    split = await run("stories", "split", second["item"]["item"]["id"], "--who", "olena")
    assert "stands alone" in split.stdout
    assert lines(await run("stories", "list", "--since", "2024-01-01", "--json")) == []
    again = (second["item"]["item"]["id"], first["item"]["item"]["id"])
    assert "1 items are part of" in (await run("stories", "merge", *again, "--who", "sam")).stdout
    assert "one story already" in (await run("stories", "merge", *again, code=64)).stderr


async def test_stories_are_scored(world, run, tmp_path):
    told = {"id": "a", "title": "Halden dam bursts", "published": "2024-09-11T05:00:00Z", "source": "courier"}
    groups, items = tmp_path / "groups.jsonl", tmp_path / "items.jsonl"
    groups.write_text(json.dumps({"group_id": "dam", "members": [told]}) + "\n")
    items.write_text(json.dumps(told) + "\n")
    [found] = lines(await run("stories", "score", str(groups), "--items", str(items), "--json"))
    assert list(found) == ["pairwise", "bcubed", "confusable_merged", "us_per_item"]
    assert found["pairwise"] == {"precision": 1.0, "recall": 1.0}
    assert "precision 1.000" in (await run("stories", "score", str(groups), "--items", str(items))).stdout
    items.write_text("nonsense\n")
    assert f"{items}:1" in (await run("stories", "score", str(groups), "--items", str(items), code=78)).stderr
