"""The reporting time zone, as the service can take it: whole-hour offsets from UTC.

The service knows fixed offsets only, and answers nothing useful for half-hour ones. A named
zone is therefore a sequence of spans, each with one whole-hour offset; a zone at :30 or :45 is
snapped to the nearest whole hour (:30 goes east), and `snapped` says so.

Days are the calendar's: one begins with the first whole hour whose local date it is, which is at
01:00 where clocks go forward at midnight. A date that a zone has skipped has no hour at all.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

from stats.errors import QuestionError

HOUR = timedelta(hours=1)
_FAR = 3
"""Hours that a day may begin before or after its clock would show midnight."""
_VERSION = re.compile(r"# version (\S+)")

_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "Factory"})
"""What lies beside IANA's zones, and is another one on each machine, or none."""

_WITH_LEAP_SECONDS = "right/"
"""The same zones on another clock, half a minute off the service's."""

YEARS = range(1990, 2200)
_LATE = 21
"""From this hour on clocks that go back may have been at midnight before."""


@cache
def data_version() -> str:
    """Which time zone data is in force, such as 2026a: the system's, else the package tzdata's."""
    for folder in TZPATH:
        compiled = Path(folder, "tzdata.zi")
        if compiled.is_file():
            with compiled.open(encoding="utf-8") as lines:
                found = _VERSION.match(lines.readline())
            return f"{found[1]} of the system" if found else "the system's, of no known version"
    return f"{metadata.version('tzdata')} of the package tzdata"


@dataclass(frozen=True)
class Span:
    """Part of a window in which the zone keeps one offset: half-open, UTC, whole hours."""

    start: datetime
    end: datetime
    offset_hours: int


@dataclass(frozen=True)
class Zone:
    """An IANA time zone by its name; raises QuestionError where there is none of that name."""

    name: str

    def __post_init__(self) -> None:
        try:
            if self.name in _OF_THE_MACHINE or self.name.startswith(_WITH_LEAP_SECONDS):
                raise ValueError
            ZoneInfo(self.name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise QuestionError(
                f"There is no time zone “{self.name}”.",
                "Give a name from the IANA list, such as America/Los_Angeles or UTC.",
            ) from unknown

    @cached_property
    def _info(self) -> ZoneInfo:
        return ZoneInfo(self.name)

    def _true_offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self._info).utcoffset() or timedelta()

    def offset_hours(self, instant: datetime) -> int:
        """Whole hours east of UTC, as asked of the service: those of the instant's whole hour."""
        hour = instant.replace(minute=0, second=0, microsecond=0)
        return math.floor(self._true_offset(hour) / HOUR + 0.5)

    def snapped(self, instant: datetime) -> bool:
        """Whether the zone's true offset at that instant is not a whole number of hours."""
        return self._true_offset(instant) != self.offset_hours(instant) * HOUR

    def snapped_between(self, start: datetime, end: datetime) -> bool:
        """Whether the zone is off the whole hour on any day of a window."""
        return _snapped_between(self, start, end)

    def instant(self, local: datetime) -> datetime:
        """The UTC instant of a naive local time; the first of two where clocks go back.

        Where they go forward over it, it is as long after the change as it would have been.
        Raises QuestionError for years that no farm has seen or will see.
        """
        if local.year not in YEARS:
            raise QuestionError(
                f"{local:%Y-%m-%d} is not a date to ask about.",
                f"Give a date from {YEARS[0]} to {YEARS[-1]}.",
            )
        as_utc = local.replace(tzinfo=UTC)
        before, after = (self.offset_hours(as_utc + n * timedelta(days=1)) for n in (-1, 1))
        times = sorted(as_utc - offset * HOUR for offset in {before, after})
        there = (at for at in times if self.local(at) == local)
        return next(there, as_utc - before * HOUR)

    def midnight(self, day: date) -> datetime:
        """The UTC instant at which a local day begins; of a skipped one, the day after it."""
        return _midnight(self, day)

    def days(self, start: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """The whole local days between two instants, each from its first instant to its last."""
        first = self.day(start)
        if _midnight(self, first) < start:
            first += timedelta(days=1)
        edges = [_midnight(self, first)]
        while edges[-1] < end:
            first += timedelta(days=1)
            if _midnight(self, first) > edges[-1]:  # not a skipped one
                edges.append(_midnight(self, first))
        return tuple(pair for pair in pairwise(edges) if pair[1] <= end)

    def days_back(self, day: date, number: int) -> date:
        """The day that so many days later is that day; skipped ones do not count."""
        found = day - timedelta(days=number)
        passed = round((_midnight(self, day) - _midnight(self, found)) / timedelta(days=1))
        return found - timedelta(days=number - passed)

    def is_day(self, start: datetime, end: datetime) -> bool:
        """Whether these are the edges of a local day, with as many hours as it has."""
        local = self.day(start)
        if local.year not in YEARS[:-1]:
            return False
        return (start, end) == (self.midnight(local), self.midnight(local + timedelta(days=1)))

    def begins_day(self, instant: datetime) -> bool:
        """Whether a local day begins at that instant."""
        return self.midnight(self.day(instant)) == instant

    def local(self, instant: datetime) -> datetime:
        """Naive local time of a UTC instant, in the offset that is asked of the service."""
        return instant.replace(tzinfo=None) + self.offset_hours(instant) * HOUR

    def day(self, instant: datetime) -> date:
        """The local day that an instant lies in.

        Where clocks go back over midnight, the hour that comes again is of the day begun already.
        """
        local = self.local(instant)
        tomorrow = local.date() + timedelta(days=1)
        late = local.hour >= _LATE and tomorrow.year in YEARS
        return tomorrow if late and _midnight(self, tomorrow) <= instant else local.date()

    def last_day(self, end: datetime) -> date:
        """The last local day of a stretch that ends at that instant."""
        return self.day(end - HOUR)

    def spans(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """A window cut where the offset changes."""
        spans = []
        while start < end:
            offset = self.offset_hours(start)
            stop = self._next_change(start, end, offset)
            spans.append(Span(start, stop, offset))
            start = stop
        return tuple(spans)

    def _next_change(self, start: datetime, end: datetime, offset: int) -> datetime:
        """The first whole hour after start with another offset, or end.

        Zones change their clocks months apart (weeks, around Ramadan), so a step of a day can
        pass over no span, and the hours of the day found are then looked at one by one.
        """
        probe = start
        while probe < end:
            ahead = min(probe + timedelta(days=1), end)
            if self.offset_hours(ahead) != offset:
                hours = (probe + n * HOUR for n in range(1, 24))
                return next((one for one in hours if self.offset_hours(one) != offset), ahead)
            probe = ahead
        return end


@lru_cache(maxsize=16_384)
def _midnight(zone: Zone, day: date) -> datetime:
    at = zone.instant(datetime.combine(day, time()))
    hours = (at + n * HOUR for n in range(-_FAR, _FAR + 1))
    return next(hour for hour in hours if zone.local(hour).date() >= day)


@lru_cache(maxsize=256)
def _snapped_between(zone: Zone, start: datetime, end: datetime) -> bool:
    days = (end - start) // timedelta(days=1) + 1
    probes = (min(start + timedelta(days=n), end - HOUR) for n in range(days + 1))
    return any(zone.snapped(probe) for probe in probes)
