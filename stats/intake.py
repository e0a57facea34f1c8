"""What goes into history of an answer: those of its days that can be so beside what is there.

A day of a cut without any rows, where something ran, is not written (`belief`), nor is one that
holds more cost than the day's total, which counts something twice or came later than the total. A
total that is less than another cut of the day says so of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from stats import (
    above,
    agreement,
    belief,
    dayfile,
    departed,
    meanwhile,
    memory,
    nobodys,
    provenance,
    rollup,
    rounding,
    standing,
    unheld,
)
from stats.amendment import is_by
from stats.dayfile import Shelf
from stats.departed import Departed
from stats.description import Unheld
from stats.history import History
from stats.model import FarmId, Window
from stats.names import Names
from stats.plan import YARDSTICK
from stats.reading import looked
from stats.whose import Whose
from stats.zone import Zone


@dataclass(frozen=True)
class Answered:
    """What the service told of a cut over some windows, asked for those queues (or fleets).

    `rows` are as `wire.frame` has them; `fetched_at` is the service's taking the first of them.
    `total` is the farm's by usage type, where it was told with them.
    """

    shelf: Shelf
    windows: Sequence[Window]
    ids: Sequence[str]
    rows: pd.DataFrame
    zone: Zone
    fetched_at: datetime
    total: pd.DataFrame | None = None


@dataclass(frozen=True)
class Intake:
    """How many days were written, and which were not: `empty` ones, or of `more` than the total.

    Nor are `late` days, whose total is told as more than history's: whoever asks next is told so
    again; nor `quiet` ones, of which the service tells nothing since who worked then is gone, and
    `nobodys`, of which it tells no more whose some usage was.
    """

    written: int = 0
    empty: tuple[Window, ...] = ()
    more: tuple[Window, ...] = ()
    late: tuple[Window, ...] = ()
    quiet: tuple[Window, ...] = ()
    nobodys: frozenset[Window] = frozenset()


def taken_in(
    history: History,
    names: Names,
    source: str,
    answered: Answered,
    new: tuple[Window, ...],
    wrote: Callable[[], object],
) -> Intake:
    """Writes days, each of which `wrote` is told; raises HistoryError and what listings raise."""
    shelf = answered.shelf
    origin = provenance.origin(names, source, shelf, answered.fetched_at, answered.ids)
    named = provenance.named(names, shelf, dayfile.used(answered.rows))
    of_days = dayfile.by_day(named, shelf, new, answered.zone)
    empty = belief.refused_of(history, shelf, [day for day in new if of_days[day].empty])
    more = more_than_total(history, shelf, of_days, answered.ids)
    less = _told_less(history, answered, of_days)
    late = tuple(day for day, usd in less.items() if usd is None)
    lost = nobodys.days(history, shelf, of_days)
    left, short = {*empty, *more, *late, *lost}, _short(history, shelf, of_days)
    beside = _unheld(history, shelf, of_days)
    meanwhile.say(history, shelf, {d: of_days[d] for d in new if d not in left}, answered.ids)
    for day in new:
        if day not in left:
            of_day = replace(
                origin,
                told_less=less.get(day) or 0.0,
                short=day in short,
                unheld=beside.get(day),
            )
            history.put(shelf, day, of_days[day], of_day, stays=True)
            wrote()
    quiet = _quiet(history, answered, empty)
    said = tuple(day for day in empty if day not in quiet)
    return Intake(len(new) - len(left), said, tuple(more), late, quiet, lost)


def _quiet(history: History, answered: Answered, empty: Sequence[Window]) -> tuple[Window, ...]:
    """Empty days of which the total, told with them, has nothing left either.

    And history's has, or may have, something of what was not asked for any more.
    """
    shelf, total = answered.shelf, answered.total
    if total is None or not empty:
        return ()
    gone = _departed(history, shelf, tuple(empty), answered.ids)
    at = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)
    told = dayfile.by_day(total, at, tuple(empty), answered.zone)
    return tuple(d for d in empty if gone.touches(d) and dayfile.used(told[d]).empty)


def falls_short(history: History, answered: Answered, before: datetime) -> bool:
    """Whether some day of a cut holds less than its total that the service told `before`.

    It may have forgotten some since, or not tell all usage apart: its total of now shows which.
    Raises HistoryError.
    """
    shelf, zone = answered.shelf, answered.zone
    if shelf.is_total:
        return False
    at = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)
    days = tuple(Window(*pair) for w in answered.windows for pair in zone.days(w.start, w.end))

    def look() -> list[Window]:
        told = history.told(history.covered(at, days)).days
        return [day for day, one in told.items() if one.fetched_at < before]

    totals = _totals(history, shelf, tuple(looked(history, (at,), look)))
    rows = dayfile.by_day(answered.rows, shelf, tuple(totals), zone)
    lacks = {day: total - rows[day]["cost_usd_sum"].sum() for day, total in totals.items()}
    return any(lacks[day] > rounding.slack(total) for day, total in totals.items())


def more_than_total(
    history: History, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame], ids: Sequence[str]
) -> list[Window]:
    """Days of a cut that hold more than history's total of them; raises HistoryError.

    What the total has of others than those `ids`, which were asked for, is not in the cut.
    """
    there = None if shelf.is_total else _kept_totals(history, shelf, tuple(of_days))
    if there is None:
        return []
    days, costs = there
    gone = _departed(history, shelf, days, ids).total
    theirs = _of_each(gone.assign(cost_usd_sum=-gone["cost_usd_sum"]), days)
    totals = _of_each(costs, days)
    left = {day: pd.concat([totals[day], theirs[day]]) for day in days}
    return [day for day in days if agreement.excess(of_days[day], left[day])]


def _short(
    history: History, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame]
) -> frozenset[Window]:
    """Days of a total that is told as less than what history has of them by another cut."""
    if not shelf.is_total:
        return frozenset()
    told = {day: agreement.by_type(rows) for day, rows in of_days.items()}
    return frozenset(above.above(history, shelf, tuple(told), told))


def _told_less(
    history: History, answered: Answered, of_days: Mapping[Window, pd.DataFrame]
) -> dict[Window, float | None]:
    """What the service told less of days in all than history has, in USD; None where it told more.

    Only of days that history has the total of. Where it was not told with the cut, it is of what
    was not asked for any more.
    """
    shelf, total = answered.shelf, answered.total
    then = _kept_totals(history, shelf, tuple(of_days)) if not shelf.is_total else None
    if then is None:
        return {}
    days, costs = then
    gone = _departed(history, shelf, days, answered.ids)
    if total is None:
        return dict(_not_asked_for(history, gone, shelf, {day: of_days[day] for day in days}))
    at = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)
    told = pd.concat(dayfile.by_day(total, at, days, answered.zone).values())
    now = standing.with_gone(rollup.composed(told, standing.KEYS), gone)
    both = standing.apart(costs, now)
    less, late = standing.not_told(both, gone), standing.by_day(-both["more"], both)
    return {day: None if day.start in late else less.get(day.start, 0.0) for day in days}


def _unheld(
    history: History, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame]
) -> dict[Window, Unheld]:
    """What history's totals hold beside the cut by queue (or fleet) and usage type, by day."""
    if not is_by(shelf, shelf.resource, *YARDSTICK.by):
        return {}
    then = _kept_totals(history, shelf, tuple(of_days))
    if then is None:
        return {}
    days, total = then
    there = dict(list(total.groupby(total["period_start"])))
    return {
        day: unheld.said(there.get(pd.Timestamp(day.start), total.iloc[:0]), of_days[day])
        for day in days
    }


def _departed(
    history: History, shelf: Shelf, days: tuple[Window, ...], ids: Sequence[str]
) -> Departed:
    whose = Whose(FarmId(shelf.farm_id), shelf.resource)

    def look() -> Departed:
        held = history.listed(whose.shelf).among(days)
        return departed.departed(history, held, whose, ids)

    return looked(history, (whose.shelf,), look)


def _not_asked_for(
    history: History, gone: Departed, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame]
) -> Iterator[tuple[Window, float]]:
    """What a cut lacks of days in USD; of mixed ones all that their total holds more."""
    theirs = standing.by_day(gone.total["cost_usd_sum"], gone.total)
    totals = _totals(history, shelf, tuple(gone.mixed))
    for day, rows in of_days.items():
        told, total = float(rows["cost_usd_sum"].sum()), totals.get(day, 0.0)
        more = agreement.more(total, len(rows), told)
        yield day, more if day in gone.mixed else theirs.get(day.start, 0.0)


def _totals(history: History, shelf: Shelf, days: tuple[Window, ...]) -> dict[Window, float]:
    """The totals of some days in USD, of those that there are."""
    there = _kept_totals(history, shelf, days)
    if there is None:
        return {}
    return {day: float(c["cost_usd_sum"].sum()) for day, c in _of_each(there[1], there[0]).items()}


def _of_each(total: pd.DataFrame, days: Iterable[Window]) -> dict[Window, pd.DataFrame]:
    """The costs of each of some days by usage type, of a total as `memory.totals` has it."""
    costs = total[["usage_type", "cost_usd_sum"]]
    there, none = dict(list(costs.groupby(total["period_start"]))), costs.iloc[:0]
    return {day: there.get(pd.Timestamp(day.start), none) for day in days}


def _kept_totals(
    history: History, shelf: Shelf, days: tuple[Window, ...]
) -> tuple[tuple[Window, ...], pd.DataFrame] | None:
    """Those of some days that history has the total of, and that, as `memory.totals` has it."""
    whose = Whose(FarmId(shelf.farm_id), shelf.resource)

    def look() -> tuple[tuple[Window, ...], pd.DataFrame] | None:
        held = history.among(whose.shelf, days)  # one that is not as it was written is none
        if not held:
            return None
        return held.days, held.once(("totals", whose), lambda: memory.totals(history, held, whose))

    return looked(history, (whose.shelf,), look)
