"""History in a bucket of S3: the same files as in a folder, for several machines at once.

A file that is read is copied to this machine once. What S3 tells of a file's age is in whole
seconds, so the tag of each file that is younger than a quarter of an hour is asked for as well:
two of the same second are told apart by it, and no clock that S3 accepts is wrong by more.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from stats import misnamed, out_of_reach
from stats.aside import waiting
from stats.clock import Clock
from stats.errors import HistoryError
from stats.mirror import Mirror
from stats.out_of_reach import being_put_in_order, listed_only, not_listed
from stats.s3 import Door
from stats.s3_object import Object, same
from stats.store import FORMER_VERSION, LEVELS, File, aside, days_named

_LOG = logging.getLogger(__name__)
_YOUNG = timedelta(minutes=15)
_ALONE = ".alone"
_LEASE = timedelta(hours=1)
_LEASE_WAITED_SECONDS = 30.0


class Bucket:
    """Files of history below `inside` of a spot in S3. Thread-safe, on any number of machines."""

    listed_seconds = 30.0

    def __init__(self, door: Door, inside: str, mirror: Mirror, clock: Clock) -> None:
        self._door = door
        self._inside = inside
        self._mirror = mirror
        self._clock = clock
        self._is_former = inside == FORMER_VERSION

    def __str__(self) -> str:
        return str(self._door.spot)

    def places(self) -> list[str]:
        """The folders that may hold files; raises HistoryError. One listing a folder above them."""
        found = [self._inside]
        for _ in LEVELS:
            found = [one for _, folders in self._door.listed_all(found) for one in folders]
        return [one.removeprefix(f"{self._inside}/") for one in found]

    def files(self, place: str) -> Iterator[File]:
        """The files of history in a place, in any order; raises HistoryError.

        Where one has gone since it was listed, all are listed again: what has come in its place was
        there before it went.
        """
        gone: set[Object] = set()
        for is_last in (False, True):
            old, young = self._listed(place)
            if again := gone.intersection(young):
                raise listed_only(f"{self._door.spot}/{again.pop().key}")
            now = self._door.versions([one.key for one in young]) if young else []
            gone.update(one for one, there in zip(young, now, strict=True) if there is None)
            if is_last or not gone:
                yield from map(self._file, (*old, *filter(None, now)))
                return

    def _listed(self, place: str) -> tuple[list[Object], list[Object]]:
        """The objects that have a file's name: those that are old, and those that are young."""
        objects, _ = self._door.listed(f"{self._inside}/{place}")
        for name, right in misnamed.files({_name(one) for one in objects}).items():
            where = f"{self._door.spot}/{self._inside}/{place}/{name}"
            raise out_of_reach.misnamed(where, right)
        named, since = [one for one in objects if days_named(_name(one))], self._young_since()
        young = [one for one in named if one.changed >= since]
        return [one for one in named if one.changed < since], young

    def _young_since(self) -> float:
        return (self._clock.now() - _YOUNG).timestamp() * 1e9

    def strangers(self) -> Iterator[tuple[str, str]]:
        """The folders and objects that bear another name than their own, and what that is."""
        places = self.places()
        found = self._door.listed_all([f"{self._inside}/{place}" for place in places])
        for place, (objects, _) in zip(places, found, strict=True):
            where = f"{self._door.spot}/{self._inside}/{place}"
            for part, level in zip(place.split("/"), LEVELS, strict=False):
                if not part.startswith(level) and misnamed.begins(part, level):
                    yield where, f"{part} has not its name, {level}…"
            for name, right in misnamed.files({_name(one) for one in objects}).items():
                yield f"{where}/{name}", f"it has not its name, {right}"

    def fetch(self, files: Collection[File], *, anew: bool = False) -> None:
        """Copies files to this machine, unless (and not `anew`) they are there already.

        One that is gone, or another one by now, is passed over. Raises HistoryError.
        """
        wanted = {
            self._object(file): file
            for file in files
            if anew or not self._mirror.has(file.path, file.size)
        }
        if wanted:
            self._door.fetch(wanted, lambda one, data: self._mirror.keep(wanted[one].path, data))
            self._mirror.tidy()

    def write(self, place: str, name: str, data: bytes, *, stays: bool = False) -> str:
        """Writes a file, unless one of that name `stays`; raises HistoryError.

        So it does of one that has been there for long, and was not listed.
        """
        key = f"{self._inside}/{place}/{name}"
        where = f"{self._door.spot}/{key}"
        there = self._door.versions([key])[0] if stays else None
        if there and there.changed < self._young_since():
            raise not_listed(where)
        if not there:
            self._door.write(key, data)
        return where

    def set_aside(self, when: datetime, place: str, name: str, data: bytes) -> str:
        """Writes a file to where nothing is read; raises HistoryError where that can't be."""
        return Bucket(self._door, aside(when), self._mirror, self._clock).write(place, name, data)

    def former(self) -> Bucket:
        """Where files of the format before this one lie, beside these."""
        return Bucket(self._door, FORMER_VERSION, self._mirror, self._clock)

    def sweep(self, place: str) -> None:
        """Nothing: an object that was not written to its end is not there."""

    def remove(self, file: File) -> None:
        """Takes out a file, unless it was written anew; raises HistoryError."""
        listed = self._object(file)
        found = self._door.versions([listed.key])[0]
        if found and same(listed, found):
            self._door.remove(listed.key)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else puts files together or corrects days; raises HistoryError.

        Whoever wants to be alone says so first and looks around then, so that of two at least one
        sees the other; who is not alone steps back. One that has died is overlooked after an hour.
        """
        mine = f"{_ALONE}/{uuid4().hex}"
        until = self._clock.monotonic() + _LEASE_WAITED_SECONDS
        while not self._is_alone(mine):
            if self._clock.monotonic() > until:
                raise being_put_in_order(str(self))
            with waiting():
                self._clock.sleep(1.0 + 2.0 * self._clock.chance())
        try:
            yield
        finally:
            self._leave(mine)

    def _is_alone(self, mine: str) -> bool:
        self._door.write(mine, b"")
        with ExitStack() as leaving:
            leaving.callback(self._leave, mine)
            objects, _ = self._door.listed(_ALONE)
            now = next((one.changed for one in objects if one.key == mine), 0)
            others = [one for one in objects if one.key != mine]
            since = now - _LEASE / timedelta(seconds=1) * 1e9
            if not now or any(one.changed > since for one in others):
                return False
            for one in others:
                self._door.remove(one.key)
            leaving.pop_all()
        return True

    def _leave(self, mine: str) -> None:
        try:
            self._door.remove(mine)
        except HistoryError as error:  # it is overlooked after an hour
            _LOG.warning("%s", error)

    def _file(self, one: Object) -> File:
        days = days_named(_name(one))
        assert days
        where = f"{self._door.spot}/{one.key}"
        path = self._mirror.path(where, one.size, one.changed, one.tag)
        return File(where, path, days, one.size, one.changed, one.tag, self._is_former)

    def _object(self, file: File) -> Object:
        key = file.where.removeprefix(f"{self._door.spot}/")
        return Object(key, file.size, file.changed, file.tag)


def _name(one: Object) -> str:
    return one.key.rpartition("/")[2]
