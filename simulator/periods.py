"""Which bucket of the calendar an instant belongs to, at a fixed offset from UTC.

Instants are whole seconds since 1970 in UTC. Weeks start on Monday.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.int64]

_HOUR = 3_600
_DAY = 86_400
_MONDAY = 4
"""1970-01-05, the first Monday, as a day number."""


def offset_seconds(timezone: str | None) -> int:
    """The offset of `UTC+05:30`; None, the service's default, is UTC."""
    if timezone is None:
        return 0
    sign = -1 if timezone[3] == "-" else 1
    return sign * (int(timezone[4:6]) * _HOUR + int(timezone[7:9]) * 60)


def buckets(at: Seconds, period: str, offset: int) -> Seconds:
    """The number of the bucket of every instant; numbers grow with time."""
    local = at + offset
    if period == "HOURLY":
        return local // _HOUR
    days = local // _DAY
    if period == "DAILY":
        return days
    if period == "WEEKLY":
        return (days - _MONDAY) // 7
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def edges(numbers: Seconds, period: str, offset: int) -> tuple[Seconds, Seconds]:
    """Start and end of numbered buckets, the end exclusive."""
    return _start(numbers, period) - offset, _start(numbers + 1, period) - offset


def _start(numbers: Seconds, period: str) -> Seconds:
    if period == "HOURLY":
        return numbers * _HOUR
    if period == "DAILY":
        return numbers * _DAY
    if period == "WEEKLY":
        return (numbers * 7 + _MONDAY) * _DAY
    return numbers.astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
