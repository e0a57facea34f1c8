"""Filters keep exactly what they name, alone, several of one dimension, and of several."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from stats.errors import Unanswerable
from tests.stranger.asking import Asker
from tests.stranger.records import ARN, FarmData
from tests.stranger.truth import Wanted

START, END = datetime(2026, 10, 28, tzinfo=UTC), datetime(2026, 11, 12, tzinfo=UTC)
BY: tuple[tuple[str, ...], ...] = (
    *((), ("user",), ("queue",), ("user", "instance_type"), ("job",)),
)
OF_BOTH: tuple[tuple[str, ...], ...] = (
    *((), ("user",), ("queue",), ("fleet",), ("job",), ("user", "instance_type")),
    *(("user", "usage_type"), ("user", "job", "instance_type"), ("queue", "user", "fleet")),
)
INSTANCES = frozenset({"c5.4xlarge", "g5.2xlarge"})


def _wheres(farm: FarmData) -> list[dict[str, frozenset[str]]]:
    jobs = list(farm.jobs.values())
    users = sorted({job.user for job in jobs})
    queues = tuple(farm.queues)
    return [
        {"user": frozenset({ARN})},
        {"user": frozenset(users[:3])},
        {"instance_type": INSTANCES},
        {"usage_type": frozenset({"LICENSE"})},
        {"usage_type": frozenset({"COMPUTE", "SNAPSHOT"})},
        {"queue": frozenset(queues[2:5])},
        {"job": frozenset(job.id for job in jobs[:9])},
        {"license_product": frozenset({"arnold"})},
        {"user": frozenset(users[:2]), "usage_type": frozenset({"COMPUTE"})},
        {"user": frozenset(users[1:4]), "instance_type": INSTANCES},
        {"user": frozenset(users[:4]), "queue": frozenset(queues[:6])},
        {"queue": frozenset(queues[:6]), "instance_type": INSTANCES},
        {"user": frozenset({"nobody"})},
    ]


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_filters_keep_what_they_name(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    wrong, declined = [], []
    for where, by in list(product(_wheres(farm), BY))[asker.leaves_out :: 2]:
        answer = asker.wrong_or_declined(
            farm, Wanted(tuple(farm.queues), by, where=where, start=START, end=END)
        )
        wrong += answer or []
        declined += [] if answer is not None else [(by, sorted(where))]
    assert wrong == []
    assert all("license_product" in where or "usage_type" in where for _, where in declined)


def test_filters_on_fleets_keep_what_they_name(ask: Asker, farm: FarmData) -> None:
    fleets, wrong = tuple(farm.fleets), []
    for where in ({"fleet": frozenset(fleets[:2])}, {"user": frozenset({ARN})}):
        for by in ((), ("fleet",), ("usage_type",), ("fleet", "instance_type")):
            wanted = Wanted(fleets, by, where=where, scope="fleet")
            wrong += ask.wrong(farm, wanted)
            wrong += ask.wrong_or_declined(farm, replace(wanted, where={})) or []
    assert wrong == []


@pytest.mark.parametrize("scope", ["queue", "fleet"])
def test_some_queues_on_some_fleets_are_told_apart_as_far_as_either_alone(
    scope: str, ask: Asker, farm: FarmData
) -> None:
    """Asked of queues, filtered by fleets, and the other way: what both hold, in each detail."""
    other = "queue" if scope == "fleet" else "fleet"
    ids = {"queue": tuple(farm.queues)[:11], "fleet": tuple(farm.fleets)[:2]}
    users = frozenset(sorted({job.user for job in farm.jobs.values()})[:4])
    wheres, wrong = ({}, {"user": users}, {"usage_type": frozenset({"COMPUTE"})}), []
    for where, by in list(product(wheres, OF_BOTH))[scope == "fleet" :: 2]:
        both = where | {other: frozenset(ids[other])}
        wanted = Wanted(ids[scope], by, where=both, scope=scope, start=START, end=END)
        wrong += ask.wrong(farm, wanted)
    assert wrong == []


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_what_has_no_instance_type_is_told_by_its_usage_type(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    """Licences and storage volumes share that they have none, so it does not tell them apart."""
    asker: Asker = request.getfixturevalue(mode)
    wrong = []
    for types in ({"LICENSE"}, {"PERSISTENT_VOLUME"}, {"LICENSE", "PERSISTENT_VOLUME"}):
        where = {"usage_type": frozenset(types)}
        for by in (("user", "instance_type"), ("fleet", "instance_type")):
            wanted = Wanted(tuple(farm.fleets), by, where=where, scope="fleet")
            wrong += asker.wrong(farm, wanted)
    assert wrong == []


def test_a_fleet_that_is_gone_is_asked_about_by_queues_only(ask: Asker, farm: FarmData) -> None:
    gone = {"fleet": frozenset({"fleet-" + "9" * 32})}
    assert ask.wrong(farm, Wanted(tuple(farm.queues), ("user",), where=gone)) == []
    with pytest.raises(Unanswerable, match="fleet, usage type and user"):
        ask.wrong(farm, Wanted(tuple(farm.queues), ("user", "usage_type"), where=gone))


def test_filters_hold_in_every_period(ask: Asker, farm: FarmData) -> None:
    where, wrong = {"user": frozenset({ARN}), "instance_type": INSTANCES}, []
    for period in ("hourly", "daily", "weekly", "monthly", "total"):
        wanted = Wanted(tuple(farm.queues), ("queue",), where=where, period=period)
        wrong += ask.wrong(farm, replace(wanted, zone="America/Los_Angeles"))
    assert wrong == []
