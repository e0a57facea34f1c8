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
from pathlib import Path

import pandas as pd
from cachetools import TTLCache

from stats import aggregation, plan, wire
from stats.aggregation import Stage
from stats.client import Client
from stats.clock import Clock, Patience
from stats.errors import (
    AggregationFailed,
    AggregationTimedOut,
    Closed,
    ResultsExpired,
)
from stats.model import FarmId, RunRecord
from stats.plan import Run
from stats.turn import Turn

_MOST_RESTARTS = 2
_WORKERS_A_FARM = 4
_MOST_TOO_LARGE = 10_000


@dataclass(frozen=True)
class Fetched:
    """A run's rows (`wire.frame`), when they were fetched, and what became of the run."""

    rows: pd.DataFrame
    fetched_at: datetime
    records: tuple[RunRecord, ...]


@dataclass(eq=False)
class Ticket:
    """A run that was asked for: its answer to come, and what it is doing meanwhile.

    An answer kept from before `not_before` does not count, not even for a piece of it.
    """

    run: Run
    answer: Future[Fetched] = field(default_factory=Future)
    not_before: datetime | None = None
    begun: bool = False
    stage: Stage = Stage.QUEUED
    pages: int = 0

    def tell(self, stage: Stage, pages: int) -> None:
        self.stage, self.pages = stage, pages


@dataclass
class _Farm:
    """A farm's own workers, and the turn that one aggregation at a time has."""

    workers: ThreadPoolExecutor
    turn: Turn


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
        turns: Path,
    ) -> None:
        self._client = client
        self._turns = turns
        self._clock = clock
        self._patience = patience
        self._lock = threading.Lock()
        self._closed = False
        self._farms: dict[FarmId, _Farm] = {}
        self._under_way: dict[Run, Ticket] = {}
        self._waited_for: set[Ticket] = set()
        self._kept: TTLCache[Run, Fetched] = TTLCache(
            maxsize=cache_rows,
            ttl=cache_seconds,
            timer=clock.monotonic,
            getsizeof=lambda fetched: len(fetched.rows) + 1,
        )
        self._too_large: TTLCache[Run, bool] = TTLCache(
            maxsize=_MOST_TOO_LARGE, ttl=cache_seconds, timer=clock.monotonic
        )

    def ask(self, run: Run, not_before: datetime | None = None) -> Ticket:
        """A ticket for the run; an answer kept from before `not_before` does not count."""
        ticket = Ticket(run, not_before=not_before)
        with self._lock:
            if self._closed:
                ticket.answer.set_exception(_closed())
                return ticket
            kept = self._recent(run, not_before)
            if kept is not None:
                ticket.stage = Stage.DONE
                ticket.answer.set_result(kept)
                return ticket
            shared = self._under_way.get(run)
            if shared is not None and _counts(shared, not_before):
                return shared
            self._under_way[run] = ticket
            self._waited_for.add(ticket)
            farm = self._farm(run.farm_id)
            farm.workers.submit(self._serve, ticket, farm)
        return ticket

    def close(self) -> None:
        """Starts nothing any more; whoever still waits gets `Closed`."""
        with self._lock:
            self._closed = True
            waiting = list(self._waited_for)
            self._waited_for.clear()
            farms = list(self._farms.values())
        for ticket in waiting:
            ticket.answer.set_exception(_closed())
        for farm in farms:
            farm.workers.shutdown(wait=False, cancel_futures=True)

    def _recent(self, run: Run, not_before: datetime | None) -> Fetched | None:
        kept = self._kept.get(run)
        late = kept is not None and not_before is not None and kept.fetched_at < not_before
        return None if late else kept

    def _farm(self, farm_id: FarmId) -> _Farm:
        if farm_id not in self._farms:
            workers = ThreadPoolExecutor(_WORKERS_A_FARM, thread_name_prefix=farm_id[:12])
            name = f"{self._client.address} {farm_id}"
            turn = Turn(self._turns, name, self._clock, self._patience)
            self._farms[farm_id] = _Farm(workers, turn)
        return self._farms[farm_id]

    def _serve(self, ticket: Ticket, farm: _Farm) -> None:
        with self._lock:
            ticket.begun = True
        try:
            fetched = self._fetched(ticket.run, farm, ticket)
        except BaseException as error:  # noqa: BLE001 - whoever holds the ticket raises it
            if self._still_wanted(ticket):
                ticket.answer.set_exception(error)
            return
        if self._still_wanted(ticket):
            ticket.answer.set_result(fetched)

    def _still_wanted(self, ticket: Ticket) -> bool:
        """Takes the ticket off the list; False where `close` has answered it already."""
        with self._lock:
            if self._under_way.get(ticket.run) is ticket:
                del self._under_way[ticket.run]
            wanted = ticket in self._waited_for
            self._waited_for.discard(ticket)
        return wanted

    def _fetched(self, run: Run, farm: _Farm, ticket: Ticket) -> Fetched:
        """A run's answer, kept; in halves where the service can't do it at once."""
        with self._lock:
            kept, too_large = self._recent(run, ticket.not_before), run in self._too_large
        if kept is not None:
            return kept
        asked_at = self._clock.now()
        if too_large:
            fetched = _joined(self._halves(run, farm, ticket))
        else:
            fetched = self._whole(run, farm, ticket, asked_at)
        with self._lock:
            if len(fetched.rows) < self._kept.maxsize and not self._recent(run, fetched.fetched_at):
                self._kept[run] = fetched
        return fetched

    def _whole(self, run: Run, farm: _Farm, ticket: Ticket, asked_at: datetime) -> Fetched:
        """The run asked for at once; in halves where that proves too much, and from then on."""
        try:
            return self._at_once(run, farm, ticket, asked_at)
        except (AggregationFailed, AggregationTimedOut) as too_large:
            if not plan.halves(run):
                raise
            timed_out = isinstance(too_large, AggregationTimedOut)
        fate = "timed out, split" if timed_out else "failed, split"
        split = self._record(run, asked_at, 0.0, [], 1, fate)
        with self._lock:
            self._too_large[run] = True
        return _joined(self._halves(run, farm, ticket), split)

    def _halves(self, run: Run, farm: _Farm, ticket: Ticket) -> list[Fetched]:
        return [self._fetched(half, farm, ticket) for half in plan.halves(run)]

    def _at_once(self, run: Run, farm: _Farm, ticket: Ticket, asked_at: datetime) -> Fetched:
        for starts in range(1, _MOST_RESTARTS + 2):
            try:
                finished, pages = self._attempt(run, farm, ticket)
            except ResultsExpired:
                if starts > _MOST_RESTARTS:
                    raise
                continue
            rows = wire.frame([row for page in pages for row in page.rows], run)
            waited = finished.waited_seconds
            record = self._record(run, asked_at, waited, pages, starts, "completed")
            return Fetched(rows, finished.taken_at, (record,))
        raise AssertionError("the last restart either returns or raises")

    def _attempt(
        self, run: Run, farm: _Farm, ticket: Ticket
    ) -> tuple[aggregation.Finished, list[wire.Page]]:
        with farm.turn.held(lambda: ticket.tell(Stage.BUSY, 0)):
            if self._closed:
                raise _closed()
            finished = aggregation.begin(
                self._client, run, farm.turn, self._clock, self._patience, ticket.tell
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
            resource=run.resource,
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


def _counts(ticket: Ticket, not_before: datetime | None) -> bool:
    """Whether a ticket under way will bring an answer that is not from before that moment.

    One that is still to begin is made to.
    """
    if not_before is None or (ticket.not_before is not None and ticket.not_before >= not_before):
        return True
    if ticket.begun:
        return False
    ticket.not_before = not_before
    return True


def _closed() -> Closed:
    return Closed("The server is shutting down and asks nothing any more.", "Try again soon.")


def _joined(parts: Sequence[Fetched], *before: RunRecord) -> Fetched:
    """Pieces as one, with the records of what was tried before them."""
    records = (*before, *(record for part in parts for record in part.records))
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    return Fetched(rows, min(part.fetched_at for part in parts), records)
