"""Whoever opened a link to what is not there is told why, and goes on by one click."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server import process
from simulator import Queue, tiny_world
from simulator.tiny import ADA, COMP, EMPTY_FARM, FARM
from stats.clock import Clock
from stats.dayfile import Origin, Shelf
from stats.history import History
from stats.model import Dimension, Window
from tests.pages.moment import TODAY
from tests.pages.opening import is_whole, keys, opened, said
from tests.pages.worlds import WEEK
from tests.stats.frames import cut

NEW_FARM, NEW_QUEUE = f"farm-{98:032x}", f"queue-{98:032x}"


def with_what_is_new():
    """The tiny world, with a farm and a queue that somebody has just made."""
    world = tiny_world()
    farm = replace(world.farms[0], farm_id=NEW_FARM, display_name="New")
    new = (Queue(one, NEW_QUEUE, "Paint", world.queues[0].created_at) for one in (FARM, NEW_FARM))
    return replace(world, farms=(*world.farms, farm), queues=(*world.queues, *new))


@pytest.mark.parametrize("new", [{"farm": NEW_FARM}, {"queue": NEW_QUEUE}], ids=str)
def test_what_is_new_is_found_by_trying_again(tiny, new):
    assert is_whole(opened("users", WEEK))
    tiny.becomes(with_what_is_new())
    at = opened("users", WEEK | new)
    assert "is new" in said(at)
    assert not at.metric
    at.button(key="w_try_again").click().run()
    assert is_whole(at)
    assert not at.warning
    assert "is new" not in said(at)
    assert at.query_params == WEEK | new


def test_what_is_not_understood_is_not_tried_again(tiny):
    at = opened("users", {"farm": FARM, "window": "fortnight"})
    assert "w_without_strangers" in keys(at)
    assert "w_try_again" not in keys(at)


def test_each_farm_that_there_is_is_one_click_away(tiny):
    at = opened("users", WEEK | {"farm": NEW_FARM, "user": ADA})
    assert {f"w_show_{farm.farm_id}" for farm in tiny_world().farms} <= keys(at)
    at.button(key=f"w_show_{FARM}").click().run()
    assert is_whole(at)
    assert at.query_params == WEEK


def test_filters_that_stay_are_named(tiny):
    link = WEEK | {"queue": NEW_QUEUE, "user": [ADA, *(f"u{n}" for n in range(3))], "name": "comp"}
    at = opened("users", link)
    assert "User: Ada Reyes, u0, u1, 1 more · Job name contains comp." in said(at)
    assert not at.metric


def test_history_that_can_not_be_read_may_know_it(tiny, monkeypatch, tmp_path):
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "history"))
    at = opened("about", {"farm": FARM, "window": "today", "queue": NEW_QUEUE})
    assert f"Neither this farm nor its history knows the queue {NEW_QUEUE}." in said(at)
    process.close()
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "file"))
    at = opened("about", {"farm": FARM, "window": "today", "queue": NEW_QUEUE})
    assert (
        f"does not list the queue {NEW_QUEUE}, and its history, which may know it, can’t"
        in said(at)
    )
    assert "in the way" not in said(at)
    assert "Neither" not in said(at)


def test_where_history_begins_is_not_told_of_one_that_can_not_be_read(tiny, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "file"))
    told = said(opened("about", {"farm": FARM, "window": "all"}))
    assert "History can’t be read now" in told
    assert "Nothing of it is in history yet" not in told


def test_a_trouble_with_history_is_logged_once_for_all_that_a_page_asks_of_it(
    tiny, monkeypatch, tmp_path, caplog
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "file"))
    caplog.set_level("WARNING", "stats.watch")
    for _ in range(2):
        opened("about", WEEK)
    lines = [record.getMessage() for record in caplog.records if record.name == "stats.watch"]
    assert len([line for line in lines if line.startswith("History in")]) == 1


@pytest.fixture
def long_known(tiny, monkeypatch, tmp_path):
    """A server whose history has a day of the farm of 200 days ago; how many days All goes back."""
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
    start = TODAY - timedelta(days=200)
    day, shelf = Window(start, start + timedelta(days=1)), Shelf(FARM, Dimension.QUEUE, ())
    shelf = replace(shelf, by=(Dimension.USAGE_TYPE,))
    rows = cut(shelf.by, [(start.date(), "COMPUTE")]).assign(period_start=start)
    origin = Origin("Tiny", {COMP: "Comp"}, 1.0, "aws", day.end + timedelta(days=2))
    History(tmp_path, timedelta(hours=48), Clock()).put(shelf, day, rows, origin)
    return str(start.date())


@pytest.mark.parametrize("by", ["sidebar", "button"])
def test_all_begins_on_another_farm_where_it_does_there(long_known, by):
    of_the_other = {"farm": NEW_FARM if by == "button" else EMPTY_FARM}
    at = opened("about", of_the_other | {"window": "all", "start": "2025-01-01"})
    if by == "button":
        at.button(key=f"w_show_{FARM}").click().run()
    else:
        at.selectbox(key="w_Farm").select(FARM).run()
    assert is_whole(at)
    assert at.query_params == {"farm": FARM, "window": "all", "start": long_known}
