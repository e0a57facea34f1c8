"""The big world has what a studio has, and the names that hurt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from simulator.names import HURTFUL
from tests.simulator.conftest import NOW


@pytest.fixture(scope="module")
def usage(big_world):
    of_large = big_world.usage["farm_id"] == big_world.farms[0].farm_id
    return big_world.usage[of_large]


@pytest.fixture(scope="module")
def jobs(big_world):
    return big_world.jobs[big_world.jobs["farm_id"] == big_world.farms[0].farm_id]


def cost(usage: pd.DataFrame, start: datetime, days: int) -> float:
    end = start + timedelta(days=days)
    within = (usage["started_at"] >= start) & (usage["started_at"] < end)
    return float(usage.loc[within, "cost_usd"].sum())


def test_every_name_that_hurts_is_among_the_jobs_of_the_last_three_weeks(jobs):
    recent = jobs[(jobs["created_at"] > NOW - timedelta(days=22)) & (jobs["created_at"] < NOW)]
    assert set(HURTFUL) <= set(recent["name"])
    assert jobs["name"].str.len().max() == 512
    assert recent["name"].duplicated().any()


def test_names_that_hurt_are_among_queues_farms_fleets_and_people_too(big_world):
    for things in (big_world.queues, big_world.farms, big_world.people):
        assert any("<" in thing.display_name for thing in things)
    assert any("**" in fleet.display_name for fleet in big_world.fleets)


def test_two_queues_share_a_name(big_world):
    farm = big_world.farms[0].farm_id
    names = [queue.display_name for queue in big_world.queues if queue.farm_id == farm]
    assert len(names) == 14
    assert names.count("Lighting") == 2


def test_it_is_as_large_as_a_studio(usage, jobs):
    assert 120_000 < (usage["started_at"] <= NOW).sum() < 260_000
    assert jobs["user_id"].nunique() == 31
    normal = jobs[(jobs["created_at"] >= NOW - timedelta(days=70)) & (jobs["created_at"] < NOW)]
    studio_time = normal["created_at"] - pd.Timedelta(hours=8)
    a_day = normal.groupby(studio_time.dt.date).size()
    weekdays = a_day[[day.weekday() < 5 for day in a_day.index]]
    weekends = a_day[[day.weekday() >= 5 for day in a_day.index]]
    assert 30 <= weekdays.median() <= 45
    assert weekends.median() < 10


def test_a_crunch_costs_about_double(usage):
    crunch = cost(usage, datetime(2026, 8, 24, tzinfo=UTC), 21)
    before = cost(usage, datetime(2026, 7, 6, tzinfo=UTC), 21)
    assert 1.5 < crunch / before < 2.8


def test_holidays_are_quiet(usage):
    holiday = cost(usage, datetime(2025, 12, 26, tzinfo=UTC), 6)
    working = cost(usage, datetime(2025, 12, 2, tzinfo=UTC), 6)
    assert holiday < 0.25 * working


def test_a_runaway_job_of_six_weeks_ago_cost_more_than_any_other(usage, jobs):
    recent = usage[usage["started_at"].between(NOW - timedelta(days=56), NOW)]
    by_job = recent.groupby("job_id")["cost_usd"].sum().sort_values(ascending=False)
    assert by_job.iloc[0] > 4_000
    assert by_job.iloc[0] > 5 * by_job.iloc[1]
    submitted = jobs.set_index("job_id").loc[by_job.index[0], "created_at"]
    studio_time = submitted - pd.Timedelta(hours=8)
    assert studio_time.weekday() == 4
    assert studio_time.hour == 18
    assert 35 <= (NOW - submitted).days <= 56


def test_departments_differ_as_they_do(usage, big_world):
    names = {queue.queue_id: queue.display_name for queue in big_world.queues}
    compute = usage[usage["usage_type"] == "COMPUTE"]
    of_job = compute.groupby(["queue_id", "job_id"])["cost_usd"].sum().reset_index()
    median = of_job.groupby(of_job["queue_id"].map(names))["cost_usd"].median()
    assert median["AGM Comp"] < median["AGM Lighting"] < median["AGM FX"]


def test_failed_versions_are_rendered_again(jobs):
    failed = jobs[jobs["final_status"] == "FAILED"]
    assert 0.05 < len(failed) / len(jobs) < 0.2
    names = set(jobs["name"])
    versioned = failed["name"].str.extract(r"^(AGM_.*_v)(\d{3})$").dropna()
    again = [f"{stem}{int(version) + 1:03d}" in names for stem, version in versioned.to_numpy()]
    assert sum(again) > 0.95 * len(again) > 100


def test_records_have_what_their_usage_type_has(usage):
    has = usage.notna().groupby(usage["usage_type"]).mean()
    columns = ["queue_id", "job_id", "user_id", "instance_type", "license_product"]
    assert has.loc["COMPUTE", columns].tolist() == [1, 1, 1, 1, 0]
    assert has.loc["LICENSE", columns].tolist() == [1, 1, 1, 0, 1]
    assert has.loc["PERSISTENT_VOLUME", columns].tolist() == [0, 0, 0, 0, 0]
    assert has["fleet_id"].tolist() == [1, 1, 1]


def test_licences_are_for_service_managed_fleets_and_run_as_long_as_their_session(usage, big_world):
    managed = {fleet.fleet_id for fleet in big_world.fleets if fleet.market}
    licences = usage[usage["usage_type"] == "LICENSE"]
    assert set(licences["fleet_id"]) <= managed
    session = ["job_id", "fleet_id", "started_at", "runtime_seconds"]
    compute = usage.loc[usage["usage_type"] == "COMPUTE", session].value_counts()
    assert (
        licences[session].value_counts() <= compute.reindex(licences[session].value_counts().index)
    ).all()


def test_customer_managed_workers_cost_a_dollar_an_hour(usage, big_world):
    (fleet,) = [
        f for f in big_world.fleets if not f.market and f.farm_id == big_world.farms[0].farm_id
    ]
    there = usage[usage["fleet_id"] == fleet.fleet_id]
    hours = there["runtime_seconds"] / 3600
    assert (there["cost_usd"] - hours).abs().max() < 1e-6


def test_a_scale_factor_is_in_the_figures_already(big_world):
    farm = big_world.farms[1]
    prices = dict(big_world.fleets[0].hourly_usd)
    there = big_world.usage[big_world.usage["farm_id"] == farm.farm_id]
    spot = there[there["instance_type"] == "c5a.4xlarge"]
    price = spot["cost_usd"].sum() / (spot["runtime_seconds"].sum() / 3600)
    assert farm.cost_scale_factor == 0.85
    assert price == pytest.approx(0.85 * prices["c5a.4xlarge"], rel=1e-4)


def test_the_empty_farm_has_queues_and_no_usage(big_world):
    empty = big_world.farms[2].farm_id
    assert sum(queue.farm_id == empty for queue in big_world.queues) == 2
    assert not (big_world.usage["farm_id"] == empty).any()


def test_an_overdrawn_budget_blocks_its_queue(big_world):
    over = {b.queue_id for b in big_world.budgets if b.used_usd > b.limit_usd}
    blocked = {q.queue_id for q in big_world.queues if q.status == "SCHEDULING_BLOCKED"}
    assert over == blocked
    assert over
