"""What is known early stands there early, and stays where what comes later fails."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulator import Fault, tiny_world
from simulator.faults import START
from simulator.tiny import ADA, BEN, COMP, FARM, LIGHTING
from stats.connect import connect
from stats.model import Dimension, FarmId, Filter, Period, Question, Scope, Window
from stats.outcome import Outcome
from stats.settings import Settings
from stats.zone import Zone
from tests.pages.opening import (
    OF_NUMBERS,
    PAGES,
    dollars,
    is_whole,
    opened,
    said,
    troubles,
    walked,
)
from tests.pages.worlds import WEEK

BREAKDOWNS = ("users", "jobs", "instance_types", "queues_and_fleets", "licences")


def _tiles(at) -> dict[str, str]:
    return {tile.label: tile.value.replace("\\$", "$") for tile in at.metric}


@pytest.mark.parametrize("page", BREAKDOWNS)
def test_the_total_stays_where_the_breakdown_fails(tiny, page):
    whole = opened(page, WEEK)
    assert is_whole(whole)
    tiny.faults.add(Fault(START, "access_denied", times=None, skip=1))
    at = opened(page, WEEK | {"start": "2026-03-01"})
    assert not at.exception
    (trouble,) = troubles(at)
    assert f"deadline:{START}" in trouble
    tiles = _tiles(at)
    assert tiles["Total cost"] == _tiles(whole)["Cost"]
    assert list(tiles.values())[-1] == "—"
    assert re.search(r"By usage type: the breakdown by [a-z ]+ could not be had", said(at))
    assert len(at.get("plotly_chart")) == 1
    assert "An estimate by AWS" in said(at)


@pytest.mark.parametrize("page", BREAKDOWNS)
def test_what_went_wrong_stands_above_what_is_right(tiny, page):
    tiny.faults.add(Fault(START, "access_denied", times=None, skip=1))
    words = [node.type for node in opened(page, WEEK).main if node.type in ("error", "metric")]
    assert words[0] == "error"
    assert "metric" in words


def test_the_first_look_makes_way_on_every_page(serve):
    serve(tiny_world(), running_base_seconds=0.5)
    for page, at in walked(WEEK, OF_NUMBERS):
        assert is_whole(at), page
        assert "…" not in _tiles(at).values(), page
        assert "still on" not in said(at), page


def test_the_first_look_makes_way_where_no_row_holds_any_usage(serve):
    tiny = tiny_world()
    licences = tiny.usage[tiny.usage["usage_type"] == "LICENSE"].reset_index(drop=True)
    serve(replace(tiny, usage=licences), drop_missing_keys=True)
    at = opened("instance_types", WEEK)
    assert is_whole(at)
    assert "What ran in this window is in no row of this breakdown." in said(at)
    assert f"Unattributed: ${licences['cost_usd'].sum():.2f}" in said(at).replace("\\$", "$")
    assert "Nothing ran" not in said(at)
    assert _tiles(at) == {}


def test_nothing_of_the_first_look_stays_where_there_are_no_hours(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    reporter, outcome = connect(Settings()), Outcome(FarmId(FARM))
    collector = reporter.collector(Zone("UTC"))
    days = [day for day in collector.days(monday) if day.end <= monday + timedelta(days=7)]
    deque(collector.collect(outcome, collector.pieces(outcome.farm_id, days), lambda *_: None), 0)
    reporter.close()
    at = opened("queues_and_fleets", WEEK | {"user": ADA})
    assert is_whole(at)
    fleets = [tile.value for tile in at.metric if tile.label == "Fleets"]
    assert fleets == ["1"]


def test_the_overview_has_no_cost_per_job_where_there_are_no_jobs(tiny):
    tiles = _tiles(opened("overview", WEEK | {"fleet": "all", "user": ""}))
    assert tiles["Jobs"] == "0"
    assert "Cost per job" not in tiles


def test_the_overview_has_no_jobs_where_they_cant_be_told(serve):
    tiny = tiny_world()
    users = tiny.usage["user_id"].where(tiny.usage.index != 2, BEN)  # of a job that is ADA's else
    serve(replace(tiny, usage=tiny.usage.assign(user_id=users)))
    at = opened("overview", WEEK | {"user": ADA, "instance_type": "c5.4xlarge"})
    assert is_whole(at)
    assert list(_tiles(at)) == ["Total cost", "Compute", "Licences", "Compute hours"]


OF_LICENCES = (Filter(Dimension.USAGE_TYPE, frozenset({"LICENSE"})),)
ABOUT = {
    "users": [(Dimension.USER, ())],
    "jobs": [(Dimension.JOB, ())],
    "instance_types": [(Dimension.INSTANCE_TYPE, ())],
    "queues_and_fleets": [(Dimension.QUEUE, ()), (Dimension.FLEET, ())],
    "licences": [(Dimension.LICENSE_PRODUCT, OF_LICENCES)],
}


@pytest.mark.parametrize(
    ("page", "period"),
    [
        *((page, Period.HOURLY) for page in BREAKDOWNS),
        ("users", Period.DAILY),
        ("queues_and_fleets", Period.DAILY),
        ("queues_and_fleets", Period.WEEKLY),
    ],
)
def test_the_first_look_takes_no_aggregation_of_its_own(serve, page, period):
    tiny = serve(replace(tiny_world(), fleets=tiny_world().fleets[:1]))  # none at an assumed price
    week = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
    reporter = connect(Settings())
    for dimension, where in ABOUT[page]:
        by = (dimension, Dimension.USAGE_TYPE)
        scope = Scope(Dimension.QUEUE, (COMP, LIGHTING))
        asked = Question(FarmId(FARM), scope, week, by=by, where=where, period=period)
        reporter.ask(asked)
    reporter.close()
    without = _starts(tiny)
    at = opened("overview", WEEK | {"start": "2090-01-01", "end": "2090-01-07"})
    assert _starts(tiny) == without
    at.query_params.update(WEEK | {"period": period.value})
    assert is_whole(at.switch_page(PAGES[page]).run())
    assert _starts(tiny) == 2 * without


def _starts(simulator) -> int:
    return sum(r.operation == START for r in simulator.requests)


def test_the_overview_keeps_what_has_come(tiny):
    tiny.faults.add(Fault(START, "access_denied", times=None, skip=1))
    at = opened("overview", WEEK)
    assert not at.exception
    assert len(troubles(at)) == 1
    tiles = _tiles(at)
    assert "$" in tiles["Total cost"]
    assert (tiles["Jobs"], tiles["Cost per job"]) == ("—", "—")
    assert "still on" not in said(at)
    assert "Changes are against" not in said(at)
    assert "An estimate by AWS" in said(at)


def test_the_overview_says_so_where_only_the_window_before_fails(tiny):
    at = opened("overview", WEEK | {"start": "2090-01-01", "end": "2090-01-07"})
    at.query_params.update(WEEK)
    for page in ("users", "jobs", "instance_types"):
        assert is_whole(at.switch_page(PAGES[page]).run())
    tiny.faults.add(Fault(START, "access_denied", times=None))
    at.switch_page(PAGES["overview"]).run()
    assert not at.exception
    assert len(troubles(at)) == 1
    assert "…" not in _tiles(at).values()
    assert "—" not in _tiles(at).values()
    assert "The window before could not be had" in said(at)


def test_what_no_row_holds_stands_beside_what_the_rows_hold(serve):
    serve(tiny_world(), drop_missing_keys=True)
    at = opened("instance_types", WEEK)
    assert is_whole(at)
    tiles = {tile.label: dollars(tile.help) for tile in at.metric if "$" in (tile.help or "")}
    assert tiles["Unattributed"] > 0
    whole = opened("overview", WEEK)
    total = dollars(next(tile.help for tile in whole.metric if tile.label == "Total cost"))
    assert tiles["Cost"] + tiles["Unattributed"] == pytest.approx(total)
    assert "Unattributed" not in _tiles(opened("queues_and_fleets", WEEK | {"user": ADA}))


def test_what_no_cell_holds_is_not_put_beside_the_cost_of_compute_alone(serve):
    serve(tiny_world(), drop_missing_keys=True)
    link = WEEK | {"rows": "user", "columns": "instance_type"}
    assert _tiles(opened("explore", link))["Unattributed"] == "$3.00"
    of_compute = _tiles(opened("explore", link | {"show": "runtime"}))
    assert of_compute["Cost"] == "$10.00"
    assert "Unattributed" not in of_compute
