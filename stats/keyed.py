"""What rows of one answer must be among one another: of what was asked for.

Where rows tell keys that were not asked for in
the place of those that were, whose usage it is would be passed off as not known.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

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
