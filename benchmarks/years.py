"""Years of history on disk: 4,000 jobs a day on five instance types each, the same each time.

A year is written day by day, as history is; the years before it are that year with other jobs.
They take minutes to make and gigabytes to keep, so they are kept for the next measurement.
"""

from __future__ import annotations

import os
import shutil
import uuid
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from benchmarks.farm import FARM, FLEETS, INSTANCES, NOW, PRODUCTS, QUEUES
from stats import dayfile
from stats.clock import Clock
from stats.collect import CUTS
from stats.compact import compact
from stats.dayfile import Shelf
from stats.description import Origin
from stats.history import History
from stats.model import Dimension, Window
from stats.rollup import COMPOSE
from stats.store import VERSION

JOBS_A_DAY = 4_000
END = NOW
_SETTLE = timedelta(hours=48)
_READ_AT = END + timedelta(days=19)
DAY = timedelta(days=1)
_SEED = 3
_MADE = "made-3"
"""A file that says that a folder is complete; another number, where the years become others."""


def _people() -> tuple[str, ...]:
    """Ids as Identity Center gives them."""
    draw = np.random.default_rng(_SEED)
    return tuple(f"{draw.bytes(5).hex()}-{uuid.UUID(bytes=draw.bytes(16))}" for _ in range(60))


USERS = _people()
_CALLED = tuple(f"Person {n}" for n in range(len(USERS)))
SHELVES = tuple(Shelf(FARM, Dimension.QUEUE, cut.by) for cut in CUTS)
_ORIGIN = Origin("Benchmark", {q: q for q in QUEUES}, 1.0, "aws", END + _SETTLE)


@dataclass(frozen=True)
class Years:
    """History in a folder, and all of the window that it holds."""

    name: str
    folder: Path
    years: int

    @property
    def window(self) -> Window:
        return Window(END.replace(year=END.year - self.years), END)

    @property
    def history(self) -> History:
        """Read at a moment when all of it is settled."""
        return opened(self.folder)

    def parquet(self, cut: str) -> str:
        """The files of a cut, for whoever reads them without history."""
        return str(
            self.folder / VERSION / f"farm_id={FARM}/counted_by=queue/period=daily/cut={cut}/*"
        )


def opened(folder: Path) -> History:
    """A history in that folder, at the moment when the years are read."""
    return History(folder, _SETTLE, Clock(now=lambda: _READ_AT))


def made(home: Path) -> tuple[Years, Years, Years]:
    """A year by the day, the same by the month, and ten years by the month."""
    by_day = Years("a year, a file a day", home / "days", 1)
    by_month = Years("a year, a file a month", home / "months", 1)
    ten = Years("ten years, a file a month", home / "ten", 10)
    _make_days(by_day)
    _make_months(by_day, by_month)
    _make_years_before(by_month, ten)
    return by_day, by_month, ten


def days(window: Window) -> Iterator[Window]:
    """The days of a window, of 24 hours each."""
    for n in range((window.end - window.start) // DAY):
        yield Window(window.start + n * DAY, window.start + (n + 1) * DAY)


def frames(number: int) -> dict[Shelf, pd.DataFrame]:
    """All cuts of the day of that number."""
    records = _records(np.random.default_rng([_SEED, number]))
    return {shelf: _cut(records, shelf) for shelf in SHELVES}


def at(rows: pd.DataFrame, day: Window) -> pd.DataFrame:
    """Rows as those of a day."""
    return rows.assign(period_start=pd.Timestamp(day.start))


def origin(day: Window) -> Origin:
    """Where a day is from: asked for in the night after it was settled, as a collector does."""
    asked = day.end + _SETTLE
    return replace(_ORIGIN, fetched_at=asked, first_asked_at=asked)


def _make_days(year: Years) -> None:
    if not _is_to_be_made(year.folder):
        return
    every, history = list(days(year.window)), year.history
    for n, day in enumerate(tqdm(every, desc=year.name, unit="day")):
        for shelf, rows in frames(n).items():
            history.put(shelf, day, at(rows, day), origin(day))
    (year.folder / _MADE).touch()


def _make_months(year: Years, compacted: Years) -> None:
    """The same files, under other names on the same disk, and then made into fewer."""
    if not _is_to_be_made(compacted.folder):
        return
    shutil.copytree(year.folder / VERSION, compacted.folder / VERSION, copy_function=os.link)
    found = compact(compacted.history, SHELVES, _READ_AT)
    for _ in tqdm(found, desc=compacted.name, total=12 * len(SHELVES), unit="file"):
        pass
    (compacted.folder / _MADE).touch()


def _make_years_before(year: Years, ten: Years) -> None:
    if not _is_to_be_made(ten.folder):
        return
    shutil.copytree(year.folder / VERSION, ten.folder / VERSION, copy_function=os.link)
    history = ten.history
    for shelf in tqdm(SHELVES, desc=ten.name, unit="cut"):
        for file in sorted(set(history.listed(shelf).values()), key=lambda one: one.path):
            table = pq.read_table(file.path, partitioning=None).replace_schema_metadata(None)
            for back in range(1, ten.years):
                month, moved = _moved(table, file.days, back)
                history.put_table(shelf, {day: origin(day) for day in month}, moved)
    (ten.folder / _MADE).touch()


def _is_to_be_made(folder: Path) -> bool:
    if (folder / _MADE).exists():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return True


def _moved(
    table: pa.Table, month: Sequence[Window], years: int
) -> tuple[tuple[Window, ...], pa.Table]:
    """The same month some years before, of other jobs; a leap day is like the month's first."""
    first = month[0].start
    start = first.replace(year=first.year - years)
    many = monthrange(start.year, start.month)[1]
    pieces = [_by(table, start - first)]
    if many > len(month):
        of_the_first = table.filter(pc.equal(table["period_start"], pa.scalar(first)))
        pieces.append(_by(of_the_first, start - first + len(month) * DAY))
    moved = pa.concat_tables(pieces)
    if "job_id" in moved.column_names:
        others = pc.utf8_replace_slice(moved["job_id"], 4, 6, f"{years:02x}")
        moved = moved.set_column(
            moved.column_names.index("job_id"), moved.schema.field("job_id"), others
        )
    return tuple(days(Window(start, start + many * DAY))), moved


def _by(table: pa.Table, moved: timedelta) -> pa.Table:
    """Rows at another time."""
    for edge in ("period_start", "period_end", "fetched_at", "first_asked_at"):
        place, field = table.column_names.index(edge), table.schema.field(edge)
        times = pc.add(table[edge], pa.scalar(moved, pa.duration("us")))
        table = table.set_column(place, field, times)
    return table


def _records(draw: np.random.Generator) -> pd.DataFrame:
    """A day's usage by all dimensions: five instance types a job, a licence for each second one.

    The first two digits of a job's id are the same for all, so that another year's jobs differ in
    them and keep their order.
    """
    number = JOBS_A_DAY
    users = draw.integers(0, len(USERS), number)
    usual = np.random.default_rng(_SEED).integers(0, len(QUEUES), len(USERS))
    elsewhere = draw.integers(0, len(QUEUES), number)
    queues = np.where(draw.random(number) < 0.9, usual[users], elsewhere)
    jobs = pd.DataFrame(
        {
            "job_id": [f"job-00{draw.bytes(15).hex()}" for _ in range(number)],
            "job_name": [_name(*parts) for parts in draw.integers(0, 1_000, (number, 4))],
            "user_id": _drawn(USERS, users),
            "user_name": _drawn(_CALLED, users),
            "queue_id": _drawn(QUEUES, queues),
            "fleet_id": _drawn(FLEETS, draw.integers(0, len(FLEETS), number)),
        }
    )
    compute = jobs.loc[jobs.index.repeat(len(INSTANCES))].assign(
        usage_type="COMPUTE", instance_type=np.tile(INSTANCES, number), license_product=""
    )
    licensed = jobs.iloc[::2]
    products = np.array(PRODUCTS)[draw.integers(0, len(PRODUCTS), len(licensed))]
    licences = licensed.assign(usage_type="LICENSE", instance_type="", license_product=products)
    rows = pd.concat([compute, licences], ignore_index=True)
    rows = rows.assign(**_measures(len(rows), draw))
    texts = ("job_id", "job_name", "usage_type", "instance_type", "license_product")
    return rows.astype(dict.fromkeys(texts, "category"))


def _drawn(keys: Sequence[str], which: np.ndarray) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(which, pd.Index(keys))


def _name(show: int, sequence: int, shot: int, version: int) -> str:
    return f"SHOW_{show % 10}_{sequence % 100:03d}_{shot:04d}_comp_v{version % 20:03d}"


def _measures(number: int, draw: np.random.Generator) -> dict[str, np.ndarray]:
    cost = np.round(draw.gamma(1, 3, number) + 0.01, 6)
    seconds = np.round(cost * 5_000)
    return {
        "count": draw.integers(1, 50, number),
        "cost_usd_sum": cost,
        "cost_usd_min": np.round(cost / 50, 6),
        "cost_usd_max": np.round(cost / 3, 6),
        "runtime_seconds_sum": seconds,
        "runtime_seconds_min": seconds // 60,
        "runtime_seconds_max": seconds // 3,
    }


def _cut(records: pd.DataFrame, shelf: Shelf) -> pd.DataFrame:
    keys = [dimension.column for dimension in shelf.by]
    names = [dayfile.NAMES[d] for d in shelf.by if d in dayfile.NAMES]
    rows = records.groupby([*keys, *names], observed=True).agg(COMPOSE).reset_index()
    return rows.astype(dict.fromkeys([*keys, *names], "str"))
