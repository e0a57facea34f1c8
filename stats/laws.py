"""What the numbers of usage must be, wherever rows come in: out of answers, and out of files.

A row that breaks a *hard* law can't be used at all. Where a row's smallest, largest and average
don't fit together (`left_out`), its sums stand: the service documents neither what a record counts
nor how it rounds. Laws of one row are here; those of rows among one another are `wire`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

UNITS = ("cost_usd", "runtime_seconds")
EDGES = tuple(f"{unit}_{edge}" for unit in UNITS for edge in ("min", "max"))
"""The columns that may be empty (NaN in frames, null in files): nobody knows them."""

MOST = 2**53
"""Beyond it not even whole numbers are exact."""

_WORDS = {
    "count": "count",
    **{
        f"{unit}_{figure}": f"{word}{name}"
        for unit, name in (("cost_usd", "cost"), ("runtime_seconds", "run time"))
        for figure, word in (("sum", ""), ("min", "smallest "), ("max", "largest "))
    },
}

_SLACK = {"cost_usd": 0.01, "runtime_seconds": 1.0}
"""In USD, and in seconds: what rounding may do to a row."""

_SLACK_OF_SUM = 1e-6

Numbers = Mapping[str, NDArray[Any]]
"""Columns by name: `count`, and a sum, min and max of each unit."""


def broken(columns: Numbers) -> str:
    """What is wrong with the first row that breaks a hard law; empty where none does.

    Of the columns some may be missing. An edge may be empty, which is no number broken.
    """
    for name, numbers in columns.items():
        some = numbers[~np.isnan(numbers)] if name in EDGES else numbers
        if not len(some) or (some.min() >= 0 and some.max() <= MOST):  # False where one is NaN
            continue
        if not np.isfinite(some).all():
            return f"a row's {_WORDS[name]} is no number"
        if some.min() < 0:
            return f"a row's {_WORDS[name]} is negative ({some.min():g})"
        return f"a row's {_WORDS[name]} is {some.max():g}, which can't be"
    return ""


def left_out(columns: Numbers) -> dict[str, NDArray[np.bool_]]:
    """By unit, the rows whose smallest, largest and average don't fit together, or of which one

    of the first two is missing: none of the three is to be shown. Units without such a row are
    left out.
    """
    found = {unit: _unfit(columns, unit) for unit in UNITS}
    return {unit: rows for unit, rows in found.items() if rows.any()}


def _unfit(columns: Numbers, unit: str) -> NDArray[np.bool_]:
    count, total = columns["count"], columns[f"{unit}_sum"]
    low, high = columns[f"{unit}_min"], columns[f"{unit}_max"]
    slack = _SLACK_OF_SUM * total
    slack += _SLACK[unit]
    average = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    unfit: NDArray[np.bool_] = (low > average + slack) | (average - slack > high)
    unfit |= (low > high + slack) | (high > total + slack)
    unfit |= (count == 0) & (total > slack)
    unfit |= np.isnan(low) != np.isnan(high)
    return unfit


def emptied(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose `left_out` rows have no smallest and no largest any more."""
    columns = {name: table[name].to_numpy() for name in ("count", *_measures())}
    for unit, rows in left_out(columns).items():
        edges = [f"{unit}_min", f"{unit}_max"]
        table.loc[rows, edges] = np.nan
    return table


def _measures() -> tuple[str, ...]:
    return tuple(f"{unit}_{edge}" for unit in UNITS for edge in ("sum", "min", "max"))
