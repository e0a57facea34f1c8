"""Results are there for an hour after the Start."""

from __future__ import annotations

from datetime import timedelta

from simulator import Fault, tiny_world
from simulator.tiny import COMP, FARM, LIGHTING
from tests.simulator.asking import START, SetClock, refusal, rows, running, start


def test_results_are_gone_an_hour_after_the_start(question):
    world = tiny_world()
    clock = SetClock(world.now)
    with running(world, clock, running_base_seconds=60) as (_, boto):
        started = start(boto, **question)
        clock.advance(minutes=59, seconds=59)
        assert rows(boto, FARM, started)
        clock.advance(seconds=1)
        said = refusal(boto.get_sessions_statistics_aggregation, farmId=FARM, aggregationId=started)
        assert said["Error"]["Code"] == "ResourceNotFoundException"
        assert said["resourceId"] == started


def test_a_farm_is_free_again_after_results_are_forgotten(question):
    world = tiny_world()
    clock = SetClock(world.now)
    with running(world, clock) as (_, boto):
        start(boto, **question)
        clock.advance(hours=2)
        assert rows(boto, FARM, start(boto, **question))


def test_results_can_be_made_to_expire_at_once(simulator, boto, question):
    simulator.faults.add(Fault(START, "expire"))
    started = start(boto, **question)
    said = refusal(boto.get_sessions_statistics_aggregation, farmId=FARM, aggregationId=started)
    assert said["Error"]["Code"] == "ResourceNotFoundException"


def test_a_page_token_of_another_aggregation_is_refused(question):
    question |= {"groupBy": ["JOB_ID"], "resourceIds": {"queueIds": [COMP, LIGHTING]}}
    with running(tiny_world(), page_size=1) as (_, boto):
        first, second = start(boto, **question), start(boto, **question)
        token = boto.get_sessions_statistics_aggregation(farmId=FARM, aggregationId=first)[
            "nextToken"
        ]
        said = refusal(
            boto.get_sessions_statistics_aggregation,
            farmId=FARM,
            aggregationId=second,
            nextToken=token,
        )
        assert said["Error"]["Code"] == "ValidationException"


def test_what_has_not_begun_is_not_counted(question):
    world = tiny_world()
    noon = question["startTime"] + timedelta(days=1, hours=12)
    with running(world, SetClock(noon)) as (_, boto):
        by_type = {r["usageType"]: r["count"] for r in rows(boto, FARM, start(boto, **question))}
        assert by_type == {"COMPUTE": 1, "LICENSE": 1}
