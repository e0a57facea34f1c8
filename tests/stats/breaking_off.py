"""A writer of history that is killed between two of its writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from stats.history import History


class Killed(BaseException):
    """Nothing that the product knows of."""


@contextmanager
def broken_off(history: History, writes: int | None) -> Iterator[list[Killed]]:
    """Ends after so many writes of this history, if any number; what is given says whether."""
    store, found = history._archive._store, list[Killed]()
    write, left = store.write, writes

    def counted(place: str, name: str, data: bytes, *, stays: bool = False) -> str:
        nonlocal left
        if left == 0:
            raise Killed
        left = None if left is None else left - 1
        return write(place, name, data, stays=stays)

    with patch.object(store, "write", counted):
        try:
            yield found
        except Killed as killed:
            found.append(killed)
