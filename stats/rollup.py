"""From rows to an answer: join the witnesses, filter, and add up by period and key.

Sums and counts add, smallest and largest compose, averages are sum over count; a smallest or
largest that one row leaves empty is empty for all that the row is part of. Nothing is guessed:
where a key turns out not to determine what it should, `Ambiguous` is raised and another plan is
tried. DuckDB does it, over rows in memory and over history's files alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from stats import laws, periods, rounding, search
from stats.errors import TooLarge
from stats.join import ADDED_UP, Joined
from stats.model import Dimension, Period, Question, Spread, Usage
from stats.plan import Plan, Witness
from stats.relation import Rows, Stored, cursor, one_of, opened, register
from stats.remark import Remark
from stats.zone import Zone

COMPOSE = {
    "count": "sum",
    "cost_usd_sum": "sum",
    "cost_usd_min": "min",
    "cost_usd_max": "max",
    "runtime_seconds_sum": "sum",
    "runtime_seconds_min": "min",
    "runtime_seconds_max": "max",
}
MOST_ROWS = 3_000_000
"""Of an answer by job that lists them all: about 2 GiB in memory."""

MEASURES = (
    "count",
    *("cost_usd_sum", "cost_usd_min", "cost_usd_max", "cost_usd_avg"),
    *("runtime_seconds_sum", "runtime_seconds_min", "runtime_seconds_max", "runtime_seconds_avg"),
)
"""The columns of an answer that hold numbers, in the order of files."""


@dataclass(frozen=True)
class Answer:
    """The table of a report, and what of the base cut the filters could not place.

    `cost_usd` and `count` are those of the base cut's rows, before the filters. By jobs,
    `named_at` says in order when each row's job bore its name last, and `names` are all
    names of those that a text has found.
    """

    table: pd.DataFrame
    remarks: tuple[Remark, ...]
    cost_usd: float
    count: int
    named_at: pd.Series | None = None
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Rows of a question that are not yet added up, as SQL on a connection that is still open.

    They have `period`, keys, by jobs `named_at` and `job_name`, and COMPOSE's columns. `edges`
    are their periods'; remarks, cost and records are as an Answer's. It `is_narrow` where finding
    them takes long and they are most likely few.
    """

    con: DuckDBPyConnection
    sql: str
    edges: pd.DataFrame
    remarks: tuple[Remark, ...]
    cost_usd: float
    count: int
    is_narrow: bool
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def close(self) -> None:
        """Lets go of the connection."""
        self.con.close()


@dataclass(frozen=True)
class Known:
    """What is known of rows before they are read: the base cut's cost and records, if they are,

    the witnesses that hold all records there are, and jobs that a text has found elsewhere.
    """

    base: tuple[float, int] | None = None
    complete: frozenset[Witness] = frozenset()
    found: frozenset[str] = frozenset()


def answer(
    plan: Plan, base: Rows, witnesses: Mapping[Witness, Rows], known: Known | None = None
) -> Answer:
    """The report's table from the base cut's rows and its witnesses'; all jobs, where by jobs.

    `base` has a column for each of its dimensions and for `plan.each`. Raises Ambiguous, and
    TooLarge for more rows than fit into memory.
    """
    with closing(part(plan, base, witnesses, known)) as rows:
        keys = ["period", *(dimension.column for dimension in plan.asks.by)]
        if Dimension.JOB in plan.asks.by and plan.asks.most_jobs is None:
            _may_be_many(rows, keys)
        names = [search.LATEST] if Dimension.JOB in plan.asks.by else []
        columns = ", ".join([*keys, *names, ADDED_UP])
        sql = f"SELECT {columns} FROM ({rows.sql}) GROUP BY {', '.join(keys)}"
        table = dated(rows.con.execute(sql).df(), rows.edges)
    table = finished(table, plan.asks, is_split=False)
    at = table.pop("named_at") if Dimension.JOB in plan.asks.by else None
    return Answer(table, rows.remarks, rows.cost_usd, rows.count, at, rows.names)


def _may_be_many(rows: Part, keys: Sequence[str]) -> None:
    """Raises TooLarge where there are too many: jobs over years are millions."""
    for counted in (rows.sql, f"SELECT DISTINCT {', '.join(keys)} FROM ({rows.sql})"):
        ((many,),) = rows.con.execute(f"SELECT count(*) FROM ({counted})").fetchall()
        if many <= MOST_ROWS:
            return
    raise TooLarge(f"This breakdown has {many:,} rows, and no more than {MOST_ROWS:,} are made")


def part(
    plan: Plan, base: Rows, witnesses: Mapping[Witness, Rows], known: Known | None = None
) -> Part:
    """The same, not yet added up; whoever takes it closes it."""
    with ExitStack() as stack:
        con = stack.enter_context(closing(opened()))
        found = _joined(con, plan, base, witnesses, known or Known())
        stack.pop_all()
    return found


def _joined(
    con: DuckDBPyConnection,
    plan: Plan,
    base: Rows,
    witnesses: Mapping[Witness, Rows],
    known: Known,
) -> Part:
    register(con, "base", base)
    for n, witness in enumerate(plan.witnesses):
        register(con, f"pairs_{n}", witnesses[witness])
    instants = _instants(base, plan)
    edges, numbers = periods.of(instants.values(), plan.asks)
    joined = Joined(con, plan, known.complete, known.found)
    cost, count = known.base if known.base and plan.within is None else joined.scope()
    sql, remarks = joined.rows(dict(zip(instants, numbers, strict=True)))
    return Part(con, sql, edges, remarks, cost, count, joined.is_narrow, joined.names)


def together(answers: Sequence[Answer], question: Question) -> pd.DataFrame:
    """The table of all of a question's window, of answers for parts of it."""
    tables = [one.table.assign(named_at=one.named_at) for one in answers]
    return finished(pd.concat(tables, ignore_index=True), question, is_split=True)


def _instants(rows: Rows, plan: Plan) -> dict[int, datetime]:
    """The buckets that rows may be in, by their microseconds, and the instants that they begin."""
    if isinstance(rows, Stored):
        return {periods.microseconds(at): at for at in rows.buckets}
    buckets = [bucket.to_pydatetime().replace(tzinfo=UTC) for bucket in rows["bucket"].unique()]
    if plan.asks.period is Period.HOURLY:
        return {periods.microseconds(at): at for at in buckets}
    zone = Zone(plan.asks.timezone)
    return {periods.microseconds(at): zone.midnight(at.date()) for at in buckets}


def dated(table: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """A table by the numbers of periods with their edges."""
    at = pd.Index(periods.numbers(edges)).get_indexer(pd.Index(table.pop("period")))
    for edge in edges:
        table[edge] = edges[edge].take(at).set_axis(table.index)
    return table


def finished(table: pd.DataFrame, question: Question, *, is_split: bool) -> pd.DataFrame:
    """A report's table: with averages, a job's name on all its rows, and in the order of reports.

    `is_split` says that rows of equal keys may be several; else `named_at` stays, by jobs.
    """
    if Dimension.JOB in question.by:
        table["job_name"] = search.job_names(table, table, "named_at")
    keys = [column for dimension in question.by for column in _columns(dimension)]
    table = table.astype(dict.fromkeys(keys, "str"))
    edges = ["period_start", "period_end"]
    last = ["named_at"] if Dimension.JOB in question.by and not is_split else []
    table = composed(table, [*edges, *keys]) if is_split else _with_averages(table)
    order = ["period_start", "cost_usd_sum", *keys]
    table = table.sort_values(order, ascending=[True, False, *(True for _ in keys)])
    return table[[*edges, *keys, *MEASURES, *last]].reset_index(drop=True)


def _columns(dimension: Dimension) -> list[str]:
    names = ["job_name"] if dimension is Dimension.JOB else []
    return [dimension.column, *names]


def by_usage_type(rows: Rows, resource: Dimension, within: frozenset[str] | None) -> pd.DataFrame:
    """One row a usage type, with COMPOSE's columns, of all queues (or fleets) or of those."""
    kept = "TRUE" if within is None else f"{resource.column} IN {one_of(within)}"
    with cursor() as con:
        register(con, "base", rows)
        found = con.execute(
            f"SELECT usage_type, {ADDED_UP} FROM base WHERE {kept} GROUP BY usage_type"
        ).df()
    return found.astype({"usage_type": "str"})


def whole(rows: Rows) -> tuple[float, int]:
    """Cost and records of rows in all."""
    with cursor() as con:
        register(con, "base", rows)
        ((cost, count),) = con.execute("SELECT fsum(cost_usd_sum), sum(count) FROM base").fetchall()
    return float(cost or 0.0), int(count or 0)


def less(total: pd.DataFrame, answer: Answer | Part) -> tuple[float, int]:
    """Cost and records of a total that an answer's cut does not hold; rounding is no difference."""
    whole = float(total["cost_usd_sum"].sum())
    cost = whole - answer.cost_usd
    count = int(total["count"].sum()) - answer.count
    return (0.0 if abs(cost) < rounding.slack(whole) else cost), count


def empty(by: tuple[Dimension, ...], *, named: bool = True) -> pd.DataFrame:
    """A report's table without rows; `named` or not yet, but for jobs."""
    names = {d: [d.named] if d.named and (named or d is Dimension.JOB) else [] for d in by}
    keys = [column for d in by for column in (d.column, *names[d])]
    edges = dict.fromkeys(("period_start", "period_end"), "datetime64[us, UTC]")
    numbers = {m: "int64" if m == "count" else "float64" for m in MEASURES}
    kinds = {**edges, **dict.fromkeys(keys, "str"), **numbers}
    return pd.DataFrame({column: pd.Series([], dtype=kind) for column, kind in kinds.items()})


def composed(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of equal keys as one, with averages; the keys are columns of the result.

    Of COMPOSE's columns the rows may lack some.
    """
    present = {column: how for column, how in COMPOSE.items() if column in rows}
    return _with_averages(added_up(rows, keys, present).reset_index())


def added_up(rows: pd.DataFrame, keys: list[str], how: Mapping[str, str]) -> pd.DataFrame:
    """Rows of equal keys as one, by keys; what one of them does not know is not known of them."""
    groups = rows.groupby(keys, sort=False, dropna=False)
    table = groups.agg(dict(how))
    for edge in laws.EDGES:
        if edge in how and rows[edge].hasnans:
            table[edge] = table[edge].mask(groups[edge].agg("size") > groups[edge].agg("count"))
    return table


def _with_averages(table: pd.DataFrame) -> pd.DataFrame:
    for unit in ("cost_usd", "runtime_seconds"):
        if f"{unit}_sum" in table:
            table[f"{unit}_sum"] = _to_15_digits(table[f"{unit}_sum"].to_numpy())
        if f"{unit}_sum" in table and "count" in table:
            table[f"{unit}_avg"] = table[f"{unit}_sum"] / table["count"].where(table["count"] > 0)
        if f"{unit}_avg" in table and f"{unit}_max" in table:
            table[f"{unit}_avg"] = table[f"{unit}_avg"].where(table[f"{unit}_max"].notna())
    return table


def usage(rows: pd.DataFrame) -> Usage:
    """All rows as one; only sensible where they are of one usage type."""
    return Usage(
        int(rows["count"].sum()), spread(rows, "cost_usd"), spread(rows, "runtime_seconds")
    )


def spread(rows: pd.DataFrame, unit: str) -> Spread:
    """Sum, smallest and largest over rows (NaN where a row has none); zeros without rows."""
    if rows.empty:
        return Spread(0.0, 0.0, 0.0)
    low, high = rows[f"{unit}_min"], rows[f"{unit}_max"]
    total = _to_15_digits(np.array([math.fsum(rows[f"{unit}_sum"])]))
    return Spread(float(total[0]), float(low.min(skipna=False)), float(high.max(skipna=False)))


def _to_15_digits(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums without the digits that depend on the order of adding up.

    A double holds any decimal number of 15 digits, so what was reported with fewer stays as it is.
    """
    digits = 14 - np.floor(np.log10(np.abs(sums), where=sums != 0, out=np.zeros_like(sums)))
    scale = 10.0 ** np.clip(digits, 0, 22)
    rounded: NDArray[np.float64] = np.round(sums * scale) / scale
    return rounded
