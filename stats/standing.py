"""The total of days that both history and the service tell: of each and usage type what is more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from stats import remark, rollup
from stats.knowledge import Seen
from stats.model import Window
from stats.remark import Remark

KEYS = ["period_start", "usage_type"]


@dataclass(frozen=True)
class Standing:
    """The total of what the service was asked for, as it stands beside history.

    `cost_usd` and `count` of it are remembered and told no more, so no row holds them: `less` is
    that cost by the days that it is of. `seen` are the days that history has the total of.
    """

    total: pd.DataFrame
    cost_usd: float = 0.0
    count: int = 0
    remarks: tuple[Remark, ...] = ()
    seen: Mapping[Window, Seen] = field(default_factory=dict)
    less: Mapping[datetime, float] = field(default_factory=dict)


def nothing_told() -> pd.DataFrame:
    """A total of the service's without rows."""
    numbers = {m: "int64" if m == "count" else "float64" for m in rollup.COMPOSE}
    kinds = {"bucket": "datetime64[us]", "usage_type": "str", **numbers}
    return pd.DataFrame({column: pd.Series([], dtype=kind) for column, kind in kinds.items()})


def put_together(
    then: pd.DataFrame, now: pd.DataFrame, others: pd.DataFrame, seen: Mapping[Window, Seen]
) -> Standing:
    """Of each day and usage type what is more, history's or the service's; `others` beside it."""
    both = apart(then, now)
    fewer = both["count_then"] - both["count_now"]
    stays = (both["more"] > 0) | (both["more"] == 0) & (fewer > 0)
    kept = then.merge(both.loc[stays, KEYS], on=KEYS)
    told = now.merge(both.loc[~stays, KEYS], on=KEYS)
    late = by_day(-both["more"], both)
    return Standing(
        pd.concat([others, told, kept], ignore_index=True),
        float(both["more"].clip(lower=0.0).sum()),
        int(fewer[stays].clip(lower=0).sum()),
        (remark.late(sum(late.values()), len(late)),) if late else (),
        seen,
        by_day(both["more"], both),
    )


def apart(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """A row a day and usage type: `more` is what history holds more in USD, or less than zero.

    Rounding is no difference. `count_then` and `count_now` are zero where there is no usage.
    """
    both = then.merge(now, on=KEYS, how="outer", suffixes=("_then", "_now"))
    for column in ("cost_usd_sum", "count"):
        for which in ("then", "now"):
            both[f"{column}_{which}"] = both[f"{column}_{which}"].fillna(0)
    more = both["cost_usd_sum_then"] - both["cost_usd_sum_now"]
    same = more.abs() <= 1e-9 * both["cost_usd_sum_then"] + 1e-6
    return both.assign(more=more.mask(same, 0.0))


def by_day(costs: pd.Series, rows: pd.DataFrame) -> dict[datetime, float]:
    """What is above zero of some costs, by the beginning of the day that it is of (UTC)."""
    found: dict[datetime, float] = {}
    for at, cost in zip(rows["period_start"], costs, strict=True):
        if cost > 0:
            start = at.tz_convert("UTC").to_pydatetime()
            found[start] = found.get(start, 0.0) + float(cost)
    return found
