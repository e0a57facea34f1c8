"""Three weeks of a small farm around a clock change, and what is true of them in plain loops.

The records are drawn from a seed. All that a breakdown finds hard is in them: licences without
an instance type, volumes without a queue, a job without a user, usage without a job, a usage type
that nobody has heard of, records that cost nothing, and records on the very edge of an hour.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pandas as pd

from simulator import Farm, Fleet, Member, Person, Queue, World
from simulator.world import JOB_COLUMNS, USAGE_COLUMNS
from stats.model import Report

DIMENSIONS = ("queue", "fleet", "job", "user", "usage_type", "instance_type", "license_product")
FIRST = datetime(2025, 10, 20, tzinfo=UTC)
HOURS = 24 * 21
LAST = FIRST + timedelta(hours=HOURS)
NOW = datetime(2025, 11, 14, 10, 20, tzinfo=UTC)
CLOCKS_GO_BACK = datetime(2025, 11, 2, 9, tzinfo=UTC)
"""When 02:00 becomes 01:00 in Los Angeles."""

ARN = "arn:aws:sts::111122223333:assumed-role/Pipeline/robot"
INSTANCE_TYPES = ("c5.4xlarge", "r6i.4xlarge", "g5.2xlarge")
USAGE_TYPES = ("COMPUTE", "LICENSE", "PERSISTENT_VOLUME", "SNAPSHOT")
PRODUCTS = ("arnold-7", "nuke-16")
_BORN = datetime(2025, 1, 1, tzinfo=UTC)
QUEUES = 13
_SIZE = 260
_FARM = f"farm-{11:032x}"

Key = tuple[str, ...]
Figures = dict[str, float]


def queue(number: int) -> str:
    return f"queue-{number:032x}"


def fleet(number: int) -> str:
    return f"fleet-{number:032x}"


def job(number: int) -> str:
    return f"job-{number:032x}"


def person(number: int) -> str:
    """A user id; the last of six people is an assumed role."""
    return ARN if number == 5 else f"00000000-0000-4000-8000-{number:012x}"


@cache
def autumn_world() -> World:
    """One farm: thirteen queues, three fleets, eighteen jobs, six users."""
    chance = random.Random(5)
    kinds = tuple((kind, 1.0) for kind in INSTANCE_TYPES)
    rows = [_row(chance) for _ in range(_SIZE)]
    table = pd.DataFrame(rows, columns=list(USAGE_COLUMNS))
    return World(
        now=NOW,
        identity_store_id="d-1234567890",
        farms=(Farm(_FARM, "Autumn", "", 0.9, _BORN),),
        queues=tuple(Queue(_FARM, queue(n), f"Queue {n}", _BORN) for n in range(QUEUES)),
        fleets=tuple(Fleet(_FARM, fleet(n), f"F{n}", _BORN, "spot", kinds, 9) for n in range(3)),
        people=tuple(Person(person(n), f"p{n}", f"Person {n}", "") for n in range(5)),
        members=(Member(_FARM, person(0), "USER", "OWNER"),),
        budgets=(),
        jobs=pd.DataFrame([_job(n) for n in range(18)], columns=list(JOB_COLUMNS)),
        usage=table.astype({"cost_usd": float, "runtime_seconds": "int64"}),
    )


def _job(number: int) -> tuple[object, ...]:
    whose = None if number == 17 else person(number % 6)
    name, at = f"AGM_{number:03d}_comp", FIRST
    return _FARM, queue(number % QUEUES), job(number), name, whose, 50, 9, "SUCCEEDED", at, at, LAST


def _row(chance: random.Random) -> tuple[object, ...]:
    at = _moment(chance)
    runtime, cost = chance.randrange(1, 90_000), round(chance.random() * 40, chance.choice((2, 6)))
    kind = chance.choices(USAGE_TYPES, (60, 25, 9, 6))[0]
    on, number = fleet(chance.randrange(3)), chance.randrange(18)
    whose = None if number == 17 else person(number % 6)
    numbers = (at, runtime, 0.0 if chance.random() < 0.05 else cost)
    if kind == "PERSISTENT_VOLUME":
        return (_FARM, None, on, None, None, kind, None, None, *numbers)
    if kind == "SNAPSHOT":
        return (_FARM, queue(number % QUEUES), on, None, None, kind, None, None, *numbers)
    keys = (_FARM, queue(number % QUEUES), on, job(number), whose, kind)
    if kind == "COMPUTE":
        return (*keys, chance.choice(INSTANCE_TYPES), None, *numbers)
    return (*keys, None, chance.choice(PRODUCTS), *numbers)


def _moment(chance: random.Random) -> datetime:
    where = chance.random()
    if where < 0.15:
        return CLOCKS_GO_BACK + timedelta(minutes=15 * chance.randrange(-30, 30))
    if where < 0.3:
        return FIRST + timedelta(hours=chance.randrange(HOURS))
    return FIRST + timedelta(seconds=chance.randrange(HOURS * 3600))


@dataclass(frozen=True)
class Record:
    """One usage record; a key that it lacks is empty."""

    at: datetime
    keys: Mapping[str, str]
    cost_usd: float
    runtime_seconds: float


@cache
def records() -> tuple[Record, ...]:
    """The world's usage, a record at a time."""
    found = []
    for row in autumn_world().usage.to_dict("records"):
        keys = {d: row[d if d in row else f"{d}_id"] for d in DIMENSIONS}
        keys = {d: key if isinstance(key, str) else "" for d, key in keys.items()}
        cost, runtime = float(row["cost_usd"]), float(row["runtime_seconds"])
        found.append(Record(row["started_at"].to_pydatetime(), keys, cost, runtime))
    return tuple(found)


def values(dimension: str) -> list[str]:
    """The keys that usage has in a dimension, the empty one included."""
    return sorted({record.keys[dimension] for record in records()} | {""})


def figures(some: Iterable[Record]) -> Figures:
    """count, and sum, smallest, largest and average of cost and run time."""
    some = list(some)
    numbers: Figures = {"count": len(some)}
    for unit in ("cost_usd", "runtime_seconds"):
        of_unit = [getattr(record, unit) for record in some]
        total = math.fsum(of_unit)
        spread = (total, min(of_unit), max(of_unit), total / len(of_unit))
        statistics = zip(("sum", "min", "max", "avg"), spread, strict=True)
        numbers |= {f"{unit}_{s}": number for s, number in statistics}
    return numbers


def merged(parts: Iterable[Figures]) -> Figures:
    """Figures of several sets of records as those of all of them."""
    parts = list(parts)
    whole: Figures = {"count": sum(part["count"] for part in parts)}
    for unit in ("cost_usd", "runtime_seconds"):
        whole[f"{unit}_sum"] = math.fsum(part[f"{unit}_sum"] for part in parts)
        whole[f"{unit}_min"] = min(part[f"{unit}_min"] for part in parts)
        whole[f"{unit}_max"] = max(part[f"{unit}_max"] for part in parts)
        whole[f"{unit}_avg"] = whole[f"{unit}_sum"] / whole["count"]
    return whole


def regrouped(rows: Mapping[Key, Figures], of: tuple[int, ...]) -> dict[Key, Figures]:
    """Rows added up by some of their keys, given by position."""
    groups: dict[Key, list[Figures]] = defaultdict(list)
    for key, numbers in rows.items():
        groups[tuple(key[n] for n in of)].append(numbers)
    return {key: merged(parts) for key, parts in groups.items()}


def rows_of(report: Report) -> dict[Key, Figures]:
    """A report's figures by (period_start in ISO 8601, key, …)."""
    columns = [dimension.column for dimension in report.question.by]
    numbers = [c for c in report.table.columns if c == "count" or c.startswith(("cost_", "runt"))]
    rows = {}
    for row in report.table.to_dict("records"):
        key = (row["period_start"].isoformat(), *(str(row[column]) for column in columns))
        assert key not in rows, f"{key} comes twice"
        rows[key] = {name: float(row[name]) for name in numbers}
    return rows


def by_key(report: Report) -> dict[Key, Figures]:
    """The same where there is one period only, by key alone."""
    return {key[1:]: numbers for key, numbers in rows_of(report).items()}


def differences(got: Mapping[Key, Figures], right: Mapping[Key, Figures]) -> list[str]:
    """What is wrong, missing or too much, in words; empty if nothing is."""
    wrong = [f"{key} is missing" for key in right if key not in got]
    wrong += [f"{key} is too much" for key in got if key not in right]
    for key in got.keys() & right.keys():
        for name, number in right[key].items():
            if not math.isclose(got[key][name], number, rel_tol=1e-9, abs_tol=1e-7):
                wrong.append(f"{key}: {name} is {got[key][name]}, not {number}")
    return wrong


def local(instant: datetime, zone: str) -> datetime:
    """What the clock shows there, the offset rounded to whole hours, a half to the east."""
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours = math.floor(offset / timedelta(hours=1) + 0.5)
    return instant.replace(tzinfo=None) + timedelta(hours=hours)


def period_of(instant: datetime, zone: str, period: str) -> object:
    """Something that all instants of one calendar period share, and no other does."""
    day: date = local(instant, zone).date()
    return {
        "hourly": instant.replace(minute=0, second=0),
        "daily": day,
        "weekly": day.isocalendar()[:2],
        "monthly": (day.year, day.month),
        "total": None,
    }[period]
