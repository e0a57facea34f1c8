"""Three breakdowns of one window, user, job and instance type: naive scripts beside Farm Costs.

Every way is checked to give the same money.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import boto3
from botocore.config import Config

from benchmarks import naive
from benchmarks.farm import FARM, NOW, QUEUES, RECORDS_A_JOB
from benchmarks.service import (
    KEYS,
    PAGE_SECONDS,
    RUNNING_SECONDS,
    RUNNING_SECONDS_PER_THOUSAND,
    Asked,
    Service,
)
from stats.client import Endpoint
from stats.connect import connect
from stats.model import Dimension, FarmId, Period, Question, Scope, Window
from stats.settings import Settings

BREAKDOWNS = (Dimension.USER, Dimension.JOB, Dimension.INSTANCE_TYPE)
_WIRE = {d: d.column.upper() for d in BREAKDOWNS}
_MOST_QUEUES = 10

Costs = dict[str, float]


@dataclass(frozen=True)
class Measured:
    """One way of asking, on one farm and window: seconds of wall time, and what it asked.

    `bound_seconds` are its own running times one after another, and the pages of a run of the usual
    length. `least_seconds` is what the service computes for the fewest runs there could be: three
    cuts, of which one is the total that the others are held against.
    """

    way: str
    jobs_a_day: int
    days: int
    seconds: float
    bound_seconds: float
    least_seconds: float
    asked: Asked

    @classmethod
    def of(cls, way: str, jobs_a_day: int, days: int, seconds: float, asked: Asked) -> Measured:
        last_pages = PAGE_SECONDS * asked.pages / asked.starts
        thousands = jobs_a_day * days * RECORDS_A_JOB / 1_000
        cut = len(_tens()) * RUNNING_SECONDS + thousands * RUNNING_SECONDS_PER_THOUSAND
        bound = asked.running_seconds + last_pages
        return cls(way, jobs_a_day, days, seconds, bound, 3 * cut, asked)


def measured(service: Service, jobs_a_day: int, days: int) -> Iterator[Measured]:
    """Each way in turn; raises AssertionError where two differ in what anything cost."""
    ways: dict[str, Callable[[], dict[Dimension, Costs]]] = {
        "Farm Costs": lambda: _ours(service, days),
        "naive, ten queues at a time": lambda: _naively(service, days, _tens()),
        "naive, queue by queue": lambda: _naively(service, days, [(q,) for q in QUEUES]),
    }
    right: dict[Dimension, Costs] = {}
    for way, ask in ways.items():
        service.asked()
        begun = time.monotonic()
        costs = ask()
        seconds = time.monotonic() - begun
        right = right or costs
        _same(costs, right)
        yield Measured.of(way, jobs_a_day, days, seconds, service.asked())


def questions(days: int) -> dict[Dimension, Question]:
    """The three breakdowns of a window that ends now, by days."""
    window, scope = Window(NOW - timedelta(days=days), NOW), Scope(Dimension.QUEUE, QUEUES)
    return {
        one: Question(FarmId(FARM), scope, window, by=(one,), period=Period.DAILY)
        for one in BREAKDOWNS
    }


def _ours(service: Service, days: int) -> dict[Dimension, Costs]:
    """As a page does: all three in line at once, and then waited for."""
    reporter = connect(Settings(), Endpoint(service.url, KEYS))
    asked = questions(days)
    try:
        with reporter.prepared(asked.values()):
            tables = {one: reporter.ask(question).table for one, question in asked.items()}
    finally:
        reporter.close()
    return {
        one: {str(k): float(v) for k, v in table.groupby(one.column)["cost_usd_sum"].sum().items()}
        for one, table in tables.items()
    }


def _naively(
    service: Service, days: int, groups: Sequence[Sequence[str]]
) -> dict[Dimension, Costs]:
    key, secret = KEYS
    client = boto3.client(
        "deadline",
        endpoint_url=service.url,
        region_name="us-west-2",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(inject_host_prefix=False),
    )
    found: dict[Dimension, Costs] = {}
    for one in BREAKDOWNS:
        costs: Costs = {}
        for queues in groups:
            start = NOW - timedelta(days=days)
            part = naive.breakdown(client, FARM, queues, _WIRE[one], start, NOW)
            costs = {k: costs.get(k, 0.0) + part.get(k, 0.0) for k in {*costs, *part}}
        found[one] = costs
    return found


def _tens() -> list[tuple[str, ...]]:
    return [QUEUES[at : at + _MOST_QUEUES] for at in range(0, len(QUEUES), _MOST_QUEUES)]


def _same(costs: dict[Dimension, Costs], right: dict[Dimension, Costs]) -> None:
    for one in BREAKDOWNS:
        if costs[one].keys() != right[one].keys():
            raise AssertionError(f"not the same {one}s")
        for key, cost in right[one].items():
            if not math.isclose(costs[one][key], cost, rel_tol=1e-9):
                raise AssertionError(f"{one} {key}: {costs[one][key]} is not {cost}")
