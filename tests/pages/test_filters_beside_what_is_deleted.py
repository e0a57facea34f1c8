"""What filters keep is at least so much where some usage is known in all only.

Lighting has had 7.50 USD of the tiny world's week, of which history has the total alone: whose
they were nobody tells any more, once it is deleted.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from server import process
from simulator import tiny_world
from simulator.tiny import ADA, LIGHTING, ROBOT, SPOT
from tests.pages.opening import is_whole, opened, said, walked
from tests.pages.worlds import WEEK

PAGES = ("overview", "users", "jobs", "instance_types", "queues_and_fleets", "explore")
AT_LEAST = ": at least $3.50 in all. Largest of what is known: "
WEDNESDAY = {"start": "2026-03-04", "end": "2026-03-04", "period": "daily", "user": ROBOT}
MARCH = WEEK | {"start": "2026-02-26", "end": "2026-03-31"}


def without_lighting(world):
    """The world as its farm is once Lighting was deleted."""
    return replace(world, queues=tuple(q for q in world.queues if q.queue_id != LIGHTING))


def priced(world):
    """The world without fleets at an assumed price, by which all years would be asked for too."""
    return replace(world, fleets=tuple(replace(fleet, market="spot") for fleet in world.fleets))


def tiles(at):
    return {tile.label: (tile.value, tile.delta or "") for tile in at.metric}


def test_a_cost_under_filters_is_at_least_that(deletes):
    deletes(LIGHTING)
    for page, at in walked(WEEK | {"user": ADA}, PAGES):
        assert is_whole(at), page
        shown = tiles(at)
        assert shown["Total cost" if page == "overview" else "Cost"] == (r"\$3.50", "at least")
        alts = [chart.proto.alt for chart in at.get("plotly_chart")]
        assert alts, page
        assert all(AT_LEAST in alt for alt in alts), alts
        headings = [one.value for one in at.subheader]
        assert any(one.endswith(", at least") for one in headings), page
        assert not any(one.startswith("All ") for one in headings), page
        if page in ("users", "jobs"):
            assert "there may be more" in json.dumps(at.dataframe[-1].proto.columns), page


def test_nor_is_it_compared(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK | WEDNESDAY)
    assert tiles(at)["Total cost"] == (r"\$2.00", "")
    assert "Changes are against" not in said(at)
    assert (
        "Not comparable with the window before, 3 Mar 2026: what of $3.00 of it the filters would "
        "keep is not told any more."
    ) in said(at)


def test_the_dearest_month_may_be_one_before_history(serve, deletes):
    deletes(LIGHTING)
    serve(priced(without_lighting(tiny_world())))
    at = opened("long_range", WEEK | {"user": ADA})
    assert is_whole(at)
    assert tiles(at)["Dearest month"] == (r"\$3.50", "at least")
    (dearest,) = (tile for tile in at.metric if tile.label == "Dearest month")
    assert "That is Mar 2026, at least; of other months not all is known" in dearest.help


@pytest.fixture
def whole_march(serve, monkeypatch, tmp_path):
    """History has all of March by queue and usage type, of the time before Lighting was deleted."""
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "history"))
    world = tiny_world()
    usage = world.usage.copy()
    usage.loc[2, "started_at"] -= pd.Timedelta(days=4)  # in Comp, on 26 February
    world = priced(replace(world, usage=usage))
    serve(world)
    assert is_whole(opened("queues_and_fleets", MARCH))
    process.close()
    serve(without_lighting(world))


def test_columns_of_months_say_what_is_known_of_their_own_breakdown(whole_march):
    for of_a_user in ({}, {"user": ADA}):
        at = opened("long_range", WEEK | {"by": "user"} | of_a_user)
        columns = at.dataframe[1].value.columns
        assert "Mar 2026, at least" in columns
        assert "Apr 2026" in columns
    by_usage_type = opened("long_range", WEEK).dataframe[1].value.columns
    assert "Mar 2026" in by_usage_type


def test_all_that_filters_keep_is_known_where_the_total_tells_it(deletes):
    deletes(LIGHTING)
    at = opened("overview", WEEK | {"usage_type": "COMPUTE"})
    assert tiles(at)["Total cost"] == (r"\$10.00", "")


ON_SPOT = {"queue": "all", "fleet": SPOT, "user": ADA, "period": "daily"}
TUESDAY = WEEK | ON_SPOT | {"start": "2026-03-03", "end": "2026-03-03"}


def ada_in_both():
    """All jobs are Ada's: on Spot 1.5 in Comp and 4.5 in Lighting, and on the Tuesday 2 and 3."""
    world = tiny_world()
    usage = world.usage.copy()
    usage.loc[usage["user_id"].notna(), "user_id"] = ADA
    usage.loc[2, "started_at"] += pd.Timedelta(days=1)
    return replace(world, usage=usage, jobs=world.jobs.assign(user_id=ADA))


@pytest.fixture
def jobs_in_history(serve, monkeypatch, tmp_path):
    """Which jobs were on which fleet, history has of the time before Lighting was deleted."""
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "history"))
    world = ada_in_both()
    serve(world)
    assert tiles(opened("overview", TUESDAY))["Total cost"] == (r"\$5.00", "-17%")
    process.close()
    serve(without_lighting(world))


def test_nothing_is_made_of_all_jobs_and_a_part_of_their_cost(jobs_in_history):
    at = opened("overview", TUESDAY)
    assert is_whole(at)
    assert tiles(at)["Total cost"] == (r"\$2.00", "at least")
    assert tiles(at)["Jobs"] == ("2", "at least")
    assert tiles(at)["Cost per job"] == ("–", "")


def test_it_is_not_said_that_changes_are_shown_where_there_are_none(jobs_in_history):
    words = said(opened("overview", TUESDAY))
    assert words.count("Not comparable with the window before") == 1
    assert "Changes are against" not in words
