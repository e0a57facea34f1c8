"""Which days of a zone history has, by the calendar: all of a day, some of its cuts, or none.

Pure: what there is comes from `audit.coverage`, which reads the names of files and no rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from stats.audit import Coverage
from stats.collect import CUTS
from stats.dayfile import Shelf
from stats.knowledge import Knowledge
from stats.model import Dimension, Window
from stats.zone import Zone

MOST_YEARS = 10
"""How far back a calendar goes."""

_A_DAY = timedelta(days=1)


class State(StrEnum):
    """How much of a day is in history.

    A day of `before` is settled and earlier than the first that history knows anything of, to which
    days that were looked at in vain do not belong (`unknown`); `missing` and `partly` ones are
    later, and gaps. `preliminary` ones are not settled yet. Of
    `doubtful` and `unknown` ones history has the total, which was asked for so late that usage may
    have been forgotten (`knowledge`): to collect them again would not help.
    """

    COMPLETE = "complete"
    PARTLY = "partly"
    MISSING = "missing"
    DOUBTFUL = "doubtful"
    UNKNOWN = "unknown"
    PRELIMINARY = "preliminary"
    BEFORE = "before"


GAPS = (State.PARTLY, State.MISSING)
_COLLECTED = (State.COMPLETE, *GAPS)
_OF = {Knowledge.DOUBTFUL: State.DOUBTFUL, Knowledge.NOT_KNOWN: State.UNKNOWN}


@dataclass(frozen=True)
class Day:
    """A local day, how much of it there is, and the cuts that it lacks."""

    day: date
    state: State
    lacking: tuple[Shelf, ...] = ()


@dataclass(frozen=True)
class Gap:
    """Days on end that are equally incomplete, both included; of the cuts `fewest` to `most`."""

    first: date
    last: date
    state: State
    fewest: int
    most: int

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Calendar:
    """A farm's days until today, oldest first, from a first of January on.

    `wanted` are the cuts that make a day complete. `elsewhere` are days that history has and this
    zone has not: of another zone, or of another time zone data.
    """

    wanted: tuple[Shelf, ...]
    days: tuple[Day, ...]
    elsewhere: tuple[Window, ...]

    @property
    def first(self) -> date | None:
        """The first day that history has anything of."""
        some = (State.COMPLETE, State.PARTLY, State.DOUBTFUL)
        return next((day.day for day in self.days if day.state in some), None)

    def number(self, *states: State) -> int:
        """How many days are so."""
        return sum(day.state in states for day in self.days)

    @property
    def years(self) -> tuple[int, ...]:
        """The years that there are days of, newest first."""
        return tuple(sorted({day.day.year for day in self.days}, reverse=True))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Stretches of days that are missing or there in part, newest first."""
        found = []
        for state, some in groupby(self.days, lambda day: day.state):
            if state in GAPS:
                run = list(some)
                there = [len(self.wanted) - len(day.lacking) for day in run]
                found.append(Gap(run[0].day, run[-1].day, state, min(there), max(there)))
        return tuple(reversed(found))


@dataclass(frozen=True)
class Held:
    """What there is of one cut in a calendar: how many days, from when to when, and how many not.

    `lacking` are settled days since the first of any cut, without those that it would not help to
    collect; `size` is in bytes.
    """

    shelf: Shelf
    days: int
    first: date
    last: date
    lacking: int
    files: int
    size: int


def wanted(farm_id: str, resources: Iterable[Dimension]) -> tuple[Shelf, ...]:
    """The cuts that make a day complete: all that are collected, by queues and by fleets."""
    return tuple(Shelf(farm_id, resource, cut.by) for resource in resources for cut in CUTS)


def calendar(
    found: Sequence[Coverage],
    wants: Sequence[Shelf],
    zone: Zone,
    now: datetime,
    is_settled: Callable[[Window], bool],
    known: Mapping[Window, Knowledge],
) -> Calendar:
    """The days of a zone until today, and what history has of each, and knows by its totals."""
    having = {one.shelf: frozenset(one.days) for one in found if one.shelf in set(wants)}
    there_are = frozenset[Window]().union(*having.values())
    ours = frozenset(day for day in there_are if zone.is_day(day.start, day.end))
    unknown = {day for day, one in known.items() if one is Knowledge.NOT_KNOWN}
    since = min((day.start for day in ours - unknown), default=now)
    earliest = min((day.start for day in ours), default=now)
    each = [(shelf, having.get(shelf, frozenset[Window]())) for shelf in wants]
    days = []
    for pair in _edges(earliest, zone, now):
        day = Window(*pair)
        lacking = tuple(shelf for shelf, there in each if day not in there)
        state = State.PRELIMINARY
        if is_settled(day):
            state = State.BEFORE if day.start < since else _state(lacking, wants)
            state = _OF.get(known.get(day, Knowledge.KNOWN), state)
        days.append(Day(zone.day(day.start), state, lacking))
    elsewhere = sorted(there_are - ours, key=lambda day: day.start)
    return Calendar(tuple(wants), tuple(days), tuple(elsewhere))


def held(found: Sequence[Coverage], over: Calendar, zone: Zone) -> Iterator[Held]:
    """What there is of each cut in the days of a zone; cuts of other days only are left out.

    Those by the hour are not collected, so they lack nothing.
    """
    settled = {day.day for day in over.days if day.state in _COLLECTED}
    for one in found:
        days = sorted(zone.day(day.start) for day in one.days if zone.is_day(day.start, day.end))
        if days:
            lacking = 0 if one.shelf.hourly else len(settled - set(days))
            yield Held(one.shelf, len(days), days[0], days[-1], lacking, one.files, one.size)


def _state(lacking: Sequence[Shelf], wants: Sequence[Shelf]) -> State:
    """Of a settled day that is not before history."""
    if not lacking and wants:
        return State.COMPLETE
    return State.PARTLY if len(lacking) < len(wants) else State.MISSING


def _edges(since: datetime, zone: Zone, now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The edges of all days from a first of January on until today, today included."""
    today = zone.day(now)
    year = max(min(zone.day(since).year, today.year), today.year - MOST_YEARS + 1)
    return zone.days(zone.midnight(date(year, 1, 1)), zone.midnight(today + _A_DAY))
