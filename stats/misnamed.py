"""Files and folders of history whose names a copy has changed, so that nobody finds them.

Tools that copy between systems make letters small, write `%3D` for `=`, put ` (1)` behind a name,
or put a folder into the one that it was to become. What lies there may be as good as ever, and the
service may know it no more: it is not taken for nothing.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

_DAYS = re.compile(r"(\d{8}t\d{2}z)-(\d{8}t\d{2}z).*\.parquet", re.IGNORECASE)
_IS_NONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
_NO_LETTERS = re.compile(r"[\W_]")


def files(names: Collection[str]) -> dict[str, str]:
    """Of names in one folder those that days of history bear no more, each with its right one.

    One whose right name is there too is a copy beside its file, and none of them.
    """
    found = {name: right for name in names if (right := _right(name)) is not None}
    return {name: right for name, right in found.items() if right not in names}


@lru_cache(maxsize=16_384)
def _right(name: str) -> str | None:
    found = None if name.startswith(".") else _DAYS.search(unquote(name))
    return f"{found[1].upper()}-{found[2].upper()}.parquet" if found else None


def of(home: Path, inside: str, place: str, there: Collection[str]) -> Iterator[tuple[Path, str]]:
    """What of a place `inside` a home of history bears another name than its own, and its own.

    Of what is `there` the names are known. Raises OSError for what can't be looked through.
    """
    if below := deeper(home, inside):
        yield below, str(home / inside)
    here = home
    for part in (inside, *Path(place).parts):
        for name in _names(here):
            if name != part and _letters(name) == _letters(part) and not _is(here, name, part):
                yield here / name, part
        here /= part
    yield from ((here / name, right) for name, right in files(there).items())


def anywhere(home: Path, inside: str, levels: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """The same of all places, whose folders begin as `levels` say; raises OSError."""
    if below := deeper(home, inside):
        yield below, str(home / inside)
    for name in _names(home):
        if name != inside and name.casefold() == inside and not _is(home, name, inside):
            yield home / name, inside
    folders = [home / inside]
    for level in levels:
        named = [(one, name) for one in folders for name in _names(one)]
        for one, name in named:
            if not name.startswith(level) and begins(name, level):
                yield one / name, f"{level}…"
        folders = [one / name for one, name in named if name.startswith(level)]
    for one in folders:
        yield from ((one / name, right) for name, right in files(_names(one)).items())


def begins(name: str, level: str) -> bool:
    """Whether a folder is of a level, by its own name or by one that a copy gave it."""
    return _letters(name).startswith(_letters(level))


def deeper(home: Path, inside: str) -> Path | None:
    """History that was copied into the folder that it was to become, while that has none; or None.

    Raises OSError for what can't be looked through.
    """
    if any(name.startswith("farm_id=") for name in _names(home / inside)):
        return None
    below = (home / home.name / inside, home / inside / inside)
    return next((one for one in below if any(begins(n, "farm_id=") for n in _names(one))), None)


def _names(folder: Path) -> list[str]:
    """Of what is in a folder; nothing where it is none."""
    try:
        return os.listdir(folder)
    except OSError as error:
        if error.errno in _IS_NONE:
            return []
        raise


@lru_cache(maxsize=16_384)
def _letters(name: str) -> str:
    return _NO_LETTERS.sub("", unquote(name)).casefold()


def _is(folder: Path, name: str, other: str) -> bool:
    """Whether two names are one folder's, as where the system tells no case."""
    with_other = folder / other
    return with_other.exists() and with_other.samefile(folder / name)
