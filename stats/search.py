"""Jobs found by a text in their names: each by any name that it bears, and then as a whole.

A job may be renamed, and what was told of it before bears its old name.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import duckdb
import pandas as pd

from stats import relation
from stats.relation import Rows, quoted, take
from stats.spelling import folded

_IS_PLAIN = "length(job_name) = strlen(job_name)"
"""Whether a name is ASCII; how others are compared is Python's to tell."""

_LAST_NAMED = "max((named_at, job_name)) FILTER (WHERE job_name <> '')"
LATEST = f"{_LAST_NAMED}[1] AS named_at, coalesce({_LAST_NAMED}[2], '') AS job_name"
"""The name that rows of a job bore last, and when, in SQL; empty where it has none."""

_HOUR, _DAY = 3_600_000_000, 86_400_000_000
_MOST_HOURS = 10_000_000
_JUST_NOW = 99_999


def named_at(*, remembered: bool) -> str:
    """When a row's job bore its name, as a number in SQL that grows.

    The day on which the service told it comes first, then the period: what it tells may be what
    the job is called now, or what it was called then. What is not `remembered` is told just now.
    """
    day = f"epoch_us(fetched_at) // {_DAY}" if remembered else f"{_JUST_NOW}"
    return f"({day})::BIGINT * {_MOST_HOURS} + bucket // {_HOUR}"


def find(
    con: duckdb.DuckDBPyConnection, text: str, rows: str, others: Collection[str] = ()
) -> None:
    """Makes the table `found` of the jobs any of whose names, in some rows, holds a text.

    `others` are found elsewhere, and belong to them.
    """
    wanted = folded(text)
    strange = con.execute(f"SELECT DISTINCT job_name FROM {rows} WHERE NOT {_IS_PLAIN}").df()
    spelt = strange["job_name"].map(lambda name: wanted in folded(name)).astype(bool)
    take(con, "spelt", strange[spelt])
    take(con, "others", pd.DataFrame({"job_id": sorted(others)}, dtype="str"))
    plain = f"{_IS_PLAIN} AND contains(lower(job_name), {quoted(wanted)})"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE found AS SELECT DISTINCT job_id FROM {rows} "
        f"WHERE job_id <> '' AND ({plain} OR job_name IN (SELECT job_name FROM spelt)) "
        "UNION SELECT job_id FROM others"
    )


def names_of_found(con: duckdb.DuckDBPyConnection, rows: str) -> dict[str, frozenset[str]]:
    """All names that the jobs of the table `found` bear in some rows, by id."""
    sql = (
        f"SELECT job_id, list(DISTINCT job_name) FROM {rows} "
        "WHERE job_name <> '' AND job_id IN (SELECT job_id FROM found) GROUP BY job_id"
    )
    return {job: frozenset(names) for job, names in con.execute(sql).fetchall()}


def found_in(
    rows: Rows, text: str, among: Collection[str] | None = None
) -> tuple[frozenset[str], frozenset[str]]:
    """The jobs that a text finds in rows, and those that are there; of some, or of all."""
    with relation.cursor() as con:
        relation.register(con, "jobs", rows)
        some = "TRUE"
        if among is not None:
            take(con, "among", pd.DataFrame({"job_id": sorted(among)}, dtype="str"))
            some = "job_id IN (SELECT job_id FROM among)"
        con.execute(
            "CREATE OR REPLACE TEMP TABLE there AS SELECT DISTINCT job_id, job_name FROM jobs "
            f"WHERE job_id <> '' AND {some}"
        )
        find(con, text, "there")
        there = con.execute("SELECT DISTINCT job_id FROM there").fetchall()
        found = con.execute("SELECT job_id FROM found").fetchall()
    return frozenset(job for (job,) in found), frozenset(job for (job,) in there)


def found_by_name(names: Mapping[str, str], text: str) -> frozenset[str]:
    """Of jobs' names by id, those that hold a text."""
    wanted = folded(text)
    return frozenset(job for job, name in names.items() if name and wanted in folded(name))


def nameless(rows: Rows) -> frozenset[str]:
    """The jobs that bear no name in any row."""
    with relation.cursor() as con:
        relation.register(con, "jobs", rows)
        sql = "SELECT job_id FROM jobs WHERE job_id <> '' GROUP BY job_id HAVING max(job_name) = ''"
        return frozenset(job for (job,) in con.execute(sql).fetchall())


def starts_of(rows: Rows, jobs: Collection[str]) -> frozenset[datetime]:
    """The instants that periods begin at in which any of some jobs has rows."""
    with relation.cursor() as con:
        relation.register(con, "rows_of_jobs", rows)
        take(con, "among", pd.DataFrame({"job_id": sorted(jobs)}, dtype="str"))
        some = "job_id IN (SELECT job_id FROM among)"
        found = con.execute(f"SELECT DISTINCT bucket FROM rows_of_jobs WHERE {some}").fetchall()
    return frozenset(datetime.fromtimestamp(at / 1e6, UTC) for (at,) in found)


def usage_of(rows: Rows, jobs: Collection[str]) -> tuple[float, frozenset[str]]:
    """What some jobs cost in rows, in USD, and which of them are there."""
    with relation.cursor() as con:
        relation.register(con, "rows_of_jobs", rows)
        take(con, "among", pd.DataFrame({"job_id": sorted(jobs)}, dtype="str"))
        some = "job_id IN (SELECT job_id FROM among)"
        sums = f"SELECT job_id, fsum(cost_usd_sum) FROM rows_of_jobs WHERE {some} GROUP BY job_id"
        found: dict[str, float | None] = dict(con.execute(sums).fetchall())
    return math.fsum(cost or 0.0 for cost in found.values()), frozenset(found)


def job_names(rows: pd.DataFrame, table: pd.DataFrame, at: str) -> pd.Series:
    """The last names of a table's jobs, by when the rows that it was made of are from (`at`)."""
    named = rows.loc[rows["job_name"] != "", ["job_id", "job_name", at]]
    named = named.drop_duplicates(["job_id", "job_name", at])
    if named["job_id"].duplicated().any():
        named = named.sort_values([at, "job_name"]).drop_duplicates("job_id", keep="last")
    names = named.set_index("job_id")["job_name"].astype("str")
    return names.reindex(table["job_id"]).fillna("").set_axis(table.index)
