"""From reports to the tables that pages draw. Pure: no Streamlit, no Plotly.

Compute and licences meter the same hours, which are never added up: money is of all usage types,
hours are of one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stats import assumed
from stats.model import COMPUTE, LICENSE, OTHERS, Dimension, Filter, Fleet, Market, Question, Report
from stats.rollup import composed
from ui import text
from ui.format import searchable
from ui.made_once import Composed, made_once

TIMED = (
    *("runtime_seconds", "sessions", "average_session_seconds", "largest_session_seconds"),
    *("average_session_usd", "largest_session_usd", "usd_per_hour"),
)
"""The columns of a ranking that hours of one usage type are needed for."""

NameOf = Callable[[str], str]


@dataclass(frozen=True)
class Used(Composed):
    """Usage by one dimension: a report whose money counts, and rows whose hours and sessions do.

    `timed` is None where the service does not tell usage types apart. `assumed` are rows of the
    money that is at an assumed price, None where there is none or that is not told key by key.
    """

    report: Report
    timed: pd.DataFrame | None
    assumed: pd.DataFrame | None = None

    @classmethod
    def apart(cls, report: Report, dimension: Dimension) -> Used:
        """From a report that is broken down by the dimension and by usage type."""
        if dimension is Dimension.USAGE_TYPE:
            return cls(report, report.table)
        return cls(report, of_type(report, usage_type_of(dimension)))

    @property
    def made_of(self) -> tuple[object, ...]:
        return self.report, self.timed, self.assumed

    @property
    def costs(self) -> pd.DataFrame:
        return self.report.table


@made_once
def of_type(report: Report, usage_type: str) -> pd.DataFrame:
    """The rows of one usage type, in a report that is broken down by it."""
    rows = report.table
    return rows[rows["usage_type"] == usage_type]


def usage_type_of(dimension: Dimension) -> str:
    """The usage type whose hours and sessions a page about the dimension shows."""
    return LICENSE if dimension is Dimension.LICENSE_PRODUCT else COMPUTE


@made_once
def ranked(
    used: Used, dimension: Dimension, name_of: NameOf | None = None, by: str = "cost_usd"
) -> pd.DataFrame:
    """One row a key, largest first: the dimension's column, `label`, `cost_usd`, `share`, TIMED.

    `assumed_usd` too where some of the cost is at an assumed price.
    What stands for others comes last. Cost is of all usage types, also where it is divided by
    hours; runtime and sessions, their average and the largest, are of the dimension's own
    (`usage_type_of`). Seconds, US dollars.
    """
    key = dimension.column
    table = _added_up(used.costs, [key], "cost_usd_sum")
    table = table.rename(columns={"cost_usd_sum": "cost_usd"})
    table.insert(1, "label", labels(used.costs, table[key], dimension, name_of))
    _add_assumed(table, used.assumed, [key])
    table["share"] = table["cost_usd"] / (table["cost_usd"].sum() or np.nan)
    if used.timed is not None:
        _add_hours(table, composed(used.timed, [key]).set_index(key), key)
    table = table.sort_values(by, ascending=False, kind="stable")
    if dimension is not Dimension.JOB:
        return table.reset_index(drop=True)
    return table.sort_values(key, key=lambda keys: keys == OTHERS, kind="stable", ignore_index=True)


def _added_up(rows: pd.DataFrame, keys: list[str], column: str) -> pd.DataFrame:
    return composed(rows[[*keys, column]], keys)


def _add_assumed(table: pd.DataFrame, rows: pd.DataFrame | None, keys: list[str]) -> None:
    """Adds its column, unless there is nothing at an assumed price.

    What of it the table does not list, by its last key, is the others'.
    """
    if rows is None or rows.empty:
        return
    listed = rows[keys[-1]].isin(table[keys[-1]])
    if OTHERS in set(table[keys[-1]]):
        rows = rows.assign(**{keys[-1]: rows[keys[-1]].where(listed, OTHERS)})
    sums = _added_up(rows, keys, "cost_usd_sum").set_index(keys)["cost_usd_sum"]
    at = pd.MultiIndex.from_frame(table[keys]) if len(keys) > 1 else pd.Index(table[keys[0]])
    table[assumed.COLUMN] = sums.reindex(at).fillna(0.0).to_numpy()


def _add_hours(table: pd.DataFrame, by_key: pd.DataFrame, key: str) -> None:
    """Adds the columns TIMED."""
    hours = by_key.reindex(table[key]).reset_index(drop=True)
    table["runtime_seconds"] = hours["runtime_seconds_sum"].fillna(0.0)
    table["sessions"] = hours["count"].fillna(0).astype("int64")
    table["average_session_seconds"] = hours["runtime_seconds_avg"]
    table["largest_session_seconds"] = hours["runtime_seconds_max"]
    known = hours["cost_usd_max"].notna()  # where the dearest is left out, so is the average
    table["average_session_usd"] = hours["cost_usd_avg"].where(known)
    table["largest_session_usd"] = hours["cost_usd_max"]
    table["usd_per_hour"] = table["cost_usd"] / (_above_zero(table["runtime_seconds"]) / 3600)


def _above_zero(numbers: pd.Series) -> pd.Series:
    return numbers.where(numbers > 0)


@made_once
def over_time(used: Used, dimension: Dimension, name_of: NameOf | None = None) -> pd.DataFrame:
    """One row a period and key: `period_start`, the dimension's column, `label`, and

    `cost_usd` of all usage types, `runtime_seconds` of the dimension's own, where they are known.
    """
    keys = ["period_start", dimension.column]
    table = _added_up(used.costs, keys, "cost_usd_sum")
    if used.timed is not None:
        hours = _added_up(used.timed, keys, "runtime_seconds_sum")
        table = table.merge(hours, on=keys, how="left").fillna({"runtime_seconds_sum": 0.0})
    table = table.rename(columns={f"{c}_sum": c for c in ("cost_usd", "runtime_seconds")})
    _add_assumed(table, used.assumed, keys)
    table["label"] = labels(used.costs, table[dimension.column], dimension, name_of)
    return table


def narrowed_to(question: Question, usage_type: str) -> Question:
    """The question about one usage type only; filters that it has hold as before."""
    before = question.values(Dimension.USAGE_TYPE)
    kept = {usage_type} if before is None else {usage_type} & before
    others = tuple(f for f in question.where if f.dimension is not Dimension.USAGE_TYPE)
    return replace(question, where=(*others, Filter(Dimension.USAGE_TYPE, frozenset(kept))))


@made_once
def cost_of(report: Report, usage_type: str | None = None) -> float:
    """Cost in US dollars of a report that is broken down by usage type, of one type or of all."""
    rows = report.table
    kept = rows if usage_type is None else rows[rows["usage_type"] == usage_type]
    return float(kept["cost_usd_sum"].sum())


@made_once
def runtime_of(report: Report, usage_type: str) -> float:
    """Seconds of one usage type, in a report that is broken down by it."""
    rows = report.table
    return float(rows.loc[rows["usage_type"] == usage_type, "runtime_seconds_sum"].sum())


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
    own = name_of if dimension in (Dimension.QUEUE, Dimension.FLEET) else None
    if dimension.named in rows and not own:
        names = dict(zip(rows[dimension.column], rows[dimension.named], strict=True))
    called = [names.get(key) or (name_of(key) if name_of and key else "") for key in keys]
    worded = [
        text.key_name(dimension.column, key, name) for key, name in zip(keys, called, strict=True)
    ]
    apart = told_apart(dict(zip(keys, worded, strict=True)))
    return pd.Series([apart[key] for key in keys], index=keys.index, dtype="str")


def told_apart(names: Mapping[str, str]) -> dict[str, str]:
    """Names by key, the key's end added where two have the same name, as far as can be seen."""
    seen = {key: searchable(name) for key, name in names.items()}
    times = Counter(seen.values())
    return {
        key: name if times[seen[key]] == 1 else f"{name} (…{key[-6:]})"
        for key, name in names.items()
    }
