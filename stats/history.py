"""History: settled days of whole farms, in Parquet, asked of the service once and for ever.

    v2/farm_id=…/counted_by=queue/period=daily/cut=instance_type-job/20261001T07Z-20261002T07Z.parquet

A day is covered exactly when its file is there, also one without usage: there is no other ledger.
Edges in names are instants, so a day of one time zone is never taken for another's. A file is
written beside its place and renamed into it: whoever reads sees all of it, or none. What lies
there of the format before counts where there is nothing of this one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
from cachetools import LRUCache, TTLCache

from stats import dayfile, relation
from stats.archive import Archive
from stats.called import Called
from stats.clock import Clock
from stats.dayfile import Shelf, shelf_named
from stats.description import Description, Foreign, Origin
from stats.errors import HistoryError
from stats.listing import Held, Listing
from stats.model import Window, is_id
from stats.plan import MOST_GROUP_BYS
from stats.relation import Stored
from stats.store import VERSION, File, Folder, Store, name_of


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
        self._of_three: TTLCache[str, tuple[Shelf, ...]] = TTLCache(
            1, self._store.listed_seconds, timer=clock.monotonic
        )
        self._not_believed: dict[Shelf, frozenset[tuple[Window, File]]] = {}
        self._archive = Archive(self._store, clock, self.forget_listing)
        self.unwritten, self.doubt = self._archive.unwritten, self._archive.doubt
        self.look_through, self.checked = self._archive.look_through, self._archive.checked
        of_all = self.listed, self.shelves, self.forget_listings
        self._called = Called(self._archive, clock, *of_all, self.where)
        self.resources = self._called.names

    @property
    def where(self) -> str:
        """The folder or bucket, in words."""
        return str(self._store)

    def now(self) -> datetime:
        """The moment that it goes by."""
        return self._clock.now()

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
        found = (shelf_named(place) for place in self._archive.places())
        return sorted((one for one in found if one), key=lambda shelf: shelf.folder)

    def of_three(self) -> tuple[Shelf, ...]:
        """The cuts by more than the service groups by, which took a run per queue (or fleet)."""
        with self._lock:
            known = self._of_three.get("")
        if known is None:
            known = tuple(shelf for shelf in self.shelves() if len(shelf.by) > MOST_GROUP_BYS)
            with self._lock:
                self._of_three[""] = known
        return known

    def strangers(self) -> list[tuple[str, str]]:
        """What stands where a folder or a file belongs, and what is wrong; raises HistoryError."""
        return self._archive.strangers()

    def covered(self, shelf: Shelf, days: Iterable[Window]) -> Held:
        """Which of these days there are, and where.

        A day that is not settled by the clock as it goes now is not taken.
        """
        return self.among(shelf, days).until(self._clock.now() - self._settle)

    def among(self, shelf: Shelf, days: Iterable[Window]) -> Held:
        """Those of some days that have a file: while none does that had not, the same ones."""
        return self._listing(shelf).among(tuple(days))

    def listed(self, shelf: Shelf) -> Held:
        """Every day that has a file, with the file that counts: a day's own before others."""
        return self._listing(shelf).whole

    def _listing(self, shelf: Shelf) -> Listing:
        with self._lock:
            known, before = self._listed.get(shelf), self._before.get(shelf)
        if known is None:
            made_of = frozenset(self.files(shelf)), self._not_believed.get(shelf, frozenset())
            known = before if before and before.made_of == made_of else Listing(shelf, *made_of)
            with self._lock:
                self._listed[shelf] = self._before[shelf] = known
        return known

    def stored(self, held: Held) -> Stored:
        """The rows of some days, to be read; raises Foreign where a file is not what it should be.

        A file that is not is from then on taken for absent.
        """
        self.are_sound(held)  # however many are not, that is found at once
        for file in held.files:
            self._archive.described(held.shelf, file)
        return held.rows

    def told(self, held: Held) -> Description:
        """Of each of some days where it is from, and how many rows it has.

        Raises Foreign where a file is not what it should be.
        """
        return held.for_good("told", lambda: self._told(held))

    def _told(self, held: Held) -> Description:
        self.are_sound(held)  # as above
        found = {file: self._archive.told(held.shelf, file) for file in held.files}
        days = {day: found[file].days[day] for day, file in held.items()}
        return Description(days, {day: found[file].rows_of(day) for day, file in held.items()})

    def sound(
        self, shelf: Shelf, days: Iterable[Window], *, to_the_end: bool = False
    ) -> set[Window]:
        """Which of these days there are in files that are what they should be.

        Of each file its end is read, or all of it. Raises HistoryError.
        """
        days, seen = tuple(days), set[File]()
        while files := [f for f in self._listing(shelf).among(days).files if f not in seen]:
            self._archive.fetch(files, anew=to_the_end)
            if to_the_end:
                self.doubt(shelf, files)
            for file in files:
                self._archive.is_good(shelf, file)
            seen.update(files)  # what is there in place of what has gone is looked at too
        return set(self._listing(shelf).among(days))

    def are_sound(self, held: Held) -> bool:
        """Whether all of these files are what they should be; those that are not are put aside."""
        self._archive.fetch(held.files)
        good = [self._archive.is_good(held.shelf, file) for file in held.files]  # each is looked at
        return all(good)

    def read(self, shelf: Shelf, day: Window) -> pd.DataFrame:
        """The rows of one day; raises Foreign, and KeyError where there is no such day."""
        return self.table(Held(shelf, {day: self.listed(shelf)[day]}))

    def table(self, held: Held) -> pd.DataFrame:
        """The rows of some days; raises Foreign."""
        with relation.cursor() as con:
            relation.register(con, "day", self.stored(held))
            found: pd.DataFrame = con.sql("SELECT * FROM day").to_arrow_table().to_pandas()
        return found

    def put(
        self, shelf: Shelf, day: Window, rows: pd.DataFrame, origin: Origin, *, stays: bool = False
    ) -> None:
        """Writes a day, as `dayfile.written` has it; a good file that was overlooked `stays` if so.

        A day that was there when last looked keeps when it was first asked for. Raises
        HistoryError, and ValueError of a day that was not settled then; one that is there stays
        one of history's, also where days were taken for settled sooner when it was put there.
        """
        if not self.is_settled(day, origin.fetched_at) and day not in self.listed(shelf):
            raise ValueError(f"{day} was not settled at {origin.fetched_at}")
        if origin.first_asked_at < day.end:
            raise ValueError(f"{day} was not over at {origin.first_asked_at}")
        origin = replace(origin, first_asked_at=self._first_asked(shelf, day, origin))
        stays = stays and day not in {one for one, _ in self._not_believed.get(shelf, ())}
        self._write(shelf, (day,), dayfile.written(shelf, day, rows, origin), stays=stays)

    def _first_asked(self, shelf: Shelf, day: Window, origin: Origin) -> datetime:
        with self._lock:
            listing = self._before.get(shelf)
        held = listing.among((day,)) if listing else None
        with suppress(Foreign, OSError):
            if held:
                return min(origin.first_asked_at, self.told(held).days[day].first_asked_at)
        return origin.first_asked_at

    def put_here(
        self, shelf: Shelf, day: Window, rows: pd.DataFrame, origin: Origin, why: HistoryError
    ) -> None:
        """Has a day that was not written, and `why`; raises OSError where there is no room."""
        there = dict(self._not_believed.get(shelf, ())) | dict(self.listed(shelf))
        data = dayfile.written(shelf, day, rows, origin)
        self._archive.put_here(shelf, day, data, there.get(day), why)
        self.forget_listing(shelf)

    def put_table(self, shelf: Shelf, days: Mapping[Window, Origin], table: pa.Table) -> None:
        """Writes days on end, as they were read, in one file; raises HistoryError."""
        self._write(shelf, tuple(days), dayfile.sealed(shelf, days, table), stays=False)

    def set_aside(
        self, when: datetime, shelf: Shelf, day: Window, rows: pd.DataFrame, origin: Origin
    ) -> str:
        """Writes a day to where it is not read; where that is, in words. Raises HistoryError."""
        data = dayfile.written(shelf, day, rows, origin)
        return self._store.set_aside(when, shelf.folder, name_of(day.start, day.end), data)

    def sweep(self, shelf: Shelf) -> None:
        """Takes out what writers left that were killed; raises HistoryError."""
        self._store.sweep(shelf.folder)

    def remove(self, shelf: Shelf, file: File) -> None:
        """Takes out a file, unless it is another one by now; raises HistoryError."""
        self._archive.remove(file)
        self.forget_listing(shelf)

    def _write(self, shelf: Shelf, days: tuple[Window, ...], data: bytes, *, stays: bool) -> None:
        if not is_id(shelf.farm_id, "farm"):
            raise ValueError(f"“{shelf.farm_id}” is not a farm's id")
        self._archive.write(shelf.folder, name_of(days[0].start, days[-1].end), data, stays=stays)
        self.forget_listing(shelf)

    def forget_listings(self) -> None:
        """Looks anew at all that there is, as after a refresh."""
        self._archive.look_anew()
        with self._lock:
            self._listed.clear()
            self._of_three.clear()
        self._called.forget()

    def forget_listing(self, shelf: Shelf) -> None:
        """Looks anew at what there is when asked next."""
        with self._lock:
            self._listed.pop(shelf, None)
            if len(shelf.by) > MOST_GROUP_BYS:
                self._of_three.clear()

    def not_believed(self, held: Held, days: Iterable[Window]) -> None:
        """Takes some of these days for absent, until they are written anew."""
        more = frozenset((day, held[day]) for day in days)
        with self._lock:
            known = self._not_believed.get(held.shelf, frozenset())
            self._not_believed[held.shelf] = known | more
        self.forget_listing(held.shelf)

    def bad_days(self, shelf: Shelf) -> frozenset[Window]:
        """The days of a shelf that have files, none of which can be used as far as is known."""
        bad = self._archive.bad_days(shelf)
        bad = bad.union(day for day, _ in self._not_believed.get(shelf, ()))
        return bad.difference(self.listed(shelf)) if bad else bad

    def number_bad(self) -> int:
        """How many files can't be used, and days are not believed, as far as is known."""
        return len(self.troubles) + sum(map(len, tuple(self._not_believed.values())))

    @property
    def troubles(self) -> tuple[str, ...]:
        """Files that are there and can't be used, and why."""
        return self._archive.troubles

    def files(self, shelf: Shelf) -> list[File]:
        """All files of a shelf, also those that do not count; raises HistoryError."""
        return self._archive.files(shelf) if is_id(shelf.farm_id, "farm") else []
