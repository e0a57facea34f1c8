"""Writing a file in place of another: readers see the one or the other, and never half of one."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

_ONLY_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY})
"""Why there may be no new file beside one that itself can be written: its folder is closed, or it
is mounted by itself."""


def write(path: Path, data: bytes) -> None:
    """Writes a file beside and renames it into place; raises OSError, and nothing is lost then.

    One that has several names, or whose folder can't be written to, is written in place.
    """
    about = _about(path)
    if about and about.st_nlink > 1:
        _write_in_place(path, data)
        return
    try:
        write_by_way_of(path.parent / f".farm-costs-{secrets.token_hex(8)}", path, data)
    except OSError as error:
        if about is None or error.errno not in _ONLY_IN_PLACE:
            raise
        _write_in_place(path, data)


def write_by_way_of(half: Path, path: Path, data: bytes, *, to_disk: bool = False) -> None:
    """Writes `half` and renames it to `path`, with owner and mode of the file that was there.

    `to_disk` waits until the data would last through a loss of power. Raises OSError, and leaves
    nothing of `half`.
    """
    about = _about(path)
    try:
        half.unlink(missing_ok=True)
        with open(half, "xb", opener=_public if about is None else _private) as file:
            if about:
                _make_alike(file.fileno(), about)
            file.write(data)
            file.flush()
            if to_disk:
                os.fsync(file.fileno())
        half.replace(path)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)


def _write_in_place(path: Path, data: bytes) -> None:
    """Raises OSError, with what was there before put back."""
    with path.open("r+b", buffering=0) as file:
        before, done = file.read(), False
        try:
            _put(file.fileno(), data)
            done = True
        finally:
            if not done:
                _put(file.fileno(), before)


def _put(handle: int, data: bytes) -> None:
    """Makes some bytes all that an open file holds."""
    os.lseek(handle, 0, os.SEEK_SET)
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
    os.ftruncate(handle, len(data))


def _about(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _make_alike(handle: int, about: os.stat_result) -> None:
    if os.name == "posix":
        with suppress(PermissionError):  # of somebody else's file the group at least
            os.fchown(handle, -1, about.st_gid)
        with suppress(PermissionError):
            os.fchown(handle, about.st_uid, -1)
        os.fchmod(handle, about.st_mode & 0o7777)


def _public(path: str, flags: int) -> int:
    """As the process's umask has it."""
    return os.open(path, flags, 0o666)


def _private(path: str, flags: int) -> int:
    """For nobody else, until it is made like the one before."""
    return os.open(path, flags, 0o600)
