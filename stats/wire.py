"""The service's names on the wire, and nowhere else: requests out of runs, values out of answers.

Shapes are those of botocore's service model `deadline` (2023-10-12). botocore reads a body that
is not JSON as an answer without members, so every member that the model requires is asked for
here: a broken page must never pass for an empty one. What members are is looked at in `body`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from operator import index
from typing import Any

import numpy as np
import pandas as pd

from stats import laws
from stats.errors import Contradictory, Garbled, Malformed
from stats.model import MISSING, Dimension, Farm, FarmId, Fleet, Market, Queue
from stats.plan import Run
from stats.zone import HOUR

Answer = Mapping[str, Any]

_GROUP_BY = {
    Dimension.QUEUE: "QUEUE_ID",
    Dimension.FLEET: "FLEET_ID",
    Dimension.JOB: "JOB_ID",
    Dimension.USER: "USER_ID",
    Dimension.USAGE_TYPE: "USAGE_TYPE",
    Dimension.INSTANCE_TYPE: "INSTANCE_TYPE",
    Dimension.LICENSE_PRODUCT: "LICENSE_PRODUCT",
}
_KEY = {
    Dimension.QUEUE: "queueId",
    Dimension.FLEET: "fleetId",
    Dimension.JOB: "jobId",
    Dimension.USER: "userId",
    Dimension.USAGE_TYPE: "usageType",
    Dimension.INSTANCE_TYPE: "instanceType",
    Dimension.LICENSE_PRODUCT: "licenseProduct",
}
_RESOURCES = {Dimension.QUEUE: "queueIds", Dimension.FLEET: "fleetIds"}
_SPREADS = {"cost_usd": "costInUsd", "runtime_seconds": "runtimeInSeconds"}

_GET = "GetSessionsStatisticsAggregation"
_MOST_SCALE_FACTOR = 100
"""By the model."""

_INSTANT = timedelta(microseconds=1)

MEASURES = ("count", *(f"{unit}_{s}" for unit in _SPREADS for s in ("sum", "min", "max")))
"""The columns of a run's frame that hold numbers."""


@dataclass(frozen=True)
class Page:
    """One answer of GetSessionsStatisticsAggregation; `rows` are the service's own."""

    status: str
    message: str
    rows: Sequence[Answer]
    next_token: str | None


def start_request(run: Run) -> dict[str, Any]:
    """The arguments of StartSessionsStatisticsAggregation."""
    sign = "-" if run.offset_hours < 0 else "+"
    return {
        "farmId": run.farm_id,
        "resourceIds": {_RESOURCES[run.resource]: list(run.ids)},
        "startTime": run.window.start,
        "endTime": run.window.end,
        "timezone": f"UTC{sign}{abs(run.offset_hours):02d}:00",
        "period": "HOURLY" if run.cut.hourly else "DAILY",
        "groupBy": [_GROUP_BY[d] for d in run.cut.by],
        "statistics": ["SUM", "MIN", "MAX"],
    }


def required(answer: Answer, member: str, operation: str) -> Any:
    """A member that the model promises; raises Garbled where the answer lacks it."""
    if not isinstance(answer, Mapping) or answer.get(member) is None:
        raise Garbled(
            f"The answer to {operation} lacks “{member}”.",
            operation=operation,
        )
    return answer[member]


def contradiction(what: str) -> Contradictory:
    """The error of results that break a law."""
    return Contradictory(what, operation=_GET)


def page(answer: Answer) -> Page:
    """Raises Garbled where the answer has no status, or is COMPLETED without `statistics`."""
    status = str(required(answer, "status", _GET))
    if status == "COMPLETED":  # of absence nothing is made: an empty answer says that it is
        required(answer, "statistics", _GET)
    return Page(
        status=status,
        message=str(answer.get("statusMessage") or ""),
        rows=answer.get("statistics") or (),
        next_token=answer.get("nextToken") or None,
    )


def frame(rows: Sequence[Answer], run: Run) -> pd.DataFrame:
    """A run's rows as columns: bucket, a key a dimension (job_name too), and MEASURES.

    `bucket` is naive: the local day of a daily run, the UTC hour of an hourly one. Where a row's
    smallest and largest don't fit its sum, they are empty. Raises Malformed where a row lacks a
    number, and Contradictory where one breaks a law, lies outside of the window, or comes twice.
    """
    table = parsed(rows, run)
    checked(table, rows)
    return table


def parsed(rows: Sequence[Answer], run: Run) -> pd.DataFrame:
    """The same before the laws are looked at."""
    try:
        columns: dict[str, Any] = {"bucket": _buckets(rows, run)}
        for dimension in run.cut.by:
            keys = [row.get(_KEY[dimension]) or MISSING for row in rows]
            columns[dimension.column] = pd.Series(keys, dtype="str")
            if dimension is Dimension.JOB:
                names = [row.get("jobName") or "" for row in rows]
                columns["job_name"] = pd.Series(names, dtype="str")
        counts = (index(row["count"]) for row in rows)
        columns["count"] = np.fromiter(counts, "int64", len(rows))
        for unit, member in _SPREADS.items():
            for statistic in ("sum", "min", "max"):
                numbers = (row[member][statistic] for row in rows)
                columns[f"{unit}_{statistic}"] = np.fromiter(numbers, "float64", len(rows))
    except OverflowError as beyond:
        raise contradiction(f"a row's number is too large ({beyond})") from beyond
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as broken:
        raise Malformed(
            f"In the answer to {_GET} a row can't be read ({broken!r}).",
            "Nothing is shown, since a number would be missing: try again.",
            operation=_GET,
        ) from broken
    return pd.DataFrame(columns)


def checked(table: pd.DataFrame, rows: Sequence[Answer]) -> None:
    """Holds rows to the laws, as `frame` does; those that they were parsed from tell equal ones."""
    broken = laws.broken({name: table[name].to_numpy() for name in MEASURES})
    if broken:
        raise contradiction(broken)
    if _one_comes_twice(table, rows):
        raise contradiction("a row of its results comes twice")
    laws.emptied(table)


def _one_comes_twice(table: pd.DataFrame, rows: Sequence[Answer]) -> bool:
    """Whether two rows are equal in all members; where they differ in any, both count.

    Few rows have the same numbers, so only those are looked at as a whole.
    """
    numbers = ["bucket", "cost_usd_sum", "runtime_seconds_sum"]
    some = table[table.duplicated(numbers, keep=False)]
    for _, equal in some[some.duplicated(keep=False)].groupby([*some], sort=False, dropna=False):
        whole = [rows[n] for n in equal.index]
        if any(one in whole[n + 1 :] for n, one in enumerate(whole)):
            return True
    return False


def _buckets(rows: Sequence[Answer], run: Run) -> pd.Series:
    first, last = _edge(run.window.start, run), _edge(run.window.end - _INSTANT, run)
    only = run.window.start if first == last else None
    starts: list[Any] = [row.get("aggregationStartTime") or only for row in rows]
    known = {start: _bucket(start, run) for start in set(starts)}
    return pd.Series([pd.Timestamp(known[s]) for s in starts], dtype="datetime64[us]")


def _bucket(start: datetime, run: Run) -> datetime:
    """The bucket that an instant is in: what of it lies before the window may be left out, or not.

    Raises Contradictory where the window has no part of it.
    """
    first, instant, last = (
        _edge(at, run) for at in (run.window.start, start, run.window.end - _INSTANT)
    )
    if not first <= instant <= last:
        told = f"{start.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        raise contradiction(f"a row of {told} lies outside of the window")
    return instant


def _edge(at: datetime, run: Run) -> datetime:
    """Where the bucket of an instant begins."""
    naive = at.astimezone(UTC).replace(tzinfo=None)
    if run.cut.hourly:
        return naive.replace(minute=0, second=0, microsecond=0)
    return datetime.combine(naive + run.offset_hours * HOUR, time())


def farm(item: Answer) -> Farm:
    farm_id = FarmId(required(item, "farmId", "ListFarms"))
    return Farm(farm_id, required(item, "displayName", "ListFarms"))


def queue(item: Answer) -> Queue:
    return Queue(
        required(item, "queueId", "ListQueues"), required(item, "displayName", "ListQueues")
    )


def fleet(item: Answer) -> Fleet:
    name = required(item, "displayName", "ListFleets")
    return Fleet(
        required(item, "fleetId", "ListFleets"), name, _market(item.get("configuration") or {})
    )


def _market(configuration: Answer) -> Market:
    if "customerManaged" in configuration:
        return Market.CUSTOMER_MANAGED
    options = (configuration.get("serviceManagedEc2") or {}).get("instanceMarketOptions") or {}
    try:
        return Market(options.get("type", ""))
    except ValueError:
        return Market.UNKNOWN


def store_of_member(item: Answer) -> str:
    """The Identity Center store that a farm's member is in."""
    return str(required(item, "identityStoreId", "ListFarmMembers"))


def scale_factor(answer: Answer) -> float:
    """What the farm's costs are multiplied by: 0 to 100; raises Garbled."""
    factor = float(required(answer, "costScaleFactor", "GetFarm"))
    if not 0 <= factor <= _MOST_SCALE_FACTOR:
        raise Garbled(f"The farm's cost scale factor is {factor:g}.", operation="GetFarm")
    return factor


def job_name(item: Answer) -> tuple[str, str]:
    """The id and the name."""
    return required(item, "jobId", "BatchGetJob"), required(item, "name", "BatchGetJob")


def job_error(item: Answer) -> tuple[str, str]:
    """The id of a job that BatchGetJob could not look up, and the error's code."""
    return required(item, "jobId", "BatchGetJob"), required(item, "code", "BatchGetJob")
