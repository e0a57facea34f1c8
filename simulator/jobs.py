"""SearchJobs, GetJob and BatchGetJob."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from simulator.catalogue import Catalogue
from simulator.errors import ServiceError, not_found
from simulator.request import Handler, Parameters
from simulator.search import matches, ordered
from simulator.written import Written, iso

_MOST_FOUND = 10_000


@dataclass(frozen=True, slots=True)
class Job:
    """A job; times are as on the wire, so that they compare and filter as they are written.

    Those from `started_at` on may lie in the future.
    """

    farm_id: str
    queue_id: str
    job_id: str
    name: str
    user_id: str
    priority: int
    task_count: int
    final_status: str
    created_at: str
    started_at: str
    ended_at: str

    def status(self, now: str) -> str:
        """The state of its tasks at that time."""
        if now < self.started_at:
            return "READY"
        return "RUNNING" if now < self.ended_at else self.final_status


class Jobs:
    """Answers the operations about jobs; those created after the clock's now aren't there."""

    def __init__(
        self,
        table: pd.DataFrame,
        catalogue: Catalogue,
        clock: Callable[[], datetime],
        list_page_size: int,
    ) -> None:
        self._jobs = {job.job_id: job for job in _jobs(table)}
        self._catalogue = catalogue
        self._clock = clock
        self._page_size = list_page_size

    def handlers(self) -> Mapping[str, Handler]:
        """The operations answered here, by name."""
        return {"SearchJobs": self._search, "GetJob": self._get, "BatchGetJob": self._batch}

    def names(self) -> dict[str, str]:
        """Every job's name by its id."""
        return {job_id: job.name for job_id, job in self._jobs.items()}

    def _get(self, asked: Parameters) -> Written:
        return _in_full(self._found(asked), iso(self._clock()))

    def _batch(self, asked: Parameters) -> Written:
        answer: dict[str, list[Written]] = {"jobs": [], "errors": []}
        for identifier in asked["identifiers"]:
            try:
                job = _in_full(self._found(identifier), iso(self._clock()))
                answer["jobs"].append({**identifier, **job})
            except ServiceError as error:
                said = {"code": error.code, "message": error.message}
                answer["errors"].append({**identifier, **said})
        return answer

    def _found(self, asked: Parameters) -> Job:
        self._catalogue.queue(asked["farmId"], asked["queueId"])
        job = self._jobs.get(asked["jobId"])
        place = (asked["farmId"], asked["queueId"])
        if (
            job is None
            or (job.farm_id, job.queue_id) != place
            or job.created_at > iso(self._clock())
        ):
            raise not_found("job", asked["jobId"])
        return job

    def _search(self, asked: Parameters) -> Written:
        for queue_id in asked["queueIds"]:
            self._catalogue.queue(asked["farmId"], queue_id)
        now = iso(self._clock())
        queues = set(asked["queueIds"])
        here = [job for job in self._jobs.values() if job.queue_id in queues]
        shown = [_search_summary(job, now) for job in here if job.created_at <= now]
        found = [job for job in shown if matches(asked.get("filterExpressions"), job)]
        found = ordered(found, asked.get("sortExpressions", []))[:_MOST_FOUND]
        first = asked["itemOffset"]
        end = first + min(asked.get("pageSize", self._page_size), self._page_size)
        more = {"nextItemOffset": end} if end < len(found) else {}
        return {"jobs": found[first:end], "totalResults": len(found), **more}


def _jobs(table: pd.DataFrame) -> Sequence[Job]:
    columns = [_column(table[name]) for name in Job.__slots__]
    return [Job(*values) for values in zip(*columns, strict=True)]


def _column(values: pd.Series[Any]) -> list[Any]:
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        return values.tolist()
    utc = values.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return [f"{text}Z" for text in np.datetime_as_string(utc, unit="s")]


def _summary(job: Job, now: str) -> Written:
    status = job.status(now)
    written: dict[str, Any] = {
        "jobId": job.job_id,
        "name": job.name,
        "lifecycleStatus": "CREATE_COMPLETE",
        "lifecycleStatusMessage": "Job creation completed successfully",
        "taskRunStatus": status,
        "taskRunStatusCounts": {status: job.task_count},
        "priority": job.priority,
        "createdAt": job.created_at,
        "createdBy": job.user_id,
    }
    if job.started_at <= now:
        written["startedAt"] = job.started_at
    if job.ended_at <= now:
        written["endedAt"] = job.ended_at
    return written


def _in_full(job: Job, now: str) -> Written:
    return _summary(job, now) | {"maxFailedTasksCount": 20, "maxRetriesPerTask": 5}


def _search_summary(job: Job, now: str) -> Written:
    return _summary(job, now) | {"queueId": job.queue_id}
