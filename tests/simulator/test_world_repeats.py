"""The same seed gives the same world, and the past stays as it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from simulator import World, build_world
from tests.simulator.conftest import NOW


@pytest.fixture(scope="module")
def world():
    return build_world(seed=7, now=NOW, days=90)


def test_the_same_seed_and_now_give_the_same_world(world):
    again = build_world(seed=7, now=NOW, days=90)
    pd.testing.assert_frame_equal(again.usage, world.usage)
    pd.testing.assert_frame_equal(again.jobs, world.jobs)
    assert again.queues == world.queues
    assert again.budgets == world.budgets
    assert again.people == world.people


def test_another_seed_gives_another_world(world):
    other = build_world(seed=8, now=NOW, days=90)
    assert other.farms[0].farm_id != world.farms[0].farm_id
    assert len(other.usage) != len(world.usage)


def span(world: World, start: datetime, end: datetime) -> pd.DataFrame:
    at = world.usage["started_at"]
    return world.usage[(at >= start) & (at < end)].reset_index(drop=True)


@pytest.mark.parametrize("later", [timedelta(hours=5), timedelta(days=23, hours=1)])
def test_a_later_now_does_not_change_the_past(world, later):
    moved = build_world(seed=7, now=NOW + later, days=90)
    start = NOW - timedelta(days=60)
    end = NOW + timedelta(days=2)
    pd.testing.assert_frame_equal(span(moved, start, end), span(world, start, end))
    before = world.jobs[world.jobs["created_at"] >= start]
    after = moved.jobs[moved.jobs["job_id"].isin(before["job_id"])]
    same = after.sort_values("job_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(before.sort_values("job_id").reset_index(drop=True), same)


def test_where_a_world_begins_does_not_change_what_follows(world, big_world):
    start, end = NOW - timedelta(days=89), NOW + timedelta(days=2)
    pd.testing.assert_frame_equal(span(world, start, end), span(big_world, start, end))


def test_usage_reaches_from_four_hundred_days_back_to_five_weeks_ahead(big_world):
    at = big_world.usage["started_at"]
    assert NOW - timedelta(days=401) < at.min() < NOW - timedelta(days=399)
    assert NOW + timedelta(days=35) < at.max() < NOW + timedelta(days=36)


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="aware"):
        build_world(seed=7, now=datetime(2026, 1, 1))  # noqa: DTZ001
