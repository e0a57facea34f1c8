"""One run fetched: from its Start to its rows, and on from where an error broke it off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pandas as pd
from cachetools import TTLCache

from stats import aggregation, wire
from stats.aggregation import Begun, Stage, Tell
from stats.client import Client
from stats.clock import Clock, Patience
from stats.errors import Closed, Garbled, Malformed, ServiceFault, Unreachable
from stats.plan import Run
from stats.ticket import Ticket
from stats.turn import Turn

_MOST_PAGES_BROKEN_OFF = 1_000


class NobodyWaits(Exception):
    """A run that had still to be started is not wanted any more."""


class Fetcher:
    """Aggregations of all farms. Thread-safe; what was broken off is kept for `seconds`."""

    def __init__(self, client: Client, clock: Clock, patience: Patience, seconds: float) -> None:
        self._client = client
        self._clock = clock
        self._patience = patience
        self._closed = False
        self._lock = threading.Lock()
        self._broken_off: TTLCache[Run, Begun] = TTLCache(
            maxsize=_MOST_PAGES_BROKEN_OFF,
            ttl=seconds,
            timer=clock.monotonic,
            getsizeof=lambda begun: len(begun.pages) + 1,
        )

    def begun(self, run: Run, not_before: datetime | None) -> Begun | None:
        """Takes out what was broken off of a run, unless it is from before that moment."""
        with self._lock:
            begun = self._broken_off.pop(run, None)
        late = begun is not None and not_before is not None and begun.taken_at < not_before
        return None if late else begun

    def computed(
        self, ticket: Ticket, turn: Turn, begun: Begun | None, is_wanted: Callable[[Ticket], bool]
    ) -> Begun:
        """One that is done, with its first page: what was begun before, or a new one.

        The farm's turn is waited for, and held until then. Raises the errors of `aggregation`,
        and NobodyWaits.
        """
        if begun and begun.pages:
            return begun

        def go_on() -> None:
            if self._closed:
                raise Closed()
            if not is_wanted(ticket):
                raise NobodyWaits

        def waiting() -> None:
            go_on()
            tell(Stage.BUSY, 0)

        client, tell = self._client.telling(ticket.tell_retry), self._telling(ticket)
        ways = turn, self._clock, self._patience, tell
        with turn.held(waiting):
            begun = begun or aggregation.begin(client, ticket.run, *ways, go_on)
            try:
                aggregation.finish(client, ticket.run, begun, *ways)
            except aggregation.BREAK_OFF as error:
                self._breaks_off(ticket.run, begun, error)
                raise
        return begun

    def rows(self, ticket: Ticket, begun: Begun) -> pd.DataFrame:
        """Its rows, as `wire.frame` has them, once all pages are read."""
        client, tell = self._client.telling(ticket.tell_retry), self._telling(ticket)
        try:
            aggregation.read(client, ticket.run, begun, self._clock, tell)
        except aggregation.BREAK_OFF as error:
            self._breaks_off(ticket.run, begun, error)
            raise
        return wire.frame([row for page in begun.pages for row in page.rows], ticket.run)

    def _telling(self, ticket: Ticket) -> Tell:
        """Tells the ticket, until we are closed."""

        def tell(stage: Stage, pages: int) -> None:
            if self._closed:
                raise Closed()
            ticket.tell(stage, pages)

        return tell

    def close(self) -> None:
        """Starts nothing any more."""
        self._closed = True

    def _breaks_off(self, run: Run, begun: Begun, error: Exception) -> None:
        """Keeps it, to go on from there; not where it has come no further since the last time.

        What is garbled again was not altered on its way: raises Malformed, and it is started anew.
        """
        again = begun.broken_off == len(begun.pages)
        if again and isinstance(error, Garbled):
            raise Malformed(error.what, error.todo, operation=error.operation) from error
        if again and isinstance(error, ServiceFault | Unreachable):
            return
        begun.broken_off = len(begun.pages)
        with self._lock:
            if len(begun.pages) < self._broken_off.maxsize:
                self._broken_off[run] = begun
