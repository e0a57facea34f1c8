"""A day's cut with queues (or fleets) beside one without: of which ids rows of the latter may be.

Rows of both are held against each other in the parts that the columns of both tell apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from stats import agreement
from stats.dayfile import Shelf
from stats.derivation import ADDED

Key = tuple[str, ...]
Sums = tuple[float, ...]
"""ADDED, and of how many rows."""

NOTHING: Sums = (0.0, 0.0, 0.0, 0.0)
STRANGER = ""
"""Whoever's usage is in a cut without ids and in none with them."""


def columns_of(shelf: Shelf) -> list[str]:
    """What tells a cut's rows of a day apart, but for what jobs were called."""
    return [*(["period_start"] if shelf.hourly else []), *(d.column for d in shelf.by)]


def keyed(rows: pd.DataFrame, columns: list[str]) -> list[Key]:
    """The key of each row by some columns."""
    return list(zip(*(rows[column].tolist() for column in columns), strict=True))


def summed(rows: pd.DataFrame, columns: list[str]) -> dict[Key, Sums]:
    """What rows come to by some columns; all of them together by none."""
    numbers = rows[[*ADDED]].assign(rows=1)
    if not columns:
        return {(): tuple(numbers.sum().tolist())}
    found = numbers.groupby([rows[column] for column in columns], sort=False).sum()
    keys = keyed(found.index.to_frame(index=False), columns)
    return dict(zip(keys, map(tuple, found.to_numpy(dtype="float64").tolist()), strict=True))


def holds(whole: Sums, some: Sums) -> bool:
    """Whether there is no more of one than of the other, but for rounding."""
    return some[0] <= whole[0] and not agreement.is_more(some[1], int(some[3]), whole[1])


def as_much(one: Sums, other: Sums) -> bool:
    """Whether two are the same records, of the same cost but for rounding."""
    return holds(one, other) and holds(other, one)


def rest_of(whole: Sums, some: Collection[Sums]) -> Sums | None:
    """What is left of a sum without others; None where they are more."""
    of_some = tuple(map(sum, zip(NOTHING, *some, strict=True)))
    if not holds(whole, of_some):
        return None
    rest = tuple(max(0.0, a - b) for a, b in zip(whole, of_some, strict=True))
    return (*rest[:3], 1.0) if rest[0] or holds(of_some, whole) else None


class Side:
    """A cut without ids as another with them knows it: then, or now."""

    def __init__(
        self,
        rows: pd.DataFrame,
        with_ids: pd.DataFrame,
        ids: str,
        columns: list[str],
        every: Mapping[Key, Sums],
    ) -> None:
        """`every` is what there is of each id in all."""
        self.sums = sums = summed(rows, columns)
        told = summed(with_ids, columns)
        of: dict[Key, set[str]] = defaultdict(set)
        for *part, one in keyed(with_ids, [*columns, ids]):
            of[tuple(part)].add(one)
        self._of = {part: frozenset(some) for part, some in of.items()}
        placed = summed(with_ids, [ids])
        lost = {key[0] for key, one in every.items() if not as_much(one, placed.get(key, NOTHING))}
        self._anybody = frozenset(lost) | {STRANGER}
        self._more = {part for part, one in sums.items() if not holds(told.get(part, NOTHING), one)}
        self._even = {part for part, one in told.items() if as_much(one, sums.get(part, NOTHING))}
        self._told = told.keys() | sums.keys()

    def ids(self, part: Key) -> frozenset[str]:
        """Of which ids a part may be; of any that are not all told, where it has more."""
        known = self._of.get(part, frozenset())
        return known | self._anybody if part in self._more else known

    def is_even(self, part: Key) -> bool:
        """Whether both have the same of a part."""
        return part in self._even or part not in self._told


@dataclass(frozen=True)
class Margin:
    """Both sides of a cut with ids, and what is left of each part if that is known.

    `places` are those of its columns in the other's keys.
    """

    places: tuple[int, ...]
    then: Side
    now: Side
    left: Mapping[Key, Sums] | None

    def part(self, key: Key) -> Key:
        """The part in which a row is."""
        return tuple(key[n] for n in self.places)

    @property
    def is_done(self) -> bool:
        """Whether the cut without ids held what is left, and no more, before."""
        were, left = self.then.sums, self.left or {}
        parts = were.keys() | left.keys()
        return all(as_much(were.get(one, NOTHING), left.get(one, NOTHING)) for one in parts)

    def rest(self, part: Key, others: Collection[Sums]) -> Sums | None:
        """What is left of a part without other rows of it; None where that is not known."""
        if self.left is None or not (self.then.is_even(part) and self.now.is_even(part)):
            return None
        return rest_of(self.left.get(part, NOTHING), others)
