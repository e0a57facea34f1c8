"""History looked at anew where others change it meanwhile: files go, and others come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from stats.errors import HistoryError
from stats.loopback import is_at_loopback
from stats.secrecy import shown

MOST_LOOKS = 3
"""How often history is read anew, where others change it or a file proves bad meanwhile."""

T = TypeVar("T")


class Changed(Exception):
    """A file is gone or proved bad: what is covered is not any more what it was."""


def looks(bad: Callable[[], int]) -> Iterator[None]:
    """So many looks as there may be: those that found more `bad` files do not count.

    What proves bad is put aside and looked past, however much it is.
    """
    left = MOST_LOOKS
    while left:
        before = bad()
        yield
        left -= bad() <= before


def looked(
    look: Callable[[], T], anew: Callable[[], object], where: str, bad: Callable[[], int] = int
) -> T:
    """What a look gives; where it is Changed beneath it, another one does, after `anew`.

    Raises HistoryError where it is changed each time, and what the look raises.
    """
    for _ in looks(bad):
        try:
            return look()
        except Changed:
            anew()
    raise HistoryError(
        f"History in {where} was changed each time it was read",
        "Another process is at work on it. Try again when that is done.",
    )


def no_history(source: str) -> HistoryError:
    """What is wrong where history is wanted of a source of which none is kept."""
    todo = "Set FARM_COSTS_HISTORY to a folder, or to s3://bucket/prefix."
    if not is_at_loopback(source):
        return HistoryError("No history is kept: FARM_COSTS_HISTORY is off", todo)
    return HistoryError(
        f"No history is kept: the endpoint {shown(source)} is on this machine, and so taken for a "
        "simulator, which may have other figures tomorrow",
        f"To keep one of it all the same: {todo[0].lower()}{todo[1:]}",
    )
