"""Time and chance as arguments, so that waiting can be tested without waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """`now` is the aware UTC wall clock; patience is measured with `monotonic` (seconds).

    `sleep` takes seconds; `chance` draws from [0, 1) for the jitter of pauses.
    """

    now: Callable[[], datetime] = _utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds, before it is called an error."""

    attempts: int = 5
    first_pause: float = 0.4
    longest_pause: float = 8.0
    busy_farm: float = 300.0
    aggregation: float = 900.0

    def backoff(self, attempt: int, floor: float | None, chance: float) -> float:
        """The jittered, growing pause after the attempt of that number, counted from 1."""
        growing = min(self.first_pause * 2.0 ** min(attempt - 1, 32), self.longest_pause)
        return (floor or 0.0) + growing * (0.5 + 0.5 * chance)


@dataclass(frozen=True)
class PatienceWithS3:
    """How long S3 is waited for, in seconds, and how often a call is made.

    For a connection; for an `answer`, of which no byte comes; for any number of calls side by side,
    as a `whole`, or where they change something. After that nothing is asked as long as it `rests`.
    """

    connect: float = 3.0
    answer: float = 5.0
    whole: float = 60.0
    writing: float = 300.0
    rests: float = 30.0
    attempts: int = 3


WITH_S3 = PatienceWithS3()
