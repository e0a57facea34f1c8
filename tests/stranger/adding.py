"""How the service adds up: sparse buckets of a fixed offset, grouped by one or two keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from tests.stranger.records import FarmData, Record

_MEMBERS = {
    "QUEUE_ID": ("queue", "queueId"),
    "FLEET_ID": ("fleet", "fleetId"),
    "JOB_ID": ("job", "jobId"),
    "USER_ID": ("user", "userId"),
    "USAGE_TYPE": ("usage_type", "usageType"),
    "INSTANCE_TYPE": ("instance_type", "instanceType"),
    "LICENSE_PRODUCT": ("license_product", "licenseProduct"),
}
Edges = tuple[datetime, datetime]


class Manner(Protocol):
    """How rows are given."""

    missing: str
    job_names: bool
    clipped: bool


def added_up(farm: FarmData, body: dict[str, Any], manner: Manner) -> list[dict[str, Any]]:
    """The rows of an aggregation, in no order that a caller may rely on."""
    start, end = (datetime.fromisoformat(body[edge]) for edge in ("startTime", "endTime"))
    ((kind, ids),) = body["resourceIds"].items()
    attribute = "queue" if kind == "queueIds" else "fleet"
    offset = _offset(body.get("timezone", "UTC+00:00"))
    groups: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in farm.records:
        if not start <= record.at < end or getattr(record, attribute) not in ids:
            continue
        keys = tuple(getattr(record, _MEMBERS[g][0]) for g in body["groupBy"])
        if manner.missing == "left out" and None in keys:
            continue
        edges = _bucket(record.at, body.get("period"), offset) or (start, end)
        groups[(edges, *keys)].append(record)
    rows = []
    for (edges, *found), records in groups.items():
        row = {_MEMBERS[g][1]: k for g, k in zip(body["groupBy"], found, strict=True) if k}
        if manner.job_names and "jobId" in row:
            row["jobName"] = farm.jobs[row["jobId"]].name
        shown = (max(edges[0], start), min(edges[1], end)) if manner.clipped else edges
        rows.append({**row, **_edges(shown), **_figures(records, body["statistics"])})
    return rows


def _offset(text: str) -> timedelta:
    hours, minutes = text[4:].split(":")
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if text[3] == "-" else size


def _bucket(at: datetime, period: str | None, offset: timedelta) -> Edges | None:
    if period is None:
        return None
    local = (at + offset).replace(minute=0, second=0, microsecond=0)
    if period == "HOURLY":
        return local - offset, local - offset + timedelta(hours=1)
    day = local.replace(hour=0)
    if period == "DAILY":
        return day - offset, day - offset + timedelta(days=1)
    if period == "WEEKLY":
        monday = day - timedelta(days=day.weekday())
        return monday - offset, monday - offset + timedelta(days=7)
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return first - offset, after - offset


def _edges(edges: Edges) -> dict[str, str]:
    start, end = (edge.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for edge in edges)
    return {"aggregationStartTime": start, "aggregationEndTime": end}


def _figures(records: Sequence[Record], statistics: Sequence[str]) -> dict[str, Any]:
    return {
        "count": len(records),
        "costInUsd": _stats([r.cost for r in records], statistics),
        "runtimeInSeconds": _stats([r.runtime for r in records], statistics),
    }


def _stats(numbers: list[Decimal], statistics: Sequence[str]) -> dict[str, float]:
    total = sum(numbers, Decimal())
    known = {"SUM": total, "MIN": min(numbers), "MAX": max(numbers), "AVG": total / len(numbers)}
    return {s.lower(): float(known[s]) for s in statistics}
