"""Which days of a cut hold the day's total: what was asked for otherwise may have left out rows.

Each day is held against its own total, so that one that lacks something costs no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from stats import above, agreement, relation
from stats.history import History
from stats.listing import Held
from stats.model import Dimension, Question, Window
from stats.ways import Way, base_shelf, shelf_of

_Sums = Mapping[Window, tuple[float, int, int]]
"""Cost in USD, records, and number of rows of each day that has any."""

_NOTHING = (0.0, 0, 0)


def unlike_total(history: History, question: Question, way: Way) -> frozenset[Window]:
    """Days on which a way's rows hold less or more than their total.

    The same records may cost a little more or less, as far as rounding may make it. Raises Foreign
    and HistoryError; to be asked within `reading`.
    """
    rows, totals = _of_rows(history, question, way), _of_total(history, question, way)
    return frozenset(
        day for day in way.days if _differ(rows.get(day, _NOTHING), totals.get(day, _NOTHING))
    )


def over(
    history: History, question: Question, way: Way, *, anyhow: bool
) -> dict[Window, tuple[float, int]]:
    """Days on which a way's rows hold more than their total: how much in USD, and in records.

    Of all, or of one usage type, where it is not more in all. Rows that do not tell by themselves
    which are of what is asked about are looked at `anyhow`, or not: it takes long. Raises as above.
    """
    if not (anyhow or _tells_apart(question, way)):
        return {}
    rows, totals = _of_rows(history, question, way), _of_total(history, question, way)
    found = {}
    for day in way.days:
        cost, count, many = rows.get(day, _NOTHING)
        total, records, _ = totals.get(day, _NOTHING)
        if cost > total and agreement.is_more(cost, many, total):
            found[day] = cost - total, max(0, count - records)
    return {**dict.fromkeys(_of_types(history, question, way), (0.0, 0)), **found}


def _of_types(history: History, question: Question, way: Way) -> Iterator[Window]:
    """Days whose rows tell usage types, and more of one than their total does."""
    base = way.held[base_shelf(question, way.plan)]
    if way.plan.within is None and Dimension.USAGE_TYPE in base.shelf.by:
        totals = above.sums(history, way.held[way.total])
        for day, sums in above.sums(history, base).items():
            if agreement.is_above(sums, totals.get(day, {})):
                yield day


def _tells_apart(question: Question, way: Way) -> bool:
    base = base_shelf(question, way.plan)
    return way.plan.within is None or question.scope.dimension in base.by


def _differ(ours: tuple[float, int, int], theirs: tuple[float, int, int]) -> bool:
    (cost, count, rows), (total, records, _) = ours, theirs
    apart = agreement.more(cost, rows, total) or agreement.more(total, rows, cost)
    return count != records or apart != 0


def _of_total(history: History, question: Question, way: Way) -> _Sums:
    held, within = way.held[way.total], way.plan.within
    resource = question.scope.dimension.column
    kept = "TRUE" if within is None else f"{resource} IN {relation.one_of(within)}"
    return held.once(("sums", kept), lambda: _summed(history, held, kept))


def _of_rows(history: History, question: Question, way: Way) -> _Sums:
    """Of queues (or fleets) within which it is asked; their jobs', where rows tell no more."""
    base, within = way.held[base_shelf(question, way.plan)], way.plan.within
    resource = question.scope.dimension
    if within is None or resource in base.shelf.by:
        kept = "TRUE" if within is None else f"{resource.column} IN {relation.one_of(within)}"
        return base.once(("sums", kept), lambda: _summed(history, base, kept))
    witness = next(one for one in way.plan.witnesses if one.value is resource)
    key, told = witness.key.column, way.held[shelf_of(question, witness.cut)]
    some = f"{resource.column} IN {relation.one_of(within)}"
    kept = f"{key} IN (SELECT {key} FROM told WHERE {some})"
    what = ("sums", kept, told.shelf, told.versions())
    return base.once(what, lambda: _summed(history, base, kept, told))


def _summed(history: History, held: Held, kept: str, told: Held | None = None) -> _Sums:
    """Of the rows that are `kept` by an SQL condition, which may look at what else is `told`."""
    found: dict[Window, tuple[float, int, int]] = {}
    with relation.cursor() as con:
        if told:
            relation.register(con, "told", history.stored(told))
        relation.register(con, "held", history.stored(held))
        for at, cost, count, rows in _asked(con, kept):
            day = held.day_at(at)
            before = found.get(day, _NOTHING)
            found[day] = before[0] + cost, before[1] + count, before[2] + rows
    return found


def _asked(con: duckdb.DuckDBPyConnection, kept: str) -> Iterator[tuple[int, float, int, int]]:
    sums = "fsum(cost_usd_sum), CAST(sum(count) AS BIGINT), count(*)"
    yield from con.execute(
        f"SELECT bucket, {sums} FROM held WHERE {kept} GROUP BY bucket ORDER BY bucket"
    ).fetchall()
