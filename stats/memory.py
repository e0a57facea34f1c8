"""What history remembers of farms' totals: since when each day is known, and what stands of them.

The total by usage type is the yardstick: of a day it says what is known, whatever it is broken
down by. Nothing is asked of the service here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import pandas as pd

from stats import absent, agreement, knowledge, particulars, relation
from stats.description import ids_of
from stats.history import History
from stats.join import ADDED_UP
from stats.knowledge import Gaps, Knowledge, Rule, Seen
from stats.listing import Held
from stats.model import COMPUTE, PERSISTENT_VOLUME, Dimension, FarmId, Question, Window
from stats.plan import YARDSTICK
from stats.reading import reading
from stats.rollup import COMPOSE
from stats.whose import OTHER, Whose


def first_used(history: History, whose: Whose) -> datetime | None:
    """Where the first day with usage of the farm begins; None where none is known.

    Raises HistoryError, and Foreign.
    """
    held = history.listed(whose.farms.shelf)
    return held.for_good("first used", lambda: _first_used(history, held))


def _first_used(history: History, held: Held) -> datetime | None:
    for day in sorted(held, key=lambda day: day.start):
        one = held.among((day,))
        if history.told(one).rows_of(day):
            return day.start
    return None


def seen(history: History, held: Held, whose: Whose) -> Mapping[Window, Seen]:
    """Of each of some days of a total when it was first asked for, and whether it has usage."""
    lacking = _lacking(history, held, whose)
    reckoned = partial(_seen, history, held, whose, lacking)
    return held.for_good(("seen", whose, lacking), lambda: dict(reckoned()))


def _seen(
    history: History, held: Held, whose: Whose, lacking: Collection[Window]
) -> Iterator[tuple[Window, Seen]]:
    told = history.told(held)
    used = None if whose.within is None else set(totals(history, held, whose)["period_start"])
    for day, origin in told.days.items():
        has_usage = bool(told.rows_of(day)) if used is None else day.start in used
        lacks = day in lacking or not whose.gone <= origin.ids
        yield day, Seen(origin.first_asked_at, has_usage, lacks, origin.cost_scale_factor)


def known(
    history: History, held: Held, whose: Whose, rule: Rule, first: datetime | None
) -> Mapping[Window, Knowledge]:
    """What is known of some days of a total, the farm's first day with usage beginning `first`."""
    less, lacking = _at_least(history, held, whose)

    def reckoned() -> Mapping[Window, Knowledge]:
        days = seen(history, held, whose)
        return knowledge.at_least(
            {day: rule.of(day, one, first) for day, one in days.items()}, less
        )

    return held.for_good(("known", whose, rule, first, less, lacking), reckoned)


def _at_least(
    history: History, held: Held, whose: Whose
) -> tuple[frozenset[Window], frozenset[Window]]:
    """Those of some days that are short, and those that were asked for without something."""
    return short(history, whose, held.days), _lacking(history, held, whose)


def _lacking(history: History, held: Held, whose: Whose) -> frozenset[Window]:
    found = frozenset(day for day in absent.of_history(history, whose) if day in held)
    return found | set_off(history, held, whose)


def set_off(history: History, held: Held, whose: Whose) -> frozenset[Window]:
    """Days of a farm's total that may lack what came late: they say so, or the others tell more.

    Where the cut by queue (or fleet) was not asked for all that the total is of, what it holds less
    may be of those, and as much may have come of others. Raises Foreign, Changed and HistoryError.
    """
    if not held or whose.within is not None:
        return frozenset()
    apart = history.covered(replace(whose.shelf, by=(whose.resource, *YARDSTICK.by)), held.days)

    def reckoned() -> tuple[Window, ...]:
        of_all, of_each = (history.told(some).days for some in (held, apart))
        less = {day: one for day, one in of_each.items() if one.unheld or one.unheld is None}
        asked = {day: ids_of(one) | one.given_up for day, one in less.items()}
        return tuple(day for day, ids in asked.items() if not ids_of(of_all[day]) <= ids)

    unasked = held.for_good(("not asked for", apart.files), reckoned)
    more = _more(history, whose, unasked) if unasked else {}
    said = particulars.set_off(history, held)
    return said.union(day for day in unasked if day.start in more)


def short(history: History, whose: Whose, days: Iterable[Window]) -> frozenset[Window]:
    """Those of some days whose total (the farm's) says that another cut held more of them.

    Raises Foreign.
    """
    return particulars.short(history, history.covered(whose.farms.shelf, days))


def gaps(history: History, held: Held, whose: Whose, rule: Rule, first: datetime | None) -> Gaps:
    """The stretches of some days of a total that are not known as a whole."""
    what = ("gaps", whose, rule, first, *_at_least(history, held, whose))
    return held.for_good(what, lambda: knowledge.gaps(known(history, held, whose, rule, first)))


def gaps_where(
    history: History,
    held: Held,
    whose: Whose,
    rule: Rule,
    first: datetime | None,
    lacking: Iterable[Window],
) -> Gaps:
    """Those of some of the days that are `lacking` something, though they are known otherwise."""
    every, used = known(history, held, whose, rule, first), seen(history, held, whose)
    return knowledge.gaps(
        {
            day: Knowledge.DOUBTFUL if used[day].has_usage else Knowledge.NOT_KNOWN
            for day in lacking
            if every[day] is Knowledge.KNOWN
        }
    )


def totals(history: History, held: Held, whose: Whose) -> pd.DataFrame:
    """A total by day (`period_start`) and usage type, with COMPOSE's columns.

    Raises Changed and HistoryError.
    """
    if whose.within is None:
        return summed(history, held, "TRUE")
    return summed(history, held, f"{whose.resource.column} IN {relation.one_of(whose.within)}")


def summed(history: History, held: Held, kept: str) -> pd.DataFrame:
    """The same of the rows of a total's files that are `kept` by an SQL condition."""
    with reading(history, [held]), relation.cursor() as con:
        relation.register(con, "total", history.stored(held))
        sql = f"SELECT period_start, usage_type, {ADDED_UP} FROM total WHERE {kept} GROUP BY ALL"
        return con.execute(sql).df().astype({"usage_type": "str"})


def without_rows(keys: Mapping[str, str]) -> pd.DataFrame:
    """A total without rows: keys of those types, and COMPOSE's columns."""
    kinds = {**keys, **{name: "int64" if name == "count" else "float64" for name in COMPOSE}}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})


def has_others(
    history: History, farm_id: FarmId, kind: Dimension, ids: frozenset[str], days: Sequence[Window]
) -> bool:
    """Whether history has, or may have, usage of others than some queues (or fleets) on some days.

    Raises Foreign, Changed and HistoryError.
    """
    total = history.covered(Whose(farm_id, kind).shelf, days)
    if not total:
        return False
    origins = history.told(total).days
    strange = [day for day, one in origins.items() if not one.ids | one.kept <= ids]
    apart = history.covered(Whose(farm_id, kind, ids).shelf, strange)
    if len(apart) < len(strange):
        return True
    return bool(strange) and _are_used(history, apart, f"{kind.column} NOT IN", ids)


def _are_used(history: History, held: Held, which: str, ids: frozenset[str]) -> bool:
    with reading(history, [held]), relation.cursor() as con:
        relation.register(con, "total", history.stored(held))
        sql = f"SELECT 1 FROM total WHERE {which} {relation.one_of(ids)} AND (count > 0 OR "
        return bool(con.execute(f"{sql}cost_usd_sum > 0) LIMIT 1").fetchall())


@dataclass(frozen=True)
class Elsewhere:
    """What the farm's fleets report more than its queues, or the other way: USD on some days."""

    cost_usd: float
    days: int


def elsewhere(history: History, question: Question, days: Sequence[Window]) -> Elsewhere | None:
    """What the other resource reports more on those of some days of which history has both totals.

    It is work of what was not listed any more when the days were asked for. Volumes are of fleets
    only, and licences may be of queues only.
    """
    more = _more(history, Whose(question.farm_id, question.scope.dimension), days)
    return Elsewhere(sum(more.values()), len(more)) if more else None


def _more(history: History, ours: Whose, days: Sequence[Window]) -> Mapping[datetime, float]:
    """The same in USD by when days begin."""
    theirs = Whose(ours.farm_id, OTHER[ours.resource])
    both = history.covered(theirs.shelf, days)
    both = both.among([day for day in both if day in history.covered(ours.shelf, days)])
    if not both:
        return {}
    mine = _by_day(history, history.covered(ours.shelf, days).among(both.days), ours)
    more: dict[datetime, float] = {}
    for (start, kind), cost in _by_day(history, both, theirs).items():
        apart = agreement.more(cost, 1, mine.get((start, kind), 0.0))
        compares = kind == COMPUTE or theirs.resource is Dimension.FLEET
        if kind != PERSISTENT_VOLUME and compares and apart > 0:
            more[start] = more.get(start, 0.0) + apart
    return more


def _by_day(history: History, held: Held, whose: Whose) -> Mapping[tuple[datetime, str], float]:
    def reckoned() -> Mapping[tuple[datetime, str], float]:
        table = totals(history, held, whose)
        keys = zip(table["period_start"].dt.tz_convert("UTC"), table["usage_type"], strict=True)
        return dict(zip(keys, table["cost_usd_sum"].tolist(), strict=True))

    return held.once("by day", reckoned)
