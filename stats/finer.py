"""A coarse run told by a finer one: usage by user, from usage by job and user.

The service may leave out rows that lack one of the keys, so a finer run tells a coarser one only
if it holds all that the total does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from stats import rollup, rounding
from stats.model import Dimension
from stats.plan import DETERMINED_BY, YARDSTICK, Cut, Plan, Run, narrowed
from stats.ticket import Fetched


def finer_runs(run: Run) -> tuple[Run, ...]:
    """The runs by one dimension more that hold a run by one; none for the yardstick itself."""
    if len(run.cut.by) != 1 or run.cut.by == YARDSTICK.by:
        return ()
    (here,) = run.cut.by
    both = (Cut(tuple(sorted((here, d))), run.cut.hourly) for d in Dimension if d is not here)
    return tuple(replace(run, cut=cut) for cut in both)


def is_as_short(finer: Run, run: Run) -> bool:
    """Whether it has hardly more rows: its further dimension is told by the one that both have."""
    (here,) = run.cut.by
    return all(d is here or here in DETERMINED_BY.get(d, ()) for d in finer.cut.by)


def sharing(plans: Sequence[Plan]) -> list[Plan]:
    """Plans of one view, such that one run serves where two would: by job and user for both."""
    return [replace(plan, base=_shared(plan, plans)) for plan in plans]


def _shared(plan: Plan, plans: Sequence[Plan]) -> Cut:
    cut = plan.base
    for other in plans:
        by = tuple(sorted({*cut.by, *other.base.by}))
        one_each = len(cut.by) == len(other.base.by) == 1 and len(by) == 2
        told = one_each and cut.by[0] in DETERMINED_BY.get(other.base.by[0], ())
        if told and other.base != YARDSTICK and _same_usage(plan, other):
            return Cut(by, cut.hourly)
    return cut


def _same_usage(one: Plan, other: Plan) -> bool:
    """Whether their base cuts are of the same usage, by the same hours or days."""

    def usage(plan: Plan) -> object:
        asks = plan.asks
        ids = narrowed(asks)
        where = asks.farm_id, asks.scope.dimension, ids, asks.window, asks.timezone
        return where, plan.base.hourly, plan.each

    return usage(one) == usage(other)


def holds(fetched: Fetched, total: Fetched) -> bool:
    """Whether a run's rows add up to the same as the yardstick's."""
    rows, whole = fetched.rows, total.rows
    cost = float(whole["cost_usd_sum"].sum())
    same_cost = abs(cost - float(rows["cost_usd_sum"].sum())) < rounding.slack(cost)
    return same_cost and int(rows["count"].sum()) == int(whole["count"].sum())


def coarser(fetched: Fetched, run: Run) -> Fetched:
    """A finer run's answer as that of a coarser one."""
    return replace(fetched, rows=_by_fewer(fetched.rows, run.cut.by))


def _by_fewer(rows: pd.DataFrame, by: tuple[Dimension, ...]) -> pd.DataFrame:
    """A run's rows as those of a run by fewer dimensions."""
    named = ["job_name"] if Dimension.JOB in by else []  # one that was renamed has several
    keys = ["bucket", *(dimension.column for dimension in by), *named]
    return rollup.composed(rows, keys)[[*keys, *rollup.COMPOSE]]
