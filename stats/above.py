"""Days of which another cut of history holds more than their total: that is at least so much.

So it is where a total was lost and the service tells less by now, or where files were copied over
others. A cut that was told less than the total of then knows of both: of its rows, and of what was
less. Cuts are of one farm's queues (or fleets), by day; totals that were told are held to those
by the hour, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

import pandas as pd

from stats import agreement, particulars, relation
from stats.agreement import Sums
from stats.dayfile import Shelf
from stats.errors import HistoryError
from stats.history import History
from stats.listing import Held
from stats.model import MISSING, Dimension, Window
from stats.reading import looked, reading
from stats.zone import Zone

Above = Mapping[Window, tuple[Shelf, ...]]
"""Of each such day the cuts that hold more."""


def above(
    history: History,
    total: Shelf,
    days: Iterable[Window],
    told: Mapping[Window, Sums] | None = None,
) -> Above:
    """Such days of some, by history's totals, or by those that were `told`; raises HistoryError.

    They are held to what cuts were told less, too: the total of then was so much more. Cuts that
    can't be looked at are passed over.
    """
    every, found = tuple(days), dict[Window, tuple[Shelf, ...]]()
    of_all = dict(told) if told is not None else _held(history, total, every)
    some = tuple(day for day in every if day in of_all)
    for shelf in cuts_of(history, total, hourly=told is not None) if some else ():
        with suppress(HistoryError):
            for day, sums in _held(history, shelf, some).items():
                if agreement.is_above(sums, of_all[day]):
                    found[day] = (*found.get(day, ()), shelf)
    return found


def of_told(
    history: History, total: Shelf, days: Sequence[Window], told: pd.DataFrame, zone: Zone
) -> Above:
    """Such days by what the service told of local dates; raises HistoryError."""
    of = dict(list(told.groupby(told["bucket"].dt.date))) if "bucket" in told else {}
    none = told.iloc[:0]
    sums = {d: agreement.by_type(of.get(zone.day(d.start), none)) for d in days}
    return above(history, total, days, sums)


def is_short(history: History, total: Shelf, day: Window, rows: pd.DataFrame) -> bool:
    """Whether some cut holds more of a day than these rows of its total; raises HistoryError."""
    return bool(above(history, total, (day,), {day: agreement.by_type(rows)}))


def cuts_of(history: History, total: Shelf, *, hourly: bool = False) -> Iterator[Shelf]:
    """The cuts that a total is of, with those by the hour if wanted; raises HistoryError."""
    for shelf in history.shelves():
        is_of = (shelf.farm_id, shelf.resource) == (total.farm_id, total.resource)
        if is_of and not shelf.is_total and (hourly or not shelf.hourly):
            yield shelf


def _held(history: History, shelf: Shelf, days: tuple[Window, ...]) -> dict[Window, Sums]:
    """The sums of a cut's days, of those of some days that are there, and what it was told less."""
    return looked(history, (shelf,), partial(_looked_at, history, shelf, days))


def _looked_at(history: History, shelf: Shelf, days: tuple[Window, ...]) -> dict[Window, Sums]:
    held = history.covered(shelf, days)
    found = sums(history, held) if held else {}
    less = particulars.told_less(history, held) if held else {}
    return {day: _and(found.get(day, {}), less.get(day.start, 0.0)) for day in held}


def _and(sums: Sums, usd: float) -> Sums:
    """Sums of which so much more is of no usage type that is known."""
    cost, rows = sums.get(MISSING, (0.0, 0))
    return {**sums, MISSING: (cost + usd, rows)} if usd else sums


def sums(history: History, held: Held) -> Mapping[Window, Sums]:
    """Of each day of a cut that has any rows; raises Changed and HistoryError."""
    return held.once("by day and usage type", partial(_summed, history, held))


def _summed(history: History, held: Held) -> dict[Window, Sums]:
    found: dict[Window, dict[str, tuple[float, int]]] = {}
    kind = Dimension.USAGE_TYPE.column if Dimension.USAGE_TYPE in held.shelf.by else "''"
    sql = f"SELECT bucket, {kind}, fsum(cost_usd_sum), count(*) FROM held GROUP BY ALL ORDER BY ALL"
    with reading(history, [held]), relation.cursor() as con:
        relation.register(con, "held", history.stored(held))
        for at, name, cost, rows in con.execute(sql).fetchall():
            of_day = found.setdefault(held.day_at(at), {})
            for one in {name, MISSING}:
                before = of_day.get(one, (0.0, 0))
                of_day[one] = before[0] + cost, before[1] + rows
    return dict(found)
