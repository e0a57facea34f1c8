"""A day's total that is not there, or can't be used, made of what history has by usage type.

All usage has a queue (or a fleet, where fleets are counted), so the day's cut by that and usage
type adds up to its total. The service is not asked: it may tell less by now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import partial

from stats.certainty import Certainty
from stats.cuts import Asked
from stats.dayfile import Shelf
from stats.errors import HistoryError
from stats.history import History
from stats.memory import Whose
from stats.model import Dimension, Window
from stats.plan import YARDSTICK
from stats.reading import looked, reading
from stats.ways import days_of


def restore(certainty: Certainty, whose: Whose, asked: Asked) -> None:
    """Makes the totals of a question's days that are not there; raises HistoryError."""
    if certainty.history:
        days, lost = days_of(asked.zone, asked.window), partial(certainty.lost, now=asked.at)
        restore_totals(certainty.history, whose.farm_id, whose.resource, days, lost)


def look_at(
    history: History, total: Shelf, shelves: Iterable[Shelf], days: Iterable[Window]
) -> None:
    """Looks at the files of those days whose total is not there; raises HistoryError."""
    whole = history.listed(total)
    doubted = [day for day in days if day not in whole]
    for shelf in shelves:
        history.sound(shelf, doubted)


def restore_totals(
    history: History,
    farm_id: str,
    resource: Dimension,
    days: Iterable[Window],
    lost: Callable[[Shelf], Collection[Window]],
) -> None:
    """Writes the totals of some days that can be made so; raises HistoryError.

    Of those that are `lost`, once the files of all were looked at, files stay as they are. So do
    days whose cut is known to lack something. What can't be written is had all the same, while
    this process lasts.
    """
    total = Shelf(farm_id, resource, YARDSTICK.by)
    by_id = Shelf(farm_id, resource, (resource, *YARDSTICK.by))
    days = tuple(days)
    there = history.sound(total, days)
    left = {*there, *lost(total)}
    lacking = tuple(day for day in days if day not in left)
    unwritten: HistoryError | None = None
    for day in sorted(history.sound(by_id, lacking), key=lambda day: day.start) if lacking else ():
        look = partial(_restore, history, total, by_id, day)
        unwritten = looked(history, (total, by_id), look) or unwritten
    if unwritten:
        raise unwritten


def _restore(history: History, total: Shelf, by_id: Shelf, day: Window) -> HistoryError | None:
    """Writes one, unless somebody else has done so, or gives why it can't be; raises Changed."""
    history.forget_listing(total)
    held = history.listed(by_id).among((day,))
    if day in history.listed(total) or not held:
        return None
    with reading(history, [held]):
        told = history.told(held)
        origin = told.days[day]
        lacks = origin.told_less or origin.unplaced or not told.rows_of(day)
        if lacks or not history.is_settled(day, origin.fetched_at):
            return None
        rows = history.table(held).drop(columns=[by_id.resource.column])
    try:
        history.put(total, day, rows, origin)
    except HistoryError as error:
        with suppress(OSError):  # then the day has no total, which is said
            history.put_here(total, day, rows, origin)
        return error
    return None
