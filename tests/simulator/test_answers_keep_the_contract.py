"""Every raw answer that boto3 gets is what the service's model promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from simulator import Fault, tiny_world
from simulator.operations import OPERATIONS
from tests.simulator.asking import client, running
from tests.simulator.contract import breaches

Answer = tuple[str, Any, dict[str, Any]]


def listen(boto: Any) -> list[Answer]:
    """Fills a list with every raw answer: operation, its model, and the response."""
    heard: list[Answer] = []

    def hear(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        heard.append((operation_model.name, operation_model, response_dict))

    boto.meta.events.register("before-parse", hear)
    return heard


def all_pages(boto: Any, method: str, **request: Any) -> list[dict[str, Any]]:
    return list(boto.get_paginator(method).paginate(**request, PaginationConfig={"PageSize": 30}))


def ask_everything(boto: Any, identity: Any, world: Any) -> None:
    farms = [farm["farmId"] for page in all_pages(boto, "list_farms") for farm in page["farms"]]
    for farm in farms:
        boto.get_farm(farmId=farm)
        ask_farm(boto, farm)
        ask_jobs(boto, farm)
        ask_usage(boto, farm, world)
    for person in world.people:
        if not person.deleted:
            identity.describe_user(IdentityStoreId=world.identity_store_id, UserId=person.user_id)


def ask_farm(boto: Any, farm: str) -> None:
    parts: list[tuple[str, str, str, Callable[..., Any]]] = [
        ("list_queues", "queues", "queueId", boto.get_queue),
        ("list_fleets", "fleets", "fleetId", boto.get_fleet),
        ("list_budgets", "budgets", "budgetId", boto.get_budget),
    ]
    for method, member, name, get in parts:
        for page in all_pages(boto, method, farmId=farm):
            for item in page[member]:
                get(farmId=farm, **{name: item[name]})
    assert all_pages(boto, "list_farm_members", farmId=farm)[0]["members"]


def ask_jobs(boto: Any, farm: str) -> None:
    queues = boto.list_queues(farmId=farm)["queues"]
    ids = [queue["queueId"] for queue in queues][:10]
    found = boto.search_jobs(farmId=farm, queueIds=ids, itemOffset=0)["jobs"]
    wanted = [{"farmId": farm, "queueId": job["queueId"], "jobId": job["jobId"]} for job in found]
    missing = {"farmId": farm, "queueId": ids[0], "jobId": f"job-{'f' * 32}"}
    boto.batch_get_job(identifiers=[*wanted[:20], missing])
    for one in wanted[:3]:
        boto.get_job(**one)


def ask_usage(boto: Any, farm: str, world: Any) -> None:
    fleets = [fleet["fleetId"] for fleet in boto.list_fleets(farmId=farm)["fleets"]]
    for group_by in (["JOB_ID", "USER_ID"], ["INSTANCE_TYPE", "USAGE_TYPE"], ["LICENSE_PRODUCT"]):
        started = boto.start_sessions_statistics_aggregation(
            farmId=farm,
            resourceIds={"fleetIds": fleets},
            startTime=world.now - timedelta(days=21),
            endTime=world.now,
            timezone="UTC+05:30",
            period="DAILY",
            groupBy=group_by,
            statistics=["SUM", "MIN", "MAX", "AVG"],
        )["aggregationId"]
        boto.get_sessions_statistics_aggregation(farmId=farm, aggregationId=started)


def check_all(heard: list[Answer]) -> None:
    for name, operation, response in heard:
        assert response["status_code"] == 200
        broken = list(breaches(operation.output_shape, json.loads(response["body"]), name))
        assert not broken


def test_every_operation_answers_in_the_shape_of_the_model(big):
    simulator, boto = big
    identity = client(simulator, "identitystore")
    heard, heard_too = listen(boto), listen(identity)
    ask_everything(boto, identity, simulator.world)
    assert {name for name, _, _ in heard + heard_too} == set(OPERATIONS)
    check_all(heard + heard_too)
    identity.close()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("throttle", 429),
        ("internal_error", 500),
        ("access_denied", 403),
        ("validation", 400),
        ("not_found", 404),
    ],
)
def test_every_error_has_the_members_of_the_model(kind, status):
    with running(tiny_world()) as (simulator, boto):
        heard = listen(boto)
        simulator.faults.add(Fault("GetFarm", kind))
        with pytest.raises(ClientError) as caught:
            boto.get_farm(farmId=simulator.world.farms[0].farm_id)
        ((_, operation, response),) = heard
        code = caught.value.response["Error"]["Code"]
        (shape,) = [shape for shape in operation.error_shapes if shape.name == code]
        assert response["status_code"] == shape.metadata["error"]["httpStatusCode"] == status
        assert response["headers"]["x-amzn-errortype"] == code
        assert not list(breaches(shape, json.loads(response["body"]), code))


def test_the_checker_finds_what_is_wrong(boto):
    shape = boto.meta.service_model.operation_model("GetFarm").output_shape
    wrong = {"farmId": "farm-1", "displayName": "", "createdAt": "today", "costScaleFactor": 101}
    found = list(breaches(shape, wrong | {"extra": 1}))
    for said in ("createdBy", "does not match", "length 0", "ISO 8601", "101", "extra"):
        assert any(said in line for line in found), said
