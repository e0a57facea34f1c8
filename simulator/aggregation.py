"""Aggregations: one running per farm, done after a while, gone after an hour.

    Start → IN_PROGRESS → COMPLETED | FAILED | TIMEOUT → gone

The clock is injected; nothing here sleeps.
"""

from __future__ import annotations

import math
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from simulator.errors import not_found, throttled
from simulator.faults import Fault
from simulator.ledger import Ledger, Question, Rows, Spread
from simulator.settings import SimulatorSettings

LIFETIME = timedelta(hours=1)
"""How long after its Start an aggregation's results are there."""

_WIRE_NAME = {
    "QUEUE_ID": "queueId",
    "FLEET_ID": "fleetId",
    "JOB_ID": "jobId",
    "USER_ID": "userId",
    "USAGE_TYPE": "usageType",
    "INSTANCE_TYPE": "instanceType",
    "LICENSE_PRODUCT": "licenseProduct",
}
_MESSAGE = {
    "FAILED": "The aggregation failed. Try fewer resources or a shorter time.",
    "TIMEOUT": "The aggregation took too long. Try fewer resources or a shorter time.",
}


@dataclass
class Aggregation:
    """One Start with its fate; `ready_at` is when it ends, `gone_at` when it is forgotten."""

    aggregation_id: str
    question: Question
    ready_at: datetime
    gone_at: datetime
    outcome: str
    _rows: Rows | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def status(self, now: datetime) -> str:
        """IN_PROGRESS, and then the outcome."""
        return "IN_PROGRESS" if now < self.ready_at else self.outcome

    def message(self, now: datetime) -> str | None:
        """What the service says of a bad end."""
        return _MESSAGE.get(self.status(now))

    def rows(self, ledger: Ledger, *, drop_missing_keys: bool) -> Rows:
        """The result, worked out at the first call."""
        with self._lock:
            if self._rows is None:
                self._rows = ledger.rows(self.question, drop_missing_keys=drop_missing_keys)
            return self._rows


class Aggregations:
    """All farms' aggregations; thread-safe."""

    def __init__(
        self, ledger: Ledger, settings: SimulatorSettings, clock: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, Aggregation] = {}
        self._held_until: dict[str, datetime] = {}
        self.most_running = 0
        self.turned_away = 0
        self.running_seconds = 0.0

    def start(self, question: Question, fault: Fault | None) -> str:
        """The new aggregation's id; raises a ThrottlingException while the farm is busy."""
        records = self._ledger.count(question)
        with self._lock:
            now = self._clock()
            self._forget(now)
            if fault and fault.kind == "busy":
                self._held_until[question.farm_id] = now + timedelta(seconds=fault.seconds)
            self._refuse_if_busy(question.farm_id, now)
            new = self._begun(question, records, now, fault)
            self._known[new.aggregation_id] = new
            self.running_seconds += (new.ready_at - now).total_seconds()
            running = sum(other.ready_at > now for other in self._of(question.farm_id))
            self.most_running = max(self.most_running, running)
        return new.aggregation_id

    def found(self, farm_id: str, aggregation_id: str) -> Aggregation:
        """The farm's aggregation of that id; raises a ResourceNotFoundException if it is gone."""
        with self._lock:
            known = self._known.get(aggregation_id)
        if known is None or known.question.farm_id != farm_id or self._clock() >= known.gone_at:
            raise not_found("sessions-statistics-aggregation", aggregation_id)
        return known

    def _begun(
        self, question: Question, records: int, now: datetime, fault: Fault | None
    ) -> Aggregation:
        per_thousand = self._settings.running_seconds_per_thousand
        lasts = self._settings.running_base_seconds + per_thousand * records / 1000
        kind = fault.kind if fault else None
        ready_at = now + (LIFETIME if kind == "endless" else timedelta(seconds=lasts))
        limit = self._settings.timeout_records
        outcome = "TIMEOUT" if limit is not None and records > limit else "COMPLETED"
        return Aggregation(
            secrets.token_hex(16),
            question,
            ready_at,
            ready_at if kind == "expire" else now + LIFETIME,
            {"failed": "FAILED", "timeout": "TIMEOUT"}.get(kind or "", outcome),
        )

    def _refuse_if_busy(self, farm_id: str, now: datetime) -> None:
        ends = [other.ready_at for other in self._of(farm_id)]
        until = max([*ends, self._held_until.get(farm_id, now)])
        if until > now:
            self.turned_away += 1
            message = "Only one sessions statistics aggregation can run on a farm at a time."
            raise throttled(message, math.ceil((until - now).total_seconds()))

    def _of(self, farm_id: str) -> list[Aggregation]:
        return [other for other in self._known.values() if other.question.farm_id == farm_id]

    def _forget(self, now: datetime) -> None:
        """Drops what nobody can read any more, so that a long-lived server doesn't grow."""
        for aggregation_id, known in list(self._known.items()):
            if now >= max(known.gone_at, known.ready_at):
                del self._known[aggregation_id]


def wire_rows(
    rows: Rows, statistics: tuple[str, ...], names: dict[str, str], page: range
) -> list[dict[str, Any]]:
    """The rows of a page as the service writes them; `names` are job names by id."""
    columns = {_WIRE_NAME[key]: values for key, values in rows.keys.items()}
    at = slice(page.start, page.stop)
    edges = zip(_iso(rows.bucket_start[at]), _iso(rows.bucket_end[at]), strict=True)
    cost = _spreads(rows.cost_usd, statistics, at)
    runtime = _spreads(rows.runtime_seconds, statistics, at)
    written = []
    for i, (start, end) in zip(page, edges, strict=True):
        row: dict[str, Any] = {k: v[i] for k, v in columns.items() if v[i] is not None}
        if row.get("jobId") in names:
            row["jobName"] = names[row["jobId"]]
        row["count"] = int(rows.count[i])
        row["costInUsd"] = cost[i - page.start]
        row["runtimeInSeconds"] = runtime[i - page.start]
        row["aggregationStartTime"] = start
        row["aggregationEndTime"] = end
        written.append(row)
    return written


def _spreads(spread: Spread, statistics: tuple[str, ...], at: slice) -> list[dict[str, float]]:
    asked = [name.lower() for name in statistics]
    columns = [getattr(spread, name)[at].tolist() for name in asked]
    return [dict(zip(asked, values, strict=True)) for values in zip(*columns, strict=True)]


def _iso(instants: np.typing.NDArray[np.int64]) -> list[str]:
    return [f"{text}Z" for text in np.datetime_as_string(instants.astype("datetime64[s]"))]
