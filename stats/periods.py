"""The calendar period that each hour or local day lies in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from stats.model import Period, Question, Window
from stats.zone import HOUR, Zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def of(instants: Iterable[datetime], question: Question) -> tuple[pd.DataFrame, list[int]]:
    """The periods that instants lie in, and for each instant its period's number.

    A period has `period_start` and `period_end` (UTC), clipped to the question's window. Its
    number is its start, in microseconds since 1970.
    """
    zone, window = Zone(question.timezone), question.window
    found = [_clipped(edges, window) for edges in _periods(instants, question.period, zone)]
    numbers = {edges: microseconds(edges[0]) for edges in dict.fromkeys(found)}
    table = pd.DataFrame(list(numbers), columns=["period_start", "period_end"])
    return table.astype("datetime64[us, UTC]"), [numbers[edges] for edges in found]


def numbers(table: pd.DataFrame) -> pd.Series:
    """The numbers of rows' periods."""
    return table["period_start"].astype("datetime64[us, UTC]").astype("int64")


def microseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _clipped(edges: tuple[datetime, datetime] | None, window: Window) -> tuple[datetime, datetime]:
    if edges is None:
        return window.start, window.end
    return max(edges[0], window.start), min(edges[1], window.end)


def _periods(
    instants: Iterable[datetime], period: Period, zone: Zone
) -> Iterator[tuple[datetime, datetime] | None]:
    """The period of each; instants in order are most often in that of the one before."""
    edges = None
    for instant in instants:
        if edges is None or not edges[0] <= instant < edges[1]:
            edges = _period(instant, period, zone)
        yield edges


def _period(instant: datetime, period: Period, zone: Zone) -> tuple[datetime, datetime] | None:
    if period is Period.TOTAL:
        return None
    if period is Period.HOURLY:
        return instant, instant + HOUR
    first, after = _CALENDAR[period](zone.day(instant))
    return zone.midnight(first), zone.midnight(after)


def _day(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=1)


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=7)


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


_CALENDAR: dict[Period, Callable[[date], tuple[date, date]]] = {
    Period.DAILY: _day,
    Period.WEEKLY: _week,
    Period.MONTHLY: _month,
}
