"""Whether a breakdown and the total that it is held against can both be so, day by day.

A breakdown that holds more than the total counts something twice, or the total lacks something.
Rounding may make a small difference; usage that comes in between the two, any on days that are not
settled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from stats.cuts import Asked, Cuts
from stats.errors import Contradictory
from stats.zone import Zone

SLACK_USD = 0.01
SLACK_USD_A_ROW = 0.5e-4
SLACK_OF_TOTAL = 1e-3

_AFTER = timedelta(microseconds=1)


def agreeing(
    gather: Callable[[Asked], Cuts], asked: Asked, *, hourly: bool, changes: datetime | None
) -> Cuts:
    """Cuts whose base, by hour or by day, holds no more than their yardstick on settled days.

    From `changes` on days are not settled (None: all are). Where it does hold more, both are asked
    for once more; raises Contradictory where it is so again.
    """
    settled = asked.zone.day(changes) if changes else date.max
    cuts = gather(asked)
    if not _said(cuts, asked.zone, settled, hourly=hourly):
        return cuts
    cuts = gather(replace(asked, not_before=max(cuts.latest, asked.at) + _AFTER))
    said = _said(cuts, asked.zone, settled, hourly=hourly)
    if said:
        raise Contradictory(said)
    return cuts


def _said(cuts: Cuts, zone: Zone, settled: date, *, hourly: bool) -> str:
    """The first settled day whose rows hold more than its total, in words; empty if there is none.

    The base's rows are by hour, or by day.
    """
    rows = _by_day(cuts.base, zone, hourly=hourly)
    totals = _by_day(cuts.yardstick, zone, hourly=False)["sum"].to_dict()
    for day, cost, many in zip(rows.index, rows["sum"], rows["size"], strict=True):
        total = totals.get(day, 0.0)
        if day < settled and is_more(cost, many, total):
            return (
                f"its breakdown of {day:%Y-%m-%d} holds USD {cost:,.2f}, and its total by usage "
                f"type USD {total:,.2f}"
            )
    return ""


def is_more(costs: float, rows: int, total: float) -> bool:
    """Whether the costs of so many rows are more than a total by more than rounding may make."""
    return costs - total > max(SLACK_USD, SLACK_USD_A_ROW * rows, SLACK_OF_TOTAL * total)


def more(costs: float, rows: int, total: float) -> float:
    """USD that the costs of so many rows are above a total; zero where rounding may make it."""
    return costs - total if is_more(costs, rows, total) else 0.0


def _by_day(rows: pd.DataFrame, zone: Zone, *, hourly: bool) -> pd.DataFrame:
    """Sum of the cost in USD and number of rows, by local day, in order."""
    found = rows.groupby("bucket")["cost_usd_sum"].agg(["sum", "size"])
    days = [zone.day(at.replace(tzinfo=UTC)) if hourly else at.date() for at in found.index]
    return found.groupby(pd.Index(days, dtype="object")).sum().sort_index()
