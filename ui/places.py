"""Where pages are computed: as many places as help, one for a session, given back while it waits.

Python computes in one thread at a time, and DuckDB beside it. With more pages at once none comes
sooner, and nobody else's health checks and clicks are heard.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from stats import aside
from stats.errors import FarmCostsError

LOOK_EVERY_SECONDS = 0.2
"""How soon somebody who waits for a place sees that nobody wants the page any more."""


class Places:
    """So many places, in the order of asking; thread-safe."""

    def __init__(self, many: int, look_every_seconds: float = LOOK_EVERY_SECONDS) -> None:
        self._free = many
        self._look_every = look_every_seconds
        self._taken: set[Hashable] = set()
        self._waiting: OrderedDict[object, tuple[Hashable, threading.Event]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def free(self) -> int:
        """How many places nobody has."""
        return self._free

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    @contextmanager
    def taken(self, by: Hashable, look: Callable[[], None]) -> Iterator[None]:
        """Within, one place is the session's, but for the time in which it waits for others.

        Until it has one, `look` is called every so often: what that raises ends the waiting.
        """
        place = _Place(self, by, look)
        place.take()
        try:
            with aside.letting_go(place.let_go):
                yield
        finally:
            place.give_back()

    def take(self, by: Hashable, look: Callable[[], None]) -> None:
        """Returns with a place."""
        me, mine = object(), threading.Event()
        with self._lock:
            self._waiting[me] = by, mine
            self._hand_out()
        is_wanted = False
        try:
            while not mine.wait(self._look_every):
                look()
            is_wanted = True
        finally:
            if not is_wanted:
                self._leave(me, by)

    def give_back(self, by: Hashable) -> None:
        """A place is free again, for whoever has waited longest."""
        with self._lock:
            self._take_back(by)

    def _leave(self, who: object, by: Hashable) -> None:
        """Waits no more; a place that was handed out meanwhile is free again."""
        with self._lock:
            if self._waiting.pop(who, None) is None:
                self._take_back(by)

    def _take_back(self, by: Hashable) -> None:
        self._taken.discard(by)
        self._free += 1
        self._hand_out()

    def _hand_out(self) -> None:
        for who, (by, theirs) in list(self._waiting.items()):
            if self._free and by not in self._taken:
                del self._waiting[who]
                self._taken.add(by)
                self._free -= 1
                theirs.set()


class _Place:
    """What one run of a session's page has, or not."""

    def __init__(self, places: Places, by: Hashable, look: Callable[[], None]) -> None:
        self._places, self._by, self._look = places, by, look
        self._is_mine = False

    def take(self) -> None:
        self._places.take(self._by, self._look)
        self._is_mine = True

    def give_back(self) -> None:
        if self._is_mine:
            self._is_mine = False
            self._places.give_back(self._by)

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Without the place; who is stopped meanwhile needs it no more."""
        had = self._is_mine
        self.give_back()
        try:
            yield
        except (FarmCostsError, OSError, ValueError):  # which the page goes on to tell
            if had:
                self.take()
            raise
        if had:
            self.take()


MOST_PLACES = 4
PLACES = Places(min((os.cpu_count() or 1) + 1, MOST_PLACES))
