"""The simulated service in a process of its own, so that it takes no time of who is measured."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

from benchmarks.farm import farm_world
from simulator import Simulator, SimulatorSettings
from simulator.faults import GET, START

RUNNING_SECONDS = 1.5
RUNNING_SECONDS_PER_THOUSAND = 0.05
PAGE_SECONDS = 0.08
LATENCIES = SimulatorSettings(
    running_base_seconds=RUNNING_SECONDS,
    running_seconds_per_thousand=RUNNING_SECONDS_PER_THOUSAND,
    page_seconds=PAGE_SECONDS,
)
KEYS = ("simulated", "simulated")


@dataclass(frozen=True)
class Asked:
    """What a measurement asked of the service, and how long its aggregations ran, added up.

    `pages` had rows, or could have had; `polls` were answered with IN_PROGRESS. `distinct` Starts
    were about different things.
    """

    starts: int
    distinct: int
    polls: int
    pages: int
    running_seconds: float


@dataclass(frozen=True)
class Service:
    """Where it is, and what has been asked of it."""

    url: str
    _pipe: Connection

    def asked(self) -> Asked:
        """What was asked since this was called last."""
        self._pipe.send("asked")
        asked: Asked = self._pipe.recv()
        return asked


@contextmanager
def service(jobs_a_day: int, days: int, page_seconds: float = PAGE_SECONDS) -> Iterator[Service]:
    """A farm's service, at the latencies that all measurements of time share."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(there, jobs_a_day, days, page_seconds), daemon=True
    )
    process.start()
    try:
        yield Service(here.recv(), here)
    finally:
        here.send("end")
        process.join()


def _serve(pipe: Connection, jobs_a_day: int, days: int, page_seconds: float) -> None:
    settings = replace(LATENCIES, page_seconds=page_seconds)
    with Simulator(farm_world(jobs_a_day, days), settings) as simulator:
        pipe.send(simulator.url)
        seen, ran = 0, 0.0
        while pipe.recv() == "asked":
            requests, running = simulator.requests, simulator.running_seconds
            new = requests[seen:]
            begun = [repr(one.parameters) for one in new if one.operation == START]
            starts = len(begun)
            looks = sum(one.operation == GET and "nextToken" not in one.parameters for one in new)
            further = sum(one.operation == GET and "nextToken" in one.parameters for one in new)
            pipe.send(
                Asked(starts, len(set(begun)), looks - starts, starts + further, running - ran)
            )
            seen, ran = len(requests), running
