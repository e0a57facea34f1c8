"""From rows to an answer: join the witnesses, filter, and add up by period and key.

Sums and counts add, smallest and largest compose, averages are sum over count. Nothing is
guessed: where a key turns out not to determine what it should, `Ambiguous` is raised and another
plan is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from stats.model import MISSING, Dimension, Period, Question, Spread, Usage, Window
from stats.plan import Plan, Witness, needed
from stats.zone import HOUR, Zone

COMPOSE = {
    "count": "sum",
    "cost_usd_sum": "sum",
    "cost_usd_min": "min",
    "cost_usd_max": "max",
    "runtime_seconds_sum": "sum",
    "runtime_seconds_min": "min",
    "runtime_seconds_max": "max",
}
MEASURES = (
    "count",
    *("cost_usd_sum", "cost_usd_min", "cost_usd_max", "cost_usd_avg"),
    *("runtime_seconds_sum", "runtime_seconds_min", "runtime_seconds_max", "runtime_seconds_avg"),
)
"""The columns of an answer that hold numbers, in the order of files."""


class Ambiguous(Exception):
    """A key holds usage both inside and outside of what was asked: the plan can't tell it apart."""


@dataclass(frozen=True)
class Answer:
    """The table of a report, and what of the base cut the filters could not place."""

    table: pd.DataFrame
    notes: tuple[str, ...]


def answer(plan: Plan, base: pd.DataFrame, witnesses: Mapping[Witness, pd.DataFrame]) -> Answer:
    """The report's table from the base cut's rows and its witnesses'.

    `base` has a column for each of its dimensions and for `plan.each`. Raises Ambiguous.
    """
    question = plan.asks
    notes: list[str] = []
    rows = base
    for dimension in needed(question):
        kept = question.values(dimension)
        if kept is not None and dimension.column in rows:
            rows = rows[rows[dimension.column].isin(kept)]
    if question.job_name_contains:
        text = question.job_name_contains.casefold()
        rows = rows[rows["job_name"].str.casefold().str.contains(text, regex=False)]
    for witness in plan.witnesses:
        rows = _joined(rows, witness, witnesses[witness], question, notes)
    return Answer(_grouped(rows, question), tuple(notes))


def empty(by: tuple[Dimension, ...]) -> pd.DataFrame:
    """A report's table without rows."""
    names = {Dimension.JOB: ["job_name"], Dimension.USER: ["user_name"]}
    keys = [column for d in by for column in (d.column, *names.get(d, []))]
    edges = dict.fromkeys(("period_start", "period_end"), "datetime64[us, UTC]")
    numbers = {m: "int64" if m == "count" else "float64" for m in MEASURES}
    kinds = {**edges, **dict.fromkeys(keys, "str"), **numbers}
    return pd.DataFrame({column: pd.Series([], dtype=kind) for column, kind in kinds.items()})


def composed(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of equal keys as one, with averages; the keys are columns of the result."""
    present = {column: how for column, how in COMPOSE.items() if column in rows}
    table = rows.groupby(keys, sort=False, dropna=False).agg(present).reset_index()
    for unit in ("cost_usd", "runtime_seconds"):
        table[f"{unit}_avg"] = table[f"{unit}_sum"] / table["count"].where(table["count"] > 0)
    return table


def coarser(rows: pd.DataFrame, by: tuple[Dimension, ...]) -> pd.DataFrame:
    """A run's rows as those of a run by fewer dimensions."""
    keys = ["bucket", *(dimension.column for dimension in by)]
    table = composed(rows, keys)[[*keys, *COMPOSE]]
    if Dimension.JOB in by:
        table["job_name"] = _job_names(rows, table)
    return table


def usage(rows: pd.DataFrame) -> Usage:
    """All rows as one; only sensible where they are of one usage type."""
    return Usage(
        int(rows["count"].sum()), spread(rows, "cost_usd"), spread(rows, "runtime_seconds")
    )


def spread(rows: pd.DataFrame, unit: str) -> Spread:
    """Sum, smallest and largest over rows; zeros where there are none."""
    if rows.empty:
        return Spread(0.0, 0.0, 0.0)
    total, low, high = rows[f"{unit}_sum"], rows[f"{unit}_min"], rows[f"{unit}_max"]
    return Spread(float(total.sum()), float(low.min()), float(high.max()))


def _joined(
    rows: pd.DataFrame, witness: Witness, shown: pd.DataFrame, question: Question, notes: list[str]
) -> pd.DataFrame:
    """Rows with the witness's value as a column, those outside of its filter left out."""
    key, value = witness.key.column, witness.value.column
    pairs = shown[[key, value]].drop_duplicates()
    pairs = pairs[pairs[key].isin(rows[key].unique())]
    if witness.key is Dimension.USAGE_TYPE and (pairs[value] != MISSING).any():
        raise Ambiguous  # a usage type tells only that something is missing: see plan._ONLY_OF
    kept = question.values(witness.value)
    if kept is not None and witness.value is not question.scope.dimension:
        inside = pairs[value].isin(kept)
        if set(pairs.loc[inside, key]) & set(pairs.loc[~inside, key]):
            raise Ambiguous
        outside = rows[key].isin(pairs.loc[~inside, key])
        pairs, rows = pairs[inside], rows[~outside]
    if witness.value in question.by and pairs[key].duplicated().any():
        raise Ambiguous
    unknown = ~rows[key].isin(pairs[key])
    if unknown.any():
        notes.append(_unknown(rows[unknown], witness))
        if kept is not None and MISSING not in kept:
            rows = rows[~unknown]
    if witness.value not in question.by:
        return rows
    values = dict(zip(pairs[key], pairs[value], strict=True))
    joined = [values.get(each, MISSING) for each in rows[key]]
    return rows.assign(**{value: pd.Series(joined, index=rows.index, dtype="str")})


def _unknown(rows: pd.DataFrame, witness: Witness) -> str:
    what, of = witness.value.words, witness.key.words
    return (
        f"USD {rows['cost_usd_sum'].sum():,.2f} belongs to {rows[witness.key.column].nunique()} "
        f"{of} key(s) whose {what} the service does not name."
    )


def _grouped(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    keys = [dimension.column for dimension in question.by]
    rows = rows[(rows[["count", "cost_usd_sum", "runtime_seconds_sum"]] != 0).any(axis=1)]
    edges = _edges(rows["bucket"], question)
    rows = rows.assign(period_start=edges["start"], period_end=edges["end"])
    table = composed(rows, ["period_start", "period_end", *keys])
    if Dimension.JOB in question.by:
        table["job_name"] = _job_names(rows, table)
    names_of = {"job_id": ["job_id", "job_name"]}
    columns = [column for key in keys for column in names_of.get(key, [key])]
    table = table.sort_values(["period_start", "cost_usd_sum"], ascending=[True, False])
    return table[["period_start", "period_end", *columns, *MEASURES]].reset_index(drop=True)


def _job_names(rows: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """The names of a table's jobs, as far as the rows that it was made of hold them."""
    named = rows[rows["job_name"] != ""]
    names = dict(zip(named["job_id"], named["job_name"], strict=True))
    found = [names.get(job, "") for job in table["job_id"]]
    return pd.Series(found, index=table.index, dtype="str")


def _edges(buckets: pd.Series, question: Question) -> pd.DataFrame:
    """The calendar period that each bucket lies in, clipped to the window."""
    zone, window = Zone(question.timezone), question.window
    period_of = {
        bucket: _clipped(_period(bucket.to_pydatetime(), question.period, zone), window)
        for bucket in buckets.unique()
    }
    starts = buckets.map({b: w[0] for b, w in period_of.items()})
    ends = buckets.map({b: w[1] for b, w in period_of.items()})
    edges = pd.DataFrame({"start": starts, "end": ends}, index=buckets.index)
    return edges.astype("datetime64[us, UTC]")


def _clipped(edges: tuple[datetime, datetime] | None, window: Window) -> tuple[datetime, datetime]:
    if edges is None:
        return window.start, window.end
    return max(edges[0], window.start), min(edges[1], window.end)


def _period(bucket: datetime, period: Period, zone: Zone) -> tuple[datetime, datetime] | None:
    if period is Period.TOTAL:
        return None
    if period is Period.HOURLY:
        start = bucket.replace(tzinfo=UTC)
        return start, start + HOUR
    first, after = _CALENDAR[period](bucket.date())
    return zone.midnight(first), zone.midnight(after)


def _day(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


_CALENDAR: dict[Period, Callable[[date], tuple[date, date]]] = {
    Period.DAILY: _day,
    Period.WEEKLY: _week,
    Period.MONTHLY: _month,
}
