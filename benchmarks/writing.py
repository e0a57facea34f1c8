"""A day written to history, beside its frames as bare Parquet; and what days there are, listed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import years
from benchmarks.years import SHELVES, Years
from stats.history import History
from stats.model import Window
from stats.store import VERSION

_DAYS, _ROUNDS = 5, 9


@dataclass(frozen=True)
class Written:
    """Medians in seconds: all cuts of a day, and every cut's days in a year listed."""

    day_seconds: float
    bare_day_seconds: float
    listing_seconds: float
    bare_listing_seconds: float
    files: int

    def __str__(self) -> str:
        written = self.day_seconds / self.bare_day_seconds
        listed = self.listing_seconds / self.bare_listing_seconds
        return (
            f"A day of {len(SHELVES)} cuts is written in {self.day_seconds:.2f} s, {written:.1f} "
            f"times what bare Parquet takes without waiting for the disk; {self.files:,} files of "
            f"a year are listed in {self.listing_seconds * 1e3:.0f} ms, {listed:.1f} times what "
            "os.scandir takes"
        )


def measured(home: Path) -> Written:
    """On the disk that the years lie on."""
    by_day, _, _ = years.made(home)
    with TemporaryDirectory(dir=home) as folder:
        here = Path(folder)
        history = years.opened(here)
        pairs = [
            (written(history, n, day), _bare(here, n, day))
            for n, day in zip(range(_DAYS), years.days(by_day.window), strict=False)
        ]
    listings = [(listed(by_day.history), _scanned(by_day)) for _ in range(_ROUNDS)]
    files = sum(len(os.listdir(_place(by_day, number))) for number in range(len(SHELVES)))
    ours, bare = (median(some) for some in zip(*pairs, strict=True))
    ours_listed, bare_listed = (median(some) for some in zip(*listings, strict=True))
    return Written(ours, bare, ours_listed, bare_listed, files)


def written(history: History, number: int, day: Window) -> float:
    """Seconds that a history, wherever it lies, takes to write all cuts of a day."""
    frames = {shelf: years.at(rows, day) for shelf, rows in years.frames(number).items()}
    begun = time.monotonic()
    for shelf, rows in frames.items():
        history.put(shelf, day, rows, years.origin(day))
    return time.monotonic() - begun


def listed(history: History) -> float:
    """Seconds that a history, wherever it lies, takes to say which days it has of all cuts.

    It must not have been asked before.
    """
    begun = time.monotonic()
    for shelf in SHELVES:
        assert history.listed(shelf)
    return time.monotonic() - begun


def _bare(folder: Path, number: int, day: Window) -> float:
    frames = [years.at(rows, day) for rows in years.frames(number).values()]
    begun = time.monotonic()
    for n, rows in enumerate(frames):
        table = pa.Table.from_pandas(rows, preserve_index=False)
        pq.write_table(table, folder / f"{n}.parquet", compression="zstd")
    return time.monotonic() - begun


def _scanned(some: Years) -> float:
    begun = time.monotonic()
    for number in range(len(SHELVES)):
        with os.scandir(_place(some, number)) as entries:
            assert sum(1 for _ in entries)
    return time.monotonic() - begun


def _place(some: Years, number: int) -> Path:
    return some.folder / VERSION / SHELVES[number].folder
