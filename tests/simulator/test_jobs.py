"""Jobs: one by one, by the hundred, and searched for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator import tiny_world
from simulator.tiny import COMP, FARM, JOB_1, JOB_2, JOB_3, LIGHTING
from tests.simulator.asking import SetClock, refusal, running


def found(boto, **more) -> list[str]:
    request = {"farmId": FARM, "queueIds": [COMP, LIGHTING], "itemOffset": 0}
    return [job["jobId"] for job in boto.search_jobs(**request, **more)["jobs"]]


def filtered(boto, *filters, operator="AND") -> list[str]:
    return sorted(found(boto, filterExpressions={"filters": [*filters], "operator": operator}))


def term(text: str) -> dict[str, object]:
    return {"searchTermFilter": {"searchTerm": text, "matchType": "CONTAINS"}}


def test_a_batch_has_the_jobs_and_says_which_there_are_not(boto):
    here = {"farmId": FARM, "queueId": COMP}
    absent = here | {"jobId": f"job-{'0' * 32}"}
    answer = boto.batch_get_job(
        identifiers=[here | {"jobId": JOB_1}, absent, here | {"jobId": JOB_3}]
    )
    assert [job["jobId"] for job in answer["jobs"]] == [JOB_1, JOB_3]
    (error,) = answer["errors"]
    assert error["code"] == "ResourceNotFoundException"
    assert error["jobId"] == absent["jobId"]


def test_a_job_is_in_its_own_queue_only(boto):
    assert boto.get_job(farmId=FARM, queueId=LIGHTING, jobId=JOB_2)["name"].startswith("AGM")
    assert refusal(boto.get_job, farmId=FARM, queueId=COMP, jobId=JOB_2)


def test_without_a_filter_the_newest_come_first(boto):
    assert found(boto)[0] == JOB_3


def test_a_term_is_looked_for_in_names_whatever_their_case(boto):
    assert filtered(boto, term("LIGHT")) == [JOB_2]


def test_filters_are_joined_by_and_or_or(boto):
    both = term("agm"), term("comp")
    assert filtered(boto, *both) == [JOB_1]
    assert filtered(boto, *both, operator="OR") == [JOB_1, JOB_2]
    group = {"groupFilter": {"filters": [*both], "operator": "AND"}}
    assert filtered(boto, group, term("conda"), operator="OR") == [JOB_1, JOB_3]


@pytest.mark.parametrize(
    ("operator", "jobs"),
    [("GREATER_THAN_EQUAL_TO", [JOB_3]), ("LESS_THAN", [JOB_1, JOB_2]), ("EQUAL", [JOB_3])],
)
def test_jobs_are_filtered_by_their_time_of_creation(boto, operator, jobs):
    at = datetime(2026, 3, 4, tzinfo=UTC)
    by_time = {"name": "CREATED_AT", "operator": operator, "dateTime": at}
    assert filtered(boto, {"dateTimeFilter": by_time}) == jobs


def test_jobs_are_filtered_and_sorted_by_strings(boto):
    name = "AGM_104_065_010_light_NFX_v001"
    equal = {"name": "JOB_NAME", "operator": "EQUAL", "value": name}
    other = {"name": "JOB_NAME", "operator": "ALL_NOT_EQUALS", "values": [name]}
    assert filtered(boto, {"stringFilter": equal}) == [JOB_2]
    assert filtered(boto, {"stringListFilter": other}) == [JOB_1, JOB_3]
    by_name = {"fieldSort": {"name": "JOB_NAME", "sortOrder": "ASCENDING"}}
    assert found(boto, sortExpressions=[by_name]) == [JOB_1, JOB_2, JOB_3]


def test_an_unknown_field_is_refused(boto):
    by_mood = {"fieldSort": {"name": "MOOD", "sortOrder": "ASCENDING"}}
    said = refusal(
        boto.search_jobs,
        farmId=FARM,
        queueIds=[COMP],
        itemOffset=0,
        sortExpressions=[by_mood],
    )
    assert said["Error"]["Code"] == "ValidationException"


def test_a_job_runs_and_then_has_succeeded():
    world = tiny_world()
    clock = SetClock(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=29))
    with running(world, clock) as (_, boto):
        job = {"farmId": FARM, "queueId": COMP, "jobId": JOB_1}
        assert boto.get_job(**job)["taskRunStatus"] == "RUNNING"
        assert "endedAt" not in boto.get_job(**job)
        assert refusal(boto.get_job, **job | {"jobId": JOB_3})  # not created yet
        clock.advance(hours=2)
        assert boto.get_job(**job)["taskRunStatus"] == "SUCCEEDED"
