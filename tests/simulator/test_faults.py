"""Faults as boto3 meets them."""

from __future__ import annotations

import http.client
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from simulator import Fault
from simulator.tiny import ADA, FARM
from tests.simulator.asking import client, refusal


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("throttle", "ThrottlingException", 429),
        ("internal_error", "InternalServerErrorException", 500),
        ("access_denied", "AccessDeniedException", 403),
        ("expired_token", "ExpiredTokenException", 403),
        ("unrecognized_client", "UnrecognizedClientException", 403),
        ("validation", "ValidationException", 400),
        ("not_found", "ResourceNotFoundException", 404),
    ],
)
def test_a_refusal_has_its_code_and_status_once(simulator, boto, kind, code, status):
    simulator.faults.add(Fault("ListFarms", kind))
    said = refusal(boto.list_farms)
    assert said["Error"]["Code"] == code
    assert said["Error"]["Message"]
    assert said["ResponseMetadata"]["HTTPStatusCode"] == status
    assert boto.list_farms()["farms"]


@pytest.mark.parametrize("kind", ["throttle", "internal_error"])
def test_a_pause_is_asked_for_only_if_the_fault_says_so(simulator, boto, kind):
    simulator.faults.add(Fault("ListFarms", kind), Fault("ListFarms", kind, retry_after=7))
    assert "retryAfterSeconds" not in refusal(boto.list_farms)
    assert refusal(boto.list_farms)["retryAfterSeconds"] == 7


def test_a_connection_cut_before_any_byte(simulator, boto):
    simulator.faults.add(Fault("ListFarms", "cut"))
    with pytest.raises(ConnectionClosedError):
        boto.list_farms()
    assert boto.list_farms()["farms"]


def test_a_slow_answer_is_a_good_one(simulator, boto):
    simulator.faults.add(Fault("ListFarms", "slow", seconds=0.3))
    before = time.monotonic()
    assert boto.list_farms()["farms"]
    assert time.monotonic() - before >= 0.3


@pytest.mark.parametrize("kind", ["cut_amid", "malformed", "truncated"])
def test_boto3_takes_a_broken_body_for_an_answer_without_members(simulator, boto, kind):
    simulator.faults.add(Fault("ListFarms", kind))
    assert set(boto.list_farms()) == {"ResponseMetadata"}
    assert boto.list_farms()["farms"]


def test_a_body_that_is_cut_is_shorter_than_it_was_said_to_be(simulator):
    simulator.faults.add(Fault("ListFarms", "cut_amid"))
    with (
        urllib.request.urlopen(f"{simulator.url}/2023-10-12/farms", timeout=60) as answer,
        pytest.raises(http.client.IncompleteRead),
    ):
        answer.read()


def test_a_fault_happens_so_often_after_so_many_calls(simulator, boto):
    simulator.faults.add(Fault("*", "access_denied", times=2, skip=1))
    outcomes = []
    for _ in range(5):
        try:
            boto.get_farm(farmId=FARM)
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
        else:
            outcomes.append("")
    assert outcomes == ["", "AccessDeniedException", "AccessDeniedException", "", ""]


def test_a_lasting_fault_ends_when_cleared(simulator, boto):
    simulator.faults.add(Fault("ListFarms", "internal_error", times=None))
    for _ in range(5):
        refusal(boto.list_farms)
    assert boto.list_queues(farmId=FARM)["queues"]
    simulator.faults.clear()
    assert boto.list_farms()["farms"]


def test_the_identity_store_is_refused_in_its_own_dialect(simulator):
    identity = client(simulator, "identitystore")
    simulator.faults.add(Fault("DescribeUser", "throttle"))
    store = simulator.world.identity_store_id
    said = refusal(identity.describe_user, IdentityStoreId=store, UserId=ADA)
    assert said["Error"]["Code"] == "ThrottlingException"
    assert said["Error"]["Message"]
    identity.close()


def test_an_unknown_kind_of_fault_is_a_mistake():
    with pytest.raises(ValueError, match="no such kind"):
        Fault("ListFarms", "explode")


def test_an_unknown_operation_in_a_fault_is_a_mistake():
    with pytest.raises(ValueError, match="no such operation"):
        Fault("ListFarm", "throttle")


def test_requests_are_recorded_with_their_parameters(simulator, boto):
    boto.list_queues(farmId=FARM, maxResults=3)
    (seen,) = simulator.requests
    assert seen.operation == "ListQueues"
    assert seen.parameters == {"farmId": FARM, "maxResults": "3"}
    assert seen.at == simulator.world.now
