"""The service under these tests answers as botocore's model promises, and refuses as it should."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import Shape

from tests.stranger.records import FarmData
from tests.stranger.service import Service


@pytest.fixture(scope="module")
def deadline(leaving_out: Service) -> BaseClient:
    """boto3's own client, without the engine."""
    return boto3.client(
        "deadline",
        region_name="us-west-2",
        endpoint_url=leaving_out.url,
        aws_access_key_id="stranger",
        aws_secret_access_key="stranger",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
    )


def _start(farm: FarmData, **changes: Any) -> dict[str, Any]:
    return {
        "farmId": farm.id,
        "resourceIds": {"queueIds": list(farm.queues)[:2]},
        "startTime": datetime(2026, 10, 1, tzinfo=UTC),
        "endTime": datetime(2026, 10, 9, tzinfo=UTC),
        "timezone": "UTC-07:00",
        "period": "WEEKLY",
        "groupBy": ["JOB_ID"],
        "statistics": ["SUM", "AVG"],
        **changes,
    }


def _lacking(value: Any, shape: Shape, at: str) -> Iterator[str]:
    if shape.type_name == "list":
        for item in value:
            yield from _lacking(item, shape.member, at)
    if shape.type_name == "structure":
        yield from (f"{at}.{name}" for name in shape.required_members if name not in value)
        for name, member in shape.members.items():
            if name in value:
                yield from _lacking(value[name], member, f"{at}.{name}")


def test_answers_have_every_member_that_the_model_requires(
    deadline: BaseClient, farm: FarmData
) -> None:
    started = deadline.start_sessions_statistics_aggregation(**_start(farm))
    calls = {
        "ListFarms": deadline.list_farms(),
        "GetFarm": deadline.get_farm(farmId=farm.id),
        "ListQueues": deadline.list_queues(farmId=farm.id, maxResults=100),
        "ListFleets": deadline.list_fleets(farmId=farm.id),
        "StartSessionsStatisticsAggregation": started,
        "GetSessionsStatisticsAggregation": deadline.get_sessions_statistics_aggregation(
            farmId=farm.id, aggregationId=started["aggregationId"]
        ),
    }
    model = deadline.meta.service_model
    for operation, answer in calls.items():
        shape = model.operation_model(operation).output_shape
        assert list(_lacking(answer, shape, operation)) == []
    assert len(calls["ListQueues"]["queues"]) == 5
    row = calls["GetSessionsStatisticsAggregation"]["statistics"][0]
    assert set(row["costInUsd"]) == {"sum", "avg"}
    assert {"jobId", "count", "aggregationStartTime"} <= set(row)
    assert not {"userId", "jobName", "queueId"} & set(row)


def test_a_second_aggregation_is_throttled_and_others_calls_are_denied(
    deadline: BaseClient, farm: FarmData
) -> None:
    first = deadline.start_sessions_statistics_aggregation(**_start(farm))
    with pytest.raises(ClientError) as busy:
        deadline.start_sessions_statistics_aggregation(**_start(farm))
    assert busy.value.response["Error"]["Code"] == "ThrottlingException"
    assert busy.value.response["retryAfterSeconds"] == 1
    deadline.get_sessions_statistics_aggregation(
        farmId=farm.id, aggregationId=first["aggregationId"]
    )
    with pytest.raises(ClientError) as denied:
        deadline.list_budgets(farmId=farm.id)
    assert denied.value.response["Error"]["Code"] == "AccessDeniedException"


@pytest.mark.parametrize(
    "changes",
    [
        {"groupBy": ["JOB_ID", "USER_ID", "QUEUE_ID"]},
        {"groupBy": ["SHOW"]},
        {"timezone": "UTC+5:300"},
        {"timezone": "UTC+05:45"},
        {"startTime": datetime(2026, 10, 1, 0, 30, tzinfo=UTC)},
        {"endTime": datetime(2026, 9, 1, tzinfo=UTC)},
        {"period": "YEARLY"},
        {"resourceIds": {"queueIds": [f"queue-{n:032x}" for n in range(11)]}},
    ],
)
def test_what_the_service_does_not_take_is_a_validation_error(
    deadline: BaseClient, farm: FarmData, changes: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        deadline.start_sessions_statistics_aggregation(**_start(farm, **changes))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
