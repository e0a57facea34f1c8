"""Settled days that were asked for without what is listed now, and was there by then.

A check-up that has asked for all of it in time, and was told nothing more, says so in the day's
total and its cut by queue (or fleet): they are of that too, from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

from stats import absent
from stats.amendment import Amended
from stats.daybook import Daybook
from stats.history import History
from stats.model import Dimension, FarmId, Window
from stats.reading import looked
from stats.whose import Whose


def say(
    book: Daybook,
    farm_id: FarmId,
    resource: Dimension,
    days: Collection[Window],
    there: Mapping[str, datetime],
) -> int:
    """Writes those of some days, and gives how many files; raises HistoryError.

    Of what was `there` it is given since when.
    """
    every = Whose(farm_id, resource, frozenset()), Whose(farm_id, resource)
    look = partial(_without, book.history, every, there)
    without = looked(book.history, [one.shelf for one in every], look)
    written = 0
    for day in sorted(without.intersection(days), key=lambda day: day.start):
        with book.history.alone():
            kept = book.read((one.shelf for one in every), day, anew=True)
            found = {
                shelf: Amended(rows, shelf not in kept.unplaced)
                for shelf, rows in kept.rows.items()
            }
            ids = [key for key, since in there.items() if since < day.end]
            written += book.write(day, found, kept, ids)
    return written


def _without(
    history: History, every: Iterable[Whose], there: Mapping[str, datetime]
) -> frozenset[Window]:
    return frozenset(day for one in every for day in absent.unasked(history, one, there))
