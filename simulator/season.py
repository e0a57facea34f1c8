"""A studio's rhythm: how much is submitted on a day. Days are numbers since 1970-01-01.

Everything hangs on the calendar and nothing on now, so that the past stays as it was.
"""

from __future__ import annotations

from datetime import date, timedelta

_EPOCH = date(1970, 1, 1)
_CRUNCH_ANCHOR = date(2026, 8, 24)
_CRUNCH_EVERY, _CRUNCH_LASTS = timedelta(weeks=24), timedelta(weeks=3)
_RUNAWAY_ANCHOR = date(2026, 10, 9)
_RUNAWAY_EVERY = timedelta(weeks=8)


def date_of(day: int) -> date:
    """The date of a day number."""
    return _EPOCH + timedelta(days=day)


def day_number(on: date) -> int:
    """The number of a date."""
    return (on - _EPOCH).days


def is_holiday(on: date) -> bool:
    """From Christmas Eve to New Year's Day hardly anybody is in."""
    return (on.month, on.day) >= (12, 24) or (on.month, on.day) == (1, 1)


def is_crunch(on: date) -> bool:
    """Three weeks before a delivery, twice a year or so."""
    return (on - _CRUNCH_ANCHOR) % _CRUNCH_EVERY < _CRUNCH_LASTS


def is_runaway_friday(on: date) -> bool:
    """A Friday on which somebody submits what will cost a fortune by Monday."""
    return (on - _RUNAWAY_ANCHOR) % _RUNAWAY_EVERY == timedelta(0)


def submission_share(day: int) -> float:
    """Submissions against those of a normal weekday."""
    on = date_of(day)
    if is_holiday(on):
        return 0.05
    share = 0.15 if on.weekday() >= 5 else 1.0
    return share * (2.0 if is_crunch(on) else 1.0)
