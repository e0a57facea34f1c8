"""Settled days that were asked for without what is listed now, and was there by then.

A check-up that has asked for all of it in time, and was told nothing more, says so in the day's
total and its cut by queue (or fleet): they are of that too, from then on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from stats import absent
from stats.amendment import Amended
from stats.daybook import Daybook
from stats.model import Dimension, FarmId, Window
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
    without = {day for one in every for day in absent.unasked(book.history, one, there)}
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
