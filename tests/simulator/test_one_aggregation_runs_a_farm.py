"""One aggregation runs on a farm at a time, takes its time, and ends one way or another."""

from __future__ import annotations

import threading

import pytest

from simulator import Fault, tiny_world
from simulator.tiny import EMPTY_FARM, EMPTY_QUEUE, FARM
from tests.simulator.asking import START, SetClock, refusal, running, start


@pytest.fixture
def clock():
    return SetClock(tiny_world().now)


def status(boto, aggregation_id: str) -> str:
    answer = boto.get_sessions_statistics_aggregation(farmId=FARM, aggregationId=aggregation_id)
    return str(answer["status"])


def test_a_second_start_is_throttled_until_the_first_has_ended(clock, question):
    with running(tiny_world(), clock, running_base_seconds=10) as (simulator, boto):
        first = start(boto, **question)
        clock.advance(seconds=2.5)
        said = refusal(boto.start_sessions_statistics_aggregation, **question)
        assert said["Error"]["Code"] == "ThrottlingException"
        assert said["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert said["retryAfterSeconds"] == 8
        assert said["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "8"
        assert status(boto, first) == "IN_PROGRESS"
        clock.advance(seconds=7.5)
        assert status(boto, first) == "COMPLETED"
        assert start(boto, **question) != first
        assert simulator.most_running == 1


def test_pages_can_be_read_while_the_next_one_runs(clock, question):
    with running(tiny_world(), clock, running_base_seconds=10) as (_, boto):
        first = start(boto, **question)
        clock.advance(seconds=10)
        second = start(boto, **question)
        assert status(boto, first) == "COMPLETED"
        assert status(boto, second) == "IN_PROGRESS"


def test_another_farm_has_its_own_turn(clock, question):
    elsewhere = {"farmId": EMPTY_FARM, "resourceIds": {"queueIds": [EMPTY_QUEUE]}}
    with running(tiny_world(), clock, running_base_seconds=10) as (simulator, boto):
        start(boto, **question)
        start(boto, **question | elsewhere)
        assert simulator.most_running == 1


def test_of_many_starts_at_once_one_is_taken(clock, question):
    taken, refused = [], []

    def try_to_start() -> None:
        try:
            taken.append(start(boto, **question))
        except boto.exceptions.ThrottlingException as error:
            refused.append(error)

    with running(tiny_world(), clock, running_base_seconds=10) as (simulator, boto):
        tries = [threading.Thread(target=try_to_start) for _ in range(40)]
        for one in tries:
            one.start()
        for one in tries:
            one.join()
        assert (len(taken), len(refused)) == (1, 39)
        assert [r.operation for r in simulator.requests].count(START) == 40


def test_more_records_run_longer(clock, question):
    with running(tiny_world(), clock, running_seconds_per_thousand=1000) as (_, boto):
        started = start(boto, **question)  # four records, thus four seconds
        clock.advance(seconds=3.9)
        assert status(boto, started) == "IN_PROGRESS"
        clock.advance(seconds=0.1)
        assert status(boto, started) == "COMPLETED"


@pytest.mark.parametrize(("limit", "outcome"), [(3, "TIMEOUT"), (4, "COMPLETED")])
def test_too_many_records_end_in_a_timeout_after_the_running_time(clock, question, limit, outcome):
    settings = {"timeout_records": limit, "running_base_seconds": 5}
    with running(tiny_world(), clock, **settings) as (_, boto):
        started = start(boto, **question)
        assert status(boto, started) == "IN_PROGRESS"
        clock.advance(seconds=5)
        assert status(boto, started) == outcome


@pytest.mark.parametrize(("kind", "outcome"), [("failed", "FAILED"), ("timeout", "TIMEOUT")])
def test_a_bad_end_can_be_asked_for_and_says_why(simulator, boto, question, kind, outcome):
    simulator.faults.add(Fault(START, kind))
    started = start(boto, **question)
    answer = boto.get_sessions_statistics_aggregation(farmId=FARM, aggregationId=started)
    assert answer["status"] == outcome
    assert "statistics" not in answer
    assert "shorter time" in answer["statusMessage"]
    assert status(boto, start(boto, **question)) == "COMPLETED"


def test_another_party_can_hold_the_farm(clock, question):
    with running(tiny_world(), clock) as (simulator, boto):
        simulator.faults.add(Fault(START, "busy", seconds=30))
        said = refusal(boto.start_sessions_statistics_aggregation, **question)
        assert said["retryAfterSeconds"] == 30
        clock.advance(seconds=29)
        assert refusal(boto.start_sessions_statistics_aggregation, **question)
        clock.advance(seconds=1)
        assert start(boto, **question)
