"""The overview's numbers: a window's, each against the window before and period by period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from stats import rounding
from stats.model import COMPUTE, LICENSE, PERSISTENT_VOLUME, Report
from stats.remarks import is_at_least, may_match_more
from ui import format as written
from ui import tables, text
from ui.tiles import Tile


@dataclass(frozen=True)
class Totals:
    """A window's numbers: US dollars, seconds, and a count; jobs None where not known yet."""

    cost: float
    compute: float
    licences: float
    volumes: float
    compute_seconds: float
    jobs: int | None

    @classmethod
    def of(cls, whole: Report, jobs: Report | None) -> Totals:
        return cls(
            tables.cost_of(whole),
            tables.cost_of(whole, COMPUTE),
            tables.cost_of(whole, LICENSE),
            tables.cost_of(whole, PERSISTENT_VOLUME),
            tables.runtime_of(whole, COMPUTE),
            jobs.jobs.many if jobs and jobs.jobs else None,
        )

    @property
    def cost_per_job(self) -> float | None:
        return self.cost / self.jobs if self.jobs else None


JOBS, PER_JOB = "Jobs", "Cost per job"
NOT_ALL_COST = "Not known: not all of the cost is told any more."
NOT_ALL_JOBS = "Not known: the service does not tell all jobs of this window."


def lacks_jobs(jobs: Report) -> bool:
    """Whether jobs may have run that are in no row of theirs; storage volumes are of no job."""
    if is_at_least(jobs) or may_match_more(jobs):
        return True
    volumes = jobs.total_by_usage_type.get(PERSISTENT_VOLUME)
    of_no_job = volumes.cost_usd.sum if volumes else 0.0
    beyond = jobs.unattributed_cost_usd - of_no_job
    return beyond > rounding.slack(jobs.unattributed_cost_usd)


def of_jobs_known(tile: Tile) -> Tile:
    """A tile of how many jobs there are known to be, or of what follows from that."""
    if tile.label == JOBS and tile.value != written.count(0):
        return tile.at_least()
    return Tile(tile.label, "–", NOT_ALL_JOBS)


Of = Callable[[Totals], float | None]
Line = tuple[float, ...]


class Lines:
    """Numbers period by period, of the periods that begin at `starts`."""

    def __init__(self, starts: tuple[datetime, ...], whole: Report, jobs: Report | None) -> None:
        self._starts = starts
        self._rows = whole.table
        is_of_these = jobs and jobs.question.period is whole.question.period
        self._jobs = jobs.jobs.by_period if jobs and jobs.jobs and is_of_these else None

    def cost(self, usage_type: str | None = None) -> Line:
        """US dollars, of one usage type or of all."""
        return self._filled(self._of(usage_type)["cost_usd_sum"])

    def compute_hours(self) -> Line:
        """Compute hours."""
        return self._filled(self._of(COMPUTE)["runtime_seconds_sum"] / 3600)

    def jobs(self) -> Line:
        """How many jobs had usage; nothing where that is told by other periods only."""
        if self._jobs is None:
            return ()
        return tuple(float(self._jobs.get(start, 0)) for start in self._starts)

    def cost_per_job(self) -> Line:
        """US dollars a job; nothing where the jobs are told by other periods only."""
        if self._jobs is None:
            return ()
        both = zip(self.cost(), self.jobs(), strict=True)
        return tuple(cost / jobs if jobs else 0.0 for cost, jobs in both)

    def _of(self, usage_type: str | None) -> pd.DataFrame:
        rows = self._rows
        kept = rows if usage_type is None else rows[rows["usage_type"] == usage_type]
        return kept.groupby("period_start")[["cost_usd_sum", "runtime_seconds_sum"]].sum()

    def _filled(self, numbers: pd.Series) -> Line:
        found = numbers.to_dict()
        return tuple(float(found.get(pd.Timestamp(start), 0.0)) for start in self._starts)


@dataclass(frozen=True)
class Numbers:
    """What tiles are made of; `past` is the window before, where that is known by now."""

    now: Totals
    past: Totals | None
    lines: Lines

    def tiles(self, missing: str) -> tuple[Tile | None, ...]:
        """As far as they are known; `missing` stands where jobs would, nothing where it is empty.

        Volumes that there were only before come last, since they may be known last.
        """
        volumes = (self._volumes(),) if self.now.volumes else ()
        late = (self._volumes(),) if not volumes and self.past and self.past.volumes else ()
        cost, line = self._money, self.lines.cost
        return (
            cost("Total cost", lambda t: t.cost, "cost", line()),
            cost("Compute", lambda t: t.compute, "compute", line(COMPUTE)),
            cost("Licences", lambda t: t.licences, "licences", line(LICENSE)),
            *volumes,
            self._hours(),
            *self._of_jobs(missing),
            *late,
        )

    def _volumes(self) -> Tile:
        line = self.lines.cost(PERSISTENT_VOLUME)
        return self._money("Volumes", lambda t: t.volumes, "volumes", line)

    def _hours(self) -> Tile:
        seconds, line = self.now.compute_seconds, self.lines.compute_hours()
        note = f"{text.HELP['compute_hours']} {written.hours_exact(seconds)}"
        tile = Tile("Compute hours", written.hours(seconds), note, line=line)
        return self._against(tile, lambda t: t.compute_seconds, "runtime_seconds")

    def _of_jobs(self, missing: str) -> tuple[Tile | None, Tile | None]:
        jobs, line = self.now.jobs, self.lines.jobs()
        if jobs is None:
            return (Tile(JOBS, missing), Tile(PER_JOB, missing)) if missing else (None, None)
        many = Tile(JOBS, written.count(jobs), text.HELP["jobs"], line=line)
        each, of_each = self.lines.cost_per_job(), lambda t: t.cost_per_job
        cost = self._money(PER_JOB, of_each, "cost_per_job", each) if jobs else None
        return self._against(many, lambda t: t.jobs), cost

    def _money(self, label: str, of: Of, about: str, line: Line) -> Tile:
        cost = of(self.now) or 0.0
        note = f"{text.HELP[about]} {written.usd_exact(cost)}"
        return self._against(Tile(label, written.usd(cost), note, line=line), of, "cost_usd")

    def _against(self, tile: Tile, of: Of, column: str = "") -> Tile:
        return tile.against(of(self.now), of(self.past) if self.past else None, column)
