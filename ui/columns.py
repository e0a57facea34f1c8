"""What pages’ files hold: the columns of docs/columns.md, each by the one name that it has there.

Pure: no Streamlit. Names that people read are on pages; files have keys and names as the command
line does, money in US dollars, time in seconds, moments in UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import pandas as pd

from stats import assumed
from stats.coverage import Held
from stats.model import COMPUTE, Dimension, Report
from stats.record import RunRecord
from stats.remarks import may_be_more
from stats.rollup import composed
from stats.zone import Zone
from ui import text
from ui.months import Course, Month
from ui.tables import Used, usage_type_of

_SUMS = ["cost_usd_sum", "runtime_seconds_sum", "count"]
_MARKETS = {words: market.value for market, words in text.MARKETS.items()}


def own(usage_type: str) -> dict[str, str]:
    """What is called otherwise where it is of one usage type only, such as `compute_count`."""
    kind = usage_type.lower()
    return {
        "cost_usd_sum": f"{kind}_cost_usd_sum",
        "runtime_seconds_sum": f"{kind}_seconds_sum",
        "count": f"{kind}_count",
    }


def ranking(ranked: pd.DataFrame, used: Used, dimension: Dimension) -> pd.DataFrame:
    """A row a key, as the page has them; sums beside those of the hours' own usage type."""
    kind, key = usage_type_of(dimension).lower(), dimension.column
    table = _with_names(ranked.drop(columns="label"), used.costs, dimension)
    table = table.rename(
        columns={
            "cost_usd": "cost_usd_sum",
            assumed.COLUMN: "assumed_cost_usd",
            "share": "cost_share",
            "runtime_seconds": f"{kind}_seconds_sum",
            "sessions": f"{kind}_count",
            "average_session_seconds": f"{kind}_seconds_avg",
            "largest_session_seconds": f"{kind}_seconds_max",
            "average_session_usd": f"{kind}_cost_usd_avg",
            "largest_session_usd": f"{kind}_cost_usd_max",
            "usd_per_hour": f"cost_usd_per_{kind}_hour",
        }
    )
    if "market" in table:
        table["market"] = table["market"].map(_MARKETS)
    every = composed(used.costs[[key, "count", "runtime_seconds_sum"]], [key]).set_index(key)
    for column in ("count", "runtime_seconds_sum"):
        table[column] = every[column].reindex(table[key]).to_numpy()
    return table.assign(known=_known_of(used.report))


def crossed(
    report: Report, by: tuple[Dimension, Dimension], order: pd.DataFrame, only: str = ""
) -> pd.DataFrame:
    """A row a combination, in an order of keys; of `only` one usage type, if it is one."""
    keys = [dimension.column for dimension in by]
    table = composed(report.table[[*keys, *_SUMS]], keys).set_index(keys)
    table = table.loc[pd.MultiIndex.from_frame(order[keys])].reset_index()[[*keys, *_SUMS]]
    for dimension in by:
        table = _with_names(table, report.table, dimension)
    table = table.assign(known=_known_of(report))
    return table.rename(columns=own(only)) if only else table


def years(course: Course, measure: str, ends: datetime, zone: Zone) -> pd.DataFrame:
    """A row a month of a window that `ends` then, with what is known of it (`known`)."""
    column = _measured(measure, COMPUTE)
    begins = zone.midnight(course.begins)
    found = [
        {
            "period_start": max(zone.midnight(month.first), begins),
            "period_end": min(zone.midnight(month.after), ends),
            column: None if month.unknown else month.value,
            "known": _known(month),
        }
        for month in course.months
    ]
    return pd.DataFrame(found)


def months(
    used: Used, dimension: Dimension, measure: str, course: Course, zone: Zone
) -> pd.DataFrame:
    """A row a month and key with usage, in order, as a report by month has them; and `known`."""
    rows = used.costs if measure == "cost_usd" else used.timed
    assert rows is not None
    keys, own_column = ["period_start", "period_end", dimension.column], f"{measure}_sum"
    table = composed(rows[[*keys, own_column]], keys)[[*keys, own_column]]
    table = table.sort_values(["period_start", own_column], ascending=[True, False])
    table = _with_names(table.reset_index(drop=True), used.costs, dimension)
    told = {month.first: _known(month) for month in course.months}
    firsts = [zone.day(at).replace(day=1) for at in table["period_start"]]
    table["known"] = pd.Series([told[first] for first in firsts], index=table.index, dtype="str")
    return table.rename(columns={own_column: _measured(measure, usage_type_of(dimension))})


def totals(report: Report) -> pd.DataFrame:
    """A row a usage type of the window's total."""
    found = [
        {
            "usage_type": usage_type,
            "count": usage.count,
            "cost_usd_sum": usage.cost_usd.sum,
            "runtime_seconds_sum": usage.runtime_seconds.sum,
        }
        for usage_type, usage in report.total_by_usage_type.items()
    ]
    return pd.DataFrame(found)


def runs(records: Sequence[RunRecord], seen: Collection[RunRecord]) -> pd.DataFrame:
    """A row an aggregation; `seen` are behind what the viewer saw last."""
    found = [
        {
            "asked_at": one.asked_at,
            "outcome": one.fate.value,
            "error": one.error,
            "counted_by": one.resource.value,
            "resources": one.resources,
            "period": "hourly" if one.hourly else "daily",
            "cut": ",".join(one.by),
            "start": one.window.start,
            "end": one.window.end,
            "queued_seconds": one.queued_seconds,
            "waited_seconds": one.waited_seconds,
            "running_seconds": one.running_seconds,
            "reading_seconds": one.reading_seconds,
            "retries": one.retries,
            "pages": one.pages,
            "rows": one.rows,
            "seen": one in seen,
        }
        for one in records
    ]
    return pd.DataFrame(found)


def cuts(held: Sequence[Held], zone: Zone) -> pd.DataFrame:
    """A row a cut of history, as `history --format csv` has it, of days of one zone."""
    found = [
        {
            "farm_id": one.shelf.farm_id,
            "counted_by": one.shelf.resource.value,
            "period": "hourly" if one.shelf.hourly else "daily",
            "cut": ",".join(one.shelf.by),
            "days": one.days,
            "start": zone.midnight(one.first),
            "end": zone.midnight(one.last + timedelta(days=1)),
            "gaps": one.lacking,
            "files": one.files,
            "bytes": one.size,
        }
        for one in held
    ]
    return pd.DataFrame(found)


def _with_names(table: pd.DataFrame, rows: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    """With what keys are called by a report's rows after them, if they have names."""
    named = dimension.named
    if named not in rows or named in table:
        return table
    names = dict(zip(rows[dimension.column], rows[named], strict=True))
    called = [names.get(key, "") for key in table[dimension.column]]
    at = list(table.columns).index(dimension.column) + 1
    table = table.copy()
    table.insert(at, named, pd.Series(called, index=table.index, dtype="str"))
    return table


def _measured(measure: str, usage_type: str) -> str:
    """What a sum is called in files: money of all usage types, hours of one."""
    return f"{measure}_sum" if measure == "cost_usd" else own(usage_type)[f"{measure}_sum"]


def _known(month: Month) -> str:
    """Whether a sum is all of a month, what there is `so_far`, `at_least` that, or `not_known`."""
    if month.unknown or month.lacking:
        return "not_known" if month.unknown else "at_least"
    return "so_far" if month.grows else "all"


def _known_of(report: Report) -> str:
    """The same of a window."""
    if may_be_more(report):
        return "at_least"
    return "so_far" if report.preliminary_from else "all"
