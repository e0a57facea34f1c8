"""An answer about something else than what was asked for is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from simulator.tiny import ADA, COMP, EMPTY_FARM, EMPTY_QUEUE, FARM, JOB_1, JOB_2, LIGHTING
from stats.client import Client
from stats.errors import Contradictory, Garbled
from stats.given import Given
from stats.model import Dimension, FarmId
from stats.plan import Cut
from tests.stats.conftest import GET, START, Alter, Answer, Open, answered, over
from tests.stats.test_laws_of_answers import JOBS, altering, first
from tests.stats.test_refusals import CALLS, STORE, refused

OTHER_FARM, OTHER_QUEUE = f"farm-{7:032x}", f"queue-{7:032x}"
BY_QUEUE = over(cut=Cut((Dimension.QUEUE, Dimension.USAGE_TYPE)))
HOURS = replace(JOBS, cut=replace(JOBS.cut, hourly=True))


def of(operation: str, change: Callable[[Any], object], times: int = 1_000) -> Alter:
    """Changes an operation's bodies, so many times."""
    changed: list[Answer] = []

    def alter(answer: Answer) -> None:
        if answer.operation == operation and answer.status == 200 and len(changed) < times:
            changed.append(answer)
            change(answer.body)

    return alter


@pytest.mark.parametrize("run", [BY_QUEUE, JOBS], ids=["by queue", "by job"])
def test_a_row_of_a_queue_that_was_not_asked_for_is_a_contradiction(opened: Open, run: Any) -> None:
    engine = opened(alter=altering(first(queueId=OTHER_QUEUE)))
    error = answered(engine, run).answer.exception()
    assert type(error) is Contradictory
    assert OTHER_QUEUE in error.what
    assert engine.times(START) == 2


def test_a_row_of_a_queue_that_is_there_and_was_not_asked_for_is_one_too(opened: Open) -> None:
    run = replace(BY_QUEUE, ids=(COMP,))
    engine = opened(alter=altering(first(queueId=LIGHTING)))
    assert type(answered(engine, run).answer.exception()) is Contradictory


def test_any_fleet_may_have_done_what_queues_were_asked_for(opened: Open) -> None:
    run = over(cut=Cut((Dimension.FLEET, Dimension.USAGE_TYPE)))
    engine = opened(alter=altering(first(fleetId=f"fleet-{7:032x}")))
    assert len(answered(engine, run).answer.result().rows) > 0


def test_a_row_that_names_no_queue_is_taken(opened: Open) -> None:
    engine = opened(alter=altering(first(queueId=None)))
    rows = answered(engine, BY_QUEUE).answer.result().rows
    assert "" in set(rows["queue_id"])


SPANS = {
    "an end before the start": (JOBS, first(aggregationEndTime="2026-03-01T00:00:00Z")),
    "no start": (JOBS, first(aggregationStartTime=None)),
}


@pytest.mark.parametrize(("run", "change"), SPANS.values(), ids=SPANS)
def test_a_row_of_no_day_or_hour_is_a_contradiction(
    opened: Open, run: Any, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    def alter(rows: list[dict[str, Any]]) -> None:
        rows[0].update(aggregationEndTime=None)
        change(rows)

    engine = opened(alter=altering(alter))
    error = answered(engine, run).answer.exception()
    assert type(error) is Contradictory
    assert "None" not in error.what
    assert engine.times(START) == 2


@pytest.mark.parametrize(
    "change",
    [
        first(aggregationEndTime=None),
        lambda rows: rows[0].pop("aggregationEndTime"),
        lambda rows: rows[0].update(aggregationEndTime=rows[0]["aggregationStartTime"]),
        lambda rows: [row.update(aggregationEndTime="2026-03-09T00:00:00Z") for row in rows],
        lambda rows: [row.update(aggregationEndTime="9999-12-31T23:59:59-10:00") for row in rows],
    ],
    ids=["null", "absent", "the start", "the window's", "never"],
)
@pytest.mark.parametrize("run", [JOBS, HOURS], ids=["daily", "hourly"])
def test_an_end_that_may_be_is_taken(
    opened: Open, run: Any, change: Callable[[list[dict[str, Any]]], object]
) -> None:
    right = answered(opened(), run).answer.result().rows
    rows = answered(opened(alter=altering(change)), run).answer.result().rows  # type: ignore[arg-type]
    assert rows.equals(right)


def _six_days(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row.update(aggregationStartTime="2026-03-02T00:00:00Z")
        row.update(aggregationEndTime="2026-03-08T00:00:00Z")


def _days(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        start = datetime.fromisoformat(row["aggregationStartTime"])
        start = start.replace(hour=0)
        row.update(aggregationStartTime=start.isoformat())
        row.update(aggregationEndTime=(start + timedelta(days=1)).isoformat())


def _two_days(rows: list[dict[str, Any]]) -> None:
    rows[0].update(aggregationEndTime="2026-03-04T00:00:00Z")


def _shifted(length: timedelta, by: timedelta) -> Callable[[list[dict[str, Any]]], None]:
    """Whole days (or hours), of a zone that is not the one that was asked for."""

    def alter(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            start = datetime.fromisoformat(row["aggregationStartTime"]) + by
            row.update(aggregationStartTime=start.isoformat())
            row.update(aggregationEndTime=(start + length).isoformat())

    return alter


LONGER = {
    "days of another zone": (JOBS, _shifted(timedelta(days=1), timedelta(hours=7))),
    "hours of another zone": (HOURS, _shifted(timedelta(hours=1), timedelta(minutes=30))),
    "six days for one": (JOBS, _six_days),
    "six days for an hour": (HOURS, _six_days),
    "days for hours": (HOURS, _days),
    "two days for one": (JOBS, _two_days),
}


@pytest.mark.parametrize(("run", "change"), LONGER.values(), ids=LONGER)
def test_rows_of_longer_stretches_than_were_asked_for_are_a_contradiction(
    opened: Open, run: Any, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    """All that they hold would be taken for that of the day or hour that they begin in."""
    engine = opened(alter=altering(change))
    error = answered(engine, run).answer.exception()
    assert type(error) is Contradictory
    assert "longer than was asked for" in error.what
    assert engine.times(START) == 2


def _later(*, hours: bool) -> Callable[[list[dict[str, Any]]], None]:
    def alter(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            start = datetime.fromisoformat(row["aggregationStartTime"])
            within = timedelta(minutes=59) if hours else timedelta(hours=9)
            row.update(aggregationStartTime=(start + within).isoformat())

    return alter


@pytest.mark.parametrize("run", [JOBS, HOURS], ids=["daily", "hourly"])
def test_a_start_within_a_day_or_hour_is_of_that(opened: Open, run: Any) -> None:
    right = answered(opened(), run).answer.result().rows
    later = altering(_later(hours=run is HOURS))
    assert answered(opened(alter=later), run).answer.result().rows.equals(right)


@pytest.mark.parametrize(
    "change",
    [first(aggregationStartTime=None), first(aggregationEndTime="2026-03-09T00:00:00Z"), first()],
    ids=["no", "all of its week", "yes"],
)
def test_a_row_of_a_run_of_one_day_need_not_say_which(
    opened: Open, change: Callable[[list[dict[str, Any]]], None]
) -> None:
    run = over(JOBS, days=1)
    right = answered(opened(), run).answer.result().rows
    assert answered(opened(alter=altering(change)), run).answer.result().rows.equals(right)


def one_id(times: int = 1_000) -> Alter:
    """Gives so many Starts after the first one the id of that."""
    first: list[str] = []

    def alter(answer: Answer) -> None:
        if answer.operation == START and answer.status == 200:
            first.append(answer.body["aggregationId"])
            if len(first) <= times + 1:
                answer.body["aggregationId"] = first[0]

    return alter


USERS = over(cut=Cut((Dimension.USER, Dimension.USAGE_TYPE)))


def test_an_id_of_another_question_is_a_contradiction(opened: Open) -> None:
    """Its rows would be shown as this one's: without any user."""
    engine = opened(alter=one_id())
    assert len(answered(engine, JOBS).answer.result().rows) == 6
    error = answered(engine, USERS).answer.exception()
    assert type(error) is Contradictory
    assert f"{START} gives the id " in error.what
    assert (error.exit_code, engine.times(START)) == (4, 3)
    (_, *told) = engine.line.told(FarmId(FARM))
    assert [one.fate for one in told] == ["contradicted itself, asked again", "error"]


def test_and_may_be_its_own_when_it_is_started_again(opened: Open) -> None:
    right = answered(opened(), USERS).answer.result().rows
    engine = opened(alter=one_id(1))
    answered(engine, JOBS)
    rows = answered(engine, USERS).answer.result().rows
    assert rows.equals(right)
    assert ADA in set(rows["user_id"])


def test_equal_questions_may_have_one_id(opened: Open) -> None:
    engine = opened(alter=one_id(), cache_seconds=0)
    answers = [answered(engine, JOBS).answer.result().rows for _ in range(2)]
    assert answers[0].equals(answers[1])
    assert engine.times(START) == 2


def test_an_id_is_of_one_farm(opened: Open) -> None:
    engine = opened(alter=one_id())
    other = replace(USERS, farm_id=FarmId(EMPTY_FARM), ids=(EMPTY_QUEUE,))
    assert engine.client.start(JOBS) == engine.client.start(other)


def test_an_id_is_of_no_use_once_its_results_are_gone(opened: Open) -> None:
    """The service keeps them for an hour, and so long it is known what they are of."""
    engine = opened(alter=one_id())
    given = engine.client.start(JOBS)
    engine.time.advance(3_599)
    assert type(refused(lambda: engine.client.start(USERS))) is Contradictory
    engine.time.advance(2)
    assert engine.client.start(USERS) == given


def test_what_is_remembered_of_ids_is_bounded() -> None:
    given = Given(lambda: 0.0)
    for number in range(10_001):
        given.take(str(number), JOBS)
    with pytest.raises(Contradictory):
        given.take("10000", USERS)
    assert given.take("0", USERS) == "0"


def doubled(many: str, **members: Any) -> Callable[[Any], object]:
    """Puts the first of a list there once more, with other members."""
    return lambda body: body[many].append(body[many][0] | members)


LISTS = {"ListFarms": "farms", "ListQueues": "queues", "ListFleets": "fleets"}


@pytest.mark.parametrize("operation", LISTS)
def test_what_a_list_has_twice_counts_once(opened: Open, operation: str) -> None:
    right = CALLS[operation](opened().client)
    engine = opened(alter=of(operation, doubled(LISTS[operation])))
    assert CALLS[operation](engine.client) == right


@pytest.mark.parametrize("operation", LISTS)
def test_two_things_of_one_id_are_a_contradiction(opened: Open, operation: str) -> None:
    change = doubled(LISTS[operation], displayName="another")
    engine = opened(alter=of(operation, change))
    error = refused(lambda: CALLS[operation](engine.client))
    assert type(error) is Contradictory
    assert error.exit_code == 4
    assert engine.times(operation) == 2


@pytest.mark.parametrize("operation", LISTS)
def test_and_may_be_none_when_it_is_asked_for_again(opened: Open, operation: str) -> None:
    right = CALLS[operation](opened().client)
    change = doubled(LISTS[operation], displayName="another")
    assert CALLS[operation](opened(alter=of(operation, change, 1)).client) == right


@pytest.mark.parametrize("operation", ["ListQueues", "ListFleets"])
def test_a_list_of_another_farm_is_a_contradiction(opened: Open, operation: str) -> None:
    change = doubled(LISTS[operation], farmId=OTHER_FARM)
    error = refused(lambda: CALLS[operation](opened(alter=of(operation, change)).client))
    assert type(error) is Contradictory
    assert OTHER_FARM in error.what


@pytest.mark.parametrize(
    ("operation", "change"),
    [
        ("GetFarm", lambda body: body.update(farmId=OTHER_FARM)),
        ("DescribeUser", lambda body: body.update(UserId=f"9{ADA[1:]}")),
        ("BatchGetJob", lambda body: body["jobs"][0].update(jobId=JOB_2)),
        ("BatchGetJob", lambda body: body.pop("errors")),
        (START, lambda body: body.update(aggregationId="")),
        ("ListFarms", lambda body: body["farms"][0].update(farmId="")),
        ("ListQueues", lambda body: body["queues"][0].update(queueId="")),
        ("ListFleets", lambda body: body["fleets"][0].update(fleetId="")),
    ],
)
def test_what_is_about_somebody_else_or_nobody_is_no_answer(
    opened: Open, operation: str, change: Callable[[Any], object]
) -> None:
    error = refused(lambda: CALLS[operation](opened(alter=of(operation, change)).client))
    assert type(error) is Garbled


@pytest.mark.parametrize("operation", LISTS)
def test_a_thing_whose_name_is_empty_is_called_by_its_id(opened: Open, operation: str) -> None:
    change = of(operation, lambda body: body[LISTS[operation]][0].update(displayName=""))
    (one, *_) = CALLS[operation](opened(alter=change).client)  # type: ignore[misc]
    assert one.name == one.id


WITHOUT: dict[str, tuple[str, Callable[[Client], object], tuple[str, ...]]] = {
    "farms": ("ListFarms", lambda c: len(c.farms()), ("kmsKeyArn", "updatedAt", "updatedBy")),
    "queues": (
        "ListQueues",
        lambda c: len(c.queues(FarmId(FARM))),
        ("blockedReason", "updatedAt", "updatedBy"),
    ),
    "fleets": (
        "ListFleets",
        lambda c: len(c.fleets(FarmId(FARM))),
        ("statusMessage", "autoScalingStatus", "targetWorkerCount", "updatedAt"),
    ),
    "jobs": (
        "BatchGetJob",
        lambda c: c.job_names(FarmId(FARM), [(COMP, JOB_1)]),
        ("taskRunStatusCounts", "parameters", "attachments", "startedAt", "description"),
    ),
}


@pytest.mark.parametrize("null", [True, False], ids=["null", "absent"])
@pytest.mark.parametrize("many", WITHOUT)
def test_what_the_model_does_not_require_may_be_missing(
    opened: Open, many: str, *, null: bool
) -> None:
    operation, ask, members = WITHOUT[many]

    def change(body: Any) -> None:
        body.pop("nextToken", None)
        for one in body[many]:
            for member in members:
                one.pop(member, None)
                if null:
                    one[member] = body["nextToken"] = None

    assert ask(opened(alter=of(operation, change)).client) == ask(opened().client)


@pytest.mark.parametrize("null", [True, False], ids=["null", "absent"])
def test_a_person_without_any_name_is_nobody(opened: Open, *, null: bool) -> None:
    def change(body: Any) -> None:
        for member in ("DisplayName", "UserName", "Name", "Emails"):
            body.pop(member, None)
            if null:
                body[member] = None

    assert opened(alter=of("DescribeUser", change)).client.person(STORE, ADA, None) is None


def test_a_state_without_a_message_or_rows_is_one(opened: Open) -> None:
    def change(body: Any) -> None:
        if body["status"] == "IN_PROGRESS":
            body.update(statusMessage=None, statistics=None, nextToken=None)

    assert len(answered(opened(alter=of(GET, change)), JOBS).answer.result().rows) == 6
