"""Whether a file of history is what it should be, read to its end in bounded memory.

Rows are held to the laws of single rows, as answers are; keys are as they were written, which is
in order and each once. What cuts have to do with one another is `audit`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stats import laws, out_of_reach
from stats.description import Description, Foreign
from stats.model import Window
from stats.store import File
from stats.wire import MEASURES

_AT_ONCE = 65_536
_MOST_BYTES = 256 * 2**20
"""Of one column in one group of rows, unpacked: what is written here is a thousandth of it."""


def of_its_end(metadata: pq.FileMetaData, days: Sequence[Window], *, hourly: bool) -> None:
    """Raises Foreign where what a file's end tells can't be, or is too much.

    That is of its numbers, and of when its first and its last row begin.
    """
    names = metadata.schema.names
    at = names.index("period_start")
    starts = {day.start for day in days}
    numbers = [names.index(name) for name in MEASURES]
    for n in range(metadata.num_row_groups):
        group = metadata.row_group(n)
        if group.total_byte_size > _MOST_BYTES:
            raise Foreign("it is larger than a file of these rows can be")
        edges = _edges(group.column(at).statistics)
        if edges and (min(edges) < days[0].start or max(edges) >= days[-1].end):
            raise Foreign("it has rows of other days")
        if not hourly and not edges <= starts:
            raise Foreign("it has rows that are of no day")
        for column in numbers:
            told = group.column(column).statistics
            if told is None or not told.has_min_max:
                continue
            ends = np.array([told.min, told.max])
            wrong = laws.broken({names[column]: ends})
            if wrong:
                raise Foreign(wrong)


def _edges(told: Any) -> set[datetime]:
    """A column's smallest and largest time, as far as its file's end tells; raises Foreign."""
    try:
        return {told.min, told.max} if told and told.has_min_max else set()
    except (OverflowError, ValueError) as error:
        raise Foreign("its rows begin at no time that there is") from error


def of_its_rows(
    file: File, told: Description, order: Sequence[str], schema: pa.Schema, *, hourly: bool
) -> Iterator[pa.RecordBatch]:
    """All rows, each part of them once it is read and looked at.

    Raises Foreign where a page is not as it was written, or a row is amiss: in the end at last.
    """
    days = dict.fromkeys(file.days, 0)
    last: pa.Table | None = None
    for batch in _batches(file):
        table = pa.Table.from_batches([batch])
        _holds_what_it_must(table, schema)
        _is_of_its_days(table, days, hourly=hourly)
        rows = table.select(order)
        _is_in_order(pa.concat_tables([last, rows]) if last else rows)
        last = rows.slice(rows.num_rows - 1)
        yield batch
    if told.rows is not None and dict(told.rows) != days:
        raise Foreign("it does not hold as many rows of each day as it says")


def _batches(file: File) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(file.path, page_checksum_verification=True) as opened:
            for batch in opened.iter_batches(_AT_ONCE):
                batch.validate(full=True)
                yield batch
    except (OSError, pa.ArrowException, ValueError) as broken:
        raise out_of_reach.why(file.where, broken) from broken


def _holds_what_it_must(table: pa.Table, schema: pa.Schema) -> None:
    for field in schema:
        if not field.nullable and table[field.name].null_count:
            raise Foreign(f"a row has no {field.name}")
    columns = {name: table[name].to_numpy() for name in MEASURES}
    wrong = laws.broken(columns)
    if wrong:
        raise Foreign(wrong)
    for name in laws.EDGES:  # one that nobody knows is empty here
        if pc.any(pc.is_nan(table[name])).as_py():
            raise Foreign(f"a row's {name} is no number")


def _is_of_its_days(table: pa.Table, days: dict[Window, int], *, hourly: bool) -> None:
    """Counts the rows of each day."""
    edges = table.group_by(["period_start", "period_end"]).aggregate([([], "count_all")])
    by_start = {day.start: day for day in days}
    for one in edges.to_pylist():
        start, end = one["period_start"], one["period_end"]
        day = by_start.get(start)
        if hourly:
            day = next((day for day in days if day.start <= start and end <= day.end), None)
        if day is None or end <= start or (not hourly and end != day.end):
            raise Foreign(f"a row of {start} is not of its days")
        days[day] += one["count_all"]


def _is_in_order(rows: pa.Table) -> None:
    """Raises Foreign unless rows are in order by all their columns, and none is there twice."""
    if rows.num_rows < 2:
        return
    rows = rows.combine_chunks()
    before, after = rows.slice(0, rows.num_rows - 1), rows.slice(1)
    is_same = pa.repeat(True, before.num_rows)
    is_less = pa.repeat(False, before.num_rows)
    for name in rows.column_names:
        is_less = pc.or_(is_less, pc.and_(is_same, pc.less(before[name], after[name])))
        is_same = pc.and_(is_same, pc.equal(before[name], after[name]))
    if not pc.all(is_less).as_py():
        raise Foreign("a row is there twice, or not in its place")
