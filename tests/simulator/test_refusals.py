"""What the service would not take is refused as the service refuses it."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from simulator.tiny import COMP, EMPTY_QUEUE, FARM, SPOT
from tests.simulator.asking import refusal

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("farmId", "farm-1"),
        ("farmId", f"farm-{'G' * 32}"),
        ("resourceIds", {"queueIds": ["queue-1"]}),
        ("resourceIds", {"queueIds": [COMP] * 11}),
        ("resourceIds", {"fleetIds": [COMP]}),
        ("groupBy", ["JOB_ID", "USER_ID", "QUEUE_ID"]),
        ("groupBy", ["JOB_ID", "JOB_ID"]),
        ("groupBy", ["SHOW"]),
        ("statistics", ["MEDIAN"]),
        ("statistics", ["SUM", "MIN", "MAX", "AVG", "SUM"]),
        ("period", "YEARLY"),
        ("timezone", "UTC+05:45"),
        ("timezone", "Europe/Berlin"),
        ("timezone", "UTC+20:00"),
        ("startTime", MIDNIGHT + timedelta(minutes=30)),
        ("startTime", MIDNIGHT + timedelta(seconds=1)),
        ("endTime", MIDNIGHT),
        ("endTime", MIDNIGHT - timedelta(days=1)),
        ("endTime", MIDNIGHT + timedelta(hours=1, minutes=1)),
    ],
)
def test_an_unsound_start_is_a_validation_exception_that_names_the_member(
    boto, question, member, value
):
    question[member] = value
    said = refusal(boto.start_sessions_statistics_aggregation, **question)
    assert said["Error"]["Code"] == "ValidationException"
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert said["reason"] == "FIELD_VALIDATION_FAILED"
    assert all(field["name"].split(".")[0] == member for field in said["fieldList"])


@pytest.mark.parametrize("size", ["0", "101", "-1", "many", ""])
def test_a_page_has_one_to_a_hundred_items(simulator, size):
    path = f"/2023-10-12/farms/{FARM}/queues?maxResults={size}"
    status, said = raw(simulator, "GET", path, b"")
    assert status == 400
    assert said["fieldList"][0]["name"] == "maxResults"


@pytest.mark.parametrize(
    ("method", "request_", "kind"),
    [
        ("get_farm", {"farmId": f"farm-{'0' * 32}"}, "farm"),
        ("list_queues", {"farmId": f"farm-{'0' * 32}"}, "farm"),
        ("get_queue", {"farmId": FARM, "queueId": EMPTY_QUEUE}, "queue"),
        ("get_fleet", {"farmId": FARM, "fleetId": f"fleet-{'0' * 32}"}, "fleet"),
        ("get_budget", {"farmId": FARM, "budgetId": f"budget-{'0' * 32}"}, "budget"),
        ("get_job", {"farmId": FARM, "queueId": COMP, "jobId": f"job-{'0' * 32}"}, "job"),
    ],
)
def test_what_is_not_there_is_named_with_its_type(boto, method, request_, kind):
    said = refusal(getattr(boto, method), **request_)
    assert said["Error"]["Code"] == "ResourceNotFoundException"
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert said["resourceType"] == kind
    assert said["resourceId"] in request_.values()


@pytest.mark.parametrize(
    "resources",
    [
        {"queueIds": [COMP, EMPTY_QUEUE]},
        {"queueIds": [f"queue-{'0' * 32}"]},
        {"fleetIds": [SPOT, f"fleet-{'0' * 32}"]},
    ],
)
def test_a_start_on_an_unknown_or_another_farms_resource_is_not_found(boto, question, resources):
    said = refusal(
        boto.start_sessions_statistics_aggregation, **question | {"resourceIds": resources}
    )
    assert said["Error"]["Code"] == "ResourceNotFoundException"


def test_an_unknown_aggregation_is_not_found(boto):
    said = refusal(boto.get_sessions_statistics_aggregation, farmId=FARM, aggregationId="0" * 32)
    assert said["Error"]["Code"] == "ResourceNotFoundException"


def raw(simulator, method: str, path: str, body: bytes) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=60)
    connection.request(method, path, body)
    answer = connection.getresponse()
    read = json.loads(answer.read())
    connection.close()
    return answer.status, read


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "resourceIds"),
        ({"resourceIds": {}}, "resourceIds"),
        ({"resourceIds": {"queueIds": [COMP], "fleetIds": [SPOT]}}, "resourceIds"),
        ({"resourceIds": {"queueIds": []}}, "resourceIds.queueIds"),
        ({"groupBy": []}, "groupBy"),
        ({"groupBy": "JOB_ID"}, "groupBy"),
        ({"statistics": []}, "statistics"),
        ({"startTime": "2026-03-01"}, "startTime"),
        ({"startTime": 1772323200}, "startTime"),
    ],
)
def test_what_boto3_would_not_even_send_is_refused_too(simulator, body, at):
    path = f"/2023-10-12/farms/{FARM}/sessions-statistics-aggregation"
    status, said = raw(simulator, "POST", path, json.dumps(body).encode())
    assert status == 400
    assert at in [field["name"] for field in said["fieldList"]]


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        (f"/2023-10-12/farms/{FARM}/search/jobs", b"{half", "CANNOT_PARSE"),
        (f"/2023-10-12/farms/{FARM}/search/jobs", b"[]", "CANNOT_PARSE"),
        ("/2023-10-12/studios", b"{}", "UNKNOWN_OPERATION"),
    ],
)
def test_what_cannot_be_understood_says_why(simulator, path, body, reason):
    status, said = raw(simulator, "POST", path, body)
    assert (status, said["reason"]) == (400, reason)
