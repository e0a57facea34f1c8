"""The same seed gives the same world, and the past stays as it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd
import pytest

from simulator import World, build_world
from tests.simulator.conftest import NOW


def test_the_same_seed_and_now_give_the_same_world(big_world):
    again = build_world(seed=7, now=NOW)
    pd.testing.assert_frame_equal(again.usage, big_world.usage)
    pd.testing.assert_frame_equal(again.jobs, big_world.jobs)
    assert again.queues == big_world.queues
    assert again.budgets == big_world.budgets
    assert again.people == big_world.people


def test_another_seed_gives_another_world(big_world):
    other = build_world(seed=8, now=NOW)
    assert other.farms[0].farm_id != big_world.farms[0].farm_id
    assert len(other.usage) != len(big_world.usage)


def span(world: World, start: datetime, end: datetime) -> pd.DataFrame:
    at = world.usage["started_at"]
    return world.usage[(at >= start) & (at < end)].reset_index(drop=True)


@pytest.mark.parametrize("later", [timedelta(hours=5), timedelta(days=23, hours=1)])
def test_a_later_now_does_not_change_the_past(big_world, later):
    moved = build_world(seed=7, now=NOW + later)
    start = NOW - timedelta(days=370)
    end = NOW + timedelta(days=2)
    pd.testing.assert_frame_equal(span(moved, start, end), span(big_world, start, end))
    before = big_world.jobs[big_world.jobs["created_at"] >= start]
    after = moved.jobs[moved.jobs["job_id"].isin(before["job_id"])]
    same = after.sort_values("job_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(before.sort_values("job_id").reset_index(drop=True), same)


def test_usage_reaches_from_four_hundred_days_back_to_two_days_ahead(big_world):
    at = big_world.usage["started_at"]
    assert NOW - timedelta(days=401) < at.min() < NOW - timedelta(days=399)
    assert NOW + timedelta(days=2) < at.max() < NOW + timedelta(days=3)


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="aware"):
        build_world(seed=7, now=datetime(2026, 1, 1))  # noqa: DTZ001
