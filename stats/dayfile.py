"""A day of a cut as a Parquet file: bytes out of rows, and what a file says of itself.

A file carries its own description, so that a foreign one is never read for it, and a checksum of
all its bytes, so that it is found out where one was altered.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stats import description, former, laws, out_of_reach, seal, soundness
from stats.description import Description, Foreign, Origin
from stats.model import Dimension, Window
from stats.rollup import COMPOSE, added_up
from stats.store import File
from stats.wire import MEASURES
from stats.zone import HOUR, Zone

NAMES = {Dimension.JOB: "job_name", Dimension.USER: "user_name"}
"""Columns for what the service will have forgotten."""

_KEY = b"farm_costs"
_ROWS_IN_A_GROUP = 32_768
_INSTANT = pa.timestamp("us", tz="UTC")
_OF_ORIGIN = ("fetched_at", "cost_scale_factor", "first_asked_at")


@dataclass(frozen=True)
class Shelf:
    """One cut of a farm, by all its queues or by all its fleets, hourly or daily."""

    farm_id: str
    resource: Dimension
    by: tuple[Dimension, ...]
    hourly: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(sorted(self.by)))

    @property
    def is_total(self) -> bool:
        """Whether it is what a day's other cuts are held against: the daily one by usage type."""
        return self.by == (Dimension.USAGE_TYPE,) and not self.hourly

    @property
    def folder(self) -> str:
        """Where its files lie, below the folder of history."""
        period, cut = "hourly" if self.hourly else "daily", "-".join(self.by)
        return f"farm_id={self.farm_id}/counted_by={self.resource}/period={period}/cut={cut}"


def shelf_named(folder: str) -> Shelf | None:
    """The shelf of a folder below that of history; None where a folder is not one of ours."""
    try:
        parts = dict(part.split("=", 1) for part in Path(folder).parts)
        by = tuple(Dimension(word) for word in parts["cut"].split("-"))
        shelf = Shelf(
            parts["farm_id"], Dimension(parts["counted_by"]), by, parts["period"] == "hourly"
        )
    except (KeyError, ValueError):
        return None
    return shelf if shelf.folder == Path(folder).as_posix() else None


def schema(by: tuple[Dimension, ...], *, former: bool = False) -> pa.Schema:
    """The columns of a cut's files; money in US dollars, time in seconds."""
    keys = [pa.field(d.column, pa.string(), nullable=False) for d in by]
    keys += [pa.field(NAMES[d], pa.string(), nullable=False) for d in by if d in NAMES]
    numbers = [
        pa.field(
            m,
            pa.int64() if m == "count" else pa.float64(),
            nullable=m in laws.EDGES and not former,
        )
        for m in MEASURES
    ]
    edges = [pa.field(edge, _INSTANT, nullable=False) for edge in ("period_start", "period_end")]
    origin = [pa.field("fetched_at", _INSTANT), pa.field("cost_scale_factor", pa.float64())]
    origin += [] if former else [pa.field("first_asked_at", _INSTANT)]
    return pa.schema([*edges, *keys, *numbers, *origin])


def written(shelf: Shelf, day: Window, rows: pd.DataFrame, origin: Origin) -> bytes:
    """The file of a day. `rows` have `period_start`, keys, names (or not) and measures.

    Each key is one row a day, or hour; a job that was renamed meanwhile is one a name. Rows may
    have an origin of their own, in its columns. Raises ValueError where one lacks what may not be
    empty.
    """
    whole, rows = schema(shelf.by), composed(rows, shelf)
    if rows.empty:
        return sealed(shelf, {day: origin}, pa.Table.from_batches([], whole))
    found = {
        field.name: pa.array(rows[field.name], field.type, from_pandas=True)
        for field in whole
        if field.name in rows
    }
    if shelf.hourly:
        found["period_end"] = pc.add(found["period_start"], pa.scalar(HOUR, pa.duration("us")))
    else:
        found["period_end"] = pa.repeat(pa.scalar(day.end, _INSTANT), len(rows))
    for name in _OF_ORIGIN:
        if name not in rows:
            value = pa.scalar(getattr(origin, name), whole.field(name).type)
            found[name] = pa.repeat(value, len(rows))
    table = pa.Table.from_arrays([found[name] for name in whole.names], schema=whole)
    return sealed(shelf, {day: origin}, table.sort_by(order(shelf)))


def order(shelf: Shelf) -> list[tuple[str, str]]:
    """How rows lie, as Arrow sorts them.

    Those of one user (queue, …) are together, so that whoever filters reads few. No two are equal
    in all of these.
    """
    coarse = [dimension.column for dimension in shelf.by if dimension is not Dimension.JOB]
    fine = [dimension.column for dimension in shelf.by if dimension is Dimension.JOB]
    fine += [NAMES[Dimension.JOB]] if fine else []
    return [(name, "ascending") for name in (*coarse, "period_start", *fine)]


def keys_of(shelf: Shelf) -> list[str]:
    """What a row is one of: also of a job's name, since it is found by any that it has borne."""
    named = [NAMES[Dimension.JOB]] if Dimension.JOB in shelf.by else []
    return ["period_start", *(dimension.column for dimension in shelf.by), *named]


def sealed(shelf: Shelf, days: Mapping[Window, Origin], table: pa.Table) -> bytes:
    """A table of some days, which are on end and in order, with its description, as bytes."""
    about = description.written(shelf.folder, days, counted(table, tuple(days)))
    table = table.replace_schema_metadata({_KEY: about})
    file = io.BytesIO()
    jobs = {"ndv": min(table.num_rows, _ROWS_IN_A_GROUP) or 1}
    with pq.ParquetWriter(
        file,
        table.schema,
        compression="zstd",
        write_page_checksum=True,
        # so that one job is found without reading all of them
        bloom_filter_options={Dimension.JOB.column: jobs} if Dimension.JOB in shelf.by else None,
    ) as writer:
        writer.write_table(table, row_group_size=_ROWS_IN_A_GROUP)
        writer.add_key_value_metadata({seal.KEY: seal.BLANK})
    return seal.sealed(file.getvalue())


def counted(table: pa.Table, days: Sequence[Window]) -> dict[Window, int]:
    """How many rows of a table begin in each of some days, which are in order."""
    starts, many = [day.start for day in days], dict.fromkeys(days, 0)
    for one in pc.value_counts(table["period_start"]).to_pylist():
        day = days[bisect_right(starts, one["values"]) - 1]
        if day.start <= one["values"] < day.end:
            many[day] += one["counts"]
    return many


def described(shelf: Shelf, file: File) -> Description:
    """What a file says of itself; raises Foreign where it is not of its days of that cut.

    Or where any of its bytes is not as it was written, as far as it is sealed. Of its rows none is
    looked at: `checked` does. Raises HistoryError where it is out of reach.
    """
    try:
        with open(file.path, "rb") as opened:
            holds = seal.holds(opened)
        if holds is False:
            raise Foreign("its bytes are not those that were written")
        found = pq.read_metadata(file.path)
        about = (found.metadata or {}).get(_KEY, b"{}")
        whole = found.schema.to_arrow_schema().equals(schema(shelf.by, former=file.former))
    except (OSError, pa.ArrowException, ValueError) as broken:
        raise out_of_reach.why(file.where, broken) from broken
    read = description.read_former if file.former else description.read
    told = read(about, shelf.folder, file.days, found.num_rows)
    if told.sealed and not holds:
        raise Foreign("its bytes are not those that were written: it has lost its checksum")
    if not whole:
        raise Foreign("its columns are not those of this cut")
    soundness.of_its_end(found, file.days, hourly=shelf.hourly)
    return told


def looked_through(shelf: Shelf, file: File) -> None:
    """Reads all of a file, a part at a time; raises Foreign where anything of it is amiss."""
    deque(_batches(shelf, file), maxlen=0)


def _batches(shelf: Shelf, file: File) -> Iterator[pa.RecordBatch]:
    told = described(shelf, file)
    names = [name for name, _ in order(shelf)]
    columns = schema(shelf.by, former=file.former)
    yield from soundness.of_its_rows(file, told, names, columns, hourly=shelf.hourly)


def checked(shelf: Shelf, file: File) -> pa.Table:
    """All of a file; raises Foreign where a page is not as it was written, or a row is amiss.

    One of the former format comes as one of this.
    """
    columns = schema(shelf.by, former=file.former)
    table = pa.Table.from_batches(list(_batches(shelf, file)), columns)
    return former.as_now(table, schema(shelf.by)) if file.former else table


def by_day(
    rows: pd.DataFrame, shelf: Shelf, days: tuple[Window, ...], zone: Zone
) -> dict[Window, pd.DataFrame]:
    """A run's rows (`wire.frame`) by the days that they are of; every day is there."""
    if shelf.hourly:
        at = rows["bucket"].dt.tz_localize("UTC")
        told = rows.assign(period_start=at)  # a day without any would be given the rows of others
        return {day: told[(at >= day.start) & (at < day.end)] for day in days}
    groups = dict(list(rows.groupby("bucket")))
    none = rows.iloc[:0].assign(period_start=pd.Series([], dtype="datetime64[us, UTC]"))
    found = {}
    for day in days:
        some = groups.get(pd.Timestamp(zone.day(day.start)))
        start = pd.Timestamp(day.start).as_unit("us")
        found[day] = none if some is None else some.assign(period_start=start)
    return found


def composed(rows: pd.DataFrame, shelf: Shelf) -> pd.DataFrame:
    """Each key with usage once a day, or hour.

    Runs by other queues, or before a clock change, bring more. A row without usage is left out: a
    day that has only such rows had none.
    """
    rows = used(rows)
    if nameless := [NAMES[d] for d in shelf.by if d in NAMES and NAMES[d] not in rows]:
        rows = rows.assign(**dict.fromkeys(nameless, ""))
    keys, people = keys_of(shelf), {"user_name": "last"} if Dimension.USER in shelf.by else {}
    if not rows.duplicated(keys).any():
        return rows
    rows = latest_last(rows.reset_index(drop=True))
    own = {name: how for name, how in _TOGETHER.items() if name in rows}
    return added_up(rows, keys, COMPOSE | people | own).reset_index()


def used(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of which any number is not 0; the same ones where none is left out."""
    there = np.zeros(len(rows), dtype="bool")
    for name in ("count", "cost_usd_sum", "runtime_seconds_sum"):
        there |= rows[name].to_numpy() != 0
    return rows if there.all() else rows[there]


def latest_last(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows such that what a user was called last comes last."""
    if "user_name" not in rows or "fetched_at" not in rows:
        return rows
    order = rows.assign(_named=rows["user_name"] != "")[["_named", "fetched_at"]]
    return rows.loc[order.sort_values(["_named", "fetched_at"], kind="stable").index]


def _one_or_none(factors: pd.Series) -> float | None:
    """A scale factor that is the same for all, or none."""
    return float(factors.iloc[0]) if factors.nunique(dropna=False) == 1 else None


_TOGETHER: dict[str, Any] = {
    "fetched_at": "min",
    "cost_scale_factor": _one_or_none,
    "first_asked_at": "min",
}
"""What becomes of the origin of rows that are added up."""
