"""The service's names on the wire, and nowhere else: requests out of runs, values out of answers.

Shapes are those of botocore's service model `deadline` (2023-10-12). botocore reads a body that
is not JSON as an answer without members, so every member that the model requires is asked for
here: a broken page must never pass for an empty one. What members are is looked at in `body`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import index
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stats import grouped, laws, spans
from stats.errors import Contradictory, Garbled, Malformed
from stats.model import (
    COMPUTE,
    LICENSE,
    MISSING,
    PERSISTENT_VOLUME,
    Dimension,
    Farm,
    FarmId,
    Fleet,
    Market,
    Queue,
)
from stats.plan import Run

Answer = Mapping[str, Any]

USAGE_TYPES = (COMPUTE, LICENSE, PERSISTENT_VOLUME)
"""Those that the service's model names; an answer may hold newer ones."""

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
_BOUGHT = {str(one): one for one in (Market.ON_DEMAND, Market.SPOT, Market.WAIT_AND_SAVE)}
_MOST_SCALE_FACTOR = 100
"""By the model."""

_MOST_SAID = 500
_NOT_TOLD = float("nan")

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


def identified(answer: Answer, member: str, operation: str) -> str:
    """An id that the model promises; raises Garbled where it is missing or empty."""
    return str(required(answer, member, operation) or required({}, member, operation))


def aggregation_id(answer: Answer) -> str:
    """The id of what was started; raises Garbled."""
    return identified(answer, "aggregationId", "StartSessionsStatisticsAggregation")


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
        message=" ".join(str(answer.get("statusMessage") or "").split())[:_MOST_SAID],
        rows=answer.get("statistics") or (),
        next_token=answer.get("nextToken") or None,
    )


def frame(rows: Sequence[Answer], run: Run) -> pd.DataFrame:
    """A run's rows as columns: bucket, a key a dimension (job_name too), and MEASURES.

    `bucket` is as `spans.buckets` has it. Where a row's smallest and largest don't fit its sum, or
    are not told, they are empty. Raises Malformed where a row lacks a number, and Contradictory
    where one breaks a law, is of no bucket or resource of the run, or comes twice, and where they
    are of other keys than those that were asked for.
    """
    table = parsed(rows, run)
    checked(table, rows, run)
    return table


def parsed(rows: Sequence[Answer], run: Run) -> pd.DataFrame:
    """The same before the laws are looked at, but for time's."""
    times = [(row.get("aggregationStartTime"), row.get("aggregationEndTime")) for row in rows]
    try:
        return pd.DataFrame(
            {"bucket": spans.buckets(times, run), **_keys(rows, run), **_numbers(rows)}
        )
    except OverflowError as beyond:
        raise contradiction("a row's count is beyond any number that can be") from beyond
    except KeyError as missing:
        raise Malformed(
            f"In the answer to {_GET} a row lacks “{missing.args[0]}”.",
            "Nothing is shown, since a number would be missing: try again.",
            operation=_GET,
        ) from missing


def _keys(rows: Sequence[Answer], run: Run) -> dict[str, pd.Series]:
    """What rows are of, by dimension; and names of jobs."""
    columns = {}
    for dimension in run.cut.by:
        columns[dimension.column] = pd.Series(_keys_of(rows, dimension), dtype="str")
        if dimension is Dimension.JOB:
            names = [row.get("jobName") or "" for row in rows]
            columns["job_name"] = pd.Series(names, dtype="str")
    return columns


def _keys_of(rows: Sequence[Answer], dimension: Dimension) -> list[str]:
    member = _KEY[dimension]
    return [row.get(member) or MISSING for row in rows]


def _numbers(rows: Sequence[Answer]) -> dict[str, NDArray[Any]]:
    """MEASURES; of a smallest and largest that are not told, NaN."""
    columns: dict[str, NDArray[Any]] = {}
    counts = (index(row["count"]) for row in rows)
    columns["count"] = np.fromiter(counts, "int64", len(rows))
    for unit, member in _SPREADS.items():
        figures = [row[member] for row in rows]
        sums = (each["sum"] for each in figures)
        columns[f"{unit}_sum"] = np.fromiter(sums, "float64", len(rows))
        for edge in ("min", "max"):
            numbers = (each.get(edge, _NOT_TOLD) for each in figures)
            columns[f"{unit}_{edge}"] = np.fromiter(numbers, "float64", len(rows))
    return columns


def checked(table: pd.DataFrame, rows: Sequence[Answer], run: Run) -> None:
    """Holds rows to the laws, as `frame` does; those that they were parsed from tell equal ones."""
    broken = laws.broken({name: table[name].to_numpy() for name in MEASURES})
    if broken:
        raise contradiction(broken)
    strangers = set(_keys_of(rows, run.resource)) - {MISSING, *run.ids}
    if strangers:
        raise contradiction(f"a row is of {min(strangers)}, which was not asked for")
    other = grouped.wrong(table, run, partial(_keys_of, rows))
    if other:
        raise contradiction(other)
    if _one_comes_twice(table, rows):
        raise contradiction("a row of its results comes twice")
    laws.emptied(table)


def _one_comes_twice(table: pd.DataFrame, rows: Sequence[Answer]) -> bool:
    """Whether two rows are equal in all members; where they differ in any, both count.

    Few rows have the same numbers, so only those are looked at as a whole.
    """
    numbers = ["bucket", "cost_usd_sum", "runtime_seconds_sum"]
    some = table[table.duplicated(numbers, keep=False)]
    alike = some[some.duplicated(keep=False)]
    if alike.empty:
        return False
    for _, equal in alike.groupby([*alike], sort=False, dropna=False):
        whole = [rows[n] for n in equal.index]
        if any(one in whole[n + 1 :] for n, one in enumerate(whole)):
            return True
    return False


def farm(item: Answer) -> Farm:
    farm_id = identified(item, "farmId", "ListFarms")
    return Farm(FarmId(farm_id), _name(item, farm_id, "ListFarms"))


def queue(item: Answer) -> Queue:
    queue_id = identified(item, "queueId", "ListQueues")
    return Queue(queue_id, _name(item, queue_id, "ListQueues"), item.get("createdAt"))


def fleet(item: Answer) -> Fleet:
    fleet_id = identified(item, "fleetId", "ListFleets")
    name = _name(item, fleet_id, "ListFleets")
    return Fleet(fleet_id, name, _market(item.get("configuration") or {}), item.get("createdAt"))


def _name(item: Answer, its_id: str, operation: str) -> str:
    """What a thing is called; one whose name is empty, by its id."""
    return required(item, "displayName", operation) or its_id


def _market(configuration: Answer) -> Market:
    if "customerManaged" in configuration:
        return Market.CUSTOMER_MANAGED
    if "serviceManagedEc2" not in configuration:
        return Market.UNKNOWN
    options = (configuration["serviceManagedEc2"] or {}).get("instanceMarketOptions") or {}
    return _BOUGHT.get(options.get("type", ""), Market.OTHER)


def store_of_member(item: Answer) -> str:
    """The Identity Center store that a farm's member is in."""
    return str(required(item, "identityStoreId", "ListFarmMembers"))


def scale_factor(answer: Answer, farm_id: FarmId) -> float:
    """What the farm's costs are multiplied by: 0 to 100; raises Garbled."""
    _is_about(answer, "farmId", farm_id, "GetFarm")
    factor = float(required(answer, "costScaleFactor", "GetFarm"))
    if not 0 <= factor <= _MOST_SCALE_FACTOR:
        raise Garbled(f"The farm's cost scale factor is {factor:g}.", operation="GetFarm")
    return factor


def person(answer: Answer, user_id: str) -> str | None:
    """A person's name, if there is one; raises Garbled where the answer is about somebody else."""
    _is_about(answer, "UserId", user_id, "DescribeUser")
    return answer.get("DisplayName") or answer.get("UserName")


def _is_about(answer: Answer, member: str, asked: str, operation: str) -> None:
    told = identified(answer, member, operation)
    if told.lower() != asked.lower():
        raise Garbled(f"The answer to {operation} is about {told}.", operation=operation)
