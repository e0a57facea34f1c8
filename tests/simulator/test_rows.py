"""What the rows of an aggregation say, in a world that one can add up by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator import tiny_world
from simulator.tiny import (
    ADA,
    BEN,
    COMP,
    EMPTY_FARM,
    EMPTY_QUEUE,
    FARM,
    JOB_1,
    LIGHTING,
    RACK,
    SPOT,
)
from tests.simulator.asking import answered, running

QUEUES = {"queueIds": [COMP, LIGHTING]}
FLEETS = {"fleetIds": [SPOT, RACK]}


def cost_by(found, key: str) -> dict[object, float]:
    return {row.get(key): row["costInUsd"]["sum"] for row in found}


def test_queues_have_compute_and_licences(boto, question):
    found = answered(boto, **question | {"resourceIds": QUEUES})
    assert cost_by(found, "usageType") == {"COMPUTE": 10.0, "LICENSE": 3.0}


def test_fleets_have_volumes_besides(boto, question):
    found = answered(boto, **question | {"resourceIds": FLEETS})
    usage = {"COMPUTE": 10.0, "LICENSE": 3.0, "PERSISTENT_VOLUME": 4.0}
    assert cost_by(found, "usageType") == usage


def test_a_queue_alone_has_only_its_own(boto, question):
    found = answered(boto, **question | {"groupBy": ["USER_ID"]})
    assert cost_by(found, "userId")[ADA] == 3.5
    assert BEN not in cost_by(found, "userId")


def test_minimum_maximum_and_average_are_over_records(boto, question):
    question |= {"groupBy": ["JOB_ID"], "statistics": ["SUM", "MIN", "MAX", "AVG"]}
    (row,) = [row for row in answered(boto, **question) if row["jobId"] == JOB_1]
    assert row["count"] == 3
    assert row["costInUsd"] == {"sum": 3.5, "min": 0.5, "max": 2.0, "avg": pytest.approx(3.5 / 3)}
    assert row["runtimeInSeconds"] == {"sum": 14400, "min": 3600, "max": 7200, "avg": 4800}


def test_only_the_asked_statistics_are_there(boto, question):
    for row in answered(boto, **question | {"statistics": ["MAX"]}):
        assert set(row["costInUsd"]) == set(row["runtimeInSeconds"]) == {"max"}


def test_only_the_grouped_keys_are_there_and_a_job_brings_its_name(boto, question):
    found = answered(boto, **question | {"groupBy": ["JOB_ID", "QUEUE_ID"]})
    always = {"count", "costInUsd", "runtimeInSeconds"}
    edges = {"aggregationStartTime", "aggregationEndTime"}
    assert {frozenset(row) for row in found} == {
        frozenset(always | edges | {"jobId", "jobName", "queueId"})
    }
    assert {row["jobName"] for row in found} == {
        "AGM_104_065_010_comp_NFX_v001",
        "CondaBuild: blender-4.1",
    }


def test_job_names_can_be_left_out(question):
    with running(tiny_world(), job_names=False) as (_, boto):
        found = answered(boto, **question | {"groupBy": ["JOB_ID"]})
        assert not any("jobName" in row for row in found)


def test_a_row_of_records_without_the_key_lacks_it(boto, question):
    found = answered(boto, **question | {"groupBy": ["INSTANCE_TYPE"], "resourceIds": QUEUES})
    assert cost_by(found, "instanceType") == {"c5.4xlarge": 8.0, "r5.8xlarge": 2.0, None: 3.0}


def test_records_without_the_key_can_be_left_out(question):
    question |= {"groupBy": ["INSTANCE_TYPE"], "resourceIds": QUEUES}
    with running(tiny_world(), drop_missing_keys=True) as (_, boto):
        found = answered(boto, **question)
        assert cost_by(found, "instanceType") == {"c5.4xlarge": 8.0, "r5.8xlarge": 2.0}


def test_without_a_period_there_is_one_bucket_the_window(boto, question):
    for row in answered(boto, **question):
        assert row["aggregationStartTime"] == question["startTime"]
        assert row["aggregationEndTime"] == question["endTime"]


def test_a_record_belongs_to_the_bucket_in_which_it_starts(boto, question):
    question |= {"period": "DAILY", "groupBy": ["INSTANCE_TYPE"], "timezone": "UTC+01:00"}
    found = answered(boto, **question)
    compute = [row for row in found if row.get("instanceType") == "c5.4xlarge"]
    days = [(row["aggregationStartTime"], row["costInUsd"]["sum"]) for row in compute]
    assert days == [
        (datetime(2026, 3, 1, 23, tzinfo=UTC), 1.0),
        (datetime(2026, 3, 2, 23, tzinfo=UTC), 2.0),  # starts at 00:30 there
    ]


def test_the_windows_end_is_exclusive(boto, question):
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert answered(boto, **question | {"endTime": at}) == []
    found = answered(boto, **question | {"startTime": at})
    assert cost_by(found, "usageType") == {"COMPUTE": 5.0, "LICENSE": 0.5}


def test_a_farm_without_usage_has_no_rows(boto, question):
    nothing = {"farmId": EMPTY_FARM, "resourceIds": {"queueIds": [EMPTY_QUEUE]}}
    assert answered(boto, **question | nothing) == []
    assert (
        answered(
            boto, **question | {"farmId": FARM, "endTime": datetime(2026, 3, 1, 1, tzinfo=UTC)}
        )
        == []
    )
