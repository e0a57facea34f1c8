"""What filters keep is at least so much where some usage is known in all only.

Lighting has had 7.50 USD of the tiny world's week, of which history has the total alone: whose
they were nobody tells any more, once it is deleted.
"""

from __future__ import annotations

import pytest

from simulator.tiny import ADA, LIGHTING, ROBOT
from tests.pages.opening import is_whole, opened, said
from tests.pages.worlds import WEEK

PAGES = ("overview", "users", "jobs", "instance_types", "queues_and_fleets", "explore")
WEDNESDAY = {"start": "2026-03-04", "end": "2026-03-04", "period": "daily", "user": ROBOT}


def tiles(at):
    return {tile.label: (tile.value, tile.delta or "") for tile in at.metric}


@pytest.mark.parametrize("page", PAGES)
def test_a_cost_under_filters_is_at_least_that(deletes, page):
    deletes(LIGHTING)
    at = opened(page, WEEK | {"user": ADA})
    assert is_whole(at)
    shown = tiles(at)
    assert shown["Total cost" if page == "overview" else "Cost"] == (r"\$3.50", "at least")


def test_no_ratio_is_made_of_it(deletes):
    deletes(LIGHTING)
    assert tiles(opened("overview", WEEK | {"user": ADA}))["Cost per job"] == ("–", "")


def test_nor_is_it_compared(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK | WEDNESDAY)
    assert tiles(at)["Total cost"] == (r"\$2.00", "")
    assert "Changes are against" not in said(at)
    assert (
        "Not comparable with the window before, 3 Mar 2026: what of $3.00 of it the filters would "
        "keep is not told any more."
    ) in said(at)


@pytest.fixture
def remembers_all(monkeypatch):
    """A service that has forgotten nothing, and so all months but those before history."""
    monkeypatch.setenv("FARM_COSTS_REMEMBERED_DAYS", "unlimited")


def test_months_of_it_are_at_least_so_much(remembers_all, deletes):
    deletes(LIGHTING)
    at = opened("long_range", WEEK | {"user": ADA})
    assert is_whole(at)
    assert "Apr 2026, at least" in at.dataframe[1].value.columns
    assert tiles(at)["Dearest month"] == (r"\$3.50", "Mar 2026, at least")


def test_columns_of_months_say_what_is_known_of_their_own_breakdown(remembers_all, deletes):
    deletes(LIGHTING)
    columns = opened("long_range", WEEK | {"by": "user"}).dataframe[1].value.columns
    assert "Mar 2026, at least" in columns
    assert "Apr 2026" in columns


def test_all_that_filters_keep_is_known_where_the_total_tells_it(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK | {"usage_type": "COMPUTE"})
    assert tiles(at)["Total cost"] == (r"\$10.00", "")
