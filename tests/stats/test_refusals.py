"""What botocore can raise, as a reader is told it: the kind, the exit code, and what to do."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulator import Fault
from simulator.tiny import ADA, COMP, FARM, JOB_1
from stats.client import Client, Endpoint
from stats.clock import Clock
from stats.errors import (
    AccessDenied,
    CredentialsMissing,
    CredentialsRejected,
    FarmCostsError,
    Garbled,
    NotFound,
    ProfileMissing,
    Refused,
    RegionMissing,
    ServiceFault,
    Throttled,
    Unreachable,
)
from stats.model import FarmId
from tests.stats.conftest import PATIENCE, RUN, START, TINY, Answer, Engine, Open

TINY_FARM = FarmId(FARM)
STORE = TINY.identity_store_id
NO_SUCH = FarmId(f"farm-{9:032x}")

CALLS: dict[str, Callable[[Client], object]] = {
    "ListFarms": lambda client: client.farms(),
    "GetFarm": lambda client: client.cost_scale_factor(TINY_FARM),
    "ListQueues": lambda client: client.queues(TINY_FARM),
    "ListFleets": lambda client: client.fleets(TINY_FARM),
    START: lambda client: client.start(RUN),
    "GetSessionsStatisticsAggregation": lambda client: client.page(TINY_FARM, "0" * 32, None),
    "BatchGetJob": lambda client: client.job_names(TINY_FARM, [(COMP, JOB_1)]),
    "ListFarmMembers": lambda client: client.identity_store_id(TINY_FARM),
    "DescribeUser": lambda client: client.person(STORE, ADA, None),
}
FOR_NAMES = {"BatchGetJob", "ListFarmMembers", "DescribeUser"}


def refused(call: Callable[[], object]) -> FarmCostsError:
    """The error that a call ends with."""
    with pytest.raises(FarmCostsError) as caught:
        call()
    return caught.value


def broken(engine: Engine, kind: str, operation: str = "ListFarms", **more: Any) -> FarmCostsError:
    """The error that a call ends with where that fault befalls each attempt."""
    engine.simulator.faults.add(Fault(operation, kind, None, **more))  # type: ignore[arg-type]
    return refused(lambda: CALLS[operation](engine.client))


@pytest.mark.parametrize(
    ("kind", "error", "exit_code", "said", "todo"),
    [
        ("access_denied", AccessDenied, 3, "AWS does not allow deadline:", "to the policy"),
        ("expired_token", CredentialsRejected, 3, "included in the request is expired", "Sign in"),
        ("unrecognized_client", CredentialsRejected, 3, "request is invalid", "aws sso login"),
        ("validation", Refused, 2, "(request: was refused on request)", None),
        ("not_found", NotFound, 2, "refused-on-request does not exist", "choose again"),
        ("internal_error", ServiceFault, 4, "An unexpected error occurred", "in a few minutes"),
        ("throttle", Throttled, 4, "Rate exceeded", "in a minute"),
        ("cut", Unreachable, 4, "got no answer", "the network"),
        ("cut_amid", Garbled, 4, "192 of 384 bytes came", "try again"),
        ("truncated", Garbled, 4, "lacks “farms”", "try again"),
        ("malformed", Garbled, 4, "lacks “farms”", "proxies"),
    ],
)  # fmt: skip
def test_each_trouble_has_its_kind_its_exit_code_and_what_to_do(
    engine: Engine,
    kind: str,
    error: type[FarmCostsError],
    exit_code: int,
    said: str,
    todo: str | None,
) -> None:
    caught = broken(engine, kind)
    assert type(caught) is error
    assert caught.exit_code == exit_code
    assert said in caught.what
    assert todo is None or todo in caught.todo
    assert caught.operation == "ListFarms"
    assert "ListFarms" in caught.what


@pytest.mark.parametrize("kind", ["access_denied", "expired_token", "validation", "throttle"])
def test_no_refusal_leaves_the_reader_without_anything_to_do(engine: Engine, kind: str) -> None:
    assert broken(engine, kind).todo


@pytest.mark.parametrize("operation", CALLS)
def test_a_denied_call_names_the_action_to_add(engine: Engine, operation: str) -> None:
    service = "identitystore" if operation == "DescribeUser" else "deadline"
    caught = broken(engine, "access_denied", operation)
    assert type(caught) is AccessDenied
    assert f"{service}:{operation}" in caught.what
    assert f"Add {service}:{operation} to the policy" in caught.todo


@pytest.mark.parametrize(
    "kind", ["access_denied", "expired_token", "unrecognized_client", "validation", "not_found"]
)
def test_what_another_try_can_not_help_is_asked_once(engine: Engine, kind: str) -> None:
    broken(engine, kind)
    assert engine.times("ListFarms") == 1
    assert engine.time.pauses == []


@pytest.mark.parametrize(
    "kind", ["internal_error", "throttle", "cut", "cut_amid", "truncated", "malformed"]
)
def test_what_another_try_may_help_is_tried_again_with_growing_pauses(
    engine: Engine, kind: str
) -> None:
    broken(engine, kind)
    pauses = engine.time.pauses
    assert engine.times("ListFarms") == PATIENCE.attempts
    assert len(pauses) == PATIENCE.attempts - 1
    assert all(before < after for before, after in pairwise(pauses))


@pytest.mark.parametrize(
    "kind", ["internal_error", "throttle", "cut", "cut_amid", "truncated", "malformed"]
)
def test_trouble_that_passes_within_the_attempts_is_no_error(engine: Engine, kind: str) -> None:
    engine.simulator.faults.add(Fault("ListFarms", kind, PATIENCE.attempts - 1))  # type: ignore[arg-type]
    assert [farm.name for farm in engine.client.farms()] == ["Tiny", "Empty"]


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_there_are_as_many_attempts_as_the_deployment_says(opened: Open, attempts: int) -> None:
    engine = opened(patience=replace(PATIENCE, attempts=attempts))
    assert type(broken(engine, "internal_error", START)) is ServiceFault
    assert engine.times(START) == attempts


@pytest.mark.parametrize("operation", sorted(FOR_NAMES))
def test_a_name_is_tried_for_twice_at_most(opened: Open, operation: str) -> None:
    engine = opened(patience=replace(PATIENCE, attempts=5))
    assert type(broken(engine, "internal_error", operation)) is ServiceFault
    assert engine.times(operation) == 2


@pytest.mark.parametrize("operation", sorted(set(CALLS) - {"DescribeUser"}))
def test_no_call_takes_a_broken_body_for_an_empty_answer(engine: Engine, operation: str) -> None:
    assert type(broken(engine, "malformed", operation)) is Garbled


def test_an_answer_slower_than_the_time_limit_is_tried_again(opened: Open) -> None:
    engine = opened(read_seconds=3.0)  # a machine may be busy
    engine.simulator.faults.add(Fault("ListFarms", "slow", seconds=6.0))
    assert len(engine.client.farms()) == 2
    assert engine.times("ListFarms") == 2


def test_a_service_that_is_always_too_slow_can_not_be_reached(opened: Open) -> None:
    engine = opened(read_seconds=0.5, patience=replace(PATIENCE, attempts=2))
    caught = broken(engine, "slow", seconds=1.5)
    assert type(caught) is Unreachable
    assert "Read timeout" in caught.what
    assert engine.times("ListFarms") == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
def test_a_service_that_is_not_there_can_not_be_reached(engine: Engine, url: str) -> None:
    endpoint = Endpoint(url, ("simulated", "simulated"))
    client = Client(endpoint, engine.time.clock, PATIENCE)
    caught = refused(client.farms)
    assert type(caught) is Unreachable
    assert "127.0.0.1:1" in caught.what
    assert len(engine.time.pauses) == PATIENCE.attempts - 1


def test_a_service_that_speaks_no_tls_can_not_be_reached(engine: Engine) -> None:
    endpoint = Endpoint(engine.simulator.url.replace("http", "https"), ("nobody", "nobody"))
    assert type(refused(Client(endpoint, engine.time.clock, PATIENCE).farms)) is Unreachable


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, ServiceFault) for status in (500, 502, 503, 504)),
        (429, Throttled),
        *((status, Garbled) for status in (200, 204, 300, 301, 302, 307, 308, 400, 401, 403, 404)),
        *((status, Garbled) for status in (405, 407, 408, 411, 413, 414, 418, 431)),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE html>\n<html>the proxy's own</html>",
        b"",
        b"no",
        b'{"code": 404, "error": {}}',
        b'{"message": ["a"], "code": "not_found"}',
        b'{"message": "no"}',
        b"[1]",
        b"\xff",
    ],
)
def test_a_proxys_own_page_is_the_services_trouble_and_not_quoted(
    opened: Open, status: int, error: type[FarmCostsError], body: bytes
) -> None:
    def page(answer: Answer) -> None:
        answer.status, answer.body = status, body if status != 204 else b""
        answer.headers = {"Content-Type": "text/html", "Location": "https://u:secret@there/?k=1"}

    engine = opened(alter=page)
    caught = refused(engine.client.farms)
    assert type(caught) is error
    assert caught.exit_code == 4
    assert caught.todo
    assert status < 301 or f"HTTP {status}" in caught.what or "no" in caught.what
    assert not set(caught.what) & set("<[{\n")
    assert "secret" not in caught.what


@pytest.mark.parametrize(
    ("status", "code"), [(408, "RequestTimeout"), (409, "ConflictException"), (423, "Locked")]
)
def test_what_could_not_be_done_this_time_is_no_wrong_question(
    opened: Open, status: int, code: str
) -> None:
    """Errors that the model of these operations does not name: asked again, then exit code 4."""

    def not_now(answer: Answer) -> None:
        answer.status, answer.body = status, {"message": "Another change is under way"}
        answer.headers = {"x-amzn-ErrorType": code}

    caught = refused(opened(alter=not_now).client.farms)
    assert type(caught) is ServiceFault
    assert "Another change is under way" in caught.what
    assert caught.exit_code == 4


def test_a_missing_farm_is_told_by_the_service_and_a_missing_page_by_another(opened: Open) -> None:
    """An endpoint with a wrong path, or a load balancer with nothing behind it."""

    def page(answer: Answer) -> None:
        answer.status, answer.body = 404, b"<html>404 page not found</html>"
        answer.headers = {}

    caught = refused(lambda: CALLS["GetFarm"](opened(alter=page).client))
    assert caught.exit_code == 4
    assert "AWS_ENDPOINT_URL_DEADLINE" in caught.todo
    gone = refused(lambda: opened().client.cost_scale_factor(NO_SUCH))
    assert gone.exit_code == 2


@pytest.mark.parametrize("operation", CALLS)
def test_an_answer_that_can_not_be_unpacked_is_the_services_trouble(
    opened: Open, operation: str
) -> None:
    def packed(answer: Answer) -> None:
        whole = gzip.compress(b"{}" * 1_000)
        answer.status, answer.headers["Content-Encoding"] = 200, "gzip"
        answer.body = whole[: len(whole) // 2]

    caught = refused(lambda: CALLS[operation](opened(alter=packed).client))
    assert caught.exit_code == 4
    assert not re.search(r"Error|Exception|\(\'|zlib|object", str(caught))


@pytest.mark.parametrize("operation", CALLS)
def test_a_chunk_of_less_than_nothing_is_no_trouble_of_credentials(
    opened: Open, operation: str
) -> None:
    """Python raises the same of it as of a credential that no header can hold."""

    def chunked(answer: Answer) -> None:
        answer.status, answer.headers["Transfer-Encoding"] = 200, "chunked"
        answer.body = b"-5\r\n{}\r\n0\r\n\r\n"

    caught = refused(lambda: CALLS[operation](opened(alter=chunked).client))
    assert type(caught) is Unreachable
    assert caught.exit_code == 4
    assert "network" in caught.todo


@pytest.mark.parametrize("operation", CALLS)
def test_the_address_to_look_at_is_that_of_the_service_that_was_asked(
    opened: Open, operation: str
) -> None:
    def page(answer: Answer) -> None:
        answer.status, answer.body, answer.headers = 403, b"<html>Forbidden</html>", {}

    caught = refused(lambda: CALLS[operation](opened(alter=page).client))
    people = operation == "DescribeUser"
    assert f"AWS_ENDPOINT_URL_{'IDENTITYSTORE' if people else 'DEADLINE'}," in caught.todo


def test_a_refusal_is_told_in_one_line_and_without_fields_that_say_nothing(opened: Open) -> None:
    def long(answer: Answer) -> None:
        answer.status, answer.headers["x-amzn-ErrorType"] = 400, "ValidationException"
        fields = [{}, {"name": "a", "message": None}, {"message": "b"}]
        answer.body = {"message": "one\ntwo " + "x" * 9_000, "reason": "OTHER", "fieldList": fields}

    caught = refused(opened(alter=long).client.farms)
    assert type(caught) is Refused
    assert "one two" in caught.what
    assert len(caught.what) < 700
    assert "None" not in caught.what


@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    "code", ["IncompleteSignatureException", "InvalidSignatureException", "RequestExpired"]
)
def test_credentials_are_rejected_by_code_whatever_the_status(
    opened: Open, status: int, code: str
) -> None:
    def rejected(answer: Answer) -> None:
        answer.status, answer.body = status, {"message": "no"}
        answer.headers["x-amzn-ErrorType"] = code

    caught = refused(opened(alter=rejected).client.farms)
    assert type(caught) is CredentialsRejected
    assert "renew" in caught.todo


@pytest.mark.parametrize(
    ("call", "operation"),
    [
        (lambda client: client.queues(NO_SUCH), "ListQueues"),
        (lambda client: client.cost_scale_factor(NO_SUCH), "GetFarm"),
        (lambda client: client.start(replace(RUN, farm_id=NO_SUCH)), START),
        (lambda client: client.start(replace(RUN, ids=(f"queue-{9:032x}",))), START),
        (CALLS["GetSessionsStatisticsAggregation"], "GetSessionsStatisticsAggregation"),
    ],
)
def test_what_there_is_not_is_named(
    engine: Engine, call: Callable[[Client], object], operation: str
) -> None:
    caught = refused(lambda: call(engine.client))
    assert type(caught) is NotFound
    assert operation in caught.what
    assert "does not exist" in caught.what


def test_every_field_that_the_service_finds_wrong_is_named(engine: Engine) -> None:
    run = replace(RUN, ids=("queue-1", "queue-2"))
    caught = refused(lambda: engine.client.start(run))
    assert type(caught) is Refused
    assert "resourceIds.queueIds.1.member: failed to satisfy constraint" in caught.what
    assert "resourceIds.queueIds.2.member: failed to satisfy constraint" in caught.what


def test_what_boto3_does_not_let_through_is_refused_without_asking(engine: Engine) -> None:
    caught = refused(lambda: engine.client.start(replace(RUN, ids=())))
    assert type(caught) is Refused
    assert START in caught.what
    assert "resourceIds.queueIds" in caught.what
    assert engine.simulator.requests == []


def test_a_person_who_was_deleted_is_nobody_and_no_error(engine: Engine) -> None:
    unknown = "99999999-0000-4000-8000-000000000009"
    assert engine.client.person(STORE, unknown, None) is None


def as_identity_center_does(answer: Answer) -> None:
    """All of the caller's own errors are 400 there: the code alone tells them apart."""
    if answer.operation == "DescribeUser" and 400 <= answer.status < 500:
        answer.status = 400


def test_a_deleted_person_is_known_by_the_code_and_not_the_status(opened: Open) -> None:
    engine = opened(alter=as_identity_center_does)
    assert engine.client.person(STORE, "99999999-0000-4000-8000-000000000009", None) is None


def test_a_denied_person_is_known_by_the_code_and_not_the_status(opened: Open) -> None:
    engine = opened(alter=as_identity_center_does)
    caught = broken(engine, "access_denied", "DescribeUser")
    assert type(caught) is AccessDenied
    assert "identitystore:DescribeUser" in caught.todo


def test_a_throttled_person_is_known_by_the_code_and_not_the_status(opened: Open) -> None:
    engine = opened(alter=as_identity_center_does)
    assert type(broken(engine, "throttle", "DescribeUser")) is Throttled


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment in which boto3 finds nothing of AWS's."""
    for name in ("PROFILE", "DEFAULT_PROFILE", "REGION", "DEFAULT_REGION", "ACCESS_KEY_ID",
                 "SECRET_ACCESS_KEY", "SESSION_TOKEN", "ROLE_ARN", "WEB_IDENTITY_TOKEN_FILE",
                 "CONTAINER_CREDENTIALS_RELATIVE_URI", "CONTAINER_CREDENTIALS_FULL_URI",
                 "ENDPOINT_URL", "ENDPOINT_URL_DEADLINE", "CREDENTIAL_EXPIRATION"):  # fmt: skip
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return monkeypatch


def asked_of_aws() -> FarmCostsError:
    """The error of asking AWS itself; no test gets as far as the network."""
    return refused(lambda: Client(Endpoint(), Clock(), PATIENCE).farms())


@pytest.mark.usefixtures("bare")
def test_without_a_region_the_credentials_chain_is_named() -> None:
    caught = asked_of_aws()
    assert type(caught) is RegionMissing
    assert "Region" in caught.what
    assert "AWS_DEFAULT_REGION" in caught.todo
    assert caught.exit_code == 3


def test_without_credentials_nothing_is_asked(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_DEFAULT_REGION", "us-west-2")
    caught = asked_of_aws()
    assert type(caught) is CredentialsMissing
    assert "Unable to locate credentials" in caught.what
    assert caught.operation == "ListFarms"


def test_a_profile_that_there_is_not_is_named(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_PROFILE", "night-shift")
    caught = asked_of_aws()
    assert type(caught) is ProfileMissing
    assert "night-shift" in caught.what


def test_half_a_pair_of_keys_is_no_credentials(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("AWS_DEFAULT_REGION", "us-west-2")
    bare.setenv("AWS_ACCESS_KEY_ID", "half")
    assert type(asked_of_aws()) is CredentialsMissing


@pytest.mark.parametrize(
    "profile",
    [
        "sso_start_url = https://x.awsapps.com/start\nsso_account_id = 111122223333\n"
        "sso_role_name = Viewer\nsso_region = us-west-2",
        "sso_session = studio\nsso_account_id = 111122223333\nsso_role_name = Viewer\n"
        "[sso-session studio]\nsso_start_url = https://x.awsapps.com/start\n"
        "sso_region = us-west-2",
        "credential_process = false",
    ],
    ids=["sso", "sso session", "credential process"],
)
def test_a_sign_in_that_is_over_says_to_sign_in_again(
    bare: pytest.MonkeyPatch, tmp_path: Path, profile: str
) -> None:
    bare.setenv("AWS_DEFAULT_REGION", "us-west-2")
    (tmp_path / "config").write_text(f"[default]\n{profile}\n", encoding="utf-8")
    caught = asked_of_aws()
    assert type(caught) is CredentialsRejected
    assert "aws sso login" in caught.todo
    assert caught.exit_code == 3


def test_another_endpoint_needs_neither_region_nor_credentials(
    bare: pytest.MonkeyPatch, engine: Engine
) -> None:
    bare.setenv("AWS_ENDPOINT_URL_DEADLINE", engine.simulator.url)
    client = Client(Endpoint(), engine.time.clock, PATIENCE)
    assert [farm.name for farm in client.farms()] == ["Tiny", "Empty"]


@pytest.mark.parametrize(
    "what", ["The token is expired", "The token is expired.", "The token is expired.. "]
)
def test_what_happened_ends_with_one_full_stop(what: str) -> None:
    assert str(FarmCostsError(what, "Sign in again.")) == "The token is expired. Sign in again."
