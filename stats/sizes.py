"""How large a farm's runs are, learnt from those that came back, and into how many to slice one.

A run's pages come one after another, while the farm's next run computes. Where nothing is left to
compute meanwhile, a run of many pages is asked for in slices, whose pages are read side by side;
each slice costs the service some time, however small it is.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import timedelta

import numpy as np
import pandas as pd

from stats.model import Dimension
from stats.plan import Run

_FEW_PAGES = 10
_ROWS_A_PAGE = 100
_REMEMBERED = 50
_MOST_SLICES = 60
_LEAST_SECONDS = 0.2
_ASSUMED_PAGE_SECONDS = 0.1
_ENOUGH_DAYS = 7.0
_ROWS_A_RECORD_BY_JOB = 1 / 3
"""Assumed until they are known: a job has a few sessions a day, and most have licences."""

_Worth = tuple[bool, float, float]


class Sizes:
    """What is known of one farm. Not thread-safe."""

    def __init__(self) -> None:
        self._records_a_day: dict[tuple[Dimension, tuple[str, ...]], tuple[_Worth, float]] = {}
        self._rows_a_record: dict[tuple[tuple[Dimension, ...], bool], float] = {}
        self._ran: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._page_seconds = 0.0
        self._most_rows = math.inf

    def learn(
        self, run: Run, rows: pd.DataFrame, ran_seconds: float, reading_seconds: float, pages: int
    ) -> None:
        """Takes in a run that came back: how long it ran, and how long its pages took.

        Whichever order runs come back in, such as the halves of one, the same is known in the end.
        """
        records, whose = int(rows["count"].sum()), (run.resource, run.ids)
        self._ran.append((records, ran_seconds))
        known = self._records_a_day.get(whose)
        if known is None or _worth(run) >= known[0]:
            self._records_a_day[whose] = _worth(run), records / _days(run)
        if records:
            self._rows_a_record[run.cut.by, run.cut.hourly] = len(rows) / records
        if len(rows) > self._most_rows:
            self._most_rows = math.inf  # it was not the size of what was gone
        if pages > _FEW_PAGES:
            self._page_seconds = reading_seconds / (pages - 1)

    def learn_lost(self, run: Run, rows: int) -> None:
        """Takes in a run whose results were gone again after so many rows."""
        self._most_rows = min(self._most_rows, rows)
        records = self._records(run)
        if records:
            key = run.cut.by, run.cut.hourly
            self._rows_a_record[key] = max(self._rows_a_record.get(key, 0.0), rows / records)

    def outlives(self, run: Run) -> bool:
        """Whether a run's results would be gone before all are read, as those of others were.

        False where too little is known.
        """
        return self._rows(run) > self._most_rows

    def slices(self, run: Run, behind: int) -> int:
        """How many slices of a run take the least time, with so many runs behind it in the queue.

        1 where too little is known.
        """
        reading = self._reading_seconds(run)
        if self._rows(run) < _FEW_PAGES * _ROWS_A_PAGE or not self._ran:
            return 1
        meanwhile = behind * float(np.mean([seconds for _, seconds in self._ran]))
        each, _ = self._running()
        return min(range(1, _MOST_SLICES + 1), key=lambda n: max(meanwhile, reading / n) + n * each)

    def is_read_soon(self, run: Run, readers: int) -> bool:
        """Whether reading a run's pages, side by side, takes no longer than one more run would.

        False where too little is known.
        """
        records = self._records(run)
        if records is None:
            return False
        fixed, each = self._running()
        return self._reading_seconds(run) / readers <= fixed + each * records

    def _reading_seconds(self, run: Run) -> float:
        """How long its pages take, one after another."""
        pages = self._rows(run) / _ROWS_A_PAGE
        return pages * (self._page_seconds or _ASSUMED_PAGE_SECONDS)

    def _records(self, run: Run) -> float | None:
        """The usage records to expect; None where nothing is known of its queues or fleets."""
        known = self._records_a_day.get((run.resource, run.ids))
        return None if known is None else known[1] * _days(run)

    def _rows(self, run: Run) -> float:
        """The rows to expect."""
        by_job = _ROWS_A_RECORD_BY_JOB if Dimension.JOB in run.cut.by else 0.0
        density = self._rows_a_record.get((run.cut.by, run.cut.hourly), by_job)
        return (self._records(run) or 0.0) * density

    def _running(self) -> tuple[float, float]:
        """What a run takes however small it is, and more for each record: in seconds.

        The line through what was seen.
        """
        records, seconds = np.array(self._ran, dtype=float).T
        least = max(float(seconds.min()), _LEAST_SECONDS)
        if np.ptp(records) == 0:
            return least, 0.0
        slope, start = np.polyfit(records, seconds, 1)
        if slope <= 0:
            return least, 0.0
        return min(max(float(start), _LEAST_SECONDS), least), float(slope)


def _worth(run: Run) -> _Worth:
    """How much a run tells of days: of weeks the latest does most, of shorter ones the longest.

    A farm grows; but a day or a weekend is not like the others.
    """
    days, end = _days(run), run.window.end.timestamp()
    return (True, end, days) if days >= _ENOUGH_DAYS else (False, days, end)


def _days(run: Run) -> float:
    return (run.window.end - run.window.start) / timedelta(days=1)
