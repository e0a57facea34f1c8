"""What rows of one answer must be among one another: of what was asked for, and each of its own.

The service has one row for each period and key. Where rows tell keys that were not asked for in
the place of those that were, whose usage it is would be passed off as not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
"""A row as the service has it."""


def in_another_place(rows: Sequence[Row], asked: Collection[str], others: Collection[str]) -> str:
    """The key that was not asked for and stands where one that was is missing; empty if none does.

    Not one that stands beside all that were asked for in another row: that one is told in addition.
    """
    instead, beside = set[str](), set[str]()
    for row in rows:
        told = {key for key in others if row.get(key)}
        if told:
            (beside if all(row.get(key) for key in asked) else instead).update(told)
    return min(instead - beside, default="")


def comes_twice(table: pd.DataFrame, rows: Sequence[Row], measures: Collection[str]) -> bool:
    """Whether two rows are of the same, in all members but those that tell how much of it.

    `table` has the rows in columns. Those that differ in another member both count: a job that was
    renamed meanwhile, or a key that is absent in one and empty in the other.
    """
    keys = [name for name in table if table[name].dtype.kind not in "if"]
    alike = table[table.duplicated(keys, keep=False)]
    for _, same in alike.groupby(keys, sort=False):
        of = {frozenset(_but(rows[n], measures)) for n in same.index}
        if len(of) < len(same):
            return True
    return False


def _but(row: Row, measures: Collection[str]) -> Iterator[tuple[str, Any]]:
    return ((key, told) for key, told in row.items() if key not in measures)
