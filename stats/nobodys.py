"""Days of which a cut tells no more whose some usage was, though another one in history does.

The service may forget a record's job or user before the record. There is no less in all then, so
only keys show it: nobody has more than before, and somebody less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from stats import dayfile
from stats.above import cuts_of
from stats.cuts import Asked, Cuts
from stats.dayfile import Shelf
from stats.history import History
from stats.model import MISSING, Dimension, Window
from stats.plan import YARDSTICK, Plan, is_whole
from stats.reading import rows_by_day
from stats.ways import base_shelf, days_of

FORGOTTEN = (Dimension.USER, Dimension.JOB)
"""What usage may come to lack later."""


def days(
    history: History, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame]
) -> frozenset[Window]:
    """Those of some days of a farm's cut; raises HistoryError."""
    found = set[Window]()
    for dimension in FORGOTTEN:
        if dimension in shelf.by:
            some = [day for day in of_days if _nobodys(of_days[day], dimension.column) > 0]
            found.update(_of(history, shelf, dimension, {day: of_days[day] for day in some}))
    return frozenset(found)


def of_answer(history: History, asked: Asked, plan: Plan, cuts: Cuts) -> frozenset[Window]:
    """The settled ones of an answer about a whole farm; raises HistoryError."""
    question = asked.question
    if plan.asks != question or not is_whole(question):
        return frozenset()
    every = [day for one in asked.windows for day in days_of(asked.zone, one)]
    settled = tuple(day for day in every if history.is_settled(day, asked.at))
    shelf = base_shelf(question, plan)
    if not settled or not {*FORGOTTEN} & {*shelf.by}:
        return frozenset()
    return days(history, shelf, dayfile.by_day(cuts.base, shelf, settled, asked.zone))


def _of(
    history: History, shelf: Shelf, dimension: Dimension, of_days: Mapping[Window, pd.DataFrame]
) -> Iterator[Window]:
    """By the shortest other cut by that dimension that there is of each day."""
    total = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)
    every = (one for one in cuts_of(history, total) if one != shelf) if of_days else ()
    left = dict(of_days)
    for other in sorted((o for o in every if dimension in o.by), key=lambda o: (len(o.by), o.by)):
        for day, then in rows_by_day(history, other, left).items():
            if is_lost(left.pop(day), then, dimension.column):
                yield day


def is_lost(rows: pd.DataFrame, then: pd.DataFrame, column: str) -> bool:
    """Whether records of somebody are nobody's by now; a farm's scale factor is in no count."""
    if _nobodys(rows, column) <= _nobodys(then, column):
        return False
    now, before = (
        some[some[column] != MISSING].groupby(column)["count"].sum() for some in (rows, then)
    )
    return bool((now.reindex(before.index, fill_value=0) < before).any())


def _nobodys(rows: pd.DataFrame, column: str) -> int:
    """How many records have no such key."""
    return int(rows.loc[rows[column] == MISSING, "count"].sum())
