"""From a report to the tables that pages draw. Pure: no Streamlit, no Plotly.

A report broken down by one dimension and by usage type holds a page: what costs, and which hours
are compute's and which are licences', which meter the same hours and are never added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from stats.model import Dimension, Filter, Fleet, Market, Question, Report
from stats.rollup import composed
from ui import text

COMPUTE = "COMPUTE"
LICENSE = "LICENSE"
PERSISTENT_VOLUME = "PERSISTENT_VOLUME"

NameOf = Callable[[str], str]

RANKED = (
    *("cost_usd", "share", "runtime_seconds", "sessions"),
    *("average_session_seconds", "largest_session_seconds"),
    *("average_session_usd", "largest_session_usd", "usd_per_hour"),
)
"""The columns of numbers of a ranking, besides its key and label."""


def usage_type_of(dimension: Dimension) -> str:
    """The usage type whose hours and sessions a page about the dimension shows."""
    return LICENSE if dimension is Dimension.LICENSE_PRODUCT else COMPUTE


def ranked(report: Report, dimension: Dimension, name_of: NameOf | None = None) -> pd.DataFrame:
    """One row a key, dearest first: the dimension's column, `label`, and RANKED.

    Cost is of all usage types, also where it is divided by sessions or hours; runtime, sessions
    and the largest session are of the dimension's own (`usage_type_of`). Seconds, US dollars.
    """
    rows, key = report.table, dimension.column
    table = composed(rows, [key])[[key, "cost_usd_sum"]]
    table = table.rename(columns={"cost_usd_sum": "cost_usd"})
    timed = composed(_of_type(rows, dimension), [key]).set_index(key)
    hours = timed.reindex(table[key]).reset_index(drop=True)
    table.insert(1, "label", labels(rows, table[key], dimension, name_of))
    table["share"] = table["cost_usd"] / (table["cost_usd"].sum() or np.nan)
    table["runtime_seconds"] = hours["runtime_seconds_sum"].fillna(0.0)
    table["sessions"] = hours["count"].fillna(0).astype("int64")
    table["average_session_seconds"] = hours["runtime_seconds_avg"]
    table["largest_session_seconds"] = hours["runtime_seconds_max"]
    table["average_session_usd"] = table["cost_usd"] / _above_zero(table["sessions"])
    table["largest_session_usd"] = hours["cost_usd_max"]
    table["usd_per_hour"] = table["cost_usd"] / (_above_zero(table["runtime_seconds"]) / 3600)
    return table.sort_values("cost_usd", ascending=False, kind="stable").reset_index(drop=True)


def _above_zero(numbers: pd.Series) -> pd.Series:
    return numbers.where(numbers > 0)


def over_time(report: Report, dimension: Dimension, name_of: NameOf | None = None) -> pd.DataFrame:
    """One row a period and key: `period_start`, the dimension's column, `label`, and

    `cost_usd` of all usage types, `runtime_seconds` of the dimension's own.
    """
    rows, keys = report.table, ["period_start", dimension.column]
    table = composed(rows, keys)[[*keys, "cost_usd_sum"]]
    hours = composed(_of_type(rows, dimension), keys)[[*keys, "runtime_seconds_sum"]]
    table = table.merge(hours, on=keys, how="left").fillna({"runtime_seconds_sum": 0.0})
    table.columns = pd.Index([*keys, "cost_usd", "runtime_seconds"])
    table["label"] = labels(rows, table[dimension.column], dimension, name_of)
    return table


def of_licences(report: Report) -> Report:
    """The same report, of licences only."""
    rows = report.table
    return replace(report, table=rows[rows["usage_type"] == LICENSE].reset_index(drop=True))


def narrowed_to(question: Question, one: Filter) -> Question:
    """The question with one more filter; both hold where there is one on the dimension already."""
    before = question.values(one.dimension)
    kept = one.values if before is None else one.values & before
    others = tuple(f for f in question.where if f.dimension is not one.dimension)
    return replace(question, where=(*others, Filter(one.dimension, kept)))


def cost_of(report: Report, usage_type: str | None = None) -> float:
    """Cost in US dollars of a report that is broken down by usage type, of one type or of all."""
    rows = report.table
    kept = rows if usage_type is None else rows[rows["usage_type"] == usage_type]
    return float(kept["cost_usd_sum"].sum())


def runtime_of(report: Report, usage_type: str) -> float:
    """Seconds of one usage type, in a report that is broken down by it."""
    rows = report.table
    return float(rows.loc[rows["usage_type"] == usage_type, "runtime_seconds_sum"].sum())


def jobs_in(report: Report) -> int:
    """Jobs with usage, in a report that is broken down by job."""
    jobs = report.table["job_id"]
    return int(jobs[jobs != ""].nunique())


def with_market(ranked: pd.DataFrame, fleets: Sequence[Fleet]) -> pd.DataFrame:
    """A ranking of fleets with how their workers are bought."""
    markets = {fleet.id: text.market_name(fleet.market) for fleet in fleets}
    table = ranked.copy()
    found = [markets.get(key, text.market_name(Market.UNKNOWN)) for key in ranked["fleet_id"]]
    table.insert(2, "market", pd.Series(found, index=ranked.index, dtype="str"))
    return table


def labels(
    rows: pd.DataFrame, keys: pd.Series, dimension: Dimension, name_of: NameOf | None
) -> pd.Series:
    """What keys are called: the name that came with the rows, or `name_of`'s; not yet escaped."""
    names: dict[str, str] = {}
    column = f"{dimension.value}_name"
    if column in rows:
        names = dict(zip(rows[dimension.column], rows[column], strict=True))
    called = [names.get(key) or (name_of(key) if name_of and key else "") for key in keys]
    worded = [
        text.key_name(dimension.column, key, name) for key, name in zip(keys, called, strict=True)
    ]
    apart = told_apart(dict(zip(keys, worded, strict=True)))
    return pd.Series([apart[key] for key in keys], index=keys.index, dtype="str")


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Names by key, the key's end added where two have the same name."""
    times = Counter(names.values())
    return {
        key: name if times[name] == 1 else f"{name} (…{key[-6:]})" for key, name in names.items()
    }


def _of_type(rows: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    """The rows whose hours count; all of them where they are told apart by usage type anyway."""
    if dimension is Dimension.USAGE_TYPE:
        return rows
    return rows[rows["usage_type"] == usage_type_of(dimension)]
