"""What a viewer looks at, as one value: farm, scope, window, filters and switches."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from stats.errors import NotFound, QuestionError
from stats.model import (
    MISSING,
    Dimension,
    Farm,
    FarmId,
    Filter,
    Fleet,
    Period,
    Question,
    Queue,
    Scope,
    Window,
    is_id,
)
from stats.zone import HOUR, YEARS, Zone
from ui import presets
from ui.presets import Preset


class Granularity(StrEnum):
    """The period of charts over time; automatic goes by the window's length."""

    AUTOMATIC = "auto"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Measure(StrEnum):
    """What bars and rankings show."""

    COST = "cost"
    RUNTIME = "runtime"


class Curve(StrEnum):
    """A year month by month, or each month with those of its year before it."""

    MONTHLY = "monthly"
    CUMULATIVE = "cumulative"


MOST_JOBS = 5_000
"""Jobs that pages list, of the dearest and of those with the most run time: others are one row."""

MOST_PERIODS = 2_400
"""Bars along a chart: hours of a hundred days. Browsers stand still over many more."""

_MOST_NAMED = 10
"""Farms in a sentence."""

_LENGTHS = {
    Period.HOURLY: HOUR,
    Period.DAILY: timedelta(days=1),
    Period.WEEKLY: timedelta(days=7),
    Period.MONTHLY: timedelta(days=28),
}


@dataclass(frozen=True)
class View:
    """A farm ("" is the first one), queues or fleets (none is all), window, filters and switches.

    Where fleets are counted, `where` may hold queues, and the other way. `first` and `last` are the
    free dates, both included; `first` alone is where All begins.
    """

    farm_id: str = ""
    scope: Dimension = Dimension.QUEUE
    ids: tuple[str, ...] = ()
    preset: Preset = Preset.DAYS_30
    first: date | None = None
    last: date | None = None
    granularity: Granularity = Granularity.AUTOMATIC
    where: tuple[Filter, ...] = ()
    job_text: str = ""
    measure: Measure = Measure.COST
    stack: Dimension = Dimension.USAGE_TYPE
    rows: Dimension = Dimension.USER
    columns: Dimension = Dimension.INSTANCE_TYPE
    by: Dimension = Dimension.USAGE_TYPE
    curve: Curve = Curve.MONTHLY

    @property
    def other(self) -> Dimension:
        """Fleets where queues are counted, and the other way."""
        return Dimension.FLEET if self.scope is Dimension.QUEUE else Dimension.QUEUE

    def filtered(self, dimension: Dimension) -> frozenset[str]:
        """What is kept of a dimension; empty where nothing is filtered."""
        if dimension is self.scope:
            return frozenset(self.ids)
        return next((f.values for f in self.where if f.dimension is dimension), frozenset())

    def with_filter(self, dimension: Dimension, values: frozenset[str]) -> View:
        """This view with just these values of the dimension; none of them means all."""
        if dimension is self.scope:
            return replace(self, ids=tuple(sorted(values)))
        others = tuple(f for f in self.where if f.dimension is not dimension)
        added = (Filter(dimension, values),) if values else ()
        return replace(self, where=tuple(sorted((*others, *added), key=lambda f: f.dimension)))

    def counted_by(self, scope: Dimension) -> View:
        """This view of queues, or of fleets; what is chosen of either stays chosen."""
        if scope is self.scope:
            return self
        ids = tuple(sorted(self.filtered(scope) - {MISSING}))
        turned = replace(self.with_filter(scope, frozenset()), scope=scope, ids=ids)
        return turned.with_filter(self.scope, frozenset(self.ids))


def window(view: View, now: datetime, zone: Zone) -> Window:
    """The window in whole local days; it may end later than `now`, where reports end.

    Raises QuestionError where it is of a day only that the zone has skipped.
    """
    today = zone.day(now)
    first, last = presets.days(view.preset, today)
    if view.preset is Preset.DATES and view.first and view.last:
        first, last = view.first, view.last
    elif view.preset is Preset.ALL and view.first:
        first, last = view.first, max(view.first, today)
    start, end = zone.midnight(first), zone.midnight(last + timedelta(days=1))
    if end == start:
        raise QuestionError(
            f"There was no {first:%Y-%m-%d} in {zone.name}: the calendar there went past it.",
            "Choose other dates.",
        )
    return Window(start, end)


def window_before(view: View, now: datetime, zone: Zone) -> Window | None:
    """The window to compare with: as much of the one before as has passed of this one.

    None where nothing of the window has passed yet, or nothing can have been before.
    """
    if view.preset is Preset.ALL:
        return None
    this = window(view, now, zone)
    end = min(this.end, now.replace(minute=0, second=0, microsecond=0))
    if end <= this.start:
        return None
    before = _first_before(view, this, zone)
    if before.year not in YEARS:
        return None
    start = zone.midnight(before)
    if end == this.end:
        return Window(start, this.start)
    today = zone.day(end)
    days, passed = zone.days(start, this.start), zone.days(this.start, zone.midnight(today))
    as_far = days[len(passed)][0] if len(passed) < len(days) else this.start
    return Window(start, min(as_far + (end - zone.midnight(today)), this.start))


def granularity(view: View, span: Window) -> Period:
    """The period of charts over time; where the chosen one makes too many bars, a longer one."""
    if view.granularity is not Granularity.AUTOMATIC:
        finer_than = list(_LENGTHS).index(Period(view.granularity.value))
        fitting = (
            period
            for period, length in list(_LENGTHS.items())[finer_than:]
            if (span.end - span.start) / length <= MOST_PERIODS
        )
        return next(fitting, Period.MONTHLY)
    hours = (span.end - span.start) / HOUR
    if hours <= 50:
        return Period.HOURLY
    if hours <= 24 * 92 + 1:  # a quarter in which the clocks go back
        return Period.DAILY
    return Period.WEEKLY if hours <= 24 * 400 else Period.MONTHLY


def question(
    view: View,
    all_ids: tuple[str, ...],
    span: Window,
    zone: Zone,
    by: tuple[Dimension, ...],
    period: Period = Period.TOTAL,
) -> Question:
    """The question that a view asks, broken down by some dimensions; no ids means `all_ids`."""
    return Question(
        farm_id=FarmId(view.farm_id),
        scope=Scope(view.scope, view.ids or all_ids, whole=not view.ids),
        window=span,
        timezone=zone.name,
        by=by,
        where=view.where,
        job_name_contains=view.job_text,
        period=period,
        most_jobs=MOST_JOBS,
    )


class NoSuchFarm(NotFound):
    """A view is of a farm that is not among `farms`, which are all that there are."""

    title = "This farm is not there"

    def __init__(self, farm_id: str, farms: Sequence[Farm]) -> None:
        self.farms = tuple(farms)
        names = [farm.name or farm.id for farm in farms[:_MOST_NAMED]]
        names += [f"{len(farms) - _MOST_NAMED:,} more"] * (len(farms) > _MOST_NAMED)
        super().__init__(
            f"These credentials see no farm {farm_id} in this Region. They see {', '.join(names)}.",
            "Look at the id, or choose a farm. One that is new is found by “Try again”. No other "
            "farm’s figures are shown in its place.",
        )


def on_a_farm(view: View, farms: Sequence[Farm]) -> View:
    """The view on its farm, or on the first where it names none.

    Raises NoSuchFarm, and NotFound where there is no farm at all.
    """
    if not farms:
        raise NotFound(
            "These credentials see no farm in this Region.",
            "Create a farm in AWS Deadline Cloud, or choose another Region or profile.",
        )
    if not view.farm_id:
        return replace(view, farm_id=farms[0].id)
    if all(farm.id != view.farm_id for farm in farms):
        raise NoSuchFarm(view.farm_id, farms)
    return view


def with_known(
    view: View, queues: Sequence[Queue], fleets: Sequence[Fleet], gone: Collection[str] = ()
) -> tuple[View, tuple[str, ...]]:
    """The view without the queues or fleets that nobody has heard of, and those in words.

    `gone` are ids that it had, which stay. Of a filter only what can't be one is left out: deleted
    fleets still have usage in queues.
    """
    listed = queues if view.scope is Dimension.QUEUE else fleets
    known = {one.id for one in listed}
    kept = view.filtered(view.other)
    possible = frozenset(key for key in kept if key == MISSING or is_id(key, view.other))
    ids = tuple(i for i in view.ids if i in known or i in gone)
    strangers = tuple(f"the {view.scope} {i}" for i in view.ids if i not in ids)
    strangers += tuple(f"the {view.other} {key}" for key in sorted(kept - possible))
    view = view.with_filter(view.other, possible)
    return replace(view, ids=ids), strangers


def _first_before(view: View, this: Window, zone: Zone) -> date:
    """The first day of the month, quarter, year or week before, or of as many days before."""
    first = zone.day(this.start)
    if view.preset in presets.MONTHS:
        return presets.calendar_start(first, presets.MONTHS[view.preset], back=1)
    if view.preset is Preset.THIS_WEEK:
        return first - timedelta(days=7)
    days = round((this.end - this.start) / timedelta(days=1))
    far = (first - timedelta(days=days)).year not in YEARS
    return date.min if far else zone.days_back(first, days)
