"""The page's total is the report's, the table's, and what the farm really used, to the cent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from simulator.tiny import FARM
from stats.connect import connect
from stats.model import Dimension, FarmId, Question, Scope, Window
from stats.settings import Settings
from tests.pages.moment import TODAY
from tests.pages.opening import dollars, is_whole, opened, said
from tests.pages.worlds import WEEK, in_queues

TILE = {"users": "Cost", "jobs": "Cost", "instance_types": "Cost", "overview": "Total cost"}


@pytest.fixture
def few_days():
    """Five settled days; the first and the day after the last."""
    return TODAY - timedelta(days=12), TODAY - timedelta(days=7)


def _link(farm_id: str, first: datetime, end: datetime) -> dict[str, str]:
    last = end - timedelta(days=1)
    return {
        "farm": farm_id,
        "window": "dates",
        "start": f"{first:%Y-%m-%d}",
        "end": f"{last:%Y-%m-%d}",
    }


def _tile(at, label: str) -> float:
    (metric,) = [metric for metric in at.metric if metric.label == label]
    return dollars(metric.help)


@pytest.mark.parametrize("page", TILE)
def test_the_total_is_the_truth_and_the_reports(serve, studio, few_days, page):
    serve(studio)
    farm = studio.farms[0].farm_id
    queues = tuple(q.queue_id for q in studio.queues if q.farm_id == farm)
    truth = in_queues(studio, farm, *few_days)["cost_usd"].sum()
    at = opened(page, _link(farm, *few_days))
    assert is_whole(at)
    question = Question(
        FarmId(farm), Scope(Dimension.QUEUE, queues), Window(*few_days), by=(Dimension.USAGE_TYPE,)
    )
    reporter = connect(Settings())
    report = reporter.ask(question)
    reporter.close()
    assert truth > 100
    assert _tile(at, TILE[page]) == pytest.approx(truth, abs=0.005)
    assert _tile(at, TILE[page]) == pytest.approx(report.total_cost_usd.sum, abs=0.005)


@pytest.mark.parametrize("page", ["users", "jobs", "instance_types"])
def test_the_table_adds_up_to_the_tile(serve, studio, few_days, page):
    serve(studio)
    farm = studio.farms[0].farm_id
    at = opened(page, _link(farm, *few_days))
    table = at.dataframe[0].value
    assert _tile(at, "Cost") == pytest.approx(table["cost_usd"].sum(), abs=0.005)
    assert table["share"].sum() == pytest.approx(100)


def test_a_row_is_what_its_user_really_used(serve, studio, few_days):
    serve(studio)
    farm = studio.farms[0].farm_id
    rows = in_queues(studio, farm, *few_days)
    compute = rows[rows["usage_type"] == "COMPUTE"].groupby("user_id")
    cost = rows.groupby("user_id")["cost_usd"].sum().sort_values(ascending=False)
    table = opened("users", _link(farm, *few_days)).dataframe[0].value
    assert list(table["cost_usd"]) == pytest.approx(list(cost))
    hours = compute["runtime_seconds"].sum().reindex(cost.index) / 3600
    assert list(table["runtime_seconds"]) == pytest.approx(list(hours), abs=0.005)
    assert list(table["sessions"]) == list(compute.size().reindex(cost.index))


def test_the_tiles_of_the_overview_are_the_tiny_worlds(tiny):
    at = opened("overview", WEEK)
    shown = {metric.label: metric for metric in at.metric}
    amounts = {label: dollars(shown[label].help) for label in ("Total cost", "Compute", "Licences")}
    assert amounts == {"Total cost": 13.0, "Compute": 10.0, "Licences": 3.0}
    assert "10 h 0 min 0 s" in shown["Compute hours"].help
    assert shown["Jobs"].value == "3"
    assert dollars(shown["Cost per job"].help) == pytest.approx(13 / 3, abs=1e-6)


def test_fleets_have_the_volumes_that_queues_do_not_have(tiny):
    at = opened("overview", WEEK | {"fleet": "all"})
    shown = {metric.label: metric for metric in at.metric}
    assert dollars(shown["Total cost"].help) == 17.0
    assert dollars(shown["Volumes"].help) == 4.0


def test_a_tile_compares_with_the_days_before(tiny):
    day = WEEK | {"start": "2026-03-03", "end": "2026-03-03"}
    shown = {metric.label: metric for metric in opened("overview", day).metric}
    assert dollars(shown["Total cost"].help) == 3.0
    assert shown["Total cost"].delta == "-62%"


def test_licences_show_licence_money_and_hours_alone(tiny):
    at = opened("licences", WEEK)
    assert _tile(at, "Cost") == 3.0
    assert list(at.dataframe[0].value["cost_usd"]) == [2.5, 0.5]


def test_explore_adds_up_to_the_total(tiny):
    at = opened("explore", WEEK | {"farm": FARM})
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(13.0)


@pytest.mark.parametrize(
    ("page", "more", "left_out"),
    [
        *((page, {}, True) for page in ("overview", "users", "explore")),
        ("overview", {"fleet": "all"}, False),
        ("users", {"usage_type": "COMPUTE"}, False),
    ],
)
def test_where_queues_are_counted_volumes_are_said_to_be_left_out(tiny, page, more, left_out):
    words = said(opened(page, WEEK | more))
    assert ("storage volumes belong to fleets" in words) is left_out


def test_the_total_by_fleets_holds_the_volumes(tiny):
    shown = {metric.label: metric for metric in opened("overview", WEEK | {"fleet": "all"}).metric}
    assert dollars(shown["Volumes"].help) == 4.0
    assert dollars(shown["Total cost"].help) == 17.0
