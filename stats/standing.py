"""The total of days that both history and the service tell: of each and usage type what is more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import pandas as pd

from stats import memory, remark, rollup, rounding
from stats.cuts import Asked
from stats.departed import Departed
from stats.knowledge import Seen
from stats.listing import Held
from stats.model import Window
from stats.remark import Remark
from stats.zone import Zone

KEYS = ["period_start", "usage_type"]


@dataclass(frozen=True)
class Told:
    """The days that history tells of a question, by what was `read`.

    The service told `less` of those that begin then; on days that are `over`, rows hold more than
    their total.
    """

    days: Sequence[Window] = ()
    less: Collection[datetime] = ()
    over: Collection[Window] = ()
    read: Sequence[Held] = ()


@dataclass(frozen=True)
class Standing:
    """The total of what the service was asked for, as it stands beside history.

    `cost_usd` and `count` of it are remembered and told no more, so no row holds them: `less` is
    that cost by the days that it is of. `seen` are the days that history has the total of;
    `totals` those of them whose total here holds all that history's does. `scale_factors` are what
    history's money was reported with, each until when (UTC). On days that begin `late` the service
    tells more than history has; of `nobodys` days it tells no more whose some usage was.
    """

    total: pd.DataFrame
    cost_usd: float = 0.0
    count: int = 0
    remarks: tuple[Remark, ...] = ()
    seen: Mapping[Window, Seen] = field(default_factory=dict)
    less: Mapping[datetime, float] = field(default_factory=dict)
    totals: tuple[Window, ...] = ()
    scale_factors: Mapping[float, datetime] = field(default_factory=dict)
    lacking: tuple[Window, ...] = ()
    is_unread: bool = False
    late: frozenset[datetime] = frozenset()
    nobodys: frozenset[Window] = frozenset()

    def unread(self, window: Window) -> Standing:
        """The same where history can't be read, which may have more of any settled day."""
        return replace(self, lacking=(window,), is_unread=True)


def nothing_told() -> pd.DataFrame:
    """A total of the service's without rows."""
    return memory.without_rows({"bucket": "datetime64[us]", "usage_type": "str"})


def put_together(
    then: pd.DataFrame,
    now: pd.DataFrame,
    gone: Departed,
    others: pd.DataFrame,
    seen: Mapping[Window, Seen],
) -> Standing:
    """Of each day and usage type what is more, history's or the service's; `others` beside it.

    What is `gone` is history's, beside what the service tells now: late usage of the rest is not
    set off against it. Where it can't be told apart, days that differ are seen in part only.
    """
    ours = with_gone(now, gone)
    both = apart(then, ours)
    fewer = both["count_then"] - both["count_now"]
    stays = (both["more"] > 0) | (both["more"] == 0) & (fewer > 0)
    kept = then.merge(both.loc[stays, KEYS], on=KEYS)
    told = ours.merge(both.loc[~stays, KEYS], on=KEYS)
    late = by_day(-both["more"], both)
    less = not_told(both, gone)
    return Standing(
        pd.concat([others, told, kept], ignore_index=True),
        sum(less.values()),
        int(fewer[stays].clip(lower=0).sum() + gone.total["count"].sum()),
        (remark.late(sum(late.values()), len(late)),) if late else (),
        {
            day: replace(seen[day], partial=True) if _is_in(day, both, gone) else seen[day]
            for day in seen
        },
        less,
        tuple(day for day in seen if not (day in gone.mixed and day.start in late)),
        _scale_factors(seen, late),
        late=frozenset(late),
    )


def _scale_factors(
    seen: Mapping[Window, Seen], late: Collection[datetime]
) -> dict[float, datetime]:
    """Those of days with usage, but for `late` ones, whose total is what is told now."""
    found: dict[float, datetime] = {}
    for day, one in seen.items():
        if one.scale_factor is not None and one.has_usage and day.start not in late:
            found[one.scale_factor] = max(day.end, found.get(one.scale_factor, day.end))
    return found


def with_gone(now: pd.DataFrame, gone: Departed) -> pd.DataFrame:
    """What the service tells now by day and usage type, and what it is not asked for any more."""
    return rollup.composed(pd.concat([now, gone.total]), KEYS) if len(gone.total) else now


def not_told(both: pd.DataFrame, gone: Departed) -> dict[datetime, float]:
    """What the service tells less of days than history has, in USD: with all that is gone."""
    less, theirs = by_day(both["more"], both), by_day(gone.total["cost_usd_sum"], gone.total)
    return {day: less.get(day, 0.0) + theirs.get(day, 0.0) for day in sorted({*less, *theirs})}


def _is_in(day: Window, both: pd.DataFrame, gone: Departed) -> bool:
    """Whether it is a mixed day on which two totals differ."""
    return day in gone.mixed and bool((both["more"] != 0)[both["period_start"] == day.start].any())


def apart(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """A row a day and usage type: `more` is what history holds more in USD, or less than zero.

    Rounding is no difference. `count_then` and `count_now` are zero where there is no usage.
    """
    both = then.merge(now, on=KEYS, how="outer", suffixes=("_then", "_now"))
    for column in ("cost_usd_sum", "count"):
        for which in ("then", "now"):
            both[f"{column}_{which}"] = both[f"{column}_{which}"].fillna(0)
    more = both["cost_usd_sum_then"] - both["cost_usd_sum_now"]
    same = more.abs() <= rounding.slack(both["cost_usd_sum_then"])
    return both.assign(more=more.mask(same, 0.0))


def by_day(costs: pd.Series, rows: pd.DataFrame) -> dict[datetime, float]:
    """What is above zero of some costs, by the beginning of the day that it is of (UTC)."""
    found: dict[datetime, float] = {}
    for at, cost in zip(rows["period_start"], costs, strict=True):
        if cost > 0:
            start = at.tz_convert("UTC").to_pydatetime()
            found[start] = found.get(start, 0.0) + float(cost)
    return found


def used_on(total: pd.DataFrame, zone: Zone) -> dict[date, datetime]:
    """The local days that a total has usage on, and where they begin."""
    rows = total[(total["cost_usd_sum"] > 0) | (total["count"] > 0)]
    days = set(rows["bucket"].dropna().dt.date) if "bucket" in rows else set()
    if "period_start" in rows:
        days |= {zone.day(at) for at in rows["period_start"].dropna().dt.to_pydatetime()}
    return {day: zone.midnight(day) for day in days}


def seen_of(
    day: Window,
    asked: Asked,
    standing: Standing | None,
    just_now: Seen,
    used: Mapping[date, datetime],
) -> Seen:
    """A day that the service was asked for: its total may have been asked for before."""
    before = standing.seen.get(day, just_now) if standing else just_now
    return replace(before, has_usage=asked.zone.day(day.start) in used)
