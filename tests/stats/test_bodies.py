"""Bodies of answers that are not what the service's model promises, from every call."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from simulator.tiny import COMP, FARM, JOB_1
from stats import export
from stats.errors import FarmCostsError, Malformed, ServiceFault
from stats.model import Dimension, FarmId
from stats.plan import Cut
from tests.stats.conftest import GET, PATIENCE, Alter, Answer, Open, answered, over
from tests.stats.test_refusals import CALLS, refused

HALF = "\\ud83d"
"""Half of a surrogate pair, as JSON writes it."""

PLACES: dict[str, tuple[str, ...]] = {
    "ListFarms": ("farms", "displayName"),
    "ListQueues": ("queues", "displayName"),
    "ListFleets": ("fleets", "displayName"),
    "BatchGetJob": ("jobs", "name"),
}
NAMES: dict[str, Callable[[Any], str]] = {
    "ListFarms": lambda client: client.farms()[0].name,
    "ListQueues": lambda client: client.queues(FarmId(FARM))[0].name,
    "ListFleets": lambda client: client.fleets(FarmId(FARM))[0].name,
    "BatchGetJob": lambda client: client.job_names(FarmId(FARM), [(COMP, JOB_1)])[0][JOB_1],
    "DescribeUser": CALLS["DescribeUser"],  # type: ignore[dict-item]
}


def body_of(operation: str, change: Callable[[Any], bytes | None]) -> Alter:
    """Changes an operation's bodies, or puts others in their place."""

    def alter(answer: Answer) -> None:
        if answer.operation == operation and answer.status == 200:
            answer.body = change(answer.body) or answer.body

    return alter


BODIES = {
    "nested deep": b'{"farms": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "objects nested deep": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "not UTF-8": b'{"farms": [], "status": "COMPLETED", "a": "\xff\xfe"}',
    "a list": b"[1, 2]",
    "a number": b"17",
    "null": b"null",
    "a text": b'"farms"',
    "true": b"true",
    "nothing": b"",
    "NaN": b'{"costScaleFactor": NaN, "status": NaN}',
    "a member twice": b'{"farms": [], "farms": [], "status": "COMPLETED", "status": "FAILED"}',
    "a number of 5,000 digits": b'{"farms": ' + b"9" * 5_000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("operation", sorted(CALLS))
def test_a_body_that_is_no_answer_is_malformed(opened: Open, operation: str, body: bytes) -> None:
    def replaced(answer: Answer) -> None:
        if answer.operation == operation:
            answer.status, answer.body = 200, body

    engine = opened(alter=replaced)
    caught = refused(lambda: CALLS[operation](engine.client))
    assert isinstance(caught, Malformed)
    assert caught.exit_code == 4
    assert engine.times(operation) <= PATIENCE.attempts


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_a_body_of_which_less_came_than_was_to_is_asked_for_again(
    opened: Open, operation: str
) -> None:
    """However whole what came may look."""

    def announced(answer: Answer) -> None:
        if answer.operation == operation:
            answer.status = 200
            answer.headers |= {"Content-Length": "5000", "Connection": "close"}

    engine = opened(alter=announced)
    caught = refused(lambda: CALLS[operation](engine.client))
    assert caught.exit_code == 4
    assert 1 < engine.times(operation) <= PATIENCE.attempts


@pytest.mark.parametrize("body", [BODIES["nested deep"], BODIES["a list"], BODIES["not UTF-8"]])
def test_an_errors_body_that_is_none_is_told_by_its_status(opened: Open, body: bytes) -> None:
    def faulty(answer: Answer) -> None:
        answer.status, answer.body = 500, body

    error = refused(opened(alter=faulty).client.farms)
    assert type(error) is ServiceFault
    assert "failed inside the service or on the way: HTTP 500 " in str(error)
    assert "on the service's side, or a proxy's: try again" in str(error)


@pytest.mark.parametrize("name", [5, True, [], ["a"], {}, {"a": 1}, 0.5, False])
@pytest.mark.parametrize("operation", PLACES)
def test_a_name_that_is_no_text_is_malformed(opened: Open, operation: str, name: object) -> None:
    def named(body: Any) -> None:
        many, member = PLACES[operation]
        body[many][0][member] = name

    engine = opened(alter=body_of(operation, named))
    assert isinstance(refused(lambda: NAMES[operation](engine.client)), Malformed)


@pytest.mark.parametrize("user", [5, ["a"], {"Formatted": "a"}])
def test_a_persons_name_that_is_no_text_is_malformed(opened: Open, user: object) -> None:
    engine = opened(alter=body_of("DescribeUser", lambda body: body.update(DisplayName=user)))
    assert isinstance(refused(lambda: NAMES["DescribeUser"](engine.client)), Malformed)


@pytest.mark.parametrize("member", [None, {}, 5, {"identityStoreId": 5}])
def test_a_member_that_is_none_is_malformed(opened: Open, member: object) -> None:
    engine = opened(alter=body_of("ListFarmMembers", lambda body: body.update(members=[member])))
    assert isinstance(refused(lambda: CALLS["ListFarmMembers"](engine.client)), Malformed)


@pytest.mark.parametrize("factor", [-1, 1e308, True, "1", 101])
def test_a_scale_factor_that_can_not_be_is_malformed(opened: Open, factor: object) -> None:
    engine = opened(alter=body_of("GetFarm", lambda body: body.update(costScaleFactor=factor)))
    assert isinstance(refused(lambda: CALLS["GetFarm"](engine.client)), Malformed)


def halved(name: str) -> Callable[[Any], bytes]:
    """Puts a text in the place of each name, as JSON that Python would not write."""

    def change(body: Any) -> bytes:
        for many, member in PLACES.values():
            for one in body.get(many, []):
                one[member] = "here it comes"
        for row in body.get("statistics", []):
            if row.get("jobName"):
                row["jobName"] = "here it comes"
        if "DisplayName" in body:
            body["DisplayName"] = "here it comes"
        return json.dumps(body).replace("here it comes", name).encode()

    return change


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (f"a{HALF}b", "a\\ud83db"),
        ("a\\uDE00b", "a\\uDE00b"),
        (f"{HALF}{HALF}\\ude00", "\\ud83d😀"),
        ("\\ud83d\\ude00", "😀"),
        ("\\\\ud83d", "\\ud83d"),
        ("\\\\\\ud83d", "\\\\ud83d"),
    ],
)
@pytest.mark.parametrize("operation", NAMES)
def test_half_of_a_surrogate_pair_is_shown_as_its_escape(
    opened: Open, operation: str, sent: str, shown: str
) -> None:
    engine = opened(alter=body_of(operation, halved(sent)))
    name = NAMES[operation](engine.client)
    assert name == shown
    assert name.encode()


def test_a_row_with_such_a_name_costs_nothing_else(opened: Open) -> None:
    run = over(cut=Cut((Dimension.JOB, Dimension.USAGE_TYPE)))
    rows = answered(opened(alter=body_of(GET, halved(HALF))), run).answer.result().rows
    right = answered(opened(), run).answer.result().rows
    assert set(rows["job_name"]) - {""} == {"\\ud83d"}
    assert rows.drop(columns="job_name").equals(right.drop(columns="job_name"))
    assert b"\\ud83d" in export.csv_of(rows)
    rows.to_parquet(io.BytesIO())


@pytest.mark.parametrize("items", [0, 1])
@pytest.mark.parametrize("operation", ["ListFarms", "ListQueues", "ListFleets"])
def test_a_listing_whose_token_is_always_new_has_an_end(
    opened: Open, operation: str, items: int
) -> None:
    member = PLACES[operation][0]
    tokens = iter(range(10**6))

    def more(answer: Answer) -> None:
        if answer.operation == operation:
            answer.status = 200
            kept = answer.body.get(member, [])[:items]
            answer.body = {member: kept, "nextToken": f"token {next(tokens)}"}

    engine = opened(alter=more)
    caught = refused(lambda: CALLS[operation](engine.client))
    assert isinstance(caught, Malformed)
    assert caught.todo
    assert "more after" in caught.what
    assert engine.times(operation) <= 201


def test_a_listing_of_slow_pages_ends_when_a_busy_farm_would_be_given_up(opened: Open) -> None:
    def slow(answer: Answer) -> None:
        if answer.operation == "ListFarms":
            engine.time.advance(60)
            answer.status = 200
            answer.body = {"farms": [], "nextToken": f"token {engine.time.elapsed}"}

    engine = opened(alter=slow)
    caught = refused(engine.client.farms)
    assert isinstance(caught, FarmCostsError)
    assert engine.times("ListFarms") <= PATIENCE.busy_farm / 60 + 2
