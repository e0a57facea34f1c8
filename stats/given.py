"""Ids that the service gave for aggregations, while it keeps their results."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import TTLCache

from stats.errors import Contradictory
from stats.model import FarmId
from stats.plan import Run

_MOST = 10_000
_KEPT_SECONDS = 3_600.0
"""The service keeps results for no longer than that, and has no use for their id then."""

_START = "StartSessionsStatisticsAggregation"


class Given:
    """Which run each id was given for. Thread-safe."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._runs: TTLCache[tuple[FarmId, str], Run] = TTLCache(_MOST, _KEPT_SECONDS, timer)
        self._lock = threading.Lock()

    def take(self, aggregation_id: str, run: Run) -> str:
        """The id, which is given for a run; equal runs may have one.

        Raises Contradictory where it was given for another run, whose results it would bring.
        """
        key = run.farm_id, aggregation_id
        with self._lock:
            if self._runs.get(key, run) != run:
                what = f"{_START} gives the id {aggregation_id} for two different questions"
                raise Contradictory(what, operation=_START)
            self._runs[key] = run
        return aggregation_id
