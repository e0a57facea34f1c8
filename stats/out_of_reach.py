"""What is wrong where history's files can't be read, written or removed.

What permissions, a disk, too many open files, or no more memory or threads keep from being read may
be as good as ever, so that nothing is written in its place.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pyarrow as pa

from stats import scarce
from stats.description import Foreign
from stats.errors import HistoryError

_IS_NO_FILE = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR}


class Unwritten(HistoryError):
    """History can't be written; it may be read all the same."""


def why(where: str, broken: Exception) -> Foreign | HistoryError:
    """What to raise of a file that could not be read; Foreign where its content is the trouble."""
    said = _of_the_machine(broken)
    if not said:
        return Foreign(f"it can't be read ({broken})")
    return HistoryError(
        f"History can't be read: {where}: {said}",
        "The service is asked instead. See to it that all of history's files can be read.",
    )


def _of_the_machine(broken: Exception) -> str:
    """What keeps a file from being read now, whatever it holds; empty: its content does.

    Where Arrow gets no memory, or no thread, it gives no number, as where content is wrong; of
    what it has no name for nobody knows.
    """
    if scarce.is_it(broken):
        return scarce.SAID
    if type(broken) is pa.ArrowException:
        return " ".join(str(broken).split())
    number = broken.errno if isinstance(broken, OSError) else None
    return "" if number is None or number in _IS_NO_FILE else os.strerror(number)


def listed_only(where: str) -> HistoryError:
    """What is wrong where a bucket lists an object, and then has it not."""
    what = f"History can't be read: {where} is listed, and then not there"
    return HistoryError(what, "The service is asked instead. See if it happens again.")


def other_each_time(where: str) -> HistoryError:
    """What is wrong where a bucket gives an object otherwise each time, so that none can be it."""
    what = f"History can't be read: {where} comes otherwise each time that it is fetched"
    return HistoryError(what, "The service is asked instead. What is between here and S3?")


def not_listed(where: str) -> HistoryError:
    """What is wrong where a bucket has an object, and did not list it."""
    what = f"History can't be read: {where} is there, and was not listed"
    return HistoryError(what, "It stays as it is. What answers in S3's place? Try again then.")


def unreadable(folder: Path, why: str) -> HistoryError:
    """What is wrong where a folder can't be looked through."""
    todo = "Look at the folder's permissions, or set FARM_COSTS_HISTORY."
    what = f"History in {folder} can't be read: {why}"
    return HistoryError(what, f"The service is asked instead. {todo}")


def misnamed(where: str, right: str) -> HistoryError:
    """What is wrong where a copy has given something of history another name than its own."""
    what = f"History can't be read: {where} has not its name, {right}, as after a copy"
    todo = "Give it that name, or take it out of there: `history verify` tells all such."
    return HistoryError(what, f"The service is asked instead. {todo}")


def unwritable(where: str, why: str) -> Unwritten:
    """What is wrong where a folder takes no file."""
    return Unwritten(
        f"History in {where} can't be written: {why}",
        "What it is to keep is worked out, or asked of the service, each time. "
        "Make room, or let Farm Costs write there, or set FARM_COSTS_HISTORY.",
    )


def unmade(why: str) -> HistoryError:
    """What is wrong where a total can't be made of what history has, for lack of any place."""
    what = f"History can't be read: a total that is not there can't be made ({why})"
    return HistoryError(what, "Make room, where history lies or for temporary files.")


def unremovable(path: Path, error: OSError) -> HistoryError:
    """What is wrong where a file can't be removed."""
    return HistoryError(f"{path} can't be removed: {error.strerror}", "Let it be written.")


def being_put_in_order(where: str) -> Unwritten:
    """What is wrong where somebody else is at work on it."""
    return Unwritten(
        f"History in {where} is being put in order by another process",
        "Wait until it is done, and try again.",
    )
