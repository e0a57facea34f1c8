"""The filters and the order of SearchJobs, over jobs as they are written on the wire.

Filters name a field in capitals (`CREATED_AT`, `JOB_NAME`); a field that a job lacks matches
only the negative comparisons. The jobs here have no parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.errors import validation
from simulator.request import Parameters
from simulator.written import Written, iso

_FIELD = {
    "JOB_ID": "jobId",
    "QUEUE_ID": "queueId",
    "JOB_NAME": "name",
    "NAME": "name",
    "LIFECYCLE_STATUS": "lifecycleStatus",
    "TASK_RUN_STATUS": "taskRunStatus",
    "PRIORITY": "priority",
    "CREATED_BY": "createdBy",
    "CREATED_AT": "createdAt",
    "STARTED_AT": "startedAt",
    "ENDED_AT": "endedAt",
}
_NEGATIVE = ("NOT_EQUAL", "ALL_NOT_EQUALS")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUAL": lambda a, b: bool(a == b),
    "NOT_EQUAL": lambda a, b: bool(a != b),
    "GREATER_THAN_EQUAL_TO": lambda a, b: bool(a >= b),
    "GREATER_THAN": lambda a, b: bool(a > b),
    "LESS_THAN_EQUAL_TO": lambda a, b: bool(a <= b),
    "LESS_THAN": lambda a, b: bool(a < b),
    "ANY_EQUALS": lambda a, b: bool(a in b),
    "ALL_NOT_EQUALS": lambda a, b: bool(a not in b),
}


def matches(group: Parameters | None, job: Written) -> bool:
    """Whether a job passes SearchGroupedFilterExpressions; no filter lets all pass."""
    if group is None:
        return True
    passed = (_passes(expression, job) for expression in group["filters"])
    return all(passed) if group["operator"] == "AND" else any(passed)


def ordered(jobs: list[Written], sorts: Sequence[Parameters]) -> list[Written]:
    """The jobs by SearchSortExpressions, the first one foremost; the newest first without any."""
    newest = {"fieldSort": {"name": "CREATED_AT", "sortOrder": "DESCENDING"}}
    for expression in reversed(sorts or [newest]):
        ((kind, said),) = expression.items()
        if kind == "userJobsFirst":
            user = said["userIdentityId"]
            jobs = sorted(jobs, key=lambda job: job["createdBy"] != user)
        elif kind == "fieldSort":
            name = _field(said["name"])
            down = said["sortOrder"] == "DESCENDING"
            jobs = sorted(jobs, key=lambda job: _sortable(job.get(name)), reverse=down)
    return jobs


def _sortable(value: Any) -> tuple[bool, Any]:
    return value is not None, value if value is not None else 0


def _passes(expression: Parameters, job: Written) -> bool:
    ((kind, said),) = expression.items()
    if kind == "groupFilter":
        return matches(said, job)
    if kind == "searchTermFilter":
        return str(said["searchTerm"]).casefold() in str(job["name"]).casefold()
    if kind == "parameterFilter":
        return said["operator"] in _NEGATIVE
    if kind == "dateTimeFilter":
        return _compared(said, job, iso(said["dateTime"]))
    wanted = said["value"] if kind == "stringFilter" else said["values"]
    return _compared(said, job, wanted)


def _compared(said: Parameters, job: Written, wanted: Any) -> bool:
    value = job.get(_field(said["name"]))
    if value is None:
        return said["operator"] in _NEGATIVE
    if isinstance(value, int):
        value = str(value)
    several = isinstance(wanted, list)
    if several != (said["operator"] in ("ANY_EQUALS", "ALL_NOT_EQUALS")):
        wanted = wanted[0] if several else [wanted]
    return _COMPARE[said["operator"]](value, wanted)


def _field(name: str) -> str:
    if name not in _FIELD:
        raise validation([("name", f"is not a field to filter or sort by: {name}")])
    return _FIELD[name]
