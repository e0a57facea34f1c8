"""Windows that move with the day: the last days, and the calendar's weeks, months and years."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum


class Preset(StrEnum):
    """A window that moves with the day, or `dates` for one that stays."""

    TODAY = "today"
    DAYS_7 = "7d"
    DAYS_14 = "14d"
    DAYS_30 = "30d"
    DAYS_90 = "90d"
    THIS_WEEK = "week"
    LAST_WEEK = "lastweek"
    THIS_MONTH = "month"
    LAST_MONTH = "lastmonth"
    THIS_QUARTER = "quarter"
    LAST_QUARTER = "lastquarter"
    THIS_YEAR = "year"
    LAST_YEAR = "lastyear"
    MONTHS_12 = "12m"
    ALL = "all"
    DATES = "dates"


MONTHS = {
    Preset.THIS_MONTH: 1,
    Preset.LAST_MONTH: 1,
    Preset.THIS_QUARTER: 3,
    Preset.LAST_QUARTER: 3,
    Preset.THIS_YEAR: 12,
    Preset.LAST_YEAR: 12,
}
"""How many months the calendar's windows have."""

WHOLE = (Preset.LAST_MONTH, Preset.LAST_QUARTER, Preset.LAST_YEAR)
"""Those of them that are over."""

_A_DAY = timedelta(days=1)
_BACK = {
    Preset.TODAY: 0,
    Preset.DAYS_7: 6,
    Preset.DAYS_14: 13,
    Preset.DAYS_30: 29,
    Preset.DAYS_90: 89,
}


def days(preset: Preset, today: date) -> tuple[date, date]:
    """First and last day, both included.

    All begins with the year before last: where it is told no first day it is of the calendar, so
    that a link shows the same to whoever opens it.
    """
    if preset in MONTHS:
        this = calendar_start(today, MONTHS[preset])
        before = calendar_start(today, MONTHS[preset], back=1)
        return (before, this - _A_DAY) if preset in WHOLE else (this, today)
    monday = today - timedelta(days=today.weekday())
    if preset is Preset.LAST_WEEK:
        return monday - timedelta(days=7), monday - _A_DAY
    back = today - timedelta(days=_BACK.get(preset, 29))
    firsts = {
        Preset.THIS_WEEK: monday,
        Preset.MONTHS_12: _a_year_before(today) + _A_DAY,
        Preset.ALL: calendar_start(today, 12, back=2),
    }
    return firsts.get(preset, back), today


def first_of_all(today: date, since: date | None) -> date:
    """Where All begins when it is chosen: the first day of history, with 90 days at least."""
    ninety = today - timedelta(days=_BACK[Preset.DAYS_90])
    return min(since or today, ninety)


def calendar_start(day: date, months: int, back: int = 0) -> date:
    """The first day of the month (1), quarter (3) or year (12) of a day, or of so many before."""
    month = day.year * 12 + (day.month - 1) // months * months - back * months
    return date(month // 12, month % 12 + 1, 1)


def _a_year_before(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)
