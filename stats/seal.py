"""A checksum of all bytes of a Parquet file, in its own end, so that it shows where one is altered.

Others that read the file pass over it. Bytes are summed up as if its place were blank.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

KEY = "farm_costs_crc32"
BLANK = "-" * 8
"""What is written with that key before a file is sealed."""

_MARK = f"{KEY}\x18\x08".encode()
"""The key, and that a text of eight bytes follows, as Parquet's end has it."""
_TAIL = 8
"""Bytes that end a file: how long its end is, and Parquet's own sign."""
_AT_ONCE = 2**20
_LONGEST_END = 2**28


def sealed(data: bytes) -> bytes:
    """A file that was written with a blank for it, with its checksum there."""
    at = data.rindex(_MARK + BLANK.encode()) + len(_MARK)
    return data[:at] + _of(zlib.crc32(data)) + data[at + len(BLANK) :]


def holds(file: BinaryIO) -> bool | None:
    """Whether a file is as it was sealed; None where it has no seal that can be found.

    Raises OSError.
    """
    at = _place(file)
    if at is None:
        return None
    file.seek(0)
    crc = _summed(file, at, 0)
    kept = file.read(len(BLANK))
    return kept == _of(_summed(file, None, zlib.crc32(BLANK.encode(), crc)))


def _of(crc: int) -> bytes:
    return f"{crc:08x}".encode()


def _place(file: BinaryIO) -> int | None:
    """Where a file's checksum begins; None where there is none."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    length = int.from_bytes(file.read(_TAIL)[:4], "little")
    start = size - _TAIL - length
    if not 0 < length <= _LONGEST_END or start < 0:
        return None
    file.seek(start)
    found = file.read(length).rfind(_MARK)
    return None if found < 0 else start + found + len(_MARK)


def _summed(file: BinaryIO, until: int | None, crc: int) -> int:
    """The checksum of what follows, up to a place, on from that of what came before."""
    left = until
    while data := file.read(_AT_ONCE if left is None else min(_AT_ONCE, left)):
        crc = zlib.crc32(data, crc)
        left = None if left is None else left - len(data)
    return crc
