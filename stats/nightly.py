"""The server's own collector: once a day, at a given hour, for every farm that it sees.

One a process. Those of several replicas begin some minutes apart, look before they ask at what
others have written meanwhile, and take turns on a farm like anybody else.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, time, timedelta

from stats import conflict
from stats.clock import Clock
from stats.collect import Collector
from stats.errors import Closed, FarmCostsError
from stats.outcome import Outcome
from stats.piece import Piece
from stats.progress import Progress
from stats.report import Reporter
from stats.zone import Zone

_LOG = logging.getLogger(__name__)
_LOOKS_EVERY_SECONDS = 30.0
_SPREAD = timedelta(minutes=20)
DAYS = 35


class Nightly:
    """A thread that collects at an hour of a zone's clock, from `start` until `close`.

    It collects what history lacks of the last `days`.
    """

    def __init__(
        self, reporter: Reporter, zone: Zone, hour: int, clock: Clock, days: int = DAYS
    ) -> None:
        self._days = days
        self._reporter = reporter
        self._zone = zone
        self._hour = hour
        self._clock = clock
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, name="farm-nightly", daemon=True)

    def start(self) -> None:
        """Waits for the hour from now on."""
        self._thread.start()

    def close(self) -> None:
        """Collects no more; what has come is kept."""
        self._ends.set()

    def next_time(self, after: datetime) -> datetime:
        """The next time that it is that hour, without what replicas are put off by."""
        today = self._zone.day(after)
        every = (today + timedelta(days=n) for n in range(3))
        times = (self._zone.instant(datetime.combine(day, time(self._hour))) for day in every)
        return next(at for at in times if at > after)

    def _work(self) -> None:
        while not self._ends.is_set():
            due = self.next_time(self._clock.now()) + self._clock.chance() * _SPREAD
            while self._clock.now() < due:
                if self._ends.wait(_LOOKS_EVERY_SECONDS):
                    return
            self._night()

    def _night(self) -> None:
        try:
            self.collect()
        except Exception:  # noqa: BLE001 - whatever broke this night, the next one is tried
            _LOG.exception("Nothing was collected, for a reason that was not foreseen")

    def collect(self) -> list[Outcome]:
        """Collects once; what goes wrong is logged, and does not end the server.

        A farm that can't be collected costs the others nothing.
        """
        outcomes: list[Outcome] = []
        try:
            collector = self._reporter.collector(self._zone)
            outcomes += (Outcome(farm.id) for farm in self._reporter.names.farms())
        except FarmCostsError as error:
            _LOG.warning("Nothing could be collected: %s", error)
        for outcome in outcomes:
            try:
                self._collect(collector, outcome)
            except FarmCostsError as error:
                outcome.errors.append(error)
            outcome.errors += conflict.errors(outcome.farm_id, outcome.conflicts, self._zone)
            _LOG.info("Collected %s: %d days of cuts", outcome.farm_id, outcome.written)
            for said in outcome.errors:
                _LOG.warning("Not collected: %s", said)
        return outcomes

    def _collect(self, collector: Collector, outcome: Outcome) -> None:
        now = self._clock.now()
        first = self._zone.days_back(self._zone.day(now), self._days)
        days = collector.days(self._zone.midnight(first))
        pieces = collector.pieces(outcome.farm_id, days)
        for _ in collector.collect(outcome, pieces, self._tell):
            if self._ends.is_set():
                return
        collector.hold(outcome, days)
        collector.put_together(outcome)

    def _tell(self, _: Piece, __: Progress) -> None:
        if self._ends.is_set():
            raise Closed()
