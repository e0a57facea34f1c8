"""The largest jobs of an answer, the others as one row, and how many there are.

A year of a large farm has millions of jobs: nobody reads them all, and a page could not hold them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
from duckdb import DuckDBPyConnection

from stats import periods, rollup, search
from stats.join import ADDED_UP
from stats.model import COMPUTE, OTHERS, Dimension, Jobs, Question
from stats.relation import cursor, quoted, take
from stats.rollup import Answer, Part
from stats.wire import MEASURES

_MOST_PUT_BY = 500_000


def largest(parts: Sequence[Answer | Part], question: Question) -> tuple[pd.DataFrame, Jobs]:
    """A report's table with the question's `most_jobs` largest, and how many there are in all.

    Those are the dearest and those of the most run time, as many of either. They are added up on
    the connection of the first Part, if there is one; others' rows are put by there.
    """
    edges = pd.concat([_edges(part) for part in parts]).drop_duplicates(ignore_index=True)
    with _connection(parts) as con:
        _gather(con, parts, question)
        order = sorted(periods.numbers(edges))
        many = _count(con, question, order)
        by_period = _count_by_period(con, order)
        if many > (question.most_jobs or 0):
            table = _added_up(con, question, *_of_the_largest(con, question))
        else:
            table = _added_up(con, question, "", "job_id")
    starts = edges["period_start"].to_list()
    numbers = periods.numbers(edges)
    jobs = Jobs(many, {at: by_period[n] for n, at in zip(numbers, starts, strict=True)})
    table = rollup.finished(rollup.dated(table, edges), question, is_split=False)
    return table.drop(columns="named_at"), jobs


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
    keys = ["period", *(d.column for d in question.by), "named_at", "job_name", *MEASURES]
    sources = []
    for n, part in enumerate(parts):
        if isinstance(part, Part) and part.con is not con:
            sources.append(_put_by(con, part, f"part_{n}", keys))
        elif isinstance(part, Part):
            sources.append(_once(con, part) if part.is_narrow else f"({part.sql})")
        else:
            numbers = periods.numbers(part.table)
            table = part.table.assign(period=numbers, named_at=part.named_at)
            take(con, f"answer_{n}", table.astype({"named_at": "Int64"})[keys])
            sources.append(f"answer_{n}")
    rows = " UNION ALL ".join(f"SELECT {', '.join(keys)} FROM {source}" for source in sources)
    con.execute(f"CREATE OR REPLACE TEMP VIEW told AS {rows}")


def _put_by(con: DuckDBPyConnection, part: Part, name: str, keys: Sequence[str]) -> str:
    """Rows of another connection as a table on this one; on disk, where there are many."""
    rows = part.con.sql(f"SELECT {', '.join(keys)} FROM ({part.sql})").to_arrow_reader()
    con.register(f"{name}_rows", rows)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {name}_rows")
    con.unregister(f"{name}_rows")
    return name


def _once(con: DuckDBPyConnection, part: Part) -> str:
    """Rows that filters have most likely left few of, put by, so that they are not sought again.

    Where they are many after all, they would not fit into memory.
    """
    limited = f"SELECT * FROM ({part.sql}) LIMIT {_MOST_PUT_BY + 1}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE few AS {limited}")
    ((found,),) = con.execute("SELECT count(*) FROM few").fetchall()
    if found <= _MOST_PUT_BY:
        return "few"
    con.execute("DROP TABLE few")
    return f"({part.sql})"


def _count(con: DuckDBPyConnection, question: Question, order: Sequence[int]) -> int:
    """How many jobs there are; leaves the table `sums`, with each job's first and last period.

    Its periods are in order. Where no job is to be listed, none needs its cost and run time.
    """
    timed = f"FILTER (usage_type = {quoted(COMPUTE)})"
    timed = timed if Dimension.USAGE_TYPE in question.by else ""
    sums = f"sum(cost_usd_sum) AS cost, sum(runtime_seconds_sum) {timed} AS runtime"
    ends = "min(period) AS first, max(period) AS last"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE sums AS SELECT job_id, "
        f"{sums if question.most_jobs else '0 AS cost, 0 AS runtime'}, "
        f"{f'{order[0]}::BIGINT AS first, first AS last' if len(order) == 1 else ends} "
        "FROM told WHERE job_id <> '' GROUP BY job_id"
    )
    ((many,),) = con.execute("SELECT count(*) FROM sums").fetchall()
    return int(many)


def _count_by_period(con: DuckDBPyConnection, order: Sequence[int]) -> Counter[int]:
    """How many jobs there are in each of some periods, which are in order.

    Most begin and end within one, or within the next: only for others the rows are looked at again.
    """
    ends = "SELECT first FROM sums UNION ALL SELECT last FROM sums WHERE last <> first"
    found = con.execute(f"SELECT first, count(*) FROM ({ends}) GROUP BY first").fetchall()
    many = Counter(dict(found))
    take(con, "next", pd.DataFrame({"period": order[:-1], "after": order[1:]}, dtype="int64"))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE long AS SELECT job_id, first, last FROM sums "
        "JOIN next ON first = period WHERE last > after"
    )
    if con.execute("FROM long LIMIT 1").fetchall():
        between = "told JOIN long USING (job_id) WHERE period > first AND period < last"
        sql = f"SELECT period, count(DISTINCT job_id) FROM {between} GROUP BY period"
        many.update(dict(con.execute(sql).fetchall()))
    return many


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
    table = con.execute(
        f"SELECT {keys}, {job} AS job_id, {search.LATEST}, {ADDED_UP} "
        f"FROM told {join} GROUP BY {keys}, {job}"
    ).df()
    table["job_name"] = table["job_name"].where(table["job_id"] != OTHERS, "")
    return table
