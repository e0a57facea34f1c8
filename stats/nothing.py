"""The report of what can't hold any usage, or of what nobody can tell."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from stats import rollup
from stats.model import Basis, Jobs, Question, Report
from stats.remark import Remark


def report(
    question: Question,
    as_of: datetime,
    preliminary_from: datetime | None,
    basis: Basis,
    remarks: tuple[Remark, ...],
) -> Report:
    """A report without rows."""
    return Report(
        question=question,
        table=rollup.empty(question.by),
        total_cost_usd=rollup.spread(pd.DataFrame(), "cost_usd"),
        total_count=0,
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=as_of,
        preliminary_from=preliminary_from,
        basis=basis,
        runs=(),
        remarks=remarks,
        jobs=None if question.most_jobs is None else Jobs(0, {}),
    )
