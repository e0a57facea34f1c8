"""What was answered, kept for minutes, bounded by rows; the least recently used goes first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, time, timedelta

import pandas as pd
from cachetools import TLRUCache, TTLCache

from stats import finer
from stats.plan import YARDSTICK, Run
from stats.ticket import Fetched
from stats.zone import HOUR

_MOST_TOO_LARGE = 10_000


class Kept:
    """Runs' answers, and which runs proved too large for the service. Thread-safe."""

    def __init__(self, seconds: float, rows: int, monotonic: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._answers: TLRUCache[Run, Fetched, float] = TLRUCache(
            maxsize=rows,
            ttu=lambda _, fetched, __: fetched.read_at + seconds,
            timer=monotonic,
            getsizeof=lambda fetched: len(fetched.rows) + 1,
        )
        self._too_large: TTLCache[Run, bool] = TTLCache(_MOST_TOO_LARGE, seconds, timer=monotonic)

    def recent(self, run: Run, not_before: datetime | None) -> Fetched | None:
        """A run's own answer, or part of a longer run's, unless it is from before that moment."""
        with self._lock:
            kept = self._answers.get(run)
            longer = [] if kept else [one for one in self._answers if _is_part(run, one)]
        for one in longer:
            with self._lock:
                whole = self._answers.get(one)
            if whole is not None and (not_before is None or whole.fetched_at >= not_before):
                return replace(whole, rows=_within(whole.rows, run))
        late = kept is not None and not_before is not None and kept.fetched_at < not_before
        return None if late else kept

    def told(self, run: Run, not_before: datetime | None) -> Fetched | None:
        """A run's own answer, or what a finer run's answer tells of it."""
        own = self.recent(run, not_before)
        if own is not None:
            return own
        found = (self.recent(one, not_before) for one in finer.finer_runs(run))
        told = (self.coarser(one, run, not_before) for one in found if one)
        return next((one for one in told if one), None)

    def coarser(self, fetched: Fetched, run: Run, not_before: datetime | None) -> Fetched | None:
        """A finer run's answer as that of a coarser one; None where it may not hold all."""
        total = self.recent(replace(run, cut=YARDSTICK), not_before)
        if total is None or not finer.holds(fetched, total):
            return None
        return finer.coarser(fetched, run)

    def keep(self, run: Run, fetched: Fetched, parts: Iterable[Run]) -> None:
        """Keeps an answer, in place of those of its parts; unless there is a newer one."""
        if self.recent(run, fetched.fetched_at):
            return
        with self._lock:
            if len(fetched.rows) < self._answers.maxsize:
                self._answers[run] = fetched
                for part in parts:
                    self._answers.pop(part, None)

    def was_too_large(self, run: Run) -> bool:
        """Whether it was, within the same time."""
        with self._lock:
            return run in self._too_large

    def is_too_large(self, run: Run) -> None:
        """It ended TIMEOUT or FAILED."""
        with self._lock:
            self._too_large[run] = True


def _is_part(run: Run, longer: Run) -> bool:
    """Whether a longer run has all buckets of a run, and each as a whole."""
    inside = longer.window.start <= run.window.start and run.window.end <= longer.window.end
    if longer.cut != run.cut or not inside:
        return False
    edges = (run.window.start, longer.window.start), (run.window.end, longer.window.end)
    cut_alike = all(ours == theirs or _is_an_edge(ours, run) for ours, theirs in edges)
    return cut_alike and replace(longer, window=run.window) == run


def _is_an_edge(instant: datetime, run: Run) -> bool:
    """Whether a bucket begins there."""
    return run.cut.hourly or (instant + run.offset_hours * HOUR).hour == 0


def _within(rows: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The rows whose bucket lies in a run's window."""
    offset = timedelta(0) if run.cut.hourly else run.offset_hours * HOUR
    start, end = (
        (edge + offset).replace(tzinfo=None) for edge in (run.window.start, run.window.end)
    )
    first = start if run.cut.hourly else datetime.combine(start.date(), time())
    return rows[(rows["bucket"] >= first) & (rows["bucket"] < end)].reset_index(drop=True)
