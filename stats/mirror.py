"""Copies on this machine of objects that lie elsewhere, so that they can be read as files.

A copy's name is made of what tells one version from another, so a copy never stands for another
version. Processes share the folder: a copy is there as a whole or not at all, and one that was used
within the last hour is not taken out, since somebody may be reading it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from stats import scratch, spelling
from stats.errors import HistoryError

MOST_BYTES = 4 * 2**30
IDLE_SECONDS = 3_600.0
_TIDIED_EVERY = 300.0
_PRIVATE = 0o700


class Mirror:
    """A folder of copies. Thread-safe; other processes may use it meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._wanted = folder
        self._tidied = float("-inf")

    @cached_property
    def folder(self) -> Path:
        """Where copies are; in a folder of this process's own where that can't be written.

        Raises HistoryError.
        """
        wanted = str(self._wanted)
        if spelling.in_utf8(wanted) == wanted:  # else no file can be read there
            with suppress(OSError):
                self._wanted.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=wanted):
                    return self._wanted
        return self._of_this_process()

    def _of_this_process(self) -> Path:
        try:
            return scratch.folder()
        except OSError as error:
            raise HistoryError(
                f"History can't be copied to this machine: neither {self._wanted} nor a temporary "
                "folder can be written",
                "The service is asked instead. Make room, or let Farm Costs write there.",
            ) from error

    def path(self, *version: object) -> Path:
        """Where the copy of a version is, or will be; raises HistoryError."""
        name = hashlib.sha256(repr(version).encode()).hexdigest()
        return self.folder / name[:2] / f"{name}.parquet"

    def has(self, path: Path, size: int) -> bool:
        """Whether a copy is there, of that many bytes; if so it counts as used now."""
        try:
            about = path.stat()
            os.utime(path, ns=(time.time_ns(), about.st_mtime_ns))
        except OSError:
            return False
        return about.st_size == size

    def keep(self, path: Path, data: bytes) -> None:
        """Writes a copy; raises HistoryError where it can't be."""
        try:
            path.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            _write(path, data)
        except OSError as error:
            raise HistoryError(
                f"History can't be copied to {self.folder}: {error.strerror}",
                "The service is asked instead. Make room, or let Farm Costs write there.",
            ) from error

    def tidy(self) -> None:
        """Takes out what was not used for longest, down to the most that is kept; now and then."""
        now = time.monotonic()
        if now - self._tidied < _TIDIED_EVERY:
            return
        self._tidied, found = now, []
        for path in self.folder.glob("*/*"):
            with suppress(OSError):  # gone since it was listed
                about = path.stat()
                found.append((about.st_atime, about.st_size, path))
        most, idle_since = (
            sum(size for _, size, _ in found) - MOST_BYTES,
            time.time() - IDLE_SECONDS,
        )
        for used, size, path in sorted(found):
            if most <= 0 or used > idle_since:
                return
            with suppress(OSError):
                path.unlink()
                most -= size


def _write(path: Path, data: bytes) -> None:
    """Writes a file that is there as a whole or not at all, and is for its owner alone."""
    handle, half = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(half, path)
    finally:
        with suppress(OSError):
            os.unlink(half)
