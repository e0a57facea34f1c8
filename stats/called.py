"""What queues (or fleets) were called, as history's files say of themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from cachetools import TTLCache

from stats.archive import Archive
from stats.clock import Clock
from stats.dayfile import Shelf
from stats.errors import HistoryError
from stats.listing import Held
from stats.looking import looked
from stats.model import Dimension, FarmId, Window
from stats.plan import YARDSTICK

_MOST_MONTHS = 36
_SECONDS = 300.0


class Called:
    """Names of an archive, for five minutes. Thread-safe.

    `listed` are a cut's days, of `shelves` that there are; `anew` has them listed anew.
    """

    def __init__(
        self,
        archive: Archive,
        clock: Clock,
        listed: Callable[[Shelf], Held],
        shelves: Callable[[], Iterable[Shelf]],
        anew: Callable[[], object],
        where: str,
    ) -> None:
        self._archive = archive
        self._listed = listed
        self._shelves = shelves
        self._anew = anew
        self._where = where
        self._lock = threading.Lock()
        self._known: TTLCache[tuple[str, Dimension], dict[str, str]] = TTLCache(
            1_000, _SECONDS, timer=clock.monotonic
        )

    def forget(self) -> None:
        """Looks at files anew when asked next."""
        with self._lock:
            self._known.clear()

    def names(
        self, farm_id: FarmId, resource: Dimension, days: Iterable[Window] | None = None
    ) -> dict[str, str]:
        """What queues (or fleets) were called by id, also those that have been deleted since.

        One day of each of the last months is looked at, or some days. Days of which there is no
        total are looked at in each cut; one that can't be looked through is passed over. Raises
        HistoryError.
        """
        total = Shelf(farm_id, resource, YARDSTICK.by)
        if days is not None:
            wanted = tuple(days)
            return looked(lambda: self._names(total, wanted), self._anew, self._where)[0]
        with self._lock:
            known = self._known.get((farm_id, resource))
        if known is None:
            known, is_all = looked(lambda: self._names(total, None), self._anew, self._where)
            with self._lock:
                if is_all:
                    self._known[farm_id, resource] = known
        return known

    def _names(self, total: Shelf, days: tuple[Window, ...] | None) -> tuple[dict[str, str], bool]:
        """The latest name of each, and whether all cuts could be looked through.

        Raises Changed and HistoryError.
        """
        there = self._listed(total)
        held = there if days is None else there.among(days)
        every, is_all = [held], True
        for shelf in self._others(total) if days is None or len(held) < len(days) else ():
            try:
                cut = self._listed(shelf)
            except HistoryError:
                is_all = False
            else:
                wanted = cut.days if days is None else days
                every.append(cut.among([day for day in wanted if day not in there]))
        files = [(one.shelf, file) for one in every for file in one.of_months[-_MOST_MONTHS:]]
        self._archive.fetch([file for _, file in files])
        files.sort(key=lambda one: one[1].days[-1].end)
        names = {i: name for one in files for i, name in self._archive.names(*one).items()}
        return names, is_all

    def _others(self, total: Shelf) -> Iterator[Shelf]:
        """The other cuts of the same queues (or fleets)."""
        of = total.farm_id, total.resource
        yield from (s for s in self._shelves() if (s.farm_id, s.resource) == of and s != total)
