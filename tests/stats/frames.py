"""A cut's rows, made by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

import pandas as pd

from stats.model import Dimension

Row = tuple[Any, ...]


def cut(by: Sequence[Dimension], rows: Iterable[Row]) -> pd.DataFrame:
    """A cut's rows: a day (or UTC hour), keys, count, then sum, min and max of cost and time.

    What is left out at the end is taken from what is there: one record of one dollar.
    """
    whole = [_whole(row, len(by)) for row in rows]
    edges = ("sum", "min", "max")
    numbers = ["count", *(f"{unit}_{s}" for unit in ("cost_usd", "runtime_seconds") for s in edges)]
    columns = ["bucket", *(d.column for d in by), *numbers]
    kinds = {"bucket": "datetime64[us]", **dict.fromkeys((d.column for d in by), "str")}
    kinds |= {n: "int64" if n == "count" else "float64" for n in numbers}
    table = pd.DataFrame(whole, columns=columns).astype(kinds)
    if Dimension.JOB in by:
        table["job_name"] = table["job_id"].where(table["job_id"] == "", "name of " + table.job_id)
    return table


def _whole(row: Row, keys: int) -> Row:
    day, *rest = row
    instant = day if isinstance(day, datetime) else datetime.combine(day, time())
    numbers = (*rest[keys:], *(1, 1.0, 1.0, 1.0, 60.0, 60.0, 60.0)[len(rest) - keys :])
    return (instant, *rest[:keys], *numbers)
