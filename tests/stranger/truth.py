"""The right answer, by plain loops straight over the records, and what differs from it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.stranger.records import FIRST, LAST, Record

WORDS = ("queue", "fleet", "job", "user", "usage_type", "instance_type", "license_product")
_HOUR = timedelta(hours=1)
NUMBERS = tuple(
    f"{unit}_{s}" for unit in ("cost_usd", "runtime_seconds") for s in ("sum", "min", "max", "avg")
)


@dataclass(frozen=True)
class Wanted:
    """A question in plain words; `ids` are those of the scope, `where` is any-of by dimension."""

    ids: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scope: str = "queue"
    period: str = "total"
    zone: str = "UTC"
    start: datetime = FIRST
    end: datetime = LAST
    left_out: bool = False

    def __str__(self) -> str:
        where = {d: len(v) for d, v in self.where.items()}
        return (
            f"by={','.join(self.by)} where={where} {self.scope}s={len(self.ids)} "
            f"{self.period} {self.zone} {self.start:%m-%d %H}…{self.end:%m-%d %H}"
            f"{' left out' if self.left_out else ''}"
        )


def column(word: str) -> str:
    """A dimension's column in tables and files."""
    return f"{word}_id" if word in ("queue", "fleet", "job", "user") else word


def in_scope(records: Iterable[Record], wanted: Wanted) -> list[Record]:
    """The records of the scope and the window."""
    return [
        r
        for r in records
        if getattr(r, wanted.scope) in wanted.ids and wanted.start <= r.at < wanted.end
    ]


def placed(records: Iterable[Record], wanted: Wanted) -> list[Record]:
    """Those that a breakdown can hold: all, or in `left_out` those with all keys there are.

    What has neither instance type nor product can be told by its usage type, where only such
    types are asked for.
    """
    told_apart = {*wanted.by, *(d for d in wanted.where if d != wanted.scope)}
    types = wanted.where.get("usage_type", {"COMPUTE", "LICENSE"})
    told_apart -= set() if "COMPUTE" in types else {"instance_type"}
    told_apart -= set() if "LICENSE" in types else {"license_product"}
    return [
        r
        for r in in_scope(records, wanted)
        if not wanted.left_out or all(getattr(r, d) is not None for d in told_apart)
    ]


def rows(records: Iterable[Record], wanted: Wanted) -> dict[tuple[str, ...], dict[str, float]]:
    """Figures by (period_start, period_end, key, …), edges as ISO 8601 in UTC."""
    groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
    for record in placed(records, wanted):
        if all((getattr(record, d) or "") in values for d, values in wanted.where.items()):
            keys = tuple(getattr(record, d) or "" for d in wanted.by)
            groups[(*_edges(record.at, wanted), *keys)].append(record)
    return {key: figures(some) for key, some in groups.items()}


def figures(records: list[Record]) -> dict[str, float]:
    """count and the eight numbers of a row."""
    numbers: dict[str, float] = {"count": len(records)}
    for unit, attribute in (("cost_usd", "cost"), ("runtime_seconds", "runtime")):
        values = [float(getattr(r, attribute)) for r in records]
        total = math.fsum(values)
        spread = (total, min(values), max(values), total / len(values))
        numbers |= {
            f"{unit}_{s}": n for s, n in zip(("sum", "min", "max", "avg"), spread, strict=True)
        }
    return numbers


def differences(
    got: Iterable[Mapping[str, Any]], records: Iterable[Record], wanted: Wanted
) -> list[str]:
    """What is wrong, missing or too much in rows (dicts by column), in words; empty if nothing."""
    right, wrong = rows(records, wanted), []
    seen = set()
    for row in got:
        edges = (_iso(row["period_start"]), _iso(row["period_end"]))
        key = (*edges, *(str(row[column(word)]) for word in wanted.by))
        if key in seen:
            wrong.append(f"{wanted}: twice {key}")
        seen.add(key)
        for name, number in right.get(key, {"count": 0}).items():
            if not math.isclose(float(row[name]), number, rel_tol=1e-9, abs_tol=1e-6):
                wrong.append(f"{wanted}: {key} {name} {row[name]} is not {number}")
    wrong += [f"{wanted}: lacks {key}" for key in right if key not in seen]
    return wrong


def _iso(edge: Any) -> str:
    moment = datetime.fromisoformat(edge) if isinstance(edge, str) else edge.to_pydatetime()
    if moment.utcoffset() != timedelta():
        raise AssertionError(f"{edge} is not in UTC")
    return str(moment.astimezone(UTC).isoformat())


def _edges(at: datetime, wanted: Wanted) -> tuple[str, str]:
    if wanted.period == "total":
        start, end = wanted.start, wanted.end
    elif wanted.period == "hourly":
        start = at.replace(minute=0, second=0)
        end = start + _HOUR
    else:
        first, after = _calendar(local_day(at, wanted.zone), wanted.period)
        start, end = day_start(first, wanted.zone), day_start(after, wanted.zone)
    return max(start, wanted.start).isoformat(), min(end, wanted.end).isoformat()


def _calendar(day: date, period: str) -> tuple[date, date]:
    if period == "daily":
        return day, day + timedelta(days=1)
    if period == "weekly":
        year, week, _ = day.isocalendar()
        monday = date.fromisocalendar(year, week, 1)
        return monday, monday + timedelta(days=7)
    if day.month == 12:
        return day.replace(day=1), date(day.year + 1, 1, 1)
    return day.replace(day=1), date(day.year, day.month + 1, 1)


def local_day(at: datetime, zone: str) -> date:
    """The day by that zone's clock, an offset off the whole hour rounded, a half to the east."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return (at + math.floor(offset / _HOUR + 0.5) * _HOUR).date()


@cache
def day_start(day: date, zone: str) -> datetime:
    """The first whole hour (UTC) that lies in a local day, found by looking at each."""
    hour = datetime(day.year, day.month, day.day, tzinfo=UTC) - 15 * _HOUR
    while local_day(hour, zone) < day:
        hour += _HOUR
    return hour
