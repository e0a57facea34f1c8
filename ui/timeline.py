"""The periods along a chart's axis, all of them, and which of them get a label."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

from stats.model import Period, Window
from stats.zone import HOUR, Zone
from ui.format import period_label

_MOST_TICKS = 7
_FEWEST_TICKS = 3


@dataclass(frozen=True)
class Timeline:
    """The starts of all periods of a window, in order, as UTC instants.

    From `preliminary_from` on the figures may still change; None: nothing will. Of `unknown`
    stretches nothing is known, and of `doubtful` ones that there was at least what is reported.
    """

    starts: tuple[datetime, ...]
    period: Period
    zone: Zone
    preliminary_from: datetime | None = None
    doubtful: tuple[Window, ...] = ()
    unknown: tuple[Window, ...] = ()
    end: datetime | None = None

    @classmethod
    @lru_cache(maxsize=64)
    def of(
        cls,
        window: Window,
        period: Period,
        zone: Zone,
        preliminary_from: datetime | None = None,
        doubtful: tuple[Window, ...] = (),
        unknown: tuple[Window, ...] = (),
    ) -> Timeline:
        """The calendar's periods, the first one clipped to the window's start."""
        starts = [window.start]
        while (after := _next(starts[-1], period, zone, window)) < window.end:
            starts.append(after)
        open_end = preliminary_from is not None and preliminary_from < window.end
        since = preliminary_from if open_end else None
        return cls(tuple(starts), period, zone, since, doubtful, unknown, window.end)

    @cached_property
    def places_unknown(self) -> frozenset[int]:
        """The places of the periods of which nothing is known."""
        within = ((n, a, b) for n, (a, b) in enumerate(self._edges))
        return frozenset(
            n for n, a, b in within if any(one.start <= a and b <= one.end for one in self.unknown)
        )

    @cached_property
    def places_doubtful(self) -> frozenset[int]:
        """The places of the periods with "at least" what is reported, of some days at least."""
        some = (*self.doubtful, *self.unknown)
        touched = (
            n
            for n, (a, b) in enumerate(self._edges)
            if any(one.start < b and a < one.end for one in some)
        )
        return frozenset(touched) - self.places_unknown

    @property
    def _edges(self) -> list[tuple[datetime, datetime]]:
        return list(zip(self.starts, [*self.starts[1:], self.end or self.starts[-1]], strict=True))

    @cached_property
    def labels(self) -> list[str]:
        """What each period is called."""
        return [period_label(start, self.period, self.zone) for start in self.starts]

    @property
    def first_preliminary(self) -> int:
        """The place of the first period that may still change; one past the last if none may."""
        if self.preliminary_from is None:
            return len(self.starts)
        ends = [*self.starts[1:], None]
        held = (e is not None and e <= self.preliminary_from for e in ends)
        return sum(1 for settled in held if settled)

    def ticks(self) -> tuple[list[int], list[str]]:
        """Places and labels of at most seven ticks: calendar landmarks where they are enough."""
        local = [self._clock(start) for start in self.starts]
        for landmark in _LANDMARKS[self.period]:
            places = [i for i, moment in enumerate(local) if landmark(moment)]
            if len(places) <= _MOST_TICKS:
                break
        if len(places) < min(_FEWEST_TICKS, len(local)):
            places = list(range(0, len(local), math.ceil(len(local) / _MOST_TICKS)))
        apart = [i for i in places if i == places[0] or i - places[0] > len(local) / 16]
        return apart, [self._tick(local[i], i == apart[0]) for i in apart]

    def _clock(self, start: datetime) -> datetime:
        """Local time; a day begins at 00:00, also where clocks go forward at midnight."""
        local = self.zone.local(start)
        return local.replace(hour=0) if self.zone.begins_day(start) else local

    def _tick(self, local: datetime, first: bool) -> str:
        """A tick's label on two lines at most, with the year where it begins."""
        day = f"{local.day} {local:%b}"
        if self.period is Period.MONTHLY:
            return f"{local:%b}<br>{local.year}" if first or local.month == 1 else f"{local:%b}"
        if self.period is Period.HOURLY and not (local.hour == 0 and self._days() > 2):
            return f"{local:%H:%M}<br>{day}"
        return f"{day}<br>{local.year}" if first or local.timetuple().tm_yday <= 7 else day

    def _days(self) -> int:
        return (self.starts[-1] - self.starts[0]) // timedelta(days=1)


def _next(start: datetime, period: Period, zone: Zone, window: Window) -> datetime:
    if period is Period.TOTAL:
        return window.end
    if period is Period.HOURLY:
        return start + HOUR
    day = zone.day(start)
    if period is Period.DAILY:
        return zone.midnight(day + timedelta(days=1))
    if period is Period.WEEKLY:
        return zone.midnight(day + timedelta(days=7 - day.weekday()))
    return zone.midnight((day.replace(day=1) + timedelta(days=32)).replace(day=1))


def _any(_: datetime) -> bool:
    return True


def _hour(step: int) -> Callable[[datetime], bool]:
    return lambda local: local.hour % step == 0


def _monday(local: datetime) -> bool:
    return local.weekday() == 0 and local.hour == 0


def _month(step: int) -> Callable[[datetime], bool]:
    """The first of every `step`th month; of weeks, the one with the month's first Monday."""
    return lambda local: local.day == 1 and local.hour == 0 and (local.month - 1) % step == 0


def _week_of_month(step: int) -> Callable[[datetime], bool]:
    return lambda local: local.day <= 7 and (local.month - 1) % step == 0


_MONTHS = [_month(1), _month(2), _month(3), _month(6), _month(12)]
_LANDMARKS: dict[Period, list[Callable[[datetime], bool]]] = {
    Period.HOURLY: [_any, _hour(3), _hour(6), _hour(12), _hour(24), _monday, *_MONTHS],
    Period.DAILY: [_any, _monday, *_MONTHS],
    Period.WEEKLY: [_any, *(_week_of_month(step) for step in (1, 2, 3, 6, 12))],
    Period.MONTHLY: [_any, *_MONTHS],
    Period.TOTAL: [_any],
}
