"""Where a command's data and words go: standard output, a file, a pipe or a device; standard error.

What a reader that has gone leaves unread is no error: BrokenPipeError is let through for `cli`.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from stats import replacing
from stats.errors import FarmCostsError, Unwritable

_MOST_LINKS = 40
_ELSEWHERE = "Choose another --output."


def say(text: str) -> None:
    """One line for the reader; where standard error is closed or full, nobody reads it."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)


def headed(error: FarmCostsError) -> str:
    """An error in one line, with its title before it, unless it begins with that; and its farm."""
    said = str(error)
    titled = said if said.startswith(error.title) else f"{error.title}: {said}"
    return f"{error.of_farm}: {titled}" if error.of_farm else titled


def take_any_text() -> None:
    """Has standard output take whatever libraries print there, such as help, as `put` writes it."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")


def put(data: bytes | str) -> None:
    """Data to standard output, text in UTF-8 whatever the locale; raises Unwritable."""
    if sys.stdout is None:
        raise Unwritable("Standard output is closed", "Open it, or give a place for the data.")
    sent = data if isinstance(data, bytes) else data.encode("utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(sent)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(
            f"Standard output can't be written: {error.strerror}",
            "Make room there, or give another place for the data.",
        ) from error


def flush() -> None:
    """Sends what stands in standard output's buffer; raises Unwritable."""
    if sys.stdout is not None:
        put(b"")


def place(text: str) -> Path:
    """The file that a text names; raises ArgumentTypeError for the name of a folder (`name/`)."""
    if text.endswith(os.sep):
        raise argparse.ArgumentTypeError(f"{text} is the name of a folder, and not of a file")
    return Path(text)


def must_be_writable(output: Path | None) -> None:
    """Raises Unwritable where there is no place for it; said before anything is asked for."""
    if output is None or _descriptor(output) is not None:
        return
    try:
        why = _in_the_way(output)
    except OSError as error:
        why = str(error.strerror)
    if why:
        raise Unwritable(f"{output} can't be written: {why}", _ELSEWHERE)


def write(data: bytes, output: Path | None) -> None:
    """All of the data to a file, or to standard output; raises Unwritable.

    A regular file is written beside and renamed into place, through links and with the mode of the
    one that was there. Pipes, devices and open files are written to.
    """
    if output is None:
        put(data)
        return
    try:
        _write(data, output)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(f"{output} can't be written: {error.strerror}", _ELSEWHERE) from error


def _write(data: bytes, output: Path) -> None:
    number = _descriptor(output)
    if number is not None:
        _to_open_file(number, data)
        return
    about = _about(output)
    if about is None or stat.S_ISREG(about.st_mode):
        replacing.write(Path(os.path.realpath(output)), data)
        return
    with open(os.open(output, os.O_WRONLY | os.O_NOCTTY), "wb") as file:
        file.write(data)


def _to_open_file(number: int, data: bytes) -> None:
    if number == 1:
        put(data)
        return
    if number == 2 and sys.stderr is None:
        raise Unwritable("Standard error is closed", _ELSEWHERE)
    with open(number, "wb", closefd=False) as file:
        file.write(data)


def _descriptor(output: Path) -> int | None:
    """The number of an open file that a path stands for (/dev/stdout, /dev/fd/63), if it does."""
    open_files, path = os.path.realpath("/dev/fd"), os.path.abspath(output)
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(path)
        if os.path.realpath(folder) == open_files and name.isdecimal():
            return int(name)
        try:
            path = os.path.abspath(os.path.join(folder, os.readlink(path)))
        except OSError:
            return None
    return None


def _about(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _in_the_way(output: Path) -> str:
    """Why a path can't be written to; empty: nothing is known. Raises OSError."""
    about, folder = _about(output), os.path.dirname(os.path.realpath(output))
    if about and stat.S_ISDIR(about.st_mode):
        return "it is a folder"
    if not os.path.isdir(folder):
        return "its folder does not exist"
    if about and os.access(output, os.W_OK):
        return ""
    beside = about is None or stat.S_ISREG(about.st_mode)
    return "" if beside and os.access(folder, os.W_OK) else "it is not allowed"
