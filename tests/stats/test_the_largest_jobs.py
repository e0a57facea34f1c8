"""The largest jobs of an answer in parts, from history and from the service."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from stats import rollup, tally
from stats.model import MISSING, OTHERS, Dimension, FarmId, Period, Question, Scope, Window
from stats.plan import Cut, Plan
from stats.relation import opened
from stats.rollup import Answer, Part
from tests.stats.frames import Row, cut

JOB = Dimension.JOB
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def asked(period: Period, most_jobs: int | None = 1) -> Question:
    scope = Scope(Dimension.QUEUE, ("q",))
    return Question(FarmId("farm"), scope, MARCH, by=(JOB,), period=period, most_jobs=most_jobs)


def told(question: Question, *rows: tuple[int, str, float]) -> Answer:
    """An answer by job of a March's days: the day of the month, the job, and US dollars."""
    some: list[Row] = [(date(2026, 3, day), job, 1, usd) for day, job, usd in rows]
    plan = Plan(replace(question, most_jobs=None), Cut((JOB,)))
    return rollup.answer(plan, cut((JOB,), some), {})


def costs(table: pd.DataFrame) -> list[tuple[date, str, float]]:
    starts = [at.date() for at in table["period_start"]]
    return list(zip(starts, table["job_id"], table["cost_usd_sum"], strict=True))


def test_what_two_parts_tell_alike_of_one_period_counts_twice() -> None:
    about = asked(Period.MONTHLY)
    rows = (("a", 5.0), ("b", 2.0), ("c", 1.0), (MISSING, 4.0))
    parts = [told(about, *((day, job, usd) for job, usd in rows)) for day in (2, 9)]
    table, jobs = tally.largest(parts, about)
    first = MARCH.start.date()
    assert costs(table) == [(first, "a", 10.0), (first, MISSING, 8.0), (first, OTHERS, 6.0)]
    assert list(table["job_name"]) == ["name of a", "", ""]
    assert (jobs.many, jobs.by_period) == (3, {MARCH.start: 3})


def test_jobs_of_each_day_are_counted_whichever_part_comes_first() -> None:
    """Job a is of the 2nd to the 9th, b of the 3rd to the 16th, and c of the 9th."""
    about = asked(Period.DAILY)
    early = told(about, (2, "a", 5.0), (3, "a", 5.0), (3, "b", 1.0))
    late = told(about, (9, "a", 5.0), (9, "b", 1.0), (9, "c", 1.0), (16, "b", 1.0))
    for parts in ([early, late], [late, early]):
        _, jobs = tally.largest(parts, about)
        assert jobs.many == 3
        assert {at.day: many for at, many in jobs.by_period.items()} == {2: 1, 3: 2, 9: 3, 16: 1}


def test_of_jobs_of_one_cost_the_same_ones_are_listed_each_time() -> None:
    about = asked(Period.TOTAL, 2)
    jobs = [f"job-{n}" for n in range(9)]
    for some in (jobs, jobs[::-1]):
        table, _ = tally.largest([told(about, *((2, job, 1.0) for job in some))], about)
        assert set(table["job_id"]) == {"job-0", "job-1", OTHERS}


@pytest.mark.parametrize("is_narrow", [False, True])
def test_nothing_is_left_out_of_more_rows_than_are_put_by(*, is_narrow: bool) -> None:
    many = 500_003
    edges = pd.DataFrame({"period_start": [MARCH.start], "period_end": [MARCH.end]})
    at = int(MARCH.start.timestamp()) * 1_000_000
    units = ", ".join(
        f"1.0 AS {unit}_{edge}"
        for unit in ("cost_usd", "runtime_seconds")
        for edge in ("sum", "min", "max")
    )
    sql = (
        f"SELECT {at} AS period, 'j' || n % 2 AS job_id, 0 AS named_at, '' AS job_name, "
        f"1 AS count, {units} FROM range({many}) AS numbers(n)"
    )
    part = Part(opened(), sql, edges.astype("datetime64[us, UTC]"), (), 0.0, 0, is_narrow)
    table, jobs = tally.largest([part], asked(Period.TOTAL))
    part.close()
    assert jobs.many == 2
    assert (table["cost_usd_sum"].sum(), table["count"].sum()) == (many, many)
