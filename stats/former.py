"""Files of the former format, as they are read: they say less of when each day was asked for.

A day was first asked for when its rows were. One without rows was in a file of its own as that
file says, and among others not later than the last of them: what is not known errs towards late.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from stats import out_of_reach
from stats.description import Description, Foreign, Origin
from stats.model import Window
from stats.store import File

_AT_ONCE = 65_536
_MOST_TIMES = 100_000
_COLUMNS = ["period_start", "fetched_at", "cost_scale_factor"]


def as_now(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows of a file of the former format, as they are kept now."""
    return table.append_column("first_asked_at", table["fetched_at"]).cast(schema)


def looked_through(file: File, told: Description) -> Description:
    """What is known of each day of a file of several; raises Foreign where it can't be read."""
    times: dict[Window, list[_Time]] = {day: [] for day in file.days}
    for one in _times(file):
        day = next((day for day in file.days if day.start <= one.start < day.end), None)
        if day is None or one.taken < day.end:
            raise Foreign(f"a row of {one.start} is not of its days")
        times[day].append(one)
    every = [one.taken for some in times.values() for one in some]
    last = max(every, default=datetime.fromtimestamp(file.changed / 1e9, UTC))
    found = {day: _origin(told.days[day], day, some, last) for day, some in times.items()}
    return Description(found, {day: sum(o.many for o in some) for day, some in times.items()})


def _origin(told: Origin, day: Window, times: Sequence[_Time], last: datetime) -> Origin:
    """Where a day is from; one without rows was asked for no later than `last`."""
    taken = min((one.taken for one in times), default=max(last, day.end))
    factors = {one.factor for one in times} or {told.cost_scale_factor}
    factor = factors.pop() if len(factors) == 1 else None
    return replace(told, cost_scale_factor=factor, fetched_at=taken, first_asked_at=taken)


class _Time(NamedTuple):
    """So many rows of one start and factor that were asked for at one time."""

    start: datetime
    taken: datetime
    factor: float | None
    many: int


def _times(file: File) -> list[_Time]:
    """When rows were asked for, by their starts and factors; raises Foreign."""
    found: pa.Table | None = None
    try:
        with pq.ParquetFile(file.path) as opened:
            for batch in opened.iter_batches(_AT_ONCE, columns=_COLUMNS):
                some = pa.Table.from_batches([batch])
                some = some.append_column("many", pa.repeat(1, some.num_rows))
                both = pa.concat_tables([found, some]) if found else some
                added = both.group_by(_COLUMNS).aggregate([("many", "sum")])
                found = added.rename_columns([*_COLUMNS, "many"])
                if found.num_rows > _MOST_TIMES:
                    raise Foreign("its rows were asked for at more times than can be")
    except (OSError, pa.ArrowException) as broken:
        raise out_of_reach.why(file.where, broken) from broken
    rows = found.select([*_COLUMNS, "many"]).to_pylist() if found else []
    if any(row["fetched_at"] is None for row in rows):
        raise Foreign("of some rows it does not say when they were asked for")
    return [_Time(*row.values()) for row in rows]
