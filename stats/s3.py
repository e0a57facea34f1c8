"""The only door to S3: objects below a prefix, listed, read, written and removed.

It is pyarrow's, with credentials and Region by AWS's own chain; both load when they are first
used. Every call is tried again a few times and has an end: where S3 does not answer, what is asked
within the next half minute is not even tried. Errors are told in words, as HistoryError.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from stats import aside, s3_system
from stats.clock import WITH_S3, Clock, PatienceWithS3
from stats.errors import HistoryError
from stats.out_of_reach import Unwritten
from stats.s3_object import Object, described, is_cut_short, same
from stats.spot import Spot

_AT_ONCE = 16

_SAID = re.compile(r"AWS Error ([A-Z_]+)(?: \(HTTP status (\d+)\))? during (\w+) operation: ?(.*)")
_ALLOWS = {
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "HeadObject": "s3:GetObject and s3:ListBucket",
    "GetObject": "s3:GetObject",
    "DeleteObject": "s3:DeleteObject",
}
_WRITES = "s3:PutObject"
_CREDENTIALS = re.compile(
    r"INVALID_ACCESS_KEY|SIGNATURE|INVALID_CLIENT_TOKEN|EXPIRED|ExpiredToken|InvalidToken|"
    r"UNRECOGNIZED_CLIENT|MISSING_AUTHENTICATION"
)
_NOT_YOU = "the credentials are not accepted", "Sign in anew, or give this machine a role."
_NOT_NOW = "S3 turned this away, by its clock", "Set the clock of this machine right."
_OTHER_REGION = re.compile(
    r"HTTP status 301|PermanentRedirect|IncorrectRegion|AuthorizationHeaderMalformed"
)
_GONE = "NO_SUCH_KEY"
_NEVER = ".never"
"""An object that there is not."""
_LISTED = ".listed"
"""An object that there is wherever something was written: a listing has to show it."""
_SEEN_SECONDS = 30.0
"""After which a listing without anything is not taken for S3's without a look."""
_SILENT = re.compile(
    r"NETWORK_CONNECTION|REQUEST_TIMEOUT|SLOW_DOWN|SERVICE_UNAVAILABLE|HTTP status 5"
)

Thing = TypeVar("Thing")
Found = TypeVar("Found")


class Door:
    """Objects below a spot. Thread-safe; every method raises HistoryError."""

    def __init__(self, spot: Spot, clock: Clock, patience: PatienceWithS3 = WITH_S3) -> None:
        self.spot = spot
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._made: Any = None
        self._there = self._is_marked = False
        self._seen_at = float("-inf")
        self._resting: dict[bool, tuple[float, str]] = {}
        """Until when what changes something (or what does not) is not tried, and why."""

    def listed(self, place: str) -> tuple[list[Object], list[str]]:
        """The objects and the folders right below a place; none where there is no such place."""
        return self.listed_all([place])[0]

    def listed_all(self, places: Collection[str]) -> list[tuple[list[Object], list[str]]]:
        """The same of many places, in their order, side by side."""
        found = self._side_by_side(self._list, places)
        now = self._clock.monotonic()
        if not any(objects or folders for objects, folders in found):
            if now - self._seen_at > _SEEN_SECONDS:
                self._side_by_side(self._see_that_it_is_s3, [(_NEVER, _LISTED)])
                found = self._side_by_side(self._list, places)
            if not self._there:
                self._side_by_side(self._look_for_bucket, [self.spot.bucket])
        self._there, self._seen_at = True, now
        return found

    def versions(self, keys: Iterable[str]) -> list[Object | None]:
        """What objects are at this moment, side by side; None for one that is gone."""
        return self._side_by_side(self._version, keys)

    def fetch(self, objects: Iterable[Object], keep: Callable[[Object, bytes], None]) -> None:
        """Reads those versions of objects, side by side, and gives each to `keep`.

        One that is gone, or another one by now, is passed over.
        """
        self._side_by_side(partial(self._fetch, keep=keep), objects)

    def write(self, key: str, data: bytes) -> None:
        """Writes an object: it is there as a whole or not at all."""
        if not self._is_marked:
            self._side_by_side(self._mark, [_LISTED], to_its_end=True)
        self._side_by_side(partial(self._write, data=data), [key], to_its_end=True)

    def remove(self, key: str) -> None:
        """Takes out an object, if it is there."""
        self._side_by_side(self._remove, [key], to_its_end=True)

    def _list(self, place: str) -> tuple[list[Object], list[str]]:
        from pyarrow.fs import FileSelector, FileType  # noqa: PLC0415 - S3 is loaded when used

        above = f"{self.spot.path}/"
        files, folders = [], []
        for one in self._s3().get_file_info(FileSelector(above + place, allow_not_found=True)):
            key = one.path.removeprefix(above)
            if one.type == FileType.Directory:
                folders.append(key)
            else:
                files.append(Object(key, one.size, one.mtime_ns))
        return files, folders

    def _see_that_it_is_s3(self, looked_at: tuple[str, str]) -> None:
        """Raises OSError where what nobody has written is there, or what is there is not listed."""
        never, always = looked_at
        try:
            if self._version(never):
                raise OSError("whatever is asked for is there: what answered is not S3")
            if self._version(always) and always not in {one.key for one in self._list("")[0]}:
                raise OSError("it does not list what is there")
        except OSError as error:
            if "ACCESS_DENIED" not in str(error):  # nor may it be told whether it is there
                raise

    def _look_for_bucket(self, bucket: str) -> None:
        from pyarrow.fs import FileType  # noqa: PLC0415 - S3 is loaded when used

        try:
            found = self._s3().get_file_info(bucket).type
        except OSError as error:
            if "ACCESS_DENIED" in str(error):  # it may be listed below the prefix only
                return
            raise
        if found == FileType.NotFound:
            raise self._no_bucket()

    def _version(self, key: str) -> Object | None:
        try:
            with self._s3().open_input_file(f"{self.spot.path}/{key}") as file:
                return described(key, file.metadata())
        except FileNotFoundError:
            return None

    def _fetch(self, wanted: Object, keep: Callable[[Object, bytes], None]) -> None:
        try:
            with self._s3().open_input_stream(f"{self.spot.path}/{wanted.key}") as file:
                found = described(wanted.key, file.metadata())
                if not same(wanted, found):
                    return
                data = bytearray(found.size)  # of zeros: pyarrow does not tell what did not come
                file.readinto(data)
        except OSError as error:
            if isinstance(error, FileNotFoundError) or _GONE in str(error):
                return
            raise
        if is_cut_short(data, found):
            if self._version(wanted.key) != found:  # it was written anew meanwhile
                return
            raise OSError(f"{wanted.key} came cut short")
        keep(wanted, bytes(data))

    def _mark(self, key: str) -> None:
        if self._version(key) is None:
            self._write(key, b"")
        self._is_marked = True

    def _write(self, key: str, data: bytes) -> None:
        with self._s3().open_output_stream(f"{self.spot.path}/{key}") as file:
            file.write(data)

    def _remove(self, key: str) -> None:
        try:
            self._s3().delete_file(f"{self.spot.path}/{key}")
        except FileNotFoundError:
            return

    def _side_by_side(
        self, call: Callable[[Thing], Found], on: Iterable[Thing], *, to_its_end: bool = False
    ) -> list[Found]:
        """What calls give, in order; the first error ends all.

        One that changes something is waited for longer, lest it should come to pass later.
        """
        limit = self._patience.writing if to_its_end else self._patience.whole
        things = list(on)
        for changing in {False, to_its_end} & self._resting.keys():
            until, why = self._resting[changing]
            if self._clock.monotonic() < until:
                raise self._silent(why, changing)
        if not things:
            return []
        pool = ThreadPoolExecutor(min(_AT_ONCE, len(things)), "history-s3")
        try:
            with aside.waiting():
                found = list(pool.map(call, things, timeout=limit))
        except TimeoutError as error:
            raise self._rests(f"it took more than {limit:.0f} seconds", to_its_end) from error
        except (OSError, ValueError) as error:  # the latter of settings that pyarrow can't use
            raise self._told(str(error), to_its_end) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        self._resting.pop(to_its_end, None)
        return found

    def _s3(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = s3_system.connected(self.spot.bucket, self._patience, self._error)
            return self._made

    def _told(self, said: str, changing: bool) -> HistoryError:
        """What went wrong, in words, out of pyarrow's."""
        found = _SAID.search(said)
        operation, detail = (found[3], found[4]) if found else ("", said)
        if "NO_SUCH_BUCKET" in said:
            return self._no_bucket()
        if "TOO_SKEWED" in said or _CREDENTIALS.search(said):
            what, todo = _NOT_NOW if "TOO_SKEWED" in said else _NOT_YOU
            return self._error(f"{what} ({detail})", todo, changing)
        if _OTHER_REGION.search(said):
            self._made = None  # its Region is asked for again
            return self._error("the bucket is in another Region", "Set AWS_REGION to it.", changing)
        if "ACCESS_DENIED" in said or "HTTP status 403" in said:
            allowed = _ALLOWS.get(operation, _WRITES)
            return self._error(
                f"S3 denies access ({operation})",
                f"Allow {allowed} there, and see that AWS credentials are found.",
                changing,
            )
        if _SILENT.search(said) or found is None:
            return self._rests(detail, changing)
        what = f"{operation} failed ({detail or found[1]})"
        return self._error(what, "See if it happens again.", changing)

    def _rests(self, why: str, changing: bool) -> HistoryError:
        """For half a minute nothing is asked of an S3 that does not answer.

        One that only can't be written to is read.
        """
        self._resting[changing] = self._clock.monotonic() + self._patience.rests, why
        return self._silent(why, changing)

    def _silent(self, why: str, changing: bool) -> HistoryError:
        what = f"S3 does not answer as it should ({why})"
        return self._error(what, "It is tried again in half a minute.", changing)

    def _no_bucket(self) -> HistoryError:
        todo = "Make it, or set FARM_COSTS_HISTORY to another."
        return self._error(f"there is no bucket {self.spot.bucket}", todo)

    def _error(self, what: str, todo: str, changing: bool = False) -> HistoryError:
        kept_from = "written" if changing else "used"
        said = f"History in {self.spot} can't be {kept_from}: {what.rstrip('. ')}"
        then = "The service is asked instead, which takes longer."
        if changing:
            then = "What it is to keep is worked out, or asked of the service, each time."
        return (Unwritten if changing else HistoryError)(said, f"{then} {todo}")
