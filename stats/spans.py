"""The stretch of time that each row of an answer is of: a bucket of the run's own, or none.

It is told by the row's start, which is somewhere in its bucket. What the service may tell as the
start of a window's first bucket, or as any row's end, is documented nowhere: nobody is refused for
these, unless a row ends in a later bucket and within the window: its usage would be taken for that
of its first. A row that is of none of the run's buckets is a contradiction, as is one that ends
before it starts.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, timedelta

import pandas as pd

from stats.errors import Contradictory
from stats.plan import Run
from stats.zone import HOUR

_INSTANT = timedelta(microseconds=1)


Span = tuple[datetime | None, datetime | None]
"""When a row's stretch of time starts and ends, as far as it is told."""


def buckets(spans: Sequence[Span], run: Run) -> pd.Series:
    """The bucket of each row, naive: the local day of a daily run, the UTC hour of an hourly one.

    Raises Contradictory where a row is of no bucket of the run, or of several.
    """
    known = {span: pd.Timestamp(_bucket(*span, run)) for span in set(spans)}
    _are_no_longer(known, run)
    return pd.Series([known[span] for span in spans], dtype="datetime64[us]")


def _are_no_longer(spans: Collection[Span], run: Run) -> None:
    """Raises Contradictory where a row is of more than one bucket, and ends before the window does.

    So is one of a whole day (or hour) of another zone. The window's end, or what is beyond it, may
    be told as that of any row; a row that is shorter may have begun late.
    """
    length = HOUR if run.cut.hourly else 24 * HOUR
    for start, end in spans:
        if not start or not end or end - start < length or end >= run.window.end:
            continue
        if _edge(start, run) != _edge(end - _INSTANT, run):
            raise Contradictory(
                f"a row is of {_told(start)} to {_told(end)}, which is longer than was asked for, "
                "or lies across two days or hours of it"
            )


def _bucket(start: datetime | None, end: datetime | None, run: Run) -> datetime:
    """The bucket of a row that starts and ends then; either may not be told."""
    first, last = _edge(run.window.start, run), _edge(run.window.end - _INSTANT, run)
    if start is None:
        if first != last:
            raise Contradictory("a row does not say which of its days or hours it is of")
        bucket = first
    else:
        bucket = _of(start, run)
        if not first <= bucket <= last:
            raise _outside(start)
    if start and end and end < start:
        raise Contradictory(f"a row begins at {_told(start)} and ends before that")
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
    naive = at.astimezone(UTC).replace(tzinfo=None)
    if run.cut.hourly:
        return naive.replace(minute=0, second=0, microsecond=0)
    return datetime.combine(naive + run.offset_hours * HOUR, time())


def _told(at: datetime) -> str:
    try:
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except OverflowError:
        return f"the year {at.year}"
