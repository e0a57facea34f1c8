"""Asking the engine over HTTP, against a simulated service whose clock the test holds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulator import Simulator, SimulatorSettings, World
from stats.clock import Clock
from stats.connect import connect
from stats.model import Dimension, FarmId, Filter, Period, Question, Report, Scope, Window
from stats.report import Reporter
from stats.settings import OFF, Settings
from tests.stats.bucket import PATIENT
from tests.stats.conftest import SharedEndpoint

START = "StartSessionsStatisticsAggregation"
_TURNS = Path(os.environ["FARM_COSTS_LOCK_FOLDER"])


@dataclass
class HeldClock:
    """A wall clock that goes only when told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)


@dataclass(frozen=True)
class Asker:
    """A reporter, the service that it asks, and the clocks of both."""

    reporter: Reporter
    simulator: Simulator
    clock: HeldClock
    service_clock: HeldClock
    another: Callable[..., Reporter]
    """Makes one more, as another process would: they share what is on disk, and the service.

    What it is given are settings of its own, and `of_s3`: how long that is waited for.
    """

    def report(self, question: Question, **more: Any) -> Report:
        """The engine's answer."""
        return self.reporter.ask(question, **more)

    def starts(self) -> list[dict[str, Any]]:
        """What the service was asked to start, in order."""
        return [dict(r.parameters) for r in self.simulator.requests if r.operation == START]

    def called(self, operation: str) -> int:
        """How often an operation was called."""
        return sum(r.operation == operation for r in self.simulator.requests)


@contextmanager
def asking(
    world: World,
    now: datetime | None = None,
    service: SimulatorSettings | None = None,
    *,
    hurry: float = 50.0,
    **settings: Any,
) -> Iterator[Asker]:
    """An asker of its own for a world; `settings` are the deployment's, whatever is set here.

    Waiting is shorter by the factor `hurry`, and moves the service's clock by as much as was to be
    waited.
    """
    clock, service_clock = HeldClock(now or world.now), HeldClock(now or world.now)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        service_clock.advance(seconds=seconds)
        time.sleep(seconds / hurry)

    def monotonic() -> float:
        return time.monotonic() + sum(slept)

    ours = Clock(now=clock, monotonic=monotonic, sleep=sleep)
    with Simulator(world, service, clock=service_clock) as simulator, ExitStack() as ending:
        endpoint = SharedEndpoint(simulator.url, ("simulated", "simulated"))
        usual = {"lock_folder": _TURNS, "history": OFF} | settings

        def another(**own: Any) -> Reporter:
            of_s3 = own.pop("of_s3", PATIENT)
            deployment = Settings.model_construct(**usual | own)
            reporter = connect(deployment, endpoint, ours, of_s3)
            ending.callback(reporter.close)
            return reporter

        yield Asker(another(), simulator, clock, service_clock, another)


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns as soon as it holds; fails if it does not within two minutes."""
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end, "it never holds"
        time.sleep(0.01)


def question(
    world: World,
    window: tuple[datetime, datetime],
    *by: str,
    scope: str = "queue",
    ids: tuple[str, ...] = (),
    where: dict[str, set[str]] | None = None,
    period: str = "total",
    timezone: str = "UTC",
    job_name_contains: str = "",
) -> Question:
    """A question about a world's first farm; about all its queues or fleets without `ids`."""
    farm_id = world.farms[0].farm_id
    return Question(
        farm_id=FarmId(farm_id),
        scope=Scope(Dimension(scope), ids or _all(world, farm_id, scope)),
        window=Window(*window),
        timezone=timezone,
        by=tuple(Dimension(word) for word in by),
        where=tuple(Filter(Dimension(d), frozenset(v)) for d, v in (where or {}).items()),
        job_name_contains=job_name_contains,
        period=Period(period),
    )


def _all(world: World, farm_id: str, scope: str) -> tuple[str, ...]:
    if scope == "queue":
        return tuple(queue.queue_id for queue in world.queues if queue.farm_id == farm_id)
    return tuple(fleet.fleet_id for fleet in world.fleets if fleet.farm_id == farm_id)
