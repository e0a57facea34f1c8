"""The time of the pages' tests: the machine's, set back so that no hour ends meanwhile, and no day.

A page that is opened just before an hour ends is of another window, and as of another time, than
what it is held against just after.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

_REAL = datetime.now(UTC)
_SET_BACK = timedelta(minutes=max(_REAL.minute - 5, 0))
NOW = _REAL - _SET_BACK
TODAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


class Moved(datetime):
    """`datetime` for who asks it what time it is."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """What time it is in the pages' tests."""
        return datetime.now(tz) - _SET_BACK


def now() -> datetime:
    """What time it is in the pages' tests, in UTC."""
    return Moved.now(UTC)
