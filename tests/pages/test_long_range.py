"""Long range: months and years are what the farm used, and what is not known is not a number."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from server import process
from simulator import World, tiny_world
from simulator.tiny import ADA, COMP, EMPTY_FARM, FARM, JOB_1, SPOT
from simulator.world import USAGE_COLUMNS
from stats.clock import Clock
from stats.dayfile import Origin, Shelf
from stats.history import History
from stats.model import Dimension, Window
from stats.zone import Zone
from tests.pages.moment import NOW
from tests.pages.opening import dollars, is_whole, keys, opened, said
from tests.pages.worlds import WEEK
from tests.stats.frames import cut
from ui import view as views
from ui.presets import Preset
from ui.view import View

QUEUE = {"queue": COMP}
"""All usage is in one queue; what is asked of a part of a farm is not written to history."""
BROKEN_DOWN = ("user", "queue", "fleet", "instance_type", "license_product", "usage_type")


def _firsts() -> list[date]:
    """The months of which an hour has passed, from January of the year before last."""
    months = [date(NOW.year - 2 + n // 12, n % 12 + 1, 1) for n in range(36)]
    return [month for month in months if _at(month) + timedelta(hours=1) <= NOW]


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _spent(start: datetime, end: datetime) -> float:
    """The world's cost in a stretch of time: the first of its months 1 dollar, and so on."""
    return math.fsum(n for n, m in enumerate(_firsts(), 1) if start <= _at(m) < end)


def _years() -> World:
    """A farm that works one hour at the beginning of each month."""
    whose = (FARM, COMP, SPOT, JOB_1, ADA, "COMPUTE", "c5.4xlarge", None)
    rows = [(*whose, _at(month), 3600, float(n)) for n, month in enumerate(_firsts(), 1)]
    usage = pd.DataFrame(rows, columns=list(USAGE_COLUMNS)).astype({"runtime_seconds": "int64"})
    return replace(tiny_world(NOW), usage=usage)


@pytest.fixture
def held(serve, monkeypatch, tmp_path):
    """The farm of years, with a history that begins on a day."""

    def holds(first: date) -> None:
        day = Window(_at(first), _at(first) + timedelta(days=1))
        shelf = Shelf(FARM, Dimension.QUEUE, (Dimension.USAGE_TYPE,))
        cost = _spent(day.start, day.end)
        rows = cut(shelf.by, [(first, "COMPUTE", 1, cost, cost, cost)] if cost else [])
        rows["period_start"] = pd.Series([day.start] * len(rows), dtype="datetime64[us, UTC]")
        history = History(tmp_path, timedelta(hours=48), Clock())
        asked = min(day.end + timedelta(days=2), NOW)
        history.put(shelf, day, rows, Origin("Tiny", {}, 1.0, "aws", asked))
        monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
        serve(_years())

    return holds


def _tiles(at) -> dict[str, object]:
    return {tile.label: tile for tile in at.metric}


def _table(at, number: int) -> pd.DataFrame:
    return at.dataframe[number].value


def test_by_any_dimension_all_months_add_up_to_the_total(tiny):
    at = opened("long_range", WEEK)
    for by in BROKEN_DOWN:
        at.selectbox(key="w_by").select(by).run()
        assert is_whole(at), by
        table = _table(at, 1)
        years = [name for name in table if name[:4].isdigit()]
        assert not years, by  # the farm was not in use in January, so of no year all is known
        assert table.drop(columns="label").sum().sum() == pytest.approx(13.0), by


def test_jobs_over_years_are_left_out_and_that_is_said(tiny):
    at = opened("long_range", WEEK | {"by": "job"})
    assert is_whole(at)
    assert "by “job”" in said(at)
    assert at.selectbox(key="w_by").value == "usage_type"


def test_a_filter_holds_here_too(tiny):
    table = _table(opened("long_range", WEEK | {"by": "user", "user": ADA}), 1)
    assert len(table) == 1


def test_run_time_is_that_of_compute(tiny):
    at = opened("long_range", WEEK | {"by": "user", "show": "runtime", "curve": "cumulative"})
    assert is_whole(at)
    table = _table(at, 1)
    assert table.drop(columns="label").sum().sum() == pytest.approx(10.0)


def test_of_a_farm_without_usage_it_is_said_that_none_is_known(tiny):
    at = opened("long_range", WEEK | {"farm": EMPTY_FARM})
    assert is_whole(at)
    assert at.info[0].value.startswith("No usage of this farm’s queues is known, in this window")


def test_without_history_months_before_are_not_shown_and_no_year_is_compared(tiny):
    at = opened("long_range", {"window": "today"})
    assert is_whole(at)
    assert "There is no history of this farm’s queues yet" in said(at)
    assert "collect --since" in said(at)


def test_two_years_are_what_the_farm_used_and_what_the_overview_says(held):
    held(date(NOW.year - 2, 1, 1))
    at = opened("long_range", QUEUE)
    assert is_whole(at)
    view = View(preset=Preset.THIS_YEAR)
    before = views.window_before(view, NOW, Zone("UTC"))
    assert before is not None
    tiles = _tiles(at)
    assert dollars(tiles[f"{NOW.year} to date"].help) == _spent(_at(date(NOW.year, 1, 1)), NOW)
    last_year = tiles[f"{NOW.year - 1}, as many days"]
    assert dollars(last_year.help) == _spent(before.start, before.end)
    month = _at(NOW.date().replace(day=1))
    a_year_ago = month.replace(year=month.year - 1)
    assert dollars(tiles["Twelve months"].help) == _spent(a_year_ago, month)
    assert dollars(tiles["Dearest month"].help) == len(_firsts())
    overview = _tiles(opened("overview", QUEUE | {"window": "year"}))["Total cost"]
    assert dollars(overview.help) == dollars(tiles[f"{NOW.year} to date"].help)
    assert overview.delta == tiles[f"{NOW.year} to date"].delta
    assert len(at.get("plotly_chart")) == 3


def test_a_year_that_is_not_all_known_is_not_a_lower_number(held, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_REMEMBERED_DAYS", "120")
    held(date(NOW.year - 1, 2, 1))
    at = opened("long_range", QUEUE | {"curve": "cumulative"})
    assert is_whole(at)
    words = said(at)
    assert f"History starts on 1 Feb {NOW.year - 1}." in words
    assert "A year is added up from January on" in words
    monthly = opened("long_range", QUEUE)
    assert "Striped, at least:" in said(monthly)
    assert "It takes twelve months on end of which all is known. Of the last twelve, " in words
    assert "not as many yet" not in words
    last_year = _tiles(at)[f"{NOW.year - 1}, as many days"]
    assert (last_year.value, _tiles(at)[f"{NOW.year} to date"].delta) == ("–", "")
    assert last_year.help == "Not known: not all of its days are."
    assert _tiles(at)["Twelve months"].value == "–"


def test_the_same_link_begins_on_the_same_day_whatever_history_holds(held):
    held(date(NOW.year - 1, 2, 1))
    for window in ({}, {"window": "all"}):
        assert f"1 Jan {NOW.year - 2} –" in said(opened("long_range", QUEUE | window))


def test_a_window_that_begins_earlier_takes_the_page_there_and_says_what_that_means(held):
    held(date(NOW.year - 1, 2, 1))
    dates = {"window": "dates", "start": f"{NOW.year - 2}-01-01", "end": f"{NOW:%Y-%m-%d}"}
    at = opened("long_range", QUEUE | dates)
    assert is_whole(at)
    assert "may have forgotten some" in said(at)
    assert dollars(_tiles(at)[f"{NOW.year - 1}, as many days"].help) > 0


def test_all_is_chosen_from_where_history_begins_and_then_holds(held):
    """Somebody has a look at earlier days meanwhile: the same link shows the same."""
    first, earlier = date(NOW.year - 2, 3, 1), date(NOW.year - 2, 2, 1)
    held(first)
    at = opened("overview", QUEUE)
    at.selectbox(key="w_Window").select("all").run()
    assert is_whole(at)
    link = QUEUE | {"window": "all", "start": str(first)}
    assert link.items() <= at.query_params.items()
    held(earlier)
    process.close()  # listings of history are kept for some seconds
    again = opened("overview", link)
    for page in (at, again):
        assert f"1 Mar {NOW.year - 2} –" in said(page)
        assert dollars(_tiles(page)["Total cost"].help) == _spent(_at(first), NOW)
        assert not _tiles(page)["Total cost"].delta
    again.button(key="w_all_of_history").click().run()
    assert again.query_params["start"] == str(earlier)
    assert "w_all_of_history" not in keys(again)


def test_all_of_a_link_without_a_first_day_is_of_the_calendar_whatever_history_holds(held):
    held(date(NOW.year - 1, 2, 1))
    for page in ("overview", "users", "long_range"):
        at = opened(page, QUEUE | {"window": "all"})
        assert f"1 Jan {NOW.year - 2} –" in said(at), page


@pytest.mark.parametrize(
    ("start", "begins"),
    [
        (f"{NOW.year - 3}-11-01", f"1 Nov {NOW.year - 3}"),
        (f"{NOW.year}-01-02", f"1 Jan {NOW.year - 2}"),
    ],
)
def test_long_range_goes_back_to_where_all_begins_if_that_is_earlier(held, start, begins):
    held(date(NOW.year - 1, 2, 1))
    at = opened("long_range", QUEUE | {"window": "all", "start": start})
    assert f"{begins} –" in said(at)


def test_all_of_another_farm_begins_where_that_one_does(held):
    ago = [(NOW - timedelta(days=many)).date() for many in (100, 110)]
    held(ago[0])
    at = opened("users", {"farm": FARM, "window": "all", "start": f"{ago[1]}"})
    at.selectbox(key="w_Farm").select(EMPTY_FARM).run()
    ninety = (NOW - timedelta(days=89)).date()
    assert at.query_params["start"] == str(ninety)


def test_of_a_history_that_can_not_be_read_it_is_not_said_that_there_is_none(
    tiny, monkeypatch, tmp_path
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "file" / "history"))
    at = opened("long_range", WEEK)
    assert is_whole(at)
    assert "There is no history of this farm" not in said(at)
    assert "Where history starts can’t be told, since it can’t be read." in said(at)
