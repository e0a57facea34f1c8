"""Where tickets are handed out: whoever asks for a run that is under way gets the same one."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime

from stats.aggregation import Stage
from stats.clock import Clock
from stats.errors import Closed
from stats.model import FarmId
from stats.plan import Run
from stats.record import RunRecord
from stats.shares import Asker
from stats.ticket import Fetched, Ticket


class Desk:
    """Tickets that are waited for. Thread-safe; each is answered once, or cancelled.

    `lock` guards the tickets, and whatever else has to be decided together with them.
    """

    def __init__(self, clock: Clock) -> None:
        self.lock = threading.RLock()
        self.closed = False
        self._clock = clock
        self._under_way: dict[Run, Ticket] = {}
        self._waited_for: set[Ticket] = set()

    def ticket(
        self, run: Run, not_before: datetime | None, kept: Fetched | None, askers: set[Asker]
    ) -> tuple[Ticket, bool]:
        """A ticket, and whether it has still to be put in the queue; `kept` answers it at once."""
        with self.lock:
            ticket = Ticket(run, not_before, self._clock, askers)
            if self.closed:
                ticket.answer.set_exception(Closed())
                return ticket, False
            if kept is not None:
                ticket.tell(Stage.DONE, 0)
                ticket.answer.set_result(kept)
                return ticket, False
            shared = self.shareable(run, not_before)
            if shared is not None:
                shared.wanted_by += 1
                shared.is_shared = True
                shared.askers |= askers
                return shared, False
            self._under_way[run] = ticket
            self._waited_for.add(ticket)
            return ticket, True

    def shareable(self, run: Run, not_before: datetime | None) -> Ticket | None:
        """A run's ticket that is under way and can be waited for by one more."""
        other = self._under_way.get(run)
        return other if other is not None and other.joined_by(not_before) else None

    def leave(self, ticket: Ticket) -> None:
        """One who asked waits no more; a run that nobody waits for is not started."""
        with self.lock:
            ticket.wanted_by -= 1
            if ticket.wanted_by == 0:
                self.leave_all(ticket.parts)

    def leave_all(self, tickets: Iterable[Ticket]) -> None:
        """One who asked for all of them waits for none of them any more."""
        for ticket in tickets:
            self.leave(ticket)

    def is_wanted(self, ticket: Ticket) -> bool:
        """Whether somebody still waits for it; where nobody does, nobody can any more."""
        with self.lock:
            wanted = ticket.wanted_by > 0
            if not wanted:
                self.cancel(ticket)
        return wanted

    def answer(self, ticket: Ticket, fetched: Fetched) -> None:
        """Gives an answer to those who wait for it."""
        fetched = ticket.credited(fetched)
        if self._taken_off(ticket):
            ticket.answer.set_result(fetched)

    def fail(self, ticket: Ticket, error: BaseException) -> None:
        """Those who wait for it raise the error, and its other parts are not waited for."""
        if self._taken_off(ticket):
            with self.lock:
                parts, ticket.parts = ticket.parts, ()
                if ticket.wanted_by > 0:
                    self.leave_all(parts)
            ticket.answer.set_exception(error)

    def cancel(self, ticket: Ticket) -> None:
        """Nobody waits for it."""
        if self._taken_off(ticket):
            ticket.answer.cancel()

    def under_way(self, farm_id: FarmId) -> tuple[RunRecord, ...]:
        """How a farm's runs stand that are waited for, the oldest first."""
        with self.lock:
            waited = [t for t in self._waited_for if t.run.farm_id == farm_id and not t.parts]
            records = [ticket.so_far() for ticket in waited]
        return tuple(sorted(records, key=lambda record: record.asked_at))

    def close(self) -> None:
        """Hands out nothing any more; whoever still waits gets `Closed`."""
        with self.lock:
            self.closed = True
            waiting = list(self._waited_for)
        for ticket in waiting:
            self.fail(ticket, Closed())

    def _taken_off(self, ticket: Ticket) -> bool:
        """Takes it off the list; False where it has been answered already."""
        with self.lock:
            if self._under_way.get(ticket.run) is ticket:
                del self._under_way[ticket.run]
            wanted = ticket in self._waited_for
            self._waited_for.discard(ticket)
        return wanted
