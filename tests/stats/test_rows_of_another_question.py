"""Rows that are grouped by something else than was asked for are no answer; odd ones may be."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simulator.tiny import ADA, COMP, JOB_1, LIGHTING, RACK, SPOT
from stats.errors import Contradictory
from stats.model import Dimension
from stats.plan import Cut, Run
from tests.stats.conftest import GET, RUN, START, Alter, Answer, Open, answered
from tests.stats.test_laws_of_answers import Row, altering, first

QUEUE, FLEET, JOB = Dimension.QUEUE, Dimension.FLEET, Dimension.JOB
USER, TYPE = Dimension.USER, Dimension.USAGE_TYPE
INSTANCE, PRODUCT = Dimension.INSTANCE_TYPE, Dimension.LICENSE_PRODUCT

MEMBERS = {
    QUEUE: "queueId",
    FLEET: "fleetId",
    JOB: "jobId",
    USER: "userId",
    TYPE: "usageType",
    INSTANCE: "instanceType",
    PRODUCT: "licenseProduct",
}


def by(*dimensions: Dimension) -> Run:
    return replace(RUN, cut=Cut(dimensions))


def fleets(run: Run) -> Run:
    return replace(run, resource=FLEET, ids=tuple(sorted((SPOT, RACK))))


def rows_of(opened: Open, run: Run) -> list[Row]:
    """What the service answers to a run, as it stands on the wire."""
    found: list[Row] = []

    def alter(answer: Answer) -> None:
        if answer.operation == GET:
            found.extend(copy.deepcopy(answer.body.get("statistics") or []))

    answered(opened(alter=alter), run).answer.result()
    return found


def swapped(rows: list[Row], times: int = 1_000) -> Alter:
    """Puts other rows in the place of each answer's."""
    return altering(lambda page: page.__setitem__(slice(None), copy.deepcopy(rows)), times)


SWAPPED = {
    "users by instance type": (by(USER), by(INSTANCE)),
    "users by instance type and product": (by(USER), by(INSTANCE, PRODUCT)),
    "users by usage type": (by(USER), by(TYPE)),
    "users by job": (by(USER), by(JOB)),
    "users by queue": (by(USER), by(QUEUE)),
    "the total by user": (by(TYPE), by(USER)),
    "jobs by user": (by(JOB), by(USER)),
    "jobs by user, types told": (by(JOB, TYPE), by(TYPE, USER)),
    "users by instance type, types told": (by(USER, TYPE), by(INSTANCE, TYPE)),
    "users by instance type, jobs told": (by(JOB, USER), by(JOB, INSTANCE)),
    "users by instance type, queues told": (by(QUEUE, USER), by(QUEUE, INSTANCE)),
    "instance types by usage type": (by(INSTANCE), by(TYPE)),
    "products by queue": (by(PRODUCT), by(QUEUE)),
    "queues by instance type, of fleets": (fleets(by(QUEUE)), fleets(by(INSTANCE))),
    "hours of users by instance type": (
        replace(RUN, cut=Cut((USER,), hourly=True)),
        replace(RUN, cut=Cut((INSTANCE,), hourly=True)),
    ),
}


@pytest.mark.parametrize(("run", "other"), SWAPPED.values(), ids=SWAPPED)
def test_rows_by_something_else_are_a_contradiction(opened: Open, run: Run, other: Run) -> None:
    """They would be taken for usage of nobody, and kept."""
    engine = opened(alter=swapped(rows_of(opened, other)))
    error = answered(engine, run).answer.exception()
    assert type(error) is Contradictory
    assert "in its place" in error.what
    assert (error.exit_code, engine.times(START)) == (4, 2)


def test_and_may_be_by_what_was_asked_for_the_next_time(opened: Open) -> None:
    right = answered(opened(), by(USER)).answer.result().rows
    engine = opened(alter=swapped(rows_of(opened, by(INSTANCE)), times=1))
    answer = answered(engine, by(USER)).answer.result()
    assert answer.rows.equals(right)
    assert [one.fate for one in answer.records] == ["contradicted itself, asked again", "completed"]


def test_it_is_seen_in_many_pages(opened: Open) -> None:
    """Of one page alone it can't be: its rows may be all that have no user."""

    def alter(rows: list[Row]) -> None:
        for row in rows:
            row.pop("userId", None)
            row["instanceType"] = "c5.large"

    engine = opened(page_size=1, alter=altering(alter))
    assert type(answered(engine, by(USER)).answer.exception()) is Contradictory


def test_by_users_in_place_of_jobs_it_is_seen_where_each_day_has_one(opened: Open) -> None:
    """Of a job its user follows, but not where no job is told."""
    one_a_day = {row["aggregationStartTime"]: row for row in rows_of(opened, by(USER))}
    rows = [row for row in one_a_day.values() if "userId" in row]
    engine = opened(alter=swapped(rows))
    assert type(answered(engine, by(JOB)).answer.exception()) is Contradictory


def test_queues_may_come_along_each_on_its_day(opened: Open) -> None:
    def alter(rows: list[Row]) -> None:
        days = {row["aggregationStartTime"]: row for row in rows}
        rows[:] = days.values()
        without(PRODUCT)(rows)
        for queue, row in zip((COMP, LIGHTING, COMP), rows, strict=True):
            row["queueId"] = queue

    rows = answered(opened(alter=altering(alter)), by(PRODUCT)).answer.result().rows
    assert len(rows) == 3


def without(*dimensions: Dimension, **members: Any) -> Callable[[list[Row]], None]:
    """Takes keys out of all rows, and puts others in."""

    def alter(rows: list[Row]) -> None:
        for row in rows:
            for dimension in dimensions:
                row.pop(MEMBERS[dimension], None)
            row.update(members)

    return alter


EVERY: dict[str, Any] = {
    "queueId": COMP,
    "fleetId": SPOT,
    "jobId": JOB_1,
    "userId": ADA,
    "usageType": "COMPUTE",
    "instanceType": "c5.large",
    "licenseProduct": "nuke",
}


@pytest.mark.parametrize("dimension", MEMBERS)
def test_whatever_comes_along_beside_the_grouped_keys_is_taken(
    opened: Open, dimension: Dimension
) -> None:
    """Also where only some of the rows have an instance type, or a product."""
    run = by(dimension)
    right = answered(opened(), run).answer.result().rows
    members = {name: key for name, key in EVERY.items() if name != MEMBERS[dimension]}
    engine = opened(alter=altering(without(**members)))
    rows = answered(engine, run).answer.result().rows
    assert rows.equals(right)


@pytest.mark.parametrize("run", [by(d) for d in MEMBERS] + [by(JOB, USER), by(USER, TYPE)])
def test_rows_without_any_key_are_taken(opened: Open, run: Run) -> None:
    engine = opened(alter=altering(without(*MEMBERS)))
    rows = answered(engine, run).answer.result().rows
    assert set(rows[run.cut.by[0].column]) == {""}
    assert engine.times(START) == 1


COME_ALONG = {
    "a queue": (by(PRODUCT), {"queueId": COMP}),
    "a queue, without users": (by(USER), {"queueId": COMP}),
    "a fleet": (by(USER), {"fleetId": SPOT}),
    "a job's user and queue": (by(JOB, PRODUCT), {"userId": ADA, "queueId": COMP}),
    "the usage type": (by(INSTANCE), {"usageType": "LICENSE"}),
    "the usage type, where there is no product": (by(PRODUCT), {"usageType": "COMPUTE"}),
}


@pytest.mark.parametrize(("run", "members"), COME_ALONG.values(), ids=COME_ALONG)
def test_what_follows_may_come_along_where_no_row_has_the_other_key(
    opened: Open, run: Run, members: dict[str, Any]
) -> None:
    def alter(rows: list[Row]) -> None:
        without(run.cut.by[-1], **members)(rows)
        seen = {(row["aggregationStartTime"], row.get("jobId")): row for row in rows}
        rows[:] = seen.values()  # a row a day and key, as the service groups

    rows = answered(opened(alter=altering(alter)), run).answer.result().rows
    assert set(rows[run.cut.by[-1].column]) == {""}


def test_a_day_without_usage_of_anybody_is_an_answer(opened: Open) -> None:
    engine = opened(alter=altering(list[Row].clear))
    assert answered(engine, by(USER)).answer.result().rows.empty


OF_ANOTHER_KIND = {
    "a queue's id for a user's": (by(USER), first(userId=COMP)),
    "a job's id for a user's": (by(USER, TYPE), first(userId=JOB_1)),
    "a fleet's id for a job's": (by(JOB), first(jobId=SPOT)),
    "a user's id for a job's": (by(JOB, TYPE), first(jobId=ADA)),
    "a name for a job's id": (by(JOB), first(jobId="shot_010")),
    "a name for a fleet's id": (by(FLEET), first(fleetId="Spot")),
    "a queue's id for a fleet's": (by(FLEET), first(fleetId=COMP)),
    "a name for a queue's id, of fleets": (fleets(by(QUEUE)), first(queueId="Comp")),
    "a job's id for a product": (by(PRODUCT), first(licenseProduct=JOB_1)),
    "a queue's id for a usage type": (by(TYPE), first(usageType=COMP)),
    "a job's id and a line's end": (by(JOB), first(jobId=f"{JOB_1}\n")),
    "an id in capitals": (by(JOB), first(jobId=JOB_1.upper())),
}


@pytest.mark.parametrize(("run", "change"), OF_ANOTHER_KIND.values(), ids=OF_ANOTHER_KIND)
def test_a_key_of_another_kind_is_a_contradiction(
    opened: Open, run: Run, change: Callable[[list[Row]], None]
) -> None:
    engine = opened(alter=altering(change))
    error = answered(engine, run).answer.exception()
    assert type(error) is Contradictory
    assert "which can't be" in error.what
    assert (error.exit_code, engine.times(START)) == (4, 2)


FREE = {
    "a user's name": (by(USER), "Ada Reyes"),
    "a role": (by(USER), "arn:aws:sts::123456789012:assumed-role/render/queue-1"),
    "a newer usage type": (by(TYPE), "GPU_POOL"),
    "a product of any name": (by(PRODUCT), "job-manager 7"),
    "a machine of any name": (by(INSTANCE), "fleet-large"),
}


@pytest.mark.parametrize(("run", "key"), FREE.values(), ids=FREE)
def test_what_has_no_form_by_the_model_may_be_any(opened: Open, run: Run, key: str) -> None:
    (dimension,) = run.cut.by
    engine = opened(alter=altering(first(**{MEMBERS[dimension]: key})))
    assert key in set(answered(engine, run).answer.result().rows[dimension.column])
