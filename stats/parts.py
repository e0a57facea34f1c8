"""Days of history that a question asks only a part of, or that are days of another zone.

Their parts can't be held against history's totals. So the service is asked for all of such a day:
while it tells no less of it than history has, it tells no less of its parts either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from stats import departed, memory, rounding
from stats.certainty import Certainty
from stats.cuts import Asked
from stats.knowledge import Seen
from stats.model import Window
from stats.plan import YARDSTICK, Cut
from stats.ways import days_of, missing
from stats.whose import Whose
from stats.zone import Zone

_DAY = timedelta(days=1)
Days = Mapping[Window, Seen]


@dataclass(frozen=True)
class Look:
    """How all of some days is asked for: as days of a zone, or hour by hour.

    So are days of another zone on which clocks change: of no zone without such they are days.
    """

    zone: Zone
    hourly: bool = False

    @property
    def cut(self) -> Cut:
        """What is asked for: the total."""
        return Cut(YARDSTICK.by, self.hourly)

    def costs(self, told: pd.DataFrame, days: Iterable[Window]) -> dict[tuple[Window, str], float]:
        """What was told of each of some days and usage type, in USD."""
        found: dict[tuple[Window, str], float] = {}
        at = told["bucket"].dt.tz_localize("UTC") if self.hourly else told["bucket"].dt.date
        for day in days:
            is_of = at.between(day.start, day.end, "left") if self.hourly else self._is_of(at, day)
            of_day = told[is_of].groupby("usage_type")["cost_usd_sum"].sum()
            found |= {(day, str(kind)): float(cost) for kind, cost in of_day.items()}
        return found

    def _is_of(self, at: pd.Series, day: Window) -> pd.Series:
        return at == self.zone.day(day.start)


def of(certainty: Certainty, asked: Asked, whose: Whose) -> dict[Look, Days]:
    """Those whose total history has from when that was first asked for in time, by how to look.

    Days of another zone only while the service is sure to know them. Raises HistoryError.
    """
    history, rule = certainty.history, certainty.rule
    if not history:
        return {}
    touched = departed.touching(history.listed(whose.shelf), _not_held(certainty, asked, whose))
    whole = {day for one in asked.windows for day in days_of(asked.zone, one)}
    held = history.covered(whose.shelf, [day for day in touched if day not in whole])
    nothing: Days = {}
    seen = certainty.looked(lambda: memory.seen(history, held, whose), nothing) if held else nothing
    found: dict[Look, dict[Window, Seen]] = {}
    for day, one in sorted(seen.items(), key=lambda pair: pair[0].start):
        is_ours = asked.zone.is_day(day.start, day.end)
        look = Look(asked.zone) if is_ours else look_at(day)
        is_comparable = is_ours or rule.is_in_time(day, asked.at)
        if is_comparable and not one.partial and rule.is_in_time(day, one.first_asked_at):
            found.setdefault(look, {})[day] = one
    return dict(found)


def _not_held(certainty: Certainty, asked: Asked, whose: Whose) -> list[Window]:
    """What of the windows is settled, and no day of the question's zone whose total is there."""
    assert certainty.history
    found, until = list[Window](), asked.at - certainty.settle
    for one in asked.windows:
        end = min(one.end, until.replace(minute=0, second=0, microsecond=0))
        if one.start < end:
            settled = Window(one.start, end)
            own = certainty.history.covered(whose.shelf, days_of(asked.zone, settled))
            found += missing(settled, sorted(own, key=lambda day: day.start))
    return found


def look_at(day: Window) -> Look:
    """In a zone without clock changes whose days begin as that one; or by the hour."""
    if day.end - day.start != _DAY:
        return Look(Zone("UTC"), hourly=True)
    hour = day.start.hour
    return Look(Zone(f"Etc/GMT{hour if hour <= 12 else hour - 24:+d}"))


def still_told(
    certainty: Certainty, asked: Asked, whose: Whose, look: Look, days: Days, told: pd.DataFrame
) -> dict[Window, Seen]:
    """Those of some days, looked at so, of which the service tells no less than history.

    And no more where that may be of others than what history has and is asked for no more.
    """
    none: dict[Window, Seen] = {}
    now = look.costs(told, days)
    return certainty.looked(lambda: _still_told(certainty, asked, whose, days, now), none)


def _still_told(
    certainty: Certainty,
    asked: Asked,
    whose: Whose,
    days: Days,
    now: Mapping[tuple[Window, str], float],
) -> dict[Window, Seen]:
    history = certainty.history
    assert history
    held = history.covered(whose.shelf, tuple(days))
    gone = departed.departed(history, held, whose, departed.still(asked, whose))
    less = {day for day in days if pd.Timestamp(day.start) in gone.days}
    less |= memory.short(history, whose, held.days)
    of = {day.start: day for day in held}
    for _, row in memory.totals(history, held, whose).iterrows():
        day, cost = of[row["period_start"].to_pydatetime()], float(row["cost_usd_sum"])
        apart = cost - now.get((day, row["usage_type"]), 0.0)
        if (abs(apart) if day in gone.mixed else apart) > rounding.slack(cost):
            less.add(day)
    return {day: one for day, one in days.items() if day not in less}
