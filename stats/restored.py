"""A day's total that is not there, or can't be used, made of what history has by usage type.

All usage has a queue (or a fleet, where fleets are counted), so the day's cut by that and usage
type adds up to its total. The service is not asked: it may tell less by now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial

from stats.dayfile import Shelf
from stats.history import History
from stats.model import Dimension, Window
from stats.plan import YARDSTICK
from stats.reading import looked, reading


def restore_totals(
    history: History,
    farm_id: str,
    resource: Dimension,
    days: Iterable[Window],
    lost: Collection[Window] = (),
) -> None:
    """Writes the totals of some days that can be made so; raises HistoryError.

    Of `lost` ones files stay as they are. So do days whose cut is known to lack something.
    """
    total = Shelf(farm_id, resource, YARDSTICK.by)
    by_id = Shelf(farm_id, resource, (resource, *YARDSTICK.by))
    wanted = tuple(day for day in days if day not in lost)
    there = history.sound(total, wanted)
    lacking = tuple(day for day in wanted if day not in there)
    for day in sorted(history.sound(by_id, lacking), key=lambda day: day.start) if lacking else ():
        looked(history, (by_id,), partial(_restore, history, total, by_id, day))


def _restore(history: History, total: Shelf, by_id: Shelf, day: Window) -> None:
    """Raises Changed."""
    held = history.listed(by_id).among((day,))
    with reading(history, [held]):
        origin = history.told(held).days.get(day)
        if origin is None or origin.told_less or origin.unplaced:
            return
        rows = history.table(held).drop(columns=[by_id.resource.column])
    if not rows.empty:
        history.put(total, day, rows, origin)
