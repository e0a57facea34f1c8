"""Buckets of every period and offset, against plain loops over the raw records."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.simulator.asking import answered

KEY = {"jobId": "job_id", "instanceType": "instance_type", "usageType": "usage_type"}


def bucket_of(at: datetime, period: str) -> tuple[datetime, datetime]:
    """The calendar's bucket around a local time."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "HOURLY":
        start = at.replace(minute=0, second=0, microsecond=0)
        return start, start + timedelta(hours=1)
    if period == "DAILY":
        return midnight, midnight + timedelta(days=1)
    if period == "WEEKLY":
        start = midnight - timedelta(days=midnight.weekday())
        return start, start + timedelta(days=7)
    start = midnight.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)


def offset_of(text: str) -> timezone:
    hours, minutes = int(text[4:6]), int(text[7:9])
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[3] == "-" else span)


def expected(records: Any, question: dict[str, Any], keys: list[str]) -> dict[Any, list[float]]:
    zone = offset_of(question["timezone"])
    sums: dict[Any, list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0])
    for record in records:
        at = record["started_at"].to_pydatetime()
        if not question["startTime"] <= at < question["endTime"]:
            continue
        edges = bucket_of(at.astimezone(zone), question["period"])
        row = sums[(*edges, *(record[KEY[key]] for key in keys))]
        row[0] += 1
        row[1] += record["cost_usd"]
        row[2] += record["runtime_seconds"]
        row[3] = max(row[3], record["cost_usd"])
    return sums


@pytest.mark.parametrize(
    ("period", "timezone_", "days"),
    [
        ("HOURLY", "UTC-08:00", 3),
        ("HOURLY", "UTC+05:30", 3),
        ("DAILY", "UTC+00:00", 20),
        ("DAILY", "UTC-03:30", 20),
        ("WEEKLY", "UTC-08:00", 60),
        ("WEEKLY", "UTC+14:00", 60),
        ("MONTHLY", "UTC+05:30", 100),
        ("MONTHLY", "UTC-11:00", 100),
    ],
)
@pytest.mark.parametrize("keys", [["instanceType", "usageType"], ["jobId"]])
def test_sums_are_those_of_plain_loops(big, period, timezone_, days, keys):
    simulator, boto = big
    world = simulator.world
    farm = world.farms[1].farm_id
    queues = [queue.queue_id for queue in world.queues if queue.farm_id == farm]
    names = {"jobId": "JOB_ID", "instanceType": "INSTANCE_TYPE", "usageType": "USAGE_TYPE"}
    end = datetime(2026, 11, 20, 5, tzinfo=UTC)
    question = {
        "farmId": farm,
        "resourceIds": {"queueIds": queues},
        "startTime": end - timedelta(days=days),
        "endTime": end,
        "timezone": timezone_,
        "period": period,
        "groupBy": [names[key] for key in keys],
        "statistics": ["SUM", "MAX"],
    }
    usage = world.usage[world.usage["queue_id"].isin(queues)]
    near = usage[(usage["started_at"] - end).abs() < timedelta(days=days + 2)]
    truth = expected(near.to_dict("records"), question, keys)
    found = answered(boto, **question)
    assert len(found) == len(truth) > 10
    for row in found:
        edges = row["aggregationStartTime"], row["aggregationEndTime"]
        count, cost, runtime, most = truth[(*edges, *(row.get(key) for key in keys))]
        assert row["count"] == count
        assert row["costInUsd"]["sum"] == pytest.approx(cost, rel=1e-12)
        assert row["costInUsd"]["max"] == most
        assert row["runtimeInSeconds"]["sum"] == runtime
