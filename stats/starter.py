"""A farm's queue of runs, and the one thread that starts them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from stats.model import FarmId
from stats.sizes import Sizes
from stats.ticket import Ticket
from stats.turn import Turn


class Starter:
    """With whose turn it is on the farm, and what was learnt of it. The line's lock guards it."""

    def __init__(self, farm_id: FarmId, turn: Turn) -> None:
        self.turn = turn
        self.sizes = Sizes()
        self._queue: deque[Ticket] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=farm_id[:12])

    def put(
        self, tickets: Sequence[Ticket], start: Callable[[Starter], None], *, at_front: bool
    ) -> None:
        """Has `start` called once for each, when its turn comes; it takes the one in front."""
        if at_front:
            self._queue.extendleft(reversed(tickets))
        else:
            self._queue.extend(tickets)
        for _ in tickets:
            self._thread.submit(start, self)

    def take(self) -> Ticket:
        """The ticket in front."""
        return self._queue.popleft()

    def slices(self, ticket: Ticket) -> int:
        """How many slices of its run take the least time, with those that wait behind it."""
        return self.sizes.slices(ticket.run, len(self._queue))

    def close(self) -> None:
        """Starts nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
