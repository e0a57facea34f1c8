"""Every page is drawn to its end, whatever the view."""

from __future__ import annotations

import pytest

from simulator.tiny import ADA, FARM
from tests.pages.opening import PAGES, is_whole, opened, said, walked
from tests.pages.worlds import WEEK
from ui import charts, text


def test_a_page_says_which_farm_window_and_zone_it_shows_and_that_it_is_an_estimate(tiny):
    for page, at in walked(WEEK):
        assert is_whole(at), page
        assert len(at.title) == 1
        its_own = page == "long_range"
        words = said(at)
        for word in ("Tiny", "1 Jan 2024 – " if its_own else "2–8 Mar 2026", "UTC"):
            assert word in words, page
        assert "estimate" in words.lower(), page


VIEWS = (
    {"fleet": "all", "period": "hourly"},
    {"show": "runtime", "period": "weekly"},
    {"instance_type": "c5.4xlarge", "period": "monthly"},
    {"window": "today", "start": None, "end": None},
)


@pytest.mark.parametrize("n", range(len(VIEWS)))
def test_a_page_can_be_seen_in_any_way(tiny, n):
    """Each page in two of the views."""
    link = {name: value for name, value in (WEEK | VIEWS[n]).items() if value is not None}
    assert [page for page, at in walked(link, list(PAGES)[n % 2 :: 2]) if not is_whole(at)] == []


def test_what_the_service_can_not_break_down_is_declined_beside_what_it_can(tiny):
    at = opened("queues_and_fleets", WEEK | {"name": "COMP", "instance_type": "c5.4xlarge"})
    assert is_whole(at)
    assert len(at.info) == 1
    assert "exactly" in at.info[0].proto.title
    assert len(at.dataframe) == 1


def test_hours_that_are_not_told_apart_are_left_out_and_the_costs_are_not(tiny):
    at = opened("queues_and_fleets", WEEK | {"name": "COMP"})
    assert is_whole(at)
    queues, fleets = (table.value for table in at.dataframe)
    assert "runtime_seconds" in queues
    assert "runtime_seconds" not in fleets
    assert fleets["cost_usd"].sum() == pytest.approx(queues["cost_usd"].sum())
    assert text.WITHOUT_HOURS in [caption.value for caption in at.caption]


def test_by_fleets_the_instance_types_of_one_user_have_their_hours(tiny):
    at = opened("instance_types", WEEK | {"fleet": "all", "user": ADA})
    assert is_whole(at)
    table = at.dataframe[0].value
    assert table["runtime_seconds"].sum() > 0
    by_queues = opened("instance_types", WEEK | {"user": ADA}).dataframe[0].value
    assert list(table["cost_usd"]) == list(by_queues["cost_usd"])
    assert list(table["runtime_seconds"]) == list(by_queues["runtime_seconds"])


def test_a_page_without_a_link_shows_the_first_farm(tiny):
    for page, at in walked({}):
        assert is_whole(at), page
        assert at.selectbox(key="w_Farm").value == FARM


DIMENSIONS = ("user", "job", "queue", "fleet", "instance_type", "license_product", "usage_type")


def test_the_overview_stacks_by_any_dimension(tiny):
    for stack in DIMENSIONS:
        assert is_whole(opened("overview", WEEK | {"stack": stack})), stack


def test_explore_crosses_any_two_dimensions(tiny):
    """Each two once, so that each dimension is rows of some and columns of others."""
    at = opened("explore", WEEK | {"rows": "user", "columns": "job"})
    for n, rows in enumerate(DIMENSIONS):
        at.selectbox(key="w_rows").select(rows).run()
        for columns in (DIMENSIONS[(n + more) % len(DIMENSIONS)] for more in (1, 2, 3)):
            at.selectbox(key="w_columns").select(columns).run()
            assert not at.exception
            assert len(at.dataframe) == 1 or at.error[0].proto.title


@pytest.mark.parametrize("page", ["overview", "users", "queues_and_fleets"])
def test_a_chart_of_too_many_hours_is_drawn_by_days_and_says_so(tiny, page):
    year = {"window": "dates", "start": "2025-03-10", "end": "2026-03-09", "period": "hourly"}
    at = opened(page, WEEK | year)
    assert is_whole(at)
    assert "Drawn by days: this window has too many hours for one chart." in said(at)
    assert "Drawn by" not in said(opened(page, WEEK | {"period": "hourly"}))
    assert at.selectbox(key="w_Charts by").value == "hourly"


def test_explore_asks_for_two_different_dimensions(tiny):
    at = opened("explore", WEEK | {"rows": "user", "columns": "user"})
    assert is_whole(at)
    assert len(at.info) == 1


def test_more_filters_lists_what_can_be_filtered_when_it_is_opened(tiny):
    at = opened("users", WEEK)
    before = len(at.multiselect)
    at.session_state["w_filters"] = True
    at.run()
    assert is_whole(at)
    assert len(at.multiselect) == before + 5


def test_more_filters_asks_only_for_what_no_page_has_asked_for(tiny):
    """The overview has had users, instance types and usage types, those by fleet, but no products.

    What is of customer-managed fleets is told by fleet.
    """
    ((_, at),) = walked(WEEK, ["users"])
    before = len(_started(tiny))
    at.session_state["w_filters"] = True
    at.run()
    assert is_whole(at)
    asked = sorted(_started(tiny)[before:])
    assert asked == [["LICENSE_PRODUCT", "USAGE_TYPE"]]


def _started(tiny):
    """What each aggregation so far was grouped by."""
    starts = [r for r in tiny.requests if r.operation == "StartSessionsStatisticsAggregation"]
    return [sorted(start.parameters["groupBy"]) for start in starts]


def test_a_page_that_breaks_keeps_the_way_to_the_others(tiny, monkeypatch):
    at = opened("overview", WEEK)
    whole = sorted(node.type for node in at.sidebar)
    with monkeypatch.context() as broken:
        broken.setattr(charts, "over_time", lambda *_, **__: 1 / 0)
        at.switch_page(PAGES["users"]).run()
    assert len(at.exception) == 1
    assert sorted(node.type for node in at.sidebar) == whole
    assert {box.label for box in at.sidebar.selectbox} >= {"Farm", "Window"}
    assert is_whole(at.switch_page(PAGES["jobs"]).run())
