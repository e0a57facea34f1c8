"""Files of days that could not be written where they belong: had for as long as the process lasts.

They lie in a folder for this user alone, and count until the store has something of their days.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path

from stats import scratch
from stats.dayfile import Shelf
from stats.model import Window
from stats.store import File


@dataclass(frozen=True)
class _One:
    """A file, and the one of the store that it counts for."""

    file: File
    instead: File | None


class Private:
    """Files by the shelf that they are of. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count()
        self._of: dict[Shelf, dict[tuple[Window, ...], _One]] = {}
        self._files: frozenset[File] = frozenset()

    def __bool__(self) -> bool:
        return bool(self._files)

    def __contains__(self, file: File) -> bool:
        return file in self._files

    def put(
        self, shelf: Shelf, days: tuple[Window, ...], data: bytes, instead: File | None
    ) -> None:
        """Has a file of some days, in place of one that it had of them; raises OSError.

        It counts `instead` of a file of the store, while that is there as it is; or else while
        none of the days is there.
        """
        with self._lock:
            path = self._folder / f"{next(self._numbers)}.parquet"
        path.write_bytes(data)
        about = path.stat()
        file = File(str(path), path, days, about.st_size, about.st_mtime_ns)
        with self._lock:
            before = self._of.setdefault(shelf, {}).pop(days, None)
            if before and instead == before.file:
                instead = before.instead
            self._of[shelf][days] = _One(file, instead)
            self._look_anew()
        if before:
            before.file.path.unlink(missing_ok=True)

    def beside(self, shelf: Shelf, found: list[File]) -> list[File]:
        """The files of the store, and those that count beside them or for one of them."""
        with self._lock:
            every = list(self._of.get(shelf, {}).values())
        if not every:
            return found
        there, versions = {day for file in found for day in file.days}, set(found)
        count_now = [
            one
            for one in every
            if (one.instead in versions if one.instead else there.isdisjoint(one.file.days))
        ]
        hidden = {one.instead for one in count_now if _is_of_the_same(one)}
        return [one for one in found if one not in hidden] + [one.file for one in count_now]

    def remove(self, file: File) -> bool:
        """Takes out a file; whether it was one of these."""
        if file not in self:
            return False
        with self._lock:
            for some in self._of.values():
                for days in [days for days, one in some.items() if one.file == file]:
                    del some[days]
            self._look_anew()
        with suppress(OSError):
            file.path.unlink()
        return True

    @cached_property
    def _folder(self) -> Path:
        return scratch.folder()

    def _look_anew(self) -> None:
        self._files = frozenset(self._every())

    def _every(self) -> Iterator[File]:
        for some in self._of.values():
            yield from (one.file for one in some.values())


def _is_of_the_same(one: _One) -> bool:
    """Whether what it counts for is of its days alone, and not of a month."""
    return one.instead is not None and one.instead.days == one.file.days
