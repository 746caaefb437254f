"""The workshop: rules tried on what was seen, versions compared, verdicts explained, the past woken."""

import subprocess
from datetime import timedelta
from shutil import which

import pytest
from world import BBC, IMF, RULE, World

from monitor.errors import Mistakes, NotFound
from monitor.service import backtest

LOAN = RULE.replace("imf AND tranche", "imf AND loan")


def quiet(_done: int, _of: int) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
async def told(world: World) -> World:
    """A world that has seen three items, one of them caught."""
    world.says(BBC, "IMF releases tranche for Ukraine", link="https://outlet.example/tranche")
    world.says(BBC, "IMF agrees to a loan")
    world.says(IMF, "Rain expected in the west")
    await world.polls()
    return world


def since(world: World):
    return world.now - timedelta(days=1)


async def test_a_file_is_tried_without_changing_anything(told):
    path = told.folder / "try-me.toml"
    path.write_text(LOAN)
    before = told.service.history.head()
    found = told.service.workshop.try_file(path, since(told), quiet)
    assert [one.item.title for one in found] == ["IMF agrees to a loan"]
    assert found[0].hits[0].spans
    assert told.service.history.head() == before
    path.write_text("title = 'x'\nquery = 'a AND b OR c'\n")
    with pytest.raises(Mistakes, match=r"try-me\.toml:2"):
        told.service.workshop.try_file(path, since(told), quiet)


async def test_two_versions_are_compared_with_the_clause_that_decided(told, tmp_path):
    old = tmp_path / "old"
    old.mkdir()
    (old / "imf-tranche.toml").write_text(LOAN)
    found = told.service.workshop.differences(str(old), since(told), quiet)
    gained = {one.item.item.title: one for one in found}
    assert gained["IMF releases tranche for Ukraine"].gained
    assert gained["IMF releases tranche for Ukraine"].because == "imf AND tranche"
    assert not gained["IMF agrees to a loan"].gained
    assert "tranche" in gained["IMF agrees to a loan"].because


@pytest.mark.skipif(which("git") is None, reason="git is not installed")
async def test_a_version_may_be_one_of_gits(told):
    def git(*words: str) -> None:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", "-C", told.folder, *identity, *words], check=True, capture_output=True)

    git("init", "-q")
    git("add", "rules")
    git("commit", "-q", "-m", "one")
    told.rule("imf-tranche", LOAN)
    for _ in range(3):
        await told.service.judging.watch()
    found = told.service.workshop.differences("HEAD", since(told), quiet)
    assert sorted((one.item.item.title, one.gained) for one in found) == [
        ("IMF agrees to a loan", True),
        ("IMF releases tranche for Ukraine", False),
    ]
    for nonsense in ("no-such-revision", "--upload-pack=x"):
        with pytest.raises(NotFound):
            told.service.workshop.differences(nonsense, since(told), quiet)


async def test_an_item_is_explained_rule_by_rule(told):
    found, [verdict] = told.service.workshop.explain("https://outlet.example/tranche")
    assert found.item.title == "IMF releases tranche for Ukraine"
    assert verdict.held
    assert [part.held for part in verdict.query.parts] == [True, True]
    with pytest.raises(NotFound):
        told.service.workshop.explain("https://outlet.example/tranche", ["no-such-rule"])


async def test_whynot_knows_what_was_told_what_waits_and_what_was_never_seen(told):
    workshop = told.service.workshop
    assert "it waits for the next desk" in workshop.why_not("https://outlet.example/tranche").said
    await told.at("07:00")
    assert any("told in desk@" in said for said in workshop.why_not("https://outlet.example/tranche").said)
    rain = workshop.why_not("https://imf.example/imf-0")
    assert "no rule caught it" in rain.said
    assert dict(rain.rules)["imf-tranche"].startswith("no ")
    never = workshop.why_not("https://elsewhere.example/x")
    assert never.item is None
    assert "no feed has shown this address" in never.said[0]
    with pytest.raises(NotFound):
        workshop.why_not("ffffffff")


async def test_a_new_rule_does_not_wake_the_past_until_it_is_asked_to(told):
    await told.at("07:00")
    told.rule("loans", LOAN)
    for _ in range(3):
        await told.service.judging.watch()
    await told.at("18:00")
    assert len(told.letters) == 1
    fresh = told.service.workshop.to_rematch(told.now - timedelta(days=1), quiet)
    assert [len(one.hits) for one in fresh] == [1]
    assert await told.service.workshop.rematch(told.now - timedelta(days=1)) == 1
    assert await told.service.workshop.rematch(told.now - timedelta(days=1)) == 0
    await told.at("07:00")
    assert len(told.letters) == 2
    assert "loan" in told.letters[1]["text"]
    assert "tranche for" not in told.letters[1]["text"]


async def test_the_report_counts_rules_clauses_and_terms_and_names_the_dead(told):
    told.rule("imf-tranche", RULE.replace("imf AND tranche", "imf AND (tranche OR loan OR unheard*)"))
    for _ in range(3):
        await told.service.judging.watch()
    report = told.service.workshop.report(since(told), quiet)
    assert report.counts.items == 3
    assert report.counts.rules == {"imf-tranche": 2}
    assert report.counts.forms["imf-tranche", "imf"] == 2
    assert report.dead == (("imf-tranche", "unheard*"),)


async def test_many_pieces_are_worked_on_by_several_processes(told, monkeypatch):
    monkeypatch.setattr(backtest, "PIECE", 1)
    seen: list[tuple[int, int]] = []
    path = told.folder / "try-me.toml"
    path.write_text(RULE)
    found = told.service.workshop.try_file(path, since(told), lambda done, of: seen.append((done, of)))
    assert len(found) == 1
    assert seen == [(1, 3), (2, 3), (3, 3)]


async def test_the_report_says_how_precise_people_find_a_rule_and_its_terms(told):
    told.rule("imf-tranche", RULE.replace("imf AND tranche", "imf AND (tranche OR loan)"))
    for _ in range(3):
        await told.service.judging.watch()
    await told.service.workshop.rematch(since(told))
    loan = told.service.history.search("loan")[0].item.id
    await told.service.wishes.mark("https://outlet.example/tranche", "relevant", "olena")
    await told.service.wishes.mark(loan, "noise", "olena")
    await told.service.wishes.mark(loan, "noise", "taras")
    await told.service.wishes.mark(loan, "relevant", "readers of desk")
    found = {one.term: one for one in told.service.workshop.report(since(told), quiet).precision}
    assert (found[""].hits, found[""].relevant, found[""].noise, found[""].precision) == (2, 1, 1, 0.5)
    assert (found["loan"].precision, found["tranche"].precision) == (0.0, 1.0)
