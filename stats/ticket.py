"""A run that was asked for: who waits for it, how far it is, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from stats.aggregation import Stage
from stats.clock import Clock
from stats.plan import Run
from stats.record import Fate, RunRecord
from stats.shares import Asker


@dataclass(frozen=True)
class Fetched:
    """A run's rows (`wire.frame`), and what became of the run.

    `fetched_at` is when the service took it, by the wall clock; `read_at` when its last page had
    come, in seconds of the monotonic one. Pieces put together are as old as the oldest.
    """

    rows: pd.DataFrame
    fetched_at: datetime
    read_at: float
    records: tuple[RunRecord, ...]


@dataclass(eq=False)
class Ticket:
    """A run that was asked for: its answer to come, and what it is doing meanwhile.

    An answer kept from before `not_before` does not count, not even for a piece of it. It is of
    all its `askers`; pieces of it are of the same.
    `wanted_by` counts those who wait for it, and `is_shared` says whether a second one ever did.
    `parts` are the pieces it is asked for in, or the finer run that tells it, which it does not
    want where it is to be asked for `alone`. `tried` are Starts that it took in vain. `place` is
    how many runs of others come before it, told to an asker.
    """

    run: Run
    not_before: datetime | None
    clock: Clock
    askers: set[Asker]
    answer: Future[Fetched] = field(default_factory=Future)
    wanted_by: int = 1
    is_shared: bool = False
    begun: bool = False
    parts: tuple[Ticket, ...] = ()
    alone: bool = False
    tried: tuple[RunRecord, ...] = ()
    place: Callable[[Asker], int] = lambda _: 0
    _stage: Stage = Stage.QUEUED
    _pages: int = 0
    _retries: int = 0

    def __post_init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._asked_at, self._since = self.clock.now(), self.clock.monotonic()
        self._spent = dict.fromkeys(Stage, 0.0)
        self._retries = 0

    @property
    def will_come(self) -> bool:
        """Whether it is waited for, or was started at once and so will be answered anyhow."""
        return self.wanted_by > 0 or (self.begun and not self.parts)

    @property
    def stage(self) -> Stage:
        front = self._front
        return front.stage if front else self._stage

    @property
    def _front(self) -> Ticket | None:
        return next((part for part in self.parts if not part.answer.done()), None)

    @property
    def stage_seconds(self) -> float:
        """For how long, in all, it has been doing what it does now."""
        front = self._front
        return front.stage_seconds if front else self._spent_by_now[self._stage]

    @property
    def is_computed(self) -> bool:
        """Whether it holds the farm, or waits for that with nobody before it in our line."""
        return not self.answer.done() and self._stage in (Stage.BUSY, Stage.COMPUTING)

    def behind(self, asker: Asker) -> int:
        """How many runs of others come before what it waits for now, as things stand."""
        front = self._front
        return front.behind(asker) if front else self.place(asker)

    @property
    def pages(self) -> int:
        """Pages read so far."""
        return self._pages + sum(part.pages for part in self.parts)

    def tell(self, stage: Stage, pages: int) -> None:
        """It is doing this now, and has read so many pages."""
        now = self.clock.monotonic()
        self._spent[self._stage] += now - self._since
        self._since, self._stage, self._pages = now, stage, pages

    def tell_retry(self) -> None:
        """One of its calls is made once more."""
        self._retries += 1

    def joined_by(self, not_before: datetime | None) -> bool:
        """Whether one more can wait for it, who takes no answer from before that moment."""
        return self.will_come and self.counts_since(not_before)

    def counts_since(self, not_before: datetime | None) -> bool:
        """Whether its answer, while it is under way, will not be from before that moment.

        One that is still to begin is made to.
        """
        if not_before is None or (self.not_before is not None and self.not_before >= not_before):
            return True
        if self.begun or not all(part.counts_since(not_before) for part in self.parts):
            return False
        self.not_before = not_before
        return True

    def credited(self, fetched: Fetched) -> Fetched:
        """An answer, with the Starts that were taken in vain before it."""
        if not self.tried:
            return fetched
        return replace(fetched, records=(*self.tried, *fetched.records))

    def record(self, fate: Fate, pages: int = 0, rows: int = 0, error: str = "") -> RunRecord:
        """What became of it since it was asked for, or since the last record."""
        self.tell(self._stage, pages)
        record = self._recorded(self._spent, fate, pages, rows, error)
        self._reset()
        return record

    def so_far(self) -> RunRecord:
        """How it stands now."""
        return self._recorded(self._spent_by_now, Fate.UNDER_WAY, self._pages)

    @property
    def _spent_by_now(self) -> dict[Stage, float]:
        spent, stage = dict(self._spent), self._stage
        return spent | {stage: spent[stage] + self.clock.monotonic() - self._since}

    def _recorded(
        self, spent: Mapping[Stage, float], fate: Fate, pages: int, rows: int = 0, error: str = ""
    ) -> RunRecord:
        run = self.run
        return RunRecord(
            by=run.cut.by,
            resource=run.resource,
            resources=len(run.ids),
            window=run.window,
            hourly=run.cut.hourly,
            asked_at=self._asked_at,
            queued_seconds=spent[Stage.QUEUED],
            waited_seconds=spent[Stage.BUSY],
            running_seconds=spent[Stage.COMPUTING],
            reading_seconds=spent[Stage.READING],
            pages=pages,
            rows=rows,
            retries=self._retries,
            fate=fate,
            error=error,
        )


def joined(parts: Sequence[Fetched]) -> Fetched:
    """Pieces as one."""
    return Fetched(
        rows=pd.concat([part.rows for part in parts], ignore_index=True),
        fetched_at=min(part.fetched_at for part in parts),
        read_at=min(part.read_at for part in parts),
        records=tuple(record for part in parts for record in part.records),
    )
