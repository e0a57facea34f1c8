"""The largest jobs of an answer, the others as one row, and how many there are.

A year of a large farm has millions of jobs: nobody reads them all, and a page could not hold them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
from duckdb import DuckDBPyConnection

from stats import periods, rollup
from stats.join import ADDED_UP
from stats.model import COMPUTE, OTHERS, Dimension, Jobs, Question
from stats.relation import cursor, quoted, take
from stats.rollup import Answer, Part
from stats.wire import MEASURES


def largest(parts: Sequence[Answer | Part], question: Question) -> tuple[pd.DataFrame, Jobs]:
    """A report's table with the question's `most_jobs` largest, and how many there are in all.

    Those are the dearest and those of the most run time, as many of either. Of several parts at
    most one is a Part: it is added up on its own connection.
    """
    with _connection(parts) as con:
        _gather(con, parts, question)
        many = _count(con, question)
        by_period = _count_by_period(con, many)
        if many > (question.most_jobs or 0):
            table = _added_up(con, question, *_of_the_largest(con, question))
        else:
            table = _added_up(con, question, "", "job_id")
    edges = pd.concat([_edges(part) for part in parts]).drop_duplicates(ignore_index=True)
    starts = edges["period_start"].to_list()
    numbers = periods.numbers(edges)
    jobs = Jobs(many, {at: by_period.get(n, 0) for n, at in zip(numbers, starts, strict=True)})
    table = rollup.finished(rollup.dated(table, edges), question, is_split=False)
    return table, jobs


@contextmanager
def _connection(parts: Sequence[Answer | Part]) -> Iterator[DuckDBPyConnection]:
    found = [part.con for part in parts if isinstance(part, Part)]
    if found:
        yield found[0]
        return
    with cursor() as con:
        yield con


def _edges(part: Answer | Part) -> pd.DataFrame:
    whole = part.edges if isinstance(part, Part) else part.table
    return whole[["period_start", "period_end"]].drop_duplicates()


def _gather(con: DuckDBPyConnection, parts: Sequence[Answer | Part], question: Question) -> None:
    """Makes the view `told` of all parts' rows."""
    keys = ["period", *(dimension.column for dimension in question.by), "job_name", *MEASURES]
    sources = []
    for n, part in enumerate(parts):
        if isinstance(part, Part):
            sources.append(f"({part.sql})")
        else:
            numbers = periods.numbers(part.table)
            take(con, f"answer_{n}", part.table.assign(period=numbers)[keys])
            sources.append(f"answer_{n}")
    rows = " UNION ALL ".join(f"SELECT {', '.join(keys)} FROM {source}" for source in sources)
    con.execute(f"CREATE OR REPLACE TEMP VIEW told AS {rows}")


def _count(con: DuckDBPyConnection, question: Question) -> int:
    """How many jobs there are; leaves the table `sums` of them."""
    timed = f"FILTER (usage_type = {quoted(COMPUTE)})"
    timed = timed if Dimension.USAGE_TYPE in question.by else ""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE sums AS SELECT job_id, sum(cost_usd_sum) AS cost, "
        f"sum(runtime_seconds_sum) {timed} AS runtime FROM told WHERE job_id <> '' GROUP BY job_id"
    )
    ((many,),) = con.execute("SELECT count(*) FROM sums").fetchall()
    return int(many)


def _count_by_period(con: DuckDBPyConnection, many: int) -> dict[int, int]:
    ((first, last),) = con.execute("SELECT min(period), max(period) FROM told").fetchall()
    if first == last:
        return {first: many}
    sql = "SELECT period, count(DISTINCT job_id) FROM told WHERE job_id <> '' GROUP BY period"
    return dict(con.execute(sql).fetchall())


def _of_the_largest(con: DuckDBPyConnection, question: Question) -> tuple[str, str]:
    """A join with the largest, and what stands for a job's id then."""
    most = question.most_jobs
    con.execute(
        "CREATE OR REPLACE TEMP TABLE kept AS SELECT job_id AS kept FROM "
        f"(FROM sums ORDER BY cost DESC, job_id LIMIT {most}) UNION SELECT job_id FROM "
        f"(FROM sums ORDER BY runtime DESC NULLS LAST, job_id LIMIT {most})"
    )
    others = f"CASE WHEN kept IS NULL AND job_id <> '' THEN {quoted(OTHERS)} ELSE job_id END"
    return "LEFT JOIN kept ON kept = job_id", others


def _added_up(con: DuckDBPyConnection, question: Question, join: str, job: str) -> pd.DataFrame:
    columns = ["period", *(d.column for d in question.by if d is not Dimension.JOB)]
    keys = ", ".join(columns)
    name = f"CASE WHEN any_value({job}) = {quoted(OTHERS)} THEN '' ELSE max(job_name) END"
    return con.execute(
        f"SELECT {keys}, {job} AS job_id, {name} AS job_name, {ADDED_UP} "
        f"FROM told {join} GROUP BY {keys}, {job}"
    ).df()
