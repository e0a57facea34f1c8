"""A run that was asked for: who waits for it, how far it is, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from stats import wire
from stats.aggregation import Stage
from stats.model import RunRecord
from stats.plan import Run


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
    `wanted_by` counts those who wait for it; `parts` are the pieces it is asked for in, or the
    finer run that tells it, which it does not want where it is to be asked for `alone`.
    """

    run: Run
    not_before: datetime | None = None
    answer: Future[Fetched] = field(default_factory=Future)
    wanted_by: int = 1
    asked_at: datetime | None = None
    starts: int = 0
    parts: tuple[Ticket, ...] = ()
    alone: bool = False
    tried: tuple[RunRecord, ...] = ()
    _stage: Stage = Stage.QUEUED
    _pages: int = 0

    @property
    def begun(self) -> bool:
        return self.asked_at is not None

    @property
    def will_come(self) -> bool:
        """Whether it is waited for, or was started at once and so will be answered anyhow."""
        return self.wanted_by > 0 or (self.begun and not self.parts)

    @property
    def stage(self) -> Stage:
        front = next((part for part in self.parts if not part.answer.done()), None)
        return front.stage if front else self._stage

    @property
    def pages(self) -> int:
        """Pages read so far."""
        return self._pages + sum(part.pages for part in self.parts)

    def tell(self, stage: Stage, pages: int) -> None:
        self._stage, self._pages = stage, pages

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

    def record(
        self, now: datetime, waited: float, pages: Sequence[wire.Page], fate: str
    ) -> RunRecord:
        """What became of the run, by now."""
        run = self.run
        return RunRecord(
            by=run.cut.by,
            resource=run.resource,
            resources=len(run.ids),
            window=run.window,
            hourly=run.cut.hourly,
            started_at=self.asked_at or now,
            finished_at=now,
            waited_seconds=waited,
            pages=len(pages),
            rows=sum(len(page.rows) for page in pages),
            starts=self.starts,
            fate=fate,
        )


def joined(parts: Sequence[Fetched], tried: tuple[RunRecord, ...]) -> Fetched:
    """Pieces as one, with the records of what was tried before them."""
    records = (*tried, *(record for part in parts for record in part.records))
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    return Fetched(rows, min(part.fetched_at for part in parts), records)
