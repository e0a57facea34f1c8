"""Worlds for the tests of pages: names that hurt, farms without queues, a studio's few days."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from simulator import Farm, Fleet, Person, Queue, World, tiny_world
from simulator.names import HURTFUL
from simulator.tiny import FARM, TINY_NOW
from simulator.world import JOB_COLUMNS, USAGE_COLUMNS

WEEK = {"farm": FARM, "window": "dates", "start": "2026-03-02", "end": "2026-03-08"}
"""A link to the seven days that hold all usage of the tiny world and of the one that hurts."""

_MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
_BORN = _MONDAY - timedelta(days=365)
_INSTANCES = ("c5.4xlarge", "g5.2xlarge", "r6i.4xlarge")


def hurtful_world() -> World:
    """One farm where everything that has a name has one that hurts; as many of each as names.

    Each job runs one session of compute and one of a licence, on the Monday and Tuesday.
    """
    tiny = tiny_world()
    numbers = range(len(HURTFUL))
    return replace(
        tiny,
        farms=(Farm(FARM, HURTFUL[0], HURTFUL[2], 1.0, _BORN), *tiny.farms[1:]),
        queues=tuple(Queue(FARM, _id("queue", n), HURTFUL[n], _BORN) for n in numbers),
        fleets=tuple(_fleet(n) for n in numbers[:5]),
        people=tuple(
            Person(_person(n), f"p{n}", HURTFUL[n], f"p{n}@example.com") for n in numbers[1:]
        ),
        budgets=(),
        jobs=pd.DataFrame([_job(n) for n in numbers], columns=list(JOB_COLUMNS)),
        usage=_usage(),
    )


def farm_without_queues() -> World:
    """A farm that was made a minute ago: neither queues nor fleets nor usage."""
    tiny = tiny_world()
    return replace(tiny, farms=tiny.farms[:1], queues=(), fleets=(), usage=tiny.usage[:0])


def account_without_farms() -> World:
    """An account that has no farm at all."""
    tiny = tiny_world()
    return replace(tiny, farms=(), queues=(), fleets=(), usage=tiny.usage[:0])


def in_queues(world: World, farm_id: str, first: datetime, end: datetime) -> pd.DataFrame:
    """The usage of a farm's queues that started from `first` until before `end`."""
    rows = world.usage[(world.usage["farm_id"] == farm_id) & world.usage["queue_id"].notna()]
    return rows[(rows["started_at"] >= first) & (rows["started_at"] < end)]


def _id(kind: str, number: int) -> str:
    return f"{kind}-{number + 1:032x}"


def _person(number: int) -> str:
    if number == 0:
        return f"arn:aws:sts::111122223333:assumed-role/Pipeline/{HURTFUL[1]}"
    return f"00000000-0000-4000-8000-{number:012x}"


def _fleet(number: int) -> Fleet:
    kinds = tuple((kind, 1.0) for kind in _INSTANCES)
    return Fleet(FARM, _id("fleet", number), HURTFUL[number], _BORN, "spot", kinds, 10)


def _job(number: int) -> tuple[object, ...]:
    owner = (FARM, _id("queue", number), _id("job", number), HURTFUL[number], _person(number))
    at = _MONDAY + timedelta(hours=number)
    return *owner, 50, 10, "SUCCEEDED", at, at, TINY_NOW


def _usage() -> pd.DataFrame:
    rows = []
    for n, name in enumerate(HURTFUL):
        whose = (FARM, _id("queue", n), _id("fleet", n % 5), _id("job", n), _person(n))
        at = _MONDAY + timedelta(hours=2 * n)
        rows.append((*whose, "COMPUTE", _INSTANCES[n % 3], None, at, 3600, 40.0 - n))
        rows.append((*whose, "LICENSE", None, name, at, 1800, 1.25))
    table = pd.DataFrame(rows, columns=list(USAGE_COLUMNS))
    return table.astype({"cost_usd": float, "runtime_seconds": "int64"})
