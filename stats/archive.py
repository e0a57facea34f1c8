"""History's files of either format, wherever they lie: each is looked at before it is believed.

One that is not what it should be is put aside for a while, and taken for absent.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Collection, Container, Iterable, Mapping
from contextlib import suppress
from typing import TypeVar

import duckdb
import pyarrow as pa
from cachetools import LRUCache, TTLCache

from stats import dayfile, former, out_of_reach, relation
from stats.clock import Clock
from stats.dayfile import Shelf
from stats.description import Description, Foreign
from stats.errors import HistoryError
from stats.looking import Changed
from stats.model import Window
from stats.private import Private
from stats.store import File, Store

_BAD_SECONDS = 600.0
"""After which what could not be read, or written, is tried again: it may have been for a moment."""
_MOST_DESCRIBED = 65_536
Read = TypeVar("Read")


class Archive:
    """The files of a store and, beside it, of the format before. Thread-safe.

    `changed` is told of a shelf of which a file was put aside.
    """

    def __init__(self, store: Store, clock: Clock, changed: Callable[[Shelf], None]) -> None:
        self._store = store
        self._former = store.former()
        self._changed = changed
        self._lock = threading.Lock()
        self._described: LRUCache[File, Description] = LRUCache(_MOST_DESCRIBED)
        self._bad: TTLCache[File, tuple[Shelf, str]] = TTLCache(
            100_000, _BAD_SECONDS, timer=clock.monotonic
        )
        self._private = Private()
        self._unwritten: TTLCache[Shelf, HistoryError] = TTLCache(
            1_000, _BAD_SECONDS, timer=clock.monotonic
        )
        self._no_former: TTLCache[str, bool] = TTLCache(
            1, store.listed_seconds, timer=clock.monotonic
        )

    def places(self) -> set[str]:
        """The folders that may hold files, of either format; raises HistoryError."""
        return {*self._store.places(), *self._former.places()}

    def strangers(self) -> list[tuple[str, str]]:
        """What stands where a folder or a file belongs, and what is wrong; raises HistoryError."""
        return [*self._store.strangers(), *self._former.strangers()]

    def files(self, shelf: Shelf) -> list[File]:
        """The files of a shelf that can be used as far as is known; raises HistoryError."""
        with self._lock:
            bad = set(self._bad)
        found = list(self._store.files(shelf.folder))
        if self._has_former():
            found += self._former.files(shelf.folder)
        return self._private.beside(shelf, [file for file in found if file not in bad])

    def _has_former(self) -> bool:
        """Whether there is anything of the former format; in a bucket that costs a request."""
        with self._lock:
            none = self._no_former.get("")
        if none is None:
            none = not self._former.places()
            with self._lock:
                self._no_former[""] = none
        return not none

    def look_anew(self) -> None:
        """Looks anew whether there is anything of the former format."""
        with self._lock:
            self._no_former.clear()

    def fetch(self, files: Collection[File], *, anew: bool = False) -> None:
        """Sees to it that files, unless they are gone, can be read here; raises HistoryError."""
        old = [file for file in files if file.former]
        new = [file for file in files if not file.former] if old else files
        if self._private:  # else years of files are looked up for nothing each time
            new = [file for file in new if file not in self._private]
        for store, some in ((self._store, new), (self._former, old)):
            if some:
                store.fetch(some, anew=anew)

    def described(self, shelf: Shelf, file: File) -> Description:
        """What a file that was fetched says of itself; raises Foreign, and puts it aside then."""
        try:
            return self._read_once(shelf, file)
        except Foreign:
            known = self._read_anew(dayfile.described, shelf, file)
        with self._lock:
            self._described[file] = known
        return known

    def names(self, shelf: Shelf, file: File) -> Mapping[str, str]:
        """What queues (or fleets) were called; none of a file that is to be put aside when read.

        Raises Changed where it has gone.
        """
        try:
            return self._read_once(shelf, file).names
        except Foreign as error:
            if self.has(shelf, file):
                return {}
            raise Changed from error

    def has(self, shelf: Shelf, file: File) -> bool:
        """Whether that version of a file is there; raises HistoryError."""
        return file in self._private or file in self._of(file).files(shelf.folder)

    def _of(self, file: File) -> Store:
        return self._former if file.former else self._store

    def _read_once(self, shelf: Shelf, file: File) -> Description:
        with self._lock:
            known = self._described.get(file)
        if known is None:
            known = dayfile.described(shelf, file)
            with self._lock:
                self._described[file] = known
        return known

    def told(self, shelf: Shelf, file: File) -> Description:
        """The same, with the rows of each day: of former files it is looked up in those.

        Raises Foreign.
        """
        known = self.described(shelf, file)
        if known.rows is None:
            try:
                known = _looked_through(shelf, file)
            except Foreign:
                known = self._read_anew(_looked_through, shelf, file)
            with self._lock:
                self._described[file] = known
        return known

    def is_good(self, shelf: Shelf, file: File) -> bool:
        """Whether a file that was fetched is what it should be, as far as its end tells."""
        with suppress(Foreign):
            self.described(shelf, file)
            return True
        return False

    def doubt(self, shelf: Shelf, found: Iterable[File], *, as_rows: bool = False) -> bool:
        """Reads files to their ends, after reading them failed; whether any is not as written.

        Or can't be read `as_rows` are, which are added up.
        """
        reading, doubtful = _read_as_rows if as_rows else dayfile.looked_through, False
        for file in set(found):
            try:
                reading(shelf, file)
            except Foreign:
                doubtful = True
                with suppress(Foreign):
                    self._read_anew(reading, shelf, file)
        return doubtful

    def look_through(self, shelf: Shelf, file: File) -> None:
        """Reads all of a file from where it lies; raises Foreign and HistoryError."""
        self.fetch([file], anew=True)
        dayfile.looked_through(shelf, file)

    def checked(self, shelf: Shelf, file: File) -> pa.Table:
        """All of a file; raises Foreign and HistoryError."""
        self.fetch([file])
        return dayfile.checked(shelf, file)

    def write(self, place: str, name: str, data: bytes, *, stays: bool = False) -> None:
        """Writes a file; one of that name that can be used `stays` if so.

        Raises HistoryError where that can't be.
        """
        with self._lock:
            is_bad = any(not o.former and o.where.endswith(f"{place}/{name}") for o in self._bad)
        where = self._store.write(place, name, data, stays=stays and not is_bad)
        with self._lock:
            for file in [file for file in self._bad if file.where == where]:
                del self._bad[file]

    def put_here(
        self, shelf: Shelf, day: Window, data: bytes, instead: File | None, why: HistoryError
    ) -> None:
        """Has a file beside those of the store while this process lasts; raises OSError.

        It counts `instead` of that version of a file; where that is None, until there is one. It
        was not written, and `why`.
        """
        self._private.put(shelf, (day,), data, instead)
        with self._lock:
            self._unwritten[shelf] = why

    def unwritten(self, shelf: Shelf, days: Container[Window]) -> HistoryError | None:
        """Why some days are had here alone, if any are; raises HistoryError.

        After ten minutes they are let go of, so that they are written, if they can be by then.
        """
        if not self._private:
            return None
        own = [file for file in self.files(shelf) if file in self._private]
        own = [file for file in own if any(day in days for day in file.days)]
        with self._lock:
            why = self._unwritten.get(shelf)
        if why is None and own:
            for file in own:
                self._private.remove(file)
            self._changed(shelf)
        return why if own else None

    def remove(self, file: File) -> None:
        """Takes out a file, unless it was written anew; raises HistoryError."""
        if not self._private.remove(file):
            self._of(file).remove(file)

    def bad_days(self, shelf: Shelf) -> frozenset[Window]:
        """The days of a shelf's files that were put aside; others may have some of them too."""
        with self._lock:
            bad = [file for file, (of, _) in self._bad.items() if of == shelf]
        return frozenset(day for file in bad for day in file.days)

    @property
    def troubles(self) -> tuple[str, ...]:
        """Files that are there and can't be used, and why."""
        with self._lock:
            return tuple(f"{file.where}: {why}" for file, (_, why) in self._bad.items())

    def _is_other_each_time(self, file: File) -> bool:
        """Whether a file that was fetched comes otherwise when it is fetched again."""
        before = _sum_of(file)
        self.fetch([file], anew=True)
        return _sum_of(file) != before

    def _read_anew(self, reading: Callable[[Shelf, File], Read], shelf: Shelf, file: File) -> Read:
        """Reads a file once more, in case that just its copy on this machine is not as it was.

        If it is the file itself, it is put aside, and Foreign raised; so it is where it has gone.
        Raises HistoryError where it is the way that alters it.
        """
        try:
            self.fetch([file], anew=True)
            return reading(shelf, file)
        except Foreign as amiss:
            is_there = self.has(shelf, file)
            if is_there and not file.path.exists():
                raise out_of_reach.listed_only(file.where) from amiss
            if is_there and self._is_other_each_time(file) and self.has(shelf, file):
                raise out_of_reach.other_each_time(file.where) from amiss
            with self._lock:
                self._described.pop(file, None)
                if is_there:
                    self._bad[file] = shelf, str(amiss)
            self._changed(shelf)
            raise


def _sum_of(file: File) -> int | None:
    with suppress(OSError):
        return zlib.crc32(file.path.read_bytes())
    return None


def _read_as_rows(shelf: Shelf, file: File) -> None:
    """Reads all of a file, and as DuckDB does; raises Foreign where either can't be."""
    dayfile.looked_through(shelf, file)
    try:
        relation.read_through(file.path, former=file.former)
    except duckdb.OperationalError:  # no memory: that says nothing about the file
        return
    except duckdb.Error as error:
        raise Foreign(f"it can't be read ({relation.first_line(error)})") from error


def _looked_through(shelf: Shelf, file: File) -> Description:
    return former.looked_through(file, dayfile.described(shelf, file))
