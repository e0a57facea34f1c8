"""Usage that came late on a settled day counts in all figures of a page, or in none of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from server import process
from simulator import World, tiny_world
from simulator.tiny import FARM, LIGHTING
from stats.model import Dimension
from stats.report import Reporter
from tests.pages.opening import dollars, is_whole, opened, said
from tests.pages.worlds import WEEK

BEFORE, EXTRA = 13.0, 6.25
"""US dollars of the week by queues, as history has it, and what came late."""

GONE = "Lighting (deleted)"
TOGETHER = {"rows": "queue", "columns": "usage_type"}
COUNTS = f"the service now tells ${EXTRA} more than history has. It counts here"


def more_of(world: World, kept: str = "") -> World:
    """The world with a session of compute more on its first day, of a queue that is `kept`."""
    usage = world.usage[world.usage["farm_id"] == FARM]
    compute = usage[(usage["usage_type"] == "COMPUTE") & usage["queue_id"].notna()]
    compute = compute[compute["queue_id"] == kept] if kept else compute
    late = compute.head(1).assign(cost_usd=EXTRA)
    return replace(world, usage=pd.concat([world.usage, late], ignore_index=True))


@pytest.fixture
def since(serve, looked_at):
    """Serves a world in which usage came late, to a server that has history of before."""

    def comes(name: str, page: str, link: dict[str, str], *, deleted: str = "") -> None:
        def look() -> None:
            assert is_whole(opened(page, WEEK | link))

        looked_at(name, look)
        process.close()
        world = tiny_world()
        left = [q for q in world.queues if q.queue_id != deleted]
        kept = left[0].queue_id
        serve(replace(more_of(world, kept), queues=tuple(left)))

    return comes


def tiles(at, label: str) -> list[float]:
    return [dollars(metric.help) for metric in at.metric if metric.label == label]


def charts(at) -> set[str]:
    """What the page's charts say that there is in all."""
    alts = [chart.proto.alt for chart in at.get("plotly_chart")]
    return {found for alt in alts for found in re.findall(r"\$[\d.,]+(?= in all)", alt)}


def test_the_overview_counts_it_in_its_total_as_in_what_it_breaks_down(since):
    since("by user", "users", {})
    at = opened("overview", WEEK)
    assert is_whole(at)
    assert tiles(at, "Total cost") == [pytest.approx(BEFORE + EXTRA)]
    assert charts(at) == {"$19.25"}
    assert COUNTS in said(at)
    jobs = int(next(metric.value for metric in at.metric if metric.label == "Jobs"))
    assert tiles(at, "Cost per job") == [pytest.approx((BEFORE + EXTRA) / jobs)]


def test_queues_and_fleets_count_the_same(since):
    since("by queue, of the total", "explore", TOGETHER)
    at = opened("queues_and_fleets", WEEK)
    assert is_whole(at)
    queues, fleets = tiles(at, "Cost")
    assert queues == pytest.approx(BEFORE + EXTRA)
    assert fleets >= queues


def test_pages_that_history_could_tell_count_it_once_another_has_shown_it(since):
    since("by user", "users", {})
    at = opened("users", WEEK)
    assert tiles(at, "Cost") == [pytest.approx(BEFORE)]
    for page in ("instance_types", "users"):
        at.switch_page(f"pages/costs/{page}.py").run()
        assert is_whole(at)
        assert tiles(at, "Cost") == [pytest.approx(BEFORE + EXTRA)], page
        assert COUNTS in said(at)


def test_where_a_queue_was_deleted_too_it_is_at_least_what_is_told(since):
    since("by user", "users", {}, deleted=LIGHTING)
    at = opened("overview", WEEK)
    assert is_whole(at)
    assert all("at least" in chart.proto.alt for chart in at.get("plotly_chart"))
    assert tiles(at, "Total cost") == [pytest.approx(BEFORE)]
    assert [tile.delta for tile in at.metric if tile.label == "Total cost"] == ["at least"]
    assert "the service now tells" in said(at)
    assert "no row holds the difference" in said(at)


def test_what_only_history_can_tell_is_told_by_it_all_the_same(since):
    since("by queue, of the total", "explore", TOGETHER, deleted=LIGHTING)
    at = opened("instance_types", WEEK)
    assert "the service now tells" in said(at)
    for _ in range(2):
        at.query_params["queue"] = LIGHTING
        at.switch_page("pages/costs/queues_and_fleets.py").run()
        assert is_whole(at)
        assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(7.5)


def test_where_history_alone_knows_a_deleted_queue_it_keeps_the_day_at_least(since):
    """The service would tell the day without it."""
    since("by queue, of the total", "explore", TOGETHER, deleted=LIGHTING)
    at = opened("queues_and_fleets", WEEK)
    before = at.dataframe[0].value.set_index("label")["cost_usd"]
    at.switch_page("pages/costs/instance_types.py").run()
    assert "the service now tells" in said(at)
    at.switch_page("pages/costs/queues_and_fleets.py").run()
    assert is_whole(at)
    after = at.dataframe[0].value.set_index("label")["cost_usd"]
    assert after[GONE] == before[GONE] == pytest.approx(7.5)
    assert "at least" in said(at)


@pytest.mark.parametrize("dimension", [None, Dimension.JOB], ids=["all", "a later one"])
def test_a_page_comes_to_its_end_whatever_is_known_of_its_figures(tiny, monkeypatch, dimension):
    monkeypatch.setattr(
        Reporter,
        "is_outdated",
        lambda _, report: dimension is None or dimension in report.question.by,
    )
    at = opened("overview", WEEK)
    assert is_whole(at)
    assert tiles(at, "Total cost") == [pytest.approx(BEFORE)]
