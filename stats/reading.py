"""Rows of history read while others change it: what becomes of files meanwhile is found out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import duckdb
import pandas as pd

from stats import looking, relation
from stats.dayfile import Shelf
from stats.errors import HistoryError
from stats.history import History
from stats.listing import Held
from stats.looking import Changed
from stats.model import Window

T = TypeVar("T")


@contextmanager
def reading(history: History, read: Iterable[Held]) -> Iterator[None]:
    """Raises Changed where files are not what they were, and HistoryError where DuckDB gives up."""
    try:
        yield
    except duckdb.Error as error:
        doubtful = [history.doubt(held.shelf, held.files, as_rows=True) for held in read]
        if any(doubtful):
            raise Changed from error
        if isinstance(error, duckdb.OperationalError):  # no memory, or no disk to do without it
            raise HistoryError(
                f"History could not be added up: {relation.first_line(error)}",
                "The service is asked instead.",
            ) from error
        raise


def looked(history: History, shelves: Iterable[Shelf], look: Callable[[], T]) -> T:
    """What a look at some shelves gives, once nothing is changed meanwhile; raises HistoryError."""
    shelves = tuple(shelves)

    def anew() -> None:
        for shelf in shelves:
            history.forget_listing(shelf)

    return looking.looked(look, anew, history.where, history.number_bad)


def rows_by_day(
    history: History, shelf: Shelf, days: Iterable[Window]
) -> dict[Window, pd.DataFrame]:
    """The rows of a cut by day, of those of some days that are there; raises HistoryError."""
    wanted = tuple(days)

    def look() -> dict[Window, pd.DataFrame]:
        held = history.covered(shelf, wanted)
        if not held:
            return {}
        with reading(history, [held]):
            rows = history.table(held)
        of = dict(list(rows.groupby("period_start")))
        return {day: of.get(pd.Timestamp(day.start), rows.iloc[:0]) for day in held}

    return looked(history, (shelf,), look)
