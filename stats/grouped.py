"""Whether rows are of the keys that were asked for, as far as they can tell.

What else a row may name is promised nowhere: keys that come along beside the grouped ones are no
harm, and usage may lack any key. So rows are another question's only where, of a whole run, none
has a grouped key, and some have one that grouping alone can have put there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from stats.model import ID, MISSING, Dimension
from stats.plan import DETERMINED_BY, Run

_OF_A_FORM = (Dimension.QUEUE, Dimension.FLEET, Dimension.JOB)
"""Those whose ids have a form of their own, by the service's model; no other key has one of it."""

_COME_ALONG = frozenset({Dimension.QUEUE, Dimension.FLEET})
"""What may be named with any row: aggregations are of queues or fleets by their ids."""

_TELL_WHERE_MISSING = frozenset({Dimension.INSTANCE_TYPE, Dimension.LICENSE_PRODUCT})

Keys = Callable[[Dimension], Sequence[str]]
"""The key of each row in a dimension, whether grouped by or not; MISSING where it has none."""


def wrong(table: pd.DataFrame, run: Run, keys: Keys) -> str:
    """What shows that rows are of something else than a run asks for; empty where nothing does.

    `table` has their buckets and grouped keys.
    """
    return _of_another_kind(table, run) or _of_other_keys(table, run, keys)


def _of_another_kind(table: pd.DataFrame, run: Run) -> str:
    for dimension in run.cut.by:
        column = table[dimension.column]
        is_wrong = column.str.fullmatch(ID.pattern)
        if dimension in _OF_A_FORM:
            its_own = is_wrong & column.str.startswith(f"{dimension}-")
            is_wrong = ~its_own & (column != MISSING)
        if is_wrong.any():
            return f"a row's {dimension.words} is “{column[is_wrong].iloc[0]}”, which can't be"
    return ""


def _of_other_keys(table: pd.DataFrame, run: Run, keys: Keys) -> str:
    by = run.cut.by
    told = frozenset(d for d in by if (table[d.column] != MISSING).any())
    lacking = [d for d in by if d not in told]
    if table.empty or not lacking:
        return ""
    along = _may_come_along(told | _TELL_WHERE_MISSING.intersection(by))
    for other in (d for d in Dimension if d not in by):
        found = keys(other)
        if any(found) and (other not in along or _tells_apart(found, table, by)):
            return f"no row has a {lacking[0].words}, and rows are by {other.words} in its place"
    return ""


def _may_come_along(told: frozenset[Dimension]) -> frozenset[Dimension]:
    """What may be named beside rows that tell those, since it follows from them."""
    return _COME_ALONG | {d for d, tells in DETERMINED_BY.items() if told.intersection(tells)}


def _tells_apart(found: Sequence[str], table: pd.DataFrame, by: Sequence[Dimension]) -> bool:
    """Whether rows of one bucket and the same grouped keys have different ones of another."""
    whose = ["bucket", *(d.column for d in by)]
    some = table[whose].assign(other=found)
    some = some[some["other"] != MISSING].drop_duplicates()
    return bool(some.duplicated(whose).any())
