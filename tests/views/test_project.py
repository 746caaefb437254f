"""The fold's law: what a view shows depends on the events alone, not on how many sittings they were told in."""

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events, histories
from told import Told

from monitor.events import Recorded
from monitor.views.project import project
from monitor.views.shape import TABLES
from monitor.views.sqlite import Views


def dump(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as db:
        shown = {table: sorted(db.execute(f"select * from {table}").fetchall(), key=repr) for table in TABLES}
    db.close()
    return shown


@settings(max_examples=40, deadline=None)
@given(histories(), st.integers(0, 40))
def test_a_view_told_in_two_sittings_is_the_view_told_at_once(history, cut):
    with TemporaryDirectory() as folder:
        at_once, in_two = Views(Path(folder) / "a.db"), Views(Path(folder) / "b.db")
        at_once.follow(Told(history))
        in_two.follow(Told(history[:cut]))
        in_two.close()
        in_two = Views(Path(folder) / "b.db")
        in_two.follow(Told(history))
        at_once.close()
        in_two.close()
        assert dump(Path(folder) / "a.db") == dump(Path(folder) / "b.db")


@settings(max_examples=40, deadline=None)
@given(histories())
def test_a_view_that_was_deleted_or_rebuilt_comes_back_the_same(history):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "views.db"
        views = Views(path)
        views.follow(Told(history))
        before = dump(path)
        views.rebuild(Told(history))
        assert dump(path) == before
        views.close()
        path.unlink()
        views = Views(path)
        views.follow(Told(history))
        views.close()
        assert dump(path) == before


@settings(max_examples=200, deadline=None)
@given(events())
def test_every_row_names_a_table_its_key_and_only_its_columns(event):
    for table, values in project(Recorded(1, event)):
        columns, key = TABLES[table]
        assert set(key) <= values.keys() <= columns.keys()
