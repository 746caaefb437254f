"""config.toml edited in place: whatever an edit does not concern stays as it is, byte for byte."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import config as configuration
from monitor.errors import ConfigError, Mistakes, MonitorError, NotFound, UsageError
from monitor.service import edit, subscribe

SHIPPED = (Path(__file__).parent.parent.parent / "config.toml").read_text(encoding="utf-8")
NEW = {"id": "harbour", "url": "https://harbour.example/rss", "title": 'The "Harbour" \\ Пошта', "tier": 2}
OTHER = {"id": "other", "url": "https://other.example/rss"}

blanks = st.sampled_from(["", "\n", "\n\n", " \n", "\t\n\n"])
remarks = st.sampled_from(["", "# a remark\n", "  # [[feed]]\n#id = 'x'\n", '# """\n', "# Київ = 1\n\n"])
values = st.sampled_from(['"x"', "'x # y'", '"""\n# x\n[[feed]]\n"""', "'''\nx\n\n'''", '"\\"#"'])
behind = st.sampled_from(["", " # why", "   ", "\t# [[digest]]"])


@st.composite
def configs(draw, ends=("\n", "\r\n")):
    """A configuration as a person may keep it: tables in any order, remarks anywhere, values of every kind."""
    kinds = draw(st.lists(st.sampled_from(["feed", "feed", "feed", "digest", "channel"]), max_size=6))
    kinds.insert(draw(st.integers(0, len(kinds))), "service")
    text = draw(st.sampled_from(["", "\ufeff"])) + draw(remarks) + draw(blanks)
    for number, kind in enumerate(kinds):
        text += draw(remarks)
        end = draw(behind) + "\n"
        match kind:
            case "service":
                text += f"[service]{end}" + draw(st.sampled_from(["", f"interval = '20m'{end}", f"# x\ndata='d'{end}"]))
            case "feed":
                text += f"[[feed]]{end}id = 'f{number}'\n{draw(remarks)}url = 'https://f{number}.example/'{end}"
                text += draw(st.sampled_from(["", f"title = {draw(values)}{end}"]))
            case "digest":
                text += f"[[digest]]{end}name = 'd{number}'\ncron = '0 7 * * *'{end}channels = [ # none\n]{end}"
            case "channel":
                text += f"[[channel]]\nname = 'c{number}'\nurl = 'json://${{X}}.example'{end}"
        text += draw(remarks) + draw(blanks)
    text = text.removesuffix("\n") if draw(st.booleans()) else text
    return text.replace("\n", draw(st.sampled_from(ends)))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(configs(), st.lists(st.sampled_from([NEW, OTHER]), min_size=1, unique_by=lambda row: row["id"]))
def test_to_add_and_to_remove_again_changes_no_byte(text, rows):
    configuration.parse(text, secrets=None)
    there = edit.added(text, rows, "x")
    values = tomllib.loads(there.removeprefix("\ufeff"))
    assert values["feed"][-len(rows) :] == rows
    assert edit.removed(there, [row["id"] for row in rows], "x") == text


@given(configs())
def test_an_added_feed_is_all_that_is_new(text):
    there = edit.added(text, [NEW], "x")
    table = edit.written(NEW, "\r\n" if "\r\n" in text else "\n")
    before, found, after = there.rpartition(table)
    assert found
    assert [line.strip() for line in text.split("\n") if line.strip()] == [
        line.strip() for line in (before + after).split("\n") if line.strip()
    ]


@given(configs(), st.data())
def test_a_removed_feed_takes_nothing_that_has_a_line_between(text, data):
    ids = [feed.id for feed in edit.understood(text, "x").feeds]
    gone = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    left = edit.removed(text, gone, "x")
    assert [feed.id for feed in edit.understood(left, "x").feeds] == [name for name in ids if name not in gone]
    assert left == text or gone


def test_a_new_feed_stands_behind_the_last_one_and_before_the_channels():
    there = edit.added(SHIPPED, [NEW], "x")
    at = there.index('[[feed]]\nid    = "harbour"')
    assert there.index('"moscow-times"') < at < there.index("# -- how people are reached")
    assert there[at:].startswith(
        "[[feed]]\n"
        'id    = "harbour"\n'
        'url   = "https://harbour.example/rss"\n'
        'title = "The \\"Harbour\\" \\\\ Пошта"\n'
        "tier  = 2\n\n\n# -- how"
    )


def test_removing_the_last_shipped_feed_leaves_the_remarks_on_channels():
    left = edit.removed(SHIPPED, ["moscow-times"], "x")
    assert "moscow-times" not in left
    assert "# -- how people are reached" in left
    assert "# Russia, by newsrooms in exile." in left
    assert len(SHIPPED.splitlines()) - len(left.splitlines()) == 8


def test_remarks_that_touch_a_table_go_with_it_and_others_stay():
    text = (
        "# The file.\n\n[service]\n\n# Ours.\n\n# to be asked twice\n[[feed]]\nid = 'a'\nurl = 'https://a.example'\n"
        "#tier = 1\n\n# Theirs.\n[[feed]]\nid = 'b'\nurl = 'https://b.example'\n# of digests\n[[digest]]\nname = 'd'\n"
        "cron = '0 7 * * *'\n"
    )
    left = edit.removed(text, ["a"], "x")
    assert "# Ours." in left
    assert "# Theirs.\n[[feed]]" in left
    assert "twice" not in left
    assert "#tier" not in left
    assert "# of digests\n[[digest]]" in edit.removed(text, ["b"], "x")


def test_what_the_file_begins_with_stays():
    text = "# Our list.\n[[feed]]\nid = 'a'\nurl = 'https://a.example'\n"
    assert edit.removed(text, ["a"], "x") == "# Our list.\n"


@pytest.mark.parametrize("text", ["feed = []\n", "feed = [{id = 'a', url = 'https://a.example'}]\n[service]\n"])
def test_where_no_table_can_be_put_in_the_text_to_paste_is_given(text):
    with pytest.raises(ConfigError) as caught:
        edit.added(text, [NEW], "x")
    assert '[[feed]]\nid    = "harbour"' in caught.value.hint
    if "a.example" in text:
        with pytest.raises(ConfigError, match="cannot be cut out"):
            edit.removed(text, ["a"], "x")


def test_an_unknown_feed_cannot_be_removed():
    with pytest.raises(NotFound) as caught:
        edit.removed(SHIPPED, ["bbc-wrld"], "x")
    assert "'bbc-world'" in caught.value.hint


# -- on the disk -------------------------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(SHIPPED.encode())
    path.chmod(0o640)
    return path


def test_the_file_keeps_its_mode_and_nothing_is_left_beside_it(path):
    subscribe.add(path, [NEW])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == ["config.toml"]
    assert subscribe.subscribed_as(edit.read(path).feeds, "http://www.harbour.example/rss/?utm_source=x") == "harbour"
    subscribe.remove(path, ["harbour"])
    assert path.read_bytes() == SHIPPED.encode()


def test_a_file_with_a_mistake_is_refused_and_not_touched(path):
    path.write_text(SHIPPED.replace('"15m"', '"15"'))
    before = path.read_bytes(), path.stat().st_ino
    with pytest.raises(Mistakes):
        subscribe.add(path, [NEW])
    assert (path.read_bytes(), path.stat().st_ino) == before


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({**NEW, "id": "imf"}, "is there twice"),
        ({**NEW, "interval": "5s"}, "at least"),
        ({**NEW, "interval": "soon"}, "length of time"),
        ({**NEW, "url": "ftp://harbour.example"}, "http"),
    ],
)
def test_what_would_be_a_mistake_is_never_written(path, row, says):
    with pytest.raises(UsageError, match=says) as caught:
        subscribe.add(path, [row])
    assert caught.value.hint
    assert path.read_bytes() == SHIPPED.encode()


def test_a_link_is_refused_and_the_file_itself_named(path):
    link = path.with_name("link.toml")
    link.symlink_to(path)
    with pytest.raises(ConfigError) as caught:
        subscribe.add(link, [NEW])
    assert str(path) in caught.value.hint
    assert link.is_symlink()


def test_a_change_meanwhile_is_not_overwritten(path):
    def change(text):
        path.write_text(text + "# by another hand\n")
        return edit.added(text, [NEW], "x")

    with pytest.raises(MonitorError, match="changed meanwhile"):
        edit.rewrite(path, change)
    assert path.read_text().endswith("# by another hand\n")
    assert os.listdir(path.parent) == ["config.toml"]


def test_a_file_that_would_be_too_large_is_refused(path):
    rows = [{**NEW, "id": f"n{n}", "title": "x" * 90_000} for n in range(120)]
    with pytest.raises(UsageError, match="larger than 10 MiB"):
        subscribe.add(path, rows)
    assert path.read_bytes() == SHIPPED.encode()


# -- rules and lists ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("imf feed:meduza", {"feed:meduza"}),
        ("imf feed:(dw OR Meduza)", {"feed:meduza"}),
        ("imf group:russia", {"group:russia"}),
        ('imf group:"russia"', {"group:russia"}),
        ("imf feed:meduza-2 meduza", set()),
        ("imf group:world", set()),
    ],
)
def test_rules_that_ask_for_what_goes_are_named(path, query, asked):
    (path.parent / "rules").mkdir()
    (path.parent / "rules" / "imf.toml").write_text(f"title = 'x'\nquery = '''{query}'''\n")
    assert {what for _, what in subscribe.missed(path, ["meduza", "moscow-times"])} == asked
    assert not any(what.startswith("group:") for _, what in subscribe.missed(path, ["meduza"]))


def opml_of(*urls):
    outlines = "".join(f'<outline text="Same" xmlUrl="{url}"/>\n' for url in urls)
    return f"<opml><body>{outlines}</body></opml>".encode()


def test_of_a_list_what_is_known_or_twice_is_passed_over_and_the_unfit_refused_with_a_line(path):
    taken = subscribe.take(
        path,
        opml_of(
            "https://a.example/",
            "file:///etc/passwd",
            "http://www.a.example",
            "http://meduza.io/rss/all/",
            "https://b.example/",
            "http://10.0.0.1/",
            "https://me:word@c.example/",
            "https://c.example/${MONITOR_MAIL}",
        ),
        "list.opml",
        secrets=False,
    )
    assert [row["id"] for row in taken.rows] == ["same", "same-2"]
    assert (taken.known, taken.twice) == (1, 1)
    assert [feed.line for feed, _ in taken.refused] == [2, 6, 7, 8]
    assert "secret" in taken.refused[3][1]


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://c.example/${NAME}", True),
        ("https://${NAME}@c.example/", True),
        ("${NAME}", True),
        ("file:///${NAME}", False),
        ("https://c.example/${}", False),
        ("https://c.example/${NAME", False),
    ],
)
def test_a_list_of_ones_own_may_name_secrets(path, url, fits):
    taken = subscribe.take(path, opml_of(url), "x", secrets=True)
    assert [row["url"] for row in taken.rows] == [url] * fits
    assert len(taken.refused) == (not fits)


def test_ten_thousand_feeds_of_one_title_are_written_at_once(path):
    taken = subscribe.take(path, opml_of(*(f"https://h{n}.example/" for n in range(10_000))), "x", secrets=False)
    assert len(subscribe.add(path, taken.rows).feeds) == 10_015


def test_what_is_exported_is_imported_again_and_no_password_goes_along(path):
    text = SHIPPED + (
        "\n[[feed]]\nid = 'p'\nurl = 'https://me:word@p.example/x'\n[[feed]]\nid = 's'\nurl = 'https://${TOKEN}@s.example/'"
    )
    path.write_text(text)
    feeds, bared = subscribe.listing(path)
    said = subscribe.as_opml(feeds)
    assert bared == ("p",)
    assert "word" not in said
    assert "${TOKEN}@s.example" in said
    path.write_text("[service]\n")
    subscribe.add(path, subscribe.take(path, said.encode(), "x", secrets=True).rows)
    again = edit.read(path).feeds
    assert [(f.url, f.title, f.group, f.lang) for f in again[:15]] == [
        (f.url, f.title, f.group, f.lang) for f in feeds[:15]
    ]
    assert [feed.url for feed in again[15:]] == ["https://p.example/x", "https://${TOKEN}@s.example/"]
