"""The page that shows which days are in history: of names of files, whatever state these are in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator.tiny import COMP, EMPTY_FARM, FARM, SPOT
from stats.clock import Clock
from stats.collect import CUTS
from stats.dayfile import Origin, Shelf
from stats.history import History
from stats.model import Dimension, Window
from tests.pages.moment import TODAY, now
from tests.pages.opening import is_whole, opened, said, troubles
from tests.stats.frames import cut

RESOURCES = (Dimension.QUEUE, Dimension.FLEET)
KEYS = {Dimension.QUEUE: COMP, Dimension.FLEET: SPOT, Dimension.USAGE_TYPE: "COMPUTE"}
LINK = {"farm": FARM, "window": "today"}
"""A window of which nothing is settled, so that opening a page adds nothing to history."""


@pytest.fixture
def history(monkeypatch, tmp_path, tiny) -> History:
    """The history of the server under test."""
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "history"))
    return History(tmp_path / "history", timedelta(hours=48), Clock())


def day(ago: int, hours: int = 0) -> Window:
    start = TODAY - timedelta(days=ago) + timedelta(hours=hours)
    return Window(start, start + timedelta(days=1))


def put(history: History, of: Window, cuts: int = len(CUTS), rows: int = 1) -> None:
    """Some cuts of a day with one record of usage, or none, by queues and by fleets."""
    origin = Origin("Tiny", {}, 1.0, "aws", now())
    for resource in RESOURCES:
        for one in CUTS[:cuts]:
            keys = (KEYS.get(by, "") for by in one.by)
            usage = cut(one.by, [(of.start.date(), *keys)][:rows])
            usage = usage.assign(period_start=pd.Timestamp(of.start))
            history.put(Shelf(FARM, resource, one.by), of, usage, origin)


def tile(at, label: str) -> str:
    (found,) = [metric for metric in at.metric if metric.label == label]
    return found.value


def test_days_in_history_are_counted_and_gaps_told_with_the_way_to_fill_them(history):
    put(history, day(8))
    put(history, day(6), cuts=1)
    at = opened("data", LINK)
    assert is_whole(at)
    told = [tile(at, f"{what} days") for what in ("Complete", "Missing")]
    assert (*told, tile(at, "Days in part")) == ("1", "4", "1")
    assert "2 of 44 cuts" in said(at)
    assert "0 days of 1 can be had from history alone" in said(at)
    since = day(8).start.date() + timedelta(days=1)
    assert [code.value for code in at.main.get("code")] == [
        f"python -m stats collect --farm {FARM} --since {since}",
        history.where,
    ]
    (table,) = at.dataframe
    assert len(table.value) == 44
    assert set(table.value["Gaps"]) == {4, 5}


def test_days_that_were_asked_for_too_late_are_states_of_their_own(history, monkeypatch):
    """Three days long the service is sure to remember: what is older was asked for too late."""
    monkeypatch.setenv("FARM_COSTS_REMEMBERED_DAYS", "3")
    for ago in (9, 8):
        put(history, day(ago))
    put(history, day(7), rows=0)
    put(history, day(5), cuts=1)
    at = opened("data", LINK)
    assert is_whole(at)
    labels = ("Complete days", "Days in part", "Missing days", "Days “at least”", "Days not known")
    assert [tile(at, label) for label in labels] == ["0", "0", "3", "3", "1"]
    assert "4 days that are “at least” or not known are no gaps" in said(at)
    assert set(at.dataframe[0].value["Gaps"]) == {3}
    (bar,) = (chart.proto for chart in at.get("plotly_chart")[:1])
    assert "3 at least, 1 not known" in bar.alt


def dates(ago: int, last: int) -> dict[str, str]:
    first, end = (f"{TODAY - timedelta(days=one):%Y-%m-%d}" for one in (ago, last))
    return LINK | {"window": "dates", "start": first, "end": end}


def test_of_days_that_were_asked_for_too_late_history_may_have_a_part_alone(history, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_REMEMBERED_DAYS", "3")
    put(history, day(8))
    put(history, day(7), cuts=1)
    put(history, day(6), cuts=1)
    at = opened("data", dates(8, 6))
    assert is_whole(at)
    assert tile(at, "Days “at least”") == "3"
    assert "1 day of 3 can be had from history alone, and 2 in part." in said(at)


def test_that_hours_may_be_asked_for_is_said_where_a_window_is_drawn_by_them(history):
    for ago in (8, 7, 6):
        put(history, day(ago))
    two, three = (opened("data", dates(ago, 6)) for ago in (7, 8))
    assert (
        "2 days of 2 can be had from history alone. That is by the day: it is drawn by the hour"
        in said(two)
    )
    assert "3 days of 3 can be had from history alone." in said(three)
    assert "by the hour" not in said(three)
    (complete,) = (one for one in two.metric if one.label == "Complete days")
    assert "hours, which short windows are drawn by, may still be asked for" in complete.help


def test_where_only_days_without_usage_are_there_it_is_not_said_that_nothing_is(history):
    put(history, day(7), rows=0)
    at = opened("data", LINK)
    assert tile(at, "Days not known") == "1"
    assert "No usage is known yet of any day that is in history." in said(at)
    assert "Nothing of this farm is in history yet." not in said(at)


def test_after_a_refresh_new_days_are_there(history):
    put(history, day(4), cuts=1)
    at = opened("data", LINK)
    assert tile(at, "Days in part") == "1"
    put(history, day(3), cuts=1)
    at.button(key="w_refresh").click().run()
    assert tile(at, "Days in part") == "2"


def test_days_of_another_time_zone_are_told(history):
    put(history, day(5, hours=7), cuts=1)
    at = opened("data", LINK)
    assert is_whole(at)
    assert "1 day of another time zone, beginning at 07:00 UTC" in said(at)
    assert "Nothing of this farm is in history yet." in said(at)


@pytest.mark.parametrize("farm", [FARM, EMPTY_FARM])
def test_with_nothing_in_history_the_page_says_so(history, farm):
    at = opened("data", LINK | {"farm": farm})
    assert is_whole(at)
    assert "Nothing of this farm is in history yet." in said(at)
    assert not at.dataframe


def test_files_that_can_not_be_used_are_listed(history):
    put(history, day(5), cuts=1)
    shelf = Shelf(FARM, Dimension.QUEUE, CUTS[0].by)
    (file,) = history.listed(shelf).values()
    file.path.write_bytes(b"")
    at = opened("data", LINK)
    assert is_whole(at)
    assert at.warning
    assert any(file.path.name in code.value for code in at.main.get("code"))


def test_where_no_history_is_kept_it_is_said_how_to_keep_one(tiny, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_HISTORY", "off")
    at = opened("data", LINK)
    assert is_whole(at)
    assert "FARM_COSTS_HISTORY" in said(at)
    assert not at.metric


def test_a_folder_that_can_not_be_read_is_an_error_in_words(history):
    folder = Path(history.where) / "v2" / f"farm_id={FARM}"
    folder.parent.mkdir(parents=True)
    folder.write_text("a file in the place of a folder")
    (trouble,) = troubles(opened("data", LINK))
    assert "can't be read" in trouble


@pytest.mark.parametrize("level", ["farm_id=", "cut=usage_type"])
def test_history_that_a_copy_gave_other_names_is_not_said_to_be_none(history, tmp_path, level):
    put(history, day(8))
    for path in sorted((tmp_path / "history" / "v2").rglob(f"{level}*")):
        path.rename(path.with_name(path.name.replace("=", "%3D")))
    (trouble,) = troubles(opened("data", LINK))
    assert "has not its name" in trouble
