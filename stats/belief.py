"""Which empty days are believed: one that other cuts of the day contradict is not.

Work has a queue, a fleet, a job, a user and an instance type, and licences have a queue, a job, a
user and a product. So a cut by those that holds nothing, where the day's total has such usage, was
an answer that said nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial

import pandas as pd

from stats import dayfile, particulars, relation
from stats.dayfile import Shelf
from stats.errors import Malformed
from stats.history import History
from stats.listing import Held
from stats.model import COMPUTE, LICENSE, Dimension, Window
from stats.plan import YARDSTICK
from stats.reading import looked, reading

_BOTH = frozenset({Dimension.QUEUE, Dimension.JOB, Dimension.USER, Dimension.USAGE_TYPE})
_SHOWN_BY = {
    COMPUTE: _BOTH | {Dimension.FLEET, Dimension.INSTANCE_TYPE},
    LICENSE: _BOTH | {Dimension.LICENSE_PRODUCT},
}
_JOBS = (Dimension.JOB, Dimension.QUEUE)


def must_show(by: Iterable[Dimension]) -> frozenset[str]:
    """The usage types of which a cut holds all there is."""
    asked = frozenset(by)
    return frozenset(kind for kind, dimensions in _SHOWN_BY.items() if asked <= dimensions)


def contradicted(history: History, held: Held) -> list[Window]:
    """The empty ones of some days that the day's total (or, of the total, its jobs) contradicts.

    Not those that say of themselves that they lack what the day has. Raises Changed and
    HistoryError.
    """
    with reading(history, [held]):
        told = history.told(held)
    empty = [day for day in held if not told.rows_of(day) and not told.days[day].unplaced]
    return against(history, held.shelf, empty)


def against(history: History, shelf: Shelf, empty: Collection[Window]) -> list[Window]:
    """Those of some days that can't be empty in a cut, as far as history knows; the same errors."""
    if not empty:
        return []
    if shelf.is_total:
        jobs = history.listed(Shelf(shelf.farm_id, shelf.resource, _JOBS)).among(tuple(empty))
        with reading(history, [jobs]):
            told = history.told(jobs)
        return [day for day in jobs if told.rows_of(day)]
    kinds = _usage_types(history, shelf, empty) if must_show(shelf.by) else {}
    return [day for day in empty if must_show(shelf.by) & kinds.get(day.start, set())]


def shaken(history: History, held: Mapping[Shelf, Held], yardstick: Shelf) -> bool:
    """Whether some of those days are not to be believed after all; they are absent from then on.

    Days whose total says that it is short are not among them. Raises Foreign, Changed and
    HistoryError.
    """
    used = {shelf: _used(history, one) for shelf, one in held.items()}
    some = frozenset[Window]().union(*used.values()) - particulars.short(history, held[yardstick])
    if all(some <= days for days in used.values()):
        return False
    doubted = {shelf: contradicted(history, one) for shelf, one in held.items()}
    doubted[yardstick] += some - used[yardstick]
    for shelf, days in doubted.items():
        if days:
            history.not_believed(held[shelf], days)
    return any(doubted.values())


def _used(history: History, held: Held) -> frozenset[Window]:
    """Days that have any rows."""
    told = history.told(held)
    return held.for_good("used", lambda: frozenset(filter(told.rows_of, told.days)))


def refused_of(history: History, shelf: Shelf, empty: Collection[Window]) -> list[Window]:
    """Those of some days that are not to be written without rows; raises HistoryError."""
    read = (shelf, *(Shelf(shelf.farm_id, shelf.resource, by) for by in (YARDSTICK.by, _JOBS)))
    return looked(history, read, lambda: against(history, shelf, empty))


def agreeing(
    shelves: Mapping[Shelf, pd.DataFrame],
) -> Iterator[tuple[Shelf, pd.DataFrame]]:
    """Cuts that were asked for together; without a total that is empty where others are not."""
    empty = {shelf: dayfile.used(rows).empty for shelf, rows in shelves.items()}
    for shelf, rows in shelves.items():
        if not shelf.is_total or not empty[shelf] or all(empty.values()):
            yield shelf, rows


def _usage_types(
    history: History, shelf: Shelf, days: Collection[Window]
) -> Mapping[datetime, set[str]]:
    """The usage types that the total of each day has, by the day's start."""
    total = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)
    held = history.among(total, days)
    return held.once("usage types", partial(_used_types, history, held)) if held else {}


def _used_types(history: History, held: Held) -> dict[datetime, set[str]]:
    found: dict[datetime, set[str]] = {}
    with reading(history, [held]), relation.cursor() as con:
        relation.register(con, "total", history.stored(held))
        used = "count > 0 OR cost_usd_sum > 0"
        sql = f"SELECT DISTINCT period_start, usage_type FROM total WHERE {used}"
        for start, kind in con.execute(sql).fetchall():
            found.setdefault(start, set()).add(kind)
    return found


def refused(shelf: Shelf, days: Collection[Window]) -> Malformed:
    """What is wrong with an answer that holds nothing of some days on which something ran."""
    by = " and ".join(dimension.words for dimension in shelf.by)
    return Malformed(
        f"By {by} the service reports nothing for {len(days)} day(s) from "
        f"{min(day.start for day in days):%Y-%m-%d %H:%M} UTC, and usage by other cuts of them",
        "It is not kept. Ask again later.",
    )
