"""What history knows beside usage: what people were called, in which queues jobs were, the factors.

What is told of days as a whole is looked up once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pandas as pd

from stats import relation
from stats.dayfile import Shelf
from stats.description import Foreign
from stats.history import History
from stats.listing import Held
from stats.model import Dimension, Question, Window
from stats.plan import Witness
from stats.reading import looked, reading


def people_called(held: Held) -> dict[str, tuple[datetime, datetime, str]]:
    """The latest names of users, by id, as far as they were known; of a cut by users.

    Each after when it was told and of which day: the greatest is the latest.
    """
    latest = "max((fetched_at, period_start, user_name))"
    named = f"SELECT user_id, {latest} FROM told WHERE user_name <> '' GROUP BY user_id"
    return held.once("people", lambda: dict(_asked(held, named)))


def scale_factors(held: Held) -> dict[float, datetime]:
    """The cost scale factors that there are in these days, each until when (UTC)."""
    known = "FROM told WHERE cost_scale_factor IS NOT NULL GROUP BY cost_scale_factor"
    sql = f"SELECT cost_scale_factor, max(period_end) {known}"
    found = held.once("factors", lambda: _asked(held, sql))
    return {factor: until.astimezone(UTC) for factor, until in found}


def of_days(
    history: History, read: Mapping[Shelf, Held], base: Held, within: frozenset[str] | None
) -> tuple[tuple[Window, ...], tuple[Window, ...], Mapping[datetime, float]]:
    """What is to be known of the days of some cuts: `unplaced` and `kept` ones, and `told_less`.

    The last is of the farm as a whole, and not told of some queues (or fleets) `within` it; nor of
    days whose total is short, since what was told less of them is not in it.
    """
    less = dict(told_less(history, base)) if within is None else {}
    for held in (held for shelf, held in read.items() if shelf.is_total and less):
        with suppress(Foreign):  # as below
            for day in short(history, held):
                less.pop(day.start, None)
    return unplaced(history, read), kept(history, read, within), less


def unplaced(history: History, read: Mapping[Shelf, Held]) -> tuple[Window, ...]:
    """Days, in order, on which usage came late that one of these cuts does not hold."""
    found: set[Window] = set()
    for held in read.values():
        with suppress(Foreign):  # whoever reads its rows finds that out
            found |= held.once("unplaced", partial(_unplaced, history, held))
    return tuple(sorted(found, key=lambda day: day.start))


def kept(
    history: History, read: Mapping[Shelf, Held], within: frozenset[str] | None
) -> tuple[Window, ...]:
    """Days, in order, of which the service tells less than is kept; of some queues (or fleets)."""
    found: set[Window] = set()
    for held in read.values():
        with suppress(Foreign):  # as above
            for day, ids in held.once("kept", partial(_kept, history, held)).items():
                found |= {day} if within is None or ids & within else set()
    return tuple(sorted(found, key=lambda day: day.start))


def told_less(history: History, held: Held) -> Mapping[datetime, float]:
    """What the service told less of days (which begin then) when it was asked for a cut, in USD."""
    with suppress(Foreign):  # as above
        return held.once("told less", partial(_told_less, history, held))
    return {}


def short(history: History, held: Held) -> frozenset[Window]:
    """Days of a total that say that another cut held more of them; raises Foreign."""
    told = history.told(held).days
    return held.for_good("short", lambda: frozenset(d for d, one in told.items() if one.short))


def set_off(history: History, held: Held) -> frozenset[Window]:
    """Days of a total that say so (`Origin`); raises Foreign."""
    told = history.told(held).days
    return held.for_good("set off", lambda: frozenset(d for d, o in told.items() if o.set_off))


def lacking(history: History, held: Held) -> frozenset[Window]:
    """Days of a cut that does not hold all that there was: see `unplaced` and `told_less`.

    None of a file that can't be read after all.
    """

    def reckoned() -> frozenset[Window]:
        less = _told_less(history, held)
        return frozenset(_unplaced(history, held).union(d for d in held if d.start in less))

    with suppress(Foreign):
        return held.for_good("lacking", reckoned)
    return frozenset()


def _told_less(history: History, held: Held) -> dict[datetime, float]:
    new = held.among([day for day, file in held.items() if not file.former])
    told = history.told(new).days
    return {day.start: one.told_less for day, one in told.items() if one.told_less}


def _kept(history: History, held: Held) -> dict[Window, frozenset[str]]:
    new = held.among([day for day, file in held.items() if not file.former])
    return {day: origin.kept for day, origin in history.told(new).days.items() if origin.kept}


def _unplaced(history: History, held: Held) -> set[Window]:
    new = held.among([day for day, file in held.items() if not file.former])
    return {day for day, origin in history.told(new).days.items() if origin.unplaced}


def pairs(held: Held, witness: Witness) -> pd.DataFrame:
    """Which values a witness shows of each key, for one that has few keys."""
    columns = [witness.key.column, witness.value.column]
    sql = f"SELECT DISTINCT {', '.join(columns)} FROM told"
    found = held.once(witness, lambda: _asked(held, sql))
    return pd.DataFrame(found, columns=columns, dtype="str")


def jobs_within(held: Held, resource: Dimension, within: frozenset[str]) -> frozenset[str]:
    """The jobs that any of some queues (or fleets) has; of a cut by both."""
    some = f"{resource.column} IN {relation.one_of(within)}"
    return frozenset(
        job for (job,) in _asked(held, f"SELECT DISTINCT job_id FROM told WHERE {some}")
    )


def queues_of(
    history: History, question: Question, days: Sequence[Window], jobs: Iterable[str]
) -> list[tuple[str, str]]:
    """The queues that jobs are in, as (queue id, job id), as far as history has those days.

    Raises HistoryError.
    """
    by = (Dimension.JOB, Dimension.QUEUE)
    shelf = Shelf(question.farm_id, question.scope.dimension, by)
    wanted = f"queue_id <> '' AND job_id IN {relation.one_of(jobs)}"

    def look() -> list[tuple[str, str]]:
        held = history.covered(shelf, days)
        if not held:
            return []
        with reading(history, [held]):
            history.stored(held)
            return _asked(held, f"SELECT DISTINCT queue_id, job_id FROM told WHERE {wanted}")

    return looked(history, (shelf,), look)


def _asked(held: Held, sql: str) -> list[tuple[Any, ...]]:
    with relation.cursor() as con:
        relation.register(con, "told", held.rows)
        return con.execute(sql).fetchall()
