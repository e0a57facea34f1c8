"""What follows from reports is made once for all who look: tables, figures and texts, read-only.

    @made_once
    def ranked(used: Used, dimension: Dimension, …) -> pd.DataFrame: …

What a thing is made of is its key. Reports and tables count as themselves and not by what is in
them, so that nothing is shown of another question, moment or farm. All else, such as names, colours
and the mode, counts by its value, and must be hashable. A thing is given no longer than there are
the report and the tables that it was made of; it takes room until the next tidying, or until
another thing needs that.
"""

from __future__ import annotations

import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd
import plotly.graph_objects as go
import pyarrow as pa

from server import tidying
from stats.model import Report

P = ParamSpec("P")
T = TypeVar("T")

MOST_BYTES = 48 * 2**20
"""About as much as is kept in all."""

_SMALL = 1_000
_A_POINT = 100
"""Bytes of a text or a small object, and of what stands in a figure's list, roughly."""


class Itself:
    """An object as part of a key: it and no other, however equal. It may go meanwhile."""

    __slots__ = ("_hash", "_of")

    def __init__(self, of: object) -> None:
        self._hash = id(of)
        self._of = weakref.ref(of)

    @property
    def is_there(self) -> bool:
        """Whether the object has not gone."""
        return self._of() is not None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        found = self._of()
        return found is not None and isinstance(other, Itself) and other._of() is found


Key = tuple[Hashable, ...]


class Things:
    """What was made, by what of; thread-safe. What was not wanted for longest goes first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._made: dict[Key, tuple[Any, int]] = {}
        self._lock = threading.Lock()
        self.bytes = 0

    @property
    def kept(self) -> tuple[Key, ...]:
        """What the things were made of that there are."""
        with self._lock:
            return tuple(self._made)

    def given(self, key: Key, make: Callable[[], T]) -> T:
        """The thing of that key, made if need be; what making it raises is raised."""
        with self._lock:
            found = self._made.pop(key, None)
            if found is not None:
                self._made[key] = found  # as the one that was wanted last
                thing: T = found[0]
                return thing
        thing = make()
        self._keep(key, thing, size(thing))
        return thing

    def tidy(self) -> None:
        """Lets go of what nobody can ask for any more."""
        with self._lock:
            self._let_go_of(key for key in list(self._made) if not _is_askable(key))

    def clear(self) -> None:
        """Lets go of everything."""
        with self._lock:
            self._let_go_of(list(self._made))

    def _keep(self, key: Key, thing: object, its_size: int) -> None:
        if its_size > self._most:
            return
        with self._lock:
            self._let_go_of([key] if key in self._made else [])
            self._made[key] = thing, its_size
            self.bytes += its_size
            while self.bytes > self._most:
                self._let_go_of([next(iter(self._made))])

    def _let_go_of(self, keys: Any) -> None:
        for key in keys:
            self.bytes -= self._made.pop(key)[1]


THINGS = Things()
tidying.also(THINGS.tidy)


def made_once(make: Callable[P, T]) -> Callable[P, T]:
    """The function, which makes the same thing of the same things once for all who look."""

    @wraps(make)
    def given(*args: P.args, **kwargs: P.kwargs) -> T:
        of: tuple[object, ...] = (*args, *kwargs.values())
        key: Key = (make, *kwargs.keys(), *(part for one in of for part in _parts(one)))
        return THINGS.given(key, lambda: make(*args, **kwargs))

    return given


class Composed(ABC):
    """A value that holds reports or tables: in a key, those stand for it."""

    @property
    @abstractmethod
    def made_of(self) -> tuple[object, ...]:
        """All that it consists of."""


def _parts(of: object) -> tuple[Hashable, ...]:
    """What stands for an object in a key."""
    if isinstance(of, (Report, pd.DataFrame, pd.Series)):
        return (Itself(of),)
    if isinstance(of, Composed):
        return type(of).__name__, *(part for one in of.made_of for part in _parts(one))
    if not isinstance(of, Hashable):
        raise TypeError(f"{type(of).__name__} can't be part of a key")
    return type(of).__name__, of


def _is_askable(key: Key) -> bool:
    return all(one.is_there for one in key if isinstance(one, Itself))


def size(thing: object) -> int:
    """About how many bytes a thing takes."""
    if isinstance(thing, pd.DataFrame):
        return int(thing.memory_usage(index=False).sum()) + _SMALL
    if isinstance(thing, pa.Table):
        return int(thing.nbytes) + _SMALL
    if isinstance(thing, go.Figure):
        return _points(thing.to_dict()) * _A_POINT + _SMALL
    if isinstance(thing, (tuple, list)):
        return _SMALL + sum(size(one) for one in thing)
    return _SMALL


def _points(of: object) -> int:
    if isinstance(of, dict):
        return sum(map(_points, of.values()))
    return sum(map(_points, of)) if isinstance(of, list) else 1
