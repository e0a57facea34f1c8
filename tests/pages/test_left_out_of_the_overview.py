"""What the overview leaves out of a breakdown is said, and nothing is made of what is left."""

from __future__ import annotations

import pytest

from simulator.tiny import ADA, COMP, LIGHTING
from tests.pages.opening import is_whole, opened, said
from tests.pages.worlds import WEEK
from ui.overview import JOBS_APART
from ui.totals import NOT_ALL_JOBS

BY = ("user", "instance type", "job")


def tiles(at):
    return {tile.label: (tile.value, tile.delta or "") for tile in at.metric}


def test_usage_in_no_row_is_said_of_each_breakdown(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK)
    assert is_whole(at)
    assert tiles(at)["Total cost"] == (r"\$13.00", "")
    for what in BY:
        assert said(at).count(f"Unattributed by {what}: $7.50.") == 1, what


@pytest.mark.parametrize("user", [None, ADA, "nobody"])
def test_fleets_are_told_where_no_queue_has_rows(deletes, tmp_path, user):
    deletes(LIGHTING, COMP)
    for file in tmp_path.rglob("cut=queue-*/*.parquet"):
        file.unlink()
    at = opened("queues_and_fleets", WEEK | ({"user": user} if user else {}))
    assert is_whole(at)
    assert [one.value for one in at.header] == ["Queues", "Fleets"]
    tables = [frame.value for frame in at.dataframe]
    assert [list(one["label"]) for one in tables] == ([] if user else [["Spot", "Rack"]])
    assert sum(button.key == "w_without_filters" for button in at.button) == bool(user)


def test_usage_in_no_row_of_the_chart_over_time_is_said_there(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK | {"stack": "license_product"})
    assert "Unattributed by licence product: $7.50." in said(at)


def test_jobs_that_may_be_more_are_at_least_so_many_and_no_ratio_is_made_of_them(deletes):
    deletes(LIGHTING)
    left = tiles(opened("overview", WEEK))
    assert left["Jobs"] == ("2", "at least")
    assert left["Cost per job"] == ("–", "")


def test_no_ratio_is_made_of_jobs_and_a_cost_that_are_both_at_least(tiny, monkeypatch):
    """Days that were first asked for too late: jobs may be forgotten, and their cost with them."""
    monkeypatch.setenv("FARM_COSTS_REMEMBERED_DAYS", "1")
    late = opened("overview", WEEK | {"start": "2026-03-02", "end": "2026-03-04"})
    assert is_whole(late)
    told = tiles(late)
    assert told["Total cost"] == (r"\$13.00", "at least")
    assert told["Jobs"] == ("3", "at least")
    assert told["Cost per job"] == ("–", "")
    (each,) = (tile for tile in late.metric if tile.label == "Cost per job")
    assert each.help == NOT_ALL_JOBS


def test_all_jobs_are_counted_without_a_word(tiny):
    whole = tiles(opened("overview", WEEK | {"fleet": "all"}))
    assert whole["Jobs"][1] == ""
    assert whole["Cost per job"][0].startswith(r"\$")


def test_where_no_job_is_known_there_is_no_zero_and_no_empty_chart(deletes):
    deletes(LIGHTING, COMP)
    at = opened("overview", WEEK)
    assert is_whole(at)
    assert tiles(at)["Total cost"] == (r"\$13.00", "")
    assert tiles(at)["Jobs"] == ("–", "")
    for what in BY:
        assert said(at).count(f"Unattributed by {what}: $13.00.") == 1, what
    assert len(at.main.get("plotly_chart")) == 1


def test_jobs_are_not_compared_where_not_all_are_known_and_the_total_is(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK | {"start": "2026-03-03", "end": "2026-03-03", "period": "daily"})
    assert "Changes are against the window before" in said(at)
    assert said(at).count(JOBS_APART) == 1
    assert "Not comparable" not in said(at)


def test_no_other_reason_is_given_for_what_history_tells_the_reason_of(deletes):
    deletes(LIGHTING)
    at = opened("instance_types", WEEK)
    assert is_whole(at)
    (told,) = (tile for tile in at.metric if tile.label == "Unattributed")
    assert "in no row" in told.help
    assert "AWS does not tell all usage apart" not in said(at) + told.help
