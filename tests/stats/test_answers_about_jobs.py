"""Jobs are named as BatchGetJob tells all that it was asked about, in one way, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.tiny import COMP, FARM, JOB_1, JOB_2, LIGHTING
from stats.errors import Contradictory, Garbled
from stats.model import FarmId
from tests.stats.conftest import Alter, Open, Relay
from tests.stats.process import Shell
from tests.stats.test_answers_to_another_question import OTHER_FARM, OTHER_QUEUE, of
from tests.stats.test_refusals import refused

TINY_FARM = FarmId(FARM)
BOTH = [(COMP, JOB_1), (LIGHTING, JOB_2)]
ASKED = ("report", "--farm", FARM, "--start", "2026-03-02", "--end", "2026-03-09")


def refusal(one: Any, code: str) -> dict[str, str]:
    """What is told of a job that could not be looked up."""
    ids = {member: one[member] for member in ("farmId", "queueId", "jobId")}
    return {**ids, "code": code, "message": "not now"}


def again(**members: Any) -> Callable[[Any], object]:
    """Tells the first job once more."""
    return lambda body: body["jobs"].insert(0, body["jobs"][0] | members)


def failed(*codes: str, named: bool = False) -> Callable[[Any], object]:
    """Tells of the first job why it could not be looked up, and what it is called where `named`."""

    def change(body: Any) -> None:
        one = body["jobs"][0] if named else body["jobs"].pop(0)
        body["errors"] += [refusal(one, code) for code in codes]

    return change


TWOFOLD = {
    "two names": again(name="ZZ"),
    "a name and none": failed("ResourceNotFoundException", named=True),
    "two reasons": failed("ResourceNotFoundException", "InternalServerErrorException"),
}


@pytest.mark.parametrize("change", TWOFOLD.values(), ids=TWOFOLD)
def test_two_things_of_one_job_told_again_are_a_contradiction(
    opened: Open, change: Callable[[Any], object]
) -> None:
    engine = opened(alter=of("BatchGetJob", change))
    error = refused(lambda: engine.client.job_names(TINY_FARM, BOTH))
    assert type(error) is Contradictory
    assert (error.exit_code, engine.times("BatchGetJob")) == (4, 2)
    assert "BatchGetJob tells two things of the id job-" in error.what


def test_one_job_in_two_queues_has_one_name(opened: Open) -> None:
    def two(body: Any) -> None:
        body["jobs"] = [body["jobs"][0] | {"queueId": q, "name": q} for q in (COMP, LIGHTING)]
        body["errors"] = []

    engine = opened(alter=of("BatchGetJob", two))
    asked = [(COMP, JOB_1), (LIGHTING, JOB_1)]
    assert type(refused(lambda: engine.client.job_names(TINY_FARM, asked))) is Contradictory
    assert JOB_1 in opened().client.job_names(TINY_FARM, asked)[0]


EQUAL = {
    "the same": again(),
    "in another state": again(priority=7, lifecycleStatus="ARCHIVED"),
}


@pytest.mark.parametrize("change", EQUAL.values(), ids=EQUAL)
def test_a_job_that_is_told_twice_counts_once(
    opened: Open, change: Callable[[Any], object]
) -> None:
    right = opened().client.job_names(TINY_FARM, BOTH)
    engine = opened(alter=of("BatchGetJob", change))
    assert engine.client.job_names(TINY_FARM, BOTH) == right
    assert engine.times("BatchGetJob") == 1


def none(body: Any) -> None:
    body["jobs"] = []


LACKING = {"one": lambda body: body["jobs"].pop(0), "all": none}


@pytest.mark.parametrize("change", [*TWOFOLD.values(), *LACKING.values()], ids=[*TWOFOLD, *LACKING])
def test_a_job_of_which_two_things_or_nothing_is_told_is_asked_for_again(
    opened: Open, change: Callable[[Any], object]
) -> None:
    right = opened().client.job_names(TINY_FARM, BOTH)
    engine = opened(alter=of("BatchGetJob", change, 1))
    assert engine.client.job_names(TINY_FARM, BOTH) == right
    assert engine.times("BatchGetJob") == 2


@pytest.mark.parametrize(("which", "many"), [("one", 1), ("all", 2)])
def test_an_answer_that_leaves_a_job_out_again_is_none(opened: Open, which: str, many: int) -> None:
    engine = opened(alter=of("BatchGetJob", LACKING[which]))
    error = refused(lambda: engine.client.job_names(TINY_FARM, BOTH))
    assert type(error) is Garbled
    assert (error.exit_code, engine.times("BatchGetJob")) == (4, 2)
    assert f"BatchGetJob lacks {many} of 2 jobs that were asked for" in error.what


@pytest.mark.parametrize("members", [{"queueId": OTHER_QUEUE}, {"farmId": OTHER_FARM}])
def test_a_job_of_another_queue_or_farm_is_not_the_one_that_was_asked_for(
    opened: Open, members: dict[str, str]
) -> None:
    engine = opened(alter=of("BatchGetJob", lambda body: body["jobs"][0].update(members)))
    error = refused(lambda: engine.client.job_names(TINY_FARM, BOTH))
    assert type(error) is Garbled
    assert "which was not asked for" in error.what


def test_what_is_not_told_of_is_not_taken_for_forgotten(opened: Open) -> None:
    engine = opened(alter=of("BatchGetJob", LACKING["one"], 2))
    first = engine.names.jobs(TINY_FARM, BOTH)
    assert first.trouble.said.startswith("Jobs are shown by their ids: The answer to BatchGetJob")
    named = engine.names.jobs(TINY_FARM, BOTH)
    assert (set(named.names), named.trouble.said) == ({JOB_1, JOB_2}, "")


def shell(folder: Path, relay: Relay, opened: Open, alter: Alter) -> Shell:
    """Commands that ask a service whose rows bear no names of jobs."""
    opened(alter=alter, job_names=False, running_base_seconds=0)
    (folder / "here").mkdir()
    ours = {"FARM_COSTS_CALL_ATTEMPTS": "2", "FARM_COSTS_HISTORY": "off"}
    return Shell(folder / "here", relay.url, ours)


SPOILT = {
    "lacks": (LACKING["one"], "The answer to BatchGetJob lacks 1 of 3 jobs"),
    "two names": (again(name="ZZ"), "contradicts itself: BatchGetJob tells two things of the id"),
}


@pytest.mark.parametrize(("change", "said"), SPOILT.values(), ids=SPOILT)
def test_a_command_that_shows_jobs_says_why_they_have_no_names_and_a_search_is_declined(
    tmp_path: Path, relay: Relay, opened: Open, change: Callable[[Any], object], said: str
) -> None:
    asked = shell(tmp_path, relay, opened, of("BatchGetJob", change)).asked
    shown = asked(*ASKED, "--by", "job", "--format", "csv")
    assert (shown.code, JOB_1 in shown.text) == (0, True), shown.said
    assert "ZZ" not in shown.text
    assert "Jobs are shown by their ids: The " in shown.said
    assert said in shown.said
    sought = asked(*ASKED, "--job-name", "light")
    assert (sought.code, sought.data) == (4, b""), sought.said
    assert said in sought.said
    assert "so a search by name might miss them" in sought.said
    assert "forgotten" not in sought.said
