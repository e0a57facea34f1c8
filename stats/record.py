"""What became of each Start, and the last of them."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from stats.model import Dimension, FarmId, Window
from stats.zone import Zone

_MOST = 1_000


class Fate(StrEnum):
    """What became of one Start, as a person would say it."""

    COMPLETED = "completed"
    TIMED_OUT = "timed out, split"
    FAILED = "failed, split"
    EXPIRED = "results gone, asked again"
    MALFORMED = "contradicted itself, asked again"
    ERROR = "error"
    UNDER_WAY = "under way"


@dataclass(frozen=True)
class RunRecord:
    """What became of one Start, for whoever wants to know where a number comes from.

    It was about `resources` queues or fleets, as `resource` says. Asked for at `asked_at`, it
    stood in our own queue for `queued_seconds`, waited for others on the farm for
    `waited_seconds`, was computed for `running_seconds` and read for `reading_seconds`; `retries`
    of its calls were made once more. What comes of a fate has a record of its own: each half of a
    run that was split, and the Start after results that were gone. `error` is empty but for
    an ERROR.
    """

    by: tuple[Dimension, ...]
    resource: Dimension
    resources: int
    window: Window
    hourly: bool
    asked_at: datetime
    queued_seconds: float
    waited_seconds: float
    running_seconds: float
    reading_seconds: float
    pages: int
    rows: int
    retries: int
    fate: Fate
    error: str = ""

    @property
    def seconds(self) -> float:
        """From asking to the last page, or to the end of it."""
        waited = self.queued_seconds + self.waited_seconds
        return waited + self.running_seconds + self.reading_seconds

    def told(self, zone: Zone) -> str:
        """The same as a line to read, its times those of a zone."""
        by, many = " × ".join(d.words for d in self.by), "" if self.resources == 1 else "s"
        start, end = zone.local(self.window.start), zone.local(self.window.end)
        days = f"{start:%Y-%m-%d %H:%M}–{end:%Y-%m-%d %H:%M} {zone.name}"
        every = "hour" if self.hourly else "day"
        times = (
            f"queued {self.queued_seconds:.1f}, waited {self.waited_seconds:.1f}, "
            f"computed {self.running_seconds:.1f}, read {self.reading_seconds:.1f} s"
        )
        came = f"{self.pages} pages, {self.rows} rows, {self.retries} retries"
        return (
            f"{zone.local(self.asked_at):%H:%M:%S} by {by}, "
            f"{self.resources} {self.resource.value}{many}, {days}, by {every}: {times}; "
            f"{came}: {self.fate.value}{self.error and f': {self.error}'}"
        )

    def __str__(self) -> str:
        return self.told(Zone("UTC"))


class Records:
    """The last Starts of all farms. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: deque[tuple[FarmId, RunRecord]] = deque(maxlen=_MOST)

    def add(self, farm_id: FarmId, record: RunRecord) -> RunRecord:
        """Adds one, and gives it back."""
        with self._lock:
            self._last.append((farm_id, record))
        return record

    def of(self, farm_id: FarmId) -> tuple[RunRecord, ...]:
        """A farm's, whoever asked, the oldest first."""
        with self._lock:
            return tuple(record for farm, record in self._last if farm == farm_id)
