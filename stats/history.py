"""History: settled days of whole farms, in Parquet, asked of the service once and for ever.

    v1/farm_id=…/counted_by=queue/period=daily/cut=instance_type-job/20261001T07Z-20261002T07Z.parquet

A day is covered exactly when its file is there, also one without usage: there is no other ledger.
Edges in names are instants, so a day of one time zone is never taken for another's. A file is
written beside its place and renamed into it: whoever reads sees all of it, or none.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
from cachetools import LRUCache, TTLCache

from stats import dayfile, relation
from stats.clock import Clock
from stats.dayfile import Foreign, Origin, Shelf, shelf_named
from stats.errors import HistoryError
from stats.listing import Held, Listing
from stats.model import Dimension, FarmId, Window, is_id
from stats.plan import YARDSTICK
from stats.relation import Stored
from stats.store import File, Folder, Store, name_of

VERSION = "v1"
_MOST_MONTHS = 36
_CALLED_SECONDS = 300.0
_BAD_SECONDS = 600.0
"""After which a file that could not be used is tried again: it may have been for a moment only."""


class History:
    """History in a folder, or in another store. Thread-safe; others may use it meanwhile.

    `settle` is how long after its end a day is taken for settled.
    """

    def __init__(self, home: Path | Store, settle: timedelta, clock: Clock) -> None:
        self._store = Folder(home, VERSION) if isinstance(home, Path) else home
        self._settle = settle
        self._clock = clock
        self._lock = threading.Lock()
        self._listed: TTLCache[Shelf, Listing] = TTLCache(
            1_000, self._store.listed_seconds, timer=clock.monotonic
        )
        self._before: LRUCache[Shelf, Listing] = LRUCache(1_000)
        self._called: TTLCache[tuple[str, Dimension], dict[str, str]] = TTLCache(
            1_000, _CALLED_SECONDS, timer=clock.monotonic
        )
        self._said: LRUCache[File, dict[str, str]] = LRUCache(4_096)
        self._good: set[File] = set()
        self._bad: TTLCache[File, str] = TTLCache(100_000, _BAD_SECONDS, timer=clock.monotonic)

    @property
    def where(self) -> str:
        """The folder or bucket, in words."""
        return str(self._store)

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else puts files together or corrects days; raises HistoryError."""
        return self._store.alone()

    def is_settled(self, day: Window, at: datetime | None = None) -> bool:
        """Whether what was reported of a day at that moment (now, if None) is taken for final."""
        return day.end + self._settle <= (at or self._clock.now())

    def shelves(self) -> list[Shelf]:
        """Every cut of every farm that there is a folder for, in order.

        Raises HistoryError.
        """
        found = (shelf_named(place) for place in self._store.places())
        return sorted((one for one in found if one), key=lambda shelf: shelf.folder)

    def covered(self, shelf: Shelf, days: Iterable[Window]) -> Held:
        """Which of these days there are, and where.

        A day that is not settled by the clock as it goes now is not taken.
        """
        held = self._listing(shelf).among(tuple(days))
        return held.until(self._clock.now() - self._settle)

    def listed(self, shelf: Shelf) -> Held:
        """Every day that has a file, with the file that counts: a day's own before others."""
        return self._listing(shelf).whole

    def _listing(self, shelf: Shelf) -> Listing:
        with self._lock:
            known, before = self._listed.get(shelf), self._before.get(shelf)
        if known is None:
            files = frozenset(self._files(shelf))
            known = before if before and before.files == files else Listing(shelf, files)
            with self._lock:
                self._listed[shelf] = self._before[shelf] = known
        return known

    def stored(self, held: Held) -> Stored:
        """The rows of some days, to be read; raises Foreign where a file is not what it should be.

        A file that is not is from then on taken for absent.
        """
        self._store.fetch(held.files)
        for file in held.files:
            self._look_at(held.shelf, file)
        return held.rows

    def sound(
        self, shelf: Shelf, days: Iterable[Window], *, to_the_end: bool = False
    ) -> set[Window]:
        """Which of these days there are in files that are what they should be.

        Of each file its end is read, or all of it. Raises HistoryError.
        """
        days = tuple(days)
        files = self._listing(shelf).among(days).files
        self._store.fetch(files, anew=to_the_end)
        if to_the_end:
            self.doubt(shelf, files)
        for file in files:
            self._is_good(shelf, file)
        return set(self._listing(shelf).among(days))

    def are_sound(self, held: Held) -> bool:
        """Whether all of these files are what they should be; those that are not are put aside."""
        self._store.fetch(held.files)
        good = [self._is_good(held.shelf, file) for file in held.files]  # each is looked at
        return all(good)

    def resources(self, farm_id: FarmId, resource: Dimension) -> dict[str, str]:
        """What queues (or fleets) were called by id, also those that have been deleted since.

        Of each of the last months one day is looked at, its last. Raises HistoryError.
        """
        with self._lock:
            known = self._called.get((farm_id, resource))
        if known is None:
            known = self._resources(self.listed(Shelf(farm_id, resource, YARDSTICK.by)))
            with self._lock:
                self._called[farm_id, resource] = known
        return known

    def resources_of(
        self, farm_id: FarmId, resource: Dimension, days: Iterable[Window]
    ) -> dict[str, str]:
        """The same of some days only; raises HistoryError."""
        return self._resources(
            self._listing(Shelf(farm_id, resource, YARDSTICK.by)).among(tuple(days))
        )

    def _resources(self, held: Held) -> dict[str, str]:
        files = held.of_months[-_MOST_MONTHS:]
        self._store.fetch([file for file in files if file not in self._said])
        names: dict[str, str] = {}
        for file in files:
            with suppress(Foreign):  # it is put aside when it is to be read
                names |= self._resources_in(held.shelf, file)
        return names

    def _resources_in(self, shelf: Shelf, file: File) -> dict[str, str]:
        with self._lock:
            known = self._said.get(file)
        if known is None:
            known = dayfile.described(file.path, shelf, file.days).resources
            with self._lock:
                self._said[file] = known
        return known

    def read(self, shelf: Shelf, day: Window) -> pd.DataFrame:
        """The rows of one day; raises Foreign, and KeyError where there is no such day."""
        with relation.cursor() as con:
            held = Held(shelf, {day: self.listed(shelf)[day]})
            relation.register(con, "day", self.stored(held))
            return con.execute("SELECT * FROM day").df()

    def doubt(self, shelf: Shelf, found: Iterable[File]) -> bool:
        """Reads files to their ends, after reading them failed; whether any is not as written."""
        doubtful = False
        for file in set(found):
            try:
                dayfile.checked(file.path, shelf, file.days)
            except Foreign:
                doubtful = True
                with suppress(Foreign):
                    self._read_anew(dayfile.checked, shelf, file)
        return doubtful

    def checked(self, shelf: Shelf, file: File, *, anew: bool = False) -> pa.Table:
        """All of a file, from where it lies if `anew`; raises Foreign and HistoryError."""
        self._store.fetch([file], anew=anew)
        return dayfile.checked(file.path, shelf, file.days)

    def put(self, shelf: Shelf, day: Window, rows: pd.DataFrame, origin: Origin) -> None:
        """Writes a day. `rows` have `period_start`, keys, names (or not) and measures.

        Raises HistoryError where it can't be written, and ValueError where it was not settled.
        """
        if not self.is_settled(day, origin.fetched_at):
            raise ValueError(f"{day} was not settled at {origin.fetched_at}")
        self._write(
            shelf, (day,), dayfile.written(shelf, day, dayfile.composed(rows, shelf), origin)
        )

    def put_table(
        self, shelf: Shelf, days: tuple[Window, ...], table: pa.Table, origin: Origin
    ) -> None:
        """Writes days on end, as they were read, in one file; raises HistoryError."""
        self._write(shelf, days, dayfile.sealed(shelf, days, table, origin))

    def sweep(self, shelf: Shelf) -> None:
        """Takes out what writers left that were killed; raises HistoryError."""
        self._store.sweep(shelf.folder)

    def remove(self, shelf: Shelf, file: File) -> None:
        """Takes out a file, unless it is another one by now; raises HistoryError."""
        self._store.remove(file)
        self.forget_listing(shelf)

    def _write(self, shelf: Shelf, days: tuple[Window, ...], data: bytes) -> None:
        if not is_id(shelf.farm_id, "farm"):
            raise ValueError(f"“{shelf.farm_id}” is not a farm's id")
        where = self._store.write(shelf.folder, name_of(days[0].start, days[-1].end), data)
        with self._lock:
            for file in [file for file in self._bad if file.where == where]:
                del self._bad[file]
        self.forget_listing(shelf)

    def forget_listings(self) -> None:
        """Looks anew at all that there is, as after a refresh."""
        with self._lock:
            self._listed.clear()
            self._called.clear()

    def forget_listing(self, shelf: Shelf) -> None:
        """Looks anew at what there is when asked next."""
        with self._lock:
            self._listed.pop(shelf, None)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Files that are there and can't be used, and why."""
        with self._lock:
            return tuple(f"{file.where}: {why}" for file, why in self._bad.items())

    def _files(self, shelf: Shelf) -> list[File]:
        if not is_id(shelf.farm_id, "farm"):
            return []
        with self._lock:
            bad = set(self._bad)
        return [file for file in self._store.files(shelf.folder) if file not in bad]

    def _is_good(self, shelf: Shelf, file: File) -> bool:
        with suppress(Foreign):
            self._look_at(shelf, file)
            return True
        return False

    def _look_at(self, shelf: Shelf, file: File) -> None:
        if file in self._good:
            return
        try:
            dayfile.described(file.path, shelf, file.days)
        except Foreign:
            self._read_anew(dayfile.described, shelf, file)
        with self._lock:
            self._good.add(file)

    def _read_anew(
        self, reading: Callable[[Path, Shelf, tuple[Window, ...]], object], shelf: Shelf, file: File
    ) -> None:
        """Reads a file once more, in case that just its copy on this machine is not as it was.

        If it is the file itself, it is put aside, and Foreign raised.
        """
        try:
            self._store.fetch([file], anew=True)
            reading(file.path, shelf, file.days)
        except Foreign as amiss:
            self._put_aside(shelf, file, str(amiss))
            raise

    def _put_aside(self, shelf: Shelf, file: File, why: str) -> None:
        with self._lock:
            self._good.discard(file)
            self._bad[file] = why
        self.forget_listing(shelf)


def no_history() -> HistoryError:
    """What is wrong where history is wanted and none is kept."""
    return HistoryError(
        "No history is kept: FARM_COSTS_HISTORY is off, or the endpoint is on this machine",
        "Set FARM_COSTS_HISTORY to a folder, or to s3://bucket/prefix.",
    )
