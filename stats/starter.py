"""A farm's queue of runs, and the one thread that starts them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from stats.clock import Clock, Patience
from stats.model import FarmId
from stats.pool import Pool
from stats.shares import Asker, Shares
from stats.sizes import Sizes
from stats.ticket import Ticket
from stats.turn import Turn

Lock = AbstractContextManager[object]


class Starter:
    """With whose turn it is on the farm, and what was learnt of it. The line's lock guards it."""

    def __init__(
        self, farm_id: FarmId, turn: Turn, monotonic: Callable[[], float], lock: Lock
    ) -> None:
        self.turn = turn
        self._lock = lock
        self._last: Ticket | None = None
        self.sizes = Sizes()
        self.shares = Shares(monotonic)
        self._queue: deque[Ticket] = deque()
        self._thread = Pool(1, farm_id[:12])

    def put(
        self, tickets: Sequence[Ticket], start: Callable[[Starter], None], *, at_front: bool
    ) -> None:
        """Has `start` called once for each, when its turn comes; it takes the next one."""
        if at_front:
            self._queue.extendleft(reversed(tickets))
        else:
            self._queue.extend(tickets)
        for ticket in tickets:
            ticket.place = partial(self.before, ticket)
            self._thread.submit(start, self)

    def take(self) -> Ticket:
        """The ticket of whoever has had least of the farm lately; of theirs, the one in front."""
        rank = self.shares.ranking()
        ticket = min(self._queue, key=lambda one: rank(one.askers))
        self._queue.remove(ticket)
        self._last = ticket
        return ticket

    def before(self, ticket: Ticket, asker: Asker) -> int:
        """How many runs come before that one that are not the asker's, as things stand.

        The one that is under way counts; that the farm is held by strangers is not known.
        """
        with self._lock:
            rank = self.shares.ranking()
            order = sorted(self._queue, key=lambda one: rank(one.askers))
            if ticket not in order:
                return 0
            others = order[: order.index(ticket)]
            if self._last and self._last.is_computed:
                others.append(self._last)
            return sum(asker not in one.askers for one in others)

    def slices(self, ticket: Ticket) -> int:
        """How many slices of its run take the least time, with those that wait behind it."""
        return self.sizes.slices(ticket.run, len(self._queue))

    def close(self) -> None:
        """Starts nothing any more."""
        self._thread.close()


class Starters:
    """One for each farm of a service that is asked about. The line's lock guards it."""

    def __init__(
        self, address: str, turns: Path, clock: Clock, patience: Patience, lock: Lock
    ) -> None:
        self._lock = lock
        self._address = address
        self._turns = turns
        self._clock = clock
        self._patience = patience
        self._farms: dict[FarmId, Starter] = {}

    def of(self, farm_id: FarmId) -> Starter:
        """The farm's own."""
        if farm_id not in self._farms:
            turn = Turn(self._turns, f"{self._address} {farm_id}", self._clock, self._patience)
            self._farms[farm_id] = Starter(farm_id, turn, self._clock.monotonic, self._lock)
        return self._farms[farm_id]

    def close(self) -> None:
        """None of them starts anything any more."""
        for farm in self._farms.values():
            farm.close()
