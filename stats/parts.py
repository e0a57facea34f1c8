"""Days of history that a question asks only a part of, or that are days of another zone.

Their parts can't be held against history's totals. So the service is asked for all of such a day:
while it tells no less of it than history has, it tells no less of its parts either.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd

from stats import departed, memory, rounding
from stats.certainty import Certainty
from stats.cuts import Asked
from stats.knowledge import Seen
from stats.memory import Whose
from stats.model import Window
from stats.ways import days_of, missing
from stats.zone import Zone

_DAY = timedelta(days=1)
Days = Mapping[Window, Seen]


def of(certainty: Certainty, asked: Asked, whose: Whose) -> dict[Zone, Days]:
    """Those whose total history has from when that was first asked for in time, by their zone.

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
    found: dict[Zone, dict[Window, Seen]] = {}
    for day, one in sorted(seen.items(), key=lambda pair: pair[0].start):
        is_ours = asked.zone.is_day(day.start, day.end)
        zone = asked.zone if is_ours else zone_of(day)
        is_comparable = is_ours or rule.is_in_time(day, asked.at)
        if zone and is_comparable and not one.partial and rule.is_in_time(day, one.first_asked_at):
            found.setdefault(zone, {})[day] = one
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


def zone_of(day: Window) -> Zone | None:
    """A zone without clock changes whose days begin as that one; None of a day that has one."""
    if day.end - day.start != _DAY:
        return None
    hour = day.start.hour
    return Zone(f"Etc/GMT{hour if hour <= 12 else hour - 24:+d}")


def still_told(
    certainty: Certainty, asked: Asked, whose: Whose, days: Days, told: pd.DataFrame
) -> dict[Window, Seen]:
    """Those of some days, of the question's zone, of which the service tells no less than history.

    And no more where that may be of others than what history has and is asked for no more.
    """
    none: dict[Window, Seen] = {}
    return certainty.looked(lambda: _still_told(certainty, asked, whose, days, told), none)


def _still_told(
    certainty: Certainty, asked: Asked, whose: Whose, days: Days, told: pd.DataFrame
) -> dict[Window, Seen]:
    history = certainty.history
    assert history
    held = history.covered(whose.shelf, tuple(days))
    now = told.groupby([told["bucket"].dt.date, "usage_type"])["cost_usd_sum"].sum()
    gone = departed.departed(history, held, whose, departed.still(asked, whose))
    less = {asked.zone.day(at.to_pydatetime()) for at in gone.days}
    mixed = {asked.zone.day(day.start) for day in gone.mixed}
    for _, row in memory.totals(history, held, whose).iterrows():
        day = asked.zone.day(row["period_start"].to_pydatetime())
        cost = float(row["cost_usd_sum"])
        apart = cost - float(now.get((day, row["usage_type"]), 0.0))
        if (abs(apart) if day in mixed else apart) > rounding.slack(cost):
            less.add(day)
    return {day: one for day, one in days.items() if asked.zone.day(day.start) not in less}
