"""What a report of the largest jobs must hold of the report of all."""

from __future__ import annotations

import pandas as pd
import pytest

from stats.model import COMPUTE, MISSING, OTHERS, Report
from stats.rollup import COMPOSE, composed


def holds_the_largest(largest: Report, every: Report) -> None:
    """Asserts it, row by row."""
    most, rows = largest.question.most_jobs or 0, every.table
    jobs = set(rows["job_id"]) - {MISSING}
    kept = set(largest.table["job_id"]) - {MISSING, OTHERS}
    assert largest.jobs is not None
    assert largest.jobs.many == len(jobs)
    per_period = rows[rows["job_id"] != MISSING].groupby("period_start")["job_id"].nunique()
    counted = {at: many for at, many in largest.jobs.by_period.items() if many}
    assert counted == {at.to_pydatetime(): many for at, many in per_period.items()}
    assert min(most, len(jobs)) <= len(kept) <= 2 * most or kept == jobs
    for measure in (_cost(rows), _runtime(rows)) if most else ():
        inside = sorted((measure.get(job, 0.0) for job in kept), reverse=True)[:most]
        outside = [measure.get(job, 0.0) for job in jobs - kept]
        assert max(outside, default=0.0) <= min(inside, default=0.0) + 1e-6
    _same_rows(largest.table, _folded(every, kept))
    assert largest.total_count == every.total_count
    assert largest.total_cost_usd.sum == pytest.approx(every.total_cost_usd.sum)
    assert largest.unattributed_count == every.unattributed_count


def _cost(rows: pd.DataFrame) -> pd.Series:
    return rows.groupby("job_id")["cost_usd_sum"].sum()


def _runtime(rows: pd.DataFrame) -> pd.Series:
    timed = rows[rows["usage_type"] == COMPUTE] if "usage_type" in rows else rows
    return timed.groupby("job_id")["runtime_seconds_sum"].sum()


def _folded(every: Report, kept: set[str]) -> pd.DataFrame:
    """The rows of the report of all, with those that are not kept as one."""
    rows = every.table
    listed = rows["job_id"].isin([*kept, MISSING])
    rows = rows.assign(
        job_id=rows["job_id"].where(listed, OTHERS), job_name=rows["job_name"].where(listed, "")
    )
    return composed(rows, _keys(every))


def _keys(report: Report) -> list[str]:
    edges = ["period_start", "period_end"]
    return [*edges, *(d.column for d in report.question.by), "job_name"]


def _same_rows(left: pd.DataFrame, right: pd.DataFrame) -> None:
    keys = [c for c in right if c not in COMPOSE and not c.endswith("_avg")]
    both = [one.set_index(keys).sort_index()[list(COMPOSE)] for one in (left, right)]
    pd.testing.assert_frame_equal(*both, check_dtype=False, rtol=1e-9)
