"""The stretch of time that each row of an answer is of: a bucket of the run's own, or none.

The service tells it by its start, and mostly by its end. Whether the first bucket of a window that
begins within a day starts at midnight or at the window is not documented: either is taken. What
can't be the stretch of any one bucket is a contradiction, since its money would be put anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pandas as pd

from stats.errors import Contradictory
from stats.plan import Run
from stats.zone import HOUR

_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)


Span = tuple[datetime | None, datetime | None]
"""When a row's stretch of time starts and ends, as far as it is told."""


def buckets(spans: Sequence[Span], run: Run) -> pd.Series:
    """The bucket of each row, naive: the local day of a daily run, the UTC hour of an hourly one.

    Raises Contradictory where a row is of no bucket of the run.
    """
    known = {span: pd.Timestamp(_bucket(*span, run)) for span in set(spans)}
    return pd.Series([known[span] for span in spans], dtype="datetime64[us]")


def _bucket(start: datetime | None, end: datetime | None, run: Run) -> datetime:
    """The bucket of a row that starts and ends then; either may not be told."""
    first, last = _edge(run.window.start, run), _edge(run.window.end - _INSTANT, run)
    if start is None:
        if first != last:
            raise Contradictory("a row does not say which of its days or hours it is of")
        bucket = first
    else:
        bucket = first if start == run.window.start else _of(start, run)
        if not first <= bucket <= last:
            raise _outside(start)
        if start != run.window.start and _local(start, run) != bucket:
            raise Contradictory(f"a row begins at {_told(start)}, within a day or hour")
    if end is not None and not (start or run.window.start) <= end <= _end(bucket, run):
        what = f"a row of {bucket:%Y-%m-%d %H:%M} ends at {_told(end)}"
        raise Contradictory(f"{what}, which is not when its day or hour does")
    return bucket


def _of(start: datetime, run: Run) -> datetime:
    """The bucket that an instant is in, whether of the window or not."""
    try:
        return _edge(start, run)
    except OverflowError as beyond:
        raise _outside(start) from beyond


def _outside(start: datetime) -> Contradictory:
    return Contradictory(f"a row of {_told(start)} lies outside of the window")


def _edge(at: datetime, run: Run) -> datetime:
    """Where the bucket of an instant begins."""
    local = _local(at, run)
    if run.cut.hourly:
        return local.replace(minute=0, second=0, microsecond=0)
    return datetime.combine(local, time())


def _local(at: datetime, run: Run) -> datetime:
    """An instant as buckets tell it."""
    naive = at.astimezone(UTC).replace(tzinfo=None)
    return naive if run.cut.hourly else naive + run.offset_hours * HOUR


def _end(bucket: datetime, run: Run) -> datetime:
    """The instant that a bucket ends at."""
    if run.cut.hourly:
        return bucket.replace(tzinfo=UTC) + HOUR
    return bucket.replace(tzinfo=UTC) + _DAY - run.offset_hours * HOUR


def _told(at: datetime) -> str:
    try:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return f"the year {at.year}"
