"""A farm's queue of runs, and the one thread that starts them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from stats.clock import Clock, Patience
from stats.model import FarmId
from stats.shares import Shares
from stats.sizes import Sizes
from stats.ticket import Ticket
from stats.turn import Turn


class Starter:
    """With whose turn it is on the farm, and what was learnt of it. The line's lock guards it."""

    def __init__(self, farm_id: FarmId, turn: Turn, monotonic: Callable[[], float]) -> None:
        self.turn = turn
        self.sizes = Sizes()
        self.shares = Shares(monotonic)
        self._queue: deque[Ticket] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=farm_id[:12])

    def put(
        self, tickets: Sequence[Ticket], start: Callable[[Starter], None], *, at_front: bool
    ) -> None:
        """Has `start` called once for each, when its turn comes; it takes the next one."""
        if at_front:
            self._queue.extendleft(reversed(tickets))
        else:
            self._queue.extend(tickets)
        for _ in tickets:
            self._thread.submit(start, self)

    def take(self) -> Ticket:
        """The ticket of whoever has had least of the farm lately; of theirs, the one in front."""
        rank = self.shares.ranking()
        ticket = min(self._queue, key=lambda one: rank(one.askers))
        self._queue.remove(ticket)
        return ticket

    def slices(self, ticket: Ticket) -> int:
        """How many slices of its run take the least time, with those that wait behind it."""
        return self.sizes.slices(ticket.run, len(self._queue))

    def close(self) -> None:
        """Starts nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Starters:
    """One for each farm of a service that is asked about. The line's lock guards it."""

    def __init__(self, address: str, turns: Path, clock: Clock, patience: Patience) -> None:
        self._address = address
        self._turns = turns
        self._clock = clock
        self._patience = patience
        self._farms: dict[FarmId, Starter] = {}

    def of(self, farm_id: FarmId) -> Starter:
        """The farm's own."""
        if farm_id not in self._farms:
            turn = Turn(self._turns, f"{self._address} {farm_id}", self._clock, self._patience)
            self._farms[farm_id] = Starter(farm_id, turn, self._clock.monotonic)
        return self._farms[farm_id]

    def close(self) -> None:
        """None of them starts anything any more."""
        for farm in self._farms.values():
            farm.close()
