"""Whether a breakdown and the total that it is held against can both be so, day by day.

A breakdown that holds more than the total counts something twice, or the total lacks something.
One that tells usage types is held to what the total has of each.
Rounding may make a small difference; usage that comes in between the two, any on days that are not
settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from stats.amounts import usd
from stats.cuts import Asked, Cuts
from stats.errors import Contradictory
from stats.model import MISSING, Dimension
from stats.zone import Zone

SLACK_USD = 0.01
SLACK_USD_A_ROW = 0.5e-4
SLACK_OF_TOTAL = 1e-3
SLACK_SECONDS_A_ROW = 1.0

_TYPE = Dimension.USAGE_TYPE.column
_AFTER = timedelta(microseconds=1)


class Disagreeing(Contradictory):
    """A breakdown holds more than its total: nobody knows which of the two is wrong."""


def agreeing(
    gather: Callable[[Asked], Cuts], asked: Asked, *, hourly: bool, changes: datetime | None
) -> Cuts:
    """Cuts whose base, by hour or by day, holds no more than their yardstick on settled days.

    From `changes` on days are not settled (None: all are). Where it does hold more, both are asked
    for once more; raises Disagreeing where it is so again.
    """
    settled = asked.zone.day(changes) if changes else date.max
    cuts = gather(asked)
    if not _said(cuts, asked.zone, settled, hourly=hourly):
        return cuts
    cuts = gather(replace(asked, not_before=max(cuts.latest, asked.at) + _AFTER))
    said = _said(cuts, asked.zone, settled, hourly=hourly)
    if said:
        raise Disagreeing(said)
    return cuts


def _said(cuts: Cuts, zone: Zone, settled: date, *, hourly: bool) -> str:
    """The first settled day whose rows hold more than its total, in words; empty if there is none.

    The base's rows are by hour, or by day.
    """
    rows = _by_day(cuts.base, zone, hourly=hourly)
    totals = _by_day(cuts.yardstick, zone, hourly=False)
    for day in sorted(rows):
        found = _beyond(rows[day], totals.get(day, {})) if day < settled else None
        if found:
            return f"its breakdown of {day:%Y-%m-%d} holds {found.cost}, and {found.total}"
    return _untyped(cuts, zone, settled, hourly=hourly)


def _untyped(cuts: Cuts, zone: Zone, settled: date, *, hourly: bool) -> str:
    """The same of rows that lack the usage type that they are to tell, and their total does not.

    A filter by usage type would leave them out without a word.
    """
    if _TYPE not in cuts.base or _TYPE not in cuts.yardstick:
        return ""
    base, yardstick = (rows[rows[_TYPE] == MISSING] for rows in (cuts.base, cuts.yardstick))
    if base.empty:
        return ""
    totals = _by_day(yardstick, zone, hourly=False)
    for day, sums in sorted(_by_day(base, zone, hourly=hourly).items()):
        found = _beyond(sums, totals.get(day, {})) if day < settled else None
        if found:
            of_day = f"{found.cost} of its breakdown of {day:%Y-%m-%d}"
            return f"{of_day} has no usage type, and its total by usage type tells one"
    return ""


@dataclass(frozen=True)
class Excess:
    """What rows hold and what their total does, in words: of all, or of one usage type."""

    cost: str
    total: str


def excess(rows: pd.DataFrame, total: pd.DataFrame) -> Excess | None:
    """What rows of a day hold more of than its total by usage type, by more than rounding may make.

    Of all; and of each usage type, where the rows tell them. A row that does not may be of any.
    """
    return _beyond(by_type(rows), by_type(total))


_ALL = MISSING
"""Stands for all usage types, beside each that is told."""

Sums = Mapping[str, tuple[float, int]]
"""Cost in USD and number of rows, of _ALL and by usage type."""


def _beyond(rows: Sums, totals: Sums) -> Excess | None:
    for kind, cost, total in beyond(rows, totals):
        of = f" of {kind}" if kind != _ALL else ""
        return Excess(f"{usd(cost)}{of}", f"its total by usage type {usd(total)}{of and ' of it'}")
    return None


def beyond(rows: Sums, totals: Sums) -> Iterator[tuple[str, float, float]]:
    """Of what rows of a day hold more than its total, and what both cost: all (“”), usage types."""
    for kind in sorted(rows):
        (cost, many), (total, _) = rows[kind], totals.get(kind, (0.0, 0))
        if is_more(cost, many, total):
            yield kind, cost, total


def by_type(rows: pd.DataFrame) -> Sums:
    """Cost in USD and number of rows: of all (“”), and by usage type, where the rows tell them."""
    sums = {_ALL: (0.0 if rows.empty else float(rows["cost_usd_sum"].sum()), len(rows))}
    if _TYPE in rows and not rows.empty:
        of, kinds = pd.factorize(rows[_TYPE])
        costs = np.bincount(of, rows["cost_usd_sum"], len(kinds)).tolist()
        for kind, cost, many in zip(kinds, costs, np.bincount(of).tolist(), strict=True):
            sums.setdefault(kind, (cost, many))
    return sums


def is_above(sums: Sums, total: Sums) -> bool:
    """Whether a cut of a day holds more than its total: of all, or of some usage type of it.

    One that agrees with it in all tells usage types otherwise: which of the two lacks something
    does not follow.
    """
    nothing = (0.0, 0)
    (cost, many), (of_all, _) = sums.get(_ALL, nothing), total.get(_ALL, nothing)
    if not is_more(cost, many, of_all) and not is_more(of_all, many, cost):
        return False
    return any(is_more(*one, total.get(kind, nothing)[0]) for kind, one in sums.items())


def _by_day(rows: pd.DataFrame, zone: Zone, *, hourly: bool) -> Mapping[date, Sums]:
    """Sums by local day; of hours, or of days."""
    costs = rows.groupby(["bucket", _TYPE] if _TYPE in rows else ["bucket"])["cost_usd_sum"]
    found = costs.sum().reset_index()
    kinds = found[_TYPE] if _TYPE in found else [_ALL] * len(found)
    days: dict[date, dict[str, tuple[float, int]]] = {}
    every = zip(found["bucket"], kinds, found["cost_usd_sum"], costs.size(), strict=True)
    for at, kind, cost, many in every:
        day = zone.day(at.replace(tzinfo=UTC)) if hourly else at.date()
        sums = days.setdefault(day, {})
        for one in {kind, _ALL}:
            so_far = sums.get(one, (0.0, 0))
            sums[one] = so_far[0] + cost, so_far[1] + many
    return days


def is_more(costs: float, rows: int, total: float) -> bool:
    """Whether the costs of so many rows are more than a total by more than rounding may make."""
    return costs - total > max(SLACK_USD, SLACK_USD_A_ROW * rows, SLACK_OF_TOTAL * total)


def more(costs: float, rows: int, total: float) -> float:
    """USD that the costs of so many rows are above a total; zero where rounding may make it."""
    return costs - total if is_more(costs, rows, total) else 0.0


def is_other_time(rows: pd.DataFrame, total: pd.DataFrame) -> bool:
    """Whether rows took another time than a total of as many records that cost as much."""
    found = [
        [float(one[name].sum()) for name in ("cost_usd_sum", "count", "runtime_seconds_sum")]
        for one in (rows, total)
    ]
    ((cost, count, time), (costs, counts, times)), many = found, len(rows) + len(total)
    if count != counts or is_more(cost, many, costs) or is_more(costs, many, cost):
        return False
    return abs(time - times) > max(SLACK_SECONDS_A_ROW * many, SLACK_OF_TOTAL * times)
