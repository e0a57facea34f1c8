"""What lies on a shelf of history, as it was listed; and what of it needs to be reckoned only once.

A page asks about the same days again and again, and years have thousands of them.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from cachetools import LRUCache

from stats import periods
from stats.dayfile import Shelf
from stats.model import Window
from stats.relation import Stored
from stats.store import File
from stats.zone import HOUR

_MOST_WINDOWS = 64
_MOST_RECKONED = 64
Versions = tuple[tuple[int, int, int] | None, ...]
T = TypeVar("T")


class Held(Mapping[Window, File]):
    """Some days of a shelf, and the file that counts of each. It never changes."""

    def __init__(self, shelf: Shelf, days: Mapping[Window, File]) -> None:
        self.shelf = shelf
        self.days = tuple(days)
        self._days = days
        self._reckoned: tuple[Versions, dict[Hashable, Any]] = ((), {})
        self._said: dict[Hashable, Any] = {}

    def __getitem__(self, day: Window) -> File:
        return self._days[day]

    def __iter__(self) -> Iterator[Window]:
        return iter(self.days)

    def __len__(self) -> int:
        return len(self.days)

    def among(self, days: Sequence[Window]) -> Held:
        """Those of the days that there are here, in their order."""
        if days == self.days:
            return self
        return Held(self.shelf, {day: self._days[day] for day in days if day in self._days})

    def until(self, end: datetime) -> Held:
        """Those of its days that are over by then."""
        if self.days and self._end <= end:
            return self
        return self.among([day for day in self.days if day.end <= end])

    def for_good(self, what: Hashable, reckon: Callable[[], T]) -> T:
        """Something that follows from what these versions of files say of themselves.

        One name has to be of one kind of thing.
        """
        said = self._said
        if what in said:
            found: T = said[what]
            return found
        found = reckon()
        if len(said) >= _MOST_RECKONED:
            self._said = said = {}  # and not cleared, since others may be reading it
        said[what] = found
        return found

    def once(self, what: Hashable, reckon: Callable[[], T]) -> T:
        """Something that follows from what is in these files, which may have been reckoned before.

        One name has to be of one kind of thing. Where others write a file anew, or mend a copy of
        it, before it is listed anew, all is reckoned anew. So it is where there is much of it.
        """
        now = self.versions()
        versions, known = self._reckoned
        if versions == now and what in known:
            found: T = known[what]
            return found
        found = reckon()
        if versions != now or len(known) >= _MOST_RECKONED:
            known = {}  # and not cleared, since others may be reading it
            self._reckoned = now, known
        known[what] = found
        return found

    def versions(self) -> Versions:
        """What tells its files, as they are now, from others that stood in their places before."""
        return tuple(_version(file.path) for file in self.files)

    def day_at(self, bucket: int) -> Window:
        """The day that a row of these is of, by its bucket in microseconds since 1970."""
        return self._in_order[bisect_right(self._starts, bucket) - 1]

    @cached_property
    def _in_order(self) -> list[Window]:
        return sorted(self.days, key=lambda day: day.start)

    @cached_property
    def _starts(self) -> list[int]:
        return [periods.microseconds(day.start) for day in self._in_order]

    @cached_property
    def _end(self) -> datetime:
        return max(day.end for day in self.days)

    @cached_property
    def files(self) -> tuple[File, ...]:
        """Every file once."""
        return tuple(dict.fromkeys(self._days.values()))

    @cached_property
    def versions_of_all(self) -> frozenset[File]:
        """The same as a set, which is told from another one at once."""
        return frozenset(self.files)

    @cached_property
    def of_months(self) -> tuple[File, ...]:
        """The file of the last day of each month, the oldest first."""
        lasts = {(day.start.year, day.start.month): self._days[day] for day in self._in_order}
        return tuple(lasts.values())

    @cached_property
    def rows(self) -> Stored:
        """The rows of these days, to be read."""
        wanted: dict[File, list[Window]] = {file: [] for file in self.files}
        for day, file in self._days.items():
            wanted[file].append(day)
        whole = [file for file, days in wanted.items() if len(days) == len(file.days)]
        parts = [
            (file.path, tuple(day.start for day in days))
            for file, days in wanted.items()
            if len(days) < len(file.days)
        ]
        former = frozenset(file.path for file in self.files if file.former)
        now = tuple(file.path for file in whole)
        return Stored(now, tuple(parts), tuple(self._buckets()), former)

    def _buckets(self) -> Iterator[datetime]:
        for day in self._days:
            hours = (day.end - day.start) // HOUR if self.shelf.hourly else 1
            yield from (day.start + n * HOUR for n in range(hours))


class Listing:
    """All files of a shelf, without those days of some that are not believed. Thread-safe."""

    def __init__(
        self, shelf: Shelf, files: frozenset[File], without: frozenset[tuple[Window, File]]
    ) -> None:
        self.made_of = files, without
        in_order = sorted(files, key=_weight)
        days = {day: file for file in in_order for day in file.days}
        for day, file in without:
            if days.get(day) == file:
                del days[day]
        self.whole = Held(shelf, days)
        self._lock = threading.Lock()
        self._held: LRUCache[tuple[Window, ...], Held] = LRUCache(_MOST_WINDOWS)
        self._last: tuple[tuple[Window, ...], Held] = self.whole.days, self.whole

    def among(self, days: tuple[Window, ...]) -> Held:
        """Those of the days that there are."""
        last, found = self._last
        if last is not days:  # the very same are asked for again and again, and have long hashes
            found = self._among(days)
            self._last = days, found
        return found

    def _among(self, days: tuple[Window, ...]) -> Held:
        with self._lock:
            known = self._held.get(days)
        if known is None:
            known = self.whole.among(days)
            with self._lock:
                self._held[days] = known
        return known


def _weight(file: File) -> tuple[bool, int]:
    """What comes later counts: this format before the former, a day's own file before others."""
    return not file.former, -len(file.days)


def _version(path: Path) -> tuple[int, int, int] | None:
    """What tells a file from one that stood in its place before; None where there is none."""
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns, about.st_size
