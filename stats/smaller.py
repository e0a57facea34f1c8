"""A run as smaller ones, which the service can add up, and others wait less for. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from stats.model import Window
from stats.plan import Run
from stats.zone import HOUR


def halves(run: Run) -> tuple[Run, ...]:
    """A run that is too large for the service as two smaller ones: by time first, then by ids.

    Time is halved between local days (hours, for an hourly cut). Empty at the floor: one queue or
    fleet over one day or hour.
    """
    middle = _middle(run)
    if middle is not None:
        before, after = Window(run.window.start, middle), Window(middle, run.window.end)
        return replace(run, window=before), replace(run, window=after)
    if len(run.ids) > 1:
        at = len(run.ids) // 2
        return replace(run, ids=run.ids[:at]), replace(run, ids=run.ids[at:])
    return ()


def slices(run: Run, most: int) -> tuple[Run, ...]:
    """A run as at most so many of about the same length, cut between local days."""
    day = timedelta(days=1)
    epoch = datetime(1970, 1, 1, tzinfo=UTC) - run.offset_hours * HOUR
    start, end = run.window.start, run.window.end
    nearest = (
        epoch + round((start - epoch + (end - start) * n / most) / day) * day
        for n in range(1, most)
    )
    edges = [start, *sorted({edge for edge in nearest if start < edge < end}), end]
    return tuple(replace(run, window=Window(a, b)) for a, b in pairwise(edges))


def _middle(run: Run) -> datetime | None:
    unit = HOUR if run.cut.hourly else timedelta(days=1)
    epoch = datetime(1970, 1, 1, tzinfo=UTC) - run.offset_hours * HOUR
    start, end = run.window.start, run.window.end
    middle = epoch + (start + (end - start) / 2 - epoch) // unit * unit
    if middle <= start:
        middle += unit
    return middle if start < middle < end else None
