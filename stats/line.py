"""The farm's line of runs: one aggregation at a time, pages read meanwhile, equal runs once.

Everybody who asks for a run that is under way gets that run's answer; what was answered is kept
for minutes in a cache bounded by rows. A run too large for the service is halved until it fits.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from cachetools import TTLCache

from stats import aggregation, plan, wire
from stats.aggregation import Stage
from stats.client import Client
from stats.clock import Clock, Patience
from stats.errors import AggregationFailed, AggregationTimedOut, ResultsExpired
from stats.model import FarmId, RunRecord
from stats.plan import Run

_MOST_RESTARTS = 2
_WORKERS_A_FARM = 4


@dataclass(frozen=True)
class Fetched:
    """A run's rows (`wire.frame`), when they were fetched, and what became of the run."""

    rows: pd.DataFrame
    fetched_at: datetime
    records: tuple[RunRecord, ...]


@dataclass(eq=False)
class Ticket:
    """A run that was asked for: its answer to come, and what it is doing meanwhile."""

    run: Run
    answer: Future[Fetched]
    stage: Stage = Stage.QUEUED
    pages: int = 0

    def tell(self, stage: Stage, pages: int) -> None:
        self.stage, self.pages = stage, pages


@dataclass
class _Farm:
    """A farm's own workers, and the lock that one aggregation at a time holds."""

    workers: ThreadPoolExecutor
    computing: threading.Lock = field(default_factory=threading.Lock)


class Line:
    """Runs for all farms. Thread-safe; errors arrive through the ticket's future."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        patience: Patience,
        *,
        cache_seconds: float,
        cache_rows: int,
    ) -> None:
        self._client = client
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._farms: dict[FarmId, _Farm] = {}
        self._under_way: dict[Run, Ticket] = {}
        self._kept: TTLCache[Run, Fetched] = TTLCache(
            maxsize=cache_rows,
            ttl=cache_seconds,
            timer=clock.monotonic,
            getsizeof=lambda fetched: len(fetched.rows) + 1,
        )

    def ask(self, run: Run, not_before: datetime | None = None) -> Ticket:
        """A ticket for the run; an answer kept from before `not_before` does not count."""
        with self._lock:
            kept = self._kept.get(run)
            if kept is not None and (not_before is None or kept.fetched_at >= not_before):
                return _answered(run, kept)
            if run in self._under_way:
                return self._under_way[run]
            ticket = Ticket(run, Future())
            self._under_way[run] = ticket
            farm = self._farm(run.farm_id)
        farm.workers.submit(self._serve, ticket, farm)
        return ticket

    def close(self) -> None:
        """Lets go of the workers; runs that have not begun are not started any more."""
        with self._lock:
            farms = list(self._farms.values())
        for farm in farms:
            farm.workers.shutdown(wait=False, cancel_futures=True)

    def _farm(self, farm_id: FarmId) -> _Farm:
        if farm_id not in self._farms:
            workers = ThreadPoolExecutor(_WORKERS_A_FARM, thread_name_prefix=farm_id[:12])
            self._farms[farm_id] = _Farm(workers)
        return self._farms[farm_id]

    def _serve(self, ticket: Ticket, farm: _Farm) -> None:
        try:
            fetched = self._fetched(ticket.run, farm, ticket)
        except BaseException as error:  # noqa: BLE001 - whoever holds the ticket raises it
            with self._lock:
                del self._under_way[ticket.run]
            ticket.answer.set_exception(error)
            return
        with self._lock:
            del self._under_way[ticket.run]
            if len(fetched.rows) < self._kept.maxsize:
                self._kept[ticket.run] = fetched
        ticket.answer.set_result(fetched)

    def _fetched(self, run: Run, farm: _Farm, ticket: Ticket) -> Fetched:
        for starts in range(1, _MOST_RESTARTS + 2):
            asked_at = self._clock.now()
            try:
                finished, pages = self._attempt(run, farm, ticket)
            except (AggregationFailed, AggregationTimedOut) as too_large:
                smaller = plan.halves(run)
                if not smaller:
                    raise
                split = self._record(run, asked_at, 0.0, [], starts, type(too_large).__name__)
                return _joined([self._fetched(half, farm, ticket) for half in smaller], split)
            except ResultsExpired:
                if starts > _MOST_RESTARTS:
                    raise
                continue
            rows = wire.frame([row for page in pages for row in page.rows], run)
            waited = finished.waited_seconds
            record = self._record(run, asked_at, waited, pages, starts, "completed")
            return Fetched(rows, asked_at, (record,))
        raise AssertionError("the last restart either returns or raises")

    def _attempt(
        self, run: Run, farm: _Farm, ticket: Ticket
    ) -> tuple[aggregation.Finished, list[wire.Page]]:
        with farm.computing:
            finished = aggregation.begin(
                self._client, run, self._clock, self._patience, ticket.tell
            )
        return finished, aggregation.read(self._client, run, finished, ticket.tell)

    def _record(
        self,
        run: Run,
        asked_at: datetime,
        waited: float,
        pages: Sequence[wire.Page],
        starts: int,
        fate: str,
    ) -> RunRecord:
        return RunRecord(
            by=run.cut.by,
            resources=len(run.ids),
            window=run.window,
            hourly=run.cut.hourly,
            started_at=asked_at,
            finished_at=self._clock.now(),
            waited_seconds=waited,
            pages=len(pages),
            rows=sum(len(page.rows) for page in pages),
            starts=starts,
            fate=fate,
        )


def _answered(run: Run, kept: Fetched) -> Ticket:
    answer: Future[Fetched] = Future()
    answer.set_result(kept)
    return Ticket(run, answer, Stage.DONE)


def _joined(parts: Sequence[Fetched], split: RunRecord) -> Fetched:
    records = (split, *(record for part in parts for record in part.records))
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    return Fetched(rows, min(part.fetched_at for part in parts), records)
