"""Where history's files lie: a file is there as a whole or not at all. A folder is such a place."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from stats import misnamed, out_of_reach, replacing
from stats.aside import waiting
from stats.model import Window
from stats.out_of_reach import being_put_in_order, unreadable, unremovable, unwritable
from stats.zone import HOUR

VERSION = "v2"
FORMER_VERSION = "v1"
"""The folders of the format that is written, and of the one before it, which is only read."""

_NAME = re.compile(r"(\d{8}T\d{2})Z-(\d{8}T\d{2})Z\.parquet")
_HALF = re.compile(rf"\.{_NAME.pattern}\.\d+-\d+")
_STALE_SECONDS = 3_600.0
_INSTANT = "%Y%m%dT%H"
_DAY = timedelta(days=1)
_LOCK_SECONDS = 30.0
LEVELS = ("farm_id=", "counted_by=", "period=", "cut=")


@dataclass(frozen=True)
class File:
    """A version of a file, and what it covers: one day, or days of 24 hours one after another.

    `where` it lies, in words; `path` is where it is read, once it was fetched. It is of the format
    before this one where it is `former`.
    """

    where: str
    path: Path = field(compare=False)
    days: tuple[Window, ...] = field(compare=False)
    size: int
    changed: int
    tag: str = ""
    former: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, entry: os.DirEntry[str], *, former: bool) -> File | None:
        """None where a name is not one of history's."""
        if days_named(entry.name) is None or not os.path.isfile(entry):
            return None
        about = entry.stat()
        return _version(entry.path, about.st_size, about.st_mtime_ns, former)


@lru_cache(maxsize=65_536)  # a folder is listed again and again
def _version(path: str, size: int, changed: int, former: bool) -> File:
    days = days_named(os.path.basename(path)) or ()
    return File(path, Path(path), days, size, changed, former=former)


class Store(Protocol):
    """Where files lie, as history uses it. Thread-safe; every method may raise HistoryError."""

    listed_seconds: float
    """How long what was listed is taken for what there is."""

    def places(self) -> list[str]:
        """The folders that may hold files, relative to this one."""

    def files(self, place: str) -> Iterator[File]:
        """The files of history in a place, in any order."""

    def strangers(self) -> Iterator[tuple[str, str]]:
        """What stands where a folder or a file of history belongs: where, and what is wrong."""

    def fetch(self, files: Collection[File], *, anew: bool = False) -> None:
        """Sees to it that files, unless they are gone, can be read on this machine."""

    def write(self, place: str, name: str, data: bytes, *, stays: bool = False) -> str:
        """Writes a file, unless one of that name `stays`; where it is, in words."""

    def set_aside(self, when: datetime, place: str, name: str, data: bytes) -> str:
        """Writes a file to where nothing is read, by that time; where it is, in words."""

    def remove(self, file: File) -> None:
        """Takes out a file, unless it was written anew."""

    def sweep(self, place: str) -> None:
        """Takes out what writers left that were killed."""

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else puts files together or corrects days."""

    def former(self) -> Store:
        """Where files of the format before this one lie, beside these."""


class Folder:
    """A folder on this machine. Thread-safe; other processes may read and write it meanwhile.

    Files lie `inside` of it.
    """

    listed_seconds = 5.0

    def __init__(self, home: Path, inside: str) -> None:
        self.path = home / inside
        self._home = home
        self._is_former = inside == FORMER_VERSION

    def __str__(self) -> str:
        return str(self._home)

    def places(self) -> list[str]:
        """The folders that may hold files, relative to this one; raises HistoryError."""
        return [one.relative_to(self.path).as_posix() for one in self._places([])]

    def strangers(self) -> Iterator[tuple[str, str]]:
        """What stands where a folder or a file of history belongs: where, and what is wrong."""
        found: list[Path] = []
        places = self._places(found)
        yield from ((str(path), _is_no("folder", path)) for path in found)
        with self._readable():
            for path, right in misnamed.anywhere(self._home, self.path.name, LEVELS):
                yield str(path), f"it has not its name, {right}"
        for entry in (one for place in places for one in self._entries(place)):
            if days_named(entry.name) and not os.path.isfile(entry):
                yield entry.path, _is_no("file", Path(entry.path))

    def _places(self, strangers: list[Path]) -> list[Path]:
        """The folders that may hold files; what is called as one and is none goes to a list."""
        for path in (self._home, self.path):
            if os.path.lexists(path) and not os.path.isdir(path):
                raise unreadable(path, _is_no("folder", path))
        found = [self.path]
        for beginning in LEVELS:
            every = (e for one in found for e in self._entries(one))
            named = [e for e in every if misnamed.begins(e.name, beginning)]
            found = [Path(entry.path) for entry in named if os.path.isdir(entry)]
            strangers += [Path(entry.path) for entry in named if not os.path.isdir(entry)]
        return found

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        with self._readable(), os.scandir(folder) as entries:
            return list(entries)
        return []

    def files(self, place: str) -> Iterator[File]:
        """The files of history in a place, in any order; raises HistoryError."""
        entries = {entry.name: entry for entry in self._entries(self.path / place)}
        with self._readable():
            for path, right in misnamed.of(self._home, self.path.name, place, entries.keys()):
                raise out_of_reach.misnamed(str(path), right)
        for entry in entries.values():
            with suppress(FileNotFoundError):  # gone since it was listed
                file = File.of(entry, former=self._is_former)
                if file is not None:
                    yield file

    def former(self) -> Folder:
        """Where files of the format before this one lie, beside these."""
        return Folder(self._home, FORMER_VERSION)

    def fetch(self, files: Collection[File], *, anew: bool = False) -> None:
        """Nothing: files are read where they lie."""

    def remove(self, file: File) -> None:
        """Takes out a file, unless it was written anew; raises HistoryError."""
        try:
            about = file.path.stat()
            if (about.st_size, about.st_mtime_ns) == (file.size, file.changed):
                file.path.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            raise unremovable(file.path, error) from error

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """What is not there holds nothing; raises HistoryError for what can't be read."""
        try:
            yield
        except FileNotFoundError:
            return
        except OSError as error:
            raise unreadable(self.path, str(error.strerror)) from error

    def write(self, place: str, name: str, data: bytes, *, stays: bool = False) -> str:
        """Writes a file, unless one of that name `stays`; raises HistoryError."""
        path = self.path / place / name
        if stays and path.is_file():
            return str(path)
        half = path.parent / f".{path.name}.{os.getpid()}-{threading.get_ident()}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replacing.write_by_way_of(half, path, data, to_disk=True)
            _to_disk(path.parent)
            return str(path)
        except OSError as error:
            raise unwritable(str(self.path), str(error.strerror)) from error

    def set_aside(self, when: datetime, place: str, name: str, data: bytes) -> str:
        """Writes a file to where nothing is read; raises HistoryError where that can't be."""
        return Folder(self._home, aside(when)).write(place, name, data)

    def sweep(self, place: str) -> None:
        """Takes out what writers left that were killed; raises HistoryError.

        Nobody writes one file for an hour.
        """
        until = time.time() - _STALE_SECONDS
        for path in (self.path / place).glob(".*.parquet.*-*"):
            try:
                if _HALF.fullmatch(path.name) and path.stat().st_mtime < until:
                    path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise unremovable(path, error) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else puts files together or corrects days; raises HistoryError."""
        lock = FileLock(self._home / ".lock")
        try:
            self._lock_up(lock)
            yield
        finally:
            lock.release()

    def _lock_up(self, lock: FileLock) -> None:
        try:
            with suppress(Timeout):
                lock.acquire(timeout=0)
                return
            with waiting():
                lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            raise being_put_in_order(str(self)) from None
        except OSError as error:
            raise unwritable(str(self), str(error.strerror)) from error


def _is_no(kind: str, path: Path) -> str:
    return (
        f"it is no {kind}" if os.path.exists(path) else f"it is a link to no {kind} that there is"
    )


def aside(when: datetime) -> str:
    """The folder of files that were set aside at some time; its own are as those of history."""
    return f"set-aside/{when:%Y%m%dT%H%M%SZ}/{VERSION}"


def name_of(start: datetime, end: datetime) -> str:
    """The name of the file that covers what is between."""
    return f"{start:{_INSTANT}}Z-{end:{_INSTANT}}Z.parquet"


@lru_cache(maxsize=16_384)  # cuts have the same days
def days_named(name: str) -> tuple[Window, ...] | None:
    """The days that a file of that name covers: one of 23 to 25 hours, or several of 24."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        start, end = (datetime.strptime(t, _INSTANT).replace(tzinfo=UTC) for t in found.groups())
    except ValueError:
        return None
    hours = (end - start) // HOUR
    if 23 <= hours <= 25:
        return (Window(start, end),)
    if hours <= 0 or hours % 24:
        return None
    return tuple(Window(start + n * _DAY, start + (n + 1) * _DAY) for n in range(hours // 24))


def _to_disk(folder: Path) -> None:
    """Makes a rename last through a loss of power, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
